"""ED-269 by the facts that are public: what is valid, what comes back, and what is lost."""

import json
from datetime import UTC, datetime, time, timedelta, timezone
from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo import InvalidRequest
from chengmo_airspace.altitude import Height, Reference
from chengmo_airspace.zones import (
    Authority,
    DailyPeriod,
    Period,
    Rule,
    Wording,
    Zone,
    ZoneLayer,
    find_flaws,
    lost_by_reading,
    lost_by_writing,
    read_ed269,
    write_ed269,
)
from chengmo_airspace.zones.__main__ import main

SAMPLE = json.loads(
    (Path(__file__).parent / "published" / "cis_source_sample_ed269.json").read_text("utf-8")
)
BOX = shapely.box(114, 30, 115, 31)
NAMES = st.text("abc 汉", min_size=1, max_size=20)
REASONS = ["AIR_TRAFFIC", "SENSITIVE", "PRIVACY", "POPULATION", "NATURE", "NOISE", "OTHER"]


def optional(**members):
    return st.fixed_dictionaries({}, optional=members)


def document(**changes):
    """Return a document with one zone that has every member."""
    zone = {
        "identifier": "A1", "country": "CHN", "type": "COMMON", "restriction": "CONDITIONAL",
        "applicability": [
            {
                "permanent": "NO",
                "startDateTime": "2026-05-01T00:00:00Z",
                "schedule": [
                    {"day": ["MON"], "startTime": "08:00:00.00Z", "endTime": "09:30:00.00Z"}
                ],
            }
        ],
        "zoneAuthority": [{"name": "city", "purpose": "NOTIFICATION", "intervalBefore": "P1D"}],
        "geometry": [
            {
                "uomDimensions": "M", "lowerVerticalReference": "AGL", "lowerLimit": 0,
                "upperVerticalReference": "AMSL", "upperLimit": 120,
                "horizontalProjection": {"type": "Circle", "center": [114.3, 30.6], "radius": 50},
            }
        ],
        "title": "one", "region": 4, "regulationExemption": "YES", "uSpaceClass": "OPEN",
        "reason": ["NOISE"], "otherReasonInfo": "quiet", "message": "hush", "name": "Park",
        "restrictionConditions": ["slow"], "extendedProperties": {"color": "#fff"},
    }  # fmt: skip
    return {"title": "zones", "features": [{**zone, **changes}]}


CLOCKS = st.builds(
    lambda hour, minute, zone: f"{hour:02}:{minute:02}:00.00{zone}",
    st.integers(0, 23), st.integers(0, 59), st.sampled_from(["Z", "+08:00"]),
)  # fmt: skip
SCHEDULE = st.lists(
    st.fixed_dictionaries(
        {
            "day": st.lists(st.sampled_from(["MON", "TUE", "SUN"]), min_size=1, max_size=3)
            | st.just(["ANY"]),
            "startTime": CLOCKS,
            "endTime": CLOCKS,
        }
    ),
    min_size=1,
    max_size=2,
)
PERIODS = st.just([{"permanent": "YES"}]) | st.lists(
    st.fixed_dictionaries(
        {"permanent": st.just("NO")},
        optional={
            "startDateTime": st.just("2026-05-01T00:00:00Z"),
            "endDateTime": st.just("2026-05-02T00:00:00+08:00"),
            "schedule": SCHEDULE,
        },
    ),
    min_size=1,
    max_size=2,
)
PROJECTIONS = st.builds(
    lambda x, y, r: {"type": "Circle", "center": [x, y], "radius": r},
    st.floats(-170, 170), st.floats(-80, 80), st.floats(1, 9000),
) | st.builds(
    lambda x, y: {
        "type": "Polygon",
        "coordinates": [[[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]],
    },
    st.floats(-170, 170), st.floats(-80, 80),
)  # fmt: skip
VOLUMES = st.builds(
    lambda low, up, one, other, shape: {
        "uomDimensions": "M", "lowerLimit": low, "lowerVerticalReference": one,
        "upperLimit": low + up, "upperVerticalReference": other, "horizontalProjection": shape,
    },
    st.integers(-100, 900), st.integers(1, 900), st.sampled_from(["AGL", "AMSL"]),
    st.sampled_from(["AGL", "AMSL"]), PROJECTIONS,
)  # fmt: skip
AUTHORITIES = st.builds(
    lambda purpose, rest: {"purpose": purpose, **rest},
    st.sampled_from(["AUTHORIZATION", "NOTIFICATION", "INFORMATION"]),
    optional(name=NAMES, service=NAMES, email=NAMES, phone=NAMES, intervalBefore=st.just("P1D")),
)
ZONES = st.fixed_dictionaries(
    {
        "identifier": st.text("ABC12", min_size=1, max_size=7),
        "country": st.sampled_from(["CHN", "CHE"]),
        "type": st.sampled_from(["COMMON", "CUSTOMIZED"]),
        "restriction": st.sampled_from(
            ["PROHIBITED", "REQ_AUTHORISATION", "CONDITIONAL", "NO_RESTRICTION"]
        ),
        "applicability": PERIODS,
        "zoneAuthority": st.lists(AUTHORITIES, min_size=1, max_size=2),
        "geometry": st.lists(VOLUMES, min_size=1, max_size=2),
    },
    optional={
        "name": NAMES, "message": NAMES, "otherReasonInfo": NAMES, "title": NAMES,
        "restrictionConditions": st.lists(NAMES, min_size=1, max_size=1),
        "reason": st.lists(st.sampled_from(REASONS), min_size=1, max_size=3),
        "region": st.integers(1, 9), "uSpaceClass": NAMES,
        "regulationExemption": st.sampled_from(["YES", "NO"]),
        "extendedProperties": st.just({"color": "red"}) | st.just("free text"),
    },
)  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(zones=st.lists(ZONES, max_size=2))
def test_what_is_valid_is_read_written_and_says_the_same(zones):
    given_ = {"features": zones}
    assert find_flaws(given_) == ()
    again = write_ed269(read_ed269(given_))
    assert find_flaws(again) == ()
    assert lost_by_reading(given_) == ()
    assert read_ed269(again) == read_ed269(given_)


def test_a_document_with_every_member_keeps_all_but_its_own_title():
    assert find_flaws(document()) == ()
    assert lost_by_reading(document()) == ("title",)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"identifier": "A2345678"}, "identifier"),
        ({"country": "CH"}, "country"),
        ({"restriction": "REQ_AUTHORIZATION"}, "restriction"),
        ({"reason": ["DAR"]}, "reason[0]"),
        ({"reason": ["NOISE"] * 10}, "reason"),
        ({"otherReasonInfo": "x" * 31}, "otherReasonInfo"),
        ({"message": "x" * 201}, "message"),
        ({"uSpaceClass": "x" * 101}, "uSpaceClass"),
        ({"region": 1.5}, "region"),
        ({"regulationExemption": True}, "regulationExemption"),
        ({"geometry": []}, "geometry"),
        ({"geometry": [{}]}, "geometry[0]"),
        ({"applicability": [{"permanent": "NO", "schedule": []}]}, "applicability[0].schedule"),
        ({"zoneAuthority": [{"purpose": "ADVICE"}]}, "zoneAuthority[0].purpose"),
        ({"zoneAuthority": None}, ""),
        ({"colour": "red"}, "colour"),
        ({"extendedProperties": 5}, None),
    ],
)
def test_each_flaw_is_named_by_its_path(change, path):
    flaws = find_flaws(document(**change))
    if path is None:
        assert flaws == ()
    else:
        assert {flaw.path for flaw in flaws} == {f"features[0].{path}".rstrip(".")}


@pytest.mark.parametrize("clock", ["08:00Z", "08:00+0800", "08:00:00.00Z", "23:59:59.999+08:00"])
def test_both_forms_of_a_time_of_day_are_valid(clock):
    period = {
        "permanent": "NO",
        "schedule": [{"day": ["ANY"], "startTime": clock, "endTime": clock}],
    }
    assert find_flaws(document(applicability=[period])) == ()


@pytest.mark.parametrize("clock", ["8:00Z", "08:00", "24:00Z", "08:00:00Z", "noon", 8])
def test_other_forms_are_not(clock):
    period = {
        "permanent": "NO",
        "schedule": [{"day": ["ANY"], "startTime": clock, "endTime": clock}],
    }
    assert len(find_flaws(document(applicability=[period]))) == 2


def test_the_published_sample_is_of_another_version_and_loses_only_its_own_heading():
    paths = {flaw.path for flaw in find_flaws(SAMPLE)}
    assert {"", "UASZoneList", "formatVersion", "createdAt"} <= paths
    moved = {"features": SAMPLE["UASZoneList"]}
    assert {flaw.path.partition("].")[2] for flaw in find_flaws(moved)} == {
        "applicability[0].dailyPeriod",
        "geometry[0].lowerLimit",
    }
    assert set(lost_by_reading(SAMPLE)) == {
        "formatVersion",
        "createdAt",
        # A schedule of no days says nothing.
        "UASZoneList[0].applicability[0].dailyPeriod",
    }
    assert find_flaws(write_ed269(read_ed269(SAMPLE))) == ()


def test_feet_and_lists_of_conditions_are_said_to_change():
    volume = {**document()["features"][0]["geometry"][0], "uomDimensions": "FT"}
    lost = lost_by_reading(document(geometry=[volume], restrictionConditions=["slow", "low"]))
    assert set(lost) == {
        "title",
        "features[0].geometry[0].uomDimensions",
        "features[0].geometry[0].upperLimit",
        "features[0].restrictionConditions",
    }


def zone(**changes):
    plain = {"authorities": (Authority(),), "layers": (ZoneLayer(BOX),)}
    return Zone("A", Rule.PROHIBITED, **{**plain, **changes})


@pytest.mark.parametrize(
    ("changes", "lost"),
    [
        ({}, ()),
        ({"name": Wording((("en-GB", "Park"), ("zh-CN", "公园")))}, ("A: name",)),
        ({"reason": ("DAR",)}, ("A: reason",)),
        ({"layers": (ZoneLayer(BOX, upper=Height(10.5, Reference.GROUND)),)}, ("A: layers",)),
        ({"extra": {"dataSource": {"author": "x"}}}, ("A: extra",)),
        ({"extra": {"region": 4}}, ()),
        ({"kind": "park", "citation": "rule 1", "is_synthetic": True}, ()),
        ({"authorities": ()}, ()),
    ],
)
def test_what_writing_loses_is_said(changes, lost):
    assert lost_by_writing([zone(**changes)]) == lost


@pytest.mark.parametrize(
    "changes",
    [
        {"message": Wording((("en-GB", "x" * 201),))},
        {"reason_words": Wording((("en-GB", "x" * 31),))},
    ],
)
def test_a_text_that_is_too_long_is_refused_not_cut(changes):
    with pytest.raises(InvalidRequest, match="ED-269 cannot say this: features"):
        write_ed269([zone(**changes)])


@pytest.mark.parametrize("start", [None, time(22, tzinfo=timezone(timedelta(hours=8)))])
@pytest.mark.parametrize("end", [None, time(6, tzinfo=timezone(timedelta(hours=8)))])
def test_open_hours_are_written_as_midnight_and_mean_the_same(start, end):
    period = Period(schedule=(DailyPeriod((4,), start, end),))
    written = write_ed269([zone(periods=(period,))])
    assert find_flaws(written) == ()
    assert lost_by_writing([zone(periods=(period,))]) == ()
    (found,) = read_ed269(written)
    begin = datetime(2026, 5, 1, tzinfo=UTC) - timedelta(days=2)
    asked = (begin, begin + timedelta(days=9), 114.0, 30.0)
    assert found.periods[0].intervals(*asked) == period.intervals(*asked)


def test_the_command_says_what_is_not_kept(tmp_path, capsys):
    (tmp_path / "in.json").write_text(json.dumps(document()), "utf-8")
    assert main([str(tmp_path / "in.json"), str(tmp_path / "out.json")]) == 0
    assert capsys.readouterr().err == "not kept as it was: title\n"
