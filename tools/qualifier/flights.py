"""The flights that the scenarios want, drawn so that each meets whom it must and nobody else."""

SQUARE = ((7.4774, 46.9748), (7.4783, 46.9748), (7.4783, 46.9755), (7.4774, 46.9755))
ACROSS = ((7.4779, 46.9745), (7.4782, 46.9747), (7.4745, 46.9774), (7.4741, 46.9773))
SMALL = ((6.1965395, 46.1929645), (6.196423, 46.192911), (6.196678, 46.192918))
# Its first corner lies 1.1 cm inside the one before.
TOUCHING = ((6.1965395, 46.1929644), (6.196235, 46.193236), (6.196925, 46.193174))
# Two halves of one box, apart from one another.
SOUTH = ((7.580, 47.206), (7.586, 47.206), (7.580, 47.212))
NORTH = ((7.586, 47.212), (7.5805, 47.212), (7.586, 47.2065))


def offset(by):
    """Return a moment so much after that at which the flight is drawn."""
    return {
        "offset_from": {"starting_from": {"time_during_test": "TimeOfEvaluation"}, "offset": by}
    }


def flight(corners, low, high, **more):
    """A flight plan; heights differ by centimetres, so that each change is one."""
    state, use = more.get("state", "Nominal"), more.get("use", "Planned")
    area = {
        "outline_polygon": {"vertices": [{"lng": lng, "lat": lat} for lng, lat in corners]},
        "altitude_lower": {"value": low, "reference": "W84", "units": "M"},
        "altitude_upper": {"value": high, "reference": "W84", "units": "M"},
        "start_time": offset(more.get("begin", "-1s")),
        "end_time": offset(more.get("end", "5m")),
    }
    basic = {"usage_state": use, "uas_state": state, "area": [area]}
    return {"basic_information": basic, "astm_f3548_21": {"priority": more.get("priority", 0)}}


IN_USE = {"use": "InUse"}
HIGH, HIGH_IN_USE = {"priority": 100}, {"use": "InUse", "priority": 100}
INVALID = {
    "valid_flight": flight(SMALL, 605, 635),
    "valid_activated": flight(SMALL, 605.01, 635, **IN_USE),
    "valid_conflict_tiny_overlap": flight(TOUCHING, 605.02, 635),
    "invalid_too_far_away": flight(SMALL, 605.03, 635, begin="745h", end="746h"),
    "invalid_recently_ended": flight(SMALL, 605.04, 635, begin="-5m", end="-7s"),
}
HIGHER = {
    "flight1_planned": flight(SQUARE, 605.01, 635),
    "flight1_activated": flight(SQUARE, 605.02, 635, **IN_USE),
    "flight1m_planned": flight(SQUARE, 575.03, 635),
    "flight1m_activated": flight(SQUARE, 575.05, 635, **IN_USE),
    "flight1c_activated": flight(SQUARE, 634.06, 705, **IN_USE),
    "flight2_planned": flight(ACROSS, 605.07, 645, **HIGH),
    "flight2_activated": flight(ACROSS, 605.08, 645, **HIGH_IN_USE),
    "flight2m_activated": flight(ACROSS, 640.09, 705, **HIGH_IN_USE),
}
EQUAL = {
    "flight1_planned": flight(SQUARE, 605.01, 638),
    "flight1_activated": flight(SQUARE, 605.02, 638, **IN_USE),
    "flight1m_planned": flight(SQUARE, 575.03, 638),
    "flight1m_activated": flight(SQUARE, 575.05, 638, **IN_USE),
    "flight1c_planned": flight(SQUARE, 636.04, 705),
    "flight1c_activated": flight(SQUARE, 636.06, 705, **IN_USE),
    "flight2_planned": flight(ACROSS, 605.07, 645, **HIGH),
    "flight2_activated": flight(ACROSS, 605.08, 645, **HIGH_IN_USE),
    "equal_prio_flight2m_planned": flight(ACROSS, 640.13, 705),
    "equal_prio_flight2_planned": flight(ACROSS, 605.10, 635.5),
    "equal_prio_flight2_activated": flight(ACROSS, 605.11, 635.5, **IN_USE),
    "equal_prio_flight2_nonconforming": flight(
        ACROSS, 605.12, 635.5, use="InUse", state="OffNominal"
    ),
}
APART = {
    "flight_1": flight(SOUTH, 474, 560),
    "flight_2": flight(NORTH, 483, 519),
    "flight_1_planned": flight(SOUTH, 474, 560),
    "flight_1_activated": flight(SOUTH, 474.1, 560, **IN_USE),
    "flight_2_planned": flight(NORTH, 483, 519),
    "flight_2_planned_modified": flight(NORTH, 484, 519),
}
COLLECTIONS = {"invalid": INVALID, "higher": HIGHER, "equal": EQUAL, "apart": APART}
