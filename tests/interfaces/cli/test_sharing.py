"""`chengmo policy` and `chengmo request`; what a key may reach from the command line."""

import json

import pytest

RULE = {
    "id": "health",
    "title": {"zh": "卫健委规划用", "en": "For planning by health"},
    "dataset": "stations",
    "who": {"organisations": ["health"]},
    "treatment": {"columns": {"站名": {"do": "drop"}}},
}


@pytest.fixture
def shared(chengmo_command, stations, tmp_path, monkeypatch):
    """A city with `stations`, shared on conditions, and an analyst's key."""
    assert chengmo_command("import", stations, "--id", "stations", "--yes").code == 0
    stated = tmp_path / "stated.json"
    stated.write_text(json.dumps({"sharing": "conditional", "steward": "transport"}))
    assert chengmo_command("inventory", "describe", "stations", stated).code == 0
    add = ("organisation", "add", "health", "--zh", "卫", "--en", "Health", "--kind", "department")
    assert chengmo_command(*add).code == 0
    account = ("account", "add", "li", "--organisation", "health", "--role", "analyst")
    assert chengmo_command(*account, "--no-password").code == 0
    key = chengmo_command("key", "add", "li", "--name", "test", "--scope", "read", "--json")
    return chengmo_command, next(
        value for value in key.json.values() if isinstance(value, str) and len(value) > 40
    )


def put(command, tmp_path, rule):
    path = tmp_path / "rule.json"
    path.write_text(json.dumps(rule, ensure_ascii=False), encoding="utf-8")
    return command("policy", "put", path)


@pytest.mark.slow
def test_a_policy_is_stated_explained_and_taken_back(shared, tmp_path):
    command, _ = shared
    denied = command("policy", "explain", "li", "stations", "planning", "--json").json
    assert (denied["allowed"], denied["slug"]) == (False, "type")
    assert put(command, tmp_path, RULE).code == 0
    allowed = command("policy", "explain", "li", "stations", "planning", "--json").json
    assert (allowed["allowed"], allowed["policy"]) == (True, "health")
    assert "stations" in command("policy", "list").out
    assert command("policy", "show", "health").json["treatment"]["columns"]["站名"]["do"] == "drop"
    assert "health" in command("policy", "explain", "anonymous", "stations", "planning").out
    noted = command("audit", "list", "--action", "policy", "--json").out
    assert "explain li planning" in noted
    assert command("policy", "remove", "health").code == 0
    changes = command("policy", "history", "--json").json
    assert [change["stated"] is None for change in changes] == [False, True]
    wrong = {**RULE, "treatment": {"columns": {"nothing": {"do": "drop"}}}}
    assert put(command, tmp_path, wrong).code == 2
    assert put(command, tmp_path, {"id": "x"}).code == 2


@pytest.mark.slow
def test_a_request_is_made_and_answered(shared, monkeypatch):
    command, _ = shared
    asked = command(
        "request", "make", "stations", "--purpose", "planning", "--reason", "where",
        "--until", "2099-01-01",
    )  # fmt: skip
    assert asked.code == 0, asked.err
    request = asked.out.strip()
    assert command("request", "list", "--json").json[0]["state"] == "requested"
    assert "approved" in command("request", "approve", request, "--comment", "yes").out
    assert command("request", "refuse", request).code == 2
    assert "approved" in command("request", "list").out
    again = ("request", "make", "stations", "--purpose", "study", "--reason", "why")
    made = command(*again, "--until", "2099-01-01", "--json").json
    assert (made["state"], made["wish"]["dataset"]) == ("requested", "stations")
    assert command("request", "withdraw", made["id"], "--json").json["state"] == "withdrawn"


@pytest.mark.slow
def test_a_key_reaches_no_farther_than_the_rules(shared, tmp_path, monkeypatch, stations):
    command, key = shared
    monkeypatch.setenv("CHENGMO_KEY", key)
    for way in (
        ("preview", "stations"), ("show", "stations"), ("history", "stations"),
        ("export", "stations", tmp_path / "a.csv"),
    ):  # fmt: skip
        assert command(*way).code == 3, way
    for way in (
        ("quarantine", "stations"), ("restore", "stations", "1"), ("quality", "stations"),
        ("import", stations, "--id", "stations", "--yes"), ("inventory", "check", "stations"),
        ("audit", "list"), ("policy", "history"), ("account", "list"),
    ):  # fmt: skip
        assert command(*way).code in {2, 3}, way
    assert not (tmp_path / "a.csv").exists()
    monkeypatch.delenv("CHENGMO_KEY")
    assert put(command, tmp_path, RULE).code == 0
    monkeypatch.setenv("CHENGMO_KEY", key)
    shown = command("preview", "stations", "--json").json
    assert len(shown) == 3
    assert all("站名" not in row for row in shown)
    assert command("export", "stations", tmp_path / "a.csv").code == 0
    assert "汉口" not in (tmp_path / "a.csv").read_text(encoding="utf-8")
