"""Ids of runs."""

import re
import time

from chengmo.runs.run_id import new_run_id


def test_ids_are_26_letters_and_digits_that_a_path_can_hold():
    assert re.fullmatch(r"[0-9a-hjkmnp-tv-z]{26}", new_run_id())


def test_no_two_ids_are_the_same():
    assert len({new_run_id() for _ in range(10_000)}) == 10_000


def test_a_later_id_is_sorted_behind():
    ids = []
    for _ in range(5):
        ids.append(new_run_id())
        time.sleep(0.002)
    assert ids == sorted(ids)


def test_the_time_is_the_only_thing_that_can_be_foreseen():
    tails = [new_run_id()[10:] for _ in range(100)]
    for place in range(16):
        assert len({tail[place] for tail in tails}) > 5
