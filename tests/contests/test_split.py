from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo.contests.split import public_rows

KEYS = [str(number) for number in range(2000)]


def drawn(keys, secret=b"s" * 32, contest="c", fraction=0.3):
    return public_rows(keys, secret=secret, contest=contest, fraction=fraction).tolist()


@given(order=st.permutations(range(30)), fraction=st.floats(0.05, 0.95))
@settings(max_examples=15, deadline=None)
def test_a_row_is_drawn_by_its_own_key_alone(order, fraction):
    whole = drawn(KEYS[:30], fraction=fraction)
    assert drawn([KEYS[row] for row in order], fraction=fraction) == [whole[row] for row in order]


@given(low=st.floats(0.05, 0.95), high=st.floats(0.05, 0.95))
@settings(max_examples=15, deadline=None)
def test_a_larger_fraction_draws_all_that_a_smaller_one_draws(low, high):
    less, more = (drawn(KEYS[:50], fraction=each) for each in sorted((low, high)))
    assert all(not small or large for small, large in zip(less, more, strict=True))


def test_as_many_are_drawn_as_were_asked_for():
    assert abs(sum(drawn(KEYS)) / len(KEYS) - 0.3) < 0.04


def test_another_secret_or_contest_draws_others():
    assert drawn(KEYS) != drawn(KEYS, secret=b"t" * 32)
    assert drawn(KEYS) != drawn(KEYS, contest="d")
