import pytest

from chengmo.errors import InvalidCell
from chengmo.grid import parse_time_codes, space_time_code, split_space_time


@pytest.mark.parametrize("code", ["N50T", "N050T00", "N50J475493E", "N050J0047050340", "S00001"])
def test_a_space_time_code_reads_as_its_cell_and_its_time(code):
    keys = parse_time_codes(["T2026", "T20261122093015"])
    texts = space_time_code(code, keys)
    assert texts.tolist() == [f"{code}T2026".encode(), f"{code}T20261122093015".encode()]
    cells, times = split_space_time(texts)
    assert cells.tolist() == [code.encode()] * 2
    assert (times == keys).all()
    assert split_space_time(texts[0])[0].shape == ()


@pytest.mark.parametrize("text", ["N50J475493E", "N50T", "T2026", ""])
def test_a_code_without_a_time_is_no_space_time_code(text):
    with pytest.raises(InvalidCell, match="no time code"):
        split_space_time(text)
    with pytest.raises(InvalidCell, match="no time code"):
        split_space_time("N50J475493ET2026X")
