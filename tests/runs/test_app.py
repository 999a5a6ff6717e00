"""The composition root: a platform, a notebook's city, a web application."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

import chengmo
from chengmo.app import asgi_app, default_home, open_city, open_platform
from chengmo.errors import InvalidRequest, LakeUnavailable, RunFailed

PATIENCE_S = 60.0


def test_a_notebook_asks_the_city(tmp_path, commit, scenarios):
    with chengmo.open(tmp_path / "home") as city:
        commit(city.platform)
        assert [dataset.id for dataset in city.datasets()] == ["people"]
        assert city.table("people").num_rows == 100
        decision = city.run("count-residents", least=50)
        assert decision.residents == sum(range(50, 100))
        with pytest.raises(InvalidRequest):
            city.run("count-residents", least=-1)
        with pytest.raises(RunFailed, match="KeyError"):
            city.run("make-trouble", kind="raise")
        assert city.platform.ledger.verify() == 2


def test_a_city_shows_itself_without_trusting_its_titles(tmp_path, commit):
    with open_platform(home=tmp_path / "home", work=False) as platform:
        commit(platform, steward="<script>")
        city = open_city(tmp_path / "home")
        page = city._repr_html_()
        city.close()
    assert "<code>people</code>" in page
    assert "count-residents" in page
    assert "<script>" not in page


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"CHENGMO_HOME": "/data/city"}, "/data/city"),
        ({"CHENGMO_HOME": "~/city"}, str(Path.home() / "city")),
        ({"XDG_DATA_HOME": "/data"}, "/data/chengmo"),
        ({"XDG_DATA_HOME": "not/absolute"}, str(Path.home() / ".local/share/chengmo")),
        ({}, str(Path.home() / ".local/share/chengmo")),
    ],
)
def test_the_home_follows_the_settings_and_the_convention(environment, expected):
    assert str(default_home(environment)) == expected


def test_a_home_that_cannot_be_used_is_named_as_such(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(LakeUnavailable):
        open_platform(home=tmp_path / "file")


def test_limits_that_are_no_numbers_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("CHENGMO_RUN_MEMORY_MB", "a lot")
    with pytest.raises(InvalidRequest, match="CHENGMO_RUN_MEMORY_MB"):
        open_platform(home=tmp_path)


@pytest.mark.slow
def test_the_web_application_takes_runs_while_it_serves(idle_platform, ask):
    status = ask(idle_platform, "count-residents")
    with TestClient(asgi_app(idle_platform), base_url="http://localhost") as client:
        assert idle_platform.runs.wait(status.id, PATIENCE_S).status == "successful"
        job = client.get(f"/jobs/{status.id}").json()
        assert job["status"] == "successful"
        answer = client.post("/processes/count-residents/execution", json={"inputs": {"least": 99}})
        assert answer.json()["residents"] == 99
    waiting = ask(idle_platform, "make-trouble")
    assert idle_platform.runs.wait(waiting.id, 1.0).status == "accepted"


def test_the_web_application_is_guarded(idle_platform):
    with TestClient(asgi_app(idle_platform), base_url="http://elsewhere.example") as client:
        assert client.get("/").status_code >= 400
    application = asgi_app(idle_platform, hosts=["city.example"])
    with TestClient(application, base_url="http://city.example") as client:
        assert client.get("/").status_code == 200
