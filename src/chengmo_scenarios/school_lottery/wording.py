"""The words of the answers, in both languages."""

from chengmo import Column, Text
from chengmo_scenarios.school_lottery.method.market import Mechanism

MECHANISM = {
    Mechanism.DEFERRED: Text(zh="延迟录取（统一号码）", en="Deferred acceptance, one number"),
    Mechanism.DEFERRED_MULTIPLE: Text(
        zh="延迟录取（各校取号）", en="Deferred acceptance, a number at each school"
    ),
    Mechanism.PARALLEL: Text(zh="平行志愿", en="Parallel preferences"),
    Mechanism.IMMEDIATE: Text(zh="志愿优先", en="Immediate acceptance"),
    Mechanism.SERIAL: Text(zh="按号依次选校", en="Serial dictatorship"),
    Mechanism.TRADING: Text(zh="首位交换循环", en="Top trading cycles"),
    Mechanism.RING: Text(zh="起始号加间隔", en="Ring rule"),
}

CHILDREN = Column(key="children", title=Text(zh="儿童", en="Children"), unit="person")

# What the numbers of an outcome are called, their unit, and by what they are multiplied.
OUTCOME = {
    "first": (Text(zh="第一志愿", en="First choice"), "%", 100.0),
    "listed": (Text(zh="任一志愿", en="Any choice"), "%", 100.0),
    "overflow": (Text(zh="统筹安排", en="Placed beyond choices"), "%", 100.0),
    "unplaced": (Text(zh="没有学位", en="Without a seat"), "%", 100.0),
    "mean_rank": (Text(zh="平均志愿序号", en="Mean choice met"), "", 1.0),
    "walk_m": (Text(zh="平均步行", en="Mean walk"), "m", 1.0),
    "envious": (Text(zh="羡慕他人", en="Envy"), "", 1.0),
    "justified": (Text(zh="有理羡慕", en="Justified envy"), "", 1.0),
    "by_priority": (Text(zh="其中凭优先级", en="Of these, by priority"), "", 1.0),
    "wasted": (Text(zh="想去的学校仍有空位", en="A wanted seat left free"), "", 1.0),
    "beyond": (Text(zh="超计划学位", en="Seats beyond the plan"), "", 1.0),
    "dissimilarity": (Text(zh="群体相异指数", en="Dissimilarity of groups"), "", 1.0),
    "entropy_index": (Text(zh="群体隔离指数 H", en="Segregation index H"), "", 1.0),
}


def say_percent(share_0to1: float) -> str:
    """Return a share as per cent with one decimal."""
    return f"{share_0to1 * 100:.1f}"
