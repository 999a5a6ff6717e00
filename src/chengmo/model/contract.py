"""The contract of a vertical model: one typed function `(request, city) -> decision`."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Annotated, Any, get_type_hints

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from chengmo.errors import ContractError
from chengmo.model.city import City
from chengmo.model.decision import ModelDecision
from chengmo.model.text import Frozen, Text

DATASET_KEYWORD = "x-chengmo-dataset"


class DatasetName(str):
    """A text that names a dataset: wherever it stands in a request, a run finds it by type."""

    __slots__ = ()


DatasetId = Annotated[
    str,
    Field(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$"),
    AfterValidator(DatasetName),
    WithJsonSchema(
        {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,79}$", DATASET_KEYWORD: True}
    ),
]


class FieldWords(Frozen):
    """How a request field is called where people meet it: forms, lists of inputs, documents.

    The field's own `description` stays the reference in English; this is for the eye.
    """

    title: Text
    help: Text | None = None
    unit: str = ""
    group: Text | None = Field(default=None, description="Heading under which it is folded away")
    labels: dict[str, Text] = Field(default_factory=dict, description="Names of its choices")

    def as_schema(self) -> dict[str, Any]:
        """Return the keywords that a form reads, for the field's JSON schema."""
        found = {
            "x-title": self.title.model_dump(),
            "x-help": self.help and self.help.model_dump(),
            "x-group": self.group and self.group.model_dump(),
            "x-labels": {value: text.model_dump() for value, text in self.labels.items()},
            "x-unit": self.unit,
        }
        return {key: value for key, value in found.items() if value}


class ModelRequest(BaseModel):
    """What a caller asks of a model: frozen, every field with a description, unit and limits."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True
    )


@dataclass(frozen=True)
class Archive:
    """Code that is no installed module: from it a run's own process makes the model again.

    Attributes:
        sha256: Fingerprint of the code.
        about: What the model is, as JSON.
        read: Gives the code.
    """

    sha256: str
    about: str
    read: Callable[[], bytes] = dataclass_field(compare=False)


@dataclass(frozen=True)
class VerticalModel:
    """A model as the platform sees it.

    Attributes:
        id: Folder name with hyphens, such as `canteen-siting`.
        version: Of the scenario; part of every run record.
        title: Name in both languages.
        question: The function's first docstring line, shown as the question it answers.
        reads: Ids of the datasets every run of this model reads.
        request_type: The frozen request class.
        decision_type: The frozen decision class.
        function: The decision itself.
        module: Where the function is defined.
        words: How request fields are called where people meet them, by field name.
        archive: Its code, where that is not `module`.
    """

    id: str
    version: str
    title: Text
    question: Text
    reads: tuple[str, ...]
    request_type: type[ModelRequest]
    decision_type: type[ModelDecision]
    function: Callable[[ModelRequest, City], ModelDecision]
    module: str
    words: Mapping[str, FieldWords] = dataclass_field(
        default_factory=dict[str, FieldWords], hash=False
    )
    archive: Archive | None = None

    def decide(self, request: ModelRequest, city: City) -> ModelDecision:
        """Answer `request` from `city`."""
        return self.function(request, city)

    def datasets_of(self, request: ModelRequest) -> tuple[str, ...]:
        """Return the datasets a run of `request` reads: the declared ones and those it names."""
        named = (value for value in _dataset_values(request))
        return tuple(dict.fromkeys((*self.reads, *named)))


def vertical_model(
    *,
    title: Text,
    question_zh: str,
    reads: tuple[str, ...] = (),
    version: str = "1",
    words: Mapping[str, FieldWords] | None = None,
) -> Callable[[Callable[..., ModelDecision]], VerticalModel]:
    """Turn a function `(request: Request, city: City) -> Decision` into a vertical model.

    Args:
        title: Name of the model in both languages.
        question_zh: The docstring's first line in Chinese.
        reads: Ids of the datasets that every run reads.
        version: Raise it whenever the same request may give another decision.
        words: How request fields are called where people meet them, by field name.

    Raises:
        ContractError: If the signature, the docstring or a request field breaks the contract.
    """

    def declare(function: Callable[..., ModelDecision]) -> VerticalModel:
        request_type, decision_type = _types_of(function)
        _check_fields(request_type, words or {})
        return VerticalModel(
            id=_id_of(function),
            version=version,
            title=title,
            question=Text(zh=question_zh, en=_question_of(function)),
            reads=reads,
            request_type=request_type,
            decision_type=decision_type,
            function=function,
            module=function.__module__,
            words=dict(words or {}),
        )

    return declare


def _id_of(function: Callable[..., object]) -> str:
    # `package.canteen_siting.model` -> `canteen-siting`: the id is the folder, never typed twice.
    parts = function.__module__.split(".")
    folder = parts[-2] if len(parts) > 1 and parts[-1] == "model" else parts[-1]
    return folder.replace("_", "-")


def _question_of(function: Callable[..., object]) -> str:
    doc = inspect.getdoc(function)
    if not doc:
        raise ContractError(
            f"{function.__qualname__} has no docstring",
            hint="its first line is the question it answers, shown on every interface",
        )
    return doc.splitlines()[0].strip()


def _types_of(
    function: Callable[..., object],
) -> tuple[type[ModelRequest], type[ModelDecision]]:
    names = list(inspect.signature(function).parameters)
    hints = get_type_hints(function)
    if names != ["request", "city"]:
        raise ContractError(
            f"{function.__qualname__} takes {names}", hint="a model takes (request, city)"
        )
    request_type, decision_type = hints.get("request"), hints.get("return")
    if not (isinstance(request_type, type) and issubclass(request_type, ModelRequest)):
        raise ContractError(
            f"{function.__qualname__}: request is no ModelRequest",
            hint="annotate it with a subclass of ModelRequest",
        )
    if not (isinstance(decision_type, type) and issubclass(decision_type, ModelDecision)):
        raise ContractError(
            f"{function.__qualname__}: it returns no ModelDecision",
            hint="annotate the return with a subclass of ModelDecision",
        )
    return request_type, decision_type


def _check_fields(request_type: type[ModelRequest], words: Mapping[str, FieldWords]) -> None:
    unknown = [name for name in words if name not in request_type.model_fields]
    if unknown:
        raise ContractError(
            f"{request_type.__qualname__} has no field '{unknown[0]}'",
            hint="words are for fields of the request",
        )
    for name, field in request_type.model_fields.items():
        if not field.description:
            raise ContractError(
                f"{request_type.__qualname__}.{name} has no description",
                hint="write it in Field(description=...): it is the form's help text",
            )


def _dataset_values(value: object) -> Iterator[str]:
    if isinstance(value, DatasetName):
        yield str(value)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _dataset_values(getattr(value, name))
    elif isinstance(value, Mapping):
        for pair in value.items():
            yield from _dataset_values(pair)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _dataset_values(item)
