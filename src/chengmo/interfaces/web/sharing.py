"""Sharing over the page: what there is, asking for it, answering, rules, the audit."""

import shutil
import tempfile
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from chengmo.audit import AuditEntry, AuditQuery
from chengmo.catalog.dataset import Dataset
from chengmo.catalog.treatment import Treatment
from chengmo.errors import InvalidQuery, NotAllowed
from chengmo.interfaces.boundary import language_of
from chengmo.interfaces.compliance.page import content_security_policy
from chengmo.interfaces.compliance.period import read_period
from chengmo.interfaces.compliance.report import MEDIA_TYPES, Form, ReportOrder, take_report
from chengmo.interfaces.web.action import Action, Answer, Visit, only, read_model, read_number
from chengmo.interfaces.web.datasets import EXPORT_FOLDER
from chengmo.interfaces.web.uploads import sweep
from chengmo.inventory.duty import duty_of
from chengmo.inventory.explanation import KINDS, TREATMENTS
from chengmo.sharing import View, is_steward_of
from chengmo.sharing.decision import Verdict
from chengmo.sharing.policy import Policy
from chengmo.sharing.request import Wish
from chengmo.sharing.review import may_review

_PAGE = 50
_MOST = 500
# Stated by the steward: nothing here is found in the rows.
_STATED = ("id", "title", "description", "steward", "sharing", "opening", "grade", "synthetic")
_ENTRY = (
    "legal_basis", "category", "level", "contact", "sharing_conditions", "opening_conditions",
    "update_frequency", "version",
)  # fmt: skip


class AnswerToRequest(BaseModel):
    """What a steward says to a request."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    comment: str = Field(default="", max_length=2000)
    treatment: Treatment = Treatment()


def list_inventory(visit: Visit) -> Answer:
    """Return every dataset that the caller may know of, and whether it may be seen."""
    return {"datasets": [_known(visit.view, each) for each in visit.view.known()]}


def _known(view: View, dataset: Dataset) -> dict[str, Any]:
    verdict, actor = view.verdict(dataset), view.asker.actor
    stated = dataset.model_dump(mode="json", include=set(_STATED))
    mine = actor.is_a("administrator") or is_steward_of(actor, dataset)
    answers = mine or actor.is_a("auditor")
    return {
        **stated,
        "is_mine": mine,
        "may_review": may_review(actor, dataset),
        "verdict": _said(verdict),
        "inventory": _inventory(view, dataset) if answers else None,
    }


def _inventory(view: View, dataset: Dataset) -> dict[str, Any]:
    """Return what whoever answers for a dataset, or watches over it, sees of its entry."""
    duty = duty_of(view.catalog.versions(dataset.id), view.clock())
    return {
        **dataset.model_dump(mode="json", include=set(_ENTRY)),
        "updated_utc": duty.updated_utc,
        "due_utc": duty.due_utc,
        "days_overdue": duty.days_overdue,
        "is_duty_readable": duty.is_readable,
        "sensitive": [_sensitive(dataset, name) for name in _sensitive_names(dataset)],
    }


def _sensitive_names(dataset: Dataset) -> list[str]:
    return sorted({*dataset.sensitive, *(each.column for each in dataset.found_sensitive)})


def _sensitive(dataset: Dataset, name: str) -> dict[str, Any]:
    """Return a column as its steward stated it; where nothing was stated, as it was found."""
    found = next((each for each in dataset.found_sensitive if each.column == name), None)
    column = dataset.sensitive.get(name) or found
    return {
        "column": name,
        "is_stated": name in dataset.sensitive,
        "kind": KINDS[column.kind] if column else None,
        "treatment": TREATMENTS[column.treatment] if column else None,
        "matches": found.matches if found else None,
        "rows": found.rows if found else None,
    }


def _said(verdict: Verdict) -> dict[str, Any]:
    return {
        "allowed": verdict.allowed,
        "reason": verdict.reason,
        "policy": verdict.policy,
        "treated": verdict.treatment.words(),
        "rows_per_day": verdict.rows_per_day,
    }


def list_requests(visit: Visit) -> Answer:
    """Return what the caller asked for and what waits for the caller's answer."""
    found = visit.platform.sharing.requests_of(visit.actor)
    return {"requests": [{**each.model_dump(), "is_mine": each.actor == visit.actor.id}
                         for each in found]}  # fmt: skip


def make_request(visit: Visit) -> Answer:
    """Ask for a dataset."""
    wish = read_model(Wish, visit.body, "request")
    return visit.platform.sharing.ask(wish, visit.actor, "web")


def approve(visit: Visit) -> Answer:
    """Grant a request."""
    said = read_model(AnswerToRequest, visit.body, "answer")
    return visit.platform.sharing.approve(
        visit.path["id"], visit.actor, "web", treatment=said.treatment, comment=said.comment
    )


def refuse(visit: Visit) -> Answer:
    """Refuse a request."""
    only(visit.body, "comment")
    said = read_model(AnswerToRequest, visit.body, "answer")
    return visit.platform.sharing.refuse(visit.path["id"], visit.actor, "web", comment=said.comment)


def withdraw(visit: Visit) -> Answer:
    """Take a request back."""
    return visit.platform.sharing.withdraw(visit.path["id"], visit.actor, "web")


def list_policies(visit: Visit) -> Answer:
    """Return the policies about the datasets in the caller's care, and what each does in words."""
    found = visit.platform.sharing.policies_of(visit.actor)
    return {"policies": [{**each.model_dump(mode="json"), "treated": each.treatment.words()}
                         for each in found]}  # fmt: skip


def list_bodies(visit: Visit) -> Answer:
    """Return the organisations that a policy can name, to those who state policies.

    Raises:
        NotAllowed: If the caller states none.
    """
    if not visit.actor.is_a("administrator", "steward"):
        raise NotAllowed(
            "organisations are listed for those who state policies", hint="ask a data steward"
        )
    return {"organisations": visit.platform.people.organisations()}


def say_treatment(visit: Visit) -> Answer:
    """Return what a treatment would do, in the words that go with the treated data."""
    return {"treated": read_model(Treatment, visit.body, "treatment").words()}


def state_policy(visit: Visit) -> Answer:
    """State a policy, anew or instead of the one with its id."""
    policy = read_model(Policy, {**visit.body, "id": visit.path["id"]}, "policy")
    visit.platform.sharing.state(policy, visit.actor, "web")
    return policy


def take_policy_back(visit: Visit) -> Answer:
    """Take a policy back."""
    visit.platform.sharing.take_back(visit.path["id"], visit.actor, "web")
    return None


def search_audit(visit: Visit) -> Answer:
    """Return accesses, the newest first."""
    asked = {name: visit.query[name] for name in _AUDIT if name in visit.query}
    limit = read_number(visit, "limit", _PAGE, most=_MOST)
    before = read_number(visit, "before", 0, most=2**53) if "before" in visit.query else None
    visit.note("audit", what=f"search {sorted(asked.items())}")
    visit.platform.audit.seal()
    found = visit.platform.audit.search(AuditQuery(**asked, before=before, limit=limit))
    return {"entries": [_entry(each) for each in found]}


def verify_audit(visit: Visit) -> Answer:
    """Look for any change in the whole audit, and say what is wrong first."""
    only(visit.body)
    visit.note("audit", what="verify")
    found = visit.platform.audit.verify()
    return {
        "whole": found.is_whole,
        "entries": found.entries,
        "head": found.head,
        "checkpoints": found.checkpoints,
        "signed_through": found.signed_through,
        "findings": [{"sequence": each.sequence, "slug": each.slug, "text": each.text}
                     for each in found.findings[:_PAGE]],
    }  # fmt: skip


def export_audit(visit: Visit) -> Answer:
    """Return the whole audit for an outside auditor, with the program that checks it."""
    visit.note("audit", what="export")
    shelf = visit.platform.home / EXPORT_FOLDER
    shelf.mkdir(parents=True, exist_ok=True)
    sweep(shelf)  # of downloads that broke off
    folder = Path(tempfile.mkdtemp(dir=shelf))
    try:
        visit.platform.audit.export(folder / "audit")
        path = shutil.make_archive(str(folder / "packed"), "zip", folder, "audit")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(
        path,
        media_type="application/zip",
        filename="audit.zip",
        headers={"Cache-Control": "no-store"},
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )


def report(visit: Visit) -> Answer:
    """Return the compliance report of a dataset, as a page or as PDF."""
    wanted = visit.query.get("f", "html")
    form: Form | None = next((one for one in get_args(Form) if one == wanted), None)
    if form is None:
        raise InvalidQuery(
            "parameter 'f' names no form of the report",
            hint=f"give one of {', '.join(MEDIA_TYPES)}",
        )
    order = ReportOrder(
        dataset=visit.path["id"],
        by="web",
        period=read_period(visit.query.get("from"), visit.query.get("to")),
        language="zh" if language_of(visit.request) == "zh" else "en",
        form=form,
    )
    content = take_report(visit.platform, visit.actor, order)
    return Response(content, headers=_headers(order.dataset, form), media_type=MEDIA_TYPES[form])


def _headers(dataset: str, form: Form) -> dict[str, str]:
    headers = {"Cache-Control": "no-store"}
    if form == "html":
        return {**headers, "Content-Security-Policy": content_security_policy()}
    return {**headers, "Content-Disposition": f'attachment; filename="{dataset}-compliance.pdf"'}


def _entry(entry: AuditEntry) -> dict[str, Any]:
    return {"sequence": entry.sequence, **entry.access.plain()}


_AUDIT = ("actor", "dataset", "action", "verdict", "since_utc", "until_utc", "text")
ACTIONS: tuple[Action, ...] = (
    Action("GET", "/sharing/datasets", list_inventory),
    Action("GET", "/sharing/requests", list_requests),
    Action("POST", "/sharing/requests", make_request, status=201),
    Action("POST", "/sharing/requests/{id}/approval", approve),
    Action("POST", "/sharing/requests/{id}/refusal", refuse),
    Action("DELETE", "/sharing/requests/{id}", withdraw),
    Action("GET", "/sharing/policies", list_policies),
    Action("GET", "/sharing/organisations", list_bodies),
    Action("POST", "/sharing/treatment/words", say_treatment),
    Action("PUT", "/sharing/policies/{id}", state_policy),
    Action("DELETE", "/sharing/policies/{id}", take_policy_back),
    Action(
        "GET",
        "/sharing/audit",
        search_audit,
        frozenset({"lang", "limit", "before", *_AUDIT}),
        scope="audit",
    ),
    Action("GET", "/sharing/audit/export", export_audit, scope="audit"),
    # Its steward may, too, whose role does not reach to the whole audit: see `sharing.review`.
    Action("GET", "/datasets/{id}/compliance", report, frozenset({"lang", "from", "to", "f"})),
    Action("POST", "/sharing/audit/verification", verify_audit, scope="audit"),
)
