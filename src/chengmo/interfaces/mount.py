"""Services that other packages add to the platform's server, by the entry-point group.

`chengmo.services` names callables `(database, environment) -> Service | None`: what such a package
serves under paths of its own, if the environment asks for it. The platform knows none of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from chengmo.audit import AuditLog
from chengmo.interfaces.admission import Admission
from chengmo.ledger import Database
from chengmo.runs.publishing import Published, Reader

ENTRY_POINT_GROUP = "chengmo.services"


@dataclass(frozen=True)
class Publication:
    """A table that a service can make of what it knows, to become a version of a dataset.

    Attributes:
        path: Where it is asked for, by POST: the platform finds out who asks, and lets nobody ask
            who may not import.
        make: Makes it, given what is asked (a JSON object) and what reads datasets as the asker may
            see them; raises InvalidRequest if it cannot be.
    """

    path: str
    make: Callable[[Mapping[str, Any], Reader], Published]


@dataclass(frozen=True)
class Service:
    """What a package adds to the server.

    Attributes:
        routes: Its paths, all below `prefixes`.
        prefixes: Paths, with all below, whose callers it identifies itself, by its own credentials:
            there the platform takes nobody for anybody.
        close: Ends whatever it has begun.
        personal: Paths for people of the city, with what answers below: the platform finds out who
            asks, admits whom `admission.py` says, and writes it into the audit.
        pages: Paths of pages for them, with folders of static files: open, since they hold no data.
        publications: What of it can become a dataset.
    """

    routes: Sequence[BaseRoute]
    prefixes: tuple[str, ...]
    close: Callable[[], None]
    personal: Mapping[str, ASGIApp] = field(default_factory=dict[str, ASGIApp])
    pages: Mapping[str, Path] = field(default_factory=dict[str, Path])
    publications: tuple[Publication, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """All paths below which it answers."""
        asked = (publication.path for publication in self.publications)
        return (*self.prefixes, *self.personal, *self.pages, *asked)


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


def service_routes(services: Sequence[Service], audit: AuditLog) -> list[BaseRoute]:
    """Return all paths of services, those for people behind their admission."""
    return [route for service in services for route in _routes_of(service, audit)]


def _routes_of(service: Service, audit: AuditLog) -> list[BaseRoute]:
    personal = [Mount(path, Admission(app, audit)) for path, app in service.personal.items()]
    pages = [
        Mount(path, StaticFiles(directory=at, html=True)) for path, at in service.pages.items()
    ]
    return [*service.routes, *personal, *pages]
