"""Which doors there are, put together."""

import importlib
import importlib.util
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from starlette.routing import Mount
from starlette.types import ASGIApp

from chengmo import Database, InvalidRequest, Service
from chengmo_airspace.flights.closures import Closures
from chengmo_airspace.flights.dss import Dss
from chengmo_airspace.flights.flight_store import FlightStore
from chengmo_airspace.flights.neighbours import Neighbours
from chengmo_airspace.flights.notifier import Notifier
from chengmo_airspace.flights.operator import Operator
from chengmo_airspace.flights.planner import Planner
from chengmo_airspace.flights.report import ReportArchive
from chengmo_airspace.flights.store import AirspaceStore
from chengmo_airspace.flights.surroundings import Surroundings
from chengmo_airspace.interfaces import (
    discovery,
    geospatial,
    identification,
    live,
    sky_watch,
    statistics,
    supplier,
    testing,
    tracking,
)
from chengmo_airspace.interfaces.door import Door, Way
from chengmo_airspace.interfaces.map_sources import Sources
from chengmo_airspace.interfaces.outgoing import (
    HttpPeers,
    Tokens,
    TokenSource,
    asked_tokens,
    fetch_from,
    open_client,
    signed_tokens,
    split_address,
)
from chengmo_airspace.interfaces.settings import (
    PREFIX,
    AirspaceSettings,
    SupplierSettings,
    supplier_settings_from,
)
from chengmo_airspace.interfaces.token import TokenCheck, read_keys
from chengmo_airspace.interfaces.tracking_plans import (
    OffNominal,
    Source,
    plans_of_discovery,
    plans_of_supplier,
)
from chengmo_airspace.interfaces.tracking_settings import (
    TrackingSettings,
    tracking_settings_from,
)
from chengmo_airspace.interfaces.tracking_sockets import TrackingDoor
from chengmo_airspace.remote_identification import AreaRegister, AreaStore
from chengmo_airspace.remote_identification.announcer import Announcer
from chengmo_airspace.remote_identification.display import DisplayProvider
from chengmo_airspace.remote_identification.provider import ServiceProvider
from chengmo_airspace.remote_identification.tracked import TrackedFlights
from chengmo_airspace.remote_identification.trial import Trials
from chengmo_airspace.tracking import DataCentre, Plan
from chengmo_airspace.tracking.centre import Keeping

Closing = Callable[[], None]
Doors = dict[str, list[Way]]


@dataclass(frozen=True)
class _Supplies:
    """The role of a USS, open.

    Attributes:
        uss: What it is called.
        planner: Of its flights.
        operator: What is told to the people and aircraft behind them.
        watch: Its remote identification.
        doors: Its ways in, by prefix.
        close: Ends what it has begun.
    """

    uss: str
    planner: Planner
    operator: Operator
    watch: sky_watch.Watch
    doors: Doors
    close: Closing


def open_doors(
    settings: AirspaceSettings, database: Database, environment: Mapping[str, str]
) -> Service:
    """Return the doors of `settings`.

    Raises:
        InvalidRequest: If the keys cannot be read, or the role of a USS is configured by half.
    """
    check = TokenCheck(read_keys(settings.keys), settings.audiences, settings.issuer)
    reports = ReportArchive(database)
    doors: Doors = {}
    closings: list[Closing] = []
    store, supplies = None, None
    if "dss" in settings.roles:
        store = AirspaceStore(database)
        doors[discovery.PREFIX] = discovery.discovery_ways(Dss(store), reports)
        areas = AreaStore(database)
        doors[identification.PREFIX] = identification.register_ways(AreaRegister(areas))
        closings += [store.close, areas.close]
    if "uss" in settings.roles:
        supplies = _open_supplier(supplier_settings_from(environment), database, reports)
        doors |= supplies.doors
        closings.append(supplies.close)
    applications = {prefix: Door(ways, check) for prefix, ways in doors.items()}
    centre = None
    if "tracking" in settings.roles:
        centre, closing = _open_centre(tracking_settings_from(environment), store, supplies)
        ways = tracking.tracking_ways(centre)
        applications[tracking.PREFIX] = TrackingDoor(ways, check, centre)
        closings.append(closing)

    def close() -> None:
        # What was opened last asks what was opened first.
        for closing in reversed(closings):
            closing()

    return _service(applications, centre, close)


def _service(
    applications: Mapping[str, ASGIApp], centre: DataCentre | None, close: Closing
) -> Service:
    routes = [Mount(prefix, door) for prefix, door in applications.items()]
    if centre is None:
        return Service(routes, tuple(applications), close)
    return Service(
        routes,
        tuple(applications),
        close,
        personal={live.DATA: live.live_app(centre)},
        pages={live.PREFIX: live.PAGE},
        publications=(statistics.publication(centre),),
    )


def _open_centre(
    settings: TrackingSettings, store: AirspaceStore | None, supplies: _Supplies | None
) -> tuple[DataCentre, Closing]:
    """Open the data centre; it holds aircraft to the intents of whatever is open besides."""
    sources: list[Source] = []
    if supplies is not None:
        sources.append(plans_of_supplier(supplies.planner.store, supplies.uss))
    if store is not None:
        sources.append(plans_of_discovery(store))

    def plans() -> list[Plan]:
        # What this USS says of its own flights is finer than what the discovery service knows.
        found = {plan.intent: plan for source in reversed(sources) for plan in source()}
        return list(found.values())

    listener = _listener_of(settings)
    centre = DataCentre(
        settings.folder,
        limits=settings.limits,
        plans=plans if sources else None,
        keeping=Keeping(days=settings.days),
    )
    closings: list[Closing] = [centre.close]
    if supplies is not None:
        teller = OffNominal(centre, supplies.planner, supplies.operator, supplies.uss)
        tracked = TrackedFlights(centre, supplies.watch.announcer)
        supplies.watch.provider.add(tracked)
        tracked.start()
        closings += [teller.close, tracked.close]
    if listener is not None:
        closings.append(listener(centre, settings.broker).close)

    def close() -> None:
        for closing in reversed(closings):
            closing()

    return centre, close


def _listener_of(settings: TrackingSettings) -> Any:
    """Return what listens to a broker, None if there is none to listen to."""
    if settings.broker is None:
        return None
    if importlib.util.find_spec("aiomqtt") is None:
        raise InvalidRequest(
            "a broker is configured, but the parts for MQTT are not installed",
            hint='pip install "chengmo[mqtt]"',
        )
    # Only here is anything loaded that talks to a broker.
    return importlib.import_module("chengmo_airspace.interfaces.tracking_mqtt").MqttListener


def _open_supplier(
    settings: SupplierSettings, database: Database, reports: ReportArchive
) -> _Supplies:
    client = open_client()
    tokens = Tokens(_source(settings, client))
    peers = HttpPeers(client, tokens, discovery=_checked(settings.discovery), peers=settings.peers)
    store = FlightStore(database)
    notifier = Notifier(store, peers)
    operator = Operator()
    closures = Closures(peers) if settings.heeds_constraints else None
    around = Surroundings(Neighbours(store, peers), closures, operator)
    planner = Planner(store, peers, notifier, around, base_url=_checked(settings.base_url))
    notifier.start()
    # Not waited for: the discovery service may be this very server, which does not answer yet.
    recovery = threading.Thread(target=planner.recover_all, name="airspace-recovery", daemon=True)
    recovery.start()
    watch = _watch(peers, f"{settings.base_url}/rid/v2")
    others = supplier.Supplier(planner, operator)
    doors: Doors = {
        supplier.PREFIX: supplier.supplier_ways(others, reports),
        sky_watch.PROVIDER_PREFIX: sky_watch.provider_ways(watch),
        sky_watch.OBSERVATION_PREFIX: sky_watch.observation_ways(watch),
    }
    if settings.is_testing:
        director = testing.Director(planner, operator)
        doors[testing.PLANNING_PREFIX] = testing.planning_ways(director)
        doors[testing.VERSIONING_PREFIX] = testing.versioning_ways()
        doors[sky_watch.INJECTION_PREFIX] = sky_watch.injection_ways(watch)
        fetch = fetch_from(client, settings.sources)
        doors[geospatial.MAP_PREFIX] = geospatial.map_ways(Sources(fetch))
        doors[geospatial.AWARENESS_PREFIX] = geospatial.awareness_ways(Sources(fetch))

    def close() -> None:
        notifier.stop()
        recovery.join()
        client.close()

    return _Supplies(settings.uss, planner, operator, watch, doors, close)


def _watch(peers: HttpPeers, base_url: str) -> sky_watch.Watch:
    trials = Trials()
    provider = ServiceProvider([trials])
    display = DisplayProvider(peers, provider, base_url=base_url)
    return sky_watch.Watch(provider, display, Announcer(peers, base_url=base_url), trials)


def _source(settings: SupplierSettings, client: httpx.Client) -> TokenSource:
    if settings.signing_key is None:
        endpoint = _checked(settings.token_url or "")
        return asked_tokens(
            client, endpoint, name=settings.client_id, secret=settings.client_secret
        )
    try:
        text = settings.signing_key.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise _unreadable(settings) from error
    for sort in (RSAKey, ECKey):
        try:
            key = sort.import_key(text)
        except (ValueError, JoseError):
            continue
        if key.is_private:
            return signed_tokens(key, issuer=settings.base_url, sub=settings.uss)
    raise _unreadable(settings)


def _unreadable(settings: SupplierSettings) -> InvalidRequest:
    return InvalidRequest(
        f"{PREFIX}SIGNING_KEY: {settings.signing_key} holds no private key",
        hint="a PEM file, RSA or EC on P-256",
    )


def _checked(address: str) -> str:
    try:
        split_address(address)
    except ValueError as error:
        raise InvalidRequest(
            f"'{address[:200]}' may not be called", hint="https, or http on this machine"
        ) from error
    return address
