"""The words of the answers, in both languages."""

from chengmo import Text
from chengmo_scenarios.canteen_siting.method.statement import Limit

FACILITY = {
    "canteen": Text(zh="幸福食堂", en="senior canteens"),
    "first-aid": Text(zh="社区急救点", en="first-aid points"),
    "childcare": Text(zh="托育点", en="childcare places"),
}

LIMIT = {
    Limit.SITES: Text(zh="点位数", en="Number of sites"),
    Limit.BUDGET: Text(zh="建设预算", en="Opening budget"),
    Limit.COVERAGE: Text(zh="覆盖率", en="Share covered"),
    Limit.DISTRICTS: Text(zh="各区最低覆盖率", en="Least share of a district"),
    Limit.CAPACITY: Text(zh="接待能力", en="Capacity"),
    Limit.SUBSIDY: Text(zh="公共补贴", en="Public money a year"),
    Limit.BALANCE: Text(zh="最低的年结余", en="Least balance of a site"),
}

UNIT = {
    Limit.SITES: "",
    Limit.BUDGET: "yuan",
    Limit.COVERAGE: "%",
    Limit.DISTRICTS: "%",
    Limit.CAPACITY: "person",
    Limit.SUBSIDY: "yuan/a",
    Limit.BALANCE: "yuan/a",
}

# Units as they stand in a sentence; a table carries the sign, which the reader's side translates.
UNIT_WORDS = {
    "": Text(zh="", en=""),
    "%": Text(zh="%", en="%"),
    "yuan": Text(zh="元", en="yuan"),
    "yuan/a": Text(zh="元/年", en="yuan/a"),
    "person": Text(zh="人", en="people"),
}

# How an answer was found, by what the method calls it.
METHOD_ZH = {
    "HiGHS on the strong formulation": "强化整数规划模型，由 HiGHS 求解",
    "binary search over radii, each a covering problem solved by HiGHS": (
        "对半径二分查找，每个半径由 HiGHS 求解覆盖问题"
    ),
    "exchange, proven by the Lagrangian bound": "交换搜索，由拉格朗日界证明",
    "exchange and Lagrangian bound": "交换搜索与拉格朗日界",
    "exchange, Lagrangian bound, and HiGHS on the links that remained": (
        "交换搜索、拉格朗日界，余下部分由 HiGHS 求解"
    ),
    "local search and Lagrangian bound": "局部搜索与拉格朗日界",
    "Lagrangian bound and HiGHS": "拉格朗日界与 HiGHS 求解",
}


def in_unit(limit: Limit, value: float) -> float:
    """Return a limit's number as people read it: shares in per cent."""
    return value * 100.0 if UNIT[limit] == "%" else value


def say_amount(limit: Limit, value: float) -> Text:
    """Return a limit's number with its unit, as in a sentence."""
    amount, unit = f"{in_unit(limit, value):,.6g}", UNIT_WORDS[UNIT[limit]]
    return Text(zh=f"{amount} {unit.zh}".strip(), en=f"{amount} {unit.en}".strip())


def say_walk(share_0to1: float, standard_m: float) -> Text:
    """Return what share of the people walk no farther than the standard."""
    percent = f"{share_0to1 * 100:.1f}"
    return Text(
        zh=f"{percent}% 的人在 {standard_m:,.0f} 米以内",
        en=f"{percent} % within {standard_m:,.0f} m",
    )
