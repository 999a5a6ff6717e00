"""sqlglot's parser of DuckDB's dialect, with a bound on how often it may try again.

Where a part can be read in two ways it goes back and forth, nested parts within nested parts: for
`DATE (DATE (DATE (…` it would take 2^n steps and hold the server as long.
"""

import sqlglot
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ParseError

from chengmo.errors import InvalidQuery

DIALECT = "duckdb"
# Questions that people ask took 1 to 1.7 steps a token.
_STEPS_A_TOKEN, _STEPS = 20, 1_000


class _BoundedParser(DuckDB.Parser):
    steps_left = _STEPS

    def _advance(self, times: int = 1) -> None:
        self.steps_left -= 1
        if self.steps_left < 0:
            raise InvalidQuery(
                "the question is too deeply nested", hint="ask it in simpler parts, with WITH"
            )
        super()._advance(times)


def parse_sql(text: str) -> list[exp.Expr]:
    """Return the statements of `text`.

    Raises:
        ParseError: If it is no SQL.
        InvalidQuery: If it takes too long to tell.
    """
    tokens = sqlglot.tokenize(text, read=DIALECT)
    parser = _BoundedParser(dialect=DIALECT)
    parser.steps_left = _STEPS + _STEPS_A_TOKEN * len(tokens)
    try:
        trees = parser.parse(tokens, text)
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        # sqlglot 30 stumbles over some texts that are no SQL, such as `SELECT {:1}`.
        raise ParseError("it breaks off where more is needed") from error
    return [tree for tree in trees if tree is not None]
