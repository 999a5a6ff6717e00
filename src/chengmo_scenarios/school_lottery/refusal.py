"""When not everybody can have a seat: how many are missing, and where."""

import numpy as np

from chengmo import Column, Measure, Quality, Table, Text
from chengmo_scenarios.school_lottery.decision import Decision
from chengmo_scenarios.school_lottery.roster import Ground


def count_missing(ground: Ground) -> int:
    """Return how many seats are missing for every child to have one."""
    return max(int(ground.market.size.sum()) - int(ground.market.seats.sum()), 0)


def tell_infeasible(ground: Ground, caveats: tuple[Text, ...]) -> Decision:
    """Return the decision that names the missing seats, in all and by zone."""
    missing = count_missing(ground)
    children, seats = int(ground.market.size.sum()), int(ground.market.seats.sum())
    return Decision(
        outcome="infeasible",
        answer=Text(
            zh=(
                f"{children:,} 名儿童只有 {seats:,} 个学位，无法人人有学上：至少还要 {missing:,} 个"
                "学位，或不要求统筹安排。"
            ),
            en=(
                f"{children:,} children, {seats:,} seats: not everybody can be placed. It takes "
                f"{missing:,} more seats, or a draw without overflow."
            ),
        ),
        quality=Quality(kind="exact"),
        measures=(
            Measure(
                key="missing", title=Text(zh="缺少学位", en="Seats missing"), value=missing,
                unit="person",
            ),
        ),
        tables=(_table(ground),),
        caveats=caveats,
    )  # fmt: skip


def _table(ground: Ground) -> Table:
    demand = np.bincount(
        ground.market.zone, weights=ground.market.size, minlength=len(ground.zones)
    )
    rows: list[tuple[str, int, float]] = []
    for z, name in enumerate(ground.zones):
        # A school of several zones counts in each in equal parts.
        parts = [
            float(seats) / len(zones)
            for seats, zones in zip(ground.market.seats, ground.schools.zones, strict=True)
            if name in zones
        ]
        rows.append((name, int(demand[z]), round(sum(parts), 2)))
    return Table(
        key="zones",
        title=Text(zh="各片儿童与学位", en="Children and seats by zone"),
        columns=(
            Column(key="zone", title=Text(zh="片区", en="Zone")),
            Column(key="children", title=Text(zh="儿童", en="Children"), unit="person"),
            Column(key="seats", title=Text(zh="学位", en="Seats")),
        ),
        rows=tuple(rows),
    )
