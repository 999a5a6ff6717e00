"""The list of jobs: newest first, paged, filtered as the standard says."""

import pytest
from starlette.testclient import TestClient


@pytest.fixture(scope="module", autouse=True)
def some_jobs(client: TestClient) -> None:
    for radius_m in range(1, 8):
        body = {"inputs": {"radius_m": radius_m}}
        client.post("/processes/reach-share/execution", json=body)
    client.post("/processes/stumble/execution", json={"inputs": {"fall": True}})


def every(client: TestClient, query: str) -> list[dict]:
    found: list[dict] = []
    url: str | None = f"/jobs?{query}"
    while url:
        page = client.get(url).json()
        found += page["jobs"]
        url = next((x["href"] for x in page["links"] if x["rel"] == "next"), None)
    return found


def test_pages_lead_through_every_job_once_newest_first(client: TestClient):
    whole = [job["jobID"] for job in every(client, "limit=1000")]
    assert len(whole) == len(set(whole)) >= 8
    assert [job["jobID"] for job in every(client, "limit=3")] == whole
    created = [job["created"] for job in every(client, "limit=1000")]
    assert created == sorted(created, reverse=True)


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("processID=stumble", lambda job: job["processID"] == "stumble"),
        (
            "processID=stumble,reach-share",
            lambda job: job["processID"] in {"stumble", "reach-share"},
        ),
        ("status=failed", lambda job: job["status"] == "failed"),
        ("status=successful,failed", lambda job: job["status"] in {"successful", "failed"}),
        ("type=process", lambda _: True),
        ("datetime=2000-01-01/..", lambda _: True),
        ("minDuration=0", lambda job: "started" in job),
    ],
)
def test_a_filter_keeps_what_fits(client: TestClient, query: str, fits):
    everything = every(client, "limit=1000")
    wanted = [job["jobID"] for job in everything if fits(job)]
    assert [job["jobID"] for job in every(client, f"{query}&limit=2")] == wanted
    assert wanted


@pytest.mark.parametrize(
    "query", ["processID=nobody", "datetime=../2000-01-01", "minDuration=9999", "status=running"]
)
def test_a_filter_that_nothing_fits_gives_an_empty_list(client: TestClient, query: str):
    assert client.get(f"/jobs?{query}").json()["jobs"] == []


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1001", "status=lost", "type=cron", "datetime=x", "minDuration=-1",
     "maxDuration=nan", "status=", "unheard=1"],
)  # fmt: skip
def test_a_filter_that_cannot_be_read_is_a_400(client: TestClient, query: str):
    assert client.get(f"/jobs?{query}").status_code == 400
