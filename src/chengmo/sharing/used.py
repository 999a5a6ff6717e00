"""How a version is named in what is written down, and found again from it."""

import json

from chengmo.catalog.dataset import Dataset
from chengmo.catalog.treatment import NO_TREATMENT, Treatment
from chengmo.ledger import DatasetVersion


def version_of(dataset: Dataset, treatment: Treatment = NO_TREATMENT) -> DatasetVersion:
    """Return how a record names a version of a dataset, as `treatment` left it."""
    return DatasetVersion(
        version=dataset.version,
        snapshot=dataset.snapshot,
        sha256=dataset.lineage.sha256,
        edition=dataset.edition,
        treatment=None if treatment.is_nothing else treatment.model_dump(mode="json"),
    )


def treatment_of(used: DatasetVersion) -> Treatment:
    """Return what was done to a version before it was read."""
    return Treatment.model_validate_json(json.dumps(used.treatment or {}))
