"""The composition root: the only place where the parts meet."""

import html
import importlib
import importlib.util
import os
import threading
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
from anyio import to_thread
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from chengmo.audit import AuditLog
from chengmo.catalog import feature
from chengmo.catalog.catalogue import open_catalog
from chengmo.catalog.dataset import Dataset
from chengmo.catalog.query.ask import prepare as prepare_sql
from chengmo.contests import Contests
from chengmo.errors import ChengmoError, ContractError, InvalidRequest, RunFailed
from chengmo.identity import LOCAL_ADMINISTRATOR, People
from chengmo.identity.provider_settings import ProviderSettings, provider_settings_from
from chengmo.identity.vault import Vault
from chengmo.interfaces import ogc, web
from chengmo.interfaces.boundary import exception_handlers
from chengmo.interfaces.compression import Compression, is_compressing
from chengmo.interfaces.cors import Cors, cors_origins_from
from chengmo.interfaces.guard import Guard, allowed_hosts
from chengmo.interfaces.identification import Identification
from chengmo.interfaces.mount import open_services, service_routes
from chengmo.interfaces.refusal import Refusals
from chengmo.interfaces.versioned import PREFIX, Versioned
from chengmo.ledger import Ledger, RunRecord, open_database
from chengmo.model import ModelDecision
from chengmo.model.discovery import discover_models
from chengmo.runs.intake import Bringer
from chengmo.runs.models import Models
from chengmo.runs.platform import Platform
from chengmo.runs.publishing import Published, publish
from chengmo.runs.runs import Runs
from chengmo.runs.settings import settings_from
from chengmo.sharing import Sharing, View
from chengmo.sharing.allowance import Allowance
from chengmo.sharing.policy_store import PolicyStore
from chengmo.sharing.release import ReleaseStore
from chengmo.sharing.request import RequestStore
from chengmo.sharing.witness import witness_of

# After the first page is drawn.
_BEFORE_SQL_S = 5.0


def default_home(environment: Mapping[str, str]) -> Path:
    """Return the folder of a platform that was given none.

    `CHENGMO_HOME`, else `chengmo` in the user's data folder (XDG base directories).
    """
    if environment.get("CHENGMO_HOME"):
        return Path(environment["CHENGMO_HOME"]).expanduser()
    data = environment.get("XDG_DATA_HOME")
    # The convention says that a relative path there is to be ignored.
    base = Path(data) if data and Path(data).is_absolute() else Path.home() / ".local" / "share"
    return base / "chengmo"


def open_platform(
    *, home: Path | None = None, database: str | None = None, work: bool = True
) -> Platform:
    """Open the platform in a folder, made if it is not there.

    Args:
        home: The folder; None for `CHENGMO_HOME` or the user's data folder.
        database: `postgresql://…` for a team; None for `CHENGMO_DATABASE`, else SQLite in `home`.
        work: Whether this process takes accepted runs; else another one must.

    Raises:
        ContractError: If a scenario breaks the contract.
        LakeUnavailable: If the folder or the database cannot be used.
    """
    folder = (home or default_home(os.environ)).absolute()
    address = database or os.environ.get("CHENGMO_DATABASE") or None
    settings = settings_from(os.environ)
    installed = discover_models()
    storage = open_database(folder, address)
    try:
        releases = ReleaseStore(storage)
        catalog = open_catalog(folder, address, releases=releases)
    except ChengmoError:
        storage.close()
        raise
    ledger = Ledger(storage)
    audit = AuditLog(storage, folder)
    sharing = Sharing(
        catalog,
        PolicyStore(storage),
        RequestStore(storage),
        audit,
        Allowance(storage),
        releases,
    )
    contests = Contests(sharing, storage)
    models = Models(installed, contests.publishing.publications)
    runs = Runs(
        sharing=sharing,
        ledger=ledger,
        models=models,
        home=folder,
        settings=settings,
    )
    platform = Platform(
        catalog,
        sharing,
        audit,
        runs,
        models,
        ledger,
        folder,
        storage,
        People(storage, witness=witness_of(audit), vault=Vault(folder)),
        contests,
    )
    if work:
        runs.start_worker()
    return platform


def asgi_app(platform: Platform, *, hosts: Iterable[str] = (), local: bool = True) -> ASGIApp:
    """Return the web application of an open platform: OGC API and web page, guarded.

    While it serves, this process takes accepted runs. The caller closes the platform.

    Args:
        platform: What answers.
        hosts: Names besides those of this machine's loopback that a `Host` header may give.
        local: Whether only this machine can reach it: then, until somebody sets a password, whoever
            asks is its administrator. Other names, or a provider to sign in at, end that too.
    """

    @asynccontextmanager
    async def working(_: Starlette) -> AsyncGenerator[None]:
        await to_thread.run_sync(platform.runs.start_worker)
        await to_thread.run_sync(platform.runs.warm)
        platform.catalog.windows.start()
        # Loading a compiled loop takes half a second, which the first page would wait for.
        threading.Thread(target=feature.warm_up, name="warm-up", daemon=True).start()
        platform.contests.scorer.start()
        # Seconds of processor time, that the start and the first page would wait for.
        preparing = threading.Timer(_BEFORE_SQL_S, prepare_sql)
        preparing.daemon = True
        preparing.start()
        try:
            yield
        finally:
            preparing.cancel()
            await to_thread.run_sync(platform.contests.scorer.stop)
            await to_thread.run_sync(platform.catalog.windows.stop)
            await to_thread.run_sync(platform.runs.stop_worker)
            for service in services:
                await to_thread.run_sync(service.close)

    services = open_services(platform.database, os.environ)
    names, provider = list(hosts), provider_settings_from(os.environ)
    application = Starlette(
        routes=[
            *service_routes(services, platform.audit),
            *ogc.routes(platform),
            *_external_routes(platform, provider),
            *web.routes(
                platform,
                external=provider is not None,
                publications=[each for one in services for each in one.publications],
            ),
        ],
        exception_handlers=exception_handlers(Refusals(platform.audit).note_request),
        lifespan=working,
    )
    alone = local and not names
    # What has addresses of its own: the page, those of its scenarios, the services.
    apart = ("/app", "/scenarios", *(path for one in services for path in one.paths))
    answering: ASGIApp = Versioned(application, apart)
    if is_compressing(os.environ, local=alone):
        answering = Compression(answering, kept_under=("/app/",))
    foreign = tuple(prefix for service in services for prefix in service.prefixes)
    identified = Identification(
        answering, platform.people, local=alone and provider is None, foreign=foreign
    )
    origins = cors_origins_from(os.environ)
    return Guard(
        Cors(identified, origins) if origins else identified,
        hosts=allowed_hosts(names),
        larger_bodies={
            "/imports": web.UPLOAD_LIMIT_BYTES,
            f"{PREFIX}/imports": web.UPLOAD_LIMIT_BYTES,
        },
        sockets=foreign,
    )


def _external_routes(platform: Platform, provider: ProviderSettings | None) -> list[BaseRoute]:
    if provider is None:
        return []
    if importlib.util.find_spec("authlib") is None:
        raise InvalidRequest(
            "a sign-in provider is configured, but the parts for it are not installed",
            hint='pip install "chengmo[oidc]"',
        )
    # Only here is anything loaded that could call the outside.
    external = importlib.import_module("chengmo.interfaces.web.external")
    return external.routes(platform.people, provider)


class OpenCity:
    """A city in a notebook: its data, and its models to ask.

    Example::

        import chengmo

        with chengmo.open() as city:
            decision = city.run("canteen-siting", sites_max=20)
    """

    def __init__(self, platform: Platform) -> None:
        self.platform = platform

    def datasets(self) -> list[Dataset]:
        """Return the newest version of every dataset."""
        return self._view.datasets()

    def table(self, dataset: str, *, version: int | None = None) -> pa.Table:
        """Return the rows of a dataset.

        Raises:
            UnknownDataset: If there is no such dataset or version.
        """
        return self._view.read(dataset, version=version)

    def run(self, model: str, /, **request: Any) -> ModelDecision:
        """Ask `model` and wait for its decision, which is written down like every other.

        Args:
            model: Its id, such as `canteen-siting`.
            request: The fields of its request.

        Raises:
            ChengmoError: Whatever kept the model from deciding.
        """
        runs = self.platform.runs
        status = runs.submit(model, request, actor=LOCAL_ADMINISTRATOR, purpose="notebook")
        try:
            runs.wait(status.id)
        except KeyboardInterrupt:
            runs.cancel(status.id)
            raise
        return self._decision(runs.result(status.id))

    def publish(self, made: Published) -> Dataset:
        """Make a table the next rows of a dataset, under the rules and in the audit.

        Raises:
            ChengmoError: As `chengmo.runs.publishing.publish`.
        """
        return publish(Bringer(self.platform.sharing, LOCAL_ADMINISTRATOR, "python"), made)

    @property
    def _view(self) -> View:
        return self.platform.sharing.view(LOCAL_ADMINISTRATOR, "notebook", "python")

    def _decision(self, record: RunRecord) -> ModelDecision:
        if record.error is not None:
            raise RunFailed(f"run {record.run}: {record.error.message}", hint=record.error.hint)
        if record.decision is None:
            raise ContractError(
                f"run {record.run} has no decision", hint="look at it with platform.runs.result"
            )
        return self.platform.models[record.model].decision_type.model_validate(record.decision)

    def close(self) -> None:
        """Close the platform."""
        self.platform.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td><code>{html.escape(dataset.id)}</code></td>"
            f"<td>{html.escape(dataset.title.zh)}</td><td>{html.escape(dataset.title.en)}</td>"
            f"<td>{dataset.version}</td><td>{dataset.row_count:,}</td></tr>"
            for dataset in self.datasets()
        )
        models = ", ".join(f"<code>{html.escape(name)}</code>" for name in self.platform.models)
        head = "<tr><th>id</th><th>名称</th><th>title</th><th>version</th><th>rows</th></tr>"
        return f"<table>{head}{rows}</table><p>models: {models}</p>"


def open_city(home: Path | str | None = None, *, database: str | None = None) -> OpenCity:
    """Open a city for a notebook; use it in a `with` block, or close it at the end.

    Args:
        home: Its folder; None as for `open_platform`.
        database: Its database; None as for `open_platform`.

    Raises:
        ChengmoError: As `open_platform`.
    """
    return OpenCity(open_platform(home=Path(home) if home else None, database=database))
