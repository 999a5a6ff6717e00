"""The scenarios' own pages, under `/scenarios/<id>/`: static files, nothing that runs here."""

from collections.abc import Iterable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from chengmo.model.contract import VerticalModel
from chengmo.model.page import NOTE, ScenarioPage, find_page

# As strict as the platform's own page, but for `blob:` downloads, which need no permission here.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def _guarded(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["Cache-Control"] = "no-cache"
    return response


class ScenarioFiles(StaticFiles):
    """The files of a page's folder; links out of it are not followed."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file at `path` with the page's security policy."""
        if path == NOTE or any(part.startswith(".") for part in Path(path).parts):
            path = "\0"  # no file has this name
        return _guarded(await super().get_response(path, scope))


def page_routes(models: Iterable[VerticalModel]) -> list[BaseRoute]:
    """Return the routes of every page that a scenario brings.

    Raises:
        ContractError: If a page is not as `chengmo.model.page` says.
    """
    pages = [page for page in map(find_page, models) if page is not None]
    return [route for page in pages for route in _routes_of(page)]


def _routes_of(page: ScenarioPage) -> list[BaseRoute]:
    where = f"/{page.path.rstrip('/')}"
    return [
        *(_handing_out(f"{where}/{name}", path) for name, path in page.files.items()),
        Mount(where, ScenarioFiles(directory=page.folder, html=True)),
    ]


def _handing_out(where: str, path: Path) -> Route:
    async def answer(_: Request) -> Response:
        return _guarded(FileResponse(path, filename=path.name))

    return Route(where, answer, methods=["GET"])
