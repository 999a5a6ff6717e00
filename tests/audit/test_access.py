"""What one access says, and its canonical bytes."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo.audit import Access
from chengmo.ledger import canonical_bytes

# NUL has no place in PostgreSQL's texts: it is replaced, as another test says.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), TEXT)


@settings(max_examples=25, deadline=None)
@given(
    actor=TEXT, purpose=TEXT, rows=st.none() | st.integers(0, 10**9),
    detail=st.dictionaries(st.sampled_from("abcdef"), PLAIN, max_size=3),
)  # fmt: skip
def test_the_bytes_are_the_ledger_s_canonical_ones(actor, purpose, rows, detail):
    access = Access(
        actor=actor, via="ogc", action="read", verdict="denied", purpose=purpose, rows=rows,
        detail=detail,
    )  # fmt: skip
    assert access.canonical() == canonical_bytes(access.plain())
    assert Access.from_plain(json.loads(access.canonical())) == access


def test_each_access_has_an_id_and_a_time_that_sorts(make):
    first, second = make(), make()
    assert first.id != second.id
    assert first.time_utc <= second.time_utc
    assert len(first.time_utc) == len("2026-01-31T08:00:00.000000Z")


def test_secrets_do_not_enter(make):
    written = make(detail={"api_key": "k-123", "Password": "x", "address": "::1"}).canonical()
    assert b"k-123" not in written
    assert b'"Password":"(withheld)"' in written
    assert b'"address":"::1"' in written


def test_a_fraction_and_a_huge_integer_become_text(make):
    detail = json.loads(make(detail={"a": 1.5, "b": 2**60}).canonical())["detail"]
    assert detail == {"a": "1.5", "b": str(2**60)}


def test_a_question_of_a_million_letters_is_cut(make):
    written = make(purpose="x" * 1_000_000, detail={"y" * 900: "z" * 90_000}).canonical()
    assert len(written) < 8_000
    assert json.loads(written)["purpose"].endswith("x…")


def test_half_of_a_surrogate_pair_does_not_stop_the_writing(make):
    assert json.loads(make(purpose="a\ud800b\nc").canonical())["purpose"] == "a?b\nc"


@pytest.mark.parametrize("value", [None, [], {"actor": "x"}])
def test_what_is_no_access_is_refused(value):
    with pytest.raises(ValueError, match="no access"):
        Access.from_plain(value)
