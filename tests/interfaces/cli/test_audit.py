"""`chengmo audit`: list, verify, export."""

import os
from pathlib import Path

import pytest

from chengmo.audit import Access, AuditLog
from chengmo.audit.verify_audit import check_folder
from chengmo.ledger import open_database


@pytest.fixture
def recorded(chengmo_command):
    home = Path(os.environ["CHENGMO_HOME"])
    database = open_database(home)
    with AuditLog(database, home) as log:
        log.record(Access(actor="lin", via="ogc", action="read", verdict="allowed", rows=3))
        log.record(
            Access(actor="wu", via="sql", action="sql", verdict="denied", dataset="d", version=2)
        )
    database.close()
    return chengmo_command


def test_accesses_are_listed_verified_and_exported(recorded, tmp_path):
    [entry] = recorded("audit", "list", "--verdict", "denied", "--json").json
    assert (entry["actor"], entry["sequence"]) == ("wu", 2)
    assert "d@2" in recorded("audit", "list").out
    assert recorded("audit", "list", "--actor", "nobody").out == ""
    # Whoever reads the log is in it, too.
    looks = recorded("audit", "list", "--action", "audit", "--json").json
    assert [each["actor"] for each in looks] == ["local"] * 4
    assert "wu" not in looks[0]["detail"]["what"]
    assert "nobody" in looks[1]["detail"]["what"]
    found = recorded("audit", "verify", "--json").json
    assert (found["whole"], found["entries"], found["signed_through"]) == (True, 7, 6)
    assert recorded("audit", "verify").code == 0
    folder = tmp_path / "for-the-auditor"
    assert recorded("audit", "export", folder).out.strip() == str(folder)
    assert check_folder(folder)[2] == []


def test_a_changed_log_ends_with_the_operator_s_code(recorded):
    database = open_database(Path(os.environ["CHENGMO_HOME"]))
    with database.write() as transaction:
        transaction.exec_driver_sql("DROP TRIGGER audit_entries_no_update")
        transaction.exec_driver_sql("UPDATE audit_entries SET actor = 'x' WHERE sequence = 1")
    database.close()
    answer = recorded("audit", "verify")
    assert answer.code == 5
    assert "entry 1" in answer.err
    assert recorded("audit", "verify", "--json").json["first_wrong"] == 1


@pytest.mark.slow
def test_a_report_is_written_as_a_page(chengmo_command, stations, tmp_path):
    chengmo_command("import", stations, "--id", "stations", "--title", "站点", "--yes")
    out = tmp_path / "report.html"
    answer = chengmo_command("audit", "report", "stations", "--lang", "zh", "--out", out)
    assert answer.out.strip() == str(out)
    page = out.read_text(encoding="utf-8")
    assert "数据合规报告" in page
    assert "stations.csv" in page
    assert chengmo_command("audit", "report", "absent", "--out", out).code == 2
    nowhere = tmp_path / "no-folder" / "report.html"
    assert "no-folder" in chengmo_command("audit", "report", "stations", "--out", nowhere).err
    assert chengmo_command("audit", "report", "stations", "--out", tmp_path / "a.doc").code == 2
