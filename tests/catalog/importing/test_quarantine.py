"""No row is lost: each is kept, or stands in the quarantine with its number and its reason."""

import csv
import io
import math

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengmo.errors import UnreadableFile


def lines(*cells, header="id,lon,lat,n", good=200):
    rows = [f"{i},114.{i:03d},30.5,{i}" for i in range(1, good + 1)]
    return "\n".join([header, *rows, *cells]) + "\n"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("900,114.1,30.5", "3 fields where 4"),
        ("900,114.1,30.5,1,2", "5 fields where 4"),
        ("900,abc,30.5,1", "lon 'abc' is no number"),
        ("900,114.1,30.5,many", "'many' in column 'n' is no integer"),
        ("900,inf,30.5,1", "lon 'inf' is no number"),
        ("900,214.1,30.5,1", "is no place on Earth"),
        ("900,114.1,95,1", "is no place on Earth"),
        ("900,,30.5,1", "without a longitude"),
        ("900,114.1,,1", "without a latitude"),
        ("900,1e300,30.5,1", "is no place on Earth"),
    ],
)
def test_a_row_that_cannot_be_read_is_set_aside_with_its_number_and_reason(
    write, stage, line, reason
):
    result = stage(write(lines(line, "901,114.2,30.5,3")))
    (row,) = result.quarantine
    assert row["row_number"] == 201
    assert reason in row["reason"]
    assert row["raw"] == line
    assert result.column("id")[-1] == 901
    assert result.table.num_rows == 201


def test_bytes_that_are_no_text_set_aside_only_their_row(write, stage):
    data = lines("900,114.1,30.5,1", header="名称,lon,lat,n").encode()
    result = stage(write(data.replace(b"\n7,", b"\n\xff\xfe7,").replace(b"\n9,", b"\n9\x00,")))
    assert [row["row_number"] for row in result.quarantine] == [7, 9]
    assert "no text" in result.quarantine[0]["reason"]
    assert "\\x00" in result.quarantine[1]["raw"]
    assert result.table.num_rows == 199


def test_broken_gb18030_sets_aside_only_its_row(write, stage):
    text = lines(header="名称,lon,lat,n", good=5).replace("\n3,", "\n三号站,").encode("gb18030")
    result = stage(write(text.replace("三".encode("gb18030"), b"\xff")), encoding="gb18030")
    assert [row["row_number"] for row in result.quarantine] == [3]


@pytest.mark.parametrize(
    ("wkt", "reason"),
    [
        ("POLYGON ((0 0, 1", "cannot be read"),
        ("POINT (114.1 inf)", ""),
        ("POINT (300 30)", "off the Earth"),
        ("LINESTRING (1e308 1e308, -1e308 1e308)", "off the Earth"),
        ("POLYGON ((114 30, 114 30, 114 30, 114 30))", "cannot be repaired"),
        ("POLYGON ((0 0, 1 1))", "cannot be read"),
    ],
)
def test_a_geometry_that_cannot_be_read_is_set_aside(write, stage, wkt, reason):
    good = [f'{i};"POINT (114.{i} 30)"' for i in range(1, 30)]
    result = stage(write("id;geom\n" + "\n".join([*good, f'30;"{wkt}"', '31;"POINT (114 30)"'])))
    (row,) = result.quarantine
    assert row["row_number"] == 30
    assert reason in row["reason"]
    assert wkt[:20] in row["raw"]
    assert result.table.num_rows == 30


def test_a_polygon_that_crosses_itself_is_repaired_and_told(write, stage):
    bow = "POLYGON ((114 30, 114.1 30.1, 114.1 30, 114 30.1, 114 30))"
    result = stage(write(f'id;geom\n1;"{bow}"\n2;"POLYGON ((114 30, 115 30, 115 31, 114 30))"\n'))
    assert not result.quarantine
    shape = shapely.from_wkb(result.column("_geometry")[0])
    assert shape.is_valid
    assert shape.area == pytest.approx(0.005)
    assert "1 geometries crossed themselves and were repaired" in result.staged.lineage.warnings


def test_rows_without_any_place_are_kept_and_counted(write, stage):
    result = stage(write(lines("900,,,1")))
    assert result.column("_cell")[-1] is None
    assert result.column("_geometry")[-1] is None
    assert "1 rows have no place" in result.staged.lineage.warnings


def test_blank_rows_are_left_out_and_counted(write, stage):
    result = stage(write("a,b\n1,2\n\n,\n3,4\n\n"))
    assert result.column("a") == [1, 3]
    assert any("3 blank rows" in warning for warning in result.staged.lineage.warnings)


def test_a_column_that_turns_to_text_far_down_is_text(write, stage):
    pad = "x" * 150
    rows = [f"{i},114.1,30.5,{pad}" for i in range(40_000)] + [f"N/A,114.1,30.5,{pad}"]
    rows += [f"A{i},114.1,30.5,{pad}" for i in range(2_000)]
    result = stage(write("code,lon,lat,note\n" + "\n".join(rows)))
    assert result.types["code"] == "text"
    assert not result.quarantine
    assert result.column("code")[0] == "0"
    assert any("kept as text" in warning for warning in result.staged.lineage.warnings)


def test_a_leading_zero_far_down_keeps_all_codes_as_text(write, stage):
    rows = [str(420_000 + i) for i in range(30_000)] + ["007"]
    result = stage(write("code,v\n" + "\n".join(f"{row},1" for row in rows)))
    assert result.column("code")[-1] == "007"
    assert result.types == {"code": "text", "v": "integer"}


def test_some_misfits_are_set_aside_but_many_make_text(write, stage):
    few = [str(i) for i in range(1, 1000)] + ["about 5"]
    assert stage(write("n,m\n" + "\n".join(f"{v},1" for v in few))).types["n"] == "integer"
    many = [str(i) for i in range(1, 50)] + ["about 5"]
    result = stage(write("n,m\n" + "\n".join(f"{v},1" for v in many)))
    assert result.types["n"] == "text"
    assert not result.quarantine


def test_row_numbers_hold_across_blocks_of_the_reader(write, stage):
    # More than one 4 MB block, broken rows spread over all of them.
    good = "名" * 60
    rows = [f"{i},{good},114.1,30.5" if i % 1000 else f"{i},short" for i in range(1, 60_001)]
    result = stage(write("id,t,lon,lat\n" + "\n".join(rows)))
    assert [row["row_number"] for row in result.quarantine] == list(range(1000, 60_001, 1000))
    assert [row["raw"].split(",")[0] for row in result.quarantine] == [
        str(i) for i in range(1000, 60_001, 1000)
    ]
    assert result.column("id") == [i for i in range(1, 60_001) if i % 1000]


texts = st.text(st.characters(codec="gb18030", exclude_characters="\x00"), min_size=1, max_size=12)
cells = st.none() | texts.map(lambda text: f"文{text}")


@st.composite
def tables(draw):
    count = draw(st.integers(1, 12))
    return {
        "文本": [draw(cells) for _ in range(count)],
        "whole": [draw(st.none() | st.integers(-(10**14), 10**14)) for _ in range(count)],
        "real": [
            draw(st.none() | st.floats(-1e12, 1e12).map(lambda x: x + 0.5)) for _ in range(count)
        ],
        "lon": [draw(st.floats(73, 136).map(lambda x: round(x, 6))) for _ in range(count)],
        "lat": [draw(st.floats(3, 54).map(lambda x: round(x, 6))) for _ in range(count)],
    }


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    table=tables(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    separator=st.sampled_from([",", "\t", ";", "|"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_a_table_written_as_text_comes_back_the_same(
    write, stage, table, encoding, separator, quoting, line_end
):
    if any("\r" in cell for cell in table["文本"] if cell):
        # Python's writer leaves a lone carriage return unquoted, which then ends the row.
        quoting = csv.QUOTE_ALL
    text = io.StringIO(newline="")
    out = csv.writer(text, delimiter=separator, quoting=quoting, lineterminator=line_end)
    out.writerow(table)
    rows = list(zip(*table.values(), strict=True))
    out.writerows([["" if cell is None else cell for cell in row] for row in rows])
    path = write(text.getvalue(), encoding=encoding)
    # Stated, because a few cells of control characters alone look like no text at all.
    result = stage(path, format="csv", encoding=encoding, delimiter=separator, header=True)
    assert not result.quarantine
    for name in ("文本", "lon", "lat"):
        assert result.column(name) == table[name]
    for name in ("whole", "real"):
        # A column of nothing has no type to tell.
        if any(cell is not None for cell in table[name]):
            assert result.column(name) == table[name]


dirty = st.lists(
    st.lists(
        st.sampled_from(
            ["1", "x", "", "114.5", "30.5", "-200", "nan", "1e400", '"', "文", "2024-01-01", "\t"]
        ),
        max_size=5,
    ),
    max_size=40,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=dirty, junk=st.binary(max_size=20))
def test_rows_kept_and_rows_set_aside_are_all_rows(write, stage, rows, junk):
    body = "".join(",".join(row) + "\n" for row in rows).encode()
    path = write(b"lon,lat,n\n114.1,30.5,1\n" + body + junk.replace(b"\n", b""))
    try:
        result = stage(path, encoding="utf-8", delimiter=",", header=True)
    except UnreadableFile:
        return
    lineage = result.staged.lineage
    blank = sum(
        int(warning.split()[0]) for warning in lineage.warnings if warning.endswith("left out")
    )
    assert lineage.rows_kept + lineage.rows_quarantined == lineage.rows_read
    numbers = [row["row_number"] for row in result.quarantine]
    assert len(set(numbers)) == len(numbers)
    # A quote may join lines into one row; without any, rows and lines are the same.
    if '"' not in body.decode() and b'"' not in junk and b"\r" not in junk:
        tail = 1 if junk.replace(b"\n", b"") else 0
        assert lineage.rows_read + blank == 1 + len(rows) + tail
    assert all(math.isfinite(value) for value in result.column("_west") if value is not None)
