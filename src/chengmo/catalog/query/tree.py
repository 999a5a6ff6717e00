"""Which parts a statement may be made of: an allow-list of sqlglot's node types."""

from sqlglot import exp

from chengmo.catalog.query.vocabulary import FUNCTIONS
from chengmo.errors import InvalidQuery

# A statement, its clauses, its names and constants.
_STRUCTURE = (
    exp.Select, exp.Union, exp.Except, exp.Intersect, exp.Subquery, exp.Values, exp.With, exp.CTE,
    exp.From, exp.Join, exp.Lateral, exp.Table, exp.TableAlias, exp.TableSample, exp.Where,
    exp.Group, exp.Rollup, exp.Cube, exp.GroupingSets, exp.Having, exp.Qualify, exp.Distinct,
    exp.Order, exp.Ordered, exp.Limit, exp.LimitOptions, exp.Offset, exp.Fetch, exp.Window,
    exp.WindowSpec, exp.Alias, exp.Column, exp.Identifier, exp.Var, exp.Star, exp.Tuple,
    exp.Paren, exp.Literal, exp.Boolean, exp.Null, exp.Interval, exp.DataType, exp.DataTypeParam,
    exp.ColumnDef, exp.Lambda, exp.Kwarg, exp.PropertyEQ, exp.Slice, exp.Bracket, exp.Dot,
    exp.Comprehension, exp.Struct, exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls,
    exp.Any, exp.All,
)  # fmt: skip
# Operators; exp.Operator, an operator with a schema, is not among them.
_OPERATORS = (
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.DPipe, exp.EQ, exp.NEQ,
    exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Not, exp.In,
    exp.Between, exp.Like, exp.ILike, exp.Glob, exp.SimilarTo, exp.Escape, exp.BitwiseAnd,
    exp.BitwiseOr, exp.BitwiseXor, exp.BitwiseNot, exp.BitwiseLeftShift, exp.BitwiseRightShift,
    exp.AtTimeZone, exp.Distinct, exp.ArrayContainsAll, exp.ArrayContainedBy, exp.ArrayOverlaps,
)  # fmt: skip
# What sqlglot has a type of its own for, under another name than DuckDB's.
_TYPED_FUNCTIONS = (
    exp.And, exp.Or, exp.Xor, exp.Case, exp.If, exp.Cast, exp.TryCast, exp.Collate, exp.Exists,
    exp.Array, exp.Struct, exp.Map, exp.ToMap, exp.Coalesce, exp.Columns, exp.Extract, exp.Pow,
    exp.SafeDivide, exp.Ceil, exp.Explode, exp.Unnest, exp.GenerateSeries, exp.JSONExtract,
    exp.JSONExtractScalar, exp.RegexpLike, exp.RegexpFullMatch, exp.StrPosition, exp.StrToTime,
    exp.TimeToStr, exp.TsOrDsToDate, exp.CurrentTimestamp, exp.GroupConcat, exp.IsNan, exp.IsInf,
    exp.Transform, exp.ArrayMax, exp.ArrayMin, exp.ApproxTopK, exp.BitwiseAndAgg,
    exp.BitwiseOrAgg, exp.BitwiseXorAgg, exp.Localtimestamp, exp.DateTrunc, exp.TimestampTrunc,
    exp.TimeToUnix, exp.UnixToTime, exp.DateBin, exp.DateFromParts, exp.TimeFromParts,
    exp.TimestampFromParts, exp.JarowinklerSimilarity, exp.JSONArray, exp.JSONObject,
    exp.JSONKeyValue, exp.Pad, exp.PercentileCont, exp.PercentileDisc, exp.RegexpSplit, exp.SHA2,
    exp.CurrentTime, exp.Quantile, exp.JSONPath, exp.JSONPathRoot, exp.JSONPathKey,
    exp.JSONPathSubscript, exp.JSONPathWildcard,
)  # fmt: skip
_ALLOWED = frozenset((*_STRUCTURE, *_OPERATORS, *_TYPED_FUNCTIONS))
_NAMED_KINDS = (exp.DataType.Type.USERDEFINED, exp.DataType.Type.OBJECT, exp.DataType.Type.UNKNOWN)
_LONGEST_NAME = 60


def check_tree(tree: exp.Expr) -> None:
    """Pass if the whole statement is made of parts that only read what it names.

    Raises:
        InvalidQuery: Naming the first part that is not allowed and where it stands.
    """
    for node in tree.walk():
        if type(node) in _ALLOWED:
            if isinstance(node, exp.DataType) and node.this in _NAMED_KINDS:
                raise _refused(node, "a type that the platform does not know")
        elif isinstance(node, exp.Anonymous):
            if node.name.lower() not in FUNCTIONS or not isinstance(node.this, str):
                raise _refused_function(node, node.name)
        elif isinstance(node, exp.Func):
            names = [name.lower() for name in type(node).sql_names()]
            if FUNCTIONS.isdisjoint(names):
                raise _refused_function(node, names[0])
        else:
            raise _refused(node, f"'{type(node).key}'")


def place_of(node: exp.Expr) -> str:
    """Return where a part stands in the text, as `line 1, column 8: `; nothing if unknown."""
    for each in node.walk():
        if "line" in each.meta:
            line, end = each.meta["line"], each.meta["col"]
            width = each.meta["end"] - each.meta["start"]
            return f"line {line}, column {max(1, end - width)}: "
    return ""


def _refused(node: exp.Expr, what: str) -> InvalidQuery:
    return InvalidQuery(
        f"{place_of(node)}{what} cannot be used here",
        hint="ask one question that only reads: SELECT … FROM … WHERE … GROUP BY … ORDER BY …",
    )


def _refused_function(node: exp.Expr, name: str) -> InvalidQuery:
    return InvalidQuery(
        f"{place_of(node)}the function '{name[:_LONGEST_NAME].lower()}' cannot be used here",
        hint="use functions that only compute from their arguments: docs/how-to/ask-in-sql.md",
    )
