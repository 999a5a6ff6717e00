"""What is done in contests, written into the audit log."""

from chengmo.audit import Access, AuditLog, Verdict, Via
from chengmo.contests.contest import OpenedContest
from chengmo.identity import Actor

PURPOSE = "contest"


def note(
    audit: AuditLog,
    actor: Actor,
    via: Via,
    opened: OpenedContest,
    what: str,
    *,
    verdict: Verdict = "allowed",
) -> None:
    """Write one act down."""
    audit.record(
        Access(
            actor=actor.id,
            via=via,
            action="contest",
            verdict=verdict,
            roles=tuple(sorted(actor.roles)),
            organisation=actor.organisation,
            purpose=PURPOSE,
            reason=what,
            detail={"contest": opened.contest.id},
        )
    )
