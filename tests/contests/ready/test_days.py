"""Files of daily measurements: what is read, and what is refused by its line."""

from datetime import date

import pytest

from chengmo.contests.ready.days import Measured, read_days
from chengmo.errors import InvalidRequest, UnreadableFile

WORDS = {"zh": "列", "en": "column"}
COLUMNS = [
    Measured.model_validate(
        {"name": "pm25", "title": WORDS, "unit": "µg/m³", "known_as": ["细颗粒物"],
         "required": True, "lowest": 0, "highest": 2000}
    ),
    Measured.model_validate({"name": "wind", "title": WORDS, "unit": "m/s", "lowest": 0}),
]  # fmt: skip


def read(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "days.csv"
    path.write_bytes(text.encode(encoding))
    return read_days(path, COLUMNS)


def test_days_come_in_order_and_what_is_missing_is_none(tmp_path):
    found = read(
        tmp_path, "Date,PM2.5,else\n2021/1/2,NA,x\n\n20210101,3.5,y\n2021-01-03 00:00,4,\n"
    )
    assert found == {
        date(2021, 1, 1): {"pm25": 3.5},
        date(2021, 1, 2): {"pm25": None},
        date(2021, 1, 3): {"pm25": 4.0},
    }


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig"])
def test_chinese_headers_are_known_in_both_encodings(tmp_path, encoding):
    found = read(tmp_path, "日期,细颗粒物,Wind\n2021-01-01,3,1.5\n", encoding)
    assert found == {date(2021, 1, 1): {"pm25": 3.0, "wind": 1.5}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("day,pm25\n1,2\n", "no column of dates"),
        ("date,wind\n2021-01-01,2\n", "no column pm25"),
        ("date,pm25\n2021-01-01,2\n2021-01-01,3\n", "line 3: 2021-01-01 is there twice"),
        ("date,pm25\n2021-02-30,2\n", "line 2: '2021-02-30' is no date"),
        ("date,pm25\n2021-01-01,much\n", "line 2: 'much' is no number of pm25"),
        ("date,pm25\n2021-01-01,-999\n", "line 2: pm25 cannot be -999"),
        ("date,pm25\n2021-01-01,inf\n", "line 2: pm25 cannot be inf"),
    ],
)
def test_what_cannot_be_is_refused_by_its_line(tmp_path, text, said):
    with pytest.raises(InvalidRequest, match=said):
        read(tmp_path, text)


@pytest.mark.parametrize("content", [b"", b"\xff\xff\xfe"])
def test_what_is_no_table_of_text_says_so(tmp_path, content):
    (tmp_path / "days.csv").write_bytes(content)
    with pytest.raises(UnreadableFile):
        read_days(tmp_path / "days.csv", COLUMNS)
    with pytest.raises(UnreadableFile):
        read_days(tmp_path / "none.csv", COLUMNS)
