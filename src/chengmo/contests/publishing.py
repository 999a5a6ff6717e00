"""The organiser publishes what won, and takes it back."""

from chengmo.audit import Via, undertaking
from chengmo.contests.board import Board, Scored, counting, make_board, significant
from chengmo.contests.contest import OpenedContest
from chengmo.contests.journal import note
from chengmo.contests.package_store import PackageStore
from chengmo.contests.publication import Publication, PublicationStore, model_id, no_model
from chengmo.contests.store import ContestStore
from chengmo.contests.submission import Submission
from chengmo.errors import Conflict, NotAllowed, NotSignedIn
from chengmo.identity import Actor, check_permission
from chengmo.identity.instant import text_of
from chengmo.sharing import Sharing, check_steward


class Publishing:
    """Published models of every contest. Threads may share it.

    Attributes:
        publications: Where they are kept.
    """

    def __init__(self, sharing: Sharing, store: ContestStore) -> None:
        self._sharing = sharing
        self._store = store
        self.publications = PublicationStore(store)

    def of_contest(self, contest: str) -> list[Publication]:
        """Return the published models of a contest.

        Raises:
            UnknownContest: If there is none.
        """
        self._store.contest(contest)
        return self.publications.of_contest(contest)

    def publish(self, contest: str, entrant: str, actor: Actor, via: Via) -> Publication:
        """Publish the package of an entrant as a model: what counts on the final board.

        Raises:
            NotAllowed: If the actor is not the steward of the hidden dataset.
            UnknownContest: If there is none.
            Conflict: If the board is not final, the entrant has no rank, or what counts is no
                package.
        """
        opened = self._of_organiser(contest, actor)
        made = self.publications.put(self._publication(opened, entrant, actor.id))
        note(self._sharing.audit, actor, via, opened, f"publish {made.id}")
        return made

    def retract(self, contest: str, model: str, actor: Actor, via: Via) -> None:
        """Take a published model back: nobody can run it any more.

        Raises:
            NotAllowed: If the actor is not the steward of the hidden dataset.
            UnknownContest: If there is no such contest.
            UnknownModel: If it has no such model.
        """
        opened = self._of_organiser(contest, actor)
        if model not in {each.id for each in self.publications.of_contest(contest)}:
            raise no_model(model)
        with undertaking(self._sharing.audit):
            note(self._sharing.audit, actor, via, opened, f"retract {model}")
            self.publications.retract(model)

    def is_organiser(self, contest: str, actor: Actor) -> bool:
        """Tell whether `actor` may publish and retract models of a contest.

        Raises:
            UnknownContest: If there is none.
        """
        try:
            self._of_organiser(contest, actor)
        except (NotAllowed, NotSignedIn):
            return False
        return True

    def publishable(self, contest: str, actor: Actor) -> tuple[str, ...]:
        """Return whose package `actor` may publish: nobody's before the board is final.

        Raises:
            UnknownContest: If there is none.
        """
        if not self.is_organiser(contest, actor):
            return ()
        opened = self._store.contest(contest)[0]
        board, scored = self._board(opened)
        if not board.is_final:
            return ()
        packages, known = PackageStore(self._store), self.publications.of_contest(contest)
        published = {each.entrant for each in known}
        return tuple(
            each.entrant
            for each in board.standings
            if each.rank is not None
            and each.entrant not in published
            and packages.has(self._counting(opened, each.entrant, scored)[0].id)
        )

    def _of_organiser(self, contest: str, actor: Actor) -> OpenedContest:
        check_permission(actor, "import")
        opened = self._store.contest(contest)[0]
        hidden = self._sharing.catalog.dataset(opened.contest.hidden, opened.version)
        check_steward(actor, hidden, "import")
        return opened

    def _board(self, opened: OpenedContest) -> tuple[Board, list[Scored]]:
        contest, store = opened.contest, self._store
        scored, waiting = store.scored(contest.id)
        is_closed = contest.phase(store.clock()) == "closed"
        return make_board(contest, scored, waiting=waiting, is_closed=is_closed), scored

    def _counting(
        self, opened: OpenedContest, entrant: str, scored: list[Scored]
    ) -> tuple[Submission, float]:
        """Return what counts of an entrant, and its private score."""
        mine = sorted(
            (each for each in scored if each.entrant == entrant), key=lambda each: each.sequence
        )
        chosen = counting(mine, final=opened.contest.final)
        return self._store.of_sequence(opened.contest.id, chosen.sequence), chosen.private

    def _publication(self, opened: OpenedContest, entrant: str, by: str) -> Publication:
        contest = opened.contest
        board, scored = self._board(opened)
        if not board.is_final:
            raise Conflict(
                f"contest '{contest.id}' goes on", hint="publish when its final board stands"
            )
        ranks = {each.entrant: each.rank for each in board.standings}
        rank = ranks.get(entrant)
        if rank is None:
            raise Conflict(
                f"'{entrant[:100]}' has no rank in contest '{contest.id}'",
                hint="see the final board: chengmo contest board",
            )
        submission, score = self._counting(opened, entrant, scored)
        packages = PackageStore(self._store)
        if not packages.has(submission.id):
            raise Conflict(
                f"what counts of '{entrant[:100]}' is a file of predictions, no package",
                hint="only a package can answer for other rows",
            )
        return Publication(
            id=model_id(contest.id, entrant, submission.sha256),
            contest=contest,
            entrant=entrant,
            rank=rank,
            score=significant(score),
            terms=packages.terms(submission.id),
            submission=submission.id,
            sha256=submission.sha256,
            scoring_version=submission.scoring_version,
            published_utc=text_of(self._store.clock()),
            published_by=by,
        )
