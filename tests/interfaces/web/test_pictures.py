"""The documentation shows every state that the tests take a picture of, and no other."""

import re
from pathlib import Path

from tests.interfaces.web.pictures import IMAGES, STATES

TESTS = Path(__file__).parents[2]
PAGES = (TESTS / "interfaces" / "web", TESTS / "airspace" / "interfaces")
GALLERY = IMAGES.parent / "looks.md"
# Drawn by tools/code_pictures.py; taken by hand of `make sky`, which flies more than a test does.
DRAWN = {f"code-{one}" for one in ("anatomy", "covers", "heights", "hemispheres", "levels")}
BY_HAND = {"live-map-zh"}


def test_every_state_is_shown_once_and_said_in_words():
    shown = re.findall(r"!\[([^\]]+)\]\(images/([a-z0-9-]+)\.png\)", GALLERY.read_text("utf-8"))
    assert sorted(name for _, name in shown) == sorted(STATES)
    assert all(len(words.split()) > 2 for words, _ in shown)


def test_every_state_has_its_picture_and_no_picture_is_left_over():
    kept = {path.stem for path in IMAGES.iterdir()}
    assert kept - DRAWN - BY_HAND == STATES


def test_every_state_is_reached_by_a_test():
    taken = set()
    for folder in PAGES:
        for path in folder.glob("test_*.py"):
            taken |= set(re.findall(r'"([a-z-]+)"', path.read_text("utf-8")))
    assert taken >= STATES
