"""The coordinate system of the places that `chengmo code encode` is given.

CGCS2000 unless something else is said: a file of GCJ-02 or BD-09, as Chinese internet maps give
them, would get the codes of places up to 700 m off, and nothing would look wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chengmo.errors import UnreadableFile
from chengmo.interfaces.cli.language import say

if TYPE_CHECKING:  # it brings PROJ, which a place in CGCS2000 need not wait for
    from chengmo.catalog.crs import CoordinateSystem

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GivenIn:
    """The system of places.

    Attributes:
        system: None is CGCS2000 by default.
    """

    system: "CoordinateSystem | None" = None

    @classmethod
    def of(cls, said: str | None) -> "GivenIn":
        """Return the system that an option says.

        Raises:
            UnreadableFile: If nobody knows such a system.
        """
        if said is None:
            return cls()
        from chengmo.catalog.crs import read_system

        return cls(read_system(said))

    @property
    def name(self) -> str | None:
        """Name of the system, if one was said."""
        return None if self.system is None else self.system.name

    def places(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return longitudes and latitudes in CGCS2000; no numbers where there is no place."""
        return (x, y) if self.system is None else self.system.to_cgcs2000(x, y)

    def check_columns(self, names: Iterable[str]) -> None:
        """Refuse columns whose names speak of an offset system, unless a system was said.

        Raises:
            UnreadableFile: Naming the column and the system.
        """
        if self.system is not None:
            return
        from chengmo.catalog.crs import named_system

        for name in names:
            found = named_system(name)
            if found is not None and found.offset != "none":
                raise UnreadableFile(
                    say(
                        f"列“{name}”是 {found.name} 坐标，与 CGCS2000 可相差 700 米",
                        f"column '{name}' speaks of {found.name}, up to 700 m from CGCS2000",
                    ),
                    hint=say(
                        f"用 --crs {found.name} 换算；数值已是 CGCS2000 时用 --crs CGCS2000",
                        f"--crs {found.name} converts it; --crs CGCS2000 says the numbers are that",
                    ),
                )
