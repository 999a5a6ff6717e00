"""The log asked: the picture of any moment, messages of a while, alerts, what was planned."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from chengmo import InvalidRequest
from chengmo_airspace.tracking.alert import Alert, read_alerts
from chengmo_airspace.tracking.batch import NO_HEIGHT, REFERENCES
from chengmo_airspace.tracking.frame import ALERTS, MESSAGES, NAMES, PLANS, unpack_messages
from chengmo_airspace.tracking.limits import SECOND_US
from chengmo_airspace.tracking.names import Name, Names
from chengmo_airspace.tracking.picture import MOTION, Bounds, Sight, within
from chengmo_airspace.tracking.record import AIRCRAFT, GROUND, MESSAGE, STATES, SYNTHETIC, Records
from chengmo_airspace.tracking.segment_files import Segments
from chengmo_airspace.volume.lattice import PER_DEGREE, PER_METRE

MOST_MESSAGES = 5_000_000
_VERDICTS = ("", "inside", "outside", "undecided")


@dataclass(frozen=True, slots=True)
class Planned:
    """An operational intent as it was last planned.

    Attributes:
        intent: UUID.
        manager: Whose it is.
        state: One of `plan.STATES`.
        begin_us: When it may begin, microseconds since 1970.
        end_us: When it must have ended.
    """

    intent: str
    manager: str
    state: str
    begin_us: int
    end_us: int


@dataclass(frozen=True)
class Passage:
    """Messages of a while, in the order of their times, each aircraft and time once.

    Attributes:
        rows: `MESSAGE` records.
        names: Of their tracks and intents, by number.
    """

    rows: Records
    names: dict[int, Name]

    def table(self) -> pa.Table:
        """Return them as a table: a row for each message, units as in `telemetry.py`."""
        rows = self.rows
        tracks = [self.names.get(number, ("", "", "")) for number in rows["track"].tolist()]
        intents = [self.names.get(number, ("", None))[1] for number in rows["intent"].tolist()]
        unknown = rows["height"] == NO_HEIGHT
        reference = np.array([str(one) for one in REFERENCES])[rows["reference"]]
        columns = {
            "operator": pa.array([name[1] for name in tracks], pa.string()),
            "aircraft": pa.array([name[2] for name in tracks], pa.string()),
            "intent": pa.array(intents, pa.string()),
            "time": pa.array(rows["time"], pa.timestamp("us", "UTC")),
            "longitude": pa.array(rows["lon"] / PER_DEGREE),
            "latitude": pa.array(rows["lat"] / PER_DEGREE),
            "height": pa.array(rows["height"] / PER_METRE, mask=unknown),
            "reference": pa.array(reference, mask=unknown),
            "ellipsoidal_height": pa.array(
                rows["above"] / PER_METRE, mask=rows["above"] == NO_HEIGHT
            ),
            **{name: pa.array(rows[name], from_pandas=True) for name in MOTION},
            "state": pa.array([STATES[one] or None for one in rows["state"]], pa.string()),
            "verdict": pa.array([_VERDICTS[one] or None for one in rows["verdict"]], pa.string()),
            "on_ground": pa.array((rows["marks"] & GROUND) > 0),
            "synthetic": pa.array((rows["marks"] & SYNTHETIC) > 0),
        }
        return pa.table(columns)

    def sight(self, at_us: int, *, lost_after_s: float) -> Sight:
        """Return the last messages of aircraft as the whole picture of a moment, as a map draws it.

        Args:
            at_us: The moment, microseconds since 1970.
            lost_after_s: How old a message is when the link counts as lost.
        """
        crafts = np.zeros(len(self.rows), AIRCRAFT)
        for name in MESSAGE.names or ():
            crafts[name] = self.rows[name]
        crafts["is_live"] = 1
        crafts["is_lost"] = at_us - crafts["time"] > lost_after_s * SECOND_US
        tracks, intents = crafts["track"].tolist(), crafts["intent"].tolist()
        names = [self._names_of(*numbers) for numbers in zip(tracks, intents, strict=True)]
        return Sight(at_us, 0, -1, crafts, [], names)

    def _names_of(self, track: int, intent: int) -> tuple[int, str, str, str]:
        _, operator, aircraft = self.names.get(track, ("", "", ""))
        return track, operator, aircraft, self.names.get(intent, ("", ""))[1] or ""


class Replay:
    """Answers from the segments of a log."""

    def __init__(self, segments: Segments) -> None:
        self._segments = segments

    def at(self, time_us: int, *, bounds: Bounds | None = None, horizon_s: float = 60.0) -> Passage:
        """Return the last message of each aircraft at a moment.

        Args:
            time_us: The moment, microseconds since 1970.
            bounds: West, south, east, north in degrees; None for everywhere.
            horizon_s: How long before the moment a message may be for its aircraft to be shown.
        """
        found = self.between(time_us - int(horizon_s * SECOND_US), time_us)
        # In the order of their times: the last of each track is the first from behind.
        _, last = np.unique(found.rows["track"][::-1], return_index=True)
        rows = found.rows[np.sort(len(found.rows) - 1 - last)]
        return Passage(rows if bounds is None else within(rows, bounds), found.names)

    def between(self, from_us: int, to_us: int, *, bounds: Bounds | None = None) -> Passage:
        """Return the messages of a while, both ends included.

        Raises:
            InvalidRequest: If there are more than five million.
            PlatformError: If the log is damaged there.
        """
        parts: list[Records] = []
        names, count = Names(), 0
        for number, entries in self._chosen(from_us, to_us):
            parts.append(self._messages(number, entries, from_us, to_us))
            count += len(parts[-1])
            if count > MOST_MESSAGES:
                raise InvalidRequest(
                    f"more than {MOST_MESSAGES} messages", hint="ask for a shorter while"
                )
            for offset in entries["offset"][entries["kind"] == NAMES]:
                names.learn(self._segments.read(number, int(offset)))
        rows = np.concatenate([np.empty(0, MESSAGE), *parts])
        if bounds is not None:
            rows = within(rows, bounds)
        # What came twice after its first was forgotten is left out here.
        order = np.lexsort((rows["track"], rows["time"]))
        rows = rows[order]
        again = (rows["track"][1:] == rows["track"][:-1]) & (rows["time"][1:] == rows["time"][:-1])
        rows = rows[np.r_[True, ~again][: len(rows)]]
        return Passage(rows, names.all())

    def alerts(self, from_us: int, to_us: int) -> list[Alert]:
        """Return the alerts that were decided in a while, oldest first."""
        return [
            alert
            for _, payload in self._payloads(ALERTS, from_us, to_us)
            for alert in read_alerts(payload)
            if from_us <= alert.at_us <= to_us
        ]

    def plans(self, from_us: int, to_us: int) -> dict[str, Planned]:
        """Return what was planned as it stood last in a while, by intent."""
        found: dict[str, Planned] = {}
        for _, payload in self._payloads(PLANS, from_us, to_us):
            for intent, manager, state, begin_us, end_us in json.loads(payload):
                found[intent] = Planned(intent, manager, state, begin_us, end_us)
        return found

    def _chosen(self, from_us: int, to_us: int) -> Iterator[tuple[int, Records]]:
        """Return the segments that have messages of a while, with their indexes."""
        for number in list(self._segments.numbers):
            entries = self._segments.entries(number)
            messages = entries[entries["kind"] == MESSAGES]
            if ((messages["last"] >= from_us) & (messages["first"] <= to_us)).any():
                yield number, entries

    def _messages(self, number: int, entries: Records, from_us: int, to_us: int) -> Records:
        wanted = (entries["kind"] == MESSAGES) & (entries["last"] >= from_us)
        wanted &= entries["first"] <= to_us
        parts: list[Records] = []
        for entry in entries[wanted]:
            payload = self._segments.read(number, int(entry["offset"]))
            rows = unpack_messages(payload, int(entry["count"]))
            parts.append(rows[(rows["time"] >= from_us) & (rows["time"] <= to_us)])
        return np.concatenate([np.empty(0, MESSAGE), *parts])

    def _payloads(self, kind: int, from_us: int, to_us: int) -> Iterator[tuple[int, bytes]]:
        for number in list(self._segments.numbers):
            entries = self._segments.entries(number)
            # A segment begins with what stood then: that is of the while if any of it is.
            if not len(entries) or entries["at"][0] > to_us or entries["at"][-1] < from_us:
                continue
            chosen = entries[(entries["kind"] == kind) & (entries["at"] <= to_us)]
            for entry in chosen:
                yield number, self._segments.read(number, int(entry["offset"]))
