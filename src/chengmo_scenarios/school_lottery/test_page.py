"""The words of the ceremony's page: each there in both languages, each used."""

import json
import re
import string
from pathlib import Path

PAGE = Path(__file__).parent / "page"
WORD = re.compile(r'^  ("(?:[^"\\]|\\.)+"): (\[.*\]),$', re.MULTILINE)
SOURCES = {path.name: path.read_text(encoding="utf-8") for path in PAGE.glob("*.js")}


def words():
    return {json.loads(key): json.loads(texts) for key, texts in WORD.findall(SOURCES["words.js"])}


def test_every_sentence_is_there_in_both_languages_with_the_same_gaps():
    for key, texts in words().items():
        assert len(texts) == 2, key
        gaps = [
            {name for _, name, _, _ in string.Formatter().parse(text) if name} for text in texts
        ]
        assert all(texts), key
        assert gaps[0] == gaps[1], key


def test_every_sentence_is_used_and_every_used_sentence_is_there():
    text = "\n".join(source for name, source in SOURCES.items() if name != "words.js")
    keys = set(words())
    assert set(re.findall(r'\bw\("([^"]+)"', text)) <= keys
    quoted = set(re.findall(r'"([a-z][\w.-]*)"', text))
    begun = tuple(set(re.findall(r"\bw\(`([\w.-]+\.)\$\{", text)))
    steps = {f"{step}.{part}" for step in ("seal", "wait", "reveal", "draw", "receipts")
             for part in ("short", "title", "lead")}  # fmt: skip
    shown = {key for key in keys if re.match(r"(tier|wait)\.", key)}
    assert {key for key in keys - quoted - steps - shown if not key.startswith(begun)} == set()


def test_no_module_of_the_page_is_long():
    assert all(len(source.splitlines()) <= 300 for source in SOURCES.values())
