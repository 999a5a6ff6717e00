"""The atlas: of every cell, band and hour whether one may fly, how high, by which rule, and why."""

from dataclasses import dataclass, field
from datetime import timedelta, timezone
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from chengmo import InvalidRequest, encode_solid_codes
from chengmo_airspace.altitude import Heights, Reference
from chengmo_airspace.atlas.below import (
    QuietPlaces,
    noise_over_db,
    people_and_classes,
    people_below,
)
from chengmo_airspace.atlas.buildings import Buildings, close_cells
from chengmo_airspace.atlas.lattice import Floats, Frame
from chengmo_airspace.atlas.permission import Bytes, CellVerdicts, permit_cells
from chengmo_airspace.atlas.reason import UNCOVERED, WEATHER, Reason, Reasons, of_buildings
from chengmo_airspace.coverage import Link, Masts, Service, serve
from chengmo_airspace.coverage.loss import HIGHEST_M, LOWEST_M
from chengmo_airspace.noise import Air, period_of_hour
from chengmo_airspace.risk import Aircraft, People
from chengmo_airspace.weather import (
    ConditionSeries,
    Judgement,
    Limits,
    Roughness,
    WeatherVerdict,
    judge,
)
from chengmo_airspace.weather import Reason as WeatherReason
from chengmo_airspace.zones import AircraftClass, ZoneMap


class Use(IntEnum):
    """The answer for a cell, mildest first."""

    FREE = 0
    CONDITIONAL = 1
    APPROVAL = 2
    UNKNOWN = 3
    NO = 4


@dataclass(frozen=True)
class Network:
    """Masts, and what of them is enough.

    Attributes:
        masts: The base stations.
        threshold_dbm: The least RSRP.
        link: The model of loss.
        is_required: Whether a cell that is not covered may not be flown in.
    """

    masts: Masts
    threshold_dbm: float = -110.0
    link: Link = Link.URBAN_MACRO
    is_required: bool = False


@dataclass(frozen=True)
class Weather:
    """Weather over the whole area from hour to hour, and what the aircraft bears of it."""

    series: ConditionSeries
    limits: Limits
    roughness: Roughness = Roughness.TOWN


@dataclass(frozen=True)
class Sources:
    """What is known of a city.

    Attributes:
        zone_map: Zones, law, terrain and geoid.
        aircraft: Its class by law.
        people_night: Who is there at night: residents.
        people_day: Who is there by day; None: not known, and residents do not stand for it.
        body: The aircraft as SORA sees it; None: no ground risk class.
        power_dba: Its sound power; None: no noise.
        quiet: Places that want quiet.
        network: Masts; None: no coverage.
        weather: None: the weather is not asked.
        buildings: What stands on the ground; None: no buildings, which does not mean there are
            none.
        air: Through which sound travels.
        utc_offset_h: Of local time: when it is night.
    """

    zone_map: ZoneMap
    aircraft: AircraftClass = AircraftClass.LIGHT
    people_night: People | None = None
    people_day: People | None = None
    body: Aircraft | None = None
    power_dba: float | None = None
    quiet: QuietPlaces | None = None
    network: Network | None = None
    weather: Weather | None = None
    buildings: Buildings | None = None
    air: Air = field(default_factory=Air)
    utc_offset_h: float = 8.0


@dataclass(frozen=True)
class Atlas:
    """One column table: t intervals, b bands, n cells.

    Attributes:
        frame: Cells, bands, intervals.
        use: (t, b, n) values of `Use`: law, weather and coverage together.
        why: (t, b, n) number of the deciding reason.
        reasons: The reasons.
        law: What zones and law say alone.
        free_up_to_m: (t, n) how high one flies without asking by zones and law alone.
        people_night: (n,) people below at night; NaN where not known.
        people_day: (n,) the same by day.
        ground_class: (b, n) SORA's intrinsic ground risk class at night; None if not asked.
        noise_over_db: (2, b, n) by day and at night; see `below.noise_over_db`; None if not asked.
        service: Servers of (b·n) cells, band by band; None if not asked.
        weather: (t·b,) judgement; None if not asked.
        is_day: (t,) whether an interval begins by day.
        masts_synthetic: Whether the masts are made up.
    """

    frame: Frame
    use: Bytes
    why: NDArray[np.int16]
    reasons: tuple[Reason, ...]
    law: CellVerdicts
    free_up_to_m: Floats
    people_night: Floats
    people_day: Floats
    ground_class: NDArray[np.int8] | None
    noise_over_db: Floats | None
    service: Service | None
    weather: Judgement | None
    is_day: NDArray[np.bool_]
    masts_synthetic: bool = False

    def codes(self, zone_map: ZoneMap, *, level: int | None = None) -> NDArray[np.bytes_]:
        """Return (b, n) BeiDou 3-D codes of the cells' middles; empty where terrain is not known.

        Args:
            zone_map: Whose terrain and geoid turn heights above the ground into ellipsoidal ones.
            level: Of the codes; the lattice's by default.
        """
        lattice = self.frame.lattice
        rows: list[NDArray[np.bytes_]] = []
        for floor, ceiling in self.frame.bands:
            middle = Heights(np.full(len(lattice), (floor + ceiling) / 2), Reference.GROUND)
            height = zone_map.altitudes.convert_known(
                middle, lattice.lon, lattice.lat, to=Reference.ELLIPSOID
            ).metres
            code = encode_solid_codes(
                lattice.lon, lattice.lat, np.nan_to_num(height), level=level or lattice.level
            )
            rows.append(np.where(np.isnan(height), b"", code))
        return np.stack(rows)


def draw_atlas(frame: Frame, sources: Sources) -> Atlas:
    """Return the atlas of an area.

    Raises:
        InvalidRequest: If the urban macro cell is asked above 300 m.
    """
    reasons = Reasons()
    law = permit_cells(sources.zone_map, frame, sources.aircraft, reasons)
    use, why = law.verdict.copy(), law.why.copy()
    _apply_buildings(frame, sources.buildings, (use, why), reasons)
    service = _serve(frame, sources.network)
    if service is not None and sources.network is not None and sources.network.is_required:
        bare = ~service.covered.reshape(1, *frame.shape[1:])
        _raise(use, why, np.broadcast_to(bare, frame.shape), Use.NO, reasons.add(UNCOVERED))
    weather = _judge(frame, sources.weather)
    if weather is not None:
        _apply_weather(frame, weather, (use, why), reasons)
    night, classes = _look_below(frame, sources)
    return Atlas(
        frame=frame,
        use=use,
        why=why,
        reasons=tuple(reasons.rows),
        law=law,
        free_up_to_m=law.free_up_to(frame.edges_m),
        people_night=night,
        people_day=people_below(frame.lattice, sources.people_day),
        ground_class=classes,
        noise_over_db=_noise(frame, sources),
        service=service,
        weather=weather,
        is_day=_days(frame, sources.utc_offset_h),
        masts_synthetic=sources.network is not None and sources.network.masts.synthetic,
    )


def _look_below(frame: Frame, sources: Sources) -> tuple[Floats, NDArray[np.int8] | None]:
    if sources.body is None:
        return people_below(frame.lattice, sources.people_night), None
    return people_and_classes(frame, sources.people_night, sources.body)


def _raise(
    use: Bytes, why: NDArray[np.int16], where: NDArray[np.bool_], to: Use, reason: int
) -> None:
    """Make cells as strict as `to`, where they are not yet."""
    stricter = where & (use < to)
    use[stricter], why[stricter] = to, reason


def _apply_buildings(
    frame: Frame,
    buildings: Buildings | None,
    columns: tuple[Bytes, NDArray[np.int16]],
    reasons: Reasons,
) -> None:
    if buildings is None:
        return
    words = of_buildings(buildings.citation, is_synthetic=buildings.is_synthetic)
    states = close_cells(frame, buildings)
    for where, to, reason in zip(states, (Use.NO, Use.UNKNOWN), words, strict=True):
        if where.any():
            _raise(*columns, np.broadcast_to(where, frame.shape), to, reasons.add(reason))


def _serve(frame: Frame, network: Network | None) -> Service | None:
    if network is None:
        return None
    if network.link is Link.URBAN_MACRO and frame.edges_m[-1] > HIGHEST_M:
        raise InvalidRequest(
            f"the urban macro cell is known up to {HIGHEST_M} m, not {frame.edges_m[-1]} m",
            hint="lower bands, or another link",
        )
    lattice = frame.lattice
    heights = [max((floor + ceiling) / 2, LOWEST_M) for floor, ceiling in frame.bands]
    return serve(
        network.masts,
        np.tile(lattice.lon, len(heights)),
        np.tile(lattice.lat, len(heights)),
        np.repeat(heights, len(lattice)),
        link=network.link,
        threshold_dbm=network.threshold_dbm,
        best=1,
        nearest=8,
    )


def _judge(frame: Frame, weather: Weather | None) -> Judgement | None:
    if weather is None:
        return None
    times, bands, _ = frame.shape
    given = weather.series.at([begin for begin, _ in frame.intervals])
    # At the ceiling the wind is strongest.
    ceilings = np.tile([ceiling for _, ceiling in frame.bands], times)
    spread = given.take(np.repeat(np.arange(times), bands))
    return judge(weather.limits, spread, ceilings, roughness=weather.roughness)


def _apply_weather(
    frame: Frame, weather: Judgement, columns: tuple[Bytes, NDArray[np.int16]], reasons: Reasons
) -> None:
    verdict = weather.verdict.reshape(frame.shape[:2])
    reason = weather.reason.reshape(frame.shape[:2])
    for key, (beyond, unknown) in WEATHER.items():
        pairs = (
            (WeatherVerdict.UNFIT, Use.NO, beyond),
            (WeatherVerdict.UNKNOWN, Use.UNKNOWN, unknown),
        )
        for state, to, words in pairs:
            where = (verdict == state) & (reason == WeatherReason(key))
            if where.any():
                wide = np.broadcast_to(where[:, :, None], frame.shape)
                _raise(*columns, wide, to, reasons.add(words))


def _noise(frame: Frame, sources: Sources) -> Floats | None:
    if sources.power_dba is None or sources.quiet is None:
        return None
    return noise_over_db(frame, sources.quiet, power_dba=sources.power_dba, air=sources.air)


def _days(frame: Frame, utc_offset_h: float) -> NDArray[np.bool_]:
    local = timezone(timedelta(hours=utc_offset_h))
    begins = [begin.astimezone(local) for begin, _ in frame.intervals]
    return period_of_hour([begin.hour + begin.minute / 60 for begin in begins])
