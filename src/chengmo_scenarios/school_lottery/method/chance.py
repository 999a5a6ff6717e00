"""From published randomness to lottery numbers: every step a hash with a stated purpose.

Whatever is hashed is the canonical JSON (RFC 8785; texts and integers only) of a list whose first
item says what for: `["chengmo/school-lottery/3/<purpose>", …]`. So no two purposes can meet.

    ticket     = SHA-256 of [ticket, salt, child]        known to the family and the steward
    unit       = SHA-256 of [siblings, ticket, …]        tickets of siblings together, sorted
    roster     = SHA-256 of [roster, SHA-256 of [unit, {…}], …], units sorted by ticket
    commitment = SHA-256 of [plan, …]                    published before the randomness exists
    randomness = of drand; else SHA-256 of [randomness, source announced, what was revealed]
    seed       = SHA-256 of [seed, commitment, randomness]
    number     = the rank of HMAC-SHA-256(seed, [number, ticket]) among all units

A number depends on the seed and the unit's own ticket alone, so the order of rows changes nothing.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence

import numpy as np

from chengmo_scenarios.school_lottery.method.allocation import RingDraw
from chengmo_scenarios.school_lottery.method.market import NONE, Ints

PREFIX = "chengmo/school-lottery/3/"


def pack(purpose: str, *parts: object) -> bytes:
    """Return the bytes that are hashed for a purpose.

    Example:
        >>> pack("node", "ab", 1)
        b'["chengmo/school-lottery/3/node","ab",1]'
    """
    text = json.dumps(
        [PREFIX + purpose, *parts], sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return text.encode()


def digest(purpose: str, *parts: object) -> str:
    """Return the SHA-256 of what is packed, as 64 hexadecimal digits."""
    return hashlib.sha256(pack(purpose, *parts)).hexdigest()


def draw(seed: str, purpose: str, *parts: object) -> str:
    """Return the HMAC-SHA-256 under `seed` (hexadecimal) of what is packed."""
    return hmac.digest(bytes.fromhex(seed), pack(purpose, *parts), "sha256").hex()


def name_unit(salts: Sequence[str], children: Sequence[str]) -> str:
    """Return the ticket of a unit: of its one child, or of siblings together."""
    tickets = sorted(
        digest("ticket", salt, child) for salt, child in zip(salts, children, strict=True)
    )
    return tickets[0] if len(tickets) == 1 else digest("siblings", *tickets)


def list_leaves(units: Sequence[object]) -> list[str]:
    """Return the digest of each published unit.

    A ticket hides behind its salt, so the digests may be published before the draw: a family finds
    its own among them, and their digest is the roster of the plan.
    """
    return [digest("unit", unit) for unit in units]


def fix_roster(leaves: Sequence[str]) -> str:
    """Return the digest that fixes every unit and their order."""
    return digest("roster", *leaves)


def rank_draws(draws: Sequence[str]) -> Ints:
    """Return (n,) the rank, from 0, of each draw; hexadecimal digits of one length."""
    order = np.array(sorted(range(len(draws)), key=draws.__getitem__), dtype=np.int64)
    rank = np.empty(len(draws), np.int64)
    rank[order] = np.arange(len(draws))
    return rank


def draw_numbers(seed: str, tickets: Sequence[str]) -> Ints:
    """Return (n,) the lottery number of each ticket, from 0."""
    return rank_draws([draw(seed, "number", ticket) for ticket in tickets])


def draw_numbers_by_school(
    seed: str, tickets: Sequence[str], choice: Ints, schools: Sequence[str]
) -> Ints:
    """Return (n, K) numbers drawn at each school on its own: ranks among those who list it."""
    number = np.zeros(choice.shape, np.int64)
    unit, k = np.nonzero(choice != NONE)
    school = choice[unit, k]
    for s in np.unique(school).tolist():
        here = school == s
        drawn = [draw(seed, "number-at-school", schools[s], tickets[u]) for u in unit[here]]
        number[unit[here], k[here]] = rank_draws(drawn)
    return number


def draw_rings(seed: str, schools: Sequence[str]) -> RingDraw:
    """Return the start and gap of each ring, both from 1 to the numbers in it."""

    def start_and_gap(school: int, round_: int, tier: int, count: int) -> tuple[int, int]:
        words = [draw(seed, "ring", schools[school], round_, tier, of) for of in ("start", "gap")]
        return 1 + int(words[0], 16) % count, 1 + int(words[1], 16) % count

    return start_and_gap


def always_ring(start: int, gap: int) -> RingDraw:
    """Return the same start and gap for each ring, as a notary drew them."""

    def start_and_gap(_school: int, _round: int, _tier: int, _count: int) -> tuple[int, int]:
        return start, gap

    return start_and_gap
