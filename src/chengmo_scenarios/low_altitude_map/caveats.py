"""What a reader must know before acting on the map."""

import numpy as np

from chengmo import City, Text
from chengmo_airspace.atlas import Atlas, Use
from chengmo_scenarios.low_altitude_map.reading import Ground
from chengmo_scenarios.low_altitude_map.request import Request

_ALWAYS = (
    Text(
        zh="本图不是飞行批准；是否可飞以空中交通管理机构（UOM 平台）为准。",
        en="This map is no approval: air traffic management (the UOM platform) decides.",
    ),
    Text(
        zh="每格取其内任何位置、任何时刻最严的规定；树木和电线不在图中。",
        en="A cell takes the strictest rule anywhere within it; trees and wires are not on it.",
    ),
)


def list_caveats(request: Request, ground: Ground, atlas: Atlas, city: City) -> tuple[Text, ...]:
    """Return the caveats of one map."""
    caveats = [*_ALWAYS, *_of_zones(request, ground, atlas)]
    caveats.append(_of_buildings(request, ground))
    if request.people is not None and request.people_day is None:
        caveats.append(
            Text(
                zh="人口只有常住人口（夜间），白天人数未知。",
                en="People are residents, that is by night; who is there by day is not known.",
            )
        )
    if request.people is not None:
        caveats.append(
            Text(
                zh="地面风险等级按常住人口计；SORA 2.5 的表未与官方文本逐字核对，"
                "中国的规定也不要求它。",
                en="The ground risk class counts residents; SORA 2.5's table was not compared with "
                "the official text, and China's rules do not ask for it.",
            )
        )
    if atlas.noise_over_db is not None:
        caveats.append(
            Text(
                zh="噪声为一架飞行器停留时的声级，未计背景噪声和遮挡；功能区类别为假定。",
                en="Noise is that of one aircraft that stays, without background or screens; the "
                "class of the places is an assumption.",
            )
        )
    if atlas.service is not None:
        caveats.append(
            Text(
                zh="覆盖按 3GPP TR 36.777 城区宏站模型的中值，未计干扰、负荷和具体建筑。",
                en="Coverage is the median of 3GPP TR 36.777's urban macro cell: no interference, "
                "no load, no particular buildings.",
            )
        )
    caveats.extend(_of_weather(request))
    return (*caveats, *_of_data(request, city))


def _of_zones(request: Request, ground: Ground, atlas: Atlas) -> list[Text]:
    caveats: list[Text] = []
    if request.complete_kinds:
        kinds = ", ".join(request.complete_kinds)
        caveats.append(
            Text(
                zh=f"假定以下类别的空域数据齐全：{kinds}。",
                en=f"Assumed to be complete in the zones' dataset: {kinds}.",
            )
        )
    if (atlas.use == Use.UNKNOWN).any():
        caveats.append(
            Text(
                zh="“不能确定”不等于可以飞：缺少的数据见“依据”表。",
                en="“Unknown” does not mean free: what is missing stands in the table of reasons.",
            )
        )
    if request.assumed_ground_m is not None:
        metres = f"{request.assumed_ground_m:g}"
        caveats.append(
            Text(
                zh=f"假定地面海拔处处为{metres}米；三维网格码由此得出。",
                en=f"The ground is assumed to lie {metres} m above the sea everywhere; the 3-D "
                "codes follow from it.",
            )
        )
    elif ground.sources.zone_map.altitudes.terrain is None:
        caveats.append(
            Text(
                zh="没有地形数据：没有三维网格码，以海拔给出的空域界限无法比较。",
                en="There is no terrain: no 3-D codes, and limits above the sea do not compare.",
            )
        )
    return caveats


def _of_buildings(request: Request, ground: Ground) -> Text:
    buildings = ground.sources.buildings
    if buildings is None:
        return Text(zh="没有建筑物数据。", en="There are no buildings on it: none were given.")
    distance = f"{buildings.clearance_m:g}"
    if request.assumed_building_m is not None:
        metres = f"{request.assumed_building_m:g}"
        return Text(
            zh=f"离建筑物{distance}米（参数）以内不可飞；没有高度的建筑物假定高{metres}米；"
            "数据中没有的建筑物不在图中。",
            en=f"Closed within {distance} m of buildings (a parameter); those without a height are "
            f"assumed to be {metres} m high; others than in the data are not on it.",
        )
    count = int(np.isnan(buildings.height_m).sum())
    return Text(
        zh=f"离建筑物{distance}米（参数）以内不可飞；其中{count}个没有高度，其上方不能确定；"
        "数据中没有的建筑物不在图中。",
        en=f"Closed within {distance} m of buildings (a parameter); {count} have no height, "
        "and above those it is unknown; others than in the data are not on it.",
    )


def _of_weather(request: Request) -> list[Text]:
    if request.asks_weather and request.weather is None:
        return [
            Text(
                zh="给了天气限制而没有天气数据：天气未知。",
                en="Limits of weather were given and no weather: it is unknown.",
            )
        ]
    if request.weather is not None and not request.asks_weather:
        return [
            Text(
                zh="没有给出飞行器的天气限制，天气数据未被使用。",
                en="No limit of the aircraft was given, so the weather was not used.",
            )
        ]
    if request.asks_weather:
        return [
            Text(
                zh="全区用同一份逐时天气；风随高度按幂律（城市地面粗糙度C类）推算。",
                en="One weather holds for the whole area; wind grows with height by a power law "
                "(town).",
            )
        ]
    return []


def _of_data(request: Request, city: City) -> list[Text]:
    named = [
        request.zones,
        request.terrain,
        request.geoid,
        request.people,
        request.people_day,
        request.quiet if request.power_dba is not None else None,
        request.masts,
        request.buildings,
        request.weather if request.asks_weather else None,
    ]
    made_up = [name for name in named if name is not None and city.about(name).synthetic]
    if not made_up:
        return []
    names = ", ".join(made_up)
    return [Text(zh=f"下列数据集是虚构的：{names}。", en=f"Synthetic datasets were used: {names}.")]
