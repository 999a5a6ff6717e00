"""What the sharing page asks for beside what is read: words, organisations, the whole audit."""

import io
import zipfile

import pytest

pytestmark = pytest.mark.slow


def test_a_treatment_is_said_in_the_words_that_go_with_the_data(client):
    treatment = {"columns": {"name": {"do": "hash"}}, "time": "month"}
    said = client.post("/sharing/treatment/words", json=treatment).json()["treated"]
    assert [each["en"] for each in said] == ["name: replaced by pseudonyms", "Times to the month"]
    wrong = client.post("/sharing/treatment/words", json={"columns": {"name": {"do": "burn"}}})
    assert wrong.status_code == 400


def test_a_rule_is_listed_with_what_it_does_in_words(client, commit):
    commit("care", steward="census", sharing="conditional")
    rule = {"title": {"zh": "规则", "en": "A rule"}, "dataset": "care"}
    treated = {**rule, "treatment": {"space": {"do": "count", "level": 16}}}
    assert client.put("/sharing/policies/care-rule", json=treated).status_code == 200
    (found,) = client.get("/sharing/policies").json()["policies"]
    assert found["treated"][0]["en"].startswith("Counts by cell of level 16")
    assert client.get("/sharing/organisations").json() == {"organisations": []}


def test_the_audit_is_checked_and_taken_away_whole(client):
    found = client.post("/sharing/audit/verification", json={}).json()
    assert found["whole"] is True
    assert found["findings"] == []
    assert found["entries"] >= 1
    packed = zipfile.ZipFile(io.BytesIO(client.get("/sharing/audit/export").content))
    assert {"audit/entries.jsonl", "audit/verify_audit.py"} <= set(packed.namelist())
    assert client.post("/sharing/audit/verification", json={"x": 1}).status_code == 400
