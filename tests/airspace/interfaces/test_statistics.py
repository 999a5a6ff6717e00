"""What was flown becomes a dataset: by HTTP and by the command, under the rules, in the audit."""

import json
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from starlette.applications import Starlette
from starlette.testclient import TestClient
from tests.airspace.tracking.scene import START_US, say, table_of

from chengmo.app import open_platform
from chengmo.audit import AuditQuery
from chengmo.catalog.dataset import DatasetMetadata
from chengmo.identity import ANONYMOUS, LOCAL_ADMINISTRATOR, Actor
from chengmo.interfaces import web
from chengmo.interfaces.boundary import exception_handlers
from chengmo.interfaces.guard import Guard
from chengmo.model import Text
from chengmo.runs.intake import Bringer, IncomingFile, bring_in
from chengmo_airspace.interfaces import statistics
from chengmo_airspace.tracking import DataCentre, publish
from chengmo_airspace.tracking.limits import SECOND_US

# A platform with data, and versions committed to it.
pytestmark = pytest.mark.slow
HOUR = {"from": "2025-01-15T08:00:00Z", "to": "2025-01-15T09:00:00Z"}
BELOW = {"areas": "communities", "residents": "population", "ground_m": 20}
# So long before the scene's own moment: hours that are over.
BACK_S = 63_072_000
STEWARD = Actor("wang", frozenset({"steward"}), "traffic", "department")
WEST, EAST = shapely.box(114.30, 30.50, 114.31, 30.51), shapely.box(114.31, 30.50, 114.32, 30.51)


@pytest.fixture(scope="module")
def tracks(quick_folder):
    """Half a minute of six aircraft over the western community, of one over the eastern."""
    begin_us = START_US - BACK_S * SECOND_US
    now = [begin_us]
    centre = DataCentre(quick_folder / "statistics", clock=lambda: now[0])
    places = [(f"UAS-{number}", 114.301 + 0.001 * number) for number in range(6)]
    places.append(("UAS-9", 114.315))
    for second in range(0, 30, 3):
        now[0] = begin_us + second * SECOND_US
        at = second - BACK_S
        said = [say(at, name, lon, synthetic=True, intent=None) for name, lon in places]
        centre.report(table_of(*said), "op").result()
    yield centre
    centre.close()


@pytest.fixture(scope="module")
def platform(copy_of_home, tmp_path_factory):
    """A city with two communities and who lives in them."""
    folder = tmp_path_factory.mktemp("statistics")
    with open_platform(home=copy_of_home(folder / "home"), work=False) as opened:
        living = {"residents": [20_000, 100]}
        for name, more in (("communities", {}), ("population", living), ("secret", living)):
            columns = {"name": ["西", "东"], **more}
            columns["geometry"] = pa.array(shapely.to_wkb(np.array([WEST, EAST])), pa.binary())
            geo = {
                "version": "1.1.0",
                "primary_column": "geometry",
                "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Polygon"]}},
            }
            table = pa.table(columns).replace_schema_metadata({"geo": json.dumps(geo)})
            pq.write_table(table, folder / f"{name}.parquet")
            shared = "none" if name == "secret" else "unconditional"
            told = DatasetMetadata(
                id=name, title=Text(zh=name, en=name), sharing=shared, steward="police"
            )
            bringer = Bringer(opened.sharing, LOCAL_ADMINISTRATOR, "python")
            bring_in(bringer, IncomingFile(folder / f"{name}.parquet"), told)
        yield opened


@pytest.fixture(scope="module")
def ask(platform, tracks):
    """Ask for a publication as somebody: `ask(actor, body)` is the answer."""
    routes = web.routes(platform, publications=[statistics.publication(tracks)])
    application = Starlette(routes=routes, exception_handlers=exception_handlers())

    def post(actor, body):
        async def asked_by_actor(scope, receive, send):
            scope.setdefault("state", {})["actor"] = actor
            await application(scope, receive, send)

        client = TestClient(Guard(asked_by_actor), base_url="http://127.0.0.1:8000")
        return client.post(statistics.PATH, json=body, headers={"X-Chengmo-Request": "1"})

    return post


def test_statistics_become_a_dataset_with_its_rules_and_provenance(platform, ask):
    answer = ask(STEWARD, {**HOUR, **BELOW, "dataset": "flown"})
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["id"], told["version"], told["synthetic"]) == ("flown", 1, True)
    # Until its steward says otherwise it is shared with nobody.
    assert (told["sharing"], told["opening"]) == ("none", "none")
    assert "population.residents" in told["source"]
    assert "every aircraft taken as 1 m, 7 kg" in told["source"]
    west, east = sorted(platform.catalog.read("flown").to_pylist(), key=lambda row: row["withheld"])
    assert (west["area"], west["flights"], west["synthetic"]) == ("西", 6, 1.0)
    assert west["ground_risk_class"] == 6
    assert west["casualties_1e6"] > 0
    assert west["noise_db"] > 0
    # One flight is few: nothing is told of it, its risk and noise neither.
    assert (east["area"], east["flights"], east["casualties_1e6"]) == ("东", None, None)
    (entry,) = platform.audit.search(AuditQuery(action="import", dataset="flown"))
    assert (entry.access.actor, entry.access.via, entry.access.verdict) == (
        "wang",
        "web",
        "allowed",
    )


def test_an_hour_is_published_once(platform, ask):
    first = ask(LOCAL_ADMINISTRATOR, {**HOUR, "dataset": "once"})
    again = ask(LOCAL_ADMINISTRATOR, {**HOUR, "dataset": "once"})
    assert (first.json()["version"], again.json()["version"]) == (1, 1)
    # The same hour told otherwise is refused, not taken for the version there is.
    otherwise = {**HOUR, "dataset": "once", **BELOW}
    for each in (otherwise, {**otherwise, "from": "2025-01-15T07:00:00Z"}):
        refused = ask(LOCAL_ADMINISTRATOR, each)
        assert refused.status_code in {400, 409}
        assert "already" in refused.json()["detail"]
    assert platform.catalog.dataset("once").version == 1


def test_the_command_publishes_what_the_address_would(platform, tracks, tmp_path, capsys):
    home = shutil.copytree(platform.home, tmp_path / "home")
    asked = [str(tracks.log.folder), "--home", str(home), "--dataset", "nightly"]
    asked += ["--areas", "communities", "--residents", "population"]
    hours = ["--from", HOUR["from"], "--to", HOUR["to"]]
    assert publish.main([*asked, *hours]) == 0
    assert publish.main([*asked, *hours]) == 0
    assert capsys.readouterr().out == "nightly version 1: 2 rows\n" * 2
    assert publish.main([*asked, *hours, "--minimum", "1"]) == 2
    assert "minimum" in capsys.readouterr().err
    # Of yesterday there is nothing here.
    assert publish.main([*asked, "--yesterday"]) == 2


@pytest.mark.parametrize(
    ("actor", "status"),
    [
        (ANONYMOUS, 401),
        (Actor("li", frozenset({"analyst", "auditor", "operator"})), 403),
        (Actor("key", frozenset({"steward"}), scopes=frozenset({"read"})), 403),
    ],
)
def test_who_may_not_import_may_not_publish(ask, platform, actor, status):
    answer = ask(actor, {**HOUR, "dataset": "forbidden"})
    assert answer.status_code == status
    assert "forbidden" not in {each.id for each in platform.catalog.datasets()}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"minimum": 1}, "minimum"),
        ({"from": "2025-01-15T08:30:00Z"}, "whole hours"),
        ({"to": "2999-01-01T00:00:00Z"}, "whole hours"),
        ({"from": "yesterday"}, "no instant"),
        ({"areas": "absent"}, "absent"),
        ({"areas": "communities", "area_name": "city"}, "city"),
        ({"residents": "communities", "residents_column": "name"}, "no numbers"),
        ({"more": 1}, "more"),
    ],
)
def test_what_cannot_be_is_said(ask, more, said):
    answer = ask(LOCAL_ADMINISTRATOR, {**HOUR, "dataset": "flown", **more})
    assert answer.status_code in {400, 404}, answer.text
    assert said in answer.json()["detail"]


def test_what_the_asker_may_not_see_is_not_read_for_him(ask, platform):
    answer = ask(STEWARD, {**HOUR, "dataset": "seen", "residents": "secret"})
    assert answer.status_code in {403, 404}
    assert "seen" not in {each.id for each in platform.catalog.datasets()}
