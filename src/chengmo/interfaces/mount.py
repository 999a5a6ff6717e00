"""Services that other packages add to the platform's server, by the entry-point group.

`chengmo.services` names callables `(database, environment) -> Service | None`: what such a package
serves under paths of its own, if the environment asks for it. The platform knows none of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points

from starlette.routing import BaseRoute

from chengmo.ledger import Database

ENTRY_POINT_GROUP = "chengmo.services"


@dataclass(frozen=True)
class Service:
    """What a package adds to the server.

    Attributes:
        routes: Its paths, all below `prefixes`.
        prefixes: Paths, with all below, whose callers it identifies itself, by its own credentials:
            there the platform takes nobody for anybody.
        close: Ends whatever it has begun.
    """

    routes: Sequence[BaseRoute]
    prefixes: tuple[str, ...]
    close: Callable[[], None]


Opener = Callable[[Database, Mapping[str, str]], Service | None]


def open_services(database: Database, environment: Mapping[str, str]) -> list[Service]:
    """Return the services of installed packages that the environment asks for.

    Raises:
        ChengmoError: If one cannot be had as it is asked for.
    """
    found = sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda entry: entry.name)
    opened: list[Service] = []
    for entry in found:
        opener: Opener = entry.load()
        service = opener(database, environment)
        if service is not None:
            opened.append(service)
    return opened
