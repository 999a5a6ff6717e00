"""Which datasets a caller may see through this API: the one sharing rule, asked here."""

from typing import Any

from chengmo.catalog.dataset import Dataset
from chengmo.interfaces.ogc.endpoint import Call
from chengmo.sharing.access import check_access, decide_access

# What reading through the API is for, as the sharing rules and the audit name it.
PURPOSE = "view"


def visible_datasets(call: Call[Any]) -> list[Dataset]:
    """Return the latest versions of the datasets that the caller may see."""
    return [
        dataset
        for dataset in call.platform.catalog.datasets()
        if decide_access(call.actor, PURPOSE, dataset).allowed
    ]


def permitted_dataset(call: Call[Any], version: int | None = None) -> Dataset:
    """Return the dataset that the path names, at `version` or the latest.

    Raises:
        UnknownDataset: If there is none.
        SharingDenied: If the caller may not see it.
    """
    dataset = call.platform.catalog.dataset(call.path["collectionId"], version)
    check_access(call.actor, PURPOSE, dataset)
    return dataset
