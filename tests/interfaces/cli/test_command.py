"""The command line as a person uses it: help, import, look, export, mistakes, exit codes."""

import json
import os
import subprocess
import sys
import zipfile

import click
import pytest

from chengmo.interfaces.cli.command import COMMANDS, root
from chengmo.interfaces.cli.teaching import EXAMPLES
from chengmo.inventory.proposal import suggest_id


def test_help_lists_every_command_without_importing_what_they_need():
    code = (
        "import sys; from chengmo.interfaces.cli import Composition, run_command_line as run;"
        "run(Composition(None, None), ['--help']);"
        "heavy = ('numpy', 'pyarrow', 'duckdb', 'rich', 'pydantic');"
        "print([name for name in heavy if name in sys.modules])"
    )
    environment = {**os.environ, "CHENGMO_LANG": "en"}
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    ).stdout
    assert all(f"  {name} " in out for name in COMMANDS)
    assert out.strip().endswith("[]")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_teaches_how_to_use_it(chengmo_command, name):
    answer = chengmo_command(name, "--help")
    assert answer.code == 0
    assert answer.out.startswith("Usage: chengmo")


def test_help_is_in_chinese_where_the_terminal_is():
    environment = {**os.environ, "CHENGMO_LANG": "zh_CN.UTF-8"}
    out = subprocess.run(
        [sys.executable, "-m", "chengmo", "--help"],
        capture_output=True,
        env=environment,
        check=True,
    ).stdout.decode()
    assert "导入一个数据文件" in out


def test_a_mistyped_command_names_the_nearest(chengmo_command):
    answer = chengmo_command("dataset")
    assert answer.code == 2
    assert "'datasets'" in answer.err


def test_an_empty_home_says_how_to_begin(chengmo_command):
    answer = chengmo_command("datasets")
    assert answer.code == 0
    assert "chengmo import FILE" in answer.err


@pytest.mark.slow
def test_a_file_becomes_a_dataset_that_can_be_seen_and_exported(
    chengmo_command, stations, tmp_path
):
    imported = chengmo_command("import", stations, "--id", "stations", "--yes")
    assert imported.code == 0, imported.err
    assert "3" in imported.out
    assert "quarantine stations" in imported.err

    shown = chengmo_command("show", "stations", "--json").json
    assert shown["row_count"] == 3
    assert shown["lineage"]["encoding"] == "gb18030"
    assert shown["lineage"]["rows_quarantined"] == 1

    refused = chengmo_command("quarantine", "stations", "--json").json
    assert [row["row_number"] for row in refused] == [4]

    rows = chengmo_command("preview", "stations", "--json").json
    assert {row["站名"] for row in rows} == {"汉口站", "武昌站", "武汉站"}

    target = tmp_path / "out.geojson"
    assert chengmo_command("export", "stations", target).code == 0
    collection = json.loads(target.read_text(encoding="utf-8"))
    assert len(collection["features"]) == 3


@pytest.mark.slow
def test_the_same_file_twice_is_one_version(chengmo_command, stations):
    first = chengmo_command("import", stations, "--id", "stations", "--json").json
    second = chengmo_command("import", stations, "--id", "stations", "--json").json
    assert (first["version"], second["version"]) == (1, 1)


@pytest.mark.slow
def test_an_old_version_comes_back(chengmo_command, stations, tmp_path):
    chengmo_command("import", stations, "--id", "stations", "--yes")
    smaller = tmp_path / "smaller.csv"
    smaller.write_text("站名,经度,纬度,客流\n汉口站,114.2553,30.6186,1\n", encoding="utf-8")
    chengmo_command("import", smaller, "--id", "stations", "--yes")
    assert chengmo_command("show", "stations", "--json").json["row_count"] == 1
    assert chengmo_command("restore", "stations", "1").code == 0
    assert chengmo_command("show", "stations", "--json").json["row_count"] == 3
    history = chengmo_command("history", "stations", "--json").json
    assert [version["version"] for version in history] == [3, 2, 1]


def test_a_dry_run_changes_nothing(chengmo_command, stations):
    preview = chengmo_command("import", stations, "--dry-run", "--json").json
    assert preview["encoding"] == "gb18030"
    assert chengmo_command("datasets", "--json").json == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "nothing"], "nothing"),
        (["preview", "nothing"], "nothing"),
        (["run", "no-such-model"], "no-such-model"),
        (["rerun", "no-such-run"], "no-such-run"),
        (["serve", "--host", "0.0.0.0"], "0.0.0.0"),
        (["new", "Not-A-Name"], "Not-A-Name"),
    ],
)
def test_a_mistake_is_explained_and_exits_with_two(chengmo_command, arguments, words):
    answer = chengmo_command(*arguments)
    assert answer.code == 2
    assert words in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("name", "content"),
    [("empty.csv", b""), ("noise.xlsx", b"PK\x03\x04broken"), ("a.geojson", b'{"type": "Feat')],
)
def test_an_unreadable_file_is_explained(chengmo_command, tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    answer = chengmo_command("import", path, "--yes")
    assert answer.code == 2
    assert "→" in answer.err
    assert chengmo_command("datasets", "--json").json == []


def test_a_zip_that_climbs_out_of_its_folder_is_refused(chengmo_command, tmp_path):
    path = tmp_path / "shape.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../escaped.shp", b"x")
    assert chengmo_command("import", path, "--yes").code == 2
    assert not (tmp_path.parent / "escaped.shp").exists()


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Metro Stations 2025", "metro-stations-2025"), ("a__b", "a-b"), ("x" * 200, "x" * 80)],
)
def test_a_file_name_becomes_an_id(name, slug):
    assert suggest_id(name) == slug


def test_two_chinese_file_names_get_different_ids():
    assert suggest_id("食堂") != suggest_id("医院")
    assert suggest_id("食堂").startswith("dataset-")


def test_a_code_goes_there_and_back(chengmo_command):
    code = chengmo_command("code", "encode", "114.3", "30.6", "--level", "8").out.strip()
    facts = chengmo_command("code", "decode", code, "--json").json
    assert facts["west"] <= 114.3 < facts["east"]
    assert facts["south"] <= 30.6 < facts["north"]
    assert chengmo_command("code", "decode", "N50Q").code == 0
    assert chengmo_command("code", "decode", "Q50N").code == 2


def in_language(language, *arguments):
    """Ask in a process of its own: the language is chosen once a process."""
    environment = {**os.environ, "CHENGMO_LANG": language}
    return subprocess.run(
        [sys.executable, "-m", "chengmo", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )


@pytest.mark.slow
def test_help_and_mistakes_are_in_chinese_throughout(tmp_path):
    home = ("--home", str(tmp_path))
    helped = in_language("zh", "run", "--help").stdout
    assert helped.startswith("用法：chengmo run")
    for said in ("选项:", "例：", "显示本说明"):
        assert said in helped
    for arguments, said in (
        (("show", "nothing", *home), "没有数据“nothing”"),
        (("show", *home), "缺少参数"),
        (("runs", "--wrong"), "没有选项"),
        (("restore", "x", "zero"), "的值不合适"),
    ):
        answer = in_language("zh", *arguments)
        assert answer.returncode == 2
        assert said in answer.stderr
        assert "Usage" not in answer.stderr


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_of_the_help_is_a_command_with_options_that_it_has(name):
    context = click.Context(root)
    command = root.get_command(context, name)
    options = {option for each in command.params for option in each.opts}
    for line in EXAMPLES[name]:
        assert f"chengmo {name}" in line
        assert {word for word in line.split() if word.startswith("--")} <= options


def completed(*words, shell="bash"):
    environment = {
        "_CHENGMO_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": " ".join(("chengmo", *words)),
        "COMP_CWORD": str(len(words)),
    }
    done = subprocess.run(
        [sys.executable, "-m", "chengmo"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environment},
    )
    return [line.split(",", 1)[1] for line in done.stdout.splitlines() if line]


@pytest.mark.slow
def test_a_shell_completes_commands_and_what_the_city_has(chengmo_command, stations):
    assert chengmo_command("import", stations, "--yes", "--id", "stations").code == 0
    assert completed("hist") == ["history"]
    assert completed("show", "sta") == ["stations"]
    assert completed("export", "x") == []
    assert "canteen-siting" in completed("run", "can")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script_and_is_told_where_to_put_it(chengmo_command, shell):
    answer = chengmo_command("completion", shell)
    assert answer.code == 0
    assert "_CHENGMO_COMPLETE" in answer.out
    assert f"chengmo completion {shell}" in answer.err


WITHOUT_JSON = {
    "demo": "runs until it is stopped",
    "serve": "runs until it is stopped",
    "mcp": "speaks the protocol itself",
    "completion": "prints a script for the shell",
    "code cover": "prints CSV, a line for each cell",
    "contest sample": "prints the CSV file that is to be filled in",
    "policy show": "prints JSON, as `policy put` reads it",
}


def leaves(command, path=()):
    """Yield the words of every command that does something, and the command."""
    if not isinstance(command, click.Group):
        yield " ".join(path), command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        yield from leaves(command.get_command(context, name), (*path, name))


def test_every_command_tells_a_program_what_it_tells_a_person():
    without = {
        words
        for words, command in leaves(root)
        if not any("--json" in each.opts for each in command.params)
    }
    assert without == set(WITHOUT_JSON)


def test_commands_that_change_something_tell_it_as_json(chengmo_command, tmp_path):
    written = chengmo_command("new", "park_siting", "--into", tmp_path, "--json").json
    assert written == {"folder": str(tmp_path / "park_siting")}
    packages = chengmo_command("contest", "baselines", "air-quality", "--to", tmp_path, "--json")
    assert packages.json["files"]
    assert all(name.endswith(".zip") for name in packages.json["files"])


@pytest.mark.slow
def test_rules_and_answers_are_told_as_json(chengmo_command, stations, tmp_path):
    chengmo_command("import", stations, "--yes", "--id", "stations")
    policy = tmp_path / "policy.json"
    rule = {"id": "open", "dataset": "stations", "title": {"zh": "开放", "en": "Open"}, "who": {}}
    policy.write_text(json.dumps(rule), encoding="utf-8")
    stated = chengmo_command("policy", "put", policy, "--json").json
    assert [one["id"] for one in stated] == ["open"]
    removed = chengmo_command("policy", "remove", "open", "--json").json
    assert removed == {"policy": "open", "removed": True}
    exported = chengmo_command("audit", "export", tmp_path / "audit", "--json").json
    assert exported == {"folder": str(tmp_path / "audit")}
    asked = chengmo_command("sql", 'SELECT count(*) AS n FROM "stations"', "--json").json
    assert asked["rows"] == [[3]]


@pytest.mark.slow
def test_what_is_done_is_told_as_json_too(chengmo_command, stations, tmp_path):
    chengmo_command("import", stations, "--yes", "--id", "stations")
    written = chengmo_command("export", "stations", tmp_path / "s.csv", "--json").json
    assert (written["dataset"], written["version"], written["format"]) == ("stations", 1, "csv")
    assert written["bytes"] == (tmp_path / "s.csv").stat().st_size
    packed = chengmo_command("package", "stations", tmp_path / "s.zip", "--json").json
    assert packed["file"] == str(tmp_path / "s.zip")
    unpacked = chengmo_command("unpack", tmp_path / "s.zip", "--id", "again", "--json").json
    assert (unpacked["id"], unpacked["row_count"]) == ("again", 3)
    assert chengmo_command("restore", "again", 1, "--json").json["id"] == "again"
    assert chengmo_command("verify", "--json").json == {"whole": True, "entries": 0}
