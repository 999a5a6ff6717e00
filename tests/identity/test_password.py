"""Passwords: what is kept of them and which are refused."""

import pytest

from chengmo.errors import InvalidRequest
from chengmo.identity.password import _NOBODY, Passwords
from chengmo.identity.password_rule import check_password


def test_the_hash_that_nobody_has_costs_what_a_real_one_costs():
    passwords = Passwords()
    assert "$m=65536,t=3,p=4$" in _NOBODY
    assert not passwords.is_outdated(_NOBODY)
    assert passwords.is_outdated("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA")


@pytest.mark.slow
def test_a_password_is_known_again_however_its_letters_were_typed():
    passwords = Passwords()
    kept = passwords.hash("caf\u00e9 an der br\u00fccke")
    assert kept.startswith("$argon2id$")
    assert passwords.verify(kept, "cafe\u0301 an der bru\u0308cke")
    assert not passwords.verify(kept, "cafe an der brucke")
    assert not passwords.verify(None, "anything")
    assert not passwords.verify("no hash", "anything")


@pytest.mark.parametrize(
    "password",
    [
        "three bridges over han",
        "长江大桥与黄鹤楼之间的路灯",
        "a7#kQ9!vT2$x",
        "correcthorsebatterystaple",
        "iloveyou-84729163",
        "                 spaces are letters",
    ],
)
def test_a_long_password_of_any_kind_is_accepted(password):
    check_password(password, account="wang", name="王五")


@pytest.mark.parametrize(
    "password",
    [
        "a7#kQ9!vT2$",
        "x" * 300,
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "123456789012",
        "abcdefghijklmn",
        "qwertyuiop1234",
        "987654321098",
        "1q2w3e4r5t6y",
        "password1234",
        "Password1234!",
        "iloveyou1234",
        "wangwu@wuhan",
        "Chengmo-2026",
        "城模城模城模2026abc",
    ],
)
def test_what_everybody_tries_first_is_refused(password):
    with pytest.raises(InvalidRequest) as refused:
        check_password(password, account="wangwu@wuhan.example", name="Wang Wu")
    assert password not in str(refused.value)
    [fault] = refused.value.faults
    assert fault.zh
    assert fault.pointer == "/password"
