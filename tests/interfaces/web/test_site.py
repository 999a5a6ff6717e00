"""The files of the page, read as text: what they load, what they say, what they never do."""

import gzip
import hashlib
import json
import re
import string
from importlib.resources import files

import pytest

from chengmo.interfaces.web.site import STATIC_FOLDER
from chengmo.model.discovery import discover_models

MODULES = sorted((STATIC_FOLDER / "modules").glob("*.js"))
STYLES = sorted((STATIC_FOLDER / "styles").glob("*.css"))
SOURCES = {path.name: path.read_text(encoding="utf-8") for path in MODULES}
WORD = re.compile(r'^  ("(?:[^"\\]|\\.)+"): (\[.*\]),$', re.MULTILINE)
MOST_LINES_A_MODULE = 400
# Modules that only some readers need: loaded when they do.
COMPARING = {"beside.js", "comparison.js", "difference.js", "versus.js"}
LATE = {"clock.js", "pressing.js", "sky.js", *COMPARING}
PAGE_BYTES_GZIPPED = 1_200_000


def without(names):
    return "\n".join(source for name, source in SOURCES.items() if name not in names)


def words():
    return {json.loads(key): json.loads(texts) for key, texts in WORD.findall(SOURCES["words.js"])}


def test_the_page_is_served_with_a_policy_that_allows_only_itself(client):
    answer = client.get("/app/")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    policy = dict(
        part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["worker-src"] == "'self'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "blob:" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path", ["/app/../site.py", "/app/%2e%2e/site.py", "/app//etc/passwd", "/app/no.js"]
)
def test_nothing_outside_the_page_is_served(client, path):
    assert client.get(path).status_code == 404


def test_an_unchanged_file_is_not_sent_again(client):
    first = client.get("/app/modules/main.js")
    again = client.get("/app/modules/main.js", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


def test_vendored_files_are_what_was_published():
    vendor = STATIC_FOLDER / "vendor"
    sums = dict(
        reversed(line.split("  "))
        for line in (vendor / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    )
    present = {
        str(path.relative_to(vendor)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in vendor.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }
    assert present == sums
    assert "maplibre-gl/LICENSE.txt" in sums


def test_the_whole_page_is_small():
    total = sum(
        len(gzip.compress(path.read_bytes())) for path in STATIC_FOLDER.rglob("*") if path.is_file()
    )
    assert total <= PAGE_BYTES_GZIPPED


def test_the_page_has_nothing_inline_and_loads_only_what_is_there():
    html = (STATIC_FOLDER / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"\son\w+=|\sstyle=|<style|<script(?![^>]*\ssrc=)", html)
    for reference in re.findall(r'(?:src|href)="([^"#]+)"', html):
        assert (STATIC_FOLDER / reference).is_file(), reference


def test_every_module_is_asked_for_at_once_not_one_after_the_other():
    html = (STATIC_FOLDER / "index.html").read_text(encoding="utf-8")
    asked = set(re.findall(r'(?:modulepreload" href|src)="modules/([^"]+)"', html))
    assert asked == set(SOURCES) - {"types.js"} - LATE
    # A late one is asked for by a press of the reader, or by data that need it; never at the start.
    text = "\n".join(SOURCES.values())
    assert {"comparison.js", "pressing.js", "sky.js"} <= set(
        re.findall(r'import\("\./([^"]+)"\)', text)
    )
    for name in LATE:
        assert not re.search(rf'from "\./{re.escape(name)}"', without(LATE)), name


@pytest.mark.parametrize("name", SOURCES)
def test_a_module_makes_no_markup_no_code_and_no_call_to_the_outside(name):
    source = SOURCES[name]
    assert source.startswith("// @ts-check\n")
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\.cssText"
    )
    assert not re.search(forbidden, source)
    addresses = set(re.findall(r"https?://[^\s\"'`)]+", source))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    for imported in re.findall(r'(?:from |import\()"(\./[^"]+)"', source):
        assert (STATIC_FOLDER / "modules" / imported).is_file(), imported
    assert len(source.splitlines()) <= MOST_LINES_A_MODULE


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_a_style_sheet_loads_nothing(path):
    assert not re.search(r"url\(|@import", path.read_text(encoding="utf-8"))


def test_every_sentence_is_there_in_both_languages_with_the_same_gaps():
    found = words()
    assert len(found) == SOURCES["words.js"].count('\n  "')
    for key, texts in found.items():
        assert len(texts) == 2, key
        gaps = [
            {name for _, name, _, _ in string.Formatter().parse(text) if name} for text in texts
        ]
        assert all(texts), key
        # English may leave out a word that Chinese needs; a gap must never be left out.
        assert gaps[0] == gaps[1], key


def test_every_sentence_is_used_and_every_used_sentence_is_there():
    text = "\n".join(source for name, source in SOURCES.items() if name != "words.js")
    keys = set(words())
    whole = set(re.findall(r'"([a-z][\w.-]*)"', text))
    begun = set(re.findall(r"\bt\(`([\w.-]+\.)\$\{", text))
    unused = {key for key in keys - whole if not key.startswith(tuple(begun))}
    assert unused == set()
    said = set(re.findall(r'\bt\("([^"]+)"', text))
    assert said <= keys
    assert all(any(key.startswith(start) for key in keys) for start in begun)


# Pages of their own: account.html with account/, sharing.html with sharing/.
PAGES = {
    page: {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted((STATIC_FOLDER / page).glob("*.js"))
    }
    for page in ("account", "sharing")
}


@pytest.mark.parametrize("page", PAGES)
def test_another_page_has_nothing_inline_and_loads_only_what_is_there(page):
    html = (STATIC_FOLDER / f"{page}.html").read_text(encoding="utf-8")
    assert not re.search(r"\son\w+=|\sstyle=|<style|<script(?![^>]*\ssrc=)", html)
    for reference in re.findall(r'(?:src|href)="([^"#]+)"', html):
        assert (STATIC_FOLDER / reference).is_file(), reference
    for source in PAGES[page].values():
        assert source.startswith("// @ts-check\n")
        assert not re.search(r"innerHTML|outerHTML|\beval\(|new Function|https?://", source)
        assert "localStorage" not in source
        assert "sessionStorage" not in source
        assert len(source.splitlines()) <= MOST_LINES_A_MODULE
        for imported in re.findall(r'from "(\.[^"]+)"', source):
            assert (STATIC_FOLDER / page / imported).is_file(), imported


@pytest.mark.parametrize("page", PAGES)
def test_every_sentence_of_another_page_is_there_and_used(page):
    sources = PAGES[page]
    found = {json.loads(key): json.loads(texts) for key, texts in WORD.findall(sources["words.js"])}
    assert len(found) == sources["words.js"].count('\n  "')
    assert all(zh and en for zh, en in found.values())
    text = "\n".join(source for name, source in sources.items() if name != "words.js")
    asked = set(re.findall(r"\bw\(\s*\"([^\"]+)\"", text))
    families = tuple(re.findall(r"\bw\(`([a-z]+\.)\$", text))
    families += tuple(f"{family}." for family in re.findall(r'\bsayOf\("([a-z]+)"', text))
    chosen = set(re.findall(r'[?:\[,] ?"([a-z.-]+)"', text))
    assert asked <= found.keys()
    unused = {key for key in found if key not in asked | chosen and not key.startswith(families)}
    assert unused == set()


def test_every_unit_of_an_installed_model_is_written_in_chinese_too():
    entries = re.findall(r'^  "?([^\s":]+)"?: \["', SOURCES["format.js"], re.MULTILINE)
    # These two are written the same everywhere.
    known = {*entries, "%", "1", ""}
    # Other tests bring scenarios of their own.
    ours = [one for one in discover_models().values() if one.module.startswith("chengmo_")]
    assert ours
    for model in ours:
        folder = files(model.module.rpartition(".")[0])
        decision = (folder / "example" / "decision.json").read_text(encoding="utf-8")
        told = set(re.findall(r'"unit": ?"([^"]*)"', decision))
        assert told | {words.unit for words in model.words.values()} <= known, model.id
