"""Doors for tests of what a USS's map says: `geospatial_map` v1 and the older `geo-awareness` v1.

Both load ED-269 zones and ask which are selected by filters; they differ in spelling. The
interfaces are those of interuss/automated_testing_interfaces (Apache-2.0). Where a definition
demands one spelling and describes another, both are written.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from pydantic import AliasChoices, AwareDatetime, Field
from starlette.responses import Response

from chengmo_airspace.altitude import FOOT_M, Height, Reference
from chengmo_airspace.flights.extent import extent_of
from chengmo_airspace.flights.message import (
    Circle,
    Finite,
    LatLng,
    Message,
    Polygon,
    Time,
    read_volume,
)
from chengmo_airspace.interfaces.discovery import entity_of
from chengmo_airspace.interfaces.door import Call, Way, json_answer
from chengmo_airspace.interfaces.map_sources import Source, Sources, UnsupportedFilter
from chengmo_airspace.zones import Rule, Selection

MAP_PREFIX = "/geospatial_map/v1"
AWARENESS_PREFIX = "/geo-awareness/v1"
MAP_DIRECTOR = frozenset({"interuss.geospatial_map.direct_automated_test"})
MAP_QUERY = frozenset({"interuss.geospatial_map.query"})
AWARENESS = frozenset({"geo-awareness.test"})
_RULES = {
    "PROHIBITED": Rule.PROHIBITED,
    "REQ_AUTHORISATION": Rule.AUTHORISATION,
    "CONDITIONAL": Rule.CONDITIONAL,
    "NO_RESTRICTION": Rule.INFORMATION,
}
_BLOCKING = frozenset({Rule.PROHIBITED})
_ADVISING = frozenset({Rule.AUTHORISATION, Rule.CONDITIONAL})
_IMPACT = {"Block": _BLOCKING, "Advise": _ADVISING, "BlockOrAdvise": _BLOCKING | _ADVISING}
Restriction = Literal["PROHIBITED", "REQ_AUTHORISATION", "CONDITIONAL", "NO_RESTRICTION"]
Units = Literal["M", "FT"]


class HttpsSource(Message):
    """Where zones are to be had."""

    url: str = Field(max_length=2000)
    format: str | None = None


class LoadSource(Message):
    """A wish of the director: load this."""

    https_source: HttpsSource


class MapAltitude(Message):
    """Metres or feet above the ellipsoid or the ground."""

    value: Finite
    reference: Literal["W84", "SFC"]
    units: Units

    @property
    def height(self) -> Height:
        """The same, in metres."""
        reference = Reference.ELLIPSOID if self.reference == "W84" else Reference.GROUND
        return Height(self.value * (FOOT_M if self.units == "FT" else 1.0), reference)


class MapPosition(Message):
    """A place and perhaps a height."""

    location: LatLng
    altitude: MapAltitude | None = None


class MapVolume3D(Message):
    """An outline between two altitudes."""

    outline_circle: Circle | None = None
    outline_polygon: Polygon | None = None
    altitude_lower: MapAltitude | None = None
    altitude_upper: MapAltitude | None = None


class MapVolume4D(Message):
    """A piece of airspace for a while."""

    volume: MapVolume3D
    time_start: Time | None = None
    time_end: Time | None = None


class Ed269Filters(Message):
    """What ED-269 says of a zone."""

    u_space_class: str | None = Field(
        default=None, validation_alias=AliasChoices("u_space_class", "uSpaceClass")
    )
    acceptable_restrictions: tuple[Restriction, ...] | None = Field(
        default=None,
        validation_alias=AliasChoices("acceptable_restrictions", "acceptableRestrictions"),
    )


class FilterSet(Message):
    """What both interfaces filter by."""

    after: AwareDatetime | None = None
    before: AwareDatetime | None = None
    ed269: Ed269Filters | None = None


class MapFilterSet(FilterSet):
    """What `geospatial_map` filters by."""

    position: MapPosition | None = None
    volumes4d: tuple[MapVolume4D, ...] | None = None
    restriction_source: str | None = None
    operation_rule_set: str | None = None
    resulting_operational_impact: Literal["Block", "Advise", "BlockOrAdvise"] | None = None


class MapCheck(Message):
    """One question: a feature that suits any of these."""

    filter_sets: tuple[MapFilterSet, ...] = Field(
        validation_alias=AliasChoices("filter_sets", "filterSets")
    )


class MapQuery(Message):
    """Several questions."""

    checks: tuple[MapCheck, ...] = Field(max_length=1000)


class AwarenessPosition(Message):
    """A place and a height."""

    uomDimensions: Units  # noqa: N815 - the interface's spelling
    verticalReferenceType: Literal["AGL", "AMSL"]  # noqa: N815 - the interface's spelling
    height: Finite = 0.0
    longitude: Finite = Field(default=0.0, ge=-180, le=180)
    latitude: Finite = Field(default=0.0, ge=-90, le=90)


class AwarenessFilterSet(FilterSet):
    """What `geo-awareness` filters by."""

    position: AwarenessPosition | None = None


class AwarenessCheck(Message):
    """One question."""

    filterSets: tuple[AwarenessFilterSet, ...]  # noqa: N815 - the interface's spelling


class AwarenessQuery(Message):
    """Several questions."""

    checks: tuple[AwarenessCheck, ...] = Field(max_length=1000)


def map_ways(sources: Sources) -> list[Way]:
    """Return the ways of `geospatial_map`."""

    def status(_: Call) -> Response:
        name = "Geospatial Map Provider Automated Testing Interface"
        return json_answer(200, {"status": "Ready", "api_name": name, "api_version": "v0.2.3"})

    def every(_: Call) -> Response:
        listed = [_source_document(key, source) for key, source in sources.every().items()]
        return json_answer(200, {"data_sources": listed})

    def answer(call: Call, source: Source) -> Response:
        return json_answer(200, {"data_source": _source_document(entity_of(call), source)})

    def query(call: Call) -> Response:
        results: list[dict[str, Any]] = []
        for check in call.read(MapQuery).checks:
            found, why = sources.find([partial(_map_selection, s) for s in check.filter_sets])
            told = {"features_selection_outcome": found, "featuresSelectionOutcome": found}
            results.append(told | ({"message": why} if why else {}))
        return json_answer(200, {"results": results})

    path = "/geospatial_data_sources"
    return [
        Way("GET", "/status", MAP_DIRECTOR, status),
        Way("GET", path, MAP_DIRECTOR, every),
        *_source_ways(sources, f"{path}/{{entity}}", MAP_DIRECTOR, answer),
        Way("POST", "/map/queries", MAP_QUERY, query, is_slow=True),
    ]


def awareness_ways(sources: Sources) -> list[Way]:
    """Return the ways of `geo-awareness`."""

    def status(_: Call) -> Response:
        return json_answer(200, {"status": "Ready"})

    def answer(_: Call, source: Source) -> Response:
        # This interface knows no deactivated source: one that has gone is going.
        result = "Deactivating" if source.state == "Deactivated" else source.state
        why = {"message": source.message} if source.message else {}
        return json_answer(200, {"result": result} | why)

    def check(call: Call) -> Response:
        results: list[dict[str, Any]] = []
        for each in call.read(AwarenessQuery).checks:
            found, why = sources.find([partial(_awareness_selection, s) for s in each.filterSets])
            results.append({"geozone": found} | ({"message": why} if why else {}))
        return json_answer(200, {"applicableGeozone": results})

    return [
        Way("GET", "/status", AWARENESS, status),
        *_source_ways(sources, "/geozone_sources/{entity}", AWARENESS, answer),
        Way("POST", "/geozones/check", AWARENESS, check, is_slow=True),
    ]


def _source_ways(
    sources: Sources,
    path: str,
    scopes: frozenset[str],
    answer: Callable[[Call, Source], Response],
) -> list[Way]:
    def put(call: Call) -> Response:
        asked = call.read(LoadSource).https_source
        return answer(call, sources.load(entity_of(call).lower(), asked.url, asked.format))

    def get(call: Call) -> Response:
        return answer(call, sources.get(entity_of(call).lower()))

    def delete(call: Call) -> Response:
        return answer(call, sources.unload(entity_of(call).lower()))

    return [
        Way("PUT", path, scopes, put, is_slow=True),
        Way("GET", path, scopes, get),
        Way("DELETE", path, scopes, delete),
    ]


def _source_document(source: str, known: Source) -> dict[str, Any]:
    document = {"id": source, "status": known.state}
    return document | ({"message": known.message} if known.message else {})


def _map_selection(asked: MapFilterSet) -> Selection:
    for name in ("restriction_source", "operation_rule_set"):
        if getattr(asked, name) is not None:
            raise UnsupportedFilter(f"{name} is not known here")
    place, height = None, None
    if asked.position is not None:
        place = (asked.position.location.lng, asked.position.location.lat)
        height = None if asked.position.altitude is None else asked.position.altitude.height
    volumes = [_volume_document(volume) for volume in asked.volumes4d or ()]
    extents = [extent_of([read_volume(v)], times=False, heights=False) for v in volumes]
    impact = asked.resulting_operational_impact
    return Selection(
        place,
        height,
        tuple(volume for extent in extents for volume in extent.volumes),
        after=asked.after,
        before=asked.before,
        rules=_rules(asked.ed269, None if impact is None else _IMPACT[impact]),
        u_space_class=None if asked.ed269 is None else asked.ed269.u_space_class,
    )


def _awareness_selection(asked: AwarenessFilterSet) -> Selection:
    place, height = None, None
    if asked.position is not None:
        at = asked.position
        place = (at.longitude, at.latitude)
        metres = at.height * (FOOT_M if at.uomDimensions == "FT" else 1.0)
        height = Height(metres, Reference(at.verticalReferenceType))
    return Selection(
        place,
        height,
        after=asked.after,
        before=asked.before,
        rules=_rules(asked.ed269, None),
        u_space_class=None if asked.ed269 is None else asked.ed269.u_space_class,
    )


def _rules(asked: Ed269Filters | None, impact: frozenset[Rule] | None) -> frozenset[Rule] | None:
    if asked is None or not asked.acceptable_restrictions:
        return impact
    named = frozenset(_RULES[name] for name in asked.acceptable_restrictions)
    return named if impact is None else named & impact


def _volume_document(volume: MapVolume4D) -> dict[str, Any]:
    document: dict[str, Any] = volume.model_dump(exclude_none=True)
    for bound in ("altitude_lower", "altitude_upper"):
        given: MapAltitude | None = getattr(volume.volume, bound)
        if given is None:
            continue
        if given.reference != "W84":
            raise UnsupportedFilter("volumes are compared above the ellipsoid (W84) alone")
        metres = given.height.metres
        document["volume"][bound] = {"value": metres, "reference": "W84", "units": "M"}
    return document
