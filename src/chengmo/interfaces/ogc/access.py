"""Which dataset a path names, as the caller may see it."""

from typing import Any

from chengmo.catalog.dataset import Dataset
from chengmo.interfaces.ogc.endpoint import Call


def permitted_dataset(call: Call[Any], version: int | None = None) -> Dataset:
    """Return the dataset that the path names, at `version` or the latest.

    Raises:
        UnknownDataset: If there is none that the caller may know of.
        SharingDenied: If the caller may not see it.
    """
    return call.view.dataset(call.path["collectionId"], version)
