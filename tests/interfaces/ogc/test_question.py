"""What a caller asks is read exactly, or refused with the parameter's name."""

from datetime import UTC, datetime

import pytest

from chengmo.errors import InvalidQuery
from chengmo.interfaces.ogc.crs import CRS84, EPSG_4326, EPSG_4490
from chengmo.interfaces.ogc.endpoint import Query, read_query
from chengmo.interfaces.ogc.question import LIMIT_MAX, ItemsQuery, Period, box_of, read_period


def ask(**parameters: str) -> ItemsQuery:
    return read_query(ItemsQuery, [(k.replace("_", "-"), v) for k, v in parameters.items()])


def test_nothing_asked_is_ten_features_in_crs84():
    query = ask()
    assert (query.limit, query.crs, query.bbox, query.with_count) == (10, CRS84, None, False)


def test_a_limit_beyond_the_greatest_means_the_greatest():
    assert ask(limit="1000000").limit == LIMIT_MAX


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "-1"),
        ("limit", "ten"),
        ("limit", "1.5"),
        ("limit", ""),
        ("bbox", "1,2,3"),
        ("bbox", "1,2,3,4,5"),
        ("bbox", "a,b,c,d"),
        ("bbox", "nan,1,2,3"),
        ("bbox", "1,2,3,inf"),
        ("bbox", ""),
        ("bbox_crs", "EPSG:3857"),
        ("crs", "http://www.opengis.net/def/crs/EPSG/0/3857"),
        ("datetime", "yesterday"),
        ("datetime", "2024-13-01"),
        ("datetime", "2024-05-01T08:00:00"),
        ("datetime", "2024-05-02/2024-05-01"),
        ("datetime", "../.."),
        ("datetime", "/"),
        ("datetime", "a/b/c"),
        ("after", "-1"),
        ("after", "99999999999999999999"),
        ("with_count", "perhaps"),
        ("lang", "fr"),
        ("f", "xml"),
        ("dataset_version", "0"),
    ],
)
def test_a_malformed_parameter_is_named_with_what_it_may_be(name, value):
    with pytest.raises(InvalidQuery) as caught:
        ask(**{name: value})
    public = name.replace("_", "-")
    assert f"'{public}'" in caught.value.message
    assert caught.value.hint.startswith(f"{public}: ")


def test_an_unknown_parameter_is_named_with_those_that_are_known():
    with pytest.raises(InvalidQuery, match="'bbbox' is not a parameter") as caught:
        ask(bbbox="1,2,3,4")
    assert "bbox" in caught.value.hint
    assert "bbox-crs" in caught.value.hint


def test_a_parameter_given_twice_is_refused():
    with pytest.raises(InvalidQuery, match="twice"):
        read_query(Query, [("lang", "zh"), ("lang", "en")])


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2024-05-01T08:00:00Z", utc(2024, 5, 1, 8), utc(2024, 5, 1, 8)),
        ("2024-05-01T08:00:00+08:00", utc(2024, 5, 1), utc(2024, 5, 1)),
        ("2024-05-01t08:00:00.5z", utc(2024, 5, 1, 8, 0, 0, 500000), None),
        ("2024-05-01", utc(2024, 5, 1), utc(2024, 5, 1, 23, 59, 59, 999999)),
        ("9999-12-31", utc(9999, 12, 31), utc(9999, 12, 31, 23, 59, 59, 999999)),
        ("2024-05-01/2024-05-02", utc(2024, 5, 1), utc(2024, 5, 2, 23, 59, 59, 999999)),
    ],
)
def test_a_time_is_an_instant_a_day_or_an_interval(text, start, end):
    assert read_period(text) == Period(start, end or start)


@pytest.mark.parametrize("text", ["../2024-05-01T00:00:00Z", "/2024-05-01T00:00:00Z"])
def test_an_interval_may_be_open_at_its_start(text):
    assert read_period(text) == Period(None, utc(2024, 5, 1))


@pytest.mark.parametrize("text", ["2024-05-01/..", "2024-05-01/"])
def test_an_interval_may_be_open_at_its_end(text):
    assert read_period(text) == Period(utc(2024, 5, 1), None)


@pytest.mark.parametrize("system", [EPSG_4326, EPSG_4490])
def test_a_box_in_an_epsg_system_has_latitude_first(system):
    assert box_of((30, 114, 31, 115), system) == (114, 30, 115, 31)
    assert box_of((114, 30, 115, 31), CRS84) == (114, 30, 115, 31)


def test_heights_in_a_box_are_ignored():
    assert box_of((114, 30, -5, 115, 31, 900), CRS84) == (114, 30, 115, 31)


def test_a_box_may_cross_the_antimeridian_but_not_be_upside_down():
    assert box_of((170, -20, -170, 20), CRS84) == (170, -20, -170, 20)
    with pytest.raises(InvalidQuery, match="south"):
        box_of((114, 31, 115, 30), CRS84)


@pytest.mark.parametrize("box", [(114, 30, 115, 91), (114, -91, 115, 0), (-181, 0, 0, 1)])
def test_a_box_outside_the_world_is_refused(box):
    with pytest.raises(InvalidQuery, match="outside"):
        box_of(box, CRS84)
