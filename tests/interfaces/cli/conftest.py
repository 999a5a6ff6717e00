"""The command line in this process, over a real platform in a temporary home."""

import json

import pytest

import chengmo.app
from chengmo.interfaces.cli import Composition, run_command_line


class Answer:
    """What a command printed and how it ended."""

    def __init__(self, code, captured):
        self.code, self.out, self.err = code, captured.out, captured.err

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def chengmo_command(tmp_path, capsys, monkeypatch, copy_of_home):
    monkeypatch.setenv("CHENGMO_HOME", str(copy_of_home(tmp_path / "home")))
    composition = Composition(chengmo.app.open_platform, chengmo.app.asgi_app)

    def run(*arguments):
        capsys.readouterr()
        code = run_command_line(composition, [str(argument) for argument in arguments])
        return Answer(code, capsys.readouterr())

    return run


@pytest.fixture
def stations(tmp_path):
    path = tmp_path / "stations.csv"
    rows = [
        "站名,经度,纬度,客流",
        "汉口站,114.2553,30.6186,52000",
        "武昌站,114.3174,30.5288,61000",
        "武汉站,114.4242,30.6069,40000",
        "坏行,999,30.5,1",
    ]
    path.write_text("\n".join(rows), encoding="gb18030")
    return path
