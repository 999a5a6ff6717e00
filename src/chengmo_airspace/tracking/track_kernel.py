"""Compiled: messages taken one after the other, each aircraft held to its plan, exactly.

A place lies in a volume if the whole numbers of the lattice say so (`ring_holds`): there is no
tolerance. Bounds belong to the volume.
"""

# pyright: reportArgumentType=false, reportReturnType=false, reportCallIssue=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

import numba
import numpy as np

from chengmo_airspace.tracking.batch import NO_HEIGHT
from chengmo_airspace.tracking.record import (
    CONTINGENT,
    DUPLICATE,
    FRESH,
    GROUND,
    INSIDE,
    LATE,
    NO_PLAN,
    NO_STATE,
    NOMINAL,
    NONCONFORMING,
    OUTSIDE,
    REMEMBERED,
    TOO_LATE,
    UNDECIDED,
    Record,
    Records,
)
from chengmo_airspace.volume.lattice import TURN
from chengmo_airspace.volume.ring_kernel import Integers, ring_holds

# Kinds of events, which become alerts.
(
    DEVIATED, UNRECOVERED, RESTORED, LOST, REGAINED, UNPLANNED, EARLY, BLIND, NEAR, PARTED
) = range(1, 11)  # fmt: skip
# For each intent number the row of its plan, −1 for none; for each plan the number of its manager,
# its state and the first of its volumes; then boxes, vertices and offsets of all volumes.
Book = tuple[Integers, Integers, Integers, Integers, Integers, Integers, Integers]
# Aircraft; (n, REMEMBERED) their last times; where in them the next goes.
Sky = tuple[Records, Integers, Integers]
# (m, 2) slots and kinds, and how many are in use.
Events = tuple[Integers, int]
# Microseconds until nonconforming, contingent, restored, lost, unplanned.
Spans = Integers

_NOTHING = -1
_PLANNED_FIRST = 0  # plan state Accepted
_PLANNED_OFF = 2  # plan state Nonconforming


@numba.njit(cache=True, nogil=True)
def outline_holds(book: Book, row: int, lon: int, lat: int) -> bool:
    """Say whether a place lies in the outline of a volume; those across 180° go on beyond it."""
    boxes, vertices, offsets = book[4], book[5], book[6]
    if lat < boxes[row, 2] or lat > boxes[row, 3]:
        return False
    for east in (lon, lon + TURN):
        if boxes[row, 0] <= east <= boxes[row, 1] and ring_holds(
            vertices, (offsets[row], offsets[row + 1]), east, lat
        ):
            return True
    return False


@numba.njit(cache=True, nogil=True)
def judge(book: Book, plan: int, craft: Record) -> int:
    """Say whether a message's place is in one of the volumes of a plan at its time."""
    firsts, boxes = book[3], book[4]
    is_blind = craft.above == NO_HEIGHT
    verdict = OUTSIDE
    for row in range(firsts[plan], firsts[plan + 1]):
        if craft.time < boxes[row, 6] or craft.time > boxes[row, 7]:
            continue
        if not is_blind and (craft.above < boxes[row, 4] or craft.above > boxes[row, 5]):
            continue
        if outline_holds(book, row, craft.lon, craft.lat):
            if not is_blind:
                return INSIDE
            verdict = UNDECIDED
    return verdict


@numba.njit(cache=True, nogil=True)
def plan_of(book: Book, intent: int, operator: int) -> int:
    """Return the row of an intent's plan, −1 if it is not known or another manages it."""
    if intent == 0 or intent >= len(book[0]):
        return _NOTHING
    plan = book[0][intent]
    if plan < 0 or book[1][plan] != operator:
        return _NOTHING
    return plan


@numba.njit(cache=True, nogil=True)
def remember(sky: Sky, slot: int, time: int) -> bool:
    """Note the time of a message; say whether there was one of that time already."""
    times, places = sky[1], sky[2]
    for k in range(REMEMBERED):
        if times[slot, k] == time:
            return False
    times[slot, places[slot]] = time
    places[slot] = (places[slot] + 1) % REMEMBERED
    return True


@numba.njit(cache=True, nogil=True)
def take_messages(
    rows: Records, slots: Integers, sky: Sky, book: Book, spans: Spans, now: int
) -> tuple[Integers, Integers]:
    """Take messages in their order; return what became of each, and (k, 2) events.

    Args:
        rows: `MESSAGE` records; intent 0 means as before; verdict, state and marks are filled in.
        slots: Which aircraft each is of.
        sky: The aircraft, changed.
        book: The plans.
        spans: How long is too long.
        now: This clock.
    """
    outcome = np.zeros(len(rows), np.int64)
    events = np.empty((4 * len(rows), 2), np.int64), 0
    for n in range(len(rows)):
        row: Record = rows[n]
        craft: Record = sky[0][slots[n]]
        if row.intent == 0:
            row.intent = craft.intent
        plan = plan_of(book, row.intent, craft.operator)
        row.verdict = NO_PLAN
        if plan >= 0 and not row.marks & GROUND:
            row.verdict = judge(book, plan, row)
        if not remember(sky, slots[n], row.time):
            outcome[n] = DUPLICATE
        elif row.time <= craft.time:
            outcome[n], row.marks = TOO_LATE, row.marks | LATE
            row.state = craft.state
        else:
            outcome[n] = FRESH
            planned = _NOTHING if plan < 0 else book[2][plan]
            begin(craft, row, planned, now)
            events = advance(craft, row, spans, now, (slots[n], planned), events)
            row.state = craft.state
            settle(craft, row, now)
    return outcome, events[0][: events[1]]


@numba.njit(cache=True, nogil=True)
def begin(craft: Record, row: Record, planned: int, now: int) -> None:
    """Let an aircraft fly the intent of a message; `planned` is its plan's state, −1 for none."""
    if row.intent != craft.intent:
        begin_intent(craft, row.intent, planned, now)
    if planned < 0:
        craft.state = NO_STATE
    elif craft.state == NO_STATE:
        craft.state, craft.since = NOMINAL, now


@numba.njit(cache=True, nogil=True)
def begin_intent(craft: Record, intent: int, planned: int, now: int) -> None:
    """Let an aircraft begin to fly another intent, in the state that its plan has."""
    craft.intent, craft.told, craft.renamed = intent, 0, 0
    craft.outside = craft.inside = 0
    craft.since = now
    craft.state = NOMINAL
    if planned >= _PLANNED_OFF:
        craft.state = planned
    elif planned < 0:
        craft.state = NO_STATE


@numba.njit(cache=True, nogil=True)
def advance(
    craft: Record, row: Record, spans: Spans, now: int, which: tuple[int, int], events: Events
) -> Events:
    """Bring the state of an aircraft up to a message.

    Args:
        craft: The aircraft.
        row: The message, with its verdict.
        spans: How long is too long.
        now: This clock.
        which: The aircraft's slot, the state of its plan.
        events: So far.
    """
    slot, planned = which
    if craft.is_lost:
        craft.is_lost = 0
        events = note(events, slot, REGAINED)
    if planned == _PLANNED_FIRST and not row.marks & GROUND:
        events = tell_once(craft, EARLY, slot, events)
    if row.verdict == INSIDE:
        return come_in(craft, row, spans, now, slot, events)
    craft.inside = 0
    if row.verdict == UNDECIDED:
        return tell_once(craft, BLIND, slot, events)
    if row.marks & GROUND or craft.intent == 0:
        craft.outside = 0
        return events
    return stay_out(craft, row, spans, now, slot, events)


@numba.njit(cache=True, nogil=True)
def come_in(
    craft: Record, row: Record, spans: Spans, now: int, slot: int, events: Events
) -> Events:
    """Let an aircraft be inside its volumes."""
    craft.outside = 0
    if craft.inside == 0:
        craft.inside = row.time
    if craft.state == NONCONFORMING and row.time - craft.inside >= spans[2]:
        craft.state, craft.since = NOMINAL, now
        return note(events, slot, RESTORED)
    return events


@numba.njit(cache=True, nogil=True)
def stay_out(
    craft: Record, row: Record, spans: Spans, now: int, slot: int, events: Events
) -> Events:
    """Let an aircraft be outside its volumes, or without any."""
    if craft.outside == 0:
        craft.outside = row.time
    lasting = row.time - craft.outside
    if row.verdict == NO_PLAN:
        return tell_once(craft, UNPLANNED, slot, events) if lasting >= spans[4] else events
    if craft.state == NOMINAL and lasting >= spans[0]:
        craft.state, craft.since = NONCONFORMING, now
        return note(events, slot, DEVIATED)
    return events


@numba.njit(cache=True, nogil=True)
def note(events: Events, slot: int, kind: int) -> Events:
    """Return the events with one more."""
    listed, count = events
    listed[count, 0], listed[count, 1] = slot, kind
    return listed, count + 1


@numba.njit(cache=True, nogil=True)
def tell_once(craft: Record, kind: int, slot: int, events: Events) -> Events:
    """Add an event unless this aircraft has had it for this intent."""
    if craft.told & (1 << kind):
        return events
    craft.told = craft.told | (1 << kind)
    return note(events, slot, kind)


@numba.njit(cache=True, nogil=True)
def settle(craft: Record, row: Record, now: int) -> None:
    """Make a message the last of its aircraft."""
    craft.time, craft.lon, craft.lat = row.time, row.lon, row.lat
    craft.height, craft.above, craft.reference = row.height, row.above, row.reference
    craft.speed, craft.course, craft.climb = row.speed, row.course, row.climb
    craft.verdict, craft.marks, craft.heard = row.verdict, row.marks, now


@numba.njit(cache=True, nogil=True)
def watch(crafts: Records, spans: Spans, now: int) -> Integers:
    """Return (k, 2) events that come of time alone: lost links, and who is not recovered.

    An aircraft whose link is lost cannot be shown to conform: it is nonconforming.
    """
    events = np.empty((3 * len(crafts), 2), np.int64), 0
    for slot in range(len(crafts)):
        craft: Record = crafts[slot]
        if not craft.is_live:
            continue
        is_silent = now - craft.heard > spans[3] and not craft.marks & GROUND
        if is_silent and not craft.is_lost:
            craft.is_lost = 1
            events = note(events, slot, LOST)
            if craft.state == NOMINAL:
                craft.state, craft.since, craft.inside = NONCONFORMING, now, 0
                events = note(events, slot, DEVIATED)
        if craft.state == NONCONFORMING and now - craft.since > spans[1]:
            craft.state, craft.since = CONTINGENT, now
            events = note(events, slot, UNRECOVERED)
    return events[0][: events[1]]


@numba.njit(cache=True, nogil=True)
def replay(rows: Records, slots: Integers, sky: Sky, spans: Spans, now: int) -> None:
    """Take messages that were decided before, with the verdicts and states they got then."""
    events = np.empty((8, 2), np.int64)
    for n in range(len(rows)):
        row: Record = rows[n]
        craft: Record = sky[0][slots[n]]
        remember(sky, slots[n], row.time)
        if row.marks & LATE:
            continue
        if row.intent != craft.intent:
            begin_intent(craft, row.intent, _NOTHING, now)
        advance(craft, row, spans, now, (slots[n], _NOTHING), (events, 0))
        if craft.state != row.state:
            craft.state, craft.since = row.state, now
        settle(craft, row, now)
