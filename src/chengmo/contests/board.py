"""The leaderboard: by told public scores until the deadline, by private scores after it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from chengmo.contests.contest import Contest
from chengmo.contests.metric import METRICS

_DIGITS = 6


@dataclass(frozen=True)
class Scored:
    """A scored submission, as the board counts it.

    Attributes:
        entrant: Team or account.
        sequence: Place in the order of acceptance.
        submitted_utc: RFC 3339.
        told: Public score after it, as the Ladder tells it.
        private: Exact score of the private rows.
        is_ranked: False for those who may know the hidden rows.
    """

    entrant: str
    sequence: int
    submitted_utc: str
    told: float
    private: float
    is_ranked: bool


@dataclass(frozen=True)
class Standing:
    """One line of the board.

    Attributes:
        rank: From 1; None outside the competition.
        entrant: Team or account.
        score: Told public, or private, score.
        submitted_utc: When the submission that counts was accepted.
        submissions: How many were scored.
    """

    rank: int | None
    entrant: str
    score: float
    submitted_utc: str
    submissions: int


@dataclass(frozen=True)
class Board:
    """All lines.

    Attributes:
        kind: Which rows the scores are of.
        waiting: How many accepted submissions have no score yet.
        is_final: Whether nothing will change any more.
        standings: Best first.
    """

    kind: Literal["public", "private"]
    waiting: int
    is_final: bool
    standings: tuple[Standing, ...]


def make_board(
    contest: Contest, scored: Iterable[Scored], *, waiting: int, is_closed: bool
) -> Board:
    """Rank entrants by the submission of each that counts; whoever was earlier wins a tie."""
    ordered = sorted(scored, key=lambda each: (each.entrant, each.sequence))
    lines: list[tuple[float, int, Scored, int]] = []
    metric = METRICS[contest.metric]
    for _, group in groupby(ordered, key=lambda each: each.entrant):
        mine = list(group)
        chosen = counting(mine, final=contest.final if is_closed else "best")
        # Compared as shown: a difference that nobody sees ranks nobody.
        score = significant(chosen.private) if is_closed else chosen.told
        lines.append((metric.loss(score), chosen.sequence, chosen, len(mine)))
    return Board(
        kind="private" if is_closed else "public",
        waiting=waiting,
        is_final=is_closed and waiting == 0,
        standings=tuple(_ranked(contest, sorted(lines, key=lambda line: line[:2]))),
    )


def counting(mine: Sequence[Scored], *, final: Literal["best", "last"]) -> Scored:
    """Return the submission of one entrant that counts, of those in the order of acceptance.

    The best is the one at which the told score last changed: what the Ladder did not tell apart
    from it came later.
    """
    if final == "last":
        return mine[-1]
    return next(each for each in mine if each.told == mine[-1].told)


def significant(number: float) -> float:
    """Return a number to six significant digits."""
    return float(f"{number:.{_DIGITS}g}")


def _ranked(
    contest: Contest, lines: Sequence[tuple[float, int, Scored, int]]
) -> Iterable[Standing]:
    metric, rank = METRICS[contest.metric], 0
    for loss, _, chosen, count in lines:
        rank += chosen.is_ranked
        yield Standing(
            rank=rank if chosen.is_ranked else None,
            entrant=chosen.entrant,
            score=metric.loss(loss) + 0.0,
            submitted_utc=chosen.submitted_utc,
            submissions=count,
        )
