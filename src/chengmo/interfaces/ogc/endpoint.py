"""What an endpoint is, declared once: the same declaration checks each call and documents it.

An `Endpoint` names its path, its query (a frozen pydantic class: one field a parameter, with type,
limits and description), its body, and its answers. `chengmo.interfaces.ogc.dispatch` calls it,
`chengmo.interfaces.ogc.openapi` describes it.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, ClassVar, Generic, Literal, TypeVar, get_args
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from chengmo.catalog.dataset import Dataset
from chengmo.errors import InvalidQuery
from chengmo.identity import Actor, Scope
from chengmo.interfaces.ogc.document import Document, Link
from chengmo.interfaces.problem import Problem
from chengmo.interfaces.purpose import purpose_of
from chengmo.interfaces.versioned import address_of
from chengmo.model import Text
from chengmo.runs.platform import Platform
from chengmo.runs.seen import SeenRuns
from chengmo.sharing import View

JSON = "application/json"
GEOJSON = "application/geo+json"
SCHEMA_JSON = "application/schema+json"
OPENAPI_JSON = "application/vnd.oai.openapi+json;version=3.0"
EVENT_STREAM = "text/event-stream"
MVT = "application/vnd.mapbox-vector-tile"
HTML = "text/html"
JSON_LD = "application/ld+json"
TURTLE = "text/turtle"
# What `Accept` may name for each representation that `f` may name.
FORMS: Mapping[str, tuple[str, ...]] = {
    "json": (JSON, GEOJSON, SCHEMA_JSON),
    "html": (HTML, "application/xhtml+xml"),
    "jsonld": (JSON_LD,),
    "ttl": (TURTLE,),
}

Language = Literal["zh", "en"]
# How long a version may be kept unasked. It never changes, but who may have it does.
KEPT_S = 3600


class Query(BaseModel):
    """The query parameters that every endpoint takes; subclasses add their own."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)
    # Parameters that may be given several times, which means their values with commas between.
    repeated: ClassVar[frozenset[str]] = frozenset()

    lang: Language | None = Field(
        default=None, description="Language of titles; otherwise Accept-Language decides"
    )
    f: Literal["json"] | None = Field(default=None, description="Representation: always JSON here")


class PageQuery(Query):
    """The query parameters of what a person can read too."""

    f: Literal["json", "html"] | None = Field(  # pyright: ignore[reportIncompatibleVariableOverride] - queries are frozen
        default=None, description="Representation; otherwise Accept decides"
    )


@cache
def forms_of(query: type[Query]) -> tuple[str, ...]:
    """Return the representations that `f` may name, the usual one first."""
    literal = get_args(query.model_fields["f"].annotation)[0]
    return tuple(str(form) for form in get_args(literal))


def preferred_form(accept: str, offered: tuple[str, ...]) -> str:
    """Return which of the representations `offered` an `Accept` header would rather have."""
    ranges: list[tuple[float, str]] = []
    for part in accept.lower().split(","):
        name, _, rest = part.partition(";")
        quality = re.search(r"q=([01](?:\.\d{0,3})?)\s*$", rest)
        ranges.append((float(quality[1]) if quality else 1.0, name.strip()))
    for quality, name in sorted(ranges, key=lambda pair: -pair[0]):
        fitting = [form for form in offered if name in FORMS.get(form, ())]
        if fitting and quality > 0:
            return fitting[0]
    return offered[0]


Q = TypeVar("Q", bound=Query)
Content = bytes | Iterator[bytes] | AsyncIterator[bytes]


@dataclass(frozen=True)
class Reply:
    """What an endpoint answers.

    Attributes:
        content: The body; an iterator is sent as it comes.
        status: HTTP status.
        media_type: Of the body.
        headers: Further headers.
    """

    content: Content = b""
    status: int = 200
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Call(Generic[Q]):
    """One call of an endpoint, its parameters checked.

    Attributes:
        platform: What answers.
        actor: Who asks.
        query: The query parameters.
        filters: Query parameters that only this dataset has: its queryables.
        path: The path's parameters.
        body: The JSON body, if the endpoint takes one.
        base: Where the API lies, without a final slash: links begin with it.
        site: Where the server lies: `base` without the version that was asked for.
        language: Of titles.
        request: The request as it came, for headers and the raw query.
    """

    platform: Platform
    actor: Actor
    query: Q
    filters: Mapping[str, str]
    path: Mapping[str, str]
    body: Mapping[str, Any]
    base: str
    site: str
    language: Language
    request: Request

    @cached_property
    def view(self) -> View:
        """The catalogue as the caller may see it."""
        return self.platform.sharing.view(self.actor, purpose_of(self.request), "ogc")

    @property
    def treated(self) -> tuple[Dataset, ...]:
        """The treated editions that the answer was made of, if rows were asked for at all."""
        return self.view.treated if "view" in self.__dict__ else ()

    @cached_property
    def form(self) -> str:
        """The representation to answer in: what `f` says, else what `Accept` would rather have."""
        offered = forms_of(type(self.query))
        return self.query.f or preferred_form(self.request.headers.get("accept", ""), offered)

    @property
    def runs(self) -> SeenRuns:
        """The runs that the caller may see."""
        return SeenRuns(self.platform.runs, self.actor, "ogc")

    def say(self, text: Text | None) -> str | None:
        """Return `text` in the caller's language."""
        return None if text is None else getattr(text, self.language)

    def link(self, path: str, rel: str, media_type: str = JSON, title: str | None = None) -> Link:
        """Return a link to `path` of this API."""
        return Link(href=self.address(path), rel=rel, type=media_type, title=title)

    def address(self, path: str) -> str:
        """Return the whole address of `path`, of this API or of the page."""
        return address_of(path, base=self.base, site=self.site)

    def here(self, media_type: str = JSON) -> Link:
        """Return the link `self`, with the query as it was asked."""
        query = self.request.scope["query_string"].decode("latin-1")
        return self.link(f"{self._path}?{query}" if query else self._path, "self", media_type)

    @property
    def keeping(self) -> Mapping[str, str]:
        """Header of an answer that stays as it is, being of a version asked for by its number.

        Its asker's own cache may keep it, no other: who may have it is asked for each caller.
        """
        pinned = "dataset-version" in self.request.query_params
        return {"Cache-Control": f"private, max-age={KEPT_S}"} if pinned else {}

    def as_page(self) -> tuple[Link, ...]:
        """Return the link `alternate` to the page of what was asked, where there is one."""
        if "html" not in forms_of(type(self.query)):
            return ()
        kept = [pair for pair in self.request.query_params.multi_items() if pair[0] != "f"]
        query = urlencode([*kept, ("f", "html")])
        return (self.link(f"{self._path}?{query}", "alternate", HTML),)

    @property
    def _path(self) -> str:
        scope = self.request.scope
        return str(scope["path"]).removeprefix(scope.get("root_path", ""))

    def reply(self, document: Document, *, media_type: str = JSON, **more: Any) -> Reply:
        """Return `document` as JSON."""
        return Reply(content=document.to_bytes(), media_type=media_type, **more)


@dataclass(frozen=True)
class Answer:
    """One documented answer: its status, media type and the shape of its body.

    Attributes:
        also: Media types of its other representations.
    """

    status: int
    description: str
    shape: type[BaseModel] | Mapping[str, Any] | None = None
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Body:
    """A JSON body, which must be there."""

    schema: Mapping[str, Any]
    description: str


@dataclass(frozen=True)
class Header:
    """A request header an endpoint reads."""

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class Endpoint(Generic[Q]):
    """One operation of the API.

    Attributes:
        method: GET, POST or DELETE.
        path: Template, such as `/collections/{collectionId}`.
        operation: Name of the operation, unique in the document.
        tag: Part of the API.
        summary: What it does, one sentence.
        query: Class of its query parameters.
        handle: Answers a call; runs in a thread.
        answers: What it answers when all is well.
        headers: Request headers it reads.
        body: Its JSON body, if it takes one.
        waits: Whether it may wait for a run: then it has threads of its own.
        takes_filters: Whether it also takes a dataset's queryables as parameters.
        page: Makes a page, as UTF-8 HTML, of the JSON that it answers; None if nobody reads it.
    """

    method: Literal["GET", "POST", "DELETE"]
    path: str
    operation: str
    tag: str
    summary: str
    query: type[Q]
    handle: Callable[[Call[Q]], Reply | Problem]
    answers: tuple[Answer, ...]
    headers: tuple[Header, ...] = ()
    body: Body | None = None
    waits: bool = False
    takes_filters: bool = False
    page: Callable[[Call[Q], Any], bytes] | None = None

    @property
    def scope(self) -> Scope:
        """What the caller's roles and key must reach to."""
        return "read" if self.method == "GET" else "run"


def read_query(query: type[Q], pairs: list[tuple[str, str]]) -> Q:
    """Return the query that `pairs` of name and value make.

    Args:
        query: Its class.
        pairs: As they stand in the URL, decoded.

    Raises:
        InvalidQuery: If a parameter is unknown, given twice or malformed; it names the parameter.
    """
    values: dict[str, str] = {}
    allowed = names_of(query)
    for name, value in pairs:
        if name not in allowed:
            raise InvalidQuery(
                f"'{name}' is not a parameter here",
                hint=f"the parameters are: {', '.join(sorted(allowed))}",
            )
        if name in values and name not in query.repeated:
            raise InvalidQuery(f"'{name}' is given twice", hint="give each parameter once")
        values[name] = f"{values[name]},{value}" if name in values else value
    try:
        return query.model_validate(values)
    except ValidationError as error:
        raise _explained(error, query) from error


@cache
def names_of(query: type[Query]) -> frozenset[str]:
    """Return the parameters' names as they stand in a URL."""
    return frozenset(item.alias or name for name, item in query.model_fields.items())


def _explained(error: ValidationError, query: type[Query]) -> InvalidQuery:
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0])
    fields = {item.alias or key: item for key, item in query.model_fields.items()}
    said = first["msg"].removeprefix("Value error, ")
    return InvalidQuery(
        f"parameter '{name}': {said[:1].lower()}{said[1:]}",
        hint=f"{name}: {fields[name].description}",
    )
