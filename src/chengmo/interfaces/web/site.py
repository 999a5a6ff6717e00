"""The page under `/app/` and its endpoints, joined to the platform."""

from pathlib import Path

from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from chengmo.catalog.sharing import Actor
from chengmo.interfaces.web.action import routes_of
from chengmo.interfaces.web.datasets import ACTIONS as DATASET_ACTIONS
from chengmo.interfaces.web.imports import ACTIONS as IMPORT_ACTIONS
from chengmo.interfaces.web.imports import Reception
from chengmo.interfaces.web.scenario_pages import page_routes
from chengmo.runs.platform import Platform

STATIC_FOLDER = Path(__file__).parent / "static"
# The guard before the application enforces it on the path /imports.
UPLOAD_LIMIT_BYTES = 20 * 2**30
LOCAL_ACTOR = Actor(id="local", role="administrator", organisation="")

# Stricter than the platform's own: the page makes no blob and no data URL.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


class Page(StaticFiles):
    """The files of the page. A browser asks each time whether a file is still the same."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file at `path` with the page's security policy."""
        response = await super().get_response(path, scope)
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        response.headers["Cache-Control"] = "no-cache"
        return response


def routes(platform: Platform, *, actor: Actor = LOCAL_ACTOR) -> list[BaseRoute]:
    """Return the routes of the page over `platform`.

    Args:
        platform: What answers.
        actor: Who every caller is: on one's own machine, its administrator.
    """
    return [
        *routes_of((*DATASET_ACTIONS, *IMPORT_ACTIONS), platform, actor),
        Route("/imports", Reception(platform).answer, methods=["POST"]),
        *page_routes(platform.models.values()),
        Mount("/app", Page(directory=STATIC_FOLDER, html=True)),
    ]
