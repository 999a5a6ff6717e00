"""One run as a job: where it stands, what it gave, the same again, its end."""

import pytest
from starlette.testclient import TestClient

from chengmo.interfaces.ogc.job import _terms
from chengmo.interfaces.treated import header_of_run
from chengmo.ledger import RunRecord
from chengmo.runs.platform import Platform

OGC = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"
LATER = {"Prefer": "respond-async"}


@pytest.fixture(scope="module")
def done(client: TestClient) -> str:
    inputs = {"inputs": {"radius_m": 2000}}
    return client.post("/processes/reach-share/execution", json=inputs).headers["location"]


@pytest.fixture
def going_on(client: TestClient):
    slow = {"inputs": {"last_s": 30}}
    job = client.post("/processes/stumble/execution", json=slow, headers=LATER).headers["location"]
    yield job
    client.delete(job)


def test_a_job_says_where_it_stands(client: TestClient, done: str):
    job = client.get(done).json()
    assert job["status"] == "successful"
    assert job["progress"] == 100
    assert job["outcome"] == "decided"
    assert job["digest"].startswith("sha256:")
    assert job["created"] <= job["started"] <= job["finished"]
    for link in job["links"]:
        assert client.get(link["href"]).status_code == 200


@pytest.mark.parametrize("tail", ["", "/results", "/record", "/events", "/layers/near", "/diff/y"])
def test_an_unknown_job_has_the_standards_type(client: TestClient, tail: str):
    response = client.get("/jobs/nobody" + tail)
    assert response.status_code == 404
    assert response.json()["type"] == OGC + "no-such-job"


def test_an_unknown_job_can_be_neither_cancelled_nor_repeated(client: TestClient):
    for response in (client.delete("/jobs/x"), client.post("/jobs/x/rerun", json={})):
        assert response.status_code == 404


@pytest.mark.parametrize("tail", ["/results", "/record", "/layers/near"])
def test_a_result_that_is_not_ready_has_the_standards_type(client, going_on, tail):
    response = client.get(going_on + tail)
    assert response.status_code == 404
    assert response.json()["type"] == OGC + "result-not-ready"
    assert going_on in response.json()["hint"]


def test_a_job_under_way_can_be_dismissed(client: TestClient, going_on: str):
    for _ in range(2):
        response = client.delete(going_on)
        assert response.status_code == 200
        assert response.json()["status"] == "dismissed"
    assert client.get(going_on + "/results").status_code == 410
    assert client.get(going_on + "/record").json()["status"] == "dismissed"


def test_a_job_that_has_ended_stays_on_record(client: TestClient, done: str):
    response = client.delete(done)
    assert response.status_code == 409
    assert client.get(done).json()["status"] == "successful"


def test_the_record_says_what_was_decided_on_what(client: TestClient, done: str):
    record = client.get(done + "/record").json()
    assert record["request"]["radius_m"] == 2000
    assert record["datasets"]["places"]["version"] == 1
    assert record["decision"] == client.get(done + "/results").json()


def test_a_rerun_gives_the_same_digest(client: TestClient, done: str):
    comparison = client.post(done + "/rerun", json={}).json()
    assert comparison["same"] is True
    assert comparison["first_digest"] == comparison["second_digest"]
    bare = client.post(done + "/rerun", headers={"X-Chengmo-Request": "1"})
    assert bare.json()["same"] is True


def test_two_jobs_are_compared(client: TestClient, done: str):
    inputs = {"inputs": {"radius_m": 3000}}
    other = client.post("/processes/reach-share/execution", json=inputs).headers["location"]
    comparison = client.get(f"{done}/diff/{other.rsplit('/', 1)[1]}").json()
    assert comparison["same"] is False
    assert "request.radius_m" in {one["where"] for one in comparison["differences"]}


def test_a_job_that_has_not_ended_is_not_repeated(client: TestClient, going_on: str):
    assert client.post(going_on + "/rerun", json={}).status_code == 409


def test_a_layer_is_geojson(client: TestClient, done: str):
    response = client.get(done + "/layers/near?lang=zh")
    assert response.headers["content-type"] == "application/geo+json"
    layer = response.json()
    assert layer["title"] == "附近的居民"
    assert len(layer["features"]) == layer["numberReturned"]
    assert layer["features"][0]["geometry"]["type"] == "Point"
    used = layer["chengmo"]["datasets"]
    assert [each["treated"] for each in used.values()] == [[]] * len(used)
    assert "Chengmo-Treated" not in response.headers
    unknown = client.get(done + "/layers/x")
    assert unknown.status_code == 404
    assert "near" in unknown.json()["hint"]


@pytest.mark.slow
def test_waiting_callers_do_not_keep_others_from_an_answer(platform: Platform, client: TestClient):
    # One that waits has its own threads: the list answers while a run goes on.
    slow = {"inputs": {"last_s": 30}}
    waiting = client.post("/processes/stumble/execution", json=slow, headers={"Prefer": "wait=1"})
    assert waiting.status_code == 201
    assert client.get("/jobs?limit=1").json()["jobs"][0]["status"] == "running"
    assert platform.runs.cancel(waiting.json()["jobID"])


def test_a_layer_made_of_treated_data_says_what_was_done_to_them(client: TestClient, done: str):
    record = RunRecord.model_validate(client.get(done + "/record").json())
    name, used = next(iter(record.datasets.items()))
    masked = {"columns": {"name": {"do": "drop"}}}
    used = used.model_copy(update={"edition": "e", "treatment": masked})
    treated = record.model_copy(update={"datasets": {name: used}})
    told = _terms(treated)["datasets"][name]
    assert (told["edition"], len(told["treated"])) == ("e", 1)
    assert "left out" in told["treated"][0]["en"]
    mark = f'"{name}";version={used.version};edition="e"'
    assert header_of_run(treated.datasets) == {"Chengmo-Treated": mark}
