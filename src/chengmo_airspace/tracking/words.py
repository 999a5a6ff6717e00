"""What the columns of the city's statistics are called, and their units."""

from chengmo import Text

TITLE = Text(zh="低空飞行统计", en="Low-altitude flights")
DESCRIPTION = Text(
    zh=(
        "按区域和小时统计实际飞行：架次、里程、正点、告警；给出常住人口数据集时，还有地面风险和噪声。"
        "架次少的区域和小时不给数字。风险和噪声按统一假定的航空器计算（见来源），供比较，不是测量。"
        "人口是常住人口，不是当时在场的人。synthetic 是无人实际飞行（合成）的架次所占份额。"
    ),
    en=(
        "What was flown by area and hour: flights, kilometres, punctuality, alerts; with a dataset "
        "of residents also ground risk and noise. Areas and hours with few flights have no "
        "numbers. Risk and noise take every aircraft to be alike (see the source): for comparing, "
        "not measured. People are residents, not who was there. `synthetic` is the share of "
        "flights that nobody flew."
    ),
)
_WORDS = {
    "area": ("区域", "Area", ""),
    "hour": ("小时（起点）", "Hour (its begin)", ""),
    "flights": ("架次", "Flights", "1"),
    "departures": ("起飞", "Departures", "1"),
    "kilometres": ("里程", "Distance flown", "km"),
    "flown_hours": ("飞行小时", "Hours flown", "h"),
    "planned_departures": ("有计划的起飞", "Planned departures", "1"),
    "on_time": ("正点起飞（±3分钟）", "Departures on time (±3 min)", "1"),
    "median_delay_s": ("起飞延误中位数", "Median delay", "s"),
    "nonconforming": ("偏离告警", "Alerts: off the plan", "1"),
    "contingent": ("应急告警", "Alerts: contingent", "1"),
    "lost_link": ("失联告警", "Alerts: link lost", "1"),
    "near": ("接近告警", "Alerts: too near", "1"),
    "people_per_km2": ("航迹下常住人口密度（按时间平均）", "Residents below, mean by time", "km-2"),
    "ground_risk_class": (
        "最高固有地面风险等级（SORA 2.5）",
        "Highest intrinsic GRC (SORA 2.5)",
        "",
    ),
    "casualties_1e6": ("预期伤亡（百万分之一）", "Casualties expected, millionths", "1"),
    "people_unknown": ("人口不明的飞行时间份额", "Share of time over unknown residents", "1"),
    "noise_db": ("居民处等效声级（按人口平均）", "LAeq where residents live, mean", "dB"),
    "noise_highest_db": ("居民处最高等效声级", "LAeq where residents live, highest", "dB"),
    "people_over_limit": ("超过1类限值的居民（比较用）", "Residents above the class 1 limit", "1"),
    "height_unknown": ("离地高度不明的飞行时间份额", "Share of time at unknown height", "1"),
    "synthetic": ("合成架次份额（无人实际飞行）", "Share of synthetic flights", "1"),
    "withheld": ("因架次少不给数字", "Withheld: few flights", ""),
}
NOTES = {name: (Text(zh=zh, en=en), unit) for name, (zh, en, unit) in _WORDS.items()}
