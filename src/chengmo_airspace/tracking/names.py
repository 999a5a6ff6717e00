"""Names of aircraft, operators and intents as numbers, which are what records hold.

Numbers begin at 1, go up and are never used again. Each segment of the log says the names of all
numbers in it, so that one alone can be read.
"""

import json
from collections.abc import Iterable

from chengmo import PlatformError

# An aircraft is ("aircraft", operator, name): nobody can report another's. Besides
# ("operator", name) and ("intent", id).
Name = tuple[str, ...]


class Names:
    """Names and their numbers, both ways."""

    def __init__(self) -> None:
        self._numbers: dict[Name, int] = {}
        self._names: dict[int, Name] = {}
        self._new: list[int] = []
        self.last = 0

    def number(self, *name: str) -> int:
        """Return the number of a name, giving it one."""
        number = self._numbers.get(name)
        if number is None:
            self.last = number = self.last + 1
            self._numbers[name], self._names[number] = number, name
            self._new.append(number)
        return number

    def find(self, *name: str) -> int:
        """Return the number of a name, 0 if it has none."""
        return self._numbers.get(name, 0)

    def name(self, number: int) -> Name:
        """Return the name of a number; empty for 0."""
        return self._names.get(number, ())

    def all(self) -> dict[int, Name]:
        """Return the names by their numbers."""
        return dict(self._names)

    def learn(self, payload: bytes) -> None:
        """Take over what `written` wrote."""
        try:
            for number, *name in json.loads(payload):
                self._numbers[tuple(name)], self._names[number] = number, tuple(name)
                self.last = max(self.last, number)
        except (ValueError, TypeError) as error:
            raise PlatformError("names in the log cannot be read", hint="restore it") from error

    def new(self) -> bytes:
        """Return the names given since this was last asked, written; empty if there are none."""
        given, self._new = self._new, []
        return self.written(given) if given else b""

    def written(self, numbers: Iterable[int] | None = None) -> bytes:
        """Return some names, or all, as bytes."""
        chosen = self._names if numbers is None else numbers
        pairs = [[number, *self._names[number]] for number in chosen]
        return json.dumps(pairs, ensure_ascii=False, separators=(",", ":")).encode()

    def keep(self, numbers: Iterable[int]) -> None:
        """Forget all names but some; what is forgotten gets another number when it comes again."""
        kept = set(numbers)
        self._names = {number: name for number, name in self._names.items() if number in kept}
        self._numbers = {name: number for number, name in self._names.items()}
        self._new = [number for number in self._new if number in kept]
