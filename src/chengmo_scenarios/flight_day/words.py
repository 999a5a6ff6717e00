"""How the inputs are called on the form, in both languages, and under which heading they stand."""

from chengmo import FieldWords, Text


def _words(zh: str, en: str, unit: str = "", group: Text | None = None) -> FieldWords:
    return FieldWords(title=Text(zh=zh, en=en), unit=unit, group=group)


_MADE = Text(zh="模拟飞行", en="Synthetic flights")
_MOVES = Text(zh="允许怎样改", en="How a flight may be changed")
_COSTS = Text(zh="代价", en="Costs")
_SHAPE = Text(zh="飞行的形状", en="Shape of a flight")
_SHOWN = Text(zh="显示", en="What is shown")

WORDS = {
    "flights": FieldWords(
        title=Text(zh="飞行申请数据集", en="Flights asked for"),
        help=Text(zh="空：按常住人口虚构一天的飞行", en="Empty: a synthetic day between residents"),
    ),
    "population": _words("常住人口数据集", "Residents", "", _MADE),
    "synthetic_flights": _words("模拟架次", "How many", "", _MADE),
    "synthetic_day": _words("模拟日期", "Day", "", _MADE),
    "seed": _words("随机种子", "Seed", "", _MADE),
    "zones": _words("空域数据集", "Airspace zones"),
    "terrain": _words("地面高程数据集", "Dataset of ground heights"),
    "terrain_column": _words("高程列", "Column of ground heights"),
    "terrain_reach_m": _words("一个高程点管多远", "Reach of a ground height", "m"),
    "closure": FieldWords(
        title=Text(zh="如果临时关闭一片空域", en="What if an area were closed"),
        help=Text(zh="谁受影响，怎么办", en="Who is affected, and what then"),
    ),
    "order": FieldWords(
        title=Text(zh="同级谁先选", en="Who chooses first"),
        labels={
            "turns": Text(zh="各家按架次比例轮流", en="Operators in turn"),
            "schedule": Text(zh="按申请的起飞时间", en="By departure"),
        },
    ),
    "later_min": _words("最多推迟", "Later at most", "min", _MOVES),
    "earlier_min": _words("最多提前", "Earlier at most", "min", _MOVES),
    "step_s": _words("时间步长", "Step of delays", "s", _MOVES),
    "floor_m": _words("换高度不低于", "No level below", "m", _MOVES),
    "ceiling_m": _words("真高不超过", "Ceiling", "m", _MOVES),
    "level_step_m": _words("高度步长", "Step of levels", "m", _MOVES),
    "sidestep_m": _words("平行航线偏移", "Parallel path beside", "m", _MOVES),
    "clearance_m": _words("绕飞间距", "Distance on a way round", "m", _MOVES),
    "minute_cost": _words("每分钟", "A minute", "", _COSTS),
    "metre_cost": _words("每米高度", "A metre of height", "", _COSTS),
    "refusal_cost": _words("一架次不能安排", "A flight refused", "", _COSTS),
    "speed_mps": _words("巡航速度", "Cruising speed", "m/s", _SHAPE),
    "climb_mps": _words("升降速度", "Speed up and down", "m/s", _SHAPE),
    "width_m": _words("航道宽度", "Width of corridors", "m", _SHAPE),
    "leg_s": _words("每段时长", "Length of a volume", "s", _SHAPE),
    "spare_s": _words("前后留出", "Time to spare", "s", _SHAPE),
    "cell_capacity": _words("每格每小时容量", "Entries of a cell an hour"),
    "ground_m": _words("编码用的地面海拔", "Ground above the sea, for codes", "m", _SHOWN),
    "most_drawn": _words("最多画多少空间", "Volumes drawn at most", "", _SHOWN),
}
