"""Every published value of the 2-D part of the standards; `vectors.json` names each source."""

import json
from pathlib import Path

import numpy as np
import pytest

from chengmo.grid import (
    code_bounds,
    encode_code,
    encode_key,
    geosot_text,
    key_bounds,
    key_of_code,
    parse_geosot,
    refer_code,
    resolve_reference,
)

VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))
TWO_DIMENSIONAL = {
    "encode2d",
    "bounds2d",
    "refer",
    "bgc_to_geosot",
    "geosot_code",
    "geosot_text",
    "geosot_parse",
    "geosot_xy",
    "geosot_dms",
    "known_wrong",
}
# Heights, 3-D codes and 3-D GeoSOT: in test_height.py and test_solid.py.
THREE_DIMENSIONAL = {
    "split3d",
    "height_of_degrees",
    "encode3d",
    "encode3d_geosot",
    "height_floor",
    "bgc3d_to_zcode",
    "gger3d",
    "zcode",
    "zcode_level",
}


def degrees(value):
    """Read decimal degrees, or [d, m, s] with the sign on d, or [d, m, s, hemisphere]."""
    if not isinstance(value, list):
        return float(value)
    size = abs(value[0]) + value[1] / 60 + value[2] / 3600
    west_or_south = value[3] in "WS" if len(value) > 3 else value[0] < 0
    return -size if west_or_south else size


def of_kind(*kinds):
    return [
        pytest.param(v, id=f"{v['kind']}-{i}") for i, v in enumerate(VECTORS) if v["kind"] in kinds
    ]


def test_every_kind_of_vector_is_covered_here_or_belongs_to_three_dimensions():
    assert {v["kind"] for v in VECTORS} == TWO_DIMENSIONAL | THREE_DIMENSIONAL
    assert not TWO_DIMENSIONAL & THREE_DIMENSIONAL


@pytest.mark.parametrize("vector", of_kind("encode2d"))
def test_a_place_has_the_published_code(vector):
    place = vector["input"]
    assert (
        encode_code(degrees(place["lon"]), degrees(place["lat"]), place["level"])
        == vector["expect"]
    )


@pytest.mark.parametrize("vector", of_kind("bounds2d"))
def test_a_code_has_the_published_bounds(vector):
    assert [float(edge) for edge in code_bounds(vector["input"]["code"])] == pytest.approx(
        vector["expect"], abs=1e-12
    )


@pytest.mark.parametrize("vector", of_kind("refer"))
def test_a_short_code_refers_to_the_published_cell(vector):
    target, reference = vector["input"]["target"], vector["input"]["ref"]
    assert refer_code(target, reference) == vector["expect"]
    assert resolve_reference(vector["expect"]) == target


@pytest.mark.parametrize("vector", of_kind("bgc_to_geosot"))
def test_a_code_has_the_published_key(vector):
    key, level = key_of_code(vector["input"]["code"])
    assert [int(key), int(level)] == vector["expect"]


@pytest.mark.parametrize("vector", of_kind("geosot_code"))
def test_a_place_has_the_published_key(vector):
    place = vector["input"]
    assert encode_key(place["lon"], place["lat"], level=place["level"]) == vector["expect"]


@pytest.mark.parametrize("vector", of_kind("geosot_text", "geosot_dms"))
def test_a_place_has_the_published_geosot_text(vector):
    place = vector["input"]
    key = encode_key(degrees(place["lon"]), degrees(place["lat"]), level=place["level"])
    grouped = vector["kind"] == "geosot_text"
    assert geosot_text(key, place["level"], grouped=grouped).item().decode() == vector["expect"]


@pytest.mark.parametrize("vector", of_kind("geosot_parse"))
def test_a_geosot_text_reads_as_the_published_key(vector):
    key, level = parse_geosot(vector["input"]["text"])
    assert [int(key), int(level)] == vector["expect"]


@pytest.mark.parametrize("vector", of_kind("geosot_xy"))
def test_a_geosot_text_has_the_published_column_and_row(vector):
    level, column, row = vector["expect"]
    key, found_level = parse_geosot(vector["input"]["text"])
    assert int(found_level) == level
    west, south, _, _ = key_bounds(key, level=level)
    # At level 15 a column is 64 · degree + minute.
    assert [int(np.floor(v)) * 64 + round(v % 1 * 60) for v in (west, south)] == [column, row]


@pytest.mark.parametrize(
    "vector", [v for v in of_kind("known_wrong") if "lon" in v.values[0]["input"]]
)
def test_a_published_key_known_to_be_wrong_is_not_reproduced(vector):
    place = vector["input"]
    key = encode_key(place["lon"], place["lat"], level=place["level"])
    assert key != vector["expect"]
    assert str(key) in vector["note"]
