"""Models as processes: described whole, executed now or later, refused with the way out."""

import pytest
from openapi_schema_validator import OAS30Validator
from starlette.testclient import TestClient

EXECUTE = "/processes/reach-share/execution"
NEAR = {"inputs": {"radius_m": 2000}}
OGC = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"


def problem(response, status: int) -> dict:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    return response.json()


def test_every_model_is_a_process(client: TestClient):
    processes = {p["id"]: p for p in client.get("/processes?lang=zh").json()["processes"]}
    assert {"reach-share", "stumble"} <= processes.keys()
    reach = processes["reach-share"]
    assert reach["title"] == "覆盖率"
    assert reach["description"] == "有多少居民住在附近？"
    assert {"sync-execute", "async-execute", "dismiss"} == set(reach["jobControlOptions"])


def test_the_list_may_be_cut(client: TestClient):
    assert len(client.get("/processes?limit=1").json()["processes"]) == 1


def test_each_field_of_the_request_is_an_input(client: TestClient):
    process = client.get("/processes/reach-share").json()
    inputs = process["inputs"]
    assert list(inputs) == ["residents", "centre", "radius_m", "norm", "weights", "labels"]
    assert inputs["radius_m"]["minOccurs"] == 1
    assert inputs["norm"]["minOccurs"] == 0
    assert inputs["radius_m"]["schema"]["maximum"] == 50_000
    assert inputs["radius_m"]["schema"]["exclusiveMinimum"] is True
    assert inputs["residents"]["schema"]["x-chengmo-dataset"] is True
    assert inputs["weights"]["schema"]["properties"]["elderly"]["nullable"] is True
    for described in (*inputs.values(), *process["outputs"].values()):
        assert described["title"]
        assert described["description"]
        OAS30Validator.check_schema(described["schema"])
        assert "$ref" not in str(described["schema"])


def test_an_unknown_process_has_the_standards_type(client: TestClient):
    for response in (client.get("/processes/x"), client.post("/processes/x/execution", json=NEAR)):
        assert problem(response, 404)["type"] == OGC + "no-such-process"
        assert "reach-share" in response.json()["hint"]


def test_a_decision_comes_at_once_with_the_way_to_its_job(client: TestClient):
    response = client.post(EXECUTE, json=NEAR)
    assert response.status_code == 200
    decision = response.json()
    assert decision["outcome"] == "decided"
    described = client.get("/processes/reach-share").json()["outputs"]["decision"]["schema"]
    OAS30Validator(described).validate(decision)
    job = client.get(response.headers["location"]).json()
    assert job["status"] == "successful"
    assert job["jobID"] in response.headers["link"]
    assert client.get(response.headers["location"] + "/results").json() == decision


def test_what_cannot_be_is_a_decision_too(client: TestClient):
    inputs = {"radius_m": 1, "centre": [0, 0]}
    response = client.post(EXECUTE, json={"inputs": inputs})
    assert response.status_code == 200
    assert response.json()["outcome"] == "infeasible"


def test_a_document_names_its_output(client: TestClient):
    response = client.post(EXECUTE, json={**NEAR, "response": "document"})
    assert response.json()["decision"]["value"]["outcome"] == "decided"


def test_who_prefers_not_to_wait_gets_the_job(client: TestClient):
    response = client.post(EXECUTE, json=NEAR, headers={"Prefer": "respond-async"})
    assert response.status_code == 201
    assert response.headers["preference-applied"] == "respond-async"
    job = response.json()
    assert response.headers["location"].endswith(f"/jobs/{job['jobID']}")
    assert job["processID"] == "reach-share"
    assert job["type"] == "process"


def test_who_waits_a_moment_gets_the_job_if_the_moment_is_too_short(client: TestClient):
    slow = {"inputs": {"last_s": 30}}
    response = client.post("/processes/stumble/execution", json=slow, headers={"Prefer": "wait=0"})
    assert response.status_code == 201
    assert client.delete(response.headers["location"]).json()["status"] == "dismissed"


def test_the_same_key_is_the_same_run(client: TestClient):
    headers = {"Idempotency-Key": "once", "Prefer": "respond-async"}
    jobs = {client.post(EXECUTE, json=NEAR, headers=headers).json()["jobID"] for _ in range(3)}
    assert len(jobs) == 1
    other = client.post(EXECUTE, json={"inputs": {"radius_m": 3}}, headers=headers)
    assert problem(other, 409)["type"] == "/errors#conflict"


@pytest.mark.parametrize("key", ["", "a b", "x" * 201])
def test_a_key_that_cannot_be_one_is_refused(client: TestClient, key: str):
    assert problem(client.post(EXECUTE, json=NEAR, headers={"Idempotency-Key": key}), 400)["hint"]


def test_an_object_may_come_wrapped_as_the_standard_wraps_it(client: TestClient):
    weights = {"value": {"each": 2}, "mediaType": "application/json"}
    inputs = {"radius_m": {"value": 2000}, "weights": weights, "labels": ["a", "b"]}
    response = client.post(EXECUTE, json={"inputs": inputs})
    assert response.status_code == 200
    job = response.headers["location"]
    request = client.get(job + "/record").json()["request"]
    assert request["weights"]["each"] == 2
    assert request["labels"] == ["a", "b"]


def test_each_field_that_does_not_fit_is_pointed_at_in_the_callers_language(client):
    inputs = {"radius_m": -1, "norm": "sideways"}
    answers = {
        language: client.post(
            EXECUTE, json={"inputs": inputs}, headers={"Accept-Language": language}
        ).json()["errors"]
        for language in ("en", "zh")
    }
    assert [one["pointer"] for one in answers["en"]] == ["#/radius_m", "#/norm"]
    assert answers["en"][0]["detail"] == "Input should be greater than 0"
    assert answers["zh"][0]["detail"] == "应大于 0"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"inputs": {}}, "radius_m"),
        ({}, "radius_m"),
        ({"inputs": {"radius_m": -1}}, "radius_m"),
        ({"inputs": {"radius_m": "far"}}, "radius_m"),
        ({"inputs": {"radius_m": 1e400}}, "no JSON"),
        ({"inputs": {"radius_m": 5, "norm": "sideways"}}, "norm"),
        ({"inputs": {"radius_m": 5, "unheard": 1}}, "unheard"),
        ({"inputs": {"radius_m": 5, "residents": "../etc"}}, "residents"),
        ({"inputs": {"radius_m": 5, "weights": {"each": 0}}}, "weights"),
        ({"inputs": {"weights": {"href": "http://evil.example/x"}, "radius_m": 5}}, "link"),
        ({"inputs": []}, "inputs"),
        ({"inputs": None}, "inputs"),
        ({**NEAR, "subscriber": {"successUri": "http://evil.example"}}, "callbacks"),
        ({**NEAR, "unheard": 1}, "unheard"),
        ({**NEAR, "response": "letter"}, "response"),
        ({**NEAR, "outputs": {"unheard": {}}}, "outputs"),
        ({**NEAR, "outputs": {"decision": {"transmissionMode": "reference"}}}, "value"),
        ({**NEAR, "outputs": []}, "outputs"),
    ],
)
def test_a_request_outside_its_limits_is_a_400_that_names_the_fault(client, body, said):
    content = (
        client.build_request("POST", EXECUTE, json=body).content
        if "inf" not in str(body)
        else b'{"inputs": {"radius_m": Infinity}}'
    )
    headers = {"Content-Type": "application/json"}
    response = client.post(EXECUTE, content=content, headers=headers)
    document = problem(response, 400)
    assert said in document["detail"]
    assert document["hint"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'"x"', b"NaN", b"\xff\xfe", b'{"inputs": {"radius_m": NaN}}',
     b"[" * 100_000],
)  # fmt: skip
def test_a_body_that_is_no_json_object_is_a_400(client: TestClient, content: bytes):
    headers = {"Content-Type": "application/json"}
    problem(client.post(EXECUTE, content=content, headers=headers), 400)


def test_a_body_of_another_type_is_a_415(client: TestClient):
    headers = {"Content-Type": "text/plain", "X-Chengmo-Request": "1"}
    problem(client.post(EXECUTE, content=b"{}", headers=headers), 415)


def test_a_body_that_is_too_long_is_a_413(client: TestClient):
    body = {"inputs": {"radius_m": 5, "labels": ["x" * (17 * 2**20)]}}
    problem(client.post(EXECUTE, json=body), 413)


def test_a_dataset_that_is_not_there_is_named(client: TestClient):
    body = {"inputs": {"radius_m": 5, "residents": "vanished"}}
    document = problem(client.post(EXECUTE, json=body), 404)
    assert document["type"] == "/errors#unknown-dataset"
    assert "vanished" in document["detail"]


def test_a_model_that_falls_is_a_problem_without_its_secrets(client: TestClient):
    response = client.post("/processes/stumble/execution", json={"inputs": {"fall": True}})
    document = problem(response, 500)
    assert document["type"] == "/errors#run-failed"
    assert "hunter2" not in response.text
    assert document["instance"].startswith("/jobs/")
    assert client.get(document["instance"]).json()["status"] == "failed"
    assert problem(client.get(document["instance"] + "/results"), 500) == document
