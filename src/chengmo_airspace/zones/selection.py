"""Which zones there are at a place, in a volume, in a time, of a rule: a search by filters.

Unlike the question whether one may fly, this only selects: it is what a map shows to who looks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from chengmo_airspace.altitude import Height, Heights
from chengmo_airspace.volume import Volume
from chengmo_airspace.zones.volume_asking import zones_meeting
from chengmo_airspace.zones.zone import Rule, Zone
from chengmo_airspace.zones.zone_map import MAYBE, NO, YES, ZoneMap, band_of

# A schedule can be followed for ten years; who asks for ever is answered for that long.
_FOR_EVER = timedelta(days=3650)
_SURE = (NO, MAYBE, YES)


@dataclass(frozen=True, slots=True)
class Selection:
    """What a zone must be to be selected: all that is said here.

    Attributes:
        place: It holds at longitude and latitude, degrees.
        height: And there at this height; None: at some.
        volumes: It meets one of these volumes, in space and time.
        after: It holds at or after an instant.
        before: It holds at or before an instant.
        rules: It is of one of these rules; None: of any.
        u_space_class: It is of this class of ED-269.
    """

    place: tuple[float, float] | None = None
    height: Height | None = None
    volumes: tuple[Volume, ...] = ()
    after: datetime | None = None
    before: datetime | None = None
    rules: frozenset[Rule] | None = None
    u_space_class: str | None = None


def select(zone_map: ZoneMap, selection: Selection) -> list[tuple[Zone, bool]]:
    """Return the zones that are selected, and of each whether it surely is.

    What depends on heights that cannot be compared, without a terrain for one, may be selected.

    Example:
        >>> select(ZoneMap([]), Selection(place=(114.3, 30.5)))
        []
    """
    states = [YES] * len(zone_map.zones)
    for found in _asked(zone_map, selection):
        states = [min(state, found.get(n, NO), key=_SURE.index) for n, state in enumerate(states)]
    return [
        (zone, state == YES)
        for zone, state in zip(zone_map.zones, states, strict=True)
        if state != NO and _suits(zone_map, zone, selection)
    ]


def _asked(zone_map: ZoneMap, selection: Selection) -> Iterator[dict[int, int]]:
    if selection.place is not None:
        yield _at(zone_map, selection.place, selection.height)
    if selection.volumes:
        found: dict[int, int] = {}
        for volume in selection.volumes:
            for number, state in zones_meeting(zone_map, volume).items():
                times = zone_map.when(zone_map.zones[number], volume.begin, volume.end)
                if times:
                    found[number] = max(found.get(number, NO), state, key=_SURE.index)
        yield found


def _at(zone_map: ZoneMap, place: tuple[float, float], height: Height | None) -> dict[int, int]:
    found: dict[int, int] = {}
    _, layers = zone_map.at(*place)
    for layer_number in layers.tolist():
        number, layer = zone_map.layers[layer_number]
        state = YES
        if height is not None:
            column = Heights(np.array([height.metres]), height.reference)
            lon, lat = (np.array([degrees]) for degrees in place)
            state = int(zone_map.meets(layer, band_of(column, column), lon, lat)[0])
        found[number] = max(found.get(number, NO), state, key=_SURE.index)
    return found


def _suits(zone_map: ZoneMap, zone: Zone, selection: Selection) -> bool:
    if selection.rules is not None and zone.rule not in selection.rules:
        return False
    own_class = zone.extra.get("uSpaceClass")
    if selection.u_space_class is not None and own_class != selection.u_space_class:
        return False
    after, before = selection.after, selection.before
    if after is not None:
        return bool(zone_map.when(zone, after, before or after + _FOR_EVER))
    return before is None or bool(zone_map.when(zone, before - _FOR_EVER, before))
