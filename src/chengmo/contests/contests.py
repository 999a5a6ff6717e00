"""Contests, whole: open one, take part, see the board."""

import secrets
from datetime import datetime

from chengmo.audit import Access, Verdict, Via
from chengmo.catalog.dataset import Dataset
from chengmo.contests.board import Board, make_board
from chengmo.contests.contest import Contest, OpenedContest
from chengmo.contests.hidden import Hidden, read_hidden, sample_file
from chengmo.contests.metric import SCORING_VERSION, unfit_targets
from chengmo.contests.prediction import format_of
from chengmo.contests.scoring import Scorer
from chengmo.contests.split import public_rows
from chengmo.contests.store import SECRET_BYTES, ContestStore, Entry
from chengmo.contests.submission import Submission
from chengmo.contests.team import Teams
from chengmo.errors import Conflict, InvalidRequest
from chengmo.identity import Actor, check_permission
from chengmo.identity.instant import Clock, text_of, utc_now
from chengmo.ledger import Database
from chengmo.sharing import Sharing, check_steward, is_steward_of
from chengmo.sharing.decision import may_know_of
from chengmo.sharing.policy import ALL_DATASETS
from chengmo.sharing.view import no_dataset

# Fewer rows than this on a side, and one row would move its score by a lot.
LEAST_ROWS = 10


class Contests:
    """Every contest of a platform. Threads may share it."""

    def __init__(self, sharing: Sharing, database: Database, *, clock: Clock = utc_now) -> None:
        self._sharing = sharing
        self._clock = clock
        self.store = ContestStore(database, clock)
        self.teams = Teams(database)
        self.scorer = Scorer(self.store, sharing.catalog, sharing.audit)

    def open(self, contest: Contest, actor: Actor, via: Via) -> OpenedContest:
        """Open a contest on the newest version of its hidden dataset.

        Raises:
            NotAllowed: If the actor is not the steward of the hidden dataset.
            UnknownDataset: If a dataset is not there.
            InvalidRequest: If the hidden dataset is shared with anybody, or its rows cannot be
                scored.
            Conflict: If there is a contest of this id, or its time is over.
        """
        check_permission(actor, "import")
        now = self._clock()
        if contest.phase(now) == "closed":
            raise Conflict("the deadline has passed already", hint="name a later one")
        catalog = self._sharing.catalog
        dataset = catalog.dataset(contest.hidden)
        if not may_know_of(actor, dataset):
            raise no_dataset(contest.hidden)
        check_steward(actor, dataset, "import")
        for each in contest.training:
            if not may_know_of(actor, catalog.dataset(each)):
                raise no_dataset(each)
        self._check_hidden(dataset)
        hidden = read_hidden(catalog, contest, dataset)
        unfit = unfit_targets(contest.metric, hidden.target)
        if unfit is not None:
            raise InvalidRequest(unfit.en, hint=unfit.zh)
        secret = _secret_for(contest, hidden)
        opened = OpenedContest(
            contest=contest,
            version=dataset.version,
            rows=len(hidden.keys),
            scoring_version=SCORING_VERSION,
            opened_utc=text_of(now),
            opened_by=actor.id,
        )
        self._note(actor, via, opened, "open")
        self.store.open(opened, secret)
        return opened

    def now(self) -> datetime:
        """Return the time by which contests begin and end."""
        return self._clock()

    def all(self) -> list[OpenedContest]:
        """Return every contest, by id."""
        return self.store.contests()

    def contest(self, contest: str) -> OpenedContest:
        """Return one contest.

        Raises:
            UnknownContest: If there is none.
        """
        return self.store.contest(contest)[0]

    def sample(self, contest: str) -> str:
        """Return a CSV file of every key that is to be predicted, predictions left empty.

        Raises:
            UnknownContest: If there is none.
            Conflict: If it has not begun.
        """
        opened = self.contest(contest)
        if opened.contest.phase(self._clock()) == "announced":
            raise Conflict(
                f"contest '{contest}' has not begun", hint="its keys are told when it begins"
            )
        return sample_file(opened.contest, self.scorer.hidden_of(opened).keys)

    def submit(self, contest: str, content: bytes, name: str, actor: Actor, via: Via) -> Submission:
        """Accept a file of predictions; when this returns it is safe, and waits to be scored.

        Raises:
            NotSignedIn: If nobody is known to ask.
            NotAllowed: If the actor's roles do not reach to runs.
            UnknownContest: If there is none.
            InvalidRequest: If the file is too large, or neither CSV nor Parquet by its name.
            Conflict: If the contest is not open, or the quota is used up.
        """
        check_permission(actor, "run")
        opened = self.contest(contest)
        limit = opened.contest.file_bytes
        if len(content) > limit:
            raise InvalidRequest(
                f"the file has {len(content)} bytes, and {limit} are allowed",
                hint="leave out what is not asked for, or bring Parquet",
            )
        if format_of(name) is None:
            raise InvalidRequest(
                "a file of predictions ends in .csv or .parquet", hint="name it so"
            )
        entry = Entry(
            entrant=self.teams.entrant(contest, actor.id),
            actor=actor.id,
            is_ranked=not self._may_know_targets(actor, opened),
            # PostgreSQL takes no NUL, and no terminal an escape.
            name="".join(letter for letter in name if letter.isprintable())[-200:],
            content=content,
        )
        self._note(actor, via, opened, "submit")
        try:
            submission = self.store.submit(opened.contest, entry)
        except Conflict:
            self._note(actor, via, opened, "submission-refused", verdict="denied")
            raise
        self.scorer.wake()
        return submission

    def submissions(self, contest: str, actor: Actor) -> list[Submission]:
        """Return what the actor, or its team, has brought, the newest first.

        Raises:
            UnknownContest: If there is none.
            NotSignedIn: If nobody is known to ask.
        """
        check_permission(actor, "run")
        opened = self.contest(contest)
        return self.store.submissions(
            contest, self.teams.entrant(contest, actor.id), private=self._is_closed(opened)
        )

    def board(self, contest: str) -> Board:
        """Return the leaderboard: public scores until the deadline, private ones after it.

        Raises:
            UnknownContest: If there is none.
        """
        # Asked first: what is scored meanwhile belongs to the same phase.
        opened = self.contest(contest)
        is_closed = self._is_closed(opened)
        scored, waiting = self.store.scored(contest)
        return make_board(opened.contest, scored, waiting=waiting, is_closed=is_closed)

    def found_team(self, contest: str, team: str, actor: Actor, via: Via) -> str:
        """Found a team and return its code; see `Teams.found`."""
        check_permission(actor, "run")
        self._note(actor, via, self.contest(contest), "found-team")
        return self.teams.found(contest, team, actor.id)

    def join_team(self, contest: str, team: str, code: str, actor: Actor, via: Via) -> None:
        """Join a team by its code; see `Teams.join`."""
        check_permission(actor, "run")
        self._note(actor, via, self.contest(contest), "join-team")
        self.teams.join(contest, team, code, actor.id)

    def close(self) -> None:
        """Stop scoring."""
        self.scorer.stop()

    def _is_closed(self, opened: OpenedContest) -> bool:
        return opened.contest.phase(self._clock()) == "closed"

    def _may_know_targets(self, actor: Actor, opened: OpenedContest) -> bool:
        dataset = self._sharing.catalog.dataset(opened.contest.hidden, opened.version)
        return actor.is_a("administrator") or is_steward_of(actor, dataset)

    def _check_hidden(self, dataset: Dataset) -> None:
        policies = self._sharing.policies.all().policies
        about = {dataset.id, ALL_DATASETS}
        permits = [
            each.id for each in policies if each.effect == "permit" and each.dataset in about
        ]
        if permits or (dataset.sharing, dataset.opening) != ("none", "none"):
            why = f"by policy '{permits[0]}'" if permits else "by its sharing or opening type"
            raise InvalidRequest(
                f"'{dataset.id}' is to be hidden, and is shared {why}",
                hint="what is hidden is shared with nobody: take the rule back",
            )

    def _note(
        self,
        actor: Actor,
        via: Via,
        opened: OpenedContest,
        what: str,
        *,
        verdict: Verdict = "allowed",
    ) -> None:
        self._sharing.audit.record(
            Access(
                actor=actor.id,
                via=via,
                action="contest",
                verdict=verdict,
                roles=tuple(sorted(actor.roles)),
                organisation=actor.organisation,
                purpose="contest",
                reason=what,
                detail={"contest": opened.contest.id},
            )
        )


def _secret_for(contest: Contest, hidden: Hidden) -> bytes:
    """Draw the secret of the public rows.

    Raises:
        InvalidRequest: If there are too few rows for two sides that can be scored.
    """
    secret = secrets.token_bytes(SECRET_BYTES)
    public = public_rows(
        hidden.keys, secret=secret, contest=contest.id, fraction=contest.public_fraction
    )
    for side in (hidden.target[public], hidden.target[~public]):
        if side.size < LEAST_ROWS:
            raise InvalidRequest(
                f"the hidden dataset has {len(hidden.keys)} rows: too few for two sides",
                hint=f"a side takes {LEAST_ROWS} rows and more; change the fraction, or add rows",
            )
        unfit = unfit_targets(contest.metric, side)
        if unfit is not None:
            raise InvalidRequest(unfit.en, hint=unfit.zh)
    return secret
