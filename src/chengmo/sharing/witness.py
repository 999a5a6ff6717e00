"""What is done about people goes into the audit: identity itself knows no log."""

import time

from chengmo.audit import Access, AuditLog
from chengmo.identity.deed import Deed, Doer, Witness
from chengmo.sharing.seldom import Seldom

# Costs whoever sends them nothing, and nobody heard them: one entry a minute tells as much.
_UNHEARD = frozenset({"too many attempts", "key"})
_MINUTE_S = 60.0


def witness_of(audit: AuditLog) -> Witness:
    """Return the witness that writes each deed into `audit`, before it holds."""
    unheard = Seldom()

    def witness(doer: Doer, deed: Deed) -> None:
        key, minute = (deed.how, deed.about, deed.facts.get("address")), time.time() // _MINUTE_S
        is_unheard = deed.kind == "sign-in-failed" and deed.how in _UNHEARD
        if is_unheard and not unheard.is_due(key, minute):
            return
        audit.record(_access(doer, deed))
        if is_unheard:
            unheard.keep(key, minute)

    return witness


def _access(doer: Doer, deed: Deed) -> Access:
    actor = doer.actor
    return Access(
        actor=actor.id,
        via=doer.way,
        action=deed.kind,
        verdict="denied" if deed.failed or deed.kind == "sign-in-failed" else "allowed",
        roles=tuple(sorted(actor.roles)),
        organisation=actor.organisation,
        reason=f"failed:{deed.failed}" if deed.failed else deed.how,
        detail={"about": deed.about, **deed.facts, **({"how": deed.how} if deed.failed else {})},
    )
