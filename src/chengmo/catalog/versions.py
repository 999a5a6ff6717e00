"""All versions of all datasets, kept in memory and brought up to date when the lake moves on."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from chengmo.catalog.dataset import Dataset
from chengmo.catalog.lake import Lake, statement
from chengmo.errors import UnknownDataset

# A web request pays no lake query; another process's commit is seen within this time.
LOOK_EVERY_S = 0.5


@dataclass
class Versions:
    """The catalogue's memory. A version never changes, so only new ones are ever read."""

    lake: Lake
    _known: Mapping[str, tuple[Dataset, ...]] = field(
        default_factory=dict[str, tuple[Dataset, ...]]
    )
    _by_key: Mapping[str, Dataset] = field(default_factory=dict[str, Dataset])
    _snapshot: int = -1
    _looked_s: float = -LOOK_EVERY_S
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def all(self) -> Mapping[str, tuple[Dataset, ...]]:
        """Return the versions of every dataset, oldest first."""
        if time.monotonic() - self._looked_s >= LOOK_EVERY_S:
            self.refresh()
        return self._known

    def of(self, dataset: str) -> tuple[Dataset, ...]:
        """Return the versions of `dataset`, oldest first.

        Raises:
            UnknownDataset: If there is none.
        """
        found = self.all().get(dataset)
        if found is None:
            self.refresh()
            found = self._known.get(dataset)
        if found is None:
            raise UnknownDataset(
                f"there is no dataset '{dataset}'", hint="see what there is: chengmo datasets"
            )
        return found

    def get(self, dataset: str, version: int | None = None) -> Dataset:
        """Return one version of `dataset`, the newest if none is named.

        Raises:
            UnknownDataset: If there is none.
        """
        found = self.of(dataset)
        if version is None:
            return found[-1]
        if not 1 <= version <= found[-1].version:
            self.refresh()
            found = self.of(dataset)
        for each in found:
            if each.version == version:
                return each
        raise UnknownDataset(
            f"'{dataset}' has no version {version}",
            hint=f"its versions are 1 to {found[-1].version}: chengmo history {dataset}",
        )

    def with_key(self, idempotency_key: str) -> Dataset | None:
        """Return the version that was committed with this key."""
        return self._by_key.get(idempotency_key)

    def refresh(self) -> None:
        """Read the versions committed since the last look."""
        with self._lock:
            snapshot = self.lake.current_snapshot()
            if snapshot != self._snapshot:
                self._read_after(self._snapshot)
                self._snapshot = snapshot
            self._looked_s = time.monotonic()

    def _read_after(self, snapshot: int) -> None:
        with self.lake.cursor() as cursor:
            rows = cursor.execute(statement("versions_after_snapshot"), [snapshot]).fetchall()
        known, by_key = dict(self._known), dict(self._by_key)
        for at, body in rows:
            dataset = Dataset.model_validate_json(body).model_copy(update={"snapshot": at})
            earlier = known.get(dataset.id, ())
            # A commit that lands between the two queries comes up at both looks.
            if not earlier or earlier[-1].version < dataset.version:
                known[dataset.id] = (*earlier, dataset)
            if dataset.idempotency_key is not None:
                by_key[dataset.idempotency_key] = dataset
        # Readers hold no lock: they see the old mappings or the new ones, never a half.
        self._known, self._by_key = known, by_key
