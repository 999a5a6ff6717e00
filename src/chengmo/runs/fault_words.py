"""What pydantic finds wrong with a request, field by field, in English and Chinese."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from chengmo.errors import Fault

# By pydantic's error types; the names in braces are of the error's context. What is not here (a
# sentence that the model's author wrote, first of all) is told in its own words.
_CHINESE: Mapping[str, str] = MappingProxyType(
    {
        "missing": "此项必填",
        "extra_forbidden": "没有这一项",
        "greater_than": "应大于 {gt}",
        "greater_than_equal": "应不小于 {ge}",
        "less_than": "应小于 {lt}",
        "less_than_equal": "应不大于 {le}",
        "multiple_of": "应为 {multiple_of} 的倍数",
        "finite_number": "应为有限的数",
        "int_type": "应为整数",
        "int_parsing": "应为整数",
        "int_from_float": "应为整数，不带小数",
        "float_type": "应为数字",
        "float_parsing": "应为数字",
        "decimal_parsing": "应为数字",
        "bool_type": "应为是或否",
        "bool_parsing": "应为是或否",
        "string_type": "应为文字",
        "string_too_short": "至少 {min_length} 个字符",
        "string_too_long": "至多 {max_length} 个字符",
        "string_pattern_mismatch": "格式应符合 {pattern}",
        "too_short": "至少 {min_length} 项",
        "too_long": "至多 {max_length} 项",
        "list_type": "应为列表",
        "tuple_type": "应为列表",
        "dict_type": "应为一组字段",
        "model_type": "应为一组字段",
        "model_attributes_type": "应为一组字段",
        "enum": "应为 {expected} 之一",
        "literal_error": "应为 {expected} 之一",
        "union_tag_invalid": "应为 {expected_tags} 之一",
        "union_tag_not_found": "缺少 {discriminator}",
        "date_parsing": "应为日期，如 2025-01-31",
        "date_from_datetime_parsing": "应为日期，如 2025-01-31",
        "datetime_parsing": "应为时间，如 2025-01-31T08:00:00Z",
        "datetime_from_date_parsing": "应为时间，如 2025-01-31T08:00:00Z",
    }
)

# Between the Chinese and the English of a sentence that the model's author wrote in both.
BOTH = " | "


def faults_of(error: ValidationError) -> list[Fault]:
    """Return a fault for each thing that `error` lists."""
    listed = error.errors(include_url=False, include_input=False)
    return [_fault(one["loc"], one["type"], one["msg"], one.get("ctx", {})) for one in listed]


def _fault(place: tuple[int | str, ...], kind: str, said: str, context: Mapping[str, Any]) -> Fault:
    own = said.removeprefix("Value error, ")
    # An author who writes both says `中文 | English`.
    zh, between, en = own.partition(BOTH)
    if between and kind == "value_error":
        return Fault(_pointer(place), en, zh)
    return Fault(_pointer(place), own, _chinese(kind, context, otherwise=own))


def _pointer(place: tuple[int | str, ...]) -> str:
    # RFC 6901, section 3: ~ and / stand for themselves only when escaped.
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in place)
    return "".join(f"/{step}" for step in steps)


def _chinese(kind: str, context: Mapping[str, Any], *, otherwise: str) -> str:
    template = _CHINESE.get(kind)
    if template is None:
        return otherwise
    shown = {name: _plain(value) for name, value in context.items()}
    return template.format_map(shown).replace(" or ", " 或 ")


def _plain(value: object) -> object:
    # A limit of 1.0 reads 1, as people write it.
    return int(value) if isinstance(value, float) and value.is_integer() else value
