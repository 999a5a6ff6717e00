"""The HTTP doors of the airspace, which the platform opens if they are configured."""

import importlib
import importlib.util
from collections.abc import Mapping

from chengmo import Database, InvalidRequest, Service
from chengmo_airspace.interfaces.settings import settings_from


def open_service(database: Database, environment: Mapping[str, str]) -> Service | None:
    """Return the doors that the environment asks for, or None if it asks for none.

    Args:
        database: Of the platform; closed by the platform, after the doors.
        environment: `settings.py` says what is read of it.

    Raises:
        InvalidRequest: If it asks by half, or for what is not installed.
    """
    settings = settings_from(environment)
    if settings is None:
        return None
    if importlib.util.find_spec("joserfc") is None:
        raise InvalidRequest(
            "the airspace is configured, but the parts for it are not installed",
            hint='pip install "chengmo[airspace]"',
        )
    # Only here is anything loaded that reads tokens.
    doors = importlib.import_module("chengmo_airspace.interfaces.doors")
    return doors.open_doors(settings, database, environment)
