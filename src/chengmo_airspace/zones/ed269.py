"""ED-269 (EUROCAE): the older exchange of UAS zones, still what many countries publish.

Written after the public samples and type descriptions of github.com/interuss/monitoring
(Apache-2.0). The zones stand in `features` or, in other versions, `UASZoneList`. Its limits are
whole numbers above the ground or the sea, its texts have one language, its hours no sun;
`ed269_writing` refuses what does not fit, and `ed269_checking` says what is wrong in a document.
"""

from typing import Any

from chengmo_airspace.altitude import FOOT_M, Height, Reference
from chengmo_airspace.zones.ed269_checking import PURPOSES, REASONS
from chengmo_airspace.zones.ed318 import make_layer, read_days, read_reasons
from chengmo_airspace.zones.json_node import Node
from chengmo_airspace.zones.schedule import DailyPeriod, Period
from chengmo_airspace.zones.shape import read_area, read_circle
from chengmo_airspace.zones.wording import NO_WORDS, Wording
from chengmo_airspace.zones.zone import Authority, Rule, Zone, ZoneLayer

RULES = {
    "PROHIBITED": Rule.PROHIBITED,
    "REQ_AUTHORISATION": Rule.AUTHORISATION,
    "CONDITIONAL": Rule.CONDITIONAL,
    "NO_RESTRICTION": Rule.INFORMATION,
}
_REFERENCES = ("AGL", "AMSL")
_LONGEST_ID, _COUNTRY = 7, 3
KEPT = ("region", "uSpaceClass", "regulationExemption", "title")


def read_ed269(document: object, *, language: str = "en-GB") -> tuple[Zone, ...]:
    """Return the zones of an ED-269 document (JSON already parsed).

    Args:
        document: The document.
        language: Tag of the language its texts are in; it does not say.

    Raises:
        InvalidRequest: If it is not valid, with the path of what is wrong.
    """
    root = Node(document)
    features = root.get("features") or root.get("UASZoneList")
    if features is None:
        root.fail("has neither 'features' nor 'UASZoneList'", hint="is it ED-269?")
    return tuple(_read_zone(item, language) for item in features.items())


def _read_zone(node: Node, language: str) -> Zone:
    def words(member: str, *, of: Node = node) -> Wording:
        text = _text(of, member)
        return Wording(((language, text),)) if text else NO_WORDS

    country = node.need("country")
    if len(country.text()) != _COUNTRY:
        country.fail(f"{country.value!r} is no country", hint="three letters, as CHN")
    extended = node.get("extendedProperties")
    has_own = extended is not None and isinstance(extended.value, dict)
    own = extended.get("chengmo") if extended is not None and has_own else None
    return Zone(
        identifier=node.need("identifier").text(longest=_LONGEST_ID),
        rule=RULES[node.need("restriction").choice(RULES)],
        layers=tuple(layer for part in _geometry(node) for layer in _read_layers(part)),
        name=words("name"),
        kind=(_text(own, "kind") if own else "") or "other",
        country=country.text(),
        variant=node.need("type").text(),
        reason=read_reasons(node.get("reason"), REASONS),
        reason_words=words("otherReasonInfo"),
        periods=_read_periods(node.get("applicability")),
        authorities=tuple(_read_authority(item, words) for item in _list(node, "zoneAuthority")),
        message=words("message"),
        conditions=_read_conditions(node.get("restrictionConditions")),
        citation=_text(own, "citation") if own else "",
        citation_en=_text(own, "citation_en") if own else "",
        source=_text(own, "source") if own else "",
        is_synthetic=bool(own) and _text(own, "synthetic") == "yes",
        extra=_read_extra(node),
    )


def _read_extra(node: Node) -> dict[str, Any]:
    extra = {name: node.members()[name] for name in KEPT if node.get(name)}
    extended: Any = node.members().get("extendedProperties")
    if isinstance(extended, dict):
        extended = {key: value for key, value in extended.items() if key != "chengmo"}
    return {**extra, "extendedProperties": extended} if extended else extra


def _text(node: Node, member: str) -> str:
    found = node.get(member)
    return "" if found is None else found.text()


def _list(node: Node, member: str) -> list[Node]:
    found = node.get(member)
    return [] if found is None else found.items()


def _geometry(node: Node) -> list[Node]:
    parts = node.need("geometry").items()
    if not parts:
        node.fail("has no geometry", hint="give a volume at least")
    return parts


def _read_conditions(node: Node | None) -> str:
    if node is None:
        return ""
    if isinstance(node.value, list):
        return "; ".join(item.text() for item in node.items())
    return node.text()


def _read_authority(node: Node, words: Any) -> Authority:
    purpose = node.get("purpose")
    return Authority(
        purpose="INFORMATION" if purpose is None else purpose.choice(PURPOSES),
        name=words("name", of=node),
        unit=words("service", of=node),
        contact=words("contactName", of=node),
        email=_text(node, "email"),
        site_url=_text(node, "siteURL"),
        phone=_text(node, "phone"),
        notice=_text(node, "intervalBefore"),
    )


def _read_layers(node: Node) -> list[ZoneLayer]:
    unit = node.get("uomDimensions")
    size = FOOT_M if unit is not None and unit.choice(("M", "FT")) == "FT" else 1.0
    lower, upper = (_read_limit(node, side, size) for side in ("lower", "upper"))
    projection = node.need("horizontalProjection")
    if projection.need("type").choice(("Circle", "Polygon")) == "Circle":
        outline: Any = read_circle(projection, projection.need("center"), projection.need("radius"))
    else:
        outline = read_area(projection)
    return [make_layer(node, outline, lower, upper)]


def _read_limit(node: Node, side: str, size: float) -> Height | None:
    limit = node.get(f"{side}Limit")
    if limit is None:
        return None
    reference = Reference(node.need(f"{side}VerticalReference").choice(_REFERENCES))
    if isinstance(limit.value, str):
        # Some publish numbers in quotes.
        try:
            limit = Node(float(limit.value), limit.path)
        except ValueError:
            limit.fail(f"{limit.value!r} is not a number", hint="write 120")
    return Height(limit.number() * size, reference)


def _read_periods(node: Node | None) -> tuple[Period, ...]:
    periods: list[Period] = []
    for item in [] if node is None else node.items():
        permanent = item.get("permanent")
        if permanent is not None and permanent.choice(("YES", "NO")) == "YES":
            return ()
        start, end = item.get("startDateTime"), item.get("endDateTime")
        begin = None if start is None else start.instant()
        last = None if end is None else end.instant()
        if begin and last and last <= begin:
            item.fail("ends before it starts", hint="startDateTime < endDateTime")
        entries = _list(item, "schedule") or _list(item, "dailyPeriod")
        periods.append(Period(begin, last, tuple(_read_daily(entry) for entry in entries)))
    return tuple(periods)


def _read_daily(node: Node) -> DailyPeriod:
    start, end = node.get("startTime"), node.get("endTime")
    return DailyPeriod(
        read_days(node.need("day")),
        None if start is None else start.clock(),
        None if end is None else end.clock(),
    )
