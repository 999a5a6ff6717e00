"""The contest page: its sources, and in Debian's Chromium from the task to the board."""

import json
import re
import shutil
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from chengmo.app import open_platform
from chengmo.contests import Contests
from chengmo.contests.pack import open_pack, read_contest
from chengmo.identity.actor import LOCAL_ADMINISTRATOR, Actor
from chengmo.interfaces.web.site import STATIC_FOLDER
from chengmo.model.jail.walls import missing_walls

SOURCES = {
    path.name: path.read_text(encoding="utf-8")
    for path in sorted((STATIC_FOLDER / "contests").glob("*.js"))
}
WORD = re.compile(r'^  ("[^"]+"): (\[".*"\]),$', re.MULTILINE)


def test_the_page_has_nothing_inline_and_loads_only_what_is_there():
    html = (STATIC_FOLDER / "contest.html").read_text(encoding="utf-8")
    assert not re.search(r"\son\w+=|\sstyle=|<style|<script(?![^>]*\ssrc=)", html)
    for reference in re.findall(r'(?:src|href)="([^"#]+)"', html):
        assert (STATIC_FOLDER / reference).is_file(), reference
    for source in SOURCES.values():
        assert source.startswith("// @ts-check\n")
        assert not re.search(r"innerHTML|outerHTML|\beval\(|new Function|https?://", source)


def test_every_sentence_is_there_in_both_languages_and_used():
    found = {json.loads(key): json.loads(texts) for key, texts in WORD.findall(SOURCES["words.js"])}
    assert len(found) == SOURCES["words.js"].count('\n  "')
    assert all(zh and en for zh, en in found.values())
    asked = set(re.findall(r"\bw\(\s*\"([^\"]+)\"", SOURCES["main.js"]))
    families = tuple(re.findall(r"\bw\(`([a-z]+\.)\$", SOURCES["main.js"]))
    assert asked <= found.keys()
    assert {key for key in found if key not in asked and not key.startswith(families)} == set()


def broken_package():
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("model.py", "def fit(train, seed):\n print('learning')\n return 1 / 0\n")
    return held.getvalue()


@pytest.mark.skipif(bool(missing_walls()), reason="this machine has no walls for packages")
@pytest.mark.browser
@pytest.mark.reader(width=390, height=844, language="en")
def test_a_file_is_submitted_and_stands_on_the_board(reader, serve, tmp_path):
    with open_platform(home=tmp_path / "home", work=False) as platform:
        path = Path(__file__).parents[2] / "contests" / "air" / "air-forecast.json"
        open_pack(platform.contests, platform.sharing, path, LOCAL_ADMINISTRATOR, "cli")
        sample = platform.contests.sample("air-forecast")
    page = reader.page
    with serve(tmp_path / "home") as address:
        page.goto(f"{address}/app/contest.html")
        page.wait_for_selector("text=Forecast PM2.5 in Wuhan three days ahead")
        page.wait_for_selector("text=No scores yet.")
        page.fill("[name=team]", "Hankou")
        page.click("button:has-text('Found or join')")
        page.wait_for_selector("text=Members: local")
        first = page.inner_text("section code")
        page.click("button:has-text('Make a code to join')")
        page.wait_for_function(
            "code => document.querySelector('section code').innerText !== code", arg=first
        )
        page.click("button:has-text('Leave the team')")
        page.wait_for_selector("text=Enter as a team")
        for text, answer in (
            (sample, "td:has-text('the first one: 2019-01-08')"),
            (re.sub(r",\r\n", ",40\r\n", sample), "td:has-text('Unranked')"),
        ):
            file = {"name": "mine.csv", "mimeType": "text/csv", "buffer": text.encode()}
            page.set_input_files("[name=file]", files=[file])
            page.click("button:has-text('Submit')")
            page.wait_for_selector(answer)
        file = {"name": "mine.zip", "mimeType": "application/zip", "buffer": broken_package()}
        page.set_input_files("[name=file]", files=[file])
        page.click("button:has-text('Submit')")
        page.wait_for_selector("td:has-text('ZeroDivisionError model.py:3')", timeout=90_000)
        page.click("button:has-text('Show the log')")
        page.wait_for_selector("pre:has-text('learning')")
        reader.picture("contest-log-phone-en")
        width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert width <= 0
        page.click("button:has-text('中')")
        page.wait_for_selector("text=公开榜")
        page.evaluate("scrollTo(0, 0)")
        reader.picture("contest-phone-zh")


@pytest.mark.skipif(bool(missing_walls()), reason="this machine has no walls for packages")
@pytest.mark.browser
@pytest.mark.reader(width=1000, height=800, language="en")
def test_whoever_holds_a_contest_publishes_what_won_and_takes_it_back(reader, serve, tmp_path):
    path = Path(__file__).parents[2] / "contests" / "air" / "air-forecast.json"
    ends = datetime(2026, 2, 1, tzinfo=UTC)
    with open_platform(home=tmp_path / "home", work=False) as platform:
        # A contest that took place at the beginning of a year that is over when it is looked at.
        contests = Contests(
            platform.sharing, platform.database, clock=lambda: datetime(2026, 1, 15, tzinfo=UTC)
        )
        stated = read_contest(path)
        short = stated.model_copy(
            update={"contest": stated.contest.model_copy(update={"deadline": ends})}
        )
        (tmp_path / "short.json").write_text(short.model_dump_json())
        for table in stated.datasets:
            shutil.copy(path.parent / table.file, tmp_path)
        open_pack(contests, platform.sharing, tmp_path / "short.json", LOCAL_ADMINISTRATOR, "cli")
        answer = "def predict(state, rows):\n return [state] * len(rows)\n"
        mean = f"def fit(train, seed):\n return 40\n{answer}"
        held = BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            archive.writestr("model.py", mean)
        li = Actor("li", frozenset({"developer"}), "co", "company")
        contests.submit("air-forecast", held.getvalue(), "mine.zip", li, "python", licence="MIT")
        assert contests.scorer.score_next()
    page = reader.page
    with serve(tmp_path / "home") as address:
        page.goto(f"{address}/app/contest.html")
        page.wait_for_selector("text=Final board")
        page.click("button:has-text('Publish as a model')")
        page.wait_for_selector("text=Published models")
        reader.picture("contest-published-en")
        assert page.locator("button:has-text('Publish as a model')").count() == 0
        page.click("button:has-text('Retract')")
        page.wait_for_selector("button:has-text('Publish as a model')")
        assert page.locator("text=Published models").count() == 0
