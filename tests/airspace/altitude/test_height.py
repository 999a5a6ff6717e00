"""A height never loses what it counts from."""

import pytest

from chengmo import InvalidRequest
from chengmo_airspace.altitude import Altitudes, Height, Heights, Reference


def test_a_bare_number_is_refused_where_a_height_is_meant():
    for bare in (120, 120.0, None, "120 m"):
        with pytest.raises(InvalidRequest, match="no height"):
            Altitudes().convert(bare, 114.3, 30.5, to=Reference.SEA)


def test_a_reference_is_never_a_default():
    for wrong in ("AGL", None, 0):
        with pytest.raises(InvalidRequest, match="no reference"):
            Height(120, wrong)
        with pytest.raises(InvalidRequest, match="no reference"):
            Heights.of([120], wrong)


@pytest.mark.parametrize("metres", [float("nan"), float("inf"), True])
def test_a_height_is_a_finite_number(metres):
    with pytest.raises(InvalidRequest, match="no number"):
        Height(metres, Reference.GROUND)


def test_heights_above_different_references_are_not_compared():
    ground = Height(120, Reference.GROUND)
    assert ground.raised(5).above(ground) == 5
    with pytest.raises(InvalidRequest, match="convert"):
        ground.above(Height(120, Reference.SEA))


def test_a_column_knows_its_length():
    assert len(Heights.of([1, 2], Reference.SEA)) == 2


def test_feet_are_international_feet():
    assert Height.of_feet(400, Reference.GROUND).metres == pytest.approx(121.92)
