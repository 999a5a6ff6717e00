"""Questions in SQL, under the rules of every other way in: who, for what, over which datasets.

The statement is read and checked, each dataset that it names is granted as what the asker may see
(itself or its treated edition), and the jailed engine answers over the files of those. Every
dataset is written down as an access of its own, before the answer leaves.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chengmo.audit import Via
from chengmo.catalog.dataset import Dataset
from chengmo.catalog.query.ask import Source, ask
from chengmo.catalog.query.limits import QueryLimits
from chengmo.catalog.query.result import Answer, from_engine
from chengmo.catalog.query.statement import Statement, read_statement
from chengmo.errors import ChengmoError, InvalidQuery
from chengmo.identity import Actor, check_permission
from chengmo.sharing.sharing import Sharing
from chengmo.sharing.view import Granted, View


@dataclass(frozen=True)
class SqlQuestion:
    """A question as it came in.

    Attributes:
        text: SQL.
        purpose: What the answer is for.
        by: The way in that took it.
    """

    text: str
    purpose: str
    by: Via


def ask_in_sql(
    sharing: Sharing, actor: Actor, question: SqlQuestion, limits: QueryLimits | None = None
) -> Answer:
    """Return the answer to a question in SQL over the datasets that `actor` may see.

    Where a policy counts rows by the day, a question counts as all rows of the dataset, as a run
    does: any of them may be in the answer, whatever its number of rows.

    Raises:
        NotAllowed: If the actor may not ask in SQL.
        SharingDenied: If the actor may not use a dataset, or has had its rows.
        UnknownDataset: If there is no dataset of a name that the actor may know of.
        InvalidQuery: If no purpose is stated, or the text is not one question that fits the data.
        ResourceExhausted: If the answer takes too much time or memory.
    """
    check_permission(actor, "sql")
    if not question.purpose:
        raise InvalidQuery("the question states no purpose", hint="say what the answer is for")
    statement = read_statement(question.text)
    view = sharing.view(actor, question.purpose, "sql", scope="sql")
    grants = [view.grant(dataset) for dataset in statement.datasets]
    for grant in grants:
        view.count_all_rows(grant.dataset)
    detail = _detail(sharing, question, statement)
    try:
        table = ask(statement, _sources(sharing, grants), limits)
    except ChengmoError as error:
        # An error about a value tells of it: the access is written down all the same.
        _write_down(view, grants, 0, {**detail, "outcome": error.slug})
        raise
    _write_down(view, grants, table.num_rows, detail)
    told = dict.fromkeys(text for grant in grants for text in grant.dataset.treated)
    return replace(from_engine(table), treated=tuple(told), editions=view.treated)


def tables_in_sql(sharing: Sharing, actor: Actor, purpose: str) -> list[Dataset]:
    """Return the datasets, or their editions, that `actor` may ask in SQL for `purpose`.

    Raises:
        NotAllowed: If the actor may not ask in SQL.
    """
    check_permission(actor, "sql")
    return sharing.view(actor, purpose, "sql", scope="sql").datasets()


def _sources(sharing: Sharing, grants: Sequence[Granted]) -> list[Source]:
    reader = sharing.catalog.shelves.reader
    return [Source(grant.dataset, reader.files_of(grant.dataset)) for grant in grants]


def _detail(sharing: Sharing, question: SqlQuestion, statement: Statement) -> dict[str, str]:
    """Return what the log keeps of a question: its shape, and a mark to know it again by.

    Constants may be personal data (`WHERE id_number = …`), so the text is not kept. The mark is an
    HMAC under the platform's secret: whoever has the text and the platform can tell that it was
    this one, and nobody can try out constants on the log alone.
    """
    mark = hmac.new(
        sharing.catalog.editions.secret, b"sql\0" + statement.sql.encode(), hashlib.sha256
    )
    return {
        "by": question.by,
        "shape": statement.shape,
        "shape_sha256": statement.digest,
        "statement_hmac": mark.hexdigest(),
    }


def _write_down(
    view: View, grants: Sequence[Granted], rows: int, detail: Mapping[str, str]
) -> None:
    for grant in grants:
        view.write_down("sql", grant.dataset, rows=rows, detail=detail)
