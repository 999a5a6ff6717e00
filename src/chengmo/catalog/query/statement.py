"""Read a question in SQL: into a tree, checked part by part, and written anew from the tree.

What is run is never the text that was received. Whether the datasets it names may be seen is not
decided here.
"""

import hashlib
from dataclasses import dataclass
from itertools import accumulate, pairwise

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from chengmo.catalog.query.parser import DIALECT, parse_sql
from chengmo.catalog.query.tree import check_tree, place_of
from chengmo.catalog.query.vocabulary import GRID, TABLE_FUNCTIONS
from chengmo.errors import InvalidQuery

# The schema of the views that stand for the datasets: nobody writes it, so no name can be taken
# for a dataset that was not resolved here.
SCHEMA = "city"
LONGEST_TEXT = 20_000
_MOST_TOKENS = 5_000
_DEEPEST = 60
_MOST_CHAINED = 50
_CHAINED = (TokenType.R_BRACKET, TokenType.L_BRACKET)
_BEGINNINGS = frozenset(
    {TokenType.SELECT, TokenType.WITH, TokenType.FROM, TokenType.VALUES, TokenType.L_PAREN}
)
_OPENING = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE})
_CLOSING = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END})
_CONSTANTS = frozenset({TokenType.STRING, TokenType.NUMBER})
_GEOMETRY = "_geometry"


@dataclass(frozen=True)
class Statement:
    """A question that only reads.

    Attributes:
        sql: It, written anew: every dataset is `city."<id>"`.
        shape: The same with `?` in the place of every constant: it holds no values.
        datasets: Ids of the datasets that it names, each once, in the order of the text.
        needs_geometry: Whether it asks for shapes.
        needs_grid: Whether it calls `bd_…` functions.
    """

    sql: str
    shape: str
    datasets: tuple[str, ...]
    needs_geometry: bool
    needs_grid: bool

    @property
    def digest(self) -> str:
        """SHA-256 of the shape: the same for questions that differ in their constants only."""
        return hashlib.sha256(self.shape.encode()).hexdigest()


def read_statement(text: str) -> Statement:
    """Return `text` as a statement that only reads.

    Raises:
        InvalidQuery: If it is no SQL, more than one statement, or does anything but read datasets;
            the message says where.
    """
    _check_tokens(_tokens(text))
    try:
        tree = _parsed(text)
        check_tree(tree)
        datasets = _resolved(tree)
        sql = _written(tree)
        _check_stable(sql)
        shape = _without_constants(sql)
    except (RecursionError, SqlglotError) as error:
        raise _unreadable(error) from error
    names = _names(tree)
    needs_geometry = _GEOMETRY in names or any(name.startswith("st_") for name in names)
    return Statement(sql, shape, datasets, needs_geometry, needs_grid=not GRID.isdisjoint(names))


def _tokens(text: str) -> list[Token]:
    if len(text) > LONGEST_TEXT:
        raise InvalidQuery(
            f"the question has {len(text)} letters", hint=f"ask in at most {LONGEST_TEXT}"
        )
    if "\0" in text:
        raise InvalidQuery("the question has a null character", hint="leave it out")
    try:
        return sqlglot.tokenize(text, read=DIALECT)
    except (SqlglotError, ValueError) as error:
        raise InvalidQuery(
            "the question cannot be read: a quotation or a comment is not closed",
            hint="'…' for texts, \"…\" for names",
        ) from error


def _check_tokens(tokens: list[Token]) -> None:
    """Refuse, before it is parsed, what is no question or would take the parser too far."""
    first = next(iter(tokens), None)
    if first is None or first.token_type not in _BEGINNINGS:
        where = f"line {first.line}, column {_column(first)}: " if first else ""
        raise InvalidQuery(
            f"{where}only questions can be asked: SELECT, WITH, FROM or VALUES",
            hint='for example: SELECT * FROM "hospitals" LIMIT 10',
        )
    kinds = [token.token_type for token in tokens]
    depths = accumulate((kind in _OPENING) - (kind in _CLOSING) for kind in kinds)
    # Each `x[1][1][1]…` is gone through anew for every bracket.
    chained = sum(pair == _CHAINED for pair in pairwise(kinds))
    if len(kinds) > _MOST_TOKENS or max(depths) > _DEEPEST or chained > _MOST_CHAINED:
        raise InvalidQuery(
            "the question is too long or too deeply nested",
            hint="ask it in parts, with WITH instead of brackets within brackets",
        )


def _column(token: Token) -> int:
    return max(1, token.col - (token.end - token.start))


def _parsed(text: str) -> exp.Query | exp.Values:
    try:
        trees = parse_sql(text)
    except ParseError as error:
        raise _no_sql(error) from error
    if len(trees) != 1:
        raise InvalidQuery("more than one statement", hint="ask one question at a time")
    tree = trees[0]
    if not isinstance(tree, exp.Query | exp.Values):
        raise InvalidQuery(
            f"only questions can be asked, no '{type(tree).key}'", hint="begin with SELECT"
        )
    return tree


def _no_sql(error: ParseError) -> InvalidQuery:
    first = error.errors[0] if error.errors else {}
    found = str(first.get("highlight") or "")[:40]
    near = f" at '{found}'" if found else ""
    return InvalidQuery(
        f"line {first.get('line', 1)}, column {_begin(first)}: this is no SQL{near}",
        hint='names with hyphens stand in quotes, as "air-quality", or with _ for -',
    )


def _begin(place: dict[str, str | None]) -> int:
    return max(1, int(place.get("col") or 1) - max(0, len(place.get("highlight") or "") - 1))


def _unreadable(error: Exception) -> InvalidQuery:
    what = "is nested too deeply" if isinstance(error, RecursionError) else "cannot be read"
    return InvalidQuery(f"the question {what}", hint="ask it in simpler parts")


def _resolved(tree: exp.Expr) -> tuple[str, ...]:
    """Give every dataset its one name and return their ids; a part of the query keeps its own."""
    found: dict[str, None] = {}
    for table in list(tree.find_all(exp.Table)):
        if table.args.get("db") or table.args.get("catalog"):
            raise InvalidQuery(
                f"{place_of(table)}'{table.sql(DIALECT)[:80]}' names no dataset",
                hint="a dataset's id stands alone, without a schema; lists go into UNNEST(…)",
            )
        name = table.this
        if isinstance(name, exp.Func):
            _check_table_function(table, name)
        elif not isinstance(name, exp.Identifier):
            raise InvalidQuery(
                f"{place_of(table)}this is no dataset", hint="write its id after FROM"
            )
        elif name.name.lower() not in _parts_seen_from(table):
            dataset = name.name.lower().replace("_", "-")
            found[dataset] = None
            _name_dataset(table, name, dataset)
    return tuple(found)


def _check_table_function(table: exp.Table, function: exp.Func) -> None:
    names = [function.name] if isinstance(function, exp.Anonymous) else type(function).sql_names()
    if TABLE_FUNCTIONS.isdisjoint(name.lower() for name in names):
        raise InvalidQuery(
            f"{place_of(table)}the function '{names[0].lower()[:60]}' is no dataset",
            hint="after FROM stand datasets by their ids, or unnest, range, generate_series",
        )


def _name_dataset(table: exp.Table, written: exp.Identifier, dataset: str) -> None:
    if not table.args.get("alias"):
        # So that columns may go by the name that the person wrote.
        table.set("alias", exp.TableAlias(this=exp.to_identifier(written.name, quoted=True)))
    table.set("this", exp.to_identifier(dataset, quoted=True))
    table.set("db", exp.to_identifier(SCHEMA))


def _parts_seen_from(table: exp.Table) -> set[str]:
    """Return the names of the WITH parts that a table's place sees, in lower case."""
    seen: set[str] = set()
    below: exp.Expr = table
    above = table.parent
    while above is not None:
        if isinstance(above, exp.With):
            # A part sees those before it, and itself where the WITH is recursive.
            for part in above.expressions:
                if part is below:
                    if above.args.get("recursive"):
                        seen.add(part.alias.lower())
                    break
                seen.add(part.alias.lower())
        elif (parts := above.args.get("with_")) is not None and parts is not below:
            seen.update(part.alias.lower() for part in parts.expressions)
        below, above = above, above.parent
    return seen


def _written(tree: exp.Expr) -> str:
    return tree.sql(dialect=DIALECT, comments=False, unsupported_level=ErrorLevel.RAISE)


def _check_stable(sql: str) -> None:
    """Refuse what means one thing to the one who writes SQL here and another to who reads it."""
    again = _parsed(sql)
    check_tree(again)
    if _written(again) != sql:
        raise InvalidQuery(
            "the question cannot be read in one way only", hint="write it in simpler words"
        )


def _without_constants(sql: str) -> str:
    parts: list[str] = []
    end = 0
    for token in sqlglot.tokenize(sql, read=DIALECT):
        if token.token_type in _CONSTANTS:
            parts += [sql[end : token.start], "?"]
            end = token.end + 1
    return "".join([*parts, sql[end:]])


def _names(tree: exp.Expr) -> set[str]:
    called = {each.name.lower() for each in tree.find_all(exp.Anonymous)}
    typed = {name.lower() for each in tree.find_all(exp.Func) for name in type(each).sql_names()}
    columns = {each.name.lower() for each in tree.find_all(exp.Column)}
    return called | typed | columns
