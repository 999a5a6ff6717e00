import pickle
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal, get_args

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import core_schema

from chengmo.errors import Fault, InvalidRequest
from chengmo.runs.fault_words import _CHINESE, faults_of


class Goal(StrEnum):
    COVER = "cover"
    WALK = "walk"


class Inner(BaseModel):
    share: Annotated[float, Field(ge=0, le=1)] = 0.5


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")
    count: Annotated[int, Field(gt=0, lt=9)] = 1
    step: Annotated[int, Field(multiple_of=5)] = 5
    ratio: Annotated[float, Field(allow_inf_nan=False)] = 1
    name: Annotated[str, Field(min_length=2, max_length=4, pattern="^[a-z]*$")] = "ab"
    items: Annotated[list[int], Field(min_length=1, max_length=2)] = [1]
    goal: Goal = Goal.COVER
    how: Literal["a", "b"] = "a"
    is_open: bool = True
    on: date = date(2025, 1, 1)
    at: datetime = datetime(2025, 1, 1)  # noqa: DTZ001 - any time
    inner: Inner = Inner()
    parts: dict[str, Inner] = {}


@pytest.mark.parametrize(
    ("request_", "pointer", "zh"),
    [
        ({"count": 0}, "/count", "应大于 0"),
        ({"count": 9}, "/count", "应小于 9"),
        ({"count": 1.5}, "/count", "应为整数，不带小数"),
        ({"count": "x"}, "/count", "应为整数"),
        ({"step": 3}, "/step", "应为 5 的倍数"),
        ({"ratio": float("nan")}, "/ratio", "应为有限的数"),
        ({"ratio": []}, "/ratio", "应为数字"),
        ({"name": "a"}, "/name", "至少 2 个字符"),
        ({"name": "abcde"}, "/name", "至多 4 个字符"),
        ({"name": "A1"}, "/name", "格式应符合 ^[a-z]*$"),
        ({"items": []}, "/items", "至少 1 项"),
        ({"items": [1, 2, 3]}, "/items", "至多 2 项"),
        ({"items": [1, "x"]}, "/items/1", "应为整数"),
        ({"items": 3}, "/items", "应为列表"),
        ({"goal": "x"}, "/goal", "应为 'cover' 或 'walk' 之一"),
        ({"how": "x"}, "/how", "应为 'a' 或 'b' 之一"),
        ({"is_open": "perhaps"}, "/is_open", "应为是或否"),
        ({"on": "x"}, "/on", "应为日期，如 2025-01-31"),
        ({"at": "x"}, "/at", "应为时间，如 2025-01-31T08:00:00Z"),
        ({"inner": {"share": 2}}, "/inner/share", "应不大于 1"),
        ({"inner": {"share": -1}}, "/inner/share", "应不小于 0"),
        ({"inner": 3}, "/inner", "应为一组字段"),
        ({"parts": {"a/b~c": {"share": 2}}}, "/parts/a~1b~0c/share", "应不大于 1"),
        ({"x": 1}, "/x", "没有这一项"),
    ],
)
def test_a_fault_names_its_field_and_says_why_in_chinese(request_, pointer, zh):
    with pytest.raises(ValidationError) as failure:
        Asked.model_validate(request_)
    (fault,) = faults_of(failure.value)
    assert (fault.pointer, fault.zh) == (pointer, zh)
    assert fault.en


def test_every_kind_with_chinese_words_is_one_that_pydantic_has():
    assert _CHINESE.keys() <= set(get_args(core_schema.ErrorType))


def test_an_authors_own_sentence_is_kept():
    class Strict(BaseModel):
        a: int

        def model_post_init(self, _):
            raise ValueError("a needs b")

    with pytest.raises(ValidationError) as failure:
        Strict.model_validate({"a": 1})
    assert faults_of(failure.value) == [Fault("", "a needs b", "a needs b")]


def test_an_author_may_write_a_sentence_in_both_languages():
    class Strict(BaseModel):
        a: int

        def model_post_init(self, _):
            raise ValueError("给了甲就要给乙 | a needs b")

    with pytest.raises(ValidationError) as failure:
        Strict.model_validate({"a": 1})
    assert faults_of(failure.value) == [Fault("", "a needs b", "给了甲就要给乙")]


def test_faults_cross_process_boundaries():
    error = InvalidRequest("no", hint="yes", faults=[Fault("/a", "wrong", "错")])
    again = pickle.loads(pickle.dumps(error))
    assert (again.message, again.hint, again.faults) == ("no", "yes", error.faults)
