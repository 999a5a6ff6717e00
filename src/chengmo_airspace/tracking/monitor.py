"""What is decided about messages as they come: no disk and no clock, so that it can be repeated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chengmo_airspace.tracking.alert import Alert, make_alert, pair_evidence
from chengmo_airspace.tracking.batch import Batch
from chengmo_airspace.tracking.limits import SECOND_US, Limits
from chengmo_airspace.tracking.live import LiveTracks
from chengmo_airspace.tracking.names import Names
from chengmo_airspace.tracking.near_kernel import find_near
from chengmo_airspace.tracking.plan import STATES as PLAN_STATES
from chengmo_airspace.tracking.plan import PlanBook
from chengmo_airspace.tracking.record import (
    DUPLICATE,
    FRESH,
    GROUND,
    MESSAGE,
    SYNTHETIC,
    TOO_LATE,
    Records,
)
from chengmo_airspace.tracking.track_kernel import NEAR, PARTED, replay, take_messages, watch
from chengmo_airspace.volume.ring_kernel import Integers

# For how long an intent may be unknown: the plans may be a moment behind.
_UNPLANNED_AFTER_S = 3.0
_PAIR = 1 << 32


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch.

    Attributes:
        accepted: Messages that are kept, late ones among them.
        late: Messages older than another of the same aircraft: kept, the picture unchanged.
        duplicates: Messages of a time that the aircraft had told already: not kept again.
        refused: Messages that cannot be taken: the row and why.
    """

    accepted: int
    late: int
    duplicates: int
    refused: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Taken:
    """What is to be kept of some batches.

    Attributes:
        messages: `MESSAGE` records.
        alerts: That they gave rise to.
        receipts: One for each batch.
    """

    messages: Records
    alerts: list[Alert]
    receipts: list[Receipt]

    @classmethod
    def of_alerts(cls, alerts: list[Alert]) -> "Taken":
        """Return what is to be kept where time alone has passed."""
        return cls(np.empty(0, MESSAGE), alerts, [])


class Monitor:
    """The aircraft, their plans, and what is said of them.

    Attributes:
        names: Of aircraft, operators, intents.
        live: The aircraft.
        plans: What they are held to.
        turn: Counts the rounds in which something changed.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.names = Names()
        self.live = LiveTracks()
        self.turn = 0
        self._near: set[int] = set()
        self._spans = np.array(
            [
                int(seconds * SECOND_US)
                for seconds in (
                    limits.nonconforming_after_s,
                    limits.contingent_after_s,
                    limits.restored_after_s,
                    limits.lost_link_s,
                    _UNPLANNED_AFTER_S,
                )
            ],
            np.int64,
        )
        self.follow(PlanBook.of([]))

    def follow(self, plans: PlanBook) -> None:
        """Hold the aircraft to these plans from now on."""
        self.plans = plans
        numbers = [self.names.number("intent", plan.intent) for plan in plans.plans]
        managers = [self.names.number("operator", plan.manager) for plan in plans.plans]
        rows = np.full(self.names.last + 1, -1, np.int64)
        rows[numbers] = np.arange(len(numbers))
        states = [PLAN_STATES.index(plan.state) for plan in plans.plans]
        columns = plans.volumes
        self._book = (
            rows,
            np.array(managers, np.int64),
            np.array(states, np.int64),
            plans.firsts,
            columns.boxes,
            columns.vertices,
            columns.offsets,
        )

    def take(self, batches: Sequence[Batch], now_us: int) -> Taken:
        """Decide on batches, in their order."""
        parts = [self._rows_of(batch) for batch in batches]
        rows = np.concatenate([np.empty(0, MESSAGE), *(part for part, _ in parts)])
        slots = np.concatenate([np.empty(0, np.int64), *(part for _, part in parts)])
        outcome, events = take_messages(rows, slots, self.live.sky, self._book, self._spans, now_us)
        self._note_change(slots[outcome == FRESH])
        receipts: list[Receipt] = []
        start = 0
        for batch in batches:
            receipts.append(_receipt(outcome[start : start + len(batch)], batch))
            start += len(batch)
        return Taken(rows[outcome != DUPLICATE], self._alerts(events, now_us), receipts)

    def watch(self, now_us: int) -> list[Alert]:
        """Return the alerts that come of time alone, and of aircraft too near to one another."""
        events = watch(self.live.crafts, self._spans, now_us)
        self._note_change(events[:, 0])
        alerts = self._alerts(events, now_us) + self._watch_pairs(now_us)
        self.live.forget(
            heard_before=now_us - int(self.limits.forget_s * SECOND_US), turn=self.turn + 1
        )
        if self.live.gone and self.live.gone[-1][0] > self.turn:
            self.turn += 1
        return alerts

    def replay(self, rows: Records, at_us: int) -> None:
        """Take messages of the log again, as they were decided then."""
        slots = self.live.slots_of_tracks(rows["track"], self.names)
        replay(rows, slots, self.live.sky, self._spans, at_us)
        self._note_change(slots)

    def replay_alert(self, alert: Alert, state: int) -> None:
        """Bring an aircraft into the state that an alert of the log says."""
        slot = self.live.slot(alert.track)
        if slot is None:
            return
        craft = self.live.crafts[slot]
        if craft["state"] != state:
            craft["state"], craft["since"] = state, alert.at_us
        if alert.kind == "lost-link":
            craft["is_lost"] = 1

    def names_of(self, craft: Records) -> tuple[str, str, str]:
        """Return operator, aircraft and intent of a record."""
        _, operator, aircraft = self.names.name(int(craft["track"]))
        intent = self.names.name(int(craft["intent"]))
        return operator, aircraft, intent[1] if intent else ""

    def shed_names(self) -> None:
        """Forget the names that nothing in the sky or the plans has."""
        living = self.live.living()
        kept = {int(n) for name in ("track", "intent", "operator") for n in np.unique(living[name])}
        kept |= {self.names.find("intent", plan.intent) for plan in self.plans.plans}
        kept |= {self.names.find("operator", plan.manager) for plan in self.plans.plans}
        self.names.keep(kept - {0})

    def _rows_of(self, batch: Batch) -> tuple[Records, Integers]:
        rows = np.empty(len(batch), MESSAGE)
        used = np.unique(batch.aircraft_of)
        slots = np.zeros(len(batch.aircraft), np.int64)
        slots[used] = self.live.slots_of(
            [batch.aircraft[n] for n in used.tolist()], batch.operator, self.names
        )
        slots = slots[batch.aircraft_of]
        intents = np.zeros(len(batch.intents) + 1, np.uint32)
        for n in np.unique(batch.intent_of[batch.intent_of >= 0]).tolist():
            intents[n] = self.names.number("intent", batch.intents[n])
        rows["track"] = self.live.crafts["track"][slots]
        rows["intent"] = intents[batch.intent_of]
        rows["time"], rows["lon"], rows["lat"] = batch.times, batch.places[:, 0], batch.places[:, 1]
        rows["height"], rows["above"] = batch.heights, batch.above
        rows["reference"] = batch.references
        for number, name in enumerate(("speed", "course", "climb")):
            rows[name] = batch.motion[:, number]
        rows["marks"] = batch.on_ground * np.uint8(GROUND) + batch.synthetic * np.uint8(SYNTHETIC)
        rows["verdict"] = rows["state"] = 0
        return rows, slots

    def _note_change(self, slots: Integers) -> None:
        if len(slots):
            self.turn += 1
            crafts = self.live.crafts
            crafts["change"][slots] = self.turn
            crafts["renamed"][slots[crafts["renamed"][slots] <= 0]] = self.turn

    def _alerts(self, events: Integers, now_us: int) -> list[Alert]:
        crafts = self.live.crafts
        return [
            make_alert(kind, crafts[slot], self.names_of(crafts[slot]), at_us=now_us)
            for slot, kind in events.tolist()
        ]

    def _watch_pairs(self, now_us: int) -> list[Alert]:
        limits = self.limits
        far = limits.near_m * limits.parted_ratio, limits.near_vertical_m * limits.parted_ratio
        longest = int(limits.predict_s * SECOND_US)
        pairs, gaps = find_near(self.live.crafts, now_us, longest, far)
        tracks = self.live.crafts["track"][pairs].astype(np.int64).reshape(-1, 2)
        keys = (tracks.min(axis=1) * _PAIR + tracks.max(axis=1)).tolist()
        is_near = (gaps[:, 0] < limits.near_m) & (gaps[:, 1] < limits.near_vertical_m)
        alerts: list[Alert] = []
        still: set[int] = set()
        for key, pair, gap, close in zip(keys, pairs, gaps, is_near.tolist(), strict=True):
            if key in self._near:
                still.add(key)
            elif close:
                still.add(key)
                alerts += self._pair_alerts(NEAR, pair, gap, now_us)
        for key in self._near - still:
            slots = [self.live.slot(key // _PAIR), self.live.slot(key % _PAIR)]
            if None not in slots:
                gone = np.array(slots, np.int64)
                alerts += self._pair_alerts(PARTED, gone, np.full(2, np.nan), now_us)
        self._near = still
        return alerts

    def _pair_alerts(self, kind: int, pair: Integers, gaps: Any, now_us: int) -> list[Alert]:
        crafts = self.live.crafts
        alerts: list[Alert] = []
        for mine, other in (pair, pair[::-1]):
            evidence = pair_evidence(self.names_of(crafts[other]), gaps)
            if kind == PARTED:
                evidence = {n: v for n, v in evidence.items() if n.startswith("other")}
            names = self.names_of(crafts[mine])
            alerts.append(make_alert(kind, crafts[mine], names, at_us=now_us, evidence=evidence))
        return alerts


def _receipt(outcome: Integers, batch: Batch) -> Receipt:
    duplicates = int(np.count_nonzero(outcome == DUPLICATE))
    return Receipt(
        accepted=len(batch) - duplicates,
        late=int(np.count_nonzero(outcome == TOO_LATE)),
        duplicates=duplicates,
        refused=tuple((refusal.row, refusal.reason) for refusal in batch.refused),
    )
