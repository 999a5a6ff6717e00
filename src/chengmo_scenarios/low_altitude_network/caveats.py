"""What a reader must know before acting on the network."""

from chengmo import City, Text
from chengmo_scenarios.low_altitude_network.closing import (
    BUILDING,
    NO_COVERAGE,
    NO_GROUND,
    WIND,
)
from chengmo_scenarios.low_altitude_network.reading import Ground
from chengmo_scenarios.low_altitude_network.request import Request

_ALWAYS = (
    Text(
        zh="本网络不是飞行批准;航路须经空中交通管理机构划设或批准。",
        en="This network is no approval: air traffic management designates or approves routes.",
    ),
    Text(
        zh="需求是虚构的(synthetic):总量为输入,按服务人口和距离的引力模型分配,不是统计。",
        en="The demand is synthetic: its total is an input, shared out by a gravity model of the "
        "residents served and of distance; nothing was counted.",
    ),
    Text(
        zh="树木、电线不在计算之内;低层航路须另作净空核查。",
        en="Trees and wires are not counted: low lanes need a survey of obstacles.",
    ),
    Text(
        zh="航路间不共享空域只在起降区之外得到证明;起降区内的次序由起降点管理。",
        en="That no lanes share air is proven outside terminal areas; within one, the site keeps "
        "order.",
    ),
    Text(
        zh="人口只有常住人口;SORA 2.5 的表未与官方文本逐字核对,中国的规定也不要求它。",
        en="People are residents; SORA 2.5's table was not compared with the official text, and "
        "China's rules do not ask for it.",
    ),
)


def list_caveats(request: Request, ground: Ground, city: City) -> tuple[Text, ...]:
    """Return the caveats of one network."""
    caveats = list(_ALWAYS)
    if request.assumed_ground_m is not None:
        metres = f"{request.assumed_ground_m:g}"
        caveats.append(
            Text(
                zh=f"假定地面海拔处处为{metres}米;三维网格码由此得出。",
                en=f"The ground is assumed to lie {metres} m above the sea everywhere; the 3-D "
                "codes follow from it.",
            )
        )
    caveats.extend(_of_closures(request, ground))
    if ground.conditional:
        caveats.append(
            Text(
                zh=f"有{ground.conditional}处有条件空域按可飞处理,条件须另行遵守。",
                en=f"{ground.conditional} conditional zones count as open: their conditions hold.",
            )
        )
    named = (
        request.candidates,
        request.people,
        request.zones,
        request.terrain,
        request.geoid,
        request.buildings,
        request.masts if request.coverage_required else None,
        request.weather,
    )
    made_up = [name for name in named if name is not None and city.about(name).synthetic]
    if made_up:
        names = ", ".join(made_up)
        caveats.append(
            Text(zh=f"下列数据集是虚构的:{names}。", en=f"Synthetic datasets were used: {names}.")
        )
    return tuple(caveats)


def _of_closures(request: Request, ground: Ground) -> list[Text]:
    found: list[Text] = []
    closures = ground.closures
    if closures.share_of(NO_GROUND):
        reach = f"{request.terrain_reach_m:g}"
        share = f"{closures.share_of(NO_GROUND) or 0:.0%}"
        found.append(
            Text(
                zh=f"离地形数据最近点超过{reach}米的地方地面高程未知，不设起降点和航路（{share}）。",
                en=f"Further than {reach} m from every height of the terrain the ground is not "
                f"known: nothing is planned there ({share} of the area).",
            )
        )
    found.append(_of_buildings(request, ground))
    share = closures.share_of(NO_COVERAGE)
    if share is None:
        found.append(Text(zh="信号覆盖不在计算之内。", en="Radio coverage is not counted."))
    else:
        found.append(
            Text(
                zh=f"航路避开{share:.0%}未覆盖的空间;覆盖按3GPP TR 36.777中值,未计干扰和建筑遮挡。",
                en=f"Corridors keep out of the {share:.0%} that is not covered; coverage is the "
                "median of 3GPP TR 36.777: no interference, no screens.",
            )
        )
    found.append(_of_hours(request))
    shut = closures.closed_pairs(WIND)
    if shut:
        heights = ", ".join(f"{ground.rules.layers.heights(pair)[0]:g}" for pair in shut)
        found.append(
            Text(
                zh=f"这些时段内风超过限制或未知，关闭的高度层（下层真高）：{heights}米。",
                en="Wind passes the limit within the hours, or is not known, so these pairs of "
                f"heights are closed (lower lane): {heights} m.",
            )
        )
    return found


def _of_buildings(request: Request, ground: Ground) -> Text:
    share = ground.closures.share_of(BUILDING)
    if share is None:
        return Text(
            zh="没有给出建筑物。", en="No buildings were given, and none are kept clear of."
        )
    distance = f"{request.building_clearance_m:g}"
    return Text(
        zh=f"航路离建筑物{distance}米以上（参数），避开{share:.0%}的空间；数据中没有的建筑物无从得知。",
        en=f"Corridors keep {distance} m from buildings (a parameter), out of {share:.0%} of the "
        "space; others than in the data are not known.",
    )


def _of_hours(request: Request) -> Text:
    if request.day is None:
        return Text(
            zh="不按时段区分:任何时候禁飞或须批准的空域都按关闭处理;数据中没有的空域无从得知。",
            en="Hours are not told apart: a zone that is closed at any time counts as closed; "
            "zones that are not in the data are not known.",
        )
    day, first, last = request.day.isoformat(), request.first_hour, request.last_hour
    return Text(
        zh=f"只对{day}的{first}至{last}时成立:此外才关闭的空域按开放处理;数据中没有的空域无从得知。",
        en=f"Holds for {day}, {first} to {last} o'clock alone: zones closed at other times count "
        "as open; zones that are not in the data are not known.",
    )
