"""Limits of runs."""

import pytest

from chengmo.errors import InvalidRequest
from chengmo.runs.settings import RunSettings, settings_from


def test_without_settings_the_machine_says_what_a_run_may_use():
    settings = settings_from({})
    assert settings == RunSettings()
    assert settings.memory_mb >= 1024
    assert 1 <= settings.slots <= 4


def test_settings_are_read_by_name():
    found = settings_from(
        {"CHENGMO_RUN_MEMORY_MB": "512", "CHENGMO_RUN_WALL_S": "60", "CHENGMO_RUN_SLOTS": "3"}
    )
    assert (found.memory_mb, found.wall_s, found.slots) == (512, 60, 3)
    assert found.limits.memory_mb == 512


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", "１"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(InvalidRequest, match="CHENGMO_RUN_SLOTS"):
        settings_from({"CHENGMO_RUN_SLOTS": text})
