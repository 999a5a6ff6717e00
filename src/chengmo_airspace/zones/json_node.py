"""A JSON document read with its path at hand, so that an error names the place of what is wrong."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from math import isfinite
from typing import Any, NoReturn, cast

from chengmo import InvalidRequest


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a document and the path to it, such as `features[0].properties.type`."""

    value: Any
    path: str = ""

    def fail(self, message: str, *, hint: str) -> NoReturn:
        """Raise InvalidRequest about this value.

        Raises:
            InvalidRequest: Always.
        """
        raise InvalidRequest(f"{self.path or 'the document'}: {message}", hint=hint)

    def members(self) -> Mapping[str, Any]:
        """Return the members of an object."""
        if not isinstance(self.value, dict):
            self.fail(f"is {_say(self.value)}, not an object", hint="write {…}")
        return cast("dict[str, Any]", self.value)

    def get(self, name: str) -> "Node | None":
        """Return a member; None where it is missing or null."""
        value = self.members().get(name)
        return None if value is None else Node(value, f"{self.path}.{name}".lstrip("."))

    def need(self, name: str) -> "Node":
        """Return a member that must be there."""
        found = self.get(name)
        if found is None:
            self.fail(f"has no '{name}'", hint=f"give {name}")
        return found

    def items(self) -> "list[Node]":
        """Return the items of an array."""
        if not isinstance(self.value, list):
            self.fail(f"is {_say(self.value)}, not an array", hint="write […]")
        items = cast("list[Any]", self.value)
        return [Node(item, f"{self.path}[{number}]") for number, item in enumerate(items)]

    def text(self, *, longest: int = 100_000) -> str:
        """Return a text of limited length."""
        if not isinstance(self.value, str):
            self.fail(f"is {_say(self.value)}, not a text", hint="write it in quotes")
        if len(self.value) > longest:
            self.fail(f"has {len(self.value)} characters", hint=f"at most {longest}")
        return self.value

    def number(self) -> float:
        """Return a finite number."""
        good = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        if not good or not isfinite(self.value):
            self.fail(f"is {_say(self.value)}, not a number", hint="write a finite number")
        return float(self.value)

    def choice(self, allowed: Collection[str]) -> str:
        """Return one of some texts."""
        if not isinstance(self.value, str) or self.value not in allowed:
            self.fail(f"{_say(self.value)} is not allowed", hint="one of " + ", ".join(allowed))
        return self.value

    def only(self, allowed: Collection[str]) -> None:
        """Refuse members that nobody knows."""
        for name in self.members():
            if name not in allowed:
                self.fail(f"has an unknown member '{name}'", hint="one of " + ", ".join(allowed))

    def instant(self) -> datetime:
        """Return a time with its offset from UTC."""
        try:
            found = datetime.fromisoformat(self.text())
        except ValueError:
            found = None
        if found is None or found.utcoffset() is None:
            self.fail(f"{_say(self.value)} is no time", hint="write 2026-05-01T08:00:00Z")
        return found

    def clock(self) -> time:
        """Return a time of day with its offset from UTC."""
        try:
            found = time.fromisoformat(self.text())
        except ValueError:
            found = None
        if found is None or found.utcoffset() is None:
            self.fail(f"{_say(self.value)} is no time of day", hint="write 08:00:00Z")
        return found


def _say(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"  # noqa: PLR2004 - a line of a message
