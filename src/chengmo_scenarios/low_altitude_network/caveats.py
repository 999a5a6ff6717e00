"""What a reader must know before acting on the network."""

from chengmo import City, Text
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
        zh="建筑物、树木和信号覆盖不在计算之内;低层航路须另作净空核查。",
        en="Buildings, trees and radio coverage are not counted: low lanes need a survey of "
        "obstacles.",
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
    if ground.bare_cells:
        reach = f"{request.terrain_reach_m:g}"
        caveats.append(
            Text(
                zh=f"离地形数据最近点超过{reach}米的地方地面高程未知，不设起降点和航路，"
                f"共{ground.bare_cells}格。",
                en=f"Further than {reach} m from every height of the terrain the ground is not "
                f"known: nothing is planned over these {ground.bare_cells} cells.",
            )
        )
    if ground.conditional:
        caveats.append(
            Text(
                zh=f"有{ground.conditional}处有条件空域按可飞处理,条件须另行遵守。",
                en=f"{ground.conditional} conditional zones count as open: their conditions hold.",
            )
        )
    caveats.append(
        Text(
            zh="不按时段区分:任何时候禁飞或须批准的空域都按关闭处理;数据中没有的空域无从得知。",
            en="Hours are not told apart: a zone that is closed at any time counts as closed; "
            "zones that are not in the data are not known.",
        )
    )
    named = (request.candidates, request.people, request.zones, request.terrain)
    made_up = [name for name in named if name is not None and city.about(name).synthetic]
    if made_up:
        names = ", ".join(made_up)
        caveats.append(
            Text(zh=f"下列数据集是虚构的:{names}。", en=f"Synthetic datasets were used: {names}.")
        )
    return tuple(caveats)
