"""A winner's package as a model of the platform: published, asked, done again, retracted."""

import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from chengmo.app import open_platform
from chengmo.contests import Contests
from chengmo.contests.pack import open_pack
from chengmo.contests.table import entries
from chengmo.errors import Conflict, InvalidRequest, NotAllowed, UnknownDataset, UnknownModel
from chengmo.identity.actor import ANONYMOUS, LOCAL_ADMINISTRATOR, Actor
from chengmo.interfaces import ogc, web
from chengmo.interfaces.boundary import exception_handlers
from chengmo.interfaces.guard import Guard
from chengmo.interfaces.mcp.model_tool import model_tool
from chengmo.model import ExampleCity
from chengmo.model.description import describe
from chengmo.model.jail.walls import missing_walls

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing_walls()), reason="this machine has no walls"),
]
AIR = "air-forecast"
AFTER = datetime(2031, 1, 1, tzinfo=UTC)
STATED = Path(__file__).parent / "air" / f"{AIR}.json"
LI, WANG, ZHAO = (
    Actor(name, frozenset({"developer"}), "co", "company") for name in ("li", "wang", "zhao")
)
MEAN = """
import numpy as np

def fit(train, seed):
    return float(np.nanmean(train["air-training"]["pm25"].to_numpy())), np.random.rand()

def predict(state, rows):
    return np.full(rows.num_rows, state[0] + 0 * state[1])
"""


def packed(code):
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(zipfile.ZipInfo("model.py"), code)
    return held.getvalue()


def placeless(table):
    count = table.num_rows
    columns = {"_cell": pa.nulls(count, pa.uint64()), "_row": pa.array(range(count))}
    return pa.table({**dict(zip(table.column_names, table.columns, strict=True)), **columns})


@pytest.fixture
def platform(tmp_path, copy_of_home):
    with open_platform(home=copy_of_home(tmp_path / "home"), work=False) as opened:
        open_pack(opened.contests, opened.sharing, STATED, LOCAL_ADMINISTRATOR, "cli")
        yield opened


@pytest.fixture
def ended(platform):
    """The contest after its end, when a package and a file have been scored."""
    contests = platform.contests
    contests.submit(AIR, packed(MEAN), "mine.zip", LI, "python", licence="MIT")
    sample = contests.sample(AIR).replace(",\r\n", ",40\r\n")
    contests.submit(AIR, sample.encode(), "mine.csv", WANG, "python")
    while contests.scorer.score_next():
        pass
    return Contests(platform.sharing, platform.database, clock=lambda: AFTER)


def test_a_winner_is_published_run_repeated_and_retracted(platform, ended):
    with pytest.raises(Conflict, match="goes on"):
        platform.contests.publishing.publish(AIR, "li", LOCAL_ADMINISTRATOR, "cli")
    with pytest.raises(NotAllowed):
        ended.publishing.publish(AIR, "li", LI, "cli")
    with pytest.raises(Conflict, match="no rank"):
        ended.publishing.publish(AIR, "nobody", LOCAL_ADMINISTRATOR, "cli")
    with pytest.raises(Conflict, match="no package"):
        ended.publishing.publish(AIR, "wang", LOCAL_ADMINISTRATOR, "cli")
    for actor in (LI, ANONYMOUS):
        assert not ended.publishing.is_organiser(AIR, actor)
        assert ended.publishing.publishable(AIR, actor) == ()
    assert platform.contests.publishing.publishable(AIR, LOCAL_ADMINISTRATOR) == ()
    assert ended.publishing.publishable(AIR, LOCAL_ADMINISTRATOR) == ("li",)
    installed = list(platform.models)
    made = ended.publishing.publish(AIR, "li", LOCAL_ADMINISTRATOR, "cli")
    assert ended.publishing.publish(AIR, "li", LOCAL_ADMINISTRATOR, "cli") == made
    assert ended.publishing.publishable(AIR, LOCAL_ADMINISTRATOR) == ()
    assert list(platform.models) == [*installed, made.id]
    assert len(platform.models) == len(installed) + 1
    model = platform.models[made.id]
    assert platform.models[made.id] is model
    told = describe(model).model_dump_json()
    assert "MIT" in told
    assert "air-hidden" not in told
    runs = platform.runs
    runs.start_worker()
    request = {"rows": "air-given"}
    run = runs.submit(made.id, request, actor=LI, purpose="planning").id
    assert runs.wait(run, 120).status == "successful", runs.status(run)
    record = runs.result(run)
    assert set(record.datasets) == {"air-training", "air-given"}
    assert record.environment["code"] == made.sha256
    assert record.environment["jail:jail"] == "1"
    decision = record.decision
    assert (decision["entrant"], decision["licence"]) == ("li", "MIT")
    rows = decision["tables"][0]["rows"]
    assert len(rows) == platform.catalog.dataset("air-given").row_count
    assert rows[0][0] == "2019-01-01"
    assert 60 < rows[0][1] < 90
    assert runs.rerun(run, actor=LI).same
    with pytest.raises(UnknownDataset):
        runs.submit(made.id, {"rows": "air-hidden"}, actor=LI, purpose="planning")
    for table, said in (
        (pa.table({"day": ["2019-01-01"]}), "columns date"),
        (pa.table({"date": ["2019-01-01", "2019-01-01"]}), "one row for each"),
    ):
        city = ExampleCity({"mine": placeless(table)})
        with pytest.raises(InvalidRequest) as caught:
            model.decide(model.request_type.model_validate({"rows": "mine"}), city)
        assert said in str(caught.value)
    ended.publishing.retract(AIR, made.id, LOCAL_ADMINISTRATOR, "cli")
    assert made.id not in platform.models
    with pytest.raises(UnknownModel):
        runs.submit(made.id, request, actor=LI, purpose="planning")
    with pytest.raises(UnknownModel):
        ended.publishing.retract(AIR, made.id, LOCAL_ADMINISTRATOR, "cli")
    assert not runs.rerun(run, actor=LI).same
    assert ended.publishing.publish(AIR, "li", LOCAL_ADMINISTRATOR, "cli").id == made.id
    assert made.id in platform.models
    platform.audit.seal()
    noted = {each.access.reason for each in platform.audit.search()}
    assert {f"publish {made.id}", f"retract {made.id}"} <= noted


def test_a_published_model_is_in_every_way_in(platform, ended):
    after = replace(platform, contests=ended)
    application = Starlette(
        routes=[*ogc.routes(after), *web.routes(after)], exception_handlers=exception_handlers()
    )

    async def asked(scope, receive, send):
        scope.setdefault("state", {})["actor"] = asker[0]
        await application(scope, receive, send)

    asker = [LOCAL_ADMINISTRATOR]
    path = f"/contests/{AIR}/models"
    with TestClient(Guard(asked), base_url="http://127.0.0.1:8000") as client:
        client.headers["X-Chengmo-Request"] = "1"
        assert client.post(path, json={"entrant": 1}).status_code == 400
        sent = client.post(path, json={"entrant": "li"})
        assert sent.status_code == 201, sent.text
        made = sent.json()["id"]
        assert model_tool(after.models[made]).name == made
        asker[0] = LI
        assert client.post(path, json={"entrant": "li"}).status_code == 403
        assert client.delete(f"{path}/{made}").status_code == 403
        assert client.get(path).json()["models"][0]["licence"] == "MIT"
        assert "air-hidden" not in client.get(path).text
        for listed in ("/models", "/processes", f"/processes/{made}", "/api"):
            assert made in client.get(listed).text, listed
        package = client.get(f"/contests/{AIR}/submissions").json()["submissions"][0]["id"]
        shown = client.get(f"/contests/{AIR}/packages/{package}").json()
        assert shown["terms"]["datasets"]["air-given"]["version"] == 1
        asker[0] = WANG
        assert client.get(f"/contests/{AIR}/packages/{package}").status_code == 404
        assert client.get(f"/contests/{AIR}/team").json() == {"team": None}
        assert client.delete(f"/contests/{AIR}/team").status_code == 409
        assert client.post(f"/contests/{AIR}/team/code", json={}).status_code == 409
        asker[0] = ZHAO
        founded = client.post(f"/contests/{AIR}/teams", json={"team": "Hankou"}).json()["code"]
        assert client.post(f"/contests/{AIR}/team/code", json={}).json()["code"] != founded
        told = client.get(f"/contests/{AIR}/team").json()
        assert told == {"team": {"name": "Hankou", "members": ["zhao"]}}
        assert client.delete(f"/contests/{AIR}/team").status_code == 204
        asker[0] = LOCAL_ADMINISTRATOR
        assert client.delete(f"{path}/{made}").status_code == 204
        assert client.get(f"/processes/{made}").status_code == 404
        assert client.delete(f"{path}/{made}").status_code == 404


def test_code_that_somebody_has_changed_in_the_database_is_not_run(platform, ended):
    made = ended.publishing.publish(AIR, "li", LOCAL_ADMINISTRATOR, "cli")
    with platform.database.write() as transaction:
        transaction.execute(entries.update().values(content=packed(MEAN + "# other")))
    platform.runs.start_worker()
    run = platform.runs.submit(made.id, {"rows": "air-given"}, actor=LI, purpose="planning").id
    assert platform.runs.wait(run, 120).status == "failed"
    assert "not what was published" in platform.runs.status(run).message
