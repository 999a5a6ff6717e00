"""A MySQL database looked through: Chinese names and comments, odd values, rights, no writing."""

import pymysql
import pytest
from sqlalchemy.exc import SQLAlchemyError

from chengmo.errors import LakeUnavailable
from chengmo.inventory import database
from chengmo.inventory.database import scan_database
from chengmo.inventory.scan import scan

pytestmark = pytest.mark.slow
# The example number of GB 11643, and numbers nobody has.
PEOPLE = [(n, "11010519491231002X", f"1381234{n:04}", "王伟", None) for n in range(50)]
TABLES = """
CREATE TABLE people (id int PRIMARY KEY, sfz varchar(18) COMMENT '身份证号', tel text,
  xm varchar(20), photo blob) COMMENT '人员';
CREATE TABLE `路灯 台账` (code text, lon double, lat double);
CREATE VIEW grown AS SELECT id, xm FROM people;
CREATE TABLE empty (a text);
CREATE TABLE odd (number int, whole int GENERATED ALWAYS AS (number * 2) STORED,
  virt varchar(40) GENERATED ALWAYS AS (concat('v', number)) VIRTUAL, born date, at datetime,
  seen timestamp NULL, y year, t time, kind enum('甲','乙'), flags set('a','b'), doc json,
  big bigint unsigned, money decimal(20,4), is_on bit(1), here point, big_text longtext,
  `select` int, `a``b%` text);
INSERT INTO odd (number, born, at, seen, y, t, kind, flags, doc, big, money, is_on, here, big_text,
  `select`, `a``b%`) VALUES
  (1, '0000-00-00', '0000-00-00 00:00:00', NULL, 0, '-838:59:59', '乙', 'a,b', '{"a": 1}',
   18446744073709551615, -1.5, b'1', point(114.3, 30.5), repeat('字', 100000), 5, 'x'),
  (2, '2020-02-29', now(), now(), 2024, '10:00', NULL, '', NULL, 0, NULL, NULL, NULL, NULL, NULL,
   NULL);
INSERT INTO `路灯 台账` VALUES ('L-1', 114.3, 30.5);
CREATE TABLE lost (a int);
CREATE VIEW broken AS SELECT a FROM lost;
DROP TABLE lost
"""


@pytest.fixture
def register(mariadb_database, mariadb_connection):
    with mariadb_connection(mariadb_database) as connection, connection.cursor() as cursor:
        # As old servers do: dates of zero are let in.
        cursor.execute("SET SESSION sql_mode = ''")
        for statement in TABLES.split(";"):
            cursor.execute(statement)
        cursor.executemany("INSERT INTO people VALUES (%s, %s, %s, %s, %s)", PEOPLE)
    return mariadb_database


@pytest.fixture
def reader(register, mariadb_connection):
    name = register.rpartition("/")[2]
    with mariadb_connection(register) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE USER reader@'127.0.0.1' IDENTIFIED BY 's3cret'")
        cursor.execute(f"GRANT SELECT ON `{name}`.empty TO reader@'127.0.0.1'")
        cursor.execute(f"GRANT SELECT (id) ON `{name}`.people TO reader@'127.0.0.1'")
    yield register.replace("root@", "reader:s3cret@")
    with mariadb_connection(register) as connection, connection.cursor() as cursor:
        cursor.execute("DROP USER reader@'127.0.0.1'")


def test_a_mysql_database_is_looked_through(register):
    found = {each.title: each for each in scan(register)}
    people = found["people"]
    assert (people.row_count, people.row_count_is_exact, people.suggested_grade) == (50, True, 4)
    assert {each.column: each.kind for each in people.sensitive} == {
        "sfz": "id-number", "tel": "mobile", "xm": "person-name",
    }  # fmt: skip
    assert {column.name: column.title for column in people.columns}["sfz"] == "身份证号"
    assert found["grown"].row_count == 50
    assert (found["empty"].row_count, found["empty"].sensitive) == (0, ())
    assert (found["路灯 台账"].row_count, found["路灯 台账"].sensitive) == (1, ())
    shown = "".join(each.model_dump_json() for each in found.values())
    assert "1949" not in shown
    assert "1381234" not in shown


def test_odd_columns_and_values_are_read_all_the_same(register):
    found = {each.title: each for each in scan(register)}
    odd = found["odd"]
    assert (odd.fault, odd.row_count) == ("", 2)
    assert {"whole", "virt", "select", "a`b%"} <= {column.name for column in odd.columns}
    assert found["broken"].fault
    assert found["people"].fault == ""


def test_a_mysql_database_is_left_as_it_was(register, mariadb_connection):
    engine, _ = database._engine_of(register)
    with pytest.raises(SQLAlchemyError, match="READ ONLY"), engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO empty VALUES ('x')")
    engine.dispose()
    with mariadb_connection(register) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM empty")
        assert cursor.fetchone() == (0,)


def test_a_question_that_takes_long_is_ended_by_the_server(register):
    engine, _ = database._engine_of(register, wait_ms=200)
    slow = "SELECT count(*) FROM people a, people b, people c, people d, people e"
    with pytest.raises(SQLAlchemyError), engine.connect() as connection:
        connection.exec_driver_sql(slow)
    engine.dispose()


def test_what_an_account_may_not_read_says_so_and_stops_nothing(reader):
    found = {each.title: each for each in scan_database(reader)}
    assert (found["empty"].fault, found["empty"].row_count) == ("", 0)
    assert "odd" not in found
    shown = "".join(each.model_dump_json() for each in found.values())
    assert "s3cret" not in shown
    # One column alone may be read: that a table is there is known, and not what it holds.
    assert "denied" in found["people"].fault
    assert found["people"].columns == ()


def test_a_wrong_password_is_not_repeated(reader):
    with pytest.raises(LakeUnavailable) as caught:
        list(scan_database(reader.replace("s3cret", "wr0ng")))
    assert "wr0ng" not in f"{caught.value}{caught.value.hint}"
    with pytest.raises(pymysql.err.OperationalError):
        pymysql.connect(host="127.0.0.1", port=1)
