"""Codes of an authenticator, at sign-in and in the RFC."""

import base64
from datetime import UTC, datetime

import pytest

from chengmo.errors import (
    CodeNeeded,
    Conflict,
    InvalidRequest,
    SignInRefused,
    TooManyAttempts,
    UnknownAccount,
)
from chengmo.identity.totp import STEP_S, address_of_secret, code_of, matching_step, step_of

PASSWORD = "three bridges over han"
HERE = "10.0.0.7"
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(second, code):
    step = step_of(datetime.fromtimestamp(second, UTC))
    assert code_of(RFC_SECRET, step, digits=8) == code
    assert code_of(RFC_SECRET, step) == code[2:]


def test_a_code_fits_half_a_minute_early_or_late_and_no_more():
    now = datetime.fromtimestamp(1234567890, UTC)
    fits = [
        matching_step(RFC_SECRET, code_of(RFC_SECRET, step_of(now) + off), now, after=0)
        for off in (-2, -1, 0, 1, 2)
    ]
    assert [step is not None for step in fits] == [False, True, True, True, False]
    last = step_of(now)
    assert matching_step(RFC_SECRET, code_of(RFC_SECRET, last), now, after=last) is None


def test_an_authenticator_gets_an_address():
    assert address_of_secret("ABC", "li@city") == (
        "otpauth://totp/Chengmo%3Ali@city?secret=ABC&issuer=Chengmo"
    )


@pytest.fixture
def enrolled(people, clock):
    """The people, with a second factor on `root`: secret and recovery codes."""
    secret = people.begin_second_factor("root")
    assert people.second_factors() == []
    codes = people.confirm_second_factor("root", code_of(secret, step_of(clock())))
    clock.move(seconds=STEP_S)
    return secret, codes


def test_a_code_is_asked_for_after_the_password_and_used_once(people, clock, enrolled):
    secret, _ = enrolled
    code = code_of(secret, step_of(clock()))
    with pytest.raises(CodeNeeded):
        people.sign_in("root", PASSWORD, address=HERE)
    with pytest.raises(SignInRefused) as wrong:
        people.sign_in("root", "guess", address=HERE, code=code)
    assert not isinstance(wrong.value, CodeNeeded)
    assert people.sign_in("root", PASSWORD, address=HERE, code=f" {code[:3]} {code[3:]} ")
    with pytest.raises(SignInRefused):
        people.sign_in("root", PASSWORD, address=HERE, code=code)
    clock.move(seconds=STEP_S)
    assert people.sign_in("root", PASSWORD, address=HERE, code=code_of(secret, step_of(clock())))


def test_the_code_by_which_it_was_enrolled_is_used_up(people, clock):
    secret = people.begin_second_factor("root")
    code = code_of(secret, step_of(clock()))
    people.confirm_second_factor("root", code)
    with pytest.raises(SignInRefused):
        people.sign_in("root", PASSWORD, address=HERE, code=code)


def test_wrong_codes_are_locked_out_and_being_asked_for_one_is_not(people, enrolled):
    for _ in range(30):
        with pytest.raises(CodeNeeded):
            people.sign_in("root", PASSWORD, address=HERE)
    for _ in range(5):
        with pytest.raises(SignInRefused):
            people.sign_in("root", PASSWORD, address=HERE, code="000000x")
    with pytest.raises(TooManyAttempts):
        people.sign_in("root", PASSWORD, address=HERE, code="000000x")


def test_a_recovery_code_is_good_for_one_sign_in(people, enrolled):
    _, codes = enrolled
    assert len(set(codes)) == 10
    assert people.sign_in("root", PASSWORD, address=HERE, code=codes[0].upper())
    with pytest.raises(SignInRefused):
        people.sign_in("root", PASSWORD, address=HERE, code=codes[0])
    assert people.sign_in("root", PASSWORD, address=HERE, code=codes[1])


def test_a_new_password_is_no_way_around_it(people, enrolled):
    people.set_password("root", "cranes above the tower")
    with pytest.raises(CodeNeeded):
        people.sign_in("root", "cranes above the tower", address=HERE)


def test_there_is_one_and_who_lost_it_signs_in_without(people, enrolled):
    with pytest.raises(Conflict):
        people.begin_second_factor("root")
    people.reset_second_factor("root")
    assert people.sign_in("root", PASSWORD, address=HERE)
    with pytest.raises(UnknownAccount):
        people.reset_second_factor("nobody")


def test_what_was_not_confirmed_is_not_asked_for(people):
    people.begin_second_factor("root")
    with pytest.raises(InvalidRequest):
        people.confirm_second_factor("root", "000000x")
    assert people.sign_in("root", PASSWORD, address=HERE)
