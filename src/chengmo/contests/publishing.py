"""The organiser publishes what won, and takes it back."""

from chengmo.contests.board import counting, make_board, significant
from chengmo.contests.contest import OpenedContest
from chengmo.contests.package_store import PackageStore
from chengmo.contests.publication import Publication, PublicationStore, model_id
from chengmo.contests.store import ContestStore
from chengmo.errors import Conflict
from chengmo.identity.instant import text_of


def publish(
    store: ContestStore,
    publications: PublicationStore,
    opened: OpenedContest,
    entrant: str,
    by: str,
) -> Publication:
    """Publish the package of an entrant that counts on the final board.

    Raises:
        Conflict: If the board is not final, the entrant has no rank, or what counts is no package.
    """
    contest, now = opened.contest, store.clock()
    scored, waiting = store.scored(contest.id)
    is_closed = contest.phase(now) == "closed"
    board = make_board(contest, scored, waiting=waiting, is_closed=is_closed)
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
    mine = sorted(
        (each for each in scored if each.entrant == entrant), key=lambda each: each.sequence
    )
    chosen = counting(mine, final=contest.final)
    submission = store.of_sequence(contest.id, chosen.sequence)
    packages = PackageStore(store)
    if not packages.has(submission.id):
        raise Conflict(
            f"what counts of '{entrant[:100]}' is a file of predictions, no package",
            hint="only a package can answer for other rows",
        )
    return publications.put(
        Publication(
            id=model_id(contest.id, submission.sha256),
            contest=contest,
            entrant=entrant,
            rank=rank,
            score=significant(chosen.private),
            terms=packages.terms(submission.id),
            submission=submission.id,
            sha256=submission.sha256,
            scoring_version=submission.scoring_version,
            published_utc=text_of(now),
            published_by=by,
        )
    )
