"""One submission as its entrant sees it, and its way: queued, scoring, then scored or failed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from chengmo.contests.table import entries
from chengmo.model.text import Frozen, Text

State = Literal["queued", "scoring", "scored", "failed"]


class Submission(Frozen):
    """What its entrant may know of a submission.

    Attributes:
        sequence: Place in the order of acceptance, over the whole contest.
        entrant: Team or account it counts for.
        reason: Why it failed; a failed one costs no quota.
        told_score: Best public score told after it, see `ladder`; None until it is scored.
        private_score: Of the private rows; None before the deadline.
    """

    id: str
    contest: str
    sequence: int
    entrant: str
    actor: str
    is_ranked: bool
    submitted_utc: str
    name: str
    sha256: str
    state: State
    reason: Text | None = None
    told_score: float | None = None
    private_score: float | None = None
    scoring_version: str = ""
    scored_utc: str = ""


@dataclass(frozen=True)
class Claim:
    """A submission that one scorer has taken on, for as long as its lease runs."""

    id: str
    contest: str
    entrant: str
    name: str
    content: bytes
    lease: str


@dataclass(frozen=True)
class Scores:
    """Exact scores of the two parts of the hidden rows."""

    public: float
    private: float


# What an entrant may see, without the file, and without the exact scores.
SEEN = tuple(entries.c[name] for name in Submission.model_fields if name != "private_score")


def submission_of(row: Mapping[Any, Any], *, private: bool = False) -> Submission:
    """Return a row as its entrant sees it; with the private score only if `private`."""
    stated = dict(row)
    reason = stated.pop("reason")
    score = stated.pop("private_score", None)
    return Submission(
        **stated,
        reason=Text.model_validate_json(reason) if reason else None,
        private_score=score if private else None,
    )
