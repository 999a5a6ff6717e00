"""`POST /sql`: the same answer in the format that the caller accepts."""

import io

import pyarrow as pa
import pytest

QUESTION = {"query": "SELECT 7 AS x, '汉口' AS y", "purpose": "planning"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": 7, "purpose": "planning"},
        {"query": "SELECT 1", "purpose": "Not A Word"},
        {"query": "SELECT 1"},
        {"query": "DROP TABLE x", "purpose": "planning"},
        {"query": "SELECT 1", "purpose": "planning", "limit": 5},
    ],
)
def test_what_is_no_question_is_refused_with_a_way_out(client, body):
    answer = client.post("/sql", json=body)
    assert answer.status_code == 400
    assert answer.json()["hint"]


def test_a_dataset_that_is_not_there_is_not_found(client):
    body = {"query": "SELECT * FROM nothing", "purpose": "planning"}
    assert client.post("/sql", json=body).status_code == 404


def test_a_format_that_is_not_there_is_refused(client):
    answer = client.post("/sql", json=QUESTION, headers={"Accept": "text/html"})
    assert (answer.status_code, "text/csv" in answer.json()["hint"]) == (400, True)


@pytest.mark.slow
def test_an_answer_comes_as_json_csv_or_arrow(client):
    plain = client.post("/sql", json=QUESTION)
    assert plain.json()["rows"] == [[7, "汉口"]]
    assert plain.headers["cache-control"] == "no-store"
    text = client.post("/sql", json=QUESTION, headers={"Accept": "text/csv"})
    assert text.text.splitlines() == ['"x","y"', '"7","汉口"']
    stream = client.post(
        "/sql", json=QUESTION, headers={"Accept": "application/vnd.apache.arrow.stream"}
    )
    with pa.ipc.open_stream(io.BytesIO(stream.content)) as batches:
        assert batches.read_all().to_pylist() == [{"x": 7, "y": "汉口"}]
    stated = client.post(
        "/sql", json={"query": "SELECT 1"}, headers={"Chengmo-Purpose": "planning"}
    )
    assert stated.status_code == 200
