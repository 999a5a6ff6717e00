"""The page under `/app/` and its endpoints, joined to the platform."""

from collections.abc import Iterable
from pathlib import Path

from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from chengmo.interfaces.mount import Publication
from chengmo.interfaces.web.accounts import actions as account_actions
from chengmo.interfaces.web.action import routes_of
from chengmo.interfaces.web.administration import ACTIONS as ADMINISTRATION_ACTIONS
from chengmo.interfaces.web.contests import ACTIONS as CONTEST_ACTIONS
from chengmo.interfaces.web.contests import SUBMISSIONS_PATH, Submitting
from chengmo.interfaces.web.datasets import ACTIONS as DATASET_ACTIONS
from chengmo.interfaces.web.imports import ACTIONS as IMPORT_ACTIONS
from chengmo.interfaces.web.imports import Reception
from chengmo.interfaces.web.publications import actions_of
from chengmo.interfaces.web.scenario_pages import page_routes
from chengmo.interfaces.web.sharing import ACTIONS as SHARING_ACTIONS
from chengmo.interfaces.web.sql import ACTIONS as SQL_ACTIONS
from chengmo.runs.platform import Platform

STATIC_FOLDER = Path(__file__).parent / "static"
# The guard before the application enforces it on the path /imports.
UPLOAD_LIMIT_BYTES = 20 * 2**30

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


def routes(
    platform: Platform, *, external: bool = False, publications: Iterable[Publication] = ()
) -> list[BaseRoute]:
    """Return the routes of the page over `platform`.

    Args:
        platform: What answers.
        external: Whether there is an OpenID provider to sign in at.
        publications: Of the services that are open beside it.
    """
    actions = (
        *DATASET_ACTIONS,
        *IMPORT_ACTIONS,
        *ADMINISTRATION_ACTIONS,
        *SHARING_ACTIONS,
        *SQL_ACTIONS,
        *CONTEST_ACTIONS,
        *actions_of(publications),
    )
    return [
        *routes_of((*actions, *account_actions(external=external)), platform),
        Route("/imports", Reception(platform).answer, methods=["POST"]),
        *page_routes(platform.models.values()),
        Route(SUBMISSIONS_PATH, Submitting(platform).answer, methods=["POST"]),
        Mount("/app", Page(directory=STATIC_FOLDER, html=True)),
    ]
