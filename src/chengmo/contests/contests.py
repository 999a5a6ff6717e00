"""Contests, whole: open one, take part, see the board."""

import re
from datetime import datetime

from chengmo.audit import Via, undertaking
from chengmo.compute.jail import check_walls
from chengmo.contests.archive import check_archive, is_package
from chengmo.contests.board import Board, make_board
from chengmo.contests.contest import Contest, OpenedContest
from chengmo.contests.hidden import read_hidden, sample_file
from chengmo.contests.journal import PURPOSE, note
from chengmo.contests.metric import SCORING_VERSION, unfit_targets
from chengmo.contests.opening import check_hidden, secret_for
from chengmo.contests.package import LICENCE_PATTERN, PackageReport, PackageTerms
from chengmo.contests.package_store import PackageStore
from chengmo.contests.prediction import format_of
from chengmo.contests.publishing import Publishing
from chengmo.contests.scoring import Scorer
from chengmo.contests.store import ContestStore, Entry
from chengmo.contests.submission import Submission
from chengmo.contests.team import Team, Teams
from chengmo.errors import Conflict, InvalidRequest
from chengmo.identity import Actor, check_permission
from chengmo.identity.instant import Clock, text_of, utc_now
from chengmo.ledger import Database
from chengmo.sharing import Sharing, check_steward, is_steward_of
from chengmo.sharing.decision import may_know_of
from chengmo.sharing.used import version_of
from chengmo.sharing.view import no_dataset


class Contests:
    """Every contest of a platform. Threads may share it."""

    def __init__(self, sharing: Sharing, database: Database, *, clock: Clock = utc_now) -> None:
        self._sharing = sharing
        self._clock = clock
        self.store = ContestStore(database, clock)
        self.teams = Teams(database)
        self.packages = PackageStore(self.store)
        self.publishing = Publishing(sharing, self.store)
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
        check_hidden(dataset, self._sharing.policies.all().policies)
        hidden = read_hidden(catalog, contest, dataset)
        unfit = unfit_targets(contest.metric, hidden.target)
        if unfit is not None:
            raise InvalidRequest(unfit.en, hint=unfit.zh)
        secret = secret_for(contest, hidden)
        opened = OpenedContest(
            contest=contest,
            version=dataset.version,
            rows=len(hidden.keys),
            scoring_version=SCORING_VERSION,
            opened_utc=text_of(now),
            opened_by=actor.id,
        )
        with undertaking(self._sharing.audit):
            note(self._sharing.audit, actor, via, opened, "open")
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

    def submit(
        self,
        contest: str,
        content: bytes,
        name: str,
        actor: Actor,
        via: Via,
        *,
        licence: str | None = None,
    ) -> Submission:
        """Accept a file of predictions or a package; it is safe when this returns, and waits.

        Args:
            contest: Its id.
            content: Of the file.
            name: Of the file; `.csv` and `.parquet` are predictions, `.zip` and `.whl` packages.
            actor: Who brings it.
            via: By which way in.
            licence: Of a package: under which its model may be published, an SPDX expression.

        Raises:
            NotSignedIn: If nobody is known to ask.
            NotAllowed: If the actor's roles do not reach to runs.
            UnknownContest: If there is none.
            InvalidRequest: If the file is too large, or none that is read here, or unsafe.
            SharingDenied: If the actor may not use the data that the package is to learn from.
            PlatformError: If packages cannot be jailed here.
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
        terms: PackageTerms | None = None
        if is_package(name):
            terms = self._terms_of(opened.contest, content, licence, actor, via)
        elif format_of(name) is None:
            raise InvalidRequest(
                "a file of predictions ends in .csv or .parquet, a package in .zip or .whl",
                hint="name it so",
            )
        entry = Entry(
            entrant=self.teams.entrant(contest, actor.id),
            actor=actor.id,
            is_ranked=not self._may_know_targets(actor, opened),
            # PostgreSQL takes no NUL, and no terminal an escape.
            name="".join(letter for letter in name if letter.isprintable())[-200:],
            content=content,
            terms=terms,
        )
        note(self._sharing.audit, actor, via, opened, "submit")
        try:
            submission = self.store.submit(opened.contest, entry)
        except Conflict:
            note(self._sharing.audit, actor, via, opened, "submission-refused", verdict="denied")
            raise
        self.scorer.wake()
        return submission

    def _terms_of(
        self, contest: Contest, content: bytes, licence: str | None, actor: Actor, via: Via
    ) -> PackageTerms:
        if not contest.packages:
            raise InvalidRequest(
                f"contest '{contest.id}' takes files of predictions, no packages",
                hint="run yours at home and bring what it predicts",
            )
        if licence is None or not re.fullmatch(LICENCE_PATTERN, licence):
            raise InvalidRequest(
                "a package needs a licence", hint="an SPDX expression such as MIT or MulanPSL-2.0"
            )
        check_walls()
        check_archive(content)
        # It learns from the data as the one who brings it may see them, and tells of them.
        view = self._sharing.view(actor, PURPOSE, via, scope="run")
        granted = [view.grant(each) for each in contest.training]
        for each in granted:
            view.take_for_run(each.dataset, f"contest:{contest.id}")
        datasets = {
            each.dataset.id: version_of(each.dataset, each.verdict.treatment) for each in granted
        }
        return PackageTerms(licence=licence, datasets=datasets)

    def package(self, contest: str, submission: str, actor: Actor) -> PackageReport:
        """Return what became of a package that the actor, or its team, has brought.

        Raises:
            UnknownContest: If there is none.
            NotSignedIn: If nobody is known to ask.
        """
        check_permission(actor, "run")
        entrant = self.teams.entrant(contest, actor.id)
        return self.packages.of_entrant(contest, submission, entrant)

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
        with undertaking(self._sharing.audit):
            note(self._sharing.audit, actor, via, self.contest(contest), "found-team")
            return self.teams.found(contest, team, actor.id)

    def join_team(self, contest: str, team: str, code: str, actor: Actor, via: Via) -> None:
        """Join a team by its code; see `Teams.join`."""
        check_permission(actor, "run")
        with undertaking(self._sharing.audit):
            note(self._sharing.audit, actor, via, self.contest(contest), "join-team")
            self.teams.join(contest, team, code, actor.id)

    def team(self, contest: str, actor: Actor) -> Team | None:
        """Return the actor's team, or None; see `Teams.team_of`."""
        check_permission(actor, "run")
        self.contest(contest)
        return self.teams.team_of(contest, actor.id)

    def invite(self, contest: str, actor: Actor, via: Via) -> str:
        """Return a new code of the actor's team; see `Teams.invite`."""
        check_permission(actor, "run")
        with undertaking(self._sharing.audit):
            note(self._sharing.audit, actor, via, self.contest(contest), "invite-to-team")
            return self.teams.invite(contest, actor.id)

    def leave_team(self, contest: str, actor: Actor, via: Via) -> None:
        """Leave a team; see `Teams.leave`."""
        check_permission(actor, "run")
        with undertaking(self._sharing.audit):
            note(self._sharing.audit, actor, via, self.contest(contest), "leave-team")
            self.teams.leave(contest, actor.id)

    def close(self) -> None:
        """Stop scoring."""
        self.scorer.stop()

    def _is_closed(self, opened: OpenedContest) -> bool:
        return opened.contest.phase(self._clock()) == "closed"

    def _may_know_targets(self, actor: Actor, opened: OpenedContest) -> bool:
        dataset = self._sharing.catalog.dataset(opened.contest.hidden, opened.version)
        return actor.is_a("administrator") or is_steward_of(actor, dataset)
