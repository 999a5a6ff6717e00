"""Every access, written where a change shows."""

from chengmo.audit.access import Access, Action, Verdict, Via
from chengmo.audit.checkpoint import Checkpoint
from chengmo.audit.log import AuditLog, AuditSettings
from chengmo.audit.search import AuditEntry, AuditQuery
from chengmo.audit.undertaking import undertaking
from chengmo.audit.verification import Finding, Verification

__all__ = [
    "Access",
    "Action",
    "AuditEntry",
    "AuditLog",
    "AuditQuery",
    "AuditSettings",
    "Checkpoint",
    "Finding",
    "Verdict",
    "Verification",
    "Via",
    "undertaking",
]
