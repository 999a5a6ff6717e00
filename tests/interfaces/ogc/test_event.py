"""A job's progress as server-sent events."""

import json

import pytest
from starlette.testclient import TestClient


def events(text: str) -> list[tuple[str, dict]]:
    blocks = [block for block in text.split("\n\n") if block.startswith("event:")]
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for name, data in (block.split("\n") for block in blocks)
    ]


@pytest.mark.slow
def test_progress_comes_as_it_happens_and_the_end_closes_the_stream(client: TestClient):
    body = {"inputs": {"last_s": 1.5}}
    later = {"Prefer": "respond-async"}
    job = client.post("/processes/stumble/execution", json=body, headers=later).headers["location"]
    response = client.get(job + "/events")
    assert response.headers["content-type"].startswith("text/event-stream")
    seen = events(response.text)
    names = [name for name, _ in seen]
    assert names[0] == "status"
    assert names[-1] == "end"
    assert names.count("end") == 1
    progress = [state["progress"] for _, state in seen]
    assert progress == sorted(progress)
    assert len(set(progress)) > 2
    assert any(state.get("stage") == "walk" for _, state in seen)
    assert seen[-1][1]["status"] == "successful"


def test_a_job_that_has_ended_is_told_at_once(client: TestClient):
    body = {"inputs": {}}
    job = client.post("/processes/stumble/execution", json=body).headers["location"]
    assert [name for name, _ in events(client.get(job + "/events").text)] == ["status", "end"]


@pytest.mark.slow
def test_a_quiet_stream_gives_signs_of_life(client: TestClient, monkeypatch):
    monkeypatch.setattr("chengmo.interfaces.ogc.event._SILENCE_S", 0.0)
    body = {"inputs": {"last_s": 2}}
    later = {"Prefer": "respond-async"}
    job = client.post("/processes/stumble/execution", json=body, headers=later).headers["location"]
    monkeypatch.setattr("chengmo.interfaces.ogc.event._PERIOD_S", 0.02)
    assert ": still here" in client.get(job + "/events").text
