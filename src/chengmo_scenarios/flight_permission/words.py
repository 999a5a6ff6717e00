"""How the inputs are called on the form, in both languages, and under which heading they stand."""

from chengmo import FieldWords, Text


def _words(zh: str, en: str, unit: str = "", group: Text | None = None) -> FieldWords:
    return FieldWords(title=Text(zh=zh, en=en), unit=unit, group=group)


_DATA = Text(zh="数据", en="Data")
_LAW = Text(zh="规定中的数值", en="Numbers of the law")
_SHOWN = Text(zh="显示", en="What is shown")

WORDS = {
    "lon": _words("经度", "Longitude", "deg"),
    "lat": _words("纬度", "Latitude", "deg"),
    "code": FieldWords(
        title=Text(zh="或北斗网格码", en="Or a BeiDou grid code"),
        help=Text(zh="代替经纬度，取网格中心", en="Instead of degrees: the cell's centre"),
    ),
    "height_m": FieldWords(title=Text(zh="最高飞到", en="Highest"), unit="m"),
    "height_above": FieldWords(
        title=Text(zh="高度从哪算起", en="Height counts from"),
        labels={
            "ground": Text(zh="地面（真高）", en="The ground"),
            "sea": Text(zh="海平面（海拔）", en="The sea"),
            "ellipsoid": Text(zh="椭球面（大地高）", en="The ellipsoid"),
        },
    ),
    "start": _words("何时起飞", "Start"),
    "minutes": _words("飞多久", "How long", "min"),
    "aircraft": FieldWords(
        title=Text(zh="哪类无人机", en="Class of aircraft"),
        labels={
            "micro": Text(zh="微型（<0.25千克）", en="Micro (< 0.25 kg)"),
            "light": Text(zh="轻型（空机≤4千克）", en="Light (≤ 4 kg empty)"),
            "small": Text(zh="小型（空机≤15千克）", en="Small (≤ 15 kg empty)"),
            "medium": Text(zh="中型（起飞≤150千克）", en="Medium (≤ 150 kg)"),
            "large": Text(zh="大型（>150千克）", en="Large (> 150 kg)"),
        },
    ),
    "uses": FieldWords(
        title=Text(zh="特殊情形", en="Special uses"),
        labels={
            "relayed": Text(zh="经基站或互联网中继", en="Relayed by network"),
            "dangerous-or-dropped": Text(
                zh="运载危险品或投放物品", en="Dangerous goods or dropping"
            ),
            "over-crowds": Text(zh="飞越集会人群", en="Over crowds"),
            "from-a-vehicle": Text(zh="在移动的交通工具上操控", en="Control from a vehicle"),
            "swarm": Text(zh="分布式或集群飞行", en="Swarm"),
        },
    ),
    "zones": _words("空域数据集", "Dataset of zones", "", _DATA),
    "complete_kinds": FieldWords(
        title=Text(zh="假定齐全的空域类别", en="Kinds assumed complete"),
        help=Text(zh="all 为全部；只是假定", en="'all' for every kind; an assumption"),
        group=_DATA,
    ),
    "terrain": _words("地面高程数据集", "Dataset of ground heights", "", _DATA),
    "terrain_column": _words("高程列", "Column of ground heights", "", _DATA),
    "geoid": _words("大地水准面数据集(空:EGM96)", "Geoid (empty: EGM96)", "", _DATA),
    "terrain_reach_m": _words("一个高程点管多远", "Reach of a ground height", "m", _DATA),
    "controlled_above_m": _words("真高多少以上须批准", "Controlled above", "m", _LAW),
    "micro_limit_m": _words("微型最高真高", "Limit of micro aircraft", "m", _LAW),
    "top_m": _words("剖面画到多高", "Profile up to", "m", _SHOWN),
    "horizon_h": _words("时段看多远", "Timeline", "h", _SHOWN),
}
