"""Taking a report: who may, written down first, and then as HTML or PDF."""

from dataclasses import dataclass
from typing import Literal

from chengmo.audit import Via
from chengmo.identity import Actor
from chengmo.interfaces.compliance import page, paper
from chengmo.interfaces.compliance.chapters import document_of
from chengmo.interfaces.compliance.document import Language, Speech
from chengmo.interfaces.compliance.facts import gather
from chengmo.interfaces.compliance.period import Period
from chengmo.runs.platform import Platform
from chengmo.sharing.review import begin_review

Form = Literal["html", "pdf"]
MEDIA_TYPES: dict[Form, str] = {"html": page.MEDIA_TYPE, "pdf": paper.MEDIA_TYPE}


@dataclass(frozen=True)
class ReportOrder:
    """What is asked for.

    Attributes:
        dataset: Its id.
        by: The way in.
    """

    dataset: str
    by: Via
    period: Period
    language: Language = "zh"
    form: Form = "html"


def take_report(platform: Platform, actor: Actor, order: ReportOrder) -> bytes:
    """Return the compliance report of a dataset, after the taking of it was written down.

    Raises:
        UnknownDataset: If there is no such dataset that the actor may know of.
        NotAllowed: If the actor may not read its audit.
        NotSignedIn: If nobody is signed in.
        InvalidQuery: If more happened in the period than a report can list.
        InvalidRequest: If a PDF cannot be made on this machine.
        LakeUnavailable: If the database does not answer.
    """
    period = order.period
    told = {
        "what": "compliance report",
        "since": period.since_utc or "",
        "until": period.until_utc or "",
        "form": order.form,
    }
    begin_review(platform.sharing, actor, order.dataset, order.by, told)
    facts = gather(platform, order.dataset, period, actor)
    document = document_of(facts, Speech(order.language))
    return paper.paper_of(document) if order.form == "pdf" else page.page_of(document)
