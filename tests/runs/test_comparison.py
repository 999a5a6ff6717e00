"""What differs between two runs, by name."""

from chengmo.ledger import RunActor, RunRecord, digest_of
from chengmo.runs.comparison import LONGEST_LIST, Difference, cannot_repeat, compare


def record(run="a", *, decision=None, **fields) -> RunRecord:
    return RunRecord.model_validate(
        {
            "run": run,
            "model": "m",
            "model_version": "1",
            "request": {"budget": 1.0, "sites": [1, 2]},
            "datasets": {},
            "actor": RunActor(id="a", role="administrator"),
            "purpose": "",
            "environment": {"package:numpy": "2"},
            "submitted_utc": "2025-01-31T08:00:00Z",
            "ended_utc": "2025-01-31T08:00:01Z",
            "status": "successful",
            "decision": decision or {"measures": [{"key": "cost", "value": 1}], "sites": 2},
            "decision_digest": digest_of(decision or {}),
            **fields,
        }
    )


def differences(first, second):
    return [str(difference) for difference in compare(first, second).differences]


def test_equal_runs_do_not_differ():
    comparison = compare(record("a"), record("b"))
    assert comparison.same
    assert comparison.differences == ()
    assert (comparison.first, comparison.second) == ("a", "b")


def test_each_thing_that_differs_is_named():
    second = record(
        request={"budget": 2.0, "sites": [1, 3], "more": True},
        environment={"package:numpy": "3"},
        decision={"measures": [{"key": "cost", "value": 5}], "sites": 2},
    )
    assert differences(record(), second) == [
        "request.budget: 1.0 → 2.0",
        "request.more: – → true",
        "request.sites[1]: 2 → 3",
        "environment.package:numpy: 2 → 3",
        "measures.cost.value: 1 → 5",
    ]


def test_lists_of_other_lengths_are_compared_as_a_whole():
    assert differences(record(), record(request={"budget": 1.0, "sites": [1]})) == [
        "request.sites: 2 items → 1 items"
    ]


def test_a_long_list_of_differences_ends():
    many = {"values": list(range(1000))}
    other = {"values": list(range(1, 1001))}
    comparison = compare(record(decision=many), record(decision=other))
    assert len(comparison.differences) == LONGEST_LIST


def test_long_values_are_cut():
    (difference,) = compare(
        record(decision={"text": "a" * 1000}), record(decision={"text": "b" * 1000})
    ).differences
    assert len(difference.first) < 300


def test_measures_are_compared_by_name_not_by_place():
    one = {"measures": [{"key": "a", "value": 1}, {"key": "b", "value": 2}]}
    turned = {"measures": [{"key": "b", "value": 2}, {"key": "a", "value": 1}]}
    assert differences(record(decision=one), record(decision=turned)) == []


def test_a_run_that_failed_is_not_the_same_as_another_that_failed():
    failed = {
        "status": "failed", "decision": None, "decision_digest": None,
        "error": {"slug": "run-failed", "message": "no"},
    }  # fmt: skip
    first = RunRecord.model_validate({**record().model_dump(), **failed})
    assert not compare(first, first).same


def test_a_run_that_cannot_be_repeated_says_why():
    comparison = cannot_repeat(record(), "datasets.roads", "version 1", "gone")
    assert not comparison.same
    assert comparison.second is None
    assert comparison.differences == (
        Difference(where="datasets.roads", first="version 1", second="gone"),
    )
