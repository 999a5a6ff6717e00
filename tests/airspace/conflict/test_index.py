"""The index of known intents answers as the check of all pairs would, whatever came before."""

import threading
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chengmo import InvalidRequest
from chengmo_airspace.conflict import ConflictIndex, Meeting
from chengmo_airspace.volume import Circle, Volume, VolumeColumns, meet

EIGHT = datetime(2026, 5, 1, 8, tzinfo=UTC)
NAMES = ["ann", "bo", "cy", "di", "ed", "fay"]


def volume(rng):
    """Return a volume of a small, crowded place."""
    place = Circle(114.3 + rng.integers(8) / 1000, 30.5 + rng.integers(8) / 1000, 60)
    low, begin = int(rng.integers(4)) * 30, int(rng.integers(6))
    end = begin + int(rng.integers(3))
    return Volume(place, low, low + 30, EIGHT + begin * MINUTE, EIGHT + end * MINUTE)


MINUTE = timedelta(minutes=1)


def volumes_of(seed):
    rng = np.random.default_rng(seed)
    return [volume(rng) for _ in range(rng.integers(1, 5))]


def expected_meetings(model, asked, besides=""):
    """Return what the check of every pair finds, in the order the intents were put in."""
    return [
        Meeting(mine, intent, theirs)
        for mine, one in enumerate(asked)
        for intent, others in model.items()
        if intent != besides
        for theirs, other in enumerate(others)
        if meet(one, other)
    ]


class IndexedIntents(RuleBasedStateMachine):
    """Puts, replaces, removes and purges, beside a plain dictionary."""

    def __init__(self):
        super().__init__()
        self.index, self.model = ConflictIndex(), {}

    @rule(name=st.sampled_from(NAMES), seed=st.integers(0, 10**6))
    def put(self, name, seed):
        self.index.put(name, volumes_of(seed))
        self.model.pop(name, None)
        self.model[name] = volumes_of(seed)

    @rule(name=st.sampled_from(NAMES), seed=st.integers(0, 10**6))
    def put_if_free(self, name, seed):
        asked = volumes_of(seed)
        meetings = expected_meetings(self.model, asked, besides=name)
        assert self.index.put_if_free(name, asked) == meetings
        if not meetings:
            self.model.pop(name, None)
            self.model[name] = asked

    @rule(name=st.sampled_from(NAMES))
    def remove(self, name):
        self.index.remove(name)
        self.model.pop(name, None)

    @rule(minutes=st.integers(0, 4))
    def purge(self, minutes):
        before = EIGHT + minutes * MINUTE
        past = [n for n, volumes in self.model.items() if max(v.end for v in volumes) < before]
        assert self.index.purge(before) == len(past)
        for name in past:
            del self.model[name]

    @precondition(lambda self: self.model)
    @rule()
    def rebuild(self):
        self.index.rebuild()

    @rule(name=st.sampled_from(NAMES), seed=st.integers(0, 10**6))
    def ask(self, name, seed):
        asked = volumes_of(seed)
        assert self.index.find_meetings(asked) == expected_meetings(self.model, asked)
        found = self.index.find_meetings(asked, besides=name)
        assert found == expected_meetings(self.model, asked, besides=name)

    @invariant()
    def holds_what_was_put(self):
        assert len(self.index) == len(self.model)
        assert len(self.index.snapshot()) == sum(map(len, self.model.values()))
        assert all((name in self.index) == (name in self.model) for name in NAMES)


class TestIndexedIntents(IndexedIntents.TestCase):
    settings = settings(max_examples=8, stateful_step_count=12, deadline=None)


@pytest.mark.slow
class TestIndexedIntentsAtLength(IndexedIntents.TestCase):
    settings = settings(max_examples=300, stateful_step_count=60, deadline=None)


def test_many_intents_at_once_answer_as_one_after_the_other():
    intents = {f"intent {n}": volumes_of(n) for n in range(60)}
    columns = VolumeColumns.from_volumes([v for volumes in intents.values() for v in volumes])
    at_once, singly = ConflictIndex(), ConflictIndex()
    at_once.put_all(list(intents), columns, np.array([len(v) for v in intents.values()]))
    for name, volumes in intents.items():
        singly.put(name, volumes)
    asked = volumes_of(99)
    found = at_once.find_meetings(asked)
    assert found
    assert found == singly.find_meetings(asked) == expected_meetings(intents, asked)
    assert len(singly.snapshot().packs) <= 9


def test_a_snapshot_does_not_change():
    index = ConflictIndex()
    index.put("ann", volumes_of(1))
    before = index.snapshot()
    index.put("bo", volumes_of(1))
    assert [m.intent for m in before.find_meetings(volumes_of(1)[:1])] == ["ann"]
    index.remove("ann")
    index.rebuild()
    assert [m.intent for m in before.find_meetings(volumes_of(1)[:1])] == ["ann"]
    assert [m.intent for m in index.find_meetings(volumes_of(1)[:1])] == ["bo"]


@pytest.mark.parametrize(
    ("names", "counts"), [(["ann", "ann"], [1, 1]), (["ann"], [1]), (["ann", "bo"], [2, 0])]
)
def test_intents_that_do_not_fit_their_volumes_are_refused(names, counts):
    columns = VolumeColumns.from_volumes([volumes_of(1)[0]] * 2)
    with pytest.raises(InvalidRequest):
        ConflictIndex().put_all(names, columns, np.array(counts))


def test_of_many_who_want_the_same_place_at_once_one_gets_it():
    index, won, place = ConflictIndex(), [], volumes_of(1)
    start = threading.Barrier(6)

    def want(name):
        start.wait()
        if not index.put_if_free(name, place):
            won.append(name)

    threads = [threading.Thread(target=want, args=(name,)) for name in NAMES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == len(index) == 1


def test_readers_see_an_intent_that_is_replaced_all_the_time():
    index, place, seen = ConflictIndex(), volumes_of(1), []
    index.put("ann", place)
    done = threading.Event()

    def read():
        while not done.is_set():
            seen.append(len({m.intent for m in index.find_meetings(place)}))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(200):
        index.put("ann", place)
    done.set()
    reader.join()
    assert set(seen) <= {1}
