"""Accounts, organisations and keys from the command line; who that is; who may listen."""

import io
import sys

import pytest

from chengmo.interfaces.cli.serve import Place

PASSWORD = "three bridges over han"


@pytest.fixture
def add_root(chengmo_command, monkeypatch):
    def add(name="root", *more):
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
        return chengmo_command(
            "account", "add", name, "--role", "administrator", "--password-stdin", *more
        )

    return add


@pytest.mark.slow
def test_accounts_are_looked_after(chengmo_command, add_root):
    made = add_root("root", "--name", "王", "--json")
    assert made.json["roles"] == ["administrator"]
    assert PASSWORD not in made.out + made.err
    added = chengmo_command(
        "organisation", "add", "health", "--zh", "卫健委", "--en", "Health", "--kind", "department"
    )
    assert added.code == 0, added.err
    assert chengmo_command("organisation", "list", "--json").json[0]["kind"] == "department"
    li = ("account", "add", "li", "--organisation", "health", "--no-password", "--json")
    assert not chengmo_command(*li).json["has_password"]
    assert chengmo_command(*li).code == 2
    roles = chengmo_command("account", "roles", "li", "--role", "steward", "--role", "analyst")
    assert "analyst steward" in roles.out
    assert chengmo_command("account", "reset-factor", "li").code == 0
    assert "suspended" in chengmo_command("account", "suspend", "li").out
    assert "active" in chengmo_command("account", "resume", "li").out
    listed = chengmo_command("account", "list", "--json").json
    assert [(one["id"], one["organisation"]) for one in listed] == [
        ("li", "health"),
        ("root", None),
    ]
    assert "li" in chengmo_command("account", "list").out
    assert "health" in chengmo_command("organisation", "list").out
    # The last administrator stays.
    assert chengmo_command("account", "suspend", "root").code == 2


@pytest.mark.slow
def test_a_password_is_never_an_argument_and_a_weak_one_is_refused(chengmo_command, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("password1234\n"))
    refused = chengmo_command("account", "add", "root", "--role", "administrator")
    assert refused.code == 2
    assert "--password-stdin" in refused.err
    refused = chengmo_command(
        "account", "add", "root", "--role", "administrator", "--password-stdin"
    )
    assert refused.code == 2
    assert "password1234" not in refused.err
    assert chengmo_command("account", "list", "--json").json == []
    assert chengmo_command("account", "add", "Wang Wu", "--no-password").code == 2


@pytest.mark.slow
def test_the_command_line_acts_as_the_key_it_is_given(chengmo_command, monkeypatch):
    add = ("account", "add", "robot", "--service", "--role", "analyst")
    assert chengmo_command(*add).code == 0
    key = chengmo_command("key", "add", "robot", "--name", "nightly", "--scope", "read")
    secret = key.out.strip()
    assert secret.startswith("chengmo_")
    monkeypatch.setenv("CHENGMO_KEY", secret)
    for forbidden in (("account", "list"), ("run", "none"), ("restore", "none", "1")):
        refused = chengmo_command(*forbidden)
        assert refused.code == 2
        assert "'read'" not in refused.err
        assert secret not in refused.err
    monkeypatch.delenv("CHENGMO_KEY")
    [listed] = chengmo_command("key", "list", "--json").json
    assert listed["used_utc"]
    assert secret not in chengmo_command("key", "list", "robot").out
    assert chengmo_command("key", "revoke", listed["prefix"]).code == 0
    monkeypatch.setenv("CHENGMO_KEY", secret)
    assert chengmo_command("account", "list").code == 2


@pytest.mark.parametrize("where", [("--host", "0.0.0.0"), ("--name", "city.example")])
def test_nobody_else_is_let_in_before_an_administrator_has_a_password(chengmo_command, where):
    refused = chengmo_command("serve", "--port", "0", *where)
    assert refused.code == 2
    assert "chengmo account add NAME --role administrator" in refused.err


@pytest.mark.slow
def test_a_server_for_all_addresses_needs_a_name(chengmo_command, add_root):
    assert add_root().code == 0
    refused = chengmo_command("serve", "--port", "0", "--host", "0.0.0.0")
    assert refused.code == 2
    assert "--name city.example" in refused.err


def test_the_demo_stays_on_this_machine(chengmo_command):
    assert chengmo_command("demo", "--host", "10.0.0.7").code == 2


@pytest.mark.parametrize(
    ("place", "hosts"),
    [
        (Place("127.0.0.1", 1), ()),
        (Place("127.0.0.1", 1, ("city.example",)), ("city.example",)),
        (Place("0.0.0.0", 1, ("city.example",)), ("city.example",)),
        (Place("10.0.0.7", 1), ("10.0.0.7",)),
        (Place("10.0.0.7", 1, ("a", "b")), ("a", "b", "10.0.0.7")),
    ],
)
def test_a_server_answers_to_its_names_and_its_address(place, hosts):
    assert place.hosts == hosts
