"""The beacon's signatures, against rounds that were published and rounds that never were.

The rounds are those of the test vectors of noislabs/drand-verify (Apache-2.0).
"""

import pytest

from chengmo_scenarios.school_lottery.verify_drand import (
    G1,
    G2,
    ORDER,
    BeaconFault,
    add,
    expand,
    hash_to_curve,
    randomness_of,
    read_point,
    times,
)

QUICK = (
    "b75c69d0b72a5d906e854e808ba7e2accb1542ac355ae486d591aa9d43765482"
    "e26cd02df835d3546d23c4b13e0dfc92"
)
BEFORE = (
    "a609e19a03c2fcc559e8dae14900aaefe517cb55c840f6e69bc8e4f66c8d18e8"
    "a609685d9917efbfb0c37f058c2de88f13d297c7e19e0ab24813079efe57a182"
    "554ff054c7638153f9b26a60e7111f71a0ff63d9571704905d3ca6df0b031747"
)
CHAINED = (
    "82f5d3d2de4db19d40a6980e8aa37842a0e55d1df06bd68bddc8d60002e8e959"
    "eb9cfa368b3c1b77d18f02a54fe047b80f0989315f83b12a74fd8679c4f12aae"
    "86eaf6ab5690b34f1fddd50ee3cc6f6cdf59e95526d5a5d82aaa84fa6f181e42"
)


@pytest.mark.slow
def test_rounds_that_were_published_are_accepted():
    assert randomness_of("quicknet", 123, QUICK).startswith("fb8f7bc2")
    assert randomness_of("default", 72785, CHAINED, BEFORE).startswith("8b676484")


@pytest.mark.slow
def test_a_signature_of_another_round_is_refused():
    with pytest.raises(BeaconFault, match="not that of this round"):
        randomness_of("quicknet", 124, QUICK)
    with pytest.raises(BeaconFault, match="not that of this round"):
        randomness_of("default", 321, CHAINED, BEFORE)


@pytest.mark.parametrize(
    ("chain", "signature", "previous"),
    [
        ("quicknet", "zz", ""),
        ("quicknet", QUICK[:-2], ""),
        ("quicknet", "37" + QUICK[2:], ""),
        ("quicknet", "c0" + "00" * 47, ""),
        ("quicknet", "9f" + "ff" * 47, ""),
        ("quicknet", QUICK[:-1] + "3", ""),
        ("quicknet", QUICK, BEFORE),
        ("default", CHAINED, ""),
    ],
)
def test_what_is_no_signature_is_refused(chain, signature, previous):
    with pytest.raises(BeaconFault):
        randomness_of(chain, 123, signature, previous)


def test_a_point_of_the_curve_outside_the_subgroup_is_refused():
    # x = 4 is on the curve y² = x³ + 4, not among the points of the right order.
    with pytest.raises(BeaconFault, match="subgroup"):
        read_point(bytes([0b10000000]) + bytes(46) + bytes([4]), G1)


@pytest.mark.parametrize("group", [G1, G2])
def test_the_generator_has_the_order_and_adds_up(group):
    assert times(ORDER, group.generator) is None
    twice = add(group.generator, group.generator)
    assert add(twice, group.generator) == times(3, group.generator)


@pytest.mark.slow
@pytest.mark.parametrize("group", [G1, G2])
def test_a_text_is_hashed_into_the_subgroup(group):
    assert times(ORDER, hash_to_curve(b"round", group)) is None


def test_texts_are_expanded_as_in_the_standard():
    # RFC 9380, appendix K.1, first vector.
    name = b"QUUX-V01-CS02-with-expander-SHA256-128"
    expected = "68a985b87eb6b46952128911f2a4412bbc302a9d759667f87f7a21d803f07235"
    assert expand(b"", name, 32).hex() == expected
