"""ED-318 (EUROCAE): the exchange of UAS geographical zones as GeoJSON with layers and times.

Written after the public JSON schemas and examples of github.com/UASGeoZones/ED-318 (MIT). What
ED-318 has no member for (the kind, the citation, whether it is synthetic) goes into
`extendedProperties.chengmo`; what a zone here has no field for is kept in `extra`. Feet become
metres. Lines and points without a circle have no inside and are refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chengmo_airspace.altitude import FOOT_M, Height, Reference
from chengmo_airspace.zones.json_node import Node
from chengmo_airspace.zones.schedule import DailyPeriod, Moment, Period
from chengmo_airspace.zones.shape import read_area, read_circle
from chengmo_airspace.zones.sun import DayEvent
from chengmo_airspace.zones.wording import Wording
from chengmo_airspace.zones.zone import Authority, Rule, Zone, ZoneLayer

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
RULES = {
    "PROHIBITED": Rule.PROHIBITED,
    "REQ_AUTHORIZATION": Rule.AUTHORISATION,
    "CONDITIONAL": Rule.CONDITIONAL,
    "NO_RESTRICTION": Rule.INFORMATION,
    "USPACE": Rule.CONDITIONAL,
}
USPACE = "uspace"
REASONS = (
    "AIR_TRAFFIC", "SENSITIVE", "PRIVACY", "POPULATION", "NATURE", "NOISE", "EMERGENCY", "DAR",
    "OTHER",
)  # fmt: skip
PURPOSES = ("AUTHORIZATION", "NOTIFICATION", "INFORMATION")
_SHORT, _MOST_REASONS, _LONGEST_ID, _COUNTRY = 200, 9, 7, 3
KEPT = ("region", "regulationExemption", "dataSource")
_PROPERTIES = (
    "identifier", "country", "name", "type", "variant", "restrictionConditions", "region", "reason",
    "otherReasonInfo", "regulationExemption", "message", "zoneAuthority", "limitedApplicability",
    "dataSource", "extendedProperties",
)  # fmt: skip


@dataclass(frozen=True)
class Publication:
    """Zones as somebody publishes them.

    Attributes:
        zones: The zones.
        name: Of the collection.
        metadata: ED-318's member `metadata` as it is: validity, issue, provider, `otherGeoid` …
    """

    zones: tuple[Zone, ...]
    name: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])


def read_ed318(document: object) -> Publication:
    """Return the zones of an ED-318 document (JSON already parsed).

    Raises:
        InvalidRequest: If it is not valid, with the path of what is wrong.
    """
    root = Node(document)
    root.need("type").choice(("FeatureCollection",))
    metadata = root.get("metadata")
    if metadata is not None:
        _check_metadata(metadata)
    name = root.get("name") or root.get("title")
    return Publication(
        tuple(_read_feature(feature) for feature in root.need("features").items()),
        "" if name is None else name.text(longest=_SHORT),
        {} if metadata is None else metadata.members(),
    )


def _check_metadata(node: Node) -> None:
    for member in ("validFrom", "validTo", "issued"):
        found = node.get(member)
        if found is not None:
            found.instant()
    for member in ("provider", "description", "technicalLimitations"):
        read_wording(node.get(member), longest=1000)


def _read_feature(node: Node) -> Zone:
    node.need("type").choice(("Feature",))
    properties = node.need("properties")
    properties.only(_PROPERTIES)
    country = properties.need("country")
    if len(country.text()) != _COUNTRY:
        country.fail(f"{country.value!r} is no country", hint="three letters, as CHN")
    kind = properties.need("type").choice(RULES)
    extended = properties.get("extendedProperties")
    own = None if extended is None else extended.get("chengmo")
    conditions = properties.get("restrictionConditions")
    return Zone(
        identifier=properties.need("identifier").text(longest=_LONGEST_ID),
        rule=RULES[kind],
        layers=tuple(_read_layers(node.need("geometry"))),
        name=read_wording(properties.get("name")),
        kind=USPACE if kind == "USPACE" else _own(own, "kind", "other"),
        country=country.text(),
        variant=properties.need("variant").choice(("COMMON", "CUSTOMIZED")),
        reason=read_reasons(properties.get("reason"), REASONS),
        reason_words=read_wording(properties.get("otherReasonInfo")),
        periods=read_periods(properties.get("limitedApplicability")),
        authorities=_read_authorities(properties.need("zoneAuthority")),
        message=read_wording(properties.get("message")),
        conditions="" if conditions is None else conditions.text(),
        citation=_own(own, "citation", ""),
        citation_en=_own(own, "citation_en", ""),
        source=_own(own, "source", ""),
        is_synthetic=_own(own, "synthetic", "") == "yes",
        extra=_read_extra(properties, extended),
    )


def _own(node: Node | None, member: str, default: str) -> str:
    found = None if node is None else node.get(member)
    return default if found is None else found.text()


def _read_extra(properties: Node, extended: Node | None) -> dict[str, Any]:
    extra = {name: properties.members()[name] for name in KEPT if properties.get(name)}
    if extended is not None:
        others = {key: value for key, value in extended.members().items() if key != "chengmo"}
        if others:
            extra["extendedProperties"] = others
    return extra


def read_reasons(node: Node | None, allowed: Sequence[str]) -> tuple[str, ...]:
    """Return the reasons of a zone."""
    if node is None:
        return ()
    items = node.items()
    if len(items) > _MOST_REASONS:
        node.fail(f"has {len(items)} reasons", hint=f"at most {_MOST_REASONS}")
    return tuple(item.choice(allowed) for item in items)


def _read_layers(node: Node) -> list[ZoneLayer]:
    kind = node.need("type").text()
    if kind == "GeometryCollection":
        parts = node.need("geometries").items()
        if not parts:
            node.fail("has no geometry", hint="give an outline at least")
        return [layer for part in parts for layer in _read_layers(part)]
    lower, upper = _read_limits(node.get("layer"))
    if kind == "Point":
        extent = node.get("extent")
        if extent is None:
            node.fail("is a point without an extent", hint='give extent {"subType": "Circle", …}')
        extent.need("subType").choice(("Circle",))
        outline = read_circle(node, node.need("coordinates"), extent.need("radius"))
    else:
        outline = read_area(node)
    return [make_layer(node, outline, lower, upper)]


def make_layer(node: Node, outline: Any, lower: Height | None, upper: Height | None) -> ZoneLayer:
    """Return a layer, or say at which path it is upside down."""
    if lower and upper and lower.reference is upper.reference and lower.metres > upper.metres:
        node.fail(f"its floor {lower.metres} m is above its ceiling", hint="lower ≤ upper")
    return ZoneLayer(outline, lower, upper)


def _read_limits(node: Node | None) -> tuple[Height | None, Height | None]:
    if node is None:
        return None, None
    unit = node.get("uom")
    size = FOOT_M if unit is not None and unit.choice(("m", "ft")) == "ft" else 1.0
    return _read_limit(node, "lower", size), _read_limit(node, "upper", size)


def _read_limit(node: Node, side: str, size: float) -> Height | None:
    metres = node.get(side)
    if metres is None:
        return None
    reference = node.need(f"{side}Reference").choice([item.value for item in Reference])
    return Height(metres.number() * size, Reference(reference))


def read_wording(node: Node | None, *, longest: int = _SHORT) -> Wording:
    """Return a text in several languages."""
    if node is None:
        return Wording()
    pairs: list[tuple[str, str]] = []
    for item in node.items():
        text = item.get("text")
        language = item.need("lang").text(longest=5)
        pairs.append((language, "" if text is None else text.text(longest=longest)))
    return Wording(tuple(pairs))


def read_periods(node: Node | None) -> tuple[Period, ...]:
    """Return the periods of a `limitedApplicability`."""
    return () if node is None else tuple(_read_period(item) for item in node.items())


def _read_period(node: Node) -> Period:
    node.only(("startDateTime", "endDateTime", "schedule"))
    start, end, schedule = (
        node.get("startDateTime"), node.get("endDateTime"), node.get("schedule"),
    )  # fmt: skip
    begin = None if start is None else start.instant()
    last = None if end is None else end.instant()
    if begin and last and last <= begin:
        node.fail("ends before it starts", hint="startDateTime < endDateTime")
    entries = () if schedule is None else tuple(_read_daily(item) for item in schedule.items())
    return Period(begin, last, entries)


def _read_daily(node: Node) -> DailyPeriod:
    node.only(("day", "startTime", "startEvent", "endTime", "endEvent"))
    return DailyPeriod(
        read_days(node.need("day")), _read_moment(node, "start"), _read_moment(node, "end")
    )


def read_days(node: Node) -> tuple[int, ...]:
    """Return days of the week; none for any."""
    days = [item.choice((*DAYS, "ANY")) for item in node.items()]
    return () if "ANY" in days else tuple(DAYS.index(day) for day in days)


def _read_moment(node: Node, side: str) -> Moment | None:
    clock, event = node.get(f"{side}Time"), node.get(f"{side}Event")
    if clock is not None and event is not None:
        node.fail(f"has {side}Time and {side}Event", hint="give one of them")
    if event is not None:
        return DayEvent(event.choice([item.value for item in DayEvent]))
    return None if clock is None else clock.clock()


def _read_authorities(node: Node) -> tuple[Authority, ...]:
    items = node.items()
    if not items:
        node.fail("is empty", hint="name one authority at least")
    return tuple(_read_authority(item) for item in items)


def _read_authority(node: Node) -> Authority:
    def text(member: str) -> str:
        found = node.get(member)
        return "" if found is None else found.text(longest=_SHORT)

    email = text("email")
    if email and "@" not in email:
        node.fail(f"email {email!r} is no address", hint="write name@domain")
    return Authority(
        purpose=node.need("purpose").choice(PURPOSES),
        name=read_wording(node.get("name")),
        unit=read_wording(node.get("service")),
        contact=read_wording(node.get("contactName")),
        email=email,
        site_url=text("siteURL"),
        phone=text("phone"),
        notice=text("intervalBefore"),
    )
