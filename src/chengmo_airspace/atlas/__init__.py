"""The city's airspace in 3-D cells: may I fly here, how high, when, by which rule, and why."""

from chengmo_airspace.atlas.atlas import (
    Atlas,
    Network,
    Sources,
    Use,
    Weather,
    draw_atlas,
)
from chengmo_airspace.atlas.below import QuietPlaces
from chengmo_airspace.atlas.buildings import (
    CLEARANCE_M,
    Buildings,
    buildings_of_dataset,
    close_cells,
)
from chengmo_airspace.atlas.export import (
    Spells,
    columns_of,
    features_of,
    spells_of,
    write_geojson,
)
from chengmo_airspace.atlas.lattice import (
    CELL_SECONDS,
    Frame,
    Lattice,
    hours_of,
    moments_of,
)
from chengmo_airspace.atlas.permission import CellVerdicts, permit_cells
from chengmo_airspace.atlas.reason import Reason, Reasons

__all__ = [
    "CELL_SECONDS",
    "CLEARANCE_M",
    "Atlas",
    "Buildings",
    "CellVerdicts",
    "Frame",
    "Lattice",
    "Network",
    "QuietPlaces",
    "Reason",
    "Reasons",
    "Sources",
    "Spells",
    "Use",
    "Weather",
    "buildings_of_dataset",
    "close_cells",
    "columns_of",
    "draw_atlas",
    "features_of",
    "hours_of",
    "moments_of",
    "permit_cells",
    "spells_of",
    "write_geojson",
]
