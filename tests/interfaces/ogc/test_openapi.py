"""The OpenAPI document: valid, whole, alone, and true to what the endpoints do."""

import json
import re
from collections.abc import Iterator

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator, validate
from starlette.testclient import TestClient


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict:
    response = client.get("/api")
    assert response.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    return response.json()


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def operations(document: dict) -> Iterator[tuple[str, str, dict]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def test_the_document_is_valid_openapi_3_0(document: dict):
    validate(document, cls=OpenAPIV30SpecValidator)
    assert document["openapi"] == "3.0.3"


def test_nothing_in_it_points_outside(document: dict):
    assert all(reference.startswith("#/components/") for reference in references(document))
    assert "$defs" not in json.dumps(document)


def test_it_says_how_to_sign_in_and_how_to_state_a_purpose(document: dict, client: TestClient):
    schemes = document["components"]["securitySchemes"]
    assert (schemes["key"]["type"], schemes["key"]["scheme"]) == ("http", "bearer")
    assert (schemes["session"]["in"], schemes["session"]["name"]) == ("cookie", "chengmo-session")
    assert document["security"] == [{}, {"key": []}, {"session": []}]
    execution = document["paths"]["/processes/{processId}/execution"]["post"]
    assert execution["security"][0] == {"key": []}
    for path, method in (("/collections/{collectionId}/items", "get"), ("/collections", "get")):
        parameters = document["paths"][path][method]["parameters"]
        stated = [each for each in parameters if each["in"] == "header"]
        assert [each["name"] for each in stated] == ["Chengmo-Purpose"]
    assert document["paths"]["/conformance"]["get"]["parameters"][-1]["in"] == "query"


def test_every_dataset_and_model_is_spelt_out(document: dict):
    items = document["paths"]["/collections/places/items"]["get"]
    names = {parameter["name"] for parameter in items["parameters"]}
    assert {"bbox", "bbox-crs", "crs", "datetime", "limit", "区", "floors"} <= names
    limit = next(p for p in items["parameters"] if p["name"] == "limit")
    assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 10}
    assert [p["name"] for p in items["parameters"]].count("limit") == 1
    bbox = next(p for p in items["parameters"] if p["name"] == "bbox")
    assert (bbox["style"], bbox["explode"]) == ("form", False)
    body = document["paths"]["/processes/reach-share/execution"]["post"]["requestBody"]
    inputs = body["content"]["application/json"]["schema"]["properties"]["inputs"]
    assert inputs["required"] == ["radius_m"]


def test_every_operation_says_what_it_does_and_how_it_fails(document: dict):
    seen = set()
    for path, method, operation in operations(document):
        assert operation["summary"], (path, method)
        assert operation["operationId"] not in seen
        seen.add(operation["operationId"])
        assert "4XX" in operation["responses"]
        assert all(parameter["description"] for parameter in operation["parameters"])


def test_every_documented_path_is_served(client: TestClient, document: dict):
    for path, method, _ in operations(document):
        for name in re.findall(r"{(\w+)}", path):
            path = path.replace(f"{{{name}}}", "unheard")  # noqa: PLW2901 - filled in step by step
        response = client.request(method, path, headers={"X-Chengmo-Request": "1"})
        assert response.status_code != 405
        if "json" in response.headers["content-type"]:
            assert response.json().get("type") != "/errors#not-found" or "unheard" in path
