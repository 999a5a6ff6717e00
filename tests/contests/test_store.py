"""Deadline, quota and queue, over SQLite and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from chengmo.contests.package import PackageTerms
from chengmo.contests.queue import MOST_ATTEMPTS, Queue
from chengmo.contests.store import MOST_FAILED_PACKAGES_PER_DAY
from chengmo.contests.submission import Scores
from chengmo.errors import Conflict, UnknownContest
from chengmo.model.text import Text

WHY = Text(zh="缺", en="keys are missing")


def test_at_the_deadline_itself_nothing_is_accepted(store, clock, make, entry):
    contest = make()
    clock.now = contest.deadline - timedelta(microseconds=1)
    assert store.submit(contest, entry()).state == "queued"
    clock.now = contest.deadline
    with pytest.raises(Conflict, match=r"is over: it ended 2026-03-11 00:00 \(UTC\+8\)"):
        store.submit(contest, entry(b"b"))
    clock.now = contest.start - timedelta(microseconds=1)
    with pytest.raises(Conflict, match="has not begun"):
        store.submit(contest, entry(b"b"))
    clock.now = contest.start
    assert store.submit(contest, entry(b"b")).sequence == 2


def test_the_quota_of_a_day_ends_at_midnight_in_china(store, clock, make, entry):
    contest = make()
    clock.now = contest.start.replace(hour=15, minute=59)
    store.submit(contest, entry(b"1"))
    store.submit(contest, entry(b"2"))
    with pytest.raises(Conflict, match="2 submissions have been made today"):
        store.submit(contest, entry(b"3"))
    assert store.submit(contest, entry(b"3", entrant="wang")).sequence == 3
    clock.now = contest.start.replace(hour=16)
    store.submit(contest, entry(b"3"))
    with pytest.raises(Conflict, match="that is all"):
        store.submit(contest, entry(b"4"))


def test_a_failed_submission_gives_its_quota_back(store, make, entry):
    contest, queue = make(per_day=1), Queue(store)
    store.submit(contest, entry(b"1"))
    with pytest.raises(Conflict):
        store.submit(contest, entry(b"2"))
    assert queue.fail(queue.claim(), WHY)
    found = store.submissions("c", "li", private=False)
    assert [(each.state, each.reason) for each in found] == [("failed", WHY)]
    assert store.submit(contest, entry(b"2")).sequence == 2


def test_the_same_file_again_is_the_same_submission(store, make, entry):
    contest = make()
    first = store.submit(contest, entry(b"1"))
    assert store.submit(contest, entry(b"1")) == first
    assert store.submit(contest, entry(b"2")).id != first.id


def test_of_files_brought_at_once_no_more_are_accepted_than_the_quota(store, make, entry):
    contest = make(per_day=2)

    def bring(number):
        try:
            return store.submit(contest, entry(str(number).encode())).sequence
        except Conflict:
            return 0

    with ThreadPoolExecutor(8) as pool:
        taken = sorted(pool.map(bring, range(8)))
    assert taken == [0] * 6 + [1, 2]


def test_a_lease_that_ran_out_is_taken_on_again_and_the_old_holder_says_nothing(
    store, clock, make, entry
):
    contest, queue = make(), Queue(store)
    store.submit(contest, entry())
    dead = queue.claim()
    assert queue.claim() is None
    clock.now += timedelta(seconds=queue.lease_s)
    heir = queue.claim()
    assert heir.id == dead.id
    assert not queue.finish(dead, contest, Scores(9, 9))
    assert queue.finish(heir, contest, Scores(1, 2))
    assert not queue.fail(heir, WHY)
    assert store.submission(heir.id).told_score == 1


def test_nothing_is_tried_for_ever(store, clock, make, entry):
    contest, queue = make(per_day=1), Queue(store)
    kept = store.submit(contest, entry())
    for _ in range(MOST_ATTEMPTS):
        assert queue.claim().id == kept.id
        clock.now += timedelta(seconds=queue.lease_s)
    assert queue.claim() is None
    assert store.submission(kept.id).state == "failed"
    assert store.submit(contest, entry(b"2")).state == "queued"


def test_of_one_entrant_one_is_scored_at_a_time_in_order(store, make, entry):
    contest, queue = make(), Queue(store)
    for content, entrant in ((b"1", "li"), (b"2", "li"), (b"3", "wang")):
        store.submit(contest, entry(content, entrant=entrant))
    first, other = queue.claim(), queue.claim()
    assert (first.content, other.content, queue.claim()) == (b"1", b"3", None)
    queue.finish(first, contest, Scores(10.0, 11.0))
    second = queue.claim()
    assert second.content == b"2"
    queue.finish(second, contest, Scores(9.8, 1.0))
    # Better, by less than the step of 0.5.
    told = [each.told_score for each in store.submissions("c", "li", private=False)]
    assert told == [10.0, 10.0]


def test_exact_and_private_scores_are_not_shown_before_the_deadline(store, make, entry):
    contest, queue = make(), Queue(store)
    store.submit(contest, entry())
    queue.finish(queue.claim(), contest, Scores(10.123456, 77.5))
    seen = store.submissions("c", "li", private=False)[0].model_dump_json()
    assert "10.123" not in seen
    assert "77.5" not in seen
    assert store.submissions("c", "li", private=True)[0].private_score == 77.5


def test_more_is_better_where_the_measure_says_so(store, make, entry):
    contest, queue = make(metric="r2", step=0.01), Queue(store)
    for content, score in ((b"1", 0.5), (b"2", 0.4), (b"3", 0.6)):
        contest = make(metric="r2", step=0.01, per_day=9, in_all=9)
        store.submit(contest, entry(content))
        queue.finish(queue.claim(), contest, Scores(score, score))
    told = [each.told_score for each in store.submissions("c", "li", private=False)]
    assert told == [0.6, 0.5, 0.5]


def test_what_is_not_there_is_said(store, opened, make):
    with pytest.raises(UnknownContest):
        store.contest("d")
    with pytest.raises(UnknownContest):
        store.submission("d")
    with pytest.raises(Conflict):
        store.open(opened(make()), b"s" * 32)


def test_whoever_has_brought_ten_packages_that_failed_brings_no_more_today(store, make, entry):
    contest, queue = make(), Queue(store)
    terms = PackageTerms(licence="MIT", datasets={})
    for number in range(MOST_FAILED_PACKAGES_PER_DAY):
        store.submit(contest, entry(f"package {number}".encode(), terms=terms))
        assert queue.fail(queue.claim(), WHY)
    with pytest.raises(Conflict, match="10 files could not be scored today"):
        store.submit(contest, entry(b"another", terms=terms))
    # A file costs little: it is heard.
    assert store.submit(contest, entry(b"file")).state == "queued"
