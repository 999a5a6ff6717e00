"""Sensitive columns: found in made-up people, not found in a real city's open data."""

import json
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from chengmo.inventory.identifier import is_bank_card, is_credit_code, is_resident_id
from chengmo.inventory.sensitive import find_sensitive, suggest_grade

WUHAN = Path(__file__).parents[2] / "src" / "chengmo_wuhan"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英文华慧建玲辉力"
ROWS = 200


def digits(rng, count):
    return "".join(rng.choice("0123456789") for _ in range(count))


def resident_id(rng):
    # No region has the code 990101, so that nobody has such a number.
    body = f"990101{rng.randint(1940, 2015)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    body += digits(rng, 3)
    return next(body + check for check in "0123456789X" if is_resident_id(body + check))


def bank_card(rng):
    body = "62" + digits(rng, 16)
    return next(body + check for check in "0123456789" if is_bank_card(body + check))


def credit_code(rng):
    body = "91990101" + "".join(rng.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(9))
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    return next(body + check for check in letters if is_credit_code(body + check))


def name(rng):
    return rng.choice("王李张刘陈杨赵黄周吴欧") + "".join(rng.sample(GIVEN, rng.randint(1, 2)))


def plate(rng):
    if rng.random() < 0.3:
        return f"鄂A{rng.choice('DF')}{digits(rng, 5)}"
    return f"鄂A·{rng.choice('BCEGHK')}{digits(rng, 4)}"


MAKERS = {
    "id-number": resident_id,
    "mobile": lambda rng: f"1{rng.choice('3578')}{digits(rng, 9)}",
    "person-name": name,
    "address": lambda rng: f"某某路{rng.randint(1, 300)}号{rng.randint(1, 20)}栋{digits(rng, 3)}室",
    "plate": plate,
    "bank-card": bank_card,
    "credit-code": credit_code,
    "email": lambda rng: f"user{digits(rng, 4)}@example.org",
}  # fmt: skip


def column(kind, count=ROWS, seed=1):
    rng = random.Random(seed)
    return [MAKERS[kind](rng) for _ in range(count)]


@pytest.mark.parametrize("kind", MAKERS)
def test_a_column_is_known_by_its_values_alone(kind):
    [found] = find_sensitive(pa.table({"c7": column(kind)}))
    assert (found.kind, found.by_name, found.rows) == (kind, False, ROWS)
    assert found.share_0to1 > 0.85


@pytest.mark.parametrize("kind", ["id-number", "mobile", "plate", "email"])
def test_what_stands_inside_a_remark_is_found(kind):
    values = [f"来访登记：{each}，已核" for each in column(kind, 20)] + ["无"] * 180
    [found] = find_sensitive(pa.table({"remark": values}))
    assert (found.kind, found.matches) == (kind, 20)


def test_a_wrong_check_digit_is_no_identity_number():
    spoilt = [each[:-1] + ("0" if each[-1] != "0" else "1") for each in column("id-number")]
    assert find_sensitive(pa.table({"c": spoilt})) == ()


def test_mobile_numbers_read_as_integers_are_found_and_register_numbers_are_not():
    numbers = [int(each) for each in column("mobile")]
    assert [each.kind for each in find_sensitive(pa.table({"c": numbers}))] == ["mobile"]
    assert [each.kind for each in find_sensitive(pa.table({"手机": numbers}))] == ["mobile"]
    assert find_sensitive(pa.table({"osm_id": numbers})) == ()
    assert find_sensitive(pa.table({"osm_id": [str(each) for each in numbers]})) == ()


def test_a_column_called_so_is_found_by_few_values():
    table = pa.table({"联系电话": ["13812345678", *["027-00000000"] * 150]})
    [found] = find_sensitive(table)
    assert (found.kind, found.matches, found.by_name) == ("mobile", 1, True)
    latin = pa.table({"full_name": ["Anna Example", "Bo Sample-Person", "Cyd O'Test"]})
    assert [each.kind for each in find_sensitive(latin)] == ["person-name"]


def test_the_place_of_a_person_is_a_home():
    people = pa.table({"who": column("person-name"), "lon": [114.3] * ROWS, "lat": [30.5] * ROWS})
    found = {each.column: each for each in find_sensitive(people, has_points=True)}
    assert {name: each.kind for name, each in found.items()} == {
        "who": "person-name",
        "lon": "home-coordinates",
        "lat": "home-coordinates",
        "_geometry": "home-coordinates",
    }
    assert found["_geometry"].treatment == "generalise"
    stations = pa.table({"lon": [114.3], "lat": [30.5]})
    assert find_sensitive(stations, has_points=True) == ()


def test_titles_count_as_names():
    table = pa.table({"f3": ["13812345678", "", None]})
    [found] = find_sensitive(table, titles={"f3": "移动电话"})
    assert (found.by_name, found.rows) == (True, 1)


def test_a_finding_holds_no_value():
    values = column("id-number")
    shown = str([each.model_dump() for each in find_sensitive(pa.table({"c": values}))])
    assert not any(value in shown for value in values)


def test_a_long_column_is_looked_at_all_along():
    values = [None] * 100_000 + column("mobile", 20_000)
    [found] = find_sensitive(pa.table({"c": pa.array(values, pa.string())}))
    assert found.rows < 5_000


def test_the_grade_follows_the_worst_column():
    def grade(kind):
        return suggest_grade(find_sensitive(pa.table({"c": column(kind)})))

    assert (grade("id-number"), grade("mobile"), grade("credit-code")) == (4, 3, 2)
    assert suggest_grade(()) == 2


INNOCENT = {
    "stations": [
        "汉口站",
        "武昌站",
        "王家墩东",
        "范湖",
        "常青花园",
        "黄浦路",
        "江汉路",
        "洪山广场",
    ],
    "districts": ["江汉区", "江岸区", "武昌区", "洪山区", "黄陂区", "蔡甸区"],
    "dates": ["2024-01-02", "1990-12-31", "2001-05-06 至 2003-07-08"] * 3,
    "flats": ["3室2厅", "2室1厅1卫", "4室2厅"] * 3,
    "phones of offices": ["027-82222222", "027-8333333", "12345"] * 3,
    "serials": [f"{2024000000000000 + 7 * n}" for n in range(50)],
    "decimals": [f"114.{13812345678 + n}" for n in range(50)],
    "codes": [f"420102{n:06}" for n in range(50)],
    "eighteen digits": [f"{random.Random(n).randrange(10**17, 10**18)}" for n in range(300)],
    "fruit": ["苹果", "香蕉", "黄瓜", "石榴", "梅子", "白菜", "南瓜", "西瓜", "米饭", "面条"],
}


@pytest.mark.parametrize("what", INNOCENT)
def test_what_is_innocent_is_left_alone(what):
    assert find_sensitive(pa.table({"c": INNOCENT[what] * 5})) == ()


def read_shipped(path):
    if path.suffix == ".parquet":
        return pq.read_table(path)
    if path.suffix == ".geojson":
        features = json.loads(path.read_text("utf-8"))["features"]
        return pa.Table.from_pylist([each["properties"] for each in features])
    encoding = "gb18030" if "gcj02" in path.name else "utf8"
    return pyarrow.csv.read_csv(path, pyarrow.csv.ReadOptions(encoding=encoding))


def test_no_column_of_the_shipped_city_is_taken_for_personal():
    paths = [each for each in WUHAN.rglob("*") if each.suffix in {".parquet", ".csv", ".geojson"}]
    tables = {path.stem: read_shipped(path) for path in paths}
    assert sum(table.num_columns for table in tables.values()) > 70
    found = {
        (name, each.column, each.kind) for name in tables for each in find_sensitive(tables[name])
    }
    # Dormitories go by numbers, as homes do: worth a look at each import, and public here.
    assert found == {("buildings", "name", "address")}


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("91350100M000100Y43", True), ("91350100M000100Y44", False), ("91350100M000100I43", False)],
)
def test_credit_codes_are_told_by_their_check(text, is_one):
    # The example of GB 32100-2015.
    assert is_credit_code(text) is is_one


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("11010519491231002X", True),  # the example of GB 11643-1999
        ("11010519491231002x", True),
        ("110105194913310021", False),
        ("1101051949123100", False),
        ("010105194912310026", False),
    ],
)
def test_identity_numbers_are_told_by_date_and_check(text, is_one):
    assert is_resident_id(text) is is_one


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("4111111111111111", True), ("4111111111111112", False), ("411111111111111", False)],
)
def test_cards_are_told_by_luhn(text, is_one):
    assert is_bank_card(text) is is_one
