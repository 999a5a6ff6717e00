"""What tests of the doors share: a discovery service and two USSs that run."""

from collections.abc import Iterator

import pytest
from tests.airspace.interfaces.skies import Sky, open_sky


@pytest.fixture(scope="session")
def sky(tmp_path_factory, issuer, standard, copy_of_home) -> Iterator[Sky]:
    """A discovery service and two USSs, each a process of its own."""
    with open_sky(tmp_path_factory.mktemp("sky"), issuer, standard, copy_of_home) as opened:
        yield opened
