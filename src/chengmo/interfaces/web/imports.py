"""From a file dropped on the page to a dataset: upload, look, put right, commit."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from chengmo.catalog.dataset import DatasetMetadata
from chengmo.catalog.importing import ImportOptions, Preview
from chengmo.errors import InvalidRequest, UnknownDataset
from chengmo.identity import Actor, check_permission
from chengmo.interfaces.chinese import in_both
from chengmo.interfaces.identification import actor_of_scope
from chengmo.interfaces.problem import NOT_FOUND, Problem
from chengmo.interfaces.web.action import (
    Action,
    Answer,
    Visit,
    answered,
    only,
    read_model,
    read_query,
)
from chengmo.interfaces.web.datasets import told
from chengmo.interfaces.web.multipart import receive_file
from chengmo.interfaces.web.uploads import FOLDER, Upload, Uploads
from chengmo.inventory.explanation import describe_finding
from chengmo.inventory.proposal import suggest_id
from chengmo.runs.intake import Bringer, IncomingFile, bring_in, look_at
from chengmo.runs.platform import Platform
from chengmo.sharing import View

_MODES = ("replace", "append")


def uploads_of(platform: Platform, actor: Actor) -> Uploads:
    """Return the uploads of `platform` that `actor` may find."""
    return Uploads(platform.home / FOLDER, actor)


@dataclass(frozen=True)
class Reception:
    """Takes uploads in: the one endpoint whose body is not JSON."""

    platform: Platform

    async def answer(self, request: Request) -> Response:
        """Receive a file, look at it, and say what was understood."""
        actor = actor_of_scope(request.scope)
        check_permission(actor, "import")
        view = self.platform.sharing.view(actor, "import", "web")
        read_query(request, frozenset({"lang"}))
        uploads = uploads_of(self.platform, actor)
        begun: list[Upload] = []

        def place(name: str) -> Path:
            begun.append(uploads.begin(name))
            return begun[0].path

        try:
            await receive_file(request.headers.get("content-type", ""), request.stream(), place)
            shown = await run_in_threadpool(_shown, view, begun[0], {})
        except BaseException:
            # Whatever stopped it, also the client going away: half a file is nobody's.
            for upload in begun:
                uploads.discard(upload)
            raise
        return answered(request, shown, 201)


def _shown(view: View, upload: Upload, options: Mapping[str, Any]) -> Mapping[str, Any]:
    preview = look_at(view, _incoming(upload, options))
    return {
        "id": upload.id,
        "name": upload.name,
        "size": upload.path.stat().st_size,
        "suggested_id": suggest_id(upload.name),
        "preview": _told(preview),
        "cautions": [describe_finding(each).model_dump() for each in preview.sensitive],
    }


def _told(preview: Preview) -> Mapping[str, Any]:
    """Return `preview` as plain data, with its warnings and reasons in both languages."""
    plain = preview.model_dump(mode="json", by_alias=True)
    plain["warnings"] = [in_both(each) for each in preview.warnings]
    for row in plain["quarantine"]:
        row["reason"] = in_both(row["reason"])
    return plain


def _incoming(upload: Upload, options: Mapping[str, Any]) -> IncomingFile:
    stated = read_model(ImportOptions, options, "options")
    return IncomingFile(upload.path, stated, name=upload.name)


def get_upload(visit: Visit) -> Answer:
    """Say again what was understood of an upload."""
    upload = _waiting(visit)
    return _unknown() if upload is None else _shown(visit.view, upload, upload.options)


def review(visit: Visit) -> Answer:
    """Look at the file again with what a person knows better."""
    only(visit.body, "options")
    upload = _waiting(visit)
    if upload is None:
        return _unknown()
    options = visit.body.get("options")
    if not isinstance(options, dict):
        raise InvalidRequest("'options' is no object", hint='send {"options": {"crs": "GCJ-02"}}')
    shown = _shown(visit.view, upload, options)
    upload.remember(options)
    return shown


def commit(visit: Visit) -> Answer:
    """Read the whole file and make it the next version of a dataset."""
    only(visit.body, "metadata", "mode")
    upload = uploads_of(visit.platform, visit.actor).find(visit.path["id"])
    if upload is None:
        return _unknown()
    if upload.became is not None:
        # The answer to the first press was lost on its way: here it is again.
        return told(visit.view.dataset(*upload.became))
    mode = visit.body.get("mode", "replace")
    if mode not in _MODES:
        raise InvalidRequest("'mode' is unknown", hint=f"the modes are: {', '.join(_MODES)}")
    # The upload's id is the key: two presses at once make one version. If it fails, the file
    # stays, so that the person can put right what was wrong.
    dataset = bring_in(
        Bringer(visit.platform.sharing, visit.actor, "web"),
        _incoming(upload, upload.options),
        _metadata(visit, visit.body.get("metadata")),
        mode=mode,
        idempotency_key=f"upload:{upload.id}",
    )
    upload.finish(dataset.id, dataset.version)
    return told(dataset)


def _metadata(visit: Visit, stated: object) -> DatasetMetadata:
    if not isinstance(stated, dict):
        raise InvalidRequest("'metadata' is no object", hint="send at least its id and title")
    dataset = str(stated.get("id", ""))
    visit.platform.sharing.check_change(visit.actor, dataset)
    try:
        # What was stated of a known dataset before stays, where nothing new is said.
        known = visit.platform.catalog.dataset(dataset).metadata.model_dump()
    except UnknownDataset:
        known = {}
    return read_model(DatasetMetadata, {**known, **stated}, "metadata")


def discard(visit: Visit) -> Answer:
    """Throw an upload away."""
    uploads = uploads_of(visit.platform, visit.actor)
    upload = uploads.find(visit.path["id"])
    if upload is None:
        return _unknown()
    uploads.discard(upload)
    return None


def _waiting(visit: Visit) -> Upload | None:
    upload = uploads_of(visit.platform, visit.actor).find(visit.path["id"])
    return None if upload is None or upload.became is not None else upload


def _unknown() -> Problem:
    return Problem(
        NOT_FOUND, "no upload has this id", "bring the file again: uploads are kept for a day"
    )


ACTIONS: tuple[Action, ...] = (
    Action("GET", "/imports/{id}", get_upload, scope="import"),
    Action("PATCH", "/imports/{id}", review, scope="import"),
    Action("DELETE", "/imports/{id}", discard, scope="import"),
    Action("POST", "/imports/{id}/commit", commit, status=201, scope="import"),
)
