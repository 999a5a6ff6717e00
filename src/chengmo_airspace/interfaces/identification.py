"""The door of the discovery service of F3411-22a: `/rid/v2/dss/…`."""

from chengmo_airspace.flights.extent import EARLIEST_US, LATEST_US, Extent, extent_of
from chengmo_airspace.flights.message import LatLng, Polygon, Volume3D, Volume4D
from chengmo_airspace.flights.refusal import FlightRefused
from chengmo_airspace.interfaces.discovery import entity_of, instant_of_query, version_of
from chengmo_airspace.interfaces.door import Call, Later, Way
from chengmo_airspace.remote_identification.message import PutArea
from chengmo_airspace.remote_identification.register import AreaRegister

PREFIX = "/rid/v2/dss"
DISPLAY = "rid.display_provider"
SERVICE = "rid.service_provider"
DISPLAYS, SERVICES = frozenset({DISPLAY}), frozenset({SERVICE})
_MOST_LETTERS = 100_000


def register_ways(register: AreaRegister) -> list[Way]:
    """Return every way of the door."""
    return [*_area_ways(register), *_subscription_ways(register)]


def _area_ways(register: AreaRegister) -> list[Way]:
    path = "/identification_service_areas"

    def search(call: Call) -> Later:
        return Later(register.search_areas(area_of_query(call)))

    def get(call: Call) -> Later:
        return Later(register.get_area(entity_of(call)))

    def create(call: Call) -> Later:
        asked = call.read(PutArea)
        return Later(register.put_area(entity_of(call), None, asked, call.token.sub))

    def update(call: Call) -> Later:
        asked, version = call.read(PutArea), version_of(call, "version")
        return Later(register.put_area(entity_of(call), version, asked, call.token.sub))

    def delete(call: Call) -> Later:
        version = version_of(call, "version")
        return Later(register.delete_area(entity_of(call), version, call.token.sub))

    return [
        Way("GET", path, DISPLAYS, search),
        Way("GET", f"{path}/{{entity}}", DISPLAYS, get),
        Way("PUT", f"{path}/{{entity}}", SERVICES, create),
        Way("PUT", f"{path}/{{entity}}/{{version?}}", SERVICES, update),
        Way("DELETE", f"{path}/{{entity}}/{{version?}}", SERVICES, delete),
    ]


def _subscription_ways(register: AreaRegister) -> list[Way]:
    path = "/subscriptions"

    def search(call: Call) -> Later:
        return Later(register.search_subscriptions(area_of_query(call), call.token.sub))

    def get(call: Call) -> Later:
        return Later(register.get_subscription(entity_of(call), call.token.sub))

    def create(call: Call) -> Later:
        asked = call.read(PutArea)
        return Later(register.put_subscription(entity_of(call), None, asked, call.token.sub))

    def update(call: Call) -> Later:
        asked, version = call.read(PutArea), version_of(call, "version")
        return Later(register.put_subscription(entity_of(call), version, asked, call.token.sub))

    def delete(call: Call) -> Later:
        version = version_of(call, "version")
        return Later(register.delete_subscription(entity_of(call), version, call.token.sub))

    return [
        Way("GET", path, DISPLAYS, search),
        Way("GET", f"{path}/{{entity}}", DISPLAYS | SERVICES, get),
        Way("PUT", f"{path}/{{entity}}", DISPLAYS, create),
        Way("PUT", f"{path}/{{entity}}/{{version?}}", DISPLAYS, update),
        Way("DELETE", f"{path}/{{entity}}/{{version?}}", DISPLAYS, delete),
    ]


def area_of_query(call: Call) -> Extent:
    """Return where and when to look: `area` as lat1,lng1,lat2,lng2,…, and perhaps times.

    Raises:
        FlightRefused: If there is no area, it is impossible or too large, or a time is none.
    """
    numbers = numbers_of(call.query.get("area", ""))
    places = tuple(
        LatLng(lat=lat, lng=lng) for lat, lng in zip(numbers[::2], numbers[1::2], strict=True)
    )
    if len(places) > 1 and places[0] == places[-1]:
        # Closed by itself; the qualification suite wants a repeated corner refused.
        raise FlightRefused("the area's last corner is its first", hint="name each corner once")
    asked = Volume4D(volume=Volume3D(outline_polygon=Polygon(vertices=places)))
    earliest, latest = (_instant(call, name) for name in ("earliest_time", "latest_time"))
    return extent_of(
        [asked],
        times=False,
        heights=False,
        start_us=EARLIEST_US if earliest is None else earliest,
        end_us=LATEST_US if latest is None else latest,
    )


def numbers_of(text: str) -> list[float]:
    """Return numbers that are divided by commas, an even count of them.

    Raises:
        FlightRefused: If they are none.
    """
    try:
        numbers = [float(part) for part in text[:_MOST_LETTERS].split(",")]
    except ValueError as error:
        raise FlightRefused("an area is written lat1,lng1,lat2,lng2,…") from error
    if len(numbers) % 2:
        raise FlightRefused("an area with a latitude and no longitude")
    return numbers


def _instant(call: Call, name: str) -> int | None:
    return instant_of_query(call, name) if call.query.get(name) else None
