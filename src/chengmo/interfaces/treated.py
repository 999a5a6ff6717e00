"""Which answers over HTTP were made of treated data: one header for every way in.

`Chengmo-Treated: "people";version=3;edition="0f…"` is a list of strings with parameters (RFC 9651),
one for each dataset that was treated before it was asked. What was done to it is in `treated` of
`/datasets/{id}`, which the link beside it leads to.
"""

from collections.abc import Iterable, Mapping

from chengmo.catalog.dataset import Dataset
from chengmo.ledger import DatasetVersion

HEADER = "Chengmo-Treated"


def treated_header(editions: Iterable[Dataset]) -> dict[str, str]:
    """Return the header for an answer made of these editions; nothing where there is none."""
    return _header((each.id, each.version, each.edition) for each in editions)


def header_of_run(datasets: Mapping[str, DatasetVersion]) -> dict[str, str]:
    """Return the header for what a run decided."""
    return _header((name, used.version, used.edition) for name, used in datasets.items())


def _header(used: Iterable[tuple[str, int, str]]) -> dict[str, str]:
    said = [f'"{name}";version={version};edition="{edition}"' for name, version, edition in used
            if edition]  # fmt: skip
    return {HEADER: ", ".join(said)} if said else {}
