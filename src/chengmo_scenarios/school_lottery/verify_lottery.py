"""Replay a published school lottery with nothing but Python: `verify_lottery.py FILE COMMITMENT`.

COMMITMENT was published before the draw. A drand round is checked by `verify_drand.py` beside it.
"""

import hashlib
import hmac
import json
import runpy
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any


def pack(label: str, *parts: Any) -> bytes:
    """Return what is hashed: the canonical JSON of a list that begins with its purpose."""
    text = ["chengmo/school-lottery/1/" + label, *parts]
    return json.dumps(text, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(label: str, *parts: Any) -> str:
    """Return the SHA-256 of what is packed, as hexadecimal digits."""
    return hashlib.sha256(pack(label, *parts)).hexdigest()


def merkle_root(leaves: list[str]) -> str:
    """Return the root of the binary tree over the leaves; an odd last one goes up as it is."""
    while len(leaves) > 1:
        pairs = zip(leaves[::2], leaves[1::2], strict=False)
        leaves = [digest("node", *pair) for pair in pairs] + leaves[len(leaves) // 2 * 2 :]
    return leaves[0] if leaves else digest("empty")


def find_randomness(source: dict[str, Any], reveal: dict[str, Any]) -> str:
    """Return the randomness that was announced; an error if what was revealed is another."""
    if source["kind"] == "drand":
        drand = runpy.run_path(str(Path(__file__).with_name("verify_drand.py")))
        return drand["randomness_of"](source["chain"], source["round"], **reveal)
    if source["kind"] == "notary":
        return digest("notary", source["notary"], reveal["record"], reveal["ring"])
    for party, value in zip(source["parties"], reveal["values"], strict=True):
        if digest("party", party["name"], value) != party["commitment"]:
            raise ValueError(f"{party['name']} did not reveal what it had committed to")
    return digest("parties", *reveal["values"])


class Replay:
    """The allocation once more, from the units, the plan and the seed of a transcript."""

    def __init__(self, transcript: dict[str, Any]) -> None:
        """Read what was published and draw the numbers."""
        self.plan, self.units = transcript["plan"], transcript["units"]
        self.rules, self.schools = self.plan["rules"], self.plan["schools"]
        self.seed, self.ring = bytes.fromhex(transcript["seed"]), transcript["reveal"].get("ring")
        drawn = {u: self.draw("number", unit["ticket"]) for u, unit in enumerate(self.units)}
        self.turn = sorted(drawn, key=drawn.__getitem__)
        self.number = {u: i for i, u in enumerate(self.turn)}
        self.rank, none = [-1] * len(self.units), [0] * len(self.plan["groups"])
        self.used: list[dict[str, Any]] = [
            {"all": 0, "open": 0, "reserve": [*none], "group": [*none]} for _ in self.schools
        ]

    def draw(self, *parts: Any) -> str:
        """Return what the seed says about `parts`."""
        return hmac.digest(self.seed, pack(*parts), "sha256").hex()

    def key(self, u: int, k: int) -> tuple[int, Any]:
        """Return the order of a unit at its k-th choice: priority, then number."""
        unit, number = self.units[u], self.number[u]
        if self.rules["mechanism"] == "deferred-acceptance-multiple":
            school = self.schools[unit["choices"][k]]["id"]
            number = self.draw("number-at-school", school, unit["ticket"])
        return unit["tiers"][k], number

    def enter(self, u: int, s: int, used: dict[str, Any], stages: tuple[int, ...]) -> bool:
        """Let a unit take a seat: 0 not reserved, 1 of its group's reserve, 2 whatever is left."""
        school, group, size = self.schools[s], self.units[u]["group"], self.units[u]["size"]
        if used["all"] >= school["seats"] or used["group"][group] >= school["at_most"][group]:
            return False
        free = (
            used["open"] < school["seats"] - sum(school["reserved"]),
            used["reserve"][group] < school["reserved"][group],
            True,
        )
        stage = next((stage for stage in stages if free[stage]), None)
        if stage is None:
            return False
        used["all"], used["open"] = used["all"] + size, used["open"] + size * (stage == 0)
        used["reserve"][group] += size * (stage == 1)
        used["group"][group] += size
        return True

    def choose(self, s: int, order: list[int], used: dict[str, Any]) -> set[int]:
        """Return whom of `order`, best first, a school lets in."""
        inside: set[int] = set()
        for stage in (0, 1, 2) if self.rules["open_first"] else (1, 2):
            inside |= {u for u in order if u not in inside and self.enter(u, s, used, (stage,))}
        return inside

    def accept_in_bands(self, band: int) -> None:
        """Deferred acceptance within each band of choices, final at its end."""
        for first in range(0, max((len(unit["choices"]) for unit in self.units), default=0), band):
            waiting = [u for u in reversed(range(len(self.units))) if self.rank[u] < 0]
            at, bar = dict.fromkeys(waiting, first), {}
            held: list[list[tuple[Any, int]]] = [[] for _ in self.schools]
            while waiting:
                u = waiting.pop()
                for k in range(at[u], min(first + band, len(self.units[u]["choices"]))):
                    s, key, at[u] = self.units[u]["choices"][k], self.key(u, k), k + 1
                    gate = (s, self.units[u]["group"])
                    if gate in bar and key > bar[gate]:
                        continue
                    line = sorted([*held[s], (key, u)])
                    inside = self.choose(s, [v for _, v in line], deepcopy(self.used[s]))
                    held[s] = [pair for pair in line if pair[1] in inside]
                    for out, v in reversed([pair for pair in line if pair[1] not in inside]):
                        gate = (s, self.units[v]["group"])
                        bar[gate] = min(bar.get(gate, out), out)
                        waiting.append(v)
                    break
            for s, line in enumerate(held):
                for u in self.choose(s, [v for _, v in line], self.used[s]):
                    self.rank[u] = at[u] - 1

    def serve_in_turn(self) -> None:
        """Each takes its best choice with a seat for it; what reserves leave, in a second round."""
        stages = (0, 1) if self.rules["open_first"] else (1, 0)
        for allowed in (stages, (*stages, 2)):
            for u in self.turn:
                for k, s in enumerate(self.units[u]["choices"] if self.rank[u] < 0 else []):
                    if self.enter(u, s, self.used[s], allowed):
                        self.rank[u] = k
                        break

    def draw_rings(self) -> None:
        """Each round every school lines up its applicants by priority and, in it, by ring."""
        for k in range(max((len(unit["choices"]) for unit in self.units), default=0)):
            lines: dict[tuple[int, int], list[int]] = {}
            for u in sorted(range(len(self.units)), key=lambda u: self.units[u]["registered"]):
                if self.rank[u] < 0 and k < len(self.units[u]["choices"]):
                    pair = self.units[u]["choices"][k], self.units[u]["tiers"][k]
                    lines.setdefault(pair, []).append(u)
            orders: dict[int, list[int]] = {}
            for (s, tier), line in sorted(lines.items()):
                drawn = [
                    self.draw("ring", self.schools[s]["id"], k, tier, w) for w in ("start", "gap")
                ]
                start, gap = self.ring or [1 + int(word, 16) % len(line) for word in drawn]
                at = start - 1
                while line:
                    at %= len(line)
                    orders.setdefault(s, []).append(line.pop(at))
                    at += gap - 1
            for s, order in orders.items():
                for u in self.choose(s, order, self.used[s]):
                    self.rank[u] = k

    def point(self, s: int, queues: dict[Any, list[int]], left: set[int]) -> int:
        """Return the unit that a school points at, first of groups whose reserve is not full."""
        reserved, taken = self.schools[s]["reserved"], self.used[s]["reserve"]
        for groups in ([g for g, r in enumerate(reserved) if taken[g] < r], range(len(reserved))):
            for names in ([(s, g) for g in groups], list(groups)):
                queue = [queues.get(name, []) for name in names]
                for line in queue:
                    while line and line[-1] not in left:
                        line.pop()
                heads = [line[-1] for line in queue if line]
                if heads:
                    return min(heads, key=lambda u: self.claim(u, s))
        raise ValueError("nobody is left to point at")

    def claim(self, u: int, s: int) -> tuple[bool, int, int]:
        """Return the order of a unit at a school in trades: those who list it go first."""
        unit = self.units[u]
        lists = s in unit["choices"]
        tier = unit["tiers"][unit["choices"].index(s)] if lists else unit["base"]
        return not lists, tier, self.number[u]

    def trade(self) -> None:
        """Top trading cycles."""
        left, path, queues = set(self.turn), list[int](), dict[Any, list[int]]()
        for u, unit in enumerate(self.units):
            queues.setdefault(unit["group"], []).append(u)
            for s in unit["choices"]:
                queues.setdefault((s, unit["group"]), []).append(u)
        for name, line in queues.items():
            s = name[0] if isinstance(name, tuple) else -1
            line.sort(key=lambda u, s=s: self.claim(u, s), reverse=True)
        while left:
            path = path or [next(u for u in self.turn if u in left)]
            choices = self.units[path[-1]]["choices"]
            school = next((s for s in choices if self.has_room(path[-1], s)), None)
            if school is None:
                left.remove(path.pop())
                continue
            pointed = self.point(school, queues, left)
            if pointed in path:
                self.close(path[path.index(pointed) :], left)
                del path[path.index(pointed) :]
            else:
                path.append(pointed)

    def close(self, cycle: list[int], left: set[int]) -> None:
        """Give each unit of a cycle the school it points at."""
        for u in cycle:
            choices = self.units[u]["choices"]
            self.rank[u] = next(k for k, s in enumerate(choices) if self.has_room(u, s))
            self.enter(u, choices[self.rank[u]], self.used[choices[self.rank[u]]], (1, 2))
        left -= set(cycle)

    def has_room(self, u: int, s: int) -> bool:
        """Return whether a school has a seat for the unit, and change nothing."""
        return self.enter(u, s, deepcopy(self.used[s]), (2,))

    def allocate(self) -> list[list[int]]:
        """Return the number, the choice met and the school of each unit, -1 where there is none."""
        mechanism = self.rules["mechanism"]
        longest = max((len(unit["choices"]) for unit in self.units), default=0) or 1
        bands = {"immediate-acceptance": 1, "parallel": self.rules["band"]}
        others = {
            "serial-dictatorship": self.serve_in_turn,
            "top-trading-cycles": self.trade,
            "ring": self.draw_rings,
        }
        others.get(mechanism, lambda: self.accept_in_bands(bands.get(mechanism, longest)))()
        places = [
            unit["choices"][k] if k >= 0 else -1
            for unit, k in zip(self.units, self.rank, strict=True)
        ]
        free = [
            school["seats"] - used["all"]
            for school, used in zip(self.schools, self.used, strict=True)
        ]
        for u in [u for u in self.turn if places[u] < 0]:
            fallback = self.plan["zones"][self.units[u]["zone"]]["fallback"]
            places[u] = next((s for s in fallback if free[s] > 0), -1)
            free[places[u]] -= self.units[u]["size"] if places[u] >= 0 else 0
        numbers = [self.number[u] + 1 for u in range(len(self.units))]
        return [list(row) for row in zip(numbers, self.rank, places, strict=True)]


def find_faults(transcript: dict[str, Any], commitment: str) -> list[str]:
    """Return what is wrong with a transcript, in words; an empty list if nothing is."""
    plan, units = transcript["plan"], transcript["units"]
    rest = {key: value for key, value in transcript.items() if key != "digest"}
    found = find_randomness(plan["randomness"], transcript["reveal"])
    right = {
        "the commitment published before": commitment == digest("plan", plan),
        "the commitment": transcript["commitment"] == commitment,
        "the roster": plan["roster"] == merkle_root([digest("unit", unit) for unit in units]),
        "the order of units": units == sorted(units, key=lambda unit: unit["ticket"]),
        "the randomness": transcript["randomness"] == found,
        "the seed": transcript["seed"] == digest("seed", commitment, found),
        "the result": transcript["result"] == Replay(transcript).allocate(),
        "the digest": transcript["digest"] == digest("transcript", rest),
    }
    return [f"{what} does not agree" for what, agrees in right.items() if not agrees]


if __name__ == "__main__":
    faults = find_faults(json.loads(Path(sys.argv[1]).read_text("utf-8")), sys.argv[2])
    sys.exit("; ".join(faults) or 0)
