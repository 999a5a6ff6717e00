"""The answers of a public draw: what to publish, who got what, whether it agrees."""

import numpy as np

from chengmo import Column, InvalidRequest, Measure, Quality, Table, Text
from chengmo_scenarios.school_lottery.ceremony import (
    as_json,
    hold_draw,
    make_plan,
    publish_units,
)
from chengmo_scenarios.school_lottery.decision import Decision
from chengmo_scenarios.school_lottery.drawing import draw_schools
from chengmo_scenarios.school_lottery.method.allocation import Draw
from chengmo_scenarios.school_lottery.method.chance import digest, list_leaves
from chengmo_scenarios.school_lottery.method.comparison import measure, number_at_schools
from chengmo_scenarios.school_lottery.method.market import (
    NONE,
    NUMBERS,
    Allocation,
    Ints,
    Mechanism,
)
from chengmo_scenarios.school_lottery.method.receipt import explain, largest_number
from chengmo_scenarios.school_lottery.request import Request
from chengmo_scenarios.school_lottery.roster import Ground
from chengmo_scenarios.school_lottery.telling import measure_outcome, table_schools
from chengmo_scenarios.school_lottery.wording import say_percent

MOST_RECEIPTS = 2000


def tell_commitment(request: Request, ground: Ground) -> Decision:
    """Return what to publish before the randomness exists."""
    published = publish_units(ground)
    plan = make_plan(request, ground, published)
    commitment = digest("plan", plan)
    units, children = ground.market.n_units, int(ground.market.size.sum())
    return Decision(
        answer=Text(
            zh=f"请在随机数产生之前公布承诺值 {commitment}：它固定了 {children:,} 名儿童"
            f"（{units:,} 个派位单元）的名册、学位、规则和随机数来源。",
            en=f"Publish {commitment} before the randomness exists: it fixes the roster of "
            f"{children:,} children in {units:,} units, the seats, the rules and the source.",
        ),
        quality=Quality(kind="exact"),
        measures=(
            Measure(key="children", title=Text(zh="儿童", en="Children"), value=children),
            Measure(key="units", title=Text(zh="派位单元", en="Units"), value=units),
        ),
        commitment=commitment,
        leaves=tuple(list_leaves(published)),
        plan=as_json(plan),
    )


def tell_draw(request: Request, ground: Ground) -> Decision:
    """Return the allocation, its transcript and the receipts."""
    transcript, lots, found = hold_draw(request, ground)
    fingerprint = digest("transcript", transcript)
    number = number_at_schools(ground.market, Mechanism(request.mechanism), lots)
    outcome = measure(ground.market, found, number, ground.walk_m)
    admitted = np.bincount(
        found.place[found.place != NONE],
        weights=ground.market.size[found.place != NONE],
        minlength=ground.market.n_schools,
    ).astype(np.float64)
    return Decision(
        answer=Text(
            zh=f"{say_percent(outcome.first)}% 得到第一志愿，{say_percent(outcome.listed)}% 得到任"
            f"一志愿；结果摘要 {fingerprint}。",
            en=f"{say_percent(outcome.first)} % got their first choice, "
            f"{say_percent(outcome.listed)} % any choice; digest {fingerprint}.",
        ),
        quality=Quality(kind="exact"),
        measures=measure_outcome(outcome, None),
        layers=(draw_schools(ground, admitted),),
        tables=(
            table_schools(ground, found.place, found.rank, ground.market.tier * NUMBERS + number),
            table_receipts(ground, lots, found, number),
            *table_wishes(request, ground, lots, found),
        ),
        commitment=digest("plan", transcript["plan"]),
        plan=as_json(transcript["plan"]),
        digest=fingerprint,
        transcript=as_json(transcript),
    )


def tell_verdict(request: Request, ground: Ground) -> Decision:
    """Return whether the draw, held again, agrees with what was published."""
    transcript, _, _ = hold_draw(request, ground)
    commitment = digest("plan", transcript["plan"])
    same = {
        "commitment": commitment == request.published_commitment,
        "digest": digest("transcript", transcript) == request.published_digest,
    }
    agrees = all(same.values())
    zh = "与公布的一致：名册、规则、随机数和结果逐位相同。" if agrees else _say_fault(same).zh
    en = "It agrees, bit for bit, with what was published." if agrees else _say_fault(same).en
    return Decision(
        answer=Text(zh=zh, en=en),
        quality=Quality(kind="exact"),
        measures=(
            Measure(key="agrees", title=Text(zh="一致", en="Agrees"), value=agrees),
            *(
                Measure(key=f"{key}_agrees", title=_NAMES[key], value=value)
                for key, value in same.items()
            ),
        ),
        commitment=commitment,
        plan=as_json(transcript["plan"]),
    )


_NAMES = {
    "commitment": Text(zh="名册、学位、规则与承诺值一致", en="Roster, seats and rules agree"),
    "digest": Text(zh="结果与摘要一致", en="The result agrees"),
}


def _say_fault(same: dict[str, bool]) -> Text:
    if not same["commitment"]:
        return Text(
            zh="与公布的不一致：名册、学位、规则或随机数来源与承诺值不符。",
            en="It does not agree: roster, seats, rules or source differ from the commitment.",
        )
    return Text(
        zh="与公布的不一致：承诺值相符，随机数或结果不符。",
        en="It does not agree: the commitment does, the randomness or the result does not.",
    )


def table_receipts(ground: Ground, lots: Draw, found: Allocation, number: Ints) -> Table:
    """Return one row a unit, by number: its place, and who was the last let in where it was not."""
    missed = explain(ground.market, found, number)
    name = [*ground.schools.name, ""]
    turn = np.argsort(lots.number, kind="stable")[:MOST_RECEIPTS].tolist()
    rows = tuple(
        (
            ground.ticket[u],
            int(lots.number[u]) + 1,
            int(ground.market.size[u]),
            name[int(found.place[u])],
            _from_one(int(found.rank[u])),
            name[int(missed.school[u])],
            _or_none(int(missed.own_tier[u])),
            _or_none(int(missed.last_tier[u])),
            _from_one(int(missed.last_number[u])),
        )
        for u in turn
    )
    return Table(
        key="receipts",
        title=Text(
            zh=f"回执（按号码，最多 {MOST_RECEIPTS} 份）",
            en=f"Receipts (by number, {MOST_RECEIPTS} at most)",
        ),
        columns=(
            Column(key="ticket", title=Text(zh="号票", en="Ticket")),
            Column(key="number", title=Text(zh="号码", en="Number")),
            Column(key="children", title=Text(zh="人数", en="Children")),
            Column(key="school", title=Text(zh="学校", en="School")),
            Column(
                key="choice", title=Text(zh="第几志愿（空：统筹）", en="Choice (empty: beyond)")
            ),
            Column(key="missed", title=Text(zh="未中的第一志愿", en="First choice missed")),
            Column(key="own_tier", title=Text(zh="本人在该校的优先级", en="Own priority there")),
            Column(
                key="last_tier", title=Text(zh="该校末位优先级", en="Priority of the last there")
            ),
            Column(key="last_number", title=Text(zh="该校末位号码", en="Number of the last there")),
        ),
        rows=rows,
    )


def _or_none(value: int) -> int | None:
    return None if value == NONE else value


def _from_one(value: int) -> int | None:
    return None if value == NONE else value + 1


def table_wishes(
    request: Request, ground: Ground, lots: Draw, found: Allocation
) -> tuple[Table, ...]:
    """Return, for the tickets asked about, the largest number that would have got each choice.

    Raises:
        InvalidRequest: If there is no such ticket.
    """
    mechanism = Mechanism(request.mechanism)
    if not request.explain or mechanism in (Mechanism.RING, Mechanism.DEFERRED_MULTIPLE):
        return ()
    rows: list[tuple[str, int, str, int, int | None]] = []
    for ticket in request.explain:
        if ticket not in ground.ticket:
            raise InvalidRequest(
                f"no unit has the ticket '{ticket}'", hint="copy the 64 digits from the receipt"
            )
        u = ground.ticket.index(ticket)
        for k, s in enumerate(ground.market.choice[u].tolist()):
            if s == NONE or k == found.rank[u]:
                break
            most = largest_number(ground.market, mechanism, lots, (u, k), band=request.band)
            own = int(lots.number[u]) + 1
            rows.append((ticket, own, ground.schools.name[s], k + 1, _from_one(most)))
    return (
        Table(
            key="wishes",
            title=Text(zh="号码要多小才行", en="What number it would have taken"),
            columns=(
                Column(key="ticket", title=Text(zh="号票", en="Ticket")),
                Column(key="number", title=Text(zh="本人号码", en="Own number")),
                Column(key="school", title=Text(zh="学校", en="School")),
                Column(key="choice", title=Text(zh="第几志愿", en="Choice")),
                Column(
                    key="needed",
                    title=Text(
                        zh="最大可行号码（空：任何号码都不行）",
                        en="Largest that does (empty: none)",
                    ),
                ),
            ),
            rows=tuple(rows),
        ),
    )
