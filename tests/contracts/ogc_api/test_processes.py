"""The abstract tests of OGC API - Processes - Part 1 (18-062r2, Annex A), against a real server.

The classes that are declared: core, OGC process description, JSON, OpenAPI 3.0, job list, dismiss.
Each function is named as the abstract test that its first line names; the ids and purposes are
those that OGC's executable suite for version 1.0 gives in the documentation of its classes. What
the standard leaves to a choice that is not taken (outputs by reference, several outputs, inputs of
binary, bounding box or mixed type, callbacks) has no test, for no process here has any: one test
says so.
"""

import base64
import time
from datetime import datetime

import pytest

pytestmark = pytest.mark.slow

SPEC = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/"
TYPES = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"
EXECUTION = "/processes/reach-share/execution"
NEAR = {"inputs": {"radius_m": 2000, "residents": "places"}}
STATES = {"accepted", "running", "successful", "failed", "dismissed"}


def ended(caller, job, patience_s=60):
    """A job's status once it has ended."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        status = caller.get(f"/jobs/{job}").document
        if status["status"] not in {"accepted", "running"}:
            return status
        time.sleep(0.05)
    raise AssertionError(f"job {job} does not end")


@pytest.fixture(scope="module")
def finished(caller):
    """A job that was successful, and one that failed."""
    good = caller.post(EXECUTION, NEAR, Prefer="respond-async").document["jobID"]
    bad = caller.post(
        "/processes/stumble/execution", {"inputs": {"fall": True}}, Prefer="respond-async"
    ).document["jobID"]
    return ended(caller, good), ended(caller, bad)


def test_conf_core_landingpage_op(caller):
    """`/conf/core/landingpage-op`: the landing page is there."""
    assert caller.get("/").status == 200


def test_conf_core_landingpage_success(caller):
    """`/conf/core/landingpage-success`: it leads to the API, conformance and the processes."""
    landing = caller.get("/")
    assert landing.links("service-desc") or landing.links("service-doc")
    assert landing.links("conformance")
    (processes,) = landing.links("processes")
    assert caller.get(processes["href"]).document["processes"]


def test_conf_core_api_definition_op(caller):
    """`/conf/core/api-definition-op`: each definition that is linked can be read."""
    for link in caller.get("/").links("service-desc"):
        assert caller.get(link["href"], accept=link["type"]).status == 200


def test_conf_core_api_definition_success(caller, api):
    """`/conf/core/api-definition-success`: it is OpenAPI 3.0 and describes what is served."""
    assert api["openapi"].startswith("3.0.")
    for path in ("/", "/conformance", "/processes", "/processes/{processId}", "/jobs/{jobId}"):
        assert "get" in api["paths"][path]


def test_conf_core_conformance_op(caller):
    """`/conf/core/conformance-op`: the list of classes can be had where it is linked."""
    for link in caller.get("/").links("conformance"):
        assert caller.get(link["href"]).status == 200


def test_conf_core_http(caller):
    """`/conf/core/http`: HTTP/1.1, its methods and its status codes."""
    assert caller.ask("/processes", "HEAD").status == 200
    assert caller.ask("/processes", "PUT", b"{}", {"X-Chengmo-Request": "1"}).status == 405
    assert caller.get("/no-such-path").status == 404


def test_conf_core_conformance_success(caller):
    """`/conf/core/conformance-success`: the classes tested here are declared."""
    declared = set(caller.get("/conformance").document["conformsTo"])
    names = ("core", "ogc-process-description", "json", "oas30", "job-list", "dismiss")
    assert {SPEC + name for name in names} <= declared


def test_conf_core_process_list(caller):
    """`/conf/core/process-list`: the processes are listed."""
    assert caller.get("/processes").status == 200


def test_conf_core_process_list_success(caller):
    """`/conf/core/process-list-success`: each with what a summary must have."""
    for one in caller.get("/processes", limit=1000).document["processes"]:
        assert {"id", "version", "links"} <= one.keys()


def test_conf_core_pl_limit_definition(api):
    """`/conf/core/pl-limit-definition`: an optional whole number."""
    listed = api["paths"]["/processes"]["get"]["parameters"]
    (limit,) = [one for one in listed if one["name"] == "limit"]
    assert limit["schema"]["type"] == "integer"
    assert limit["required"] is False


def test_conf_core_pl_limit_response(caller):
    """`/conf/core/pl-limit-response`: never more than asked for."""
    every = caller.get("/processes", limit=1000).document["processes"]
    for limit in range(1, len(every) + 1):
        found = caller.get("/processes", limit=limit).document["processes"]
        assert len(found) == limit


def test_conf_core_pl_links(caller):
    """`/conf/core/pl-links`: itself, its page, and the next page until there is none."""
    page = caller.get("/processes", limit=1)
    assert page.links("self")
    assert page.links("alternate")
    seen = []
    while True:
        seen += [one["id"] for one in page.document["processes"]]
        following = page.links("next")
        if not following:
            break
        page = caller.get(following[0]["href"])
    assert set(seen) == {
        one["id"] for one in caller.get("/processes", limit=1000).document["processes"]
    }


def test_conf_core_process(caller):
    """`/conf/core/process`, `/conf/core/process-success`: each is described where it is linked."""
    for one in caller.get("/processes", limit=1000).document["processes"]:
        (link,) = [link for link in one["links"] if link["rel"] == "self"]
        assert caller.get(link["href"]).document["id"] == one["id"]


def test_conf_core_process_exception_no_such_process(caller):
    """`/conf/core/process-exception-no-such-process`: 404, with the standard's type."""
    answer = caller.get("/processes/no-such")
    assert answer.status == 404
    assert answer.document["type"] == TYPES + "no-such-process"


def test_conf_core_job_creation_op(caller):
    """`/conf/core/job-creation-op`: a process is executed by POST at its address."""
    assert caller.post(EXECUTION, NEAR).status == 200


def test_conf_core_job_creation_request(caller):
    """`/conf/core/job-creation-request`: by a JSON document; another is refused."""
    headers = {"Content-Type": "text/plain", "X-Chengmo-Request": "1"}
    assert caller.ask(EXECUTION, "POST", b"radius", headers).status == 415
    assert caller.post(EXECUTION, ["radius"]).status == 400


def test_conf_core_job_creation_inputs(caller):
    """`/conf/core/job-creation-inputs`: in line or by reference; missing or too many are 400."""
    whole = {"radius_m": {"href": "data:application/json,2000"}, "residents": "places"}
    assert caller.post(EXECUTION, {"inputs": whole}).document["outcome"] == "decided"
    assert caller.post(EXECUTION, {"inputs": {}}).status == 400
    assert caller.post(EXECUTION, {"inputs": {"radius_m": 9, "unknown": 1}}).status == 400


def test_conf_core_job_creation_input_inline(caller):
    """`/conf/core/job-creation-input-inline`: numbers, texts and choices stand as they are."""
    inputs = {**NEAR["inputs"], "norm": "grid", "centre": [114.25, 30.55]}
    assert caller.post(EXECUTION, {"inputs": inputs}).status == 200


def test_conf_core_job_creation_input_ref(caller):
    """`/conf/core/job-creation-input-ref`: a reference that needs no network is followed."""
    coded = base64.b64encode(b'{"each": 2}').decode()
    link = {"href": f"data:application/json;base64,{coded}", "type": "application/json"}
    inputs = {**NEAR["inputs"], "residents": {"href": "data:,places"}, "weights": link}
    assert caller.post(EXECUTION, {"inputs": inputs}).document["outcome"] == "decided"
    afar = {"href": "https://example.org/radius.json", "type": "application/json"}
    refused = caller.post(EXECUTION, {"inputs": {**NEAR["inputs"], "radius_m": afar}})
    assert refused.status == 400
    assert "data:" in refused.document["hint"]


def test_no_process_has_an_input_or_outputs_that_the_left_out_tests_ask_for(caller):
    """Of `/conf/core/job-creation-input-inline-binary`, `-bbox`, `-mixed`, `…-multi`, `…-ref`."""
    for one in caller.get("/processes", limit=1000).document["processes"]:
        process = caller.get(f"/processes/{one['id']}").document
        assert len(process["outputs"]) == 1
        assert process["outputTransmission"] == ["value"]
        for given in process["inputs"].values():
            told = given["schema"]
            assert told.get("format") != "ogc-bbox"
            assert "contentEncoding" not in told
            assert "contentMediaType" not in str(told)


def test_conf_core_job_creation_input_inline_object(caller):
    """`/conf/core/job-creation-input-inline-object`: an object stands in `value`."""
    inputs = {**NEAR["inputs"], "weights": {"value": {"each": 2}}}
    answer = caller.post(EXECUTION, {"inputs": inputs})
    assert answer.status == 200


def test_conf_core_job_creation_input_array(caller):
    """`/conf/core/job-creation-input-array`: several values stand in an array."""
    inputs = {**NEAR["inputs"], "labels": ["a", "b"]}
    assert caller.post(EXECUTION, {"inputs": inputs}).status == 200


def test_conf_core_job_creation_input_validation(caller):
    """`/conf/core/job-creation-input-validation`: a value beyond its schema is 400."""
    for wrong in (-1, "far", [1], 1e9):
        inputs = {"radius_m": wrong, "residents": "places"}
        assert caller.post(EXECUTION, {"inputs": inputs}).status == 400


def test_conf_core_job_creation_default_execution_mode(caller):
    """`/conf/core/job-creation-default-execution-mode`: without a preference, at once."""
    assert caller.post(EXECUTION, NEAR).document["outcome"] == "decided"


def test_conf_core_job_creation_auto_execution_mode(caller):
    """`/conf/core/job-creation-auto-execution-mode`: who would rather wait less gets the job."""
    answer = caller.post(EXECUTION, NEAR, Prefer="respond-async")
    assert answer.status == 201
    assert answer.headers["preference-applied"] == "respond-async"


def test_conf_core_job_creation_default_outputs(caller):
    """`/conf/core/job-creation-default-outputs`: no named output means all of them."""
    bare = caller.post(EXECUTION, {**NEAR, "response": "document"}).document
    described = caller.get("/processes/reach-share").document["outputs"]
    assert set(bare) == set(described)


def test_conf_core_job_creation_sync_raw_value_one(caller):
    """`/conf/core/job-creation-sync-raw-value-one`: the one output as it is."""
    answer = caller.post(EXECUTION, {**NEAR, "response": "raw"})
    assert (answer.status, answer.media_type) == (200, "application/json")
    assert answer.document["answer"]


def test_conf_core_job_creation_sync_document(caller):
    """`/conf/core/job-creation-sync-document`: the outputs by name."""
    answer = caller.post(EXECUTION, {**NEAR, "response": "document"})
    assert answer.document["decision"]["value"]["outcome"] == "decided"


def test_conf_core_job_creation_success_async(caller):
    """`/conf/core/job-creation-success-async`: 201, the job, and where it is."""
    answer = caller.post(EXECUTION, NEAR, Prefer="respond-async")
    assert answer.status == 201
    assert {"jobID", "status", "type"} <= answer.document.keys()
    assert answer.document["status"] in STATES
    assert caller.get(answer.headers["location"]).document["jobID"] == answer.document["jobID"]


def test_conf_core_job_op_and_success(caller, finished):
    """`/conf/core/job-op` and `/conf/core/job-success`: its status as the schema says."""
    for status in finished:
        assert status["type"] == "process"
        assert status["status"] in STATES
        for moment in ("created", "started", "finished", "updated"):
            assert datetime.fromisoformat(status[moment]).tzinfo is not None
        assert 0 <= status["progress"] <= 100


def test_conf_core_job_exception_no_such_job(caller):
    """`/conf/core/job-exception-no-such-job`: 404, with the standard's type."""
    answer = caller.get("/jobs/no-such")
    assert answer.status == 404
    assert answer.document["type"] == TYPES + "no-such-job"
    assert caller.delete("/jobs/no-such").document["type"] == TYPES + "no-such-job"


def test_conf_core_job_results(caller, finished):
    """`/conf/core/job-results`, `/job-results-async-raw-value-one`: where its status links."""
    (link,) = [one for one in finished[0]["links"] if one["rel"].endswith("/results")]
    answer = caller.get(link["href"])
    assert (answer.status, answer.media_type) == (200, "application/json")
    assert answer.document["outcome"] == "decided"


def test_conf_core_job_results_sync(caller):
    """`/conf/core/job-results-sync`: what was executed at once has a job with the same result."""
    answer = caller.post(EXECUTION, NEAR)
    kept = caller.get(f"{answer.headers['location']}/results")
    assert kept.document == answer.document


def test_conf_core_job_results_no_such_job(caller):
    """`/conf/core/job-results-no-such-job`: 404, with the standard's type."""
    answer = caller.get("/jobs/no-such/results")
    assert answer.status == 404
    assert answer.document["type"] == TYPES + "no-such-job"


def test_conf_core_job_results_failed(caller, finished):
    """`/conf/core/job-results-failed`: what failed has no result but the reason."""
    answer = caller.get(f"/jobs/{finished[1]['jobID']}/results")
    assert answer.status == 500
    assert answer.media_type == "application/problem+json"
    assert answer.document["detail"]


def test_conf_core_job_results_exception_results_not_ready(caller):
    """`/conf/core/job-results-exception-results-not-ready`: 404 until it has ended."""
    body = {"inputs": {"last_s": 30}}
    job = caller.post("/processes/stumble/execution", body, Prefer="respond-async").document[
        "jobID"
    ]
    answer = caller.get(f"/jobs/{job}/results")
    assert answer.status == 404
    assert answer.document["type"] == TYPES + "result-not-ready"
    assert caller.delete(f"/jobs/{job}").document["status"] == "dismissed"


def test_conf_ogc_process_description_json_encoding(caller):
    """`/conf/ogc-process-description/json-encoding`: described as the schema says."""
    for one in caller.get("/processes", limit=1000).document["processes"]:
        process = caller.get(f"/processes/{one['id']}").document
        assert {"sync-execute", "async-execute"} <= set(process["jobControlOptions"])
        assert process["outputTransmission"] == ["value"]
        assert process["inputs"]
        assert process["outputs"]


def test_conf_ogc_process_description_inputs_def(caller):
    """`/conf/ogc-process-description/inputs-def` and `/input-def`: each input has a schema."""
    for one in caller.get("/processes", limit=1000).document["processes"]:
        for given in caller.get(f"/processes/{one['id']}").document["inputs"].values():
            assert isinstance(given["schema"], dict)
            assert given["minOccurs"] in {0, 1}


def test_conf_ogc_process_description_outputs_def(caller):
    """`/conf/ogc-process-description/outputs-def` and `/output-def`: each output has a schema."""
    for one in caller.get("/processes", limit=1000).document["processes"]:
        for given in caller.get(f"/processes/{one['id']}").document["outputs"].values():
            assert isinstance(given["schema"], dict)


def test_conf_json_definition(caller):
    """`/conf/json/definition`: every 200 that has a body is JSON where JSON is asked for."""
    for path in ("/", "/conformance", "/processes", "/processes/reach-share", "/jobs"):
        assert caller.get(path).media_type == "application/json"


def test_conf_job_list_op(caller, finished):
    """`/conf/job-list/job-list-op`: the jobs are listed."""
    listed = [one["jobID"] for one in caller.get("/jobs", limit=1000).document["jobs"]]
    assert {one["jobID"] for one in finished} <= set(listed)


def test_conf_job_list_job_list_success(caller, finished):
    """`/conf/job-list/job-list-success`: each job as its own status says."""
    listed = {one["jobID"]: one for one in caller.get("/jobs", limit=1000).document["jobs"]}
    for status in finished:
        told = listed[status["jobID"]]
        assert {name: told[name] for name in ("type", "status", "processID")} == {
            name: status[name] for name in ("type", "status", "processID")
        }
        assert told["links"]


def test_conf_job_list_parameters_definition(api):
    """`/conf/job-list/type-definition` and those of the other parameters: optional, as typed."""
    given = {one["name"]: one for one in api["paths"]["/jobs"]["get"]["parameters"]}
    for name in ("type", "processID", "status", "datetime", "minDuration", "maxDuration", "limit"):
        assert given[name]["required"] is False
        assert given[name]["in"] == "query"
    assert given["limit"]["schema"]["type"] == "integer"


@pytest.mark.parametrize("state", ["successful", "failed"])
def test_conf_job_list_status_response(caller, finished, state):
    """`/conf/job-list/status-response`: only jobs of the status."""
    jobs = caller.get("/jobs", status=state).document["jobs"]
    assert {one["status"] for one in jobs} == {state}


def test_conf_job_list_type_and_process_response(caller, finished):
    """`/conf/job-list/type-response`, `/processID-response`: only jobs of the type and process."""
    assert caller.get("/jobs", type="process").document["jobs"]
    jobs = caller.get("/jobs", processID="stumble").document["jobs"]
    assert {one["processID"] for one in jobs} == {"stumble"}


def test_conf_job_list_datetime_response(caller, finished):
    """`/conf/job-list/datetime-response`: only jobs created in the interval."""
    assert caller.get("/jobs", datetime="2000-01-01/2001-01-01").document["jobs"] == []
    created = finished[0]["created"]
    jobs = caller.get("/jobs", datetime=f"{created}/..", limit=1000).document["jobs"]
    assert finished[0]["jobID"] in {one["jobID"] for one in jobs}


def test_conf_job_list_duration_response(caller, finished):
    """`/conf/job-list/duration-response`: only jobs that take so long."""
    assert caller.get("/jobs", minDuration=1000).document["jobs"] == []
    assert caller.get("/jobs", maxDuration=1000).document["jobs"]


def test_conf_job_list_limit_response(caller, finished):
    """`/conf/job-list/jl-limit-response`: never more than asked for."""
    assert len(caller.get("/jobs", limit=1).document["jobs"]) == 1


def test_conf_job_list_links(caller, finished):
    """`/conf/job-list/jl-links`: itself, its page, and the next."""
    page = caller.get("/jobs", limit=1)
    assert page.links("self")
    assert page.links("alternate")
    (following,) = page.links("next")
    first = page.document["jobs"][0]["jobID"]
    assert caller.get(following["href"]).document["jobs"][0]["jobID"] != first


def test_conf_dismiss_job_dismiss_op(caller):
    """`/conf/dismiss/job-dismiss-op` and `/job-dismiss-success`: a job is stopped by DELETE."""
    body = {"inputs": {"last_s": 30}}
    job = caller.post("/processes/stumble/execution", body, Prefer="respond-async").document[
        "jobID"
    ]
    answer = caller.delete(f"/jobs/{job}")
    assert answer.status == 200
    assert answer.document["status"] == "dismissed"
    assert ended(caller, job)["status"] == "dismissed"
