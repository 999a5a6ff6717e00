"""The steps of a public draw: the plan, its commitment, the randomness, the transcript."""

from dataclasses import replace
from typing import Any

import numpy as np
from pydantic import JsonValue

from chengmo import InvalidRequest
from chengmo_scenarios.school_lottery.method.allocation import Draw, allocate
from chengmo_scenarios.school_lottery.method.chance import (
    always_ring,
    digest,
    draw_numbers,
    draw_numbers_by_school,
    draw_rings,
    fix_roster,
    list_leaves,
)
from chengmo_scenarios.school_lottery.method.market import NONE, Allocation, Mechanism
from chengmo_scenarios.school_lottery.request import Request
from chengmo_scenarios.school_lottery.roster import Ground
from chengmo_scenarios.school_lottery.verify_drand import BeaconFault, randomness_of

FORMAT = "chengmo-school-lottery/3"
Published = dict[str, Any]


def publish_units(ground: Ground) -> list[Published]:
    """Return what is published of each unit, sorted by ticket: no name, no address, no number."""
    market = ground.market
    return [
        {
            "ticket": ground.ticket[u],
            "size": int(market.size[u]),
            "groups": list(ground.kinds[market.group[u]]),
            "zone": int(market.zone[u]),
            "registered": int(market.registered[u]),
            "choices": [
                [s, tier]
                for s, tier in zip(market.choice[u].tolist(), market.tier[u].tolist(), strict=True)
                if s != NONE
            ],
        }
        for u in range(market.n_units)
    ]


def make_plan(request: Request, ground: Ground, units: list[Published]) -> Published:
    """Return everything that is fixed before the randomness exists."""
    market = ground.market
    return {
        "format": FORMAT,
        "title": request.title,
        "synthetic": ground.is_synthetic,
        "rules": {
            "mechanism": str(request.mechanism),
            "band": count_band(request, market.choice.shape[1]),
            "open_first": market.open_first,
            "priorities": list(request.priorities),
        },
        "groups": list(ground.groups),
        "schools": [
            {
                "id": ground.schools.id[s],
                "name": ground.schools.name[s],
                "seats": int(market.seats[s]),
                "reserved": market.reserved[s].tolist(),
                "at_most": market.at_most[s].tolist(),
            }
            for s in range(market.n_schools)
        ],
        "zones": [
            {"id": ground.zones[z], "fallback": [s for s in line.tolist() if s != NONE]}
            for z, line in enumerate(market.fallback)
        ],
        "roster": fix_roster(list_leaves(units)),
        "randomness": announce(request),
    }


def count_band(request: Request, longest: int) -> int:
    """Return how many choices count alike: it says what tells most mechanisms apart."""
    mechanism = Mechanism(request.mechanism)
    if mechanism in (Mechanism.IMMEDIATE, Mechanism.RING):
        return 1
    return request.band if mechanism is Mechanism.PARALLEL else max(longest, 1)


def announce(request: Request) -> Published:
    """Return where the randomness will come from, as it is published before the draw."""
    if request.randomness == "drand":
        return {"kind": "drand", "chain": request.drand_chain, "round": request.drand_round}
    if request.randomness == "notary":
        return {"kind": "notary", "notary": request.notary}
    parties = zip(request.parties, request.party_commitments, strict=True)
    return {
        "kind": "parties",
        "parties": [{"name": name, "commitment": value} for name, value in parties],
    }


def reveal(request: Request) -> tuple[Published, str]:
    """Return what is revealed at the draw and the randomness in it, hexadecimal digits.

    Raises:
        InvalidRequest: If it is missing, or is not what was announced.
    """
    if request.randomness == "drand":
        return _reveal_round(request)
    for name, commitment, value in zip(
        request.parties, request.party_commitments, request.party_values, strict=True
    ):
        if digest("party", name, value) != commitment:
            raise InvalidRequest(
                f"'{name}' did not reveal what it had committed to",
                hint="ask for the value whose commitment was published, or draw anew without it",
            )
    found: Published = {"values": list(request.party_values)}
    if request.randomness == "notary":
        found = {"record": request.notary_record, "ring": list(request.notary_ring) or None}
    return found, digest("randomness", announce(request), found)


def _reveal_round(request: Request) -> tuple[Published, str]:
    found: Published = {"signature": request.drand_signature}
    if request.drand_previous:
        found["previous"] = request.drand_previous
    try:
        randomness = randomness_of(request.drand_chain, request.drand_round, **found)
    except BeaconFault as fault:
        raise InvalidRequest(
            f"round {request.drand_round} of {request.drand_chain}: {fault}",
            hint="copy the signature of that round from any drand relay; all give the same",
        ) from fault
    return found, randomness


def draw_lots(request: Request, ground: Ground, seed: str) -> Draw:
    """Return what chance decides under `seed`."""
    schools = ground.schools.id
    by_choice = None
    if Mechanism(request.mechanism) is Mechanism.DEFERRED_MULTIPLE:
        by_choice = draw_numbers_by_school(seed, ground.ticket, ground.market.choice, schools)
    ring = draw_rings(seed, schools)
    if request.randomness == "notary" and request.notary_ring:
        ring = always_ring(*request.notary_ring)
    return Draw(draw_numbers(seed, ground.ticket), by_choice, ring)


def hold_draw(request: Request, ground: Ground) -> tuple[Published, Draw, Allocation]:
    """Return the transcript of a draw, what chance decided, and who got what."""
    units = publish_units(ground)
    plan = make_plan(request, ground, units)
    commitment = digest("plan", plan)
    revealed, randomness = reveal(request)
    seed = digest("seed", commitment, randomness)
    lots = draw_lots(request, ground, seed)
    allocation = allocate(ground.market, Mechanism(request.mechanism), lots, band=request.band)
    rows = zip(
        lots.number.tolist(), allocation.rank.tolist(), allocation.place.tolist(), strict=True
    )
    transcript: Published = {
        "plan": plan,
        "units": units,
        "reveal": revealed,
        "result": [[number + 1, rank, place] for number, rank, place in rows],
    }
    return transcript, lots, allocation


def ignore_priorities(request: Request, ground: Ground) -> Ground:
    """Return the ground of a public step: without priorities where the mechanism has none."""
    market = ground.market
    if Mechanism(request.mechanism) is Mechanism.SERIAL:
        market = replace(market, tier=np.zeros_like(market.tier))
    if Mechanism(request.mechanism) is Mechanism.TRADING:
        # A trade takes a seat of the group's reserve first, then any other.
        market = replace(market, open_first=False)
    return replace(ground, market=market)


def as_json(published: Published) -> dict[str, JsonValue]:
    """Return what is published as the decision carries it."""
    return dict(published)
