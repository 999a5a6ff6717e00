"""The catalogue as DCAT-AP 3, in JSON-LD and Turtle."""

from typing import Any, Literal

from pydantic import Field
from pydantic_core import to_json

from chengmo.interfaces.exchange.dcat import (
    PREFIXES,
    Export,
    catalogue_tree,
    json_ld,
    record_tree,
)
from chengmo.interfaces.exchange.record import Record
from chengmo.interfaces.exchange.turtle import to_turtle
from chengmo.interfaces.ogc.endpoint import (
    JSON_LD,
    TURTLE,
    Answer,
    Call,
    Endpoint,
    Query,
    Reply,
)
from chengmo.interfaces.ogc.record_document import MEDIA_TYPES, export_path
from chengmo.interfaces.ogc.record_source import records_for

EXPORTS = tuple(
    Export(name, media_type, export_path("{id}", name)) for name, media_type in MEDIA_TYPES.items()
)


class DcatQuery(Query):
    """Parameters of the catalogue as RDF."""

    f: Literal["jsonld", "ttl"] | None = Field(  # pyright: ignore[reportIncompatibleVariableOverride] - queries are frozen
        default=None, description="Representation; otherwise Accept decides, jsonld if it does not"
    )


def answer_dcat(call: Call[DcatQuery]) -> Reply:
    """Return every entry that the caller may read."""
    return rdf_reply(call, catalogue_tree(records_for(call), call.base, EXPORTS))


def answer_dcat_record(call: Call[Any], record: Record) -> Reply:
    """Return one entry."""
    return rdf_reply(call, record_tree(record, call.base, EXPORTS))


def rdf_reply(call: Call[Any], tree: list[dict[str, Any]]) -> Reply:
    """Return a tree in the form that was asked for."""
    if call.form == "ttl":
        return Reply(to_turtle(tree, PREFIXES).encode(), media_type=TURTLE)
    return Reply(to_json(json_ld(tree)), media_type=JSON_LD)


ENDPOINTS: tuple[Endpoint[Any], ...] = (
    Endpoint(
        "GET",
        "/dcat",
        "getDcat",
        "Records",
        "The catalogue as DCAT-AP 3",
        DcatQuery,
        answer_dcat,
        (
            Answer(
                200,
                "The catalogue",
                {"type": "object", "required": ["@context", "@graph"]},
                JSON_LD,
                also=(TURTLE,),
            ),
        ),
    ),
)
