"""`chengmo inventory` and `chengmo quality`, from file to report."""

import csv
import json

import pytest

# Each reads files in processes of their own.
pytestmark = pytest.mark.slow


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.csv"
    rows = [f"{n},1381234{n:04},王伟" for n in range(30)]
    path.write_text("编号,电话,姓名\n" + "\n".join(rows), "utf-8")
    return path


def test_an_import_warns_and_the_inventory_shows_it(chengmo_command, people):
    shown = chengmo_command("import", people, "--dry-run")
    assert "mobile numbers" in shown.err
    assert "1381234" not in shown.err
    assert chengmo_command("import", people, "--id", "people", "-y").code == 0
    found = chengmo_command("inventory", "check", "people", "--json").json
    assert found["suggested_grade"] == 3
    assert {each["kind"] for each in found["sensitive"]} == {"mobile", "person-name"}
    assert "grade 3 is suggested" in chengmo_command("inventory", "check", "people").err
    assert "电话?" in chengmo_command("inventory", "list").out
    assert chengmo_command("inventory", "list", "--overdue").out == ""


def test_what_is_stated_is_kept_checked_and_holds_a_bad_import(chengmo_command, people, tmp_path):
    chengmo_command("import", people, "--id", "people", "-y")
    stated = {
        "legal_basis": "某条例第三条",
        "level": "important",
        "update_frequency": "P1D",
        "sensitive": {"电话": {"kind": "mobile", "treatment": "mask"}},
        "checks": [
            {"rule": "unique", "columns": ["编号"], "action": "hold"},
            {"rule": "pattern", "columns": ["姓名"], "pattern": "李.*"},
        ],
    }
    file = tmp_path / "stated.json"
    file.write_text(json.dumps(stated), "utf-8")
    assert chengmo_command("inventory", "describe", "people", file).code == 0
    [entry] = chengmo_command("inventory", "list", "--json").json
    assert (entry["legal_basis"], entry["level"], entry["days_overdue"]) == (
        "某条例第三条", "important", 0,
    )  # fmt: skip
    assert "no checks' results" in chengmo_command("quality", "people").err
    now = chengmo_command("quality", "people", "--now", "--json").json["report"]["results"]
    assert [each["failed"] for each in now] == [0, 30]
    text = people.read_text("utf-8")
    people.write_text(text + "\n7,13812340007,李四", "utf-8")
    refused = chengmo_command("import", people, "--id", "people", "-y")
    assert refused.code == 2
    assert "1/31 rows fail" in refused.err
    assert chengmo_command("import", people, "--id", "people", "-y", "--force").code == 0
    report = chengmo_command("quality", "people", "--json").json
    assert report["report"]["forced_by"] == "local"
    assert report["dimensions"]["uniqueness"] == pytest.approx(30 / 31)
    assert "let in by local" in chengmo_command("quality", "people").out
    assert len(chengmo_command("quality", "people", "--versions", "--json").json) == 2
    assert "96.8%" in chengmo_command("quality", "people", "--versions").out


@pytest.mark.parametrize("text", ["[]", "{", '{"checks": [{"rule": "range"}]}', '{"colour": 1}'])
def test_a_file_that_states_nonsense_is_refused(chengmo_command, people, tmp_path, text):
    chengmo_command("import", people, "--id", "people", "-y")
    file = tmp_path / "stated.json"
    file.write_text(text, "utf-8")
    assert chengmo_command("inventory", "describe", "people", file).code == 2


def test_a_folder_becomes_a_list_of_proposals(chengmo_command, people, tmp_path):
    table = tmp_path / "proposals.csv"
    answer = chengmo_command("inventory", "scan", people, "--csv", table)
    assert "电话:mobile" in answer.out
    [row] = [
        each
        for each in csv.DictReader(table.read_text("utf-8-sig").splitlines())
        if each["column"] == "电话"
    ]
    assert row["treatment"] == "mask"
    [entry] = chengmo_command("inventory", "scan", people, "--json").json
    assert (entry["id"], entry["row_count"]) == ("people", 30)
    noted = chengmo_command("audit", "list", "--action", "list", "--json").out
    assert f"scan {people}" in noted


def test_a_scan_writes_no_password_down(chengmo_command):
    answer = chengmo_command("inventory", "scan", "postgresql://li:s3cret@127.0.0.1:1/x")
    assert answer.code != 0
    noted = chengmo_command("audit", "list", "--action", "list", "--json").out
    assert "scan postgresql://li:***@127.0.0.1:1/x" in noted
    assert "s3cret" not in noted + answer.err
