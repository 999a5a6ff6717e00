"""Packages from their submission to the board; those that break or try to tell; a killed scorer."""

import io
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest

from chengmo.app import open_platform
from chengmo.contests.pack import open_pack
from chengmo.contests.package import PackageStopped, PackageTask, ask_package
from chengmo.contests.table import entries
from chengmo.errors import InvalidRequest, PlatformError, UnknownContest
from chengmo.identity.actor import LOCAL_ADMINISTRATOR, Actor
from chengmo.model.jail.walls import missing_walls

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing_walls()), reason="this machine has no walls"),
]
AIR = "air-forecast"
STATED = Path(__file__).parent / "air" / f"{AIR}.json"
LI, WANG = (Actor(name, frozenset({"developer"}), "co", "company") for name in ("li", "wang"))

PERSISTENCE = """
import bisect

def fit(train, seed):
    print("tables", {name: table.num_rows for name, table in train.items()})
    given = train["air-given"].select(["date", "pm25"]).to_pylist()
    known = sorted((str(row["date"]), row["pm25"]) for row in given if row["pm25"] is not None)
    return [day for day, _ in known], [value for _, value in known]

def predict(state, rows):
    print("columns", rows.column_names)
    days, values = state
    return [values[bisect.bisect_left(days, str(day)) - 1] for day in rows["date"].to_pylist()]
"""


def packed(code, **files):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in {"model.py": code, **files}.items():
            # Without the time of today: the same files are the same package.
            archive.writestr(zipfile.ZipInfo(name), content)
    return held.getvalue()


@pytest.fixture(scope="module")
def first_home(tmp_path_factory, copy_of_home):
    home = copy_of_home(tmp_path_factory.mktemp("contest") / "home")
    with open_platform(home=home, work=False) as platform:
        open_pack(platform.contests, platform.sharing, STATED, LOCAL_ADMINISTRATOR, "cli")
    return home


@pytest.fixture
def home(tmp_path, first_home):
    subprocess.run(["cp", "-r", str(first_home), str(tmp_path / "home")], check=True)
    return tmp_path / "home"


@pytest.fixture
def platform(home):
    with open_platform(home=home, work=False) as opened:
        yield opened


def submit(platform, code, actor=LI, name="mine.zip", licence="MIT"):
    content = code if isinstance(code, bytes) else packed(code)
    return platform.contests.submit(AIR, content, name, actor, "python", licence=licence)


def scored(platform, code, actor=LI, name="mine.zip"):
    kept = submit(platform, code, actor, name)
    while platform.contests.scorer.score_next():
        pass
    return platform.contests.store.submission(kept.id)


def test_a_package_is_scored_like_the_file_that_it_writes(platform):
    found = scored(platform, PERSISTENCE, name="mine.whl")
    assert found.state == "scored", found
    report = platform.contests.package(AIR, found.id, LI)
    assert report.terms.licence == "MIT"
    assert report.terms.datasets.keys() == {"air-training", "air-given"}
    assert report.environment["package:numpy"]
    assert "tables {'air-given': " in report.log
    # No target, and nothing but the keys.
    assert "columns ['date']" in report.log
    with platform.database.read() as transaction:
        rows = transaction.execute(entries.select()).mappings().all()
    # What `tools/forecast_air.py` measures of persistence over all 173 rows.
    private = {row["private_score"] for row in rows}
    assert 14 < private.pop() < 20
    assert platform.contests.board(AIR).standings[0].entrant == "li"
    with pytest.raises(UnknownContest):
        platform.contests.package(AIR, found.id, WANG)


FAILING = {
    "stopped with an error while it learned: ZeroDivisionError model.py:3": (
        "def fit(train, seed):\n print('so far')\n return 1 / 0\ndef predict(s, r): pass"
    ),
    "ended without an answer while it predicted": (
        "import os\ndef fit(train, seed): pass\ndef predict(state, rows): os._exit(1)"
    ),
    "stopped with an error while it predicted: ValueError": (
        "import pyarrow as pa\ndef fit(train, seed): pass\n"
        "def predict(state, rows): return pa.table({'date': ['2030-01-01'], 'pm25': [1.0]})"
    ),
    "predictions are not finite numbers": (
        "def fit(t, s): pass\ndef predict(s, rows): return [float('nan')] * rows.num_rows"
    ),
}


@pytest.mark.parametrize("said", FAILING)
def test_a_package_that_fails_says_why_to_its_own_entrant_and_costs_nothing(platform, said):
    found = scored(platform, FAILING[said])
    assert found.state == "failed"
    assert said in found.reason.en
    report = platform.contests.package(AIR, found.id, LI)
    assert ("so far" in report.log) == ("learned" in said)
    assert str(platform.home) not in report.log
    # Five a day are allowed, and this one is not counted.
    for number in range(5):
        submit(platform, packed(PERSISTENCE, note=str(number)))


def test_where_the_rows_are_not_public_nothing_of_them_comes_out_but_predictions(tmp_path):
    secret = "5551234"
    telling = {
        "its printing": "print(rows['f'][0])",
        "its error": "raise ValueError(str(rows['f'][0]))",
        "the name of its error": "raise type('E' + str(rows['f'][0]), (Exception,), {})",
        "its line": "raise ValueError",
    }
    train = tmp_path / "a.arrow"
    table = pa.table({"x": [1]})
    with pa.OSFile(str(train), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    for what, line in telling.items():
        code = f"def fit(train, seed): print('public')\ndef predict(state, rows):\n {line}"
        task = PackageTask(
            packed(code), {"a": train}, pa.table({"id": ["r"], "f": [secret]}), "y",
            shows_all=False,
        )  # fmt: skip
        with pytest.raises(PackageStopped) as caught:
            ask_package(task)
        assert secret not in caught.value.log + caught.value.reason.en, what
        assert caught.value.log == "public\n"
        assert caught.value.reason.en == "the package stopped with an error while it predicted"
        with pytest.raises(PackageStopped) as caught:
            ask_package(PackageTask(task.content, task.train, task.rows, task.target))
        # The same package, where the rows are public: there it does tell.
        assert (secret in caught.value.log) == (what != "its line"), what


def test_what_is_no_package_is_refused_before_it_is_kept(platform):
    with pytest.raises(InvalidRequest, match="licence"):
        submit(platform, PERSISTENCE, licence=None)
    with pytest.raises(InvalidRequest, match="licence"):
        submit(platform, PERSISTENCE, licence="<b>")
    with pytest.raises(InvalidRequest, match="no zip"):
        submit(platform, b"PK nothing")
    assert platform.contests.submissions(AIR, LI) == []


def test_where_there_are_no_walls_no_package_is_accepted_or_run(platform, monkeypatch):
    kept = submit(platform, PERSISTENCE)
    monkeypatch.setattr("chengmo.model.jail.walls.landlock_version", lambda: 0)
    with pytest.raises(PlatformError, match="no Landlock"):
        submit(platform, PERSISTENCE, actor=WANG)
    for _ in range(3):
        with pytest.raises(PlatformError, match="no Landlock"):
            platform.contests.scorer.score_next()
    assert platform.contests.scorer.score_next() is False
    found = platform.contests.store.submission(kept.id)
    assert (found.state, "costs no quota" in found.reason.en) == ("failed", True)


def test_a_scorer_that_is_killed_leaves_no_process_and_no_submission_behind(home):
    stuck = "import time\ndef fit(t, s):\n print('begun')\n time.sleep(60)\n"
    with open_platform(home=home, work=False) as platform:
        kept = submit(platform, stuck)
    program = (
        "import sys\nfrom pathlib import Path\nfrom chengmo.app import open_platform\n"
        "with open_platform(home=Path(sys.argv[1]), work=False) as platform:\n"
        " platform.contests.scorer.score_next()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(home)]) as scorer:
        inmate = until(lambda: inmate_of(scorer.pid))
        scorer.send_signal(signal.SIGKILL)
    assert until(lambda: not goes_on(inmate))
    with open_platform(home=home, work=False) as platform:
        assert platform.contests.store.submission(kept.id).state == "scoring"
        assert platform.contests.scorer.score_next() is False
        # The lease ends, as it does by itself after five minutes.
        with platform.database.write() as transaction:
            transaction.execute(entries.update().values(lease_until_utc="2020"))
        claim = platform.contests.scorer.queue.claim()
        assert claim.id == kept.id


def inmate_of(process):
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text("utf-8").rsplit(")", 1)[1].split()
            command = path.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if int(words[1]) == process and b"model.jail.inmate" in command:
            return int(path.parent.name)
    return None


def goes_on(process):
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def until(what):
    for _ in range(600):
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError("it never came")


def test_the_same_package_has_the_same_score_twice(platform):
    first, second = scored(platform, PERSISTENCE), scored(platform, PERSISTENCE, WANG)
    with platform.database.read() as transaction:
        rows = transaction.execute(entries.select()).mappings().all()
    assert len({row["private_score"] for row in rows}) == 1
    assert first.sha256 == second.sha256
    assert platform.contests.packages.terms(first.id).seed == 0
