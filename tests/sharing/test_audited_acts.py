"""Acts are in the audit before they hold: signing in, accounts, keys, versions, looks, refusals."""

import errno
import os

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from chengmo.app import asgi_app
from chengmo.audit import AuditLog, AuditQuery
from chengmo.catalog.importing import ImportOptions
from chengmo.errors import (
    HeldBack,
    LakeUnavailable,
    NotSignedIn,
    PlatformError,
    SignInRefused,
    TooManyAttempts,
    UnknownAccount,
)
from chengmo.identity import LOCAL_ADMINISTRATOR, Actor, NewAccount, Organisation, People
from chengmo.identity.deed import Deed, Doer
from chengmo.identity.telling import Telling
from chengmo.ledger import open_database
from chengmo.runs.intake import Bringer, IncomingFile, bring_in
from chengmo.sharing.policy import Policy
from chengmo.sharing.seldom import Seldom
from chengmo.sharing.witness import witness_of

STEWARD = Actor("wang", frozenset({"steward"}), "census", "department")
CLERK = Actor("li", frozenset({"analyst"}), "health", "department")
AUDITOR = Actor("zhao", frozenset({"auditor"}), "audit", "department")
PASSWORD = "three bridges over han"
POLICY = {"id": "p", "title": {"zh": "规则", "en": "A rule"}, "dataset": "people"}


@pytest.fixture(scope="module")
def city(city_of_people, tmp_path_factory):
    """A city for all of these tests: each looks at what its own actors did, in its own dataset."""
    with city_of_people(
        tmp_path_factory.mktemp("acts"), opened="conditional", watched="conditional"
    ) as platform:
        yield platform


@pytest.fixture
def log(tmp_path):
    """A log without a city around it."""
    database = open_database(tmp_path)
    with AuditLog(database, tmp_path) as opened:
        yield opened
    database.close()


@pytest.fixture
def people(log):
    """People who are witnessed, with hashes that cost nothing."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return People(log.database, hasher=hasher, witness=witness_of(log))


@pytest.fixture
def acts(log):
    """Return (action, reason, about, actor) of the newest entries, oldest first."""

    def newest(count: int, **query):
        found = log.search(AuditQuery(**query, limit=count))
        return [
            (one.access.action, one.access.reason, one.access.detail.get("about"), one.access.actor)
            for one in reversed(found)
        ]

    return newest


@pytest.fixture
def full_disk(monkeypatch):
    """From now on nothing can be written into the audit."""

    def refuse(journal, segment, line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("chengmo.audit.journal.Journal._write", refuse)


def test_changes_of_people_are_written_down_with_who_did_them(people, acts):
    root = people.acting(LOCAL_ADMINISTRATOR, "cli")
    root.add_organisation(
        Organisation(id="health", name_zh="卫生", name_en="Health", kind="department")
    )
    root.add_account(NewAccount(id="root", roles={"administrator"}), password=PASSWORD)
    boss = people.acting(Actor("root", frozenset({"administrator"})), "web")
    boss.add_account(NewAccount(id="li", roles={"analyst"}))
    boss.set_roles("li", frozenset({"steward", "analyst"}))
    boss.set_organisation("li", "health")
    key, secret = boss.make_key("li", name="nightly", scopes=frozenset({"read"}))
    boss.revoke_key(key.prefix)
    boss.set_password("li", "a ferry to the other bank")
    boss.suspend("li")
    boss.resume("li")
    assert acts(10) == [
        ("organisation", "added", "health", "local"),
        ("account", "added", "root", "local"),
        ("account", "added", "li", "root"),
        ("account", "roles", "li", "root"),
        ("account", "organisation", "li", "root"),
        ("key", "made", key.prefix, "root"),
        ("key", "revoked", key.prefix, "root"),
        ("account", "password", "li", "root"),
        ("account", "suspended", "li", "root"),
        ("account", "resumed", "li", "root"),
    ]
    assert secret not in str(people)


def test_a_change_of_people_that_failed_is_followed_by_an_entry_that_says_so(log):
    telling, doer = Telling(witness_of(log)), Doer(LOCAL_ADMINISTRATOR, "web")

    def change():
        with telling.watching(doer):
            telling.tell(doer, Deed("account", "suspended", "li", {"address": "10.0.0.7"}))
            raise LakeUnavailable("the commit did not come through", hint="-")

    with pytest.raises(LakeUnavailable):
        change()
    telling.tell(doer, Deed("account", "resumed", "li"))
    failed, begun = (each.access for each in log.search(AuditQuery(limit=3))[1:])
    assert (begun.verdict, begun.reason) == ("allowed", "suspended")
    assert (failed.verdict, failed.reason) == ("denied", "failed:lake-unavailable")
    assert failed.detail == {**begun.detail, "how": "suspended"}


def test_an_act_that_failed_is_followed_by_an_entry_that_says_so(city, monkeypatch):
    def lost(*_, **__):
        raise LakeUnavailable("the database does not answer", hint="-")

    monkeypatch.setattr(type(city.catalog), "restore", lost)
    monkeypatch.setattr(type(city.sharing.policies), "put", lost)
    with pytest.raises(LakeUnavailable):
        city.sharing.restore("watched", 1, LOCAL_ADMINISTRATOR, "python")
    rule = Policy.model_validate({**POLICY, "id": "never", "dataset": "watched"})
    with pytest.raises(LakeUnavailable):
        city.sharing.state(rule, LOCAL_ADMINISTRATOR, "python")
    found = city.audit.search(AuditQuery(dataset="watched", actor="local", limit=4))
    policy_failed, policy, restore_failed, restore = (each.access for each in found)
    assert (restore.action, policy.action) == ("restore", "policy")
    for first, second in ((restore, restore_failed), (policy, policy_failed)):
        assert second.reason == "failed:lake-unavailable"
        assert (second.verdict, second.detail["of"]) == ("denied", first.id)


def test_a_change_that_cannot_be_written_down_is_not_made(people, full_disk):
    with pytest.raises(PlatformError):
        people.add_account(NewAccount(id="root", roles={"administrator"}), password=PASSWORD)
    with pytest.raises(UnknownAccount):
        people.account("root")


def test_signing_in_and_out_is_written_down_and_no_name_that_was_typed(log, people, acts):
    people.add_account(NewAccount(id="root", roles={"administrator"}), password=PASSWORD)
    web = people.acting(LOCAL_ADMINISTRATOR, "web")
    _, token = web.sign_in("root", PASSWORD, address="10.0.0.7")
    web.end_session(token)
    web.end_session(token)  # It has ended: nobody signs out.
    typed = "my secret passphrase"
    for name in ("root", typed):
        with pytest.raises(SignInRefused):
            web.sign_in(name, typed, address="10.0.0.7")
    with pytest.raises(NotSignedIn):
        web.actor_of_key(f"chengmo_{typed}", address="10.0.0.7")
    assert acts(5) == [
        ("sign-in", "password", "root", "root"),
        ("sign-out", "session", "root", "root"),
        ("sign-in-failed", "wrong password", "root", "anonymous"),
        ("sign-in-failed", "unknown account", "", "anonymous"),
        ("sign-in-failed", "key", "", "anonymous"),
    ]
    everything = str(log.search(AuditQuery(limit=100)))
    assert typed not in everything
    assert token not in everything
    assert PASSWORD not in everything
    assert "10.0.0.7" in everything


def test_a_lock_out_is_written_down_once_a_minute_not_each_time(people, acts, monkeypatch):
    monkeypatch.setattr("chengmo.sharing.witness.time.time", lambda: 60.0)
    people.add_account(NewAccount(id="root", roles={"administrator"}), password=PASSWORD)
    for _ in range(5):
        with pytest.raises(SignInRefused):
            people.sign_in("root", "guess", address="10.0.0.7")
    for _ in range(20):
        with pytest.raises(TooManyAttempts):
            people.sign_in("root", PASSWORD, address="10.0.0.7")
    reasons = [reason for _, reason, *_ in acts(100, action="sign-in-failed")]
    assert reasons == ["wrong password"] * 5 + ["too many attempts"]


def test_nobody_is_told_whether_a_password_was_right_when_the_log_is_full(people, full_disk):
    with pytest.raises(PlatformError) as wrong:
        people.sign_in("root", "guess", address="10.0.0.7")
    assert "audit" in str(wrong.value)


def test_versions_are_made_only_when_that_is_written_down(city):
    city.sharing.restore("people", 1, STEWARD, "web")
    stated = city.catalog.dataset("people").metadata.model_copy(update={"licence": "CC0-1.0"})
    city.sharing.describe(stated, STEWARD, "cli")
    restored, described = city.audit.search(AuditQuery(dataset="people", limit=2))[::-1]
    assert (restored.access.action, restored.access.version) == ("restore", 1)
    assert (described.access.action, described.access.detail) == ("metadata", {"what": "licence"})


def test_a_restore_that_cannot_be_written_down_is_not_made(city, full_disk):
    before = city.catalog.dataset("people").version
    with pytest.raises(PlatformError):
        city.sharing.restore("people", 1, STEWARD, "web")
    assert city.catalog.dataset("people").version == before


@pytest.mark.slow
def test_imports_are_written_down_and_those_that_are_held_back(city, tmp_path):
    file = tmp_path / "trees.csv"
    file.write_text("名称,经度,纬度\n樟树,114.3,30.5\n\n", encoding="utf-8")
    stated = city.catalog.dataset("people").metadata.model_copy(
        update={"id": "trees", "checks": ()}
    )
    bringer = Bringer(city.sharing, STEWARD, "web")
    bring_in(bringer, IncomingFile(file, ImportOptions()), stated)
    entry = city.audit.search(AuditQuery(dataset="trees"))[0].access
    assert (entry.action, entry.actor, entry.rows, entry.verdict) == (
        "import", "wang", 1, "allowed",
    )  # fmt: skip
    strict = type(stated).model_validate(
        {
            **stated.model_dump(),
            "checks": [{"rule": "range", "columns": ["经度"], "least": 115, "action": "hold"}],
        }
    )
    with pytest.raises(HeldBack):
        bring_in(bringer, IncomingFile(file), strict)
    held = city.audit.search(AuditQuery(dataset="trees"))[0].access
    assert (held.verdict, held.reason) == ("denied", "held-back")


def test_a_description_is_written_down_once_a_day_for_each_asker_and_purpose(city):
    policy = Policy.model_validate({**POLICY, "dataset": "watched"})
    city.sharing.state(policy, STEWARD, "python")
    for purpose in ("planning", "planning", "study"):
        view = city.sharing.view(CLERK, purpose, "ogc")
        view.dataset("watched")
        view.datasets()
        view.known()
    found = city.audit.search(AuditQuery(actor="li"))
    said = sorted((one.access.action, one.access.reason, one.access.purpose) for one in found)
    assert said == [
        ("describe", "policy:p", "planning"),
        ("describe", "policy:p", "study"),
        ("list", "known of", "planning"),
        ("list", "known of", "study"),
        ("list", "seen", "planning"),
        ("list", "seen", "study"),
    ]


def test_what_everybody_may_see_is_looked_at_without_an_entry(city):
    stated = city.catalog.dataset("opened").metadata
    free = stated.model_copy(update={"sharing": "unconditional", "opening": "unconditional"})
    city.sharing.describe(free, STEWARD, "python")
    for actor in (Actor("sun"), Actor("boss", frozenset({"administrator"}))):
        city.sharing.view(actor, "planning", "ogc").dataset("opened")
        assert city.audit.search(AuditQuery(actor=actor.id)) == []
    city.sharing.view(Actor("sun"), "planning", "ogc").datasets()
    listed = city.audit.search(AuditQuery(actor="sun"))
    assert all("opened" not in str(one.access.detail["ids"]) for one in listed)


def test_a_look_that_could_not_be_written_down_is_refused_and_tried_again(city, full_disk):
    for _ in range(2):
        with pytest.raises(PlatformError):
            city.sharing.view(STEWARD, "planning", "ogc").dataset("people")


def test_seldom_forgets_everything_rather_than_grow_for_ever(monkeypatch):
    monkeypatch.setattr("chengmo.sharing.seldom._MOST", 2)
    seldom = Seldom()
    for key in "abc":
        seldom.keep(key, 1)
    assert [seldom.is_due(key, 1) for key in "abc"] == [True, True, False]
    assert seldom.is_due("c", 2)


def test_a_refused_act_is_written_down_by_path_and_not_by_what_was_sent(city):
    with TestClient(asgi_app(city, local=False), base_url="http://127.0.0.1:8000") as client:
        for _ in range(2):
            sent = {"id": "me", "password": PASSWORD}
            assert client.post("/accounts?lang=zh", json=sent).status_code == 401
    (entry,) = city.audit.search(AuditQuery(action="refused"))
    assert (entry.access.actor, entry.access.reason) == ("anonymous", "not-signed-in")
    assert entry.access.detail == {"what": "POST /accounts"}
