"""An act that failed after its entry gets another entry, which says so."""

import pytest

from chengmo.audit import Access, AuditLog, AuditQuery, undertaking
from chengmo.errors import Conflict
from chengmo.ledger import open_database


@pytest.fixture
def log(tmp_path):
    database = open_database(tmp_path)
    with AuditLog(database, tmp_path) as opened:
        yield opened
    database.close()


def access(action, **stated):
    return Access(actor="li", via="cli", action=action, verdict="allowed", dataset="d", **stated)


def test_what_failed_is_followed_by_an_entry_that_names_the_first(log):
    first = access("import", rows=7, detail={"what": "replace"})

    def act():
        with undertaking(log):
            log.record(first)
            log.record(access("read", rows=3))
            raise Conflict("no", hint="-")

    with pytest.raises(Conflict):
        act()
    failed, read, begun = (each.access for each in log.search(AuditQuery()))
    assert (begun, read.action) == (first, "read")
    assert (failed.action, failed.verdict, failed.reason) == ("import", "denied", "failed:conflict")
    assert (failed.rows, failed.dataset, failed.actor) == (None, "d", "li")
    assert failed.detail == {"what": "replace", "of": first.id}
    assert failed.id != first.id


def test_what_was_done_and_what_was_refused_gets_no_second_entry(log):
    with undertaking(log):
        log.record(access("policy"))
    log.record(access("policy"))
    with pytest.raises(KeyboardInterrupt), undertaking(log):
        raise KeyboardInterrupt
    assert len(log.search(AuditQuery())) == 2


def test_one_within_another_is_told_of_once(log):
    def act():
        with undertaking(log):
            log.record(access("policy"))
            with undertaking(log):
                log.record(access("restore"))
                raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        act()
    told = [(each.access.action, each.access.reason) for each in log.search(AuditQuery())]
    failed = "failed:OSError"
    assert told == [("policy", failed), ("restore", failed), ("restore", ""), ("policy", "")]
