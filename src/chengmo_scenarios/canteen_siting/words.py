"""How the inputs are called on the form, in both languages, and under which heading they stand."""

from chengmo import FieldWords, Text


def _words(zh: str, en: str, unit: str = "", group: Text | None = None) -> FieldWords:
    return FieldWords(title=Text(zh=zh, en=en), unit=unit, group=group)


_PEOPLE = Text(zh="为谁、在哪里选", en="For whom, from where")
_WALK = Text(zh="步行与覆盖", en="Walking and cover")
_MONEY = Text(zh="建设费用", en="Cost of opening")
_LIVING = Text(zh="能不能办下去", en="Whether a site can live")
_SUPPORT = Text(
    zh="四个一点：补贴、场地、税费、捐赠", en="Four supports: money, premises, tax, gifts"
)
_COMPUTING = Text(zh="计算", en="Computing")

WORDS = {
    "facility": FieldWords(
        title=Text(zh="建什么", en="What to site"),
        labels={
            "canteen": Text(zh="幸福食堂", en="Senior canteens"),
            "first-aid": Text(zh="社区急救点", en="First-aid points"),
            "childcare": Text(zh="托育点", en="Childcare places"),
        },
    ),
    "goal": FieldWords(
        title=Text(zh="要达到什么", en="What to reach"),
        help=Text(
            zh="在下面的限制之内求最好的方案",
            en="The best plan within the limits below is searched for",
        ),
        labels={
            "most-covered": Text(zh="让最多的人走得到", en="Most people within the standard"),
            "fewest-sites": Text(zh="用最少的点达到覆盖率", en="Fewest sites for a share"),
            "shortest-walk": Text(zh="平均步行最短", en="Shortest average walk"),
            "least-cost": Text(zh="总费用最低", en="Least cost"),
            "shortest-farthest": Text(zh="最远的人走得最短", en="Shortest farthest walk"),
        },
    ),
    "max_sites": FieldWords(
        title=Text(zh="最多几个点", en="Most sites"),
        help=Text(zh="包括已有的点", en="Those that exist included"),
    ),
    "standard_m": FieldWords(
        title=Text(zh="多远算走得到", en="Walk that counts as covered"), unit="m"
    ),
    "budget_yuan": _words("建设预算", "Opening budget", "yuan"),
    "sustainability": FieldWords(
        title=Text(zh="怎样才算办得下去", en="What counts as able to live"),
        labels={
            "none": Text(zh="不限", en="No limit"),
            "each-site": Text(zh="每个点都不亏", en="No site runs at a loss"),
            "topped-up": Text(zh="补贴预算内补足亏损", en="Losses are topped up in a budget"),
        },
    ),
    "people_column": _words("按哪一列计人数", "Column with the people", "", _PEOPLE),
    "people_share_0to1": _words("按几成规划", "Share planned for", "", _PEOPLE),
    "district_column": _words("区名列", "Column with the district", "", _PEOPLE),
    "candidates": _words("候选地点", "Candidate places", "", _PEOPLE),
    "name_column": _words("候选地点名称列", "Column with their names", "", _PEOPLE),
    "existing": _words("已有的点", "Sites that exist", "", _PEOPLE),
    "keep_open": _words("必须选的候选点（行号）", "Candidates to take (rows)", "", _PEOPLE),
    "keep_shut": _words("不能选的候选点（行号）", "Candidates to leave out (rows)", "", _PEOPLE),
    "longest_walk_m": _words("最远步行距离", "Longest walk at all", "m", _WALK),
    "walks_along": FieldWords(
        title=Text(zh="沿哪个路网步行", en="Streets to walk along"),
        help=Text(
            zh="路网连得上的地方沿路量，其余按直线乘绕行系数；不填则全按直线",
            en="Measured along them where they connect, else straight times the factor",
        ),
        group=_WALK,
    ),
    "detour": _words("绕行系数", "Walk over straight line", "", _WALK),
    "cover_share_0to1": _words("至少覆盖几成", "Least share covered", "", _WALK),
    "district_share_0to1": _words("各区至少覆盖几成", "Least share of every district", "", _WALK),
    "capacity_people": _words("每个点最多服务", "Most people a site serves", "people", _WALK),
    "one_site_each": _words("同一处的人去同一个点", "One site for each place", "", _WALK),
    "opening_cost_yuan": _words("新建一个点的费用", "Cost of a new site", "yuan", _MONEY),
    "walk_cost_yuan_km": _words("每人每公里步行折算", "Cost of a walk", "yuan/km", _MONEY),
    "price_yuan": _words("餐价", "Price of a meal", "yuan", _LIVING),
    "food_cost_yuan": _words("每餐食材成本", "Food cost of a meal", "yuan", _LIVING),
    "meals_a_year": _words("每人每年用餐", "Meals of a person a year", "", _LIVING),
    "share_at_door_0to1": _words("住在门口的人来吃的比例", "Share next door who eat", "", _LIVING),
    "half_distance_m": _words("来吃的比例减半的距离", "Walk that halves it", "m", _LIVING),
    "staff_yuan": _words("每年人工与运行", "Wages and running a year", "yuan", _LIVING),
    "rent_yuan": _words("每年房租", "Rent a year", "yuan", _LIVING),
    "rent_level_column": _words("房租高低列", "Column of rent levels", "", _LIVING),
    "tax_share_0to1": _words("税费占营收", "Taxes and fees", "", _LIVING),
    "subsidy_budget_yuan": _words("每年补贴预算", "Public money a year", "yuan", _SUPPORT),
    "meal_subsidy_yuan": _words("政府每餐补贴", "Public money for a meal", "yuan", _SUPPORT),
    "grant_yuan": _words("政府每点每年补贴", "Public money for a site", "yuan", _SUPPORT),
    "rent_relief_0to1": _words("场地减免房租", "Rent waived", "", _SUPPORT),
    "tax_relief_0to1": _words("税费减免", "Taxes and fees waived", "", _SUPPORT),
    "donation_yuan": _words("每点每年社会捐赠", "Gifts to a site a year", "yuan", _SUPPORT),
    "curve_points": _words("曲线点数", "Points of the curve", "", _COMPUTING),
    "max_nodes": _words("搜索节点上限", "Search nodes at most", "", _COMPUTING),
}
