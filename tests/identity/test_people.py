"""Who people are, how they prove it, and what nobody can find out."""

import logging
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from chengmo.errors import (
    Conflict,
    InvalidRequest,
    NotSignedIn,
    SignInRefused,
    TooManyAttempts,
    UnknownAccount,
)
from chengmo.identity import NewAccount, Organisation, People
from chengmo.identity.recent import LIFETIME
from chengmo.identity.sessions import ABSOLUTE, IDLE
from chengmo.identity.table import accounts
from chengmo.ledger import open_database

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "three bridges over han"
ANOTHER = "cranes above the yellow tower"
HERE = "10.0.0.7"
HEALTH = Organisation(
    id="health", name_zh="卫生健康委", name_en="Health Commission", kind="department"
)


@pytest.fixture
def wang(people):
    people.add_organisation(HEALTH)
    new = NewAccount(id="wang", name="王", roles=frozenset({"analyst"}), organisation="health")
    return people.add_account(new, password=PASSWORD)


def test_an_account_is_what_it_was_made_as(people, wang):
    assert wang.roles == {"analyst"}
    assert wang.has_password
    assert (wang.state, wang.kind, wang.organisation) == ("active", "person", "health")
    assert [account.id for account in people.accounts()] == ["root", "wang"]
    assert people.organisations() == [HEALTH]


def test_an_account_or_organisation_is_made_once(people, wang):
    with pytest.raises(Conflict):
        people.add_account(NewAccount(id="wang"))
    with pytest.raises(Conflict):
        people.add_organisation(HEALTH)


def test_an_account_belongs_to_an_organisation_that_is_there(people):
    with pytest.raises(UnknownAccount):
        people.add_account(NewAccount(id="li", organisation="nowhere"))
    with pytest.raises(UnknownAccount):
        people.set_organisation("root", "nowhere")


def test_an_unknown_account_is_named_as_such(people):
    for change in (people.account, people.suspend, people.resume):
        with pytest.raises(UnknownAccount):
            change("nobody")


@pytest.mark.parametrize(
    "name", ["Wang", "wang wu", "w", "-w", "", "王", "w" * 101, "w\n", "local", "anonymous"]
)
def test_a_user_name_is_one_that_no_other_looks_like(name):
    with pytest.raises(ValueError, match="id"):
        NewAccount(id=name)


def test_the_platform_is_open_until_a_password_is_set(database, clock):
    people = People(database, clock=clock, hasher=CHEAP)
    assert people.is_open()
    assert not people.has_administrator()
    people.add_account(NewAccount(id="robot", kind="service", roles=frozenset({"analyst"})))
    assert people.is_open()
    people.add_account(NewAccount(id="root", roles=frozenset({"administrator"})), password=PASSWORD)
    assert not people.is_open()
    assert people.has_administrator()


def test_another_process_learns_within_a_second_that_a_password_was_set(database, clock):
    here, there = (
        People(database, clock=clock, hasher=CHEAP),
        People(database, clock=clock, hasher=CHEAP),
    )
    assert there.is_open()
    here.add_account(NewAccount(id="root", roles=frozenset({"administrator"})), password=PASSWORD)
    clock.move(seconds=1)
    assert not there.is_open()


def test_the_first_password_is_an_administrators(database, clock):
    people = People(database, clock=clock, hasher=CHEAP)
    with pytest.raises(Conflict):
        people.add_account(NewAccount(id="li", roles=frozenset({"analyst"})), password=PASSWORD)
    assert people.accounts() == []
    assert people.is_open()


def test_the_last_administrator_stays_one(people, wang):
    for change in (lambda: people.suspend("root"), lambda: people.set_roles("root", frozenset())):
        with pytest.raises(Conflict):
            change()
    assert people.account("root").state == "active"
    people.set_roles("wang", frozenset({"administrator", "analyst"}))
    people.suspend("root")
    assert people.has_administrator()


def test_who_gives_the_password_is_who_they_say(people, wang):
    assert people.authenticate("wang", PASSWORD, address=HERE) == wang
    assert people.authenticate(" WANG ", PASSWORD, address=HERE) == wang


@pytest.mark.parametrize(
    ("who", "password"),
    [("wang", ANOTHER), ("nobody", PASSWORD), ("", ""), ("robot", PASSWORD), ("gone", PASSWORD)],
)
def test_every_refusal_is_the_same_answer_and_the_same_work(people, wang, who, password):
    people.add_account(NewAccount(id="robot", kind="service"))
    people.add_account(NewAccount(id="gone"), password=PASSWORD)
    people.suspend("gone")
    before = people.passwords.work
    with pytest.raises(SignInRefused) as refused:
        people.authenticate(who, password, address=HERE)
    assert people.passwords.work == before + 1
    with pytest.raises(SignInRefused) as other:
        people.authenticate("somebody-else", "whatever it is", address=HERE)
    assert str(refused.value) == str(other.value)


@pytest.mark.parametrize("who", ["wang", "nobody"])
def test_guessing_takes_twice_as_long_each_time_whether_or_not_the_account_exists(
    people, wang, clock, who
):
    waits = []
    for attempt in range(12):
        work = people.passwords.work
        with pytest.raises(SignInRefused):
            people.authenticate(who, "wrong", address=f"10.0.0.{attempt}")
        with pytest.raises((SignInRefused, TooManyAttempts)) as next_one:
            people.authenticate(who, "wrong", address=f"10.0.1.{attempt}")
        wait = getattr(next_one.value, "retry_after_s", 0)
        waits.append(wait)
        # Nothing is looked at while they wait.
        assert people.passwords.work == work + (1 if wait else 2)
        clock.move(seconds=wait)
    found = [wait for wait in waits if wait]
    # Five are heard at once; then two in each round would come too soon.
    assert waits[:2] == [0, 0]
    assert found[:6] == [1, 2, 4, 8, 16, 32]


def test_the_wait_has_a_limit_and_ends(people, wang, clock):
    for _ in range(20):
        with pytest.raises(SignInRefused):
            people.authenticate("wang", "wrong", address=HERE)
        clock.move(minutes=15)
    assert people.authenticate("wang", PASSWORD, address="10.0.0.8") == wang
    with pytest.raises(SignInRefused):
        people.authenticate("wang", "wrong", address="10.0.0.8")
    assert people.authenticate("wang", PASSWORD, address="10.0.0.8") == wang


def test_the_right_password_does_not_help_while_one_must_wait(people, wang, clock):
    for _ in range(5):
        with pytest.raises(SignInRefused):
            people.authenticate("wang", "wrong", address=HERE)
    with pytest.raises(TooManyAttempts):
        people.authenticate("wang", PASSWORD, address="10.9.9.9")
    people.set_password("wang", ANOTHER)
    assert people.authenticate("wang", ANOTHER, address="10.9.9.9").id == "wang"


def test_one_address_cannot_try_many_accounts(people, wang):
    for number in range(20):
        with pytest.raises(SignInRefused):
            people.authenticate(f"user-{number}", "wrong", address="2001:db8::1")
    with pytest.raises(TooManyAttempts):
        people.authenticate("wang", PASSWORD, address="2001:db8::2")
    assert people.authenticate("wang", PASSWORD, address="10.0.0.8").id == "wang"


def test_an_own_account_is_no_way_to_go_on_guessing(people, wang):
    for number in range(18):
        with pytest.raises(SignInRefused):
            people.authenticate(f"user-{number}", "wrong", address=HERE)
    for number in (18, 19):
        people.authenticate("wang", PASSWORD, address=HERE)
        with pytest.raises(SignInRefused):
            people.authenticate(f"user-{number}", "wrong", address=HERE)
    with pytest.raises(TooManyAttempts):
        people.authenticate("wang", PASSWORD, address=HERE)


def test_many_attempts_at_once_are_no_way_around(people, wang):
    def attempt(_):
        try:
            people.authenticate("wang", "wrong", address=HERE)
        except SignInRefused:
            return "heard"
        except TooManyAttempts:
            return "not heard"

    before = people.passwords.work
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(attempt, range(24)))
    assert answers.count("heard") == 5
    assert people.passwords.work == before + 5


def test_a_hash_of_older_parameters_is_renewed_at_the_next_sign_in(people, wang, database, clock):
    harder = People(database, clock=clock, hasher=PasswordHasher(2, 16, 1))
    chosen = sa.select(accounts.c.password_hash).where(accounts.c.id == "wang")
    for expected in ("m=16,t=2,p=1", "m=16,t=2,p=1"):
        harder.authenticate("wang", PASSWORD, address=HERE)
        with database.read() as transaction:
            assert expected in transaction.execute(chosen).scalar_one()


def test_a_session_is_its_accounts(people, wang):
    account, token = people.sign_in("wang", PASSWORD, address=HERE)
    actor = people.actor_of_session(token)
    assert account == wang
    assert (actor.id, actor.roles, actor.organisation) == ("wang", {"analyst"}, "health")
    assert (actor.kind, actor.scopes) == ("department", None)
    assert people.recall(token) is actor
    assert people.actor_of_session("made up") is None


def test_a_session_ends_when_nobody_uses_it(people, wang, clock):
    token = people.begin_session("wang")
    for _ in range(3):
        clock.move(seconds=IDLE.total_seconds() - 1)
        assert people.actor_of_session(token)
    clock.now += IDLE
    assert people.recall(token) is None
    assert people.actor_of_session(token) is None


def test_a_session_ends_after_a_working_day(people, wang, clock):
    token = people.begin_session("wang")
    end = clock.now + ABSOLUTE
    while clock.now + IDLE / 2 < end:
        clock.now += IDLE / 2
        assert people.actor_of_session(token)
    clock.now = end
    assert people.recall(token) is None
    assert people.actor_of_session(token) is None


def test_signing_in_ends_the_session_that_the_browser_had(people, wang):
    planted = people.begin_session("wang")
    _, token = people.sign_in("wang", PASSWORD, address=HERE, before=planted)
    assert token != planted
    assert people.recall(planted) is None
    assert people.actor_of_session(planted) is None
    assert people.actor_of_session(token)


def test_what_ends_a_session_holds_at_once_here_and_soon_elsewhere(people, wang, other, clock):
    endings = {
        "sign out": people.end_session,
        "suspend": lambda _: people.suspend("wang"),
        "set a password": lambda _: people.set_password("wang", ANOTHER),
    }
    for end in endings.values():
        people.resume("wang")
        token = people.begin_session("wang")
        assert people.actor_of_session(token)
        assert other.actor_of_session(token)
        end(token)
        assert people.recall(token) is None
        assert people.actor_of_session(token) is None
        assert other.recall(token)
        clock.now += LIFETIME
        assert other.recall(token) is None
        assert other.actor_of_session(token) is None


def test_new_roles_hold_at_once(people, wang):
    token = people.begin_session("wang")
    assert people.actor_of_session(token).roles == {"analyst"}
    people.set_roles("wang", frozenset({"auditor"}))
    people.set_organisation("wang", None)
    assert people.recall(token) is None
    actor = people.actor_of_session(token)
    assert (actor.roles, actor.organisation, actor.kind) == ({"auditor"}, "", "public")


def test_one_changes_the_password_by_knowing_it(people, wang):
    old = people.begin_session("wang")
    with pytest.raises(SignInRefused):
        people.change_password("wang", "wrong", ANOTHER, address=HERE)
    with pytest.raises(InvalidRequest):
        people.change_password("wang", PASSWORD, "short", address=HERE)
    token = people.change_password("wang", PASSWORD, ANOTHER, address=HERE)
    assert people.actor_of_session(token)
    assert people.actor_of_session(old) is None
    with pytest.raises(SignInRefused):
        people.authenticate("wang", PASSWORD, address=HERE)


def test_a_suspended_account_cannot_begin_anything(people, wang):
    people.suspend("wang")
    with pytest.raises(SignInRefused):
        people.begin_session("wang")
    people.resume("wang")
    assert people.authenticate("wang", PASSWORD, address=HERE).state == "active"


def test_a_service_has_keys_and_no_password(people):
    with pytest.raises(InvalidRequest):
        people.add_account(NewAccount(id="robot", kind="service"), password=PASSWORD)
    people.add_account(NewAccount(id="robot", kind="service", roles=frozenset({"analyst"})))
    with pytest.raises(InvalidRequest):
        people.set_password("robot", PASSWORD)
    _, key = people.make_key("robot", name="nightly", scopes=frozenset({"read"}))
    assert people.actor_of_key(key).id == "robot"


def test_a_key_is_its_accounts_within_its_scopes(people, wang, clock):
    made, key = people.make_key("wang", name=" nightly ", scopes=frozenset({"read", "run"}))
    actor = people.actor_of_key(key)
    assert (actor.id, actor.roles, actor.scopes) == ("wang", {"analyst"}, {"read", "run"})
    assert key.startswith(f"chengmo_{made.prefix}_")
    [listed] = people.keys("wang")
    assert listed.name == "nightly"
    assert listed.used_utc == "2026-03-01T08:00:00.000000Z"
    assert people.keys("root") == []
    assert len(people.keys()) == 1


def test_a_key_ends(people, wang, clock):
    _, key = people.make_key("wang", name="k", scopes=frozenset({"read"}), days=1)
    clock.move(hours=23, minutes=59, seconds=58)
    assert people.actor_of_key(key)
    clock.move(seconds=2)
    assert people.recall(key) is None
    with pytest.raises(NotSignedIn):
        people.actor_of_key(key)


def test_a_revoked_key_is_worth_nothing(people, wang, other, clock):
    made, key = people.make_key("wang", name="k", scopes=frozenset({"read"}))
    assert people.actor_of_key(key)
    assert other.actor_of_key(key)
    with pytest.raises(UnknownAccount):
        people.revoke_key(made.prefix, account="root")
    people.revoke_key(made.prefix, account="wang")
    first = people.keys("wang")[0].revoked_utc
    clock.move(minutes=1)
    people.revoke_key(made.prefix)
    assert people.keys("wang")[0].revoked_utc == first
    for asked in (people, other):
        with pytest.raises(NotSignedIn):
            asked.actor_of_key(key)


def test_a_suspended_accounts_key_rests(people, wang):
    _, key = people.make_key("wang", name="k", scopes=frozenset({"read"}))
    people.suspend("wang")
    with pytest.raises(NotSignedIn):
        people.actor_of_key(key)
    people.resume("wang")
    assert people.actor_of_key(key)


@pytest.mark.parametrize("spoil", [lambda key: key[:-1] + "~", lambda key: key[:-1], str.upper])
def test_what_only_looks_like_a_key_is_none(people, wang, spoil):
    _, key = people.make_key("wang", name="k", scopes=frozenset({"read"}))
    for wrong in (
        spoil(key),
        "",
        "x" * 10_000,
        "\ud800",
        f"{key[:-1]}{'A' if key[-1] != 'A' else 'B'}",
    ):
        with pytest.raises(NotSignedIn):
            people.actor_of_key(wrong)


@pytest.mark.parametrize(
    "bad", [{"name": " "}, {"scopes": frozenset()}, {"days": 0}, {"days": 367}, {"name": "k" * 101}]
)
def test_a_key_has_a_name_a_scope_and_an_end(people, wang, bad):
    good = {"name": "k", "scopes": frozenset({"read"}), "days": 1}
    with pytest.raises(InvalidRequest):
        people.make_key("wang", **{**good, **bad})


def test_no_secret_lies_in_the_database_as_it_is(people, wang, database):
    token = people.begin_session("wang")
    _, key = people.make_key("wang", name="k", scopes=frozenset({"read"}))
    journey = people.journeys.begin()
    with pytest.raises(SignInRefused):
        people.authenticate(ANOTHER, "whatever", address=HERE)
    with database.read() as transaction:
        text = "\n".join(
            repr(row)
            for table in sa.inspect(transaction).get_table_names()
            for row in transaction.execute(sa.text(f'SELECT * FROM "{table}"'))
        )
    assert "wang" in text
    for secret in (PASSWORD, ANOTHER, token, key, key.split("_", 2)[2], journey.state):
        assert secret not in text


def test_no_secret_is_logged(people, wang, caplog):
    caplog.set_level(logging.DEBUG)
    _, token = people.sign_in("wang", PASSWORD, address=HERE)
    made, key = people.make_key("wang", name="k", scopes=frozenset({"read"}))
    people.actor_of_key(key)
    for who in ("wang", ANOTHER):
        with pytest.raises(SignInRefused):
            people.authenticate(who, "a wrong password", address=HERE)
    people.set_password("wang", ANOTHER)
    people.revoke_key(made.prefix)
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert "account wang signed in" in said
    assert "signing in was refused to account wang" in said
    for secret in (PASSWORD, ANOTHER, "a wrong password", token, key, key.split("_", 2)[2]):
        assert secret not in said


def test_a_journey_ends_once_and_in_time(people, other, clock):
    journey = people.journeys.begin()
    assert other.journeys.end("made up") is None
    assert other.journeys.end(journey.state) == journey
    assert people.journeys.end(journey.state) is None
    late = people.journeys.begin()
    clock.move(minutes=11)
    assert people.journeys.end(late.state) is None


def test_a_name_at_a_provider_is_no_proof_of_owning_it_here(people, wang):
    at = {"issuer": "https://login.example", "managed": False, "before": None}
    with pytest.raises(Conflict):
        people.enter(NewAccount(id="wang"), subject="1", **at)
    token = people.enter(NewAccount(id="wang2"), subject="1", **at)
    assert people.actor_of_session(token).id == "wang2"
    assert people.account("wang2").is_external
    people.set_roles("wang2", frozenset({"auditor"}))
    token = people.enter(NewAccount(id="renamed"), subject="1", **at)
    assert people.actor_of_session(token).roles == {"auditor"}
    with pytest.raises(InvalidRequest):
        people.set_password("wang2", PASSWORD)
    people.suspend("wang2")
    with pytest.raises(SignInRefused):
        people.enter(NewAccount(id="wang2"), subject="1", **at)


def test_a_provider_that_manages_roles_sets_them_each_time(people, wang):
    def enter(*roles):
        new = NewAccount(id="li", roles=frozenset(roles), organisation="health")
        token = people.enter(new, issuer="i", subject="1", managed=True, before=None)
        return people.actor_of_session(token)

    assert enter("analyst").roles == {"analyst"}
    assert enter("auditor").roles == {"auditor"}
    assert enter().roles == frozenset()
    assert enter().organisation == "health"


def test_threads_make_one_account_of_a_name(people):
    def add(_):
        try:
            people.add_account(NewAccount(id="li"))
        except Conflict:
            return 0
        return 1

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(add, range(24))) == 1


ADDING = """
import sys
from pathlib import Path
from argon2 import PasswordHasher
from chengmo.identity import NewAccount, People
from chengmo.ledger import open_database
people = People(open_database(Path(sys.argv[1])), hasher=PasswordHasher(1, 8, 1))
for number in range(10_000):
    people.add_account(NewAccount(id=f"user-{number}"))
    print(number, flush=True)
"""


@pytest.mark.slow
def test_an_account_that_was_acknowledged_survives_kill_9(tmp_path):
    for _ in range(3):
        home = tmp_path / f"home-{_}"
        child = subprocess.Popen(
            [sys.executable, "-c", ADDING, str(home)], stdout=subprocess.PIPE, text=True
        )
        acknowledged = [child.stdout.readline() for _ in range(25)]
        child.kill()
        acknowledged += child.stdout.readlines()
        child.stdout.close()
        child.wait()
        database = open_database(home)
        kept = {account.id for account in People(database).accounts()}
        database.close()
        assert {
            f"user-{int(line)}" for line in acknowledged if re.fullmatch(r"\d+\n", line)
        } <= kept
        assert len(acknowledged) >= 25
