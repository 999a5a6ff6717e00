"""What families are handed: their number, their place, why, and what it would have taken."""

import numpy as np

from chengmo import Column, InvalidRequest, Table, Text
from chengmo_scenarios.school_lottery.method.allocation import Draw
from chengmo_scenarios.school_lottery.method.market import NONE, Allocation, Ints, Mechanism
from chengmo_scenarios.school_lottery.method.receipt import (
    explain,
    largest_number,
    weakest_tier,
)
from chengmo_scenarios.school_lottery.request import Request
from chengmo_scenarios.school_lottery.roster import Ground

MOST_RECEIPTS = 2000


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
    """Return, for the tickets asked about, what would have got each choice that was missed.

    That is the largest number with the own priority, and the weakest priority with the own number.

    Raises:
        InvalidRequest: If there is no such ticket.
    """
    if not request.explain:
        return ()
    rows: list[tuple[str, int | None, str, int, int | None, int, int | None]] = []
    for ticket in request.explain:
        if ticket not in ground.ticket:
            raise InvalidRequest(
                f"no unit has the ticket '{ticket}'", hint="copy the 64 digits from the receipt"
            )
        rows += _list_wishes(request, ground, lots, found, ground.ticket.index(ticket))
    return (
        Table(
            key="wishes",
            title=Text(zh="怎样才能得到", en="What it would have taken"),
            columns=(
                Column(key="ticket", title=Text(zh="号票", en="Ticket")),
                Column(key="number", title=Text(zh="本人号码", en="Own number")),
                Column(key="school", title=Text(zh="学校", en="School")),
                Column(key="choice", title=Text(zh="第几志愿", en="Choice")),
                Column(
                    key="needed",
                    title=Text(
                        zh="优先级不变，最大可行号码（空：任何号码都不行）",
                        en="Largest number that does, with the own priority (empty: none)",
                    ),
                ),
                Column(key="own_tier", title=Text(zh="本人优先级", en="Own priority")),
                Column(
                    key="needed_tier",
                    title=Text(
                        zh="号码不变，最低可行优先级（空：该校无此优先级）",
                        en="Weakest priority that does, with the own number (empty: none there)",
                    ),
                ),
            ),
            rows=tuple(rows),
        ),
    )


def _list_wishes(
    request: Request, ground: Ground, lots: Draw, found: Allocation, unit: int
) -> list[tuple[str, int | None, str, int, int | None, int, int | None]]:
    mechanism, market = Mechanism(request.mechanism), ground.market
    rows: list[tuple[str, int | None, str, int, int | None, int, int | None]] = []
    for k, s in enumerate(market.choice[unit].tolist()):
        if s == NONE or k == found.rank[unit]:
            break
        wish = (unit, k)
        own, most = int(lots.number[unit]), NONE
        if mechanism is Mechanism.RING:
            own = NONE
        else:
            if lots.by_choice is not None:
                own = int(lots.by_choice[unit, k])
            most = largest_number(market, mechanism, lots, wish, band=request.band)
        tier = weakest_tier(market, mechanism, lots, wish, band=request.band)
        rows.append(
            (
                ground.ticket[unit],
                _from_one(own),
                ground.schools.name[s],
                k + 1,
                _from_one(most),
                int(market.tier[unit, k]),
                _or_none(tier),
            )
        )
    return rows
