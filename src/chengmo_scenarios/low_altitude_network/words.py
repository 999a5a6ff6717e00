"""How the inputs are called on the form, in both languages, and under which heading they stand."""

from chengmo import FieldWords, Text


def _words(zh: str, en: str, unit: str = "", group: Text | None = None) -> FieldWords:
    return FieldWords(title=Text(zh=zh, en=en), unit=unit, group=group)


_DATA = Text(zh="数据", en="Data")
_AIR = Text(zh="航线", en="Lanes")
_RADIO = Text(zh="通信", en="Coverage")
_HOURS = Text(zh="时段与风", en="Hours and wind")
_CRAFT = Text(zh="飞行器", en="Aircraft")
_DEMAND = Text(zh="需求与容量", en="Demand and capacity")
_AVOID = Text(zh="权重", en="Weights")

WORDS = {
    "site_count": _words("最多几个起降点", "Sites at most"),
    "site_reach_m": _words("一个起降点服务多远", "Reach of a site", "m"),
    "longest_link_m": _words("最长航路", "Longest corridor", "m"),
    "area": _words("范围", "Area"),
    "candidates": _words("备选位置数据集", "Dataset of places for sites", "", _DATA),
    "candidate_name": _words("名称列", "Column of names", "", _DATA),
    "people": _words("常住人口数据集", "Dataset of residents", "", _DATA),
    "people_column": _words("人数列", "Column of residents", "", _DATA),
    "people_reach_m": _words("一个人口点管多远", "Reach of a point of residents", "m", _DATA),
    "zones": _words("空域数据集", "Dataset of zones", "", _DATA),
    "terrain": _words("地面高程数据集", "Dataset of ground heights", "", _DATA),
    "terrain_column": _words("高程列", "Column of ground heights", "", _DATA),
    "geoid": _words("大地水准面数据集(空:EGM96)", "Geoid (empty: EGM96)", "", _DATA),
    "terrain_reach_m": _words("一个高程点管多远", "Reach of a ground height", "m", _DATA),
    "assumed_ground_m": _words("假定地面海拔", "Assumed ground height", "m", _DATA),
    "buildings": _words("建筑物数据集", "Dataset of buildings", "", _DATA),
    "building_column": _words("建筑物高度列", "Column of heights of buildings", "", _DATA),
    "building_clearance_m": _words("离建筑物多远", "Distance to buildings", "m", _DATA),
    "assumed_building_m": _words("无高度的建筑物假定高", "Buildings without height", "m", _DATA),
    "masts": _words("基站数据集", "Dataset of base stations", "", _RADIO),
    "threshold_dbm": _words("接收功率门限", "Power that is enough", "dBm", _RADIO),
    "coverage_required": _words("只走有覆盖处", "Coverage is required", "", _RADIO),
    "day": _words("为哪一天规划", "Planned for the day", "", _HOURS),
    "first_hour": _words("几点起", "From (hour)", "h", _HOURS),
    "last_hour": _words("到几点", "To (hour)", "h", _HOURS),
    "weather": _words("逐时天气数据集", "Dataset of hourly weather", "", _HOURS),
    "max_wind_mps": _words("最大平均风速", "Most wind", "m/s", _HOURS),
    "max_gust_mps": _words("最大阵风", "Strongest gust", "m/s", _HOURS),
    "cell_m": _words("栅格宽度", "Width of a cell", "m", _AIR),
    "lowest_m": _words("最低航线真高", "Lowest lane", "m", _AIR),
    "step_m": _words("航线高度间隔", "Step of heights", "m", _AIR),
    "layer_pairs": _words("最多几对高度", "Pairs of heights", "", _AIR),
    "half_height_m": _words("航线半高", "Half a lane's height", "m", _AIR),
    "half_width_m": _words("航线半宽", "Half a lane's width", "m", _AIR),
    "terminal_m": _words("起降区半径", "Radius of a terminal area", "m", _AIR),
    "time_weight": _words("时间", "Time", "", _AVOID),
    "risk_weight": _words("地面风险", "Ground risk", "", _AVOID),
    "noise_weight": _words("噪声", "Noise", "", _AVOID),
    "speed_mps": _words("速度", "Speed", "m/s", _CRAFT),
    "dimension_m": _words("最大尺寸", "Largest dimension", "m", _CRAFT),
    "mass_kg": _words("起飞质量", "Take-off mass", "kg", _CRAFT),
    "power_dba": _words("声功率级", "Sound power", "dB", _CRAFT),
    "heard_db": _words("多响算听得见", "Heard from", "dB", _CRAFT),
    "flights_per_h": _words("高峰每小时架次(假定)", "Flights in the busiest hour", "/h", _DEMAND),
    "demand_scale_m": _words("需求随距离衰减", "Scale of distance", "m", _DEMAND),
    "separation_m": _words("航线内前后间隔", "Separation along a lane", "m", _DEMAND),
    "pads": _words("每个起降点的起降位", "Pads of a site", "", _DEMAND),
    "pad_s": _words("一次起降占位时间", "Time a movement takes", "s", _DEMAND),
    "busy_0to1": _words("起降位最高占用率", "Most a pad is busy", "", _DEMAND),
}
