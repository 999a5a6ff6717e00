"""The demo city's contest: opened once, with baselines that a board ranks."""

import pytest

from chengmo.app import open_platform
from chengmo.identity import LOCAL_ADMINISTRATOR
from chengmo.identity.actor import Actor
from chengmo.model.jail.walls import missing_walls
from chengmo.runs.city_contests import open_city_contests
from chengmo.runs.city_pack import load_city

ESTATES = "estate-prices"


@pytest.mark.slow
@pytest.mark.skipif(bool(missing_walls()), reason="this machine has no walls for packages")
def test_the_demo_has_a_contest_whose_baselines_stand_on_the_board(tmp_path, copy_of_home):
    with open_platform(home=copy_of_home(tmp_path / "home"), work=False) as platform:
        load_city(platform, "wuhan", only=["metro-stations", "universities", "hospitals", "water"])
        assert open_city_contests(platform, "wuhan") == (ESTATES,)
        assert open_city_contests(platform, "wuhan") == ()
        while platform.contests.scorer.score_next():
            pass
        board = platform.contests.board(ESTATES)
        assert [(each.rank, each.entrant) for each in board.standings] == [
            (1, "baseline:hedonic"),
            (2, "baseline:neighbours"),
        ]
        stranger = Actor("li", frozenset({"analyst"}), "co", "company")
        seen = {each.id for each in platform.sharing.view(stranger, "study", "web").datasets()}
        assert {"estates-training", "estates-given"} <= seen
        assert "estates-hidden" not in seen
        assert platform.contests.sample(ESTATES).startswith("estate_id,price_yuan_m2")
        assert platform.catalog.dataset("estates-hidden", 1).row_count == 218
        assert LOCAL_ADMINISTRATOR.id == platform.contests.contest(ESTATES).opened_by
