"""Canonical bytes: the same for the same value, whoever writes it."""

import hashlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengmo.errors import InvalidRequest
from chengmo.ledger import canonical_bytes, digest_of, digest_of_bytes, parse_canonical
from chengmo.model import Text

SAFE = 2**53 - 1
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-SAFE, SAFE)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=20,
)


def test_the_example_of_the_standard_has_the_bytes_of_the_standard():
    # RFC 8785, section 3.2.2 (input) and 3.2.4 (bytes).
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    expected = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical_bytes(value) == expected.encode()


def test_keys_are_sorted_by_utf_16_code_units():
    # U+1F600 is a pair of surrogates in UTF-16, so it comes before U+FB33.
    assert canonical_bytes({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()


@given(VALUES)
def test_canonical_bytes_say_the_same_value(value):
    assert parse_canonical(canonical_bytes(value)) == value


@given(VALUES)
def test_canonical_bytes_are_their_own_canonical_form(value):
    data = canonical_bytes(value)
    assert canonical_bytes(parse_canonical(data)) == data


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 9)))
def test_the_order_of_keys_does_not_matter(value):
    turned = dict(reversed(list(value.items())))
    assert digest_of(turned) == digest_of(value)


def test_models_are_written_as_json():
    assert canonical_bytes(Text(zh="武汉", en="Wuhan")) == '{"en":"Wuhan","zh":"武汉"}'.encode()


def test_a_digest_names_its_method():
    assert digest_of({}) == "sha256:" + hashlib.sha256(b"{}").hexdigest()
    assert digest_of_bytes(b"{}") == digest_of({})


@pytest.mark.parametrize("value", [2**53, -(2**53), 2**63])
def test_integers_that_readers_would_round_are_refused(value):
    with pytest.raises(InvalidRequest, match="as text"):
        canonical_bytes({"key": value})


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, {1: 2}, {"a": object()}, "\ud800", {"\ud800": 1}]
)
def test_what_has_no_json_form_is_refused(value):
    with pytest.raises(InvalidRequest):
        canonical_bytes(value)


@pytest.mark.parametrize("number", [1e16, 2.0**53, 1e20, -1e20, 1e21, 1.5e300])
def test_large_floats_stay_floats(number):
    (read,) = parse_canonical(canonical_bytes([number]))
    assert read == number
    assert isinstance(read, float)


def test_endless_nesting_is_refused():
    value: list = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(InvalidRequest, match="nested too deeply"):
        canonical_bytes(value)
