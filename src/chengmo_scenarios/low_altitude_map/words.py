"""How the inputs are called on the form, in both languages, and under which heading they stand."""

from chengmo import FieldWords, Text


def _words(zh: str, en: str, unit: str = "", group: Text | None = None) -> FieldWords:
    return FieldWords(title=Text(zh=zh, en=en), unit=unit, group=group)


_CRAFT = Text(zh="飞行器的尺寸", en="Size of the aircraft")
_DATA = Text(zh="数据", en="Data")
_NOISE = Text(zh="噪声", en="Noise")
_RADIO = Text(zh="通信", en="Coverage")
_WEATHER = Text(zh="天气限制", en="Limits of weather")
_SHOWN = Text(zh="显示", en="What is shown")

WORDS = {
    "lon": _words("经度", "Longitude", "deg"),
    "lat": _words("纬度", "Latitude", "deg"),
    "reach_m": _words("向四周多远", "Reach to each side", "m"),
    "area": FieldWords(
        title=Text(zh="或一片区域", en="Or an area"),
        help=Text(zh="依次给出各角点，代替中心点", en="Its corners in order, instead of a middle"),
    ),
    "cell_level": FieldWords(
        title=Text(zh="网格层级", en="Level of cells"),
        help=Text(
            zh="北斗网格：4 约1.9千米，5 约120米，6 约60米，7 约8米",
            en="BeiDou: 4 is 1.9 km, 5 120 m, 6 60 m, 7 8 m",
        ),
    ),
    "floor_m": _words("真高从", "From a height of", "m"),
    "top_m": _words("真高到", "Up to", "m"),
    "band_m": _words("每层高", "Height of a band", "m"),
    "day": FieldWords(
        title=Text(zh="哪一天", en="Day"),
        help=Text(zh="如 2026-05-01（北京时间）", en="As 2026-05-01 (UTC+8)"),
    ),
    "first_hour": _words("几点起", "From (hour)", "h"),
    "last_hour": _words("到几点", "To (hour)", "h"),
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
    "dimension_m": _words("最大尺寸", "Largest dimension", "m", _CRAFT),
    "speed_mps": _words("最大速度", "Highest speed", "m/s", _CRAFT),
    "mass_kg": _words("起飞质量", "Mass at take-off", "kg", _CRAFT),
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
    "assumed_ground_m": _words("假定地面海拔", "Ground assumed at", "m", _DATA),
    "buildings": _words("建筑物数据集", "Dataset of buildings", "", _DATA),
    "building_column": _words("建筑物高度列", "Column of heights of buildings", "", _DATA),
    "building_clearance_m": _words("离建筑物多远", "Distance to buildings", "m", _DATA),
    "assumed_building_m": _words("无高度的建筑物假定高", "Buildings without height", "m", _DATA),
    "people": _words("人口数据集", "Dataset of residents", "", _DATA),
    "people_day": _words("白天人口数据集", "Dataset of people by day", "", _DATA),
    "people_column": _words("人数列", "Column of numbers", "", _DATA),
    "people_reach_m": _words("人口网格中心到角", "Middle to corner of a cell", "m", _DATA),
    "quiet": _words("噪声敏感点数据集", "Dataset of quiet places", "", _NOISE),
    "quiet_class": FieldWords(
        title=Text(zh="声环境功能区类别", en="Noise class"),
        labels={
            "0": Text(zh="0类 康复疗养", en="0 recovery"),
            "1": Text(zh="1类 居住、医疗、文教", en="1 homes, hospitals, schools"),
            "2": Text(zh="2类 居住、商业混杂", en="2 mixed"),
            "3": Text(zh="3类 工业、仓储", en="3 industry"),
            "4a": Text(zh="4a类 道路两侧", en="4a beside roads"),
            "4b": Text(zh="4b类 铁路两侧", en="4b beside railways"),
        },
        group=_NOISE,
    ),
    "power_dba": _words("飞行器声功率级", "Sound power", "dB", _NOISE),
    "masts": _words("基站数据集", "Dataset of base stations", "", _RADIO),
    "threshold_dbm": _words("接收功率门限", "Power that is enough", "dBm", _RADIO),
    "coverage_required": _words("未覆盖则不能飞", "Coverage is required", "", _RADIO),
    "weather": _words("逐时天气数据集", "Dataset of hourly weather", "", _WEATHER),
    "max_wind_mps": _words("最大平均风速", "Most wind", "m/s", _WEATHER),
    "max_gust_mps": _words("最大阵风", "Strongest gust", "m/s", _WEATHER),
    "max_rain_mm_h": _words("最大雨强", "Most rain", "mm/h", _WEATHER),
    "min_visibility_m": _words("最小能见度", "Least visibility", "m", _WEATHER),
    "min_celsius": _words("最低气温", "Lowest temperature", "°C", _WEATHER),
    "max_celsius": _words("最高气温", "Highest temperature", "°C", _WEATHER),
    "most_features": _words("最多逐格画多少", "Most cells drawn", "", _SHOWN),
}
