import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chengmo.interfaces.web.datasets import EXPORT_FOLDER


@pytest.fixture(scope="module")
def care(client):
    """A dataset of two versions."""
    for name, rows in (
        ("v1.csv", "江汉路,114.29,30.58\n坏,x,30\n"),
        ("v2.csv", "积玉桥,114.32,30.57\n"),
    ):
        content = f"name,lon,lat\n{rows}".encode()
        upload = client.post("/imports", files={"file": (name, content)}).json()
        metadata = {"id": "care", "title": {"zh": "养老", "en": "Care"}, "licence": "CC0-1.0"}
        answer = client.post(f"/imports/{upload['id']}/commit", json={"metadata": metadata})
        assert answer.status_code == 201
    return "care"


def test_the_list_has_each_dataset_once_with_columns_and_lineage(client, care):
    (dataset,) = client.get("/datasets").json()["datasets"]
    assert (dataset["id"], dataset["version"]) == (care, 2)
    assert [column["name"] for column in dataset["columns"]] == ["name", "lon", "lat"]
    assert dataset["lineage"]["source_name"] == "v2.csv"
    assert client.get(f"/datasets/{care}").json() == dataset


def test_an_old_version_comes_back_as_a_new_one(client, care):
    assert client.get(f"/datasets/{care}/quarantine", params={"version": 1}).json()["total"] == 1
    restored = client.post(f"/datasets/{care}/restore", json={"version": 1}).json()
    versions = client.get(f"/datasets/{care}/versions").json()["versions"]
    assert restored["version"] == len(versions) == 3
    assert restored["change"] == "restore"


def test_rows_that_could_not_be_read_are_shown_with_their_reason(client, care):
    shown = client.get(f"/datasets/{care}/quarantine", params={"version": 1, "limit": 1}).json()
    assert shown["rows"][0]["row_number"] == 2
    assert shown["rows"][0]["reason"]
    assert "坏" in shown["rows"][0]["raw"]


def test_every_format_can_be_taken_away(client, care, platform):
    readers = {
        "csv": lambda data: data.decode("utf-8-sig").splitlines()[0].startswith('"name"'),
        "geojson": lambda data: json.loads(data)["type"] == "FeatureCollection",
        "geoparquet": lambda data: pq.read_table(io.BytesIO(data)).num_rows == 1,
        "geopackage": lambda data: data.startswith(b"SQLite format 3"),
        "arrow": lambda data: pa.ipc.open_file(io.BytesIO(data)).read_all().num_rows == 1,
    }
    for name, is_right in readers.items():
        answer = client.get(f"/datasets/{care}/export", params={"format": name, "version": 2})
        assert answer.status_code == 200
        assert f"{care}-v2." in answer.headers["content-disposition"]
        assert is_right(answer.content), name
    assert list((platform.home / EXPORT_FOLDER).iterdir()) == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/datasets/nothing", 404),
        ("/datasets/nothing/versions", 404),
        ("/datasets/care/export", 400),
        ("/datasets/care/export?format=exe", 400),
        ("/datasets/care/export?format=csv&version=99", 404),
        ("/datasets/care/export?format=csv&version=0", 400),
        ("/datasets/care/export?format=csv&version=x", 400),
        ("/datasets/care/quarantine?limit=0", 400),
        ("/datasets/care/quarantine?limit=99999999999999999999", 400),
        ("/datasets/care?nothing=1", 400),
        ("/datasets?lang=zh&lang=en", 400),
        ("/models?x=1", 400),
    ],
)
def test_a_question_that_makes_no_sense_has_an_answer_with_a_way_out(client, care, path, status):
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["hint"]


@pytest.mark.parametrize(
    "body", [{}, {"version": "1"}, {"version": True}, {"version": 0}, {"x": 1}]
)
def test_restoring_what_is_no_version_is_refused(client, care, body):
    assert client.post(f"/datasets/{care}/restore", json=body).status_code == 400


def test_a_wrong_method_is_told_the_right_one(client, care):
    answer = client.delete(f"/datasets/{care}")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


def test_models_come_with_schemas_that_stand_alone(client, platform):
    models = client.get("/models").json()["models"]
    assert [model["id"] for model in models] == [*platform.models]
    assert "$ref" not in json.dumps(models)


@pytest.mark.parametrize("path", ["/datasets", "/models", "/datasets/care"])
def test_who_has_the_answer_already_is_not_sent_it_again(client, care, path):
    first = client.get(path)
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("Authorization", "Cookie", "Chengmo-Purpose"):
        assert name in again.headers["Vary"]
