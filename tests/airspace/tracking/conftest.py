"""A sky with one plan."""

import pytest
from tests.airspace.tracking.scene import Sky, make_plan


@pytest.fixture
def sky():
    return Sky(make_plan())
