"""How the inputs are called on the form, in both languages, and under which heading they stand."""

from chengmo import FieldWords, Text


def _words(zh: str, en: str, unit: str = "", group: Text | None = None) -> FieldWords:
    return FieldWords(title=Text(zh=zh, en=en), unit=unit, group=group)


_RULES = Text(zh="规则", en="Rules")
_DATA = Text(zh="名册与学校", en="Roster and schools")
_WHAT_IF = Text(zh="如果改划片", en="What if the lines changed")
_MADE_UP = Text(zh="合成名册", en="Synthetic roster")
_CEREMONY = Text(zh="公开派位", en="Public draw")
_COMPUTING = Text(zh="计算", en="Computing")

WORDS = {
    "step": FieldWords(
        title=Text(zh="做哪一步", en="Step"),
        labels={
            "analyse": Text(zh="用前分析", en="Analyse before use"),
            "catchments": Text(zh="建议划片", en="Propose catchments"),
            "commit": Text(zh="封存（公布承诺值）", en="Commit (publish the digest)"),
            "draw": Text(zh="派位", en="Draw"),
            "verify": Text(zh="核验", en="Verify"),
        },
    ),
    "mechanism": FieldWords(
        title=Text(zh="派位办法", en="Mechanism"),
        labels={
            "deferred-acceptance": Text(zh="延迟录取（统一号码）", en="Deferred acceptance"),
            "deferred-acceptance-multiple": Text(
                zh="延迟录取（各校分别取号）", en="Deferred acceptance, a number at each school"
            ),
            "parallel": Text(zh="平行志愿（分段）", en="Parallel preferences, in bands"),
            "immediate-acceptance": Text(zh="志愿优先（波士顿）", en="Immediate acceptance"),
            "serial-dictatorship": Text(zh="按号依次选校", en="Serial dictatorship"),
            "top-trading-cycles": Text(zh="首位交换循环", en="Top trading cycles"),
            "ring": Text(zh="起始号加间隔（环形）", en="Ring rule: start number and gap"),
        },
    ),
    "catchment": FieldWords(
        title=Text(zh="划片", en="Catchment"),
        labels={
            "only": Text(zh="只能报本片学校", en="Schools of the zone only"),
            "first": Text(zh="本片优先", en="The zone first"),
            "none": Text(zh="不划片", en="No zones"),
        },
    ),
    "siblings": FieldWords(
        title=Text(zh="多胞胎与兄弟姐妹", en="Twins and siblings"),
        labels={
            "together": Text(zh="捆绑派位", en="One number, one school"),
            "apart": Text(zh="各自派位", en="Each on its own"),
        },
    ),
    "overflow": FieldWords(
        title=Text(zh="未中者统筹安排", en="Place those left over"),
        help=Text(
            zh="按号码依次安排到离本片最近的有余位学校",
            en="In order of number, at the school nearest to the zone that has a seat",
        ),
    ),
    "title": _words("派位名称", "Name of the draw", "", _CEREMONY),
    "band": _words("每段平行志愿数", "Choices in a band", "", _RULES),
    "priorities": FieldWords(
        title=Text(zh="优先顺序（先重后轻）", en="Priorities, weightiest first"),
        help=Text(
            zh="同胞在校、教职工子女、本片、户籍与住房类别；同等者凭号码",
            en="Sibling there, staff, zone, household tier; ties are for the lottery",
        ),
        group=_RULES,
        labels={
            "sibling": Text(zh="同胞在校", en="Sibling there"),
            "staff": Text(zh="教职工子女", en="Child of staff"),
            "zone": Text(zh="本片", en="Of the zone"),
            "tier": Text(zh="户籍与住房类别", en="Household tier"),
        },
    ),
    "reserve_order": FieldWords(
        title=Text(zh="先满哪部分学位", en="Which seats fill first"),
        labels={
            "reserve-first": Text(zh="先满预留学位", en="Reserved seats"),
            "open-first": Text(zh="先满公开学位", en="Seats that are not reserved"),
        },
        group=_RULES,
    ),
    "reserve_group": _words("为哪类学生预留", "Group with reserved seats", "", _RULES),
    "reserve_share_0to1": _words("预留比例", "Share reserved", "", _RULES),
    "most_choices": _words("最多填几个志愿", "Most choices", "", _RULES),
    "roster": _words("名册数据集", "Dataset of the roster", "", _DATA),
    "schools": _words("学校数据集", "Dataset of schools", "", _DATA),
    "zone_column": _words("名册的片区列", "Zone column of the roster", "", _DATA),
    "zones_column": _words("学校的片区列", "Zones column of the schools", "", _DATA),
    "new_zone_column": _words("新划片：名册列", "New lines: column of roster", "", _WHAT_IF),
    "new_zones_column": _words("新划片：学校列", "New lines: column of schools", "", _WHAT_IF),
    "new_zone_schools": _words("新划片：每片学校数", "New lines: schools in a zone", "", _WHAT_IF),
    "detour": _words("绕行系数", "Walk over straight line", "", _DATA),
    "walks_along": _words("沿哪些街道步行", "Walk along the streets of", "", _DATA),
    "school_places": _words("合成学校的位置", "Places of synthetic schools", "", _MADE_UP),
    "population": _words("按哪个人口数据集", "Dataset of people", "", _MADE_UP),
    "people_column": _words("按哪一列分布儿童", "Column that spreads children", "", _MADE_UP),
    "children": _words("儿童数", "Children", "person", _MADE_UP),
    "school_count": _words("学校数", "Schools", "", _MADE_UP),
    "seats_share": _words("每名儿童的学位数", "Seats for each child", "", _MADE_UP),
    "zone_schools": _words("每片学校数", "Schools in a zone", "", _MADE_UP),
    "zone_balance_0to1": _words("片区均衡容差", "Balance of zones", "", _RULES),
    "twins_share_0to1": _words("双胞胎比例", "Share of twins", "", _MADE_UP),
    "randomness": FieldWords(
        title=Text(zh="随机数来源", en="Source of randomness"),
        labels={
            "parties": Text(zh="多方封存后揭示", en="Several parties commit and reveal"),
            "drand": Text(zh="drand 公共随机信标", en="drand public beacon"),
            "notary": Text(zh="公证抽取并记录", en="Drawn before a notary"),
        },
        group=_CEREMONY,
    ),
    "parties": _words("参与方", "Parties", "", _CEREMONY),
    "party_commitments": _words("各方封存值", "What they committed to", "", _CEREMONY),
    "party_values": _words("各方揭示值", "What they reveal", "", _CEREMONY),
    "drand_chain": FieldWords(
        title=Text(zh="drand 链", en="drand chain"),
        labels={
            "quicknet": Text(zh="quicknet（每3秒一轮）", en="quicknet, every 3 s"),
            "default": Text(zh="default（每30秒一轮）", en="default, every 30 s"),
        },
        group=_CEREMONY,
    ),
    "drand_round": _words("drand 轮次", "drand round", "", _CEREMONY),
    "drand_signature": _words("该轮签名", "Signature of that round", "", _CEREMONY),
    "drand_previous": _words("上一轮签名", "Signature of the round before", "", _CEREMONY),
    "notary": _words("公证处", "Notary", "", _CEREMONY),
    "notary_record": _words("公证记录", "The notary's record", "", _CEREMONY),
    "notary_ring": _words("起始号与间隔", "Start number and gap", "", _CEREMONY),
    "published_commitment": _words("已公布的承诺值", "Published commitment", "", _CEREMONY),
    "published_digest": _words("已公布的结果摘要", "Published digest", "", _CEREMONY),
    "explain": _words("逐一说明的号票", "Tickets to explain", "", _CEREMONY),
    "lotteries": _words("模拟派位次数", "Simulated draws", "", _COMPUTING),
    "seed": _words("随机种子", "Seed", "", _COMPUTING),
}
