"""What `verify_lottery.py` replays besides deferred acceptance: rings and trades."""

from collections import Counter
from typing import Any


def ring(replay: Any) -> None:
    """Hold a round for each choice; each school lines up each priority as a ring is counted out."""
    units, drawn_at_large = replay.units, replay.number.copy()
    for k in range(max(len(unit["choices"]) for unit in units)):
        rings: dict[tuple[int, int], list[int]] = {}
        for u in sorted(range(len(units)), key=lambda u: units[u]["registered"]):
            for s, tier in units[u]["choices"][k : k + 1] if replay.rank[u] < 0 else []:
                rings.setdefault((s, tier), []).append(u)
        for (s, tier), line in rings.items():
            what = "ring", replay.schools[s]["id"], k, tier
            drawn = [1 + int(replay.draw(*what, of), 16) % len(line) for of in ("start", "gap")]
            start, gap = replay.ring or drawn
            at = start - gap
            for number in range(len(line)):
                at = (at + gap - 1) % len(line)
                replay.number[line.pop(at)] = number
        replay.accept(k, k + 1)
    replay.number = drawn_at_large


def top_trading_cycles(replay: Any) -> None:
    """Let a unit point at a school, a school at the best that lists it; trade where they close."""
    left, path = dict.fromkeys(replay.turn), list[int]()
    wishes = [[s for s, _ in unit["choices"]] for unit in replay.units]
    queues = [list[int]() for _ in replay.schools]
    claims = [(replay.key(u, k), u, s) for u in left for k, s in enumerate(wishes[u])]
    for _, u, s in sorted(claims):
        queues[s].append(u)
    while left:
        path = path or [next(iter(left))]
        u = path[-1]
        able = (k for k, s in enumerate(wishes[u]) if has_room(replay, s, u))
        replay.rank[u] = next(able, -1)
        if replay.rank[u] < 0:
            del left[path.pop()]
            continue
        path.append(point(replay, wishes[u][replay.rank[u]], queues, left))
        if path[-1] in path[:-1]:
            first = path.index(path[-1])
            for v in path[first:-1]:
                s = wishes[v][replay.rank[v]]
                replay.choose(s, [v], replay.used[s])
                del left[v]
            del path[first:]


def has_room(replay: Any, s: int, u: int) -> bool:
    """Return whether a school would let a unit in now, and change nothing."""
    return bool(replay.choose(s, [u], Counter(replay.used[s])))


def point(replay: Any, s: int, queues: list[list[int]], left: dict[int, None]) -> int:
    """Return the unit a school points at, first of those whom a reserve still has a seat for."""
    queues[s] = [v for v in queues[s] if v in left]
    kept, used = replay.schools[s]["reserved"], replay.used[s]
    is_owed: dict[tuple[int, ...], bool] = {}
    for v in queues[s] if any(kept) else []:
        kind = tuple(replay.units[v]["groups"])
        if kind not in is_owed:
            unions = replay.list_unions(s, kind)
            is_owed[kind] = all(sum(kept[g] for g in one) > used[one] for one in unions)
        if is_owed[kind]:
            return v
    return queues[s][0]
