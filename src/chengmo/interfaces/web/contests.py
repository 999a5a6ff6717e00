"""Contests over the page: what is asked, files of predictions, the board."""

import tempfile
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from chengmo.contests import Board, Contest, Submission
from chengmo.errors import InvalidRequest
from chengmo.identity import Actor, check_permission
from chengmo.interfaces.identification import actor_of_scope
from chengmo.interfaces.web.action import (
    Action,
    Answer,
    Visit,
    answered,
    only,
    read_model,
    read_query,
)
from chengmo.interfaces.web.multipart import receive_file
from chengmo.runs.platform import Platform


def list_contests(visit: Visit) -> Answer:
    """Return every contest as everybody may know it."""
    contests = visit.platform.contests
    return {"contests": [each.public(contests.now()) for each in contests.all()]}


def get_contest(visit: Visit) -> Answer:
    """Return one contest as everybody may know it."""
    contests = visit.platform.contests
    return contests.contest(visit.path["id"]).public(contests.now())


def open_contest(visit: Visit) -> Answer:
    """Open a contest on datasets that are there."""
    contests = visit.platform.contests
    stated = read_model(Contest, visit.body, "contest")
    return contests.open(stated, visit.actor, "web").public(contests.now())


def get_sample(visit: Visit) -> Answer:
    """Return a CSV file of the keys to predict."""
    sample = visit.platform.contests.sample(visit.path["id"])
    headers = {"Cache-Control": "no-store", "Content-Disposition": "attachment"}
    return Response(sample, headers=headers, media_type="text/csv; charset=utf-8")


def get_board(visit: Visit) -> Answer:
    """Return the leaderboard."""
    return _board(visit.platform.contests.board(visit.path["id"]))


def list_submissions(visit: Visit) -> Answer:
    """Return what the caller, or the caller's team, has brought."""
    found = visit.platform.contests.submissions(visit.path["id"], visit.actor)
    return {"submissions": found}


def enter_team(visit: Visit) -> Answer:
    """Found a team, or join it by its code."""
    only(visit.body, "team", "code")
    team, code = visit.body.get("team"), visit.body.get("code")
    if not isinstance(team, str) or not isinstance(code, str | None):
        raise InvalidRequest("'team' or 'code' is no text", hint='send {"team": "Hankou"}')
    contests, contest = visit.platform.contests, visit.path["id"]
    if code is None:
        return {"team": team, "code": contests.found_team(contest, team, visit.actor, "web")}
    contests.join_team(contest, team, code, visit.actor, "web")
    return {"team": team}


def get_team(visit: Visit) -> Answer:
    """Return the caller's team; none where there is none."""
    team = visit.platform.contests.team(visit.path["id"], visit.actor)
    return {"team": None if team is None else asdict(team)}


def invite_to_team(visit: Visit) -> Answer:
    """Return a new code of the caller's team, instead of the one before."""
    contests, contest = visit.platform.contests, visit.path["id"]
    return {"code": contests.invite(contest, visit.actor, "web")}


def leave_team(visit: Visit) -> Answer:
    """Leave a team that has brought nothing yet."""
    visit.platform.contests.leave_team(visit.path["id"], visit.actor, "web")
    return None


def get_package(visit: Visit) -> Answer:
    """Return terms, log and environment of one's own package."""
    contests, path = visit.platform.contests, visit.path
    return contests.package(path["id"], path["submission"], visit.actor)


def list_published(visit: Visit) -> Answer:
    """Return the models of a contest that were published, and what the caller may do about them."""
    publishing, contest = visit.platform.contests.publishing, visit.path["id"]
    return {
        "models": [each.public() for each in publishing.of_contest(contest)],
        "publishable": publishing.publishable(contest, visit.actor),
        "may_retract": publishing.is_organiser(contest, visit.actor),
    }


def publish_model(visit: Visit) -> Answer:
    """Publish the package of an entrant that counts."""
    only(visit.body, "entrant")
    entrant = visit.body.get("entrant")
    if not isinstance(entrant, str):
        raise InvalidRequest("'entrant' is no text", hint='send {"entrant": "team:Hankou"}')
    publishing = visit.platform.contests.publishing
    return publishing.publish(visit.path["id"], entrant, visit.actor, "web").public()


def retract_model(visit: Visit) -> Answer:
    """Take a published model back."""
    path = visit.path
    visit.platform.contests.publishing.retract(path["id"], path["model"], visit.actor, "web")
    return None


def _board(board: Board) -> Answer:
    return {
        "kind": board.kind,
        "waiting": board.waiting,
        "is_final": board.is_final,
        "standings": [asdict(each) for each in board.standings],
    }


@dataclass(frozen=True)
class Submitting:
    """Takes files of predictions and packages in: an endpoint whose body is not JSON."""

    platform: Platform

    async def answer(self, request: Request) -> Response:
        """Accept the form's file; the answer leaves when it is on disk."""
        actor = actor_of_scope(request.scope)
        check_permission(actor, "run")
        query = read_query(request, frozenset({"lang", "licence"}))
        contest, names = str(request.path_params["id"]), list[str]()
        with tempfile.TemporaryDirectory(prefix="chengmo-contest-") as scratch:
            path = Path(scratch) / "file"

            def place(name: str) -> Path:
                names.append(name)
                return path

            await receive_file(request.headers.get("content-type", ""), request.stream(), place)
            kept = await run_in_threadpool(
                partial(self._submit, contest, path, names[0], actor, licence=query.get("licence"))
            )
        return answered(request, kept, 201)

    def _submit(
        self, contest: str, path: Path, name: str, actor: Actor, *, licence: str | None
    ) -> Submission:
        return self.platform.contests.submit(
            contest, path.read_bytes(), name, actor, "web", licence=licence
        )


ACTIONS: tuple[Action, ...] = (
    Action("GET", "/contests", list_contests),
    Action("POST", "/contests", open_contest, status=201, scope="import"),
    Action("GET", "/contests/{id}", get_contest),
    Action("GET", "/contests/{id}/sample", get_sample),
    Action("GET", "/contests/{id}/board", get_board),
    Action("GET", "/contests/{id}/submissions", list_submissions, scope="run"),
    Action("POST", "/contests/{id}/teams", enter_team, scope="run"),
    Action("GET", "/contests/{id}/team", get_team, scope="run"),
    Action("DELETE", "/contests/{id}/team", leave_team, status=204, scope="run"),
    Action("POST", "/contests/{id}/team/code", invite_to_team, scope="run"),
    Action("GET", "/contests/{id}/packages/{submission}", get_package, scope="run"),
    Action("GET", "/contests/{id}/models", list_published),
    Action("POST", "/contests/{id}/models", publish_model, status=201, scope="import"),
    Action("DELETE", "/contests/{id}/models/{model}", retract_model, status=204, scope="import"),
)
SUBMISSIONS_PATH = "/contests/{id}/submissions"
