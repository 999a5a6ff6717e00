"""What a run record may be."""

import pytest
from pydantic import ValidationError

from chengmo.ledger import RunActor, RunRecord

FIELDS = {
    "run": "01",
    "model": "m",
    "model_version": "1",
    "request": {},
    "datasets": {},
    "actor": RunActor(id="a", role="administrator"),
    "purpose": "",
    "environment": {},
    "submitted_utc": "2025-01-31T08:00:00Z",
    "ended_utc": "2025-01-31T08:00:01Z",
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "successful"},
        {"status": "failed"},
        {"status": "dismissed", "decision_digest": "sha256:0"},
        {"status": "running"},
        {"status": "dismissed", "unknown": 1},
    ],
)
def test_a_record_that_contradicts_itself_is_refused(wrong):
    with pytest.raises(ValidationError):
        RunRecord.model_validate({**FIELDS, **wrong})


def test_a_record_is_frozen():
    record = RunRecord.model_validate({**FIELDS, "status": "dismissed"})
    with pytest.raises(ValidationError):
        record.run = "02"  # pyright: ignore[reportAttributeAccessIssue] - that is the test
