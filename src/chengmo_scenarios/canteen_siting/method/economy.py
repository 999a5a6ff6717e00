"""What a canteen earns and costs in a year, with the four supports.

Participation falls by half with every `half_m` metres of walk:
`participation(d) = share_at_door * 2 ** (-d / half_m)`,
so that demand i at site j eats `meals_ij = w_i * participation(d_ij) * meals_a_year`, and

`balance_j = sum_i meals_ij x_ij (price + meal_subsidy - food - price * tax_share (1 - tax_relief))
            + (grant + donation - rent_j (1 - rent_relief) - staff) y_j`.

All is linear in who goes where (x) and what is open (y): it enters the program exactly. The four
supports are the subsidy (`meal_subsidy`, `grant`, and what tops a deficit up), premises
(`rent_relief`), tax relief (`tax_relief`) and donations (`donation`). Public money is the first.
"""

from dataclasses import dataclass

import numpy as np

from chengmo_scenarios.canteen_siting.method.problem import Economy, Flags, Floats, Links, add_up


@dataclass(frozen=True)
class Tariff:
    """Prices and costs, in yuan; a site's numbers are a year's.

    Attributes:
        price: What a guest pays for a meal.
        food: What a meal costs to make, without staff.
        meals_a_year: Meals a year of one person who takes part.
        share_at_door: Share of the people who would eat here if they lived next door.
        half_m: Metres of walk that halve this share.
        staff: Wages and running cost of a site a year.
        tax_share: Taxes and fees as a share of what guests pay.
        meal_subsidy: Public money for a meal.
        grant: Public money for a site a year.
        rent_relief: Share of the rent that the community or owner waives.
        tax_relief: Share of the taxes and fees that is waived.
        donation: Gifts to a site a year.
    """

    price: float
    food: float
    meals_a_year: float
    share_at_door: float
    half_m: float
    staff: float
    tax_share: float = 0.0
    meal_subsidy: float = 0.0
    grant: float = 0.0
    rent_relief: float = 0.0
    tax_relief: float = 0.0
    donation: float = 0.0


@dataclass(frozen=True)
class Account:
    """(m,) each site's year in yuan; zeros where a site is shut."""

    meals: Floats
    income: Floats
    food: Floats
    staff: Floats
    rent: Floats
    tax: Floats
    subsidy: Floats
    premises: Floats
    tax_relief: Floats
    donation: Floats

    @property
    def balance(self) -> Floats:
        """(m,) what remains, before any top-up."""
        support = self.subsidy + self.premises + self.tax_relief + self.donation
        return self.income + support - self.food - self.staff - self.rent - self.tax

    @property
    def top_up(self) -> Floats:
        """(m,) what is missing for a balance of zero."""
        return np.maximum(0.0, -self.balance)


def count_meals(weight: Floats, links: Links, tariff: Tariff) -> Floats:
    """Return (links,) meals a year when all of a demand goes by the link."""
    participation = tariff.share_at_door * np.exp2(-links.distance / tariff.half_m)
    return weight[links.demand] * participation * tariff.meals_a_year


def state_economy(
    weight: Floats,
    links: Links,
    rent: Floats,
    tariff: Tariff,
    *,
    may_top_up: bool = False,
    subsidy_budget: float = np.inf,
) -> Economy:
    """Return the balances as a problem needs them; `rent` is (m,) yuan a year."""
    meals = count_meals(weight, links, tariff)
    tax = tariff.price * tariff.tax_share * (1.0 - tariff.tax_relief)
    margin = tariff.price + tariff.meal_subsidy - tariff.food - tax
    kept_rent = rent * (1.0 - tariff.rent_relief)
    return Economy(
        site_balance=tariff.grant + tariff.donation - kept_rent - tariff.staff,
        link_balance=meals * margin,
        site_subsidy=np.full(len(rent), tariff.grant),
        link_subsidy=meals * tariff.meal_subsidy,
        may_top_up=may_top_up,
        subsidy_budget=subsidy_budget,
    )


def keep_accounts(
    weight: Floats, links: Links, rent: Floats, tariff: Tariff, is_open: Flags, flow: Floats
) -> Account:
    """Return each site's year under a plan; `flow` is (links,) as in `problem.Answer`."""
    meals = add_up(links.site, count_meals(weight, links, tariff) * flow, len(rent))
    on = is_open.astype(np.float64)
    income: Floats = meals * tariff.price
    return Account(
        meals=meals,
        income=income,
        food=meals * tariff.food,
        staff=on * tariff.staff,
        rent=on * rent,
        tax=income * tariff.tax_share,
        subsidy=meals * tariff.meal_subsidy + on * tariff.grant,
        premises=on * rent * tariff.rent_relief,
        tax_relief=income * tariff.tax_share * tariff.tax_relief,
        donation=on * tariff.donation,
    )
