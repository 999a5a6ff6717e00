"""The lineage of a dataset: its files, its versions, what used it, and only for who may know."""

from starlette.testclient import TestClient

from chengmo.identity.actor import Actor

STRANGER = Actor("stranger", frozenset({"analyst"}), "health", "department")


def decide(client: TestClient) -> str:
    response = client.post("/processes/reach-share/execution", json={"inputs": {"radius_m": 700}})
    assert response.status_code == 200, response.text
    return client.get("/jobs?limit=1").json()["jobs"][0]["jobID"]


def test_a_run_is_in_the_lineage_of_what_it_read(client: TestClient):
    run = decide(client)
    graph = client.get("/collections/places/lineage").json()
    assert graph["activity"][f"run:{run}"]["chengmo:model"] == "reach-share"
    used = {"prov:activity": f"run:{run}", "prov:entity": "version:places.1"}
    assert any(used.items() <= edge.items() for edge in graph["used"].values())
    decision = graph["entity"][f"decision:{run}"]
    assert decision["chengmo:digest"].startswith("sha256:")
    assert graph["prefix"]["run"] == f"{client.base_url}/jobs/"


def test_a_version_comes_from_its_file(client: TestClient):
    graph = client.get("/collections/places/lineage").json()
    (file,) = [name for name in graph["entity"] if name.startswith("file:")]
    assert graph["entity"][file]["prov:label"] == "made.csv"
    made = next(iter(graph["wasGeneratedBy"].values()))
    assert made["prov:entity"] == "version:places.1"
    assert graph["activity"]["import:places.1"]["chengmo:rowsRead"] == 250


def test_every_edge_has_both_its_ends_in_the_graph(client: TestClient):
    decide(client)
    graph = client.get("/collections/places/lineage").json()
    nodes = {name for kind in ("entity", "activity", "agent") for name in graph.get(kind, {})}
    for kind, edges in graph.items():
        if kind in {"prefix", "entity", "activity", "agent"}:
            continue
        for edge in edges.values():
            ends = [value for key, value in edge.items() if key not in {"prov:time", "prov:type"}]
            assert set(ends) <= nodes, (kind, edge)


def test_somebody_elses_runs_are_not_told(client: TestClient, client_as):
    run = decide(client)
    told = client_as(STRANGER).get("/collections/places/lineage").text
    assert run not in told
    assert "run:" not in told


def test_what_may_not_be_seen_has_no_lineage(client_as):
    response = client_as(STRANGER).get("/collections/areas/lineage")
    assert response.status_code in {403, 404}
    assert "made.csv" not in response.text


def test_a_page_lists_files_versions_and_runs(client: TestClient):
    run = decide(client)
    page = client.get("/collections/places/lineage?f=html&lang=zh").text
    assert "made.csv" in page
    assert f"/jobs/{run}?f=html" in page


def test_at_most_so_many_runs_are_told(client: TestClient):
    decide(client)
    decide(client)
    graph = client.get("/collections/places/lineage?limit=1").json()
    assert sum(name.startswith("run:") for name in graph["activity"]) == 1
