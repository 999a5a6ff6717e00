"""Which doors there are, put together."""

from collections.abc import Mapping

from starlette.routing import BaseRoute, Mount

from chengmo import Database, Service
from chengmo_airspace.flights.dss import Dss
from chengmo_airspace.flights.report import ReportArchive
from chengmo_airspace.flights.store import AirspaceStore
from chengmo_airspace.interfaces import discovery
from chengmo_airspace.interfaces.door import Door
from chengmo_airspace.interfaces.settings import AirspaceSettings
from chengmo_airspace.interfaces.token import TokenCheck, read_keys


def open_doors(
    settings: AirspaceSettings,
    database: Database,
    environment: Mapping[str, str],  # noqa: ARG001 - the USS role reads more of it
) -> Service:
    """Return the doors of `settings`.

    Raises:
        InvalidRequest: If the keys cannot be read.
    """
    check = TokenCheck(read_keys(settings.keys), settings.audiences, settings.issuer)
    reports = ReportArchive(database)
    routes: list[BaseRoute] = []
    store = AirspaceStore(database)
    if "dss" in settings.roles:
        ways = discovery.discovery_ways(Dss(store), reports)
        routes.append(Mount(discovery.PREFIX, Door(ways, check)))
    return Service(routes, prefixes=(discovery.PREFIX,), close=store.close)
