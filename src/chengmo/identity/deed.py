"""What is done about people, told to whoever keeps the log before it holds.

Identity knows no log: it is handed a witness. A deed whose witness raises is not done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from chengmo.identity.actor import LOCAL_ADMINISTRATOR, Actor

DeedKind = Literal["sign-in", "sign-in-failed", "sign-out", "account", "organisation", "key"]
Way = Literal["web", "cli", "python"]
Fact = str | int


@dataclass(frozen=True)
class Doer:
    """Who acts, and by which way in."""

    actor: Actor = LOCAL_ADMINISTRATOR
    way: Way = "python"


@dataclass(frozen=True)
class Deed:
    """One thing done about people, or refused. It holds no password, token, code or key.

    Attributes:
        kind: What it is about.
        how: Such as `added`, `roles`, `password`, `suspended`, `wrong password`.
        about: Id of the account or organisation, prefix of the key; empty where there is none.
        facts: A few plain facts more, such as the address it came from.
        failed: Why it was told and then not done; empty for what was.
    """

    kind: DeedKind
    how: str
    about: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict[str, Fact])
    failed: str = ""


Witness = Callable[[Doer, Deed], None]


def nobody_looks(doer: Doer, deed: Deed) -> None:
    """Witness nothing: for a register without a platform around it."""
