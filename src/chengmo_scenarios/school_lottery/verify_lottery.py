"""Replay a published school lottery with nothing but Python: `verify_lottery.py FILE COMMITMENT`.

COMMITMENT was published before the randomness existed. Says what does not agree, or gives the
digest of FILE to compare with the published one. Beside this file lie `verify_drand.py`, for
rounds of drand, and `verify_special.py`, for the ring rule and for top trading cycles.
"""

import hashlib
import hmac
import json
import runpy
import sys
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any


def load(name: str) -> dict[str, Any]:
    """Return what a file beside this one defines."""
    return runpy.run_path(str(Path(__file__).with_name(name)))


def pack(purpose: str, *parts: Any) -> bytes:
    """Return what is hashed: the canonical JSON of a list that begins with its purpose."""
    text = ["chengmo/school-lottery/3/" + purpose, *parts]
    return json.dumps(text, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(purpose: str, *parts: Any) -> str:
    """Return the SHA-256 of what is packed, as hexadecimal digits."""
    return hashlib.sha256(pack(purpose, *parts)).hexdigest()


def find_randomness(source: dict[str, Any], reveal: dict[str, Any]) -> str:
    """Return the randomness that was announced; an error if what was revealed is another."""
    if source["kind"] == "drand":
        return load("verify_drand.py")["randomness_of"](source["chain"], source["round"], **reveal)
    parties = zip(source.get("parties", []), reveal.get("values", []), strict=True)
    if any(digest("party", one["name"], value) != one["commitment"] for one, value in parties):
        raise ValueError("a party did not reveal what it had committed to")
    return digest("randomness", source, reveal)


class Replay:
    """The allocation once more; `rank` is the index of the choice that each unit has, or -1."""

    def __init__(self, transcript: dict[str, Any], seed: str) -> None:
        """Read what was published and draw the numbers."""
        self.plan, self.units, self.seed = transcript["plan"], transcript["units"], seed
        self.rules, self.schools = self.plan["rules"], self.plan["schools"]
        self.ring, everyone = transcript["reveal"].get("ring"), range(len(self.units))
        self.turn = sorted(everyone, key=lambda u: self.draw("number", self.units[u]["ticket"]))
        self.number = {u: number for number, u in enumerate(self.turn)}
        self.rank, self.used = [-1 for _ in everyone], [Counter[Any]() for _ in self.schools]

    def draw(self, *parts: Any) -> str:
        """Return what the seed says about `parts`."""
        return hmac.digest(bytes.fromhex(self.seed), pack(*parts), "sha256").hex()

    def key(self, u: int, k: int) -> tuple[int, Any]:
        """Return the order of a unit at its k-th choice: its priority there, then its number."""
        (s, tier), ticket = self.units[u]["choices"][k], self.units[u]["ticket"]
        if self.rules["mechanism"] == "deferred-acceptance-multiple":
            return tier, self.draw("number-at-school", self.schools[s]["id"], ticket)
        return tier, self.number[u]

    def list_unions(self, s: int, groups: list[int]) -> list[frozenset[int]]:
        """Return the sets of groups with reserves in which all those of a child are."""
        owed = frozenset(g for g, kept in enumerate(self.schools[s]["reserved"]) if kept)
        more = (x for n in range(len(owed) + 1) for x in combinations(owed.difference(groups), n))
        return [owed.intersection(groups).union(others) for others in more]

    def choose(self, s: int, line: list[int], used: Counter[Any]) -> list[int]:
        """Return whom of `line`, best first, a school lets in; `used` counts its seats.

        A child of several groups takes a reserved seat of one, and others may move over for it: so
        there is room while no set of groups holds more children of its own than seats (Hall 1935).
        """
        inside, school = set[int](), self.schools[s]
        seats, kept, most = school["seats"], school["reserved"], school["at_most"]
        for stage in ["open"] * self.rules["open_first"] + ["reserved"] * any(kept) + ["left"]:
            for u in [u for u in line if u not in inside]:
                groups, size = self.units[u]["groups"], self.units[u]["size"]
                unions = self.list_unions(s, groups) if stage == "reserved" else []
                rooms = [sum(kept[g] for g in union) - used[union] for union in unions]
                free = min(rooms or [seats - used[stage] - sum(kept) * (stage == "open")])
                if min(free, seats - used["seats"], *(most[g] - used[g] for g in groups)) > 0:
                    inside.add(u)
                    used.update({stage: size, "children": size, **dict.fromkeys(groups, size)})
                    used.update(dict.fromkeys([*unions, "seats"], min(size, free)))
        return [u for u in line if u in inside]

    def accept(self, first: int, last: int) -> None:
        """Let all apply at once, then all who are refused, from choice `first` to before `last`."""
        at = {u: first for u, k in enumerate(self.rank) if k < 0}
        refused, lines = list(at), [list[int]() for _ in self.schools]
        while refused:
            asked = {u: s for u in refused for s, _ in self.units[u]["choices"][at[u] : last][:1]}
            for u, s in asked.items():
                lines[s].append(u)
            refused = []
            for s in {*asked.values()}:
                line = sorted(lines[s], key=lambda u: self.key(u, at[u]))
                lines[s] = self.choose(s, line, Counter(self.used[s]))
                refused += set(line) - set(lines[s])
            at |= {u: at[u] + 1 for u in refused}
        for s, line in enumerate(lines):
            for u in self.choose(s, line, self.used[s]):
                self.rank[u] = at[u]

    def allocate(self) -> list[list[int]]:
        """Return the number, the choice met and the school of each unit, -1 where there is none."""
        if self.rules["mechanism"] in ("ring", "top-trading-cycles"):
            load("verify_special.py")[self.rules["mechanism"].replace("-", "_")](self)
        else:
            longest, band = max(len(unit["choices"]) for unit in self.units), self.rules["band"]
            for first in range(0, longest, band):
                self.accept(first, first + band)
        place = {u: self.units[u]["choices"][k][0] for u, k in enumerate(self.rank) if k >= 0}
        for u in [u for u in self.turn if u not in place]:
            for s in self.plan["zones"][self.units[u]["zone"]]["fallback"]:
                if u not in place and self.used[s]["children"] < self.schools[s]["seats"]:
                    place[u] = s
                    self.used[s]["children"] += self.units[u]["size"]
        return [[self.number[u] + 1, k, place.get(u, -1)] for u, k in enumerate(self.rank)]


def find_faults(transcript: dict[str, Any], commitment: str) -> list[str]:
    """Return what is wrong with a transcript, in words; an empty list if nothing is."""
    plan, units = transcript["plan"], transcript["units"]
    seed = digest("seed", commitment, find_randomness(plan["randomness"], transcript["reveal"]))
    right = {
        "the commitment": commitment == digest("plan", plan),
        "the roster": plan["roster"] == digest("roster", *[digest("unit", unit) for unit in units]),
        "the order of units": units == sorted(units, key=lambda unit: unit["ticket"]),
        "the result": transcript["result"] == Replay(transcript, seed).allocate(),
    }
    return [f"{what} does not agree" for what, agrees in right.items() if not agrees]


if __name__ == "__main__":
    published = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    sys.stdout.write(digest("transcript", published) + "\n")
    sys.exit("; ".join(find_faults(published, sys.argv[2])) or 0)
