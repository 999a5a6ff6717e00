"""Passwords that somebody else typed: they are replaced at the first sign-in, or end."""

import pytest

from chengmo.errors import (
    CodeNeeded,
    InvalidRequest,
    NewPasswordNeeded,
    SignInRefused,
    TooManyAttempts,
)
from chengmo.identity import NewAccount
from chengmo.identity.totp import code_of, step_of

GIVEN, OWN = "cranes above the tower", "a ferry to the other bank"
HERE = "10.0.0.7"


@pytest.fixture
def li(people):
    people.add_account(NewAccount(id="li"), password=GIVEN, temporary=True)
    return "li"


def test_a_password_that_somebody_else_typed_is_good_for_replacing_it_alone(people, li):
    with pytest.raises(NewPasswordNeeded):
        people.sign_in(li, GIVEN, address=HERE)
    for bad in (GIVEN, "short"):
        with pytest.raises(InvalidRequest):
            people.sign_in(li, GIVEN, address=HERE, new_password=bad)
    with pytest.raises(NewPasswordNeeded):
        people.sign_in(li, GIVEN, address=HERE)
    assert people.sign_in(li, GIVEN, address=HERE, new_password=OWN)
    with pytest.raises(SignInRefused) as refused:
        people.sign_in(li, GIVEN, address=HERE)
    assert not isinstance(refused.value, NewPasswordNeeded)
    assert people.sign_in(li, OWN, address=HERE)


def test_a_password_that_was_given_ends_after_a_week(people, clock, li):
    clock.move(days=7)
    with pytest.raises(SignInRefused) as refused:
        people.sign_in(li, GIVEN, address=HERE, new_password=OWN)
    assert not isinstance(refused.value, NewPasswordNeeded)
    people.set_password(li, GIVEN, temporary=True)
    clock.move(days=6)
    assert people.sign_in(li, GIVEN, address=HERE, new_password=OWN)
    clock.move(days=30)
    assert people.sign_in(li, OWN, address=HERE)


def test_who_does_not_know_it_hears_nothing_of_it_and_cannot_guess_on(people, li):
    for _ in range(5):
        with pytest.raises(SignInRefused) as refused:
            people.sign_in(li, "guess", address=HERE, new_password=OWN)
        assert not isinstance(refused.value, NewPasswordNeeded)
    with pytest.raises(TooManyAttempts):
        people.sign_in(li, "guess", address=HERE)


def test_being_asked_for_a_new_one_is_no_guess(people, li):
    for _ in range(30):
        with pytest.raises(NewPasswordNeeded):
            people.sign_in(li, GIVEN, address=HERE)


def test_a_new_password_beside_a_lasting_one_changes_nothing(people, li):
    people.set_password(li, OWN)
    assert people.sign_in(li, OWN, address=HERE, new_password=GIVEN)
    assert people.sign_in(li, OWN, address=HERE)


def test_a_second_factor_is_asked_for_too_and_its_code_is_used_once(people, clock, li):
    people.set_password(li, OWN)
    secret = people.begin_second_factor(li)
    people.confirm_second_factor(li, code_of(secret, step_of(clock())))
    people.set_password(li, GIVEN, temporary=True)
    clock.move(seconds=30)
    code = code_of(secret, step_of(clock()))
    with pytest.raises(NewPasswordNeeded):
        people.sign_in(li, GIVEN, address=HERE, code=code)
    with pytest.raises(CodeNeeded):
        people.sign_in(li, GIVEN, address=HERE, new_password=OWN)
    assert people.sign_in(li, GIVEN, address=HERE, code=code, new_password=OWN)
