"""The contest that ships, from its opening to the final board; attacks; a killed server."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from chengmo.app import open_platform
from chengmo.contests import Contests
from chengmo.contests.hidden import Hidden
from chengmo.contests.metric import METRICS
from chengmo.contests.pack import open_pack, read_contest
from chengmo.contests.scoring import score
from chengmo.contests.table import entries
from chengmo.errors import Conflict, InvalidRequest, NotAllowed, NotSignedIn, UnknownDataset
from chengmo.identity.actor import ANONYMOUS, LOCAL_ADMINISTRATOR, Actor
from chengmo.interfaces.boundary import exception_handlers
from chengmo.interfaces.guard import Guard
from chengmo.interfaces.web import routes
from chengmo.sharing.policy import Policy

ROOT = Path(__file__).parents[2]
TABLES = Path(__file__).parent / "air"
AIR = "air-forecast"
STATED = TABLES / f"{AIR}.json"
LI, WANG = (Actor(name, frozenset({"developer"}), "co", "company") for name in ("li", "wang"))
AFTER = datetime(2031, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def baselines():
    spec = importlib.util.spec_from_file_location("forecast_air", ROOT / "tools/forecast_air.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {each.__name__: each(TABLES) for each in (module.persistence, module.regression)}


@pytest.fixture(scope="module")
def hidden():
    lines = (TABLES / "air-hidden.csv").read_text("utf-8").splitlines()[1:]
    days, values = zip(*(line.split(",") for line in lines), strict=True)
    return Hidden(days, np.array(values, float))


@pytest.fixture(scope="module")
def first_home(tmp_path_factory, copy_of_home):
    home = copy_of_home(tmp_path_factory.mktemp("contest") / "home")
    with open_platform(home=home, work=False) as platform:
        open_pack(platform.contests, platform.sharing, STATED, LOCAL_ADMINISTRATOR, "cli")
    return home


@pytest.fixture
def platform(tmp_path, first_home):
    subprocess.run(["cp", "-r", str(first_home), str(tmp_path / "home")], check=True)
    with open_platform(home=tmp_path / "home", work=False) as opened:
        yield opened


def csv(found, hidden):
    return ("date,pm25\n" + "".join(f"{day},{found[day]}\n" for day in hidden.keys)).encode()


def score_all(platform):
    while platform.contests.scorer.score_next():
        pass


@pytest.mark.slow
def test_the_baselines_have_these_scores(baselines, hidden):
    contest = read_contest(STATED).contest
    known = {"persistence": 16.827687861271677, "regression": 12.583236994219654}
    for name, expected in known.items():
        predicted = np.array([baselines[name][day] for day in hidden.keys])
        whole = METRICS[contest.metric].compute(hidden.target, predicted)
        # Two decimals are written: another BLAS moves at most their last one.
        assert whole == pytest.approx(expected, abs=0.005), name
        sides = score(contest, hidden, predicted, b"s" * 32)
        assert min(sides.public, sides.private) < whole < max(sides.public, sides.private)


@pytest.mark.slow
def test_from_a_file_to_the_final_board(platform, baselines, hidden):
    contests = platform.contests
    assert contests.sample(AIR).splitlines()[1] == f"{hidden.keys[0]},"
    for actor, name in ((LI, "persistence"), (WANG, "regression")):
        contests.submit(AIR, csv(baselines[name], hidden), f"{name}.csv", actor, "python")
    table = pa.table({"pm25": list(hidden.target), "date": pa.array(hidden.keys).cast(pa.date32())})
    pq.write_table(table, buffer := BytesIO())
    contests.submit(AIR, buffer.getvalue(), "perfect.parquet", LOCAL_ADMINISTRATOR, "python")
    score_all(platform)
    board = contests.board(AIR)
    assert [(each.rank, each.entrant) for each in board.standings] == [
        (None, "local"), (1, "wang"), (2, "li"),
    ]  # fmt: skip
    assert all(each.score == round(each.score) for each in board.standings)
    ended = Contests(platform.sharing, platform.database, clock=lambda: AFTER)
    final = ended.board(AIR)
    assert (final.kind, final.is_final) == ("private", True)
    assert final.standings[0].score == 0
    mine = ended.submissions(AIR, WANG)[0]
    assert final.standings[1].score == pytest.approx(mine.private_score, rel=1e-5)
    with pytest.raises(Conflict, match="is over"):
        ended.submit(AIR, b"x", "late.csv", LI, "python")
    platform.audit.seal()
    noted = [
        each.access.reason for each in platform.audit.search() if each.access.action == "contest"
    ]
    assert {"open", "submit", "submission-refused", "scored"} <= set(noted)


FILES = {
    "wrong columns": b"day,pm25\n2019-01-08,1\n",
    "the file cannot be read": b"",
    "rows cannot be read": b"date,pm25\n2019-01-08,1\n2019-01-09,3,4\n",
    "not finite numbers": None,
    "missing": b"date,pm25\n2019-01-08,1\n",
    "unknown": None,
}


@pytest.mark.slow
def test_a_file_that_cannot_be_scored_says_why_and_costs_nothing(platform, baselines, hidden):
    whole = csv(baselines["persistence"], hidden)
    FILES["not finite numbers"] = whole.replace(b"2019-01-08,131.5", b"2019-01-08,NaN")
    FILES["unknown"] = whole + b"2030-01-01,5\n"
    for said, content in FILES.items():
        platform.contests.submit(AIR, content, "a.csv", LI, "python")
        score_all(platform)
        found = platform.contests.submissions(AIR, LI)[0]
        assert found.state == "failed"
        assert said in found.reason.en
    # Five a day are allowed, six have failed.
    assert platform.contests.submit(AIR, whole, "a.csv", LI, "python").state == "queued"


def parquet(days, values):
    table = pa.table({"date": days, "pm25": values})
    pq.write_table(table, buffer := BytesIO(), compression="zstd")
    return buffer.getvalue()


@pytest.mark.slow
def test_a_small_file_that_unpacks_to_a_huge_one_is_refused_before_it_is_unpacked(platform):
    many, long = 3_000_000, "x" * 500_000
    same = pa.DictionaryArray.from_arrays(pa.array(np.zeros(500, np.int32)), pa.array([long]))
    bombs = {
        "holds too much": parquet(pa.array(np.zeros(many, np.int32)), np.zeros(many)),
        "texts too long": parquet(same, np.zeros(500)),
    }
    for said, content in bombs.items():
        assert len(content) < 100_000
        platform.contests.submit(AIR, content, "a.parquet", LI, "python")
        score_all(platform)
        assert said in platform.contests.submissions(AIR, LI)[0].reason.en


@pytest.mark.slow
def test_no_way_in_tells_of_the_hidden_rows(platform, baselines, hidden):
    async def asked_by_li(scope, receive, send):
        scope.setdefault("state", {})["actor"] = LI
        await application(scope, receive, send)

    application = Starlette(routes=routes(platform), exception_handlers=exception_handlers())
    with TestClient(Guard(asked_by_li), base_url="http://127.0.0.1:8000") as client:
        client.headers["X-Chengmo-Request"] = "1"
        path = f"/contests/{AIR}"
        for content in (csv(baselines["regression"], hidden), b"date,pm25\n"):
            sent = client.post(f"{path}/submissions", files={"file": ("a.csv", content)})
            assert sent.status_code == 201, sent.text
        score_all(platform)
        answers = [
            client.get(each)
            for each in ("/contests", path, *(f"{path}/{part}" for part in
                         ("sample", "board", "submissions")))
        ]  # fmt: skip
        assert [each.status_code for each in answers] == [200] * 5
        with platform.database.read() as transaction:
            exact = transaction.execute(entries.select()).mappings().first()
        for each in answers:
            assert "air-hidden" not in each.text
            assert str(exact["public_score"])[:7] not in each.text
            assert str(exact["private_score"])[:7] not in each.text
        assert "told_score" in answers[-1].text
        assert answers[3].json()["standings"][0]["entrant"] == "li"
        assert client.get("/datasets/air-hidden").status_code == 404
        assert client.get("/contests/none").status_code == 404
        stated = json.loads(STATED.read_text("utf-8"))["contest"]
        assert client.post("/contests", json=stated).status_code == 403
        made = client.post(f"{path}/teams", json={"team": "Hankou"})
        # Whoever has submitted alone does not get a second quota in a team.
        assert made.status_code == 409


@pytest.mark.slow
def test_teams_share_a_quota_and_join_by_a_code(platform, baselines, hidden):
    contests = platform.contests
    code = contests.found_team(AIR, "汉口", LI, "python")
    with pytest.raises(NotAllowed):
        contests.join_team(AIR, "汉口", "guess", WANG, "python")
    with pytest.raises(Conflict):
        contests.found_team(AIR, "汉口", WANG, "python")
    fresh = contests.invite(AIR, LI, "python")
    with pytest.raises(NotAllowed):
        contests.join_team(AIR, "汉口", code, WANG, "python")
    contests.join_team(AIR, "汉口", fresh, WANG, "python")
    assert contests.team(AIR, LI).members == ("li", "wang")
    contests.leave_team(AIR, WANG, "python")
    assert contests.team(AIR, WANG) is None
    contests.join_team(AIR, "汉口", fresh, WANG, "python")
    with pytest.raises(InvalidRequest):
        contests.found_team(AIR, "team:x", LI, "python")
    for number in range(5):
        actor = (LI, WANG)[number % 2]
        contests.submit(AIR, str(number).encode(), "a.csv", actor, "python")
    with pytest.raises(Conflict, match="today"):
        contests.submit(AIR, b"6", "a.csv", LI, "python")
    assert len(contests.submissions(AIR, WANG)) == 5
    # Who has seen the team's scores does not begin anew with a quota of its own.
    with pytest.raises(Conflict, match="stays"):
        contests.leave_team(AIR, WANG, "python")


@pytest.mark.slow
def test_only_the_steward_opens_a_contest_and_only_on_what_is_shared_with_nobody(platform):
    stated = read_contest(STATED).contest
    contests = platform.contests
    steward = Actor("s", frozenset({"steward"}), "other", "department")
    with pytest.raises(NotSignedIn):
        contests.open(stated, ANONYMOUS, "python")
    with pytest.raises(UnknownDataset):
        contests.open(stated, steward, "python")
    with pytest.raises(Conflict):
        contests.open(stated, LOCAL_ADMINISTRATOR, "python")
    again = stated.model_copy(update={"id": "again"})
    for update, error in (
        ({"hidden": "air-training"}, InvalidRequest),
        ({"training": ("none",)}, UnknownDataset),
        ({"target": "none"}, InvalidRequest),
        ({"keys": ("pm25",)}, InvalidRequest),
        ({"target": "date"}, InvalidRequest),
        ({"metric": "f1"}, InvalidRequest),
        ({"public_fraction": 0.001}, InvalidRequest),
    ):
        with pytest.raises(error):
            contests.open(again.model_copy(update=update), LOCAL_ADMINISTRATOR, "python")
    words = {"zh": "规则", "en": "A rule"}
    rule = Policy.model_validate({"id": "p", "title": words, "dataset": "air-hidden"})
    platform.sharing.state(rule, LOCAL_ADMINISTRATOR, "python")
    with pytest.raises(InvalidRequest, match="policy 'p'"):
        contests.open(again, LOCAL_ADMINISTRATOR, "python")
    platform.sharing.take_back("p", LOCAL_ADMINISTRATOR, "python")
    assert contests.open(again, LOCAL_ADMINISTRATOR, "python").rows == 173
    for content, name in ((b"x" * (5 * 2**20 + 1), "a.csv"), (b"x", "a.exe")):
        with pytest.raises(InvalidRequest):
            contests.submit(AIR, content, name, LI, "python")
    with pytest.raises(NotSignedIn):
        contests.submit(AIR, b"x", "a.csv", ANONYMOUS, "python")


@pytest.mark.slow
def test_what_was_accepted_survives_kill_9_and_is_scored(tmp_path, first_home, baselines, hidden):
    home, file = tmp_path / "home", tmp_path / "a.csv"
    subprocess.run(["cp", "-r", str(first_home), str(home)], check=True)
    file.write_bytes(csv(baselines["regression"], hidden))
    _widen_quota(home)
    acknowledged: list[str] = []
    for after in (1, 4, 9):
        child = Path(__file__).with_name("submitting_child.py")
        with subprocess.Popen(
            [sys.executable, str(child), str(home), str(file)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout.readline() == "ready\n"
            acknowledged += [process.stdout.readline().strip() for _ in range(after)]
            os.kill(process.pid, signal.SIGKILL)
            acknowledged += process.stdout.read().split("\n")[:-1]
    with open_platform(home=home, work=False) as platform:
        # Whoever held a lease is dead; its time runs out.
        late = datetime(2029, 1, 1, tzinfo=UTC)
        contests = Contests(platform.sharing, platform.database, clock=lambda: late)
        while contests.scorer.score_next():
            pass
        states = {
            each.id: each.state for each in contests.submissions(AIR, Actor("zhao", LI.roles))
        }
    # The first file of the second process was the last of the first one: the same submission.
    assert len({*acknowledged}) >= 12
    assert {states[each] for each in acknowledged} == {"scored"}


def _widen_quota(home):
    with open_platform(home=home, work=False) as platform:
        opened, _ = platform.contests.store.contest(AIR)
        wide = opened.contest.model_copy(update={"per_day": 1000, "in_all": 100_000})
        changed = opened.model_copy(update={"contest": wide})
        with platform.database.write() as transaction:
            table = entries.metadata.tables["contests"]
            transaction.execute(table.update().values(body=changed.model_dump_json()))


@pytest.mark.postgresql
def test_a_team_on_postgresql_holds_a_contest(tmp_path, postgresql_database, baselines, hidden):
    with open_platform(home=tmp_path, database=postgresql_database, work=False) as platform:
        path = STATED
        open_pack(platform.contests, platform.sharing, path, LOCAL_ADMINISTRATOR, "cli")
        code = platform.contests.found_team(AIR, "汉口", LI, "python")
        platform.contests.join_team(AIR, "汉口", code, WANG, "python")
        platform.contests.submit(AIR, csv(baselines["regression"], hidden), "a.csv", WANG, "python")
        platform.contests.submit(AIR, b"date\n", "b\0.csv", LI, "python")
        score_all(platform)
        assert [each.entrant for each in platform.contests.board(AIR).standings] == ["team:汉口"]
        states = [each.state for each in platform.contests.submissions(AIR, LI)]
        assert states == ["failed", "scored"]


@pytest.mark.slow
def test_a_server_scores_by_itself_and_two_scorers_share_the_work(platform, baselines, hidden):
    whole = csv(baselines["regression"], hidden)
    scorers = [platform.contests.scorer, Contests(platform.sharing, platform.database).scorer]
    for each in scorers:
        each.start()
    try:
        actors = [Actor(f"a{number}", LI.roles) for number in range(6)]
        for actor in actors:
            platform.contests.submit(AIR, whole, "a.csv", actor, "python")
            scorers[1].wake()
        deadline = time.monotonic() + 60
        while platform.contests.board(AIR).waiting and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        for each in scorers:
            each.stop()
    board = platform.contests.board(AIR)
    # The same score: whoever was first is first.
    assert [each.entrant for each in board.standings] == [actor.id for actor in actors]
    assert len({each.score for each in board.standings}) == 1
