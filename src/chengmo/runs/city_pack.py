"""Cities as data packages: find one, read its manifest, bring its datasets into the catalogue."""

import hashlib
import tempfile
import tomllib
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import Field, ValidationError

from chengmo.catalog.catalogue import Catalog
from chengmo.catalog.dataset import Dataset, DatasetMetadata, Extent
from chengmo.catalog.importing import ImportOptions, Limits
from chengmo.catalog.importing.task import Task, stage_table
from chengmo.catalog.staged import StagedTable
from chengmo.errors import ContractError, InvalidQuery, UnreadableFile
from chengmo.identity import LOCAL_ADMINISTRATOR
from chengmo.model.text import Frozen, Text
from chengmo.runs.platform import Platform

ENTRY_POINT_GROUP = "chengmo.cities"
MANIFEST = "city.toml"
KEY_SCHEME = "city"
FORMAT = 1

Advance = Callable[[str, float], None]


class PackedDataset(Frozen):
    """One dataset of a pack: what the steward states, its file, how to read it."""

    metadata: DatasetMetadata
    file: Path
    options: ImportOptions


class CityPack(Frozen):
    """What a pack's manifest says. Places are longitude, latitude in degrees, WGS 84.

    `contests` are files as `chengmo contest open` takes them.
    """

    id: str
    name: Text
    centre: tuple[float, float]
    zoom: float = Field(ge=0, le=22)
    bounds: Extent
    first_map: tuple[str, ...]
    datasets: tuple[PackedDataset, ...]
    contests: tuple[Path, ...] = ()


def list_cities() -> tuple[str, ...]:
    """Return the names of the installed city packs."""
    return tuple(sorted(entry.name for entry in entry_points(group=ENTRY_POINT_GROUP)))


def find_city(name: str) -> CityPack:
    """Return the installed pack called `name`.

    Raises:
        InvalidQuery: If none is.
        ContractError: If its package or its manifest is broken.
    """
    named = entry_points(group=ENTRY_POINT_GROUP, name=name)
    if not named:
        known = ", ".join(list_cities()) or "none"
        raise InvalidQuery(f"no city is called '{name}'", hint=f"installed: {known}")
    package = next(iter(named)).value
    # The package is looked up, not imported: a pack is data, and none of its code shall run.
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ContractError(
            f"city '{name}' names the package '{package}', which is not there",
            hint="install the city's package again",
        )
    return read_pack(Path(spec.submodule_search_locations[0]))


def loaded_city(datasets: Iterable[Dataset]) -> CityPack | None:
    """Return the installed pack that the first of `datasets` from a pack came from, if any did.

    Raises:
        ContractError: If that pack is broken.
    """
    for dataset in datasets:
        scheme, _, rest = (dataset.idempotency_key or "").partition(":")
        name = rest.partition(":")[0]
        if scheme == KEY_SCHEME and name in list_cities():
            return _found(name)
    return None


# What is installed does not change under a process; a page asks with every look at the datasets.
_found = cache(find_city)


def read_pack(folder: Path) -> CityPack:
    """Return the pack in `folder`, its files checked to be there.

    Raises:
        ContractError: If the manifest or a file is missing or does not say what it must.
    """
    manifest = folder / MANIFEST
    try:
        stated = tomllib.loads(manifest.read_text("utf-8"))
        if stated.pop("format", None) != FORMAT:
            raise ContractError(
                f"{manifest} is of another format", hint=f"this version reads format = {FORMAT}"
            )
        datasets = tuple(_packed(folder, each) for each in _tables(stated.pop("datasets")))
        contests = tuple(_inside(folder, each) for each in stated.pop("contests", ()))
        return CityPack(**stated, datasets=datasets, contests=contests)
    except (OSError, ValueError, KeyError, TypeError) as error:
        # ValueError: TOML, Unicode and pydantic's ValidationError alike.
        reason = _first_error(error) if isinstance(error, ValidationError) else str(error)
        raise ContractError(
            f"{manifest} is no city manifest: {reason}",
            hint="compare it with chengmo_wuhan/city.toml",
        ) from error


def load_city(
    platform: Platform,
    name: str,
    *,
    only: Collection[str] | None = None,
    on_progress: Advance | None = None,
) -> tuple[Dataset, ...]:
    """Bring the datasets of city `name` into the catalogue, in the order of its manifest.

    A dataset that is there already is left alone: the pack's own version costs nothing to find
    again, and what somebody has put or changed under the same id is theirs. A newer pack's file
    becomes a new version.

    Args:
        platform: Where to.
        name: Entry point of the pack.
        only: Ids to load, such as the pack's `first_map`; all if None.
        on_progress: Told the stage and the share done, between 0 and 1.

    Returns:
        The newest version of each dataset of the pack, or of those in `only`.

    Raises:
        InvalidQuery: If no such city is installed, or it has no dataset named in `only`.
        ContractError: If its manifest is broken.
        UnreadableFile: If a file cannot be read; the datasets before it are loaded.
    """
    pack = find_city(name)

    def note(packed: PackedDataset, staged: StagedTable) -> None:
        platform.sharing.note(
            LOCAL_ADMINISTRATOR,
            "cli",
            "import",
            packed.metadata.id,
            rows=staged.row_count,
            detail={"what": f"city {pack.id}", "sha256": staged.lineage.sha256},
        )

    return load_pack(
        platform.catalog,
        pack,
        home=platform.home,
        only=only,
        on_progress=on_progress,
        before_commit=note,
    )


def load_pack(
    catalog: Catalog,
    pack: CityPack,
    *,
    home: Path,
    only: Collection[str] | None = None,
    on_progress: Advance | None = None,
    before_commit: Callable[[PackedDataset, StagedTable], None] | None = None,
) -> tuple[Dataset, ...]:
    """Bring the datasets of `pack` into `catalog`; see `load_city`."""
    wanted = _wanted(pack, only)
    latest = {dataset.id: dataset for dataset in catalog.datasets()}
    keys = {each.metadata.id: _key(pack, each) for each in wanted}
    missing = [each for each in wanted if _is_due(latest.get(each.metadata.id), pack, keys)]
    tell = on_progress or _say_nothing
    with tempfile.TemporaryDirectory(prefix="city-", dir=home) as folder:
        # One reads ahead while the other commits: reading is Python's work, committing DuckDB's.
        reader = ThreadPoolExecutor(1, thread_name_prefix="city-pack")
        try:
            staged = [
                reader.submit(_stage, each, Path(folder) / each.metadata.id) for each in missing
            ]
            for done, each in enumerate(missing):
                tell(each.metadata.id, done / len(missing))
                table = staged[done].result()
                if before_commit is not None:
                    before_commit(each, table)
                latest[each.metadata.id] = catalog.commit(
                    table, each.metadata, idempotency_key=keys[each.metadata.id]
                )
        finally:
            reader.shutdown(cancel_futures=True)
    tell(pack.id, 1.0)
    return tuple(latest[each.metadata.id] for each in wanted)


def _wanted(pack: CityPack, only: Collection[str] | None) -> list[PackedDataset]:
    known = {each.metadata.id for each in pack.datasets}
    unknown = sorted(set(only or ()) - known)
    if unknown:
        raise InvalidQuery(
            f"{pack.name.en} has no dataset '{unknown[0]}'",
            hint=f"it has {', '.join(sorted(known))}",
        )
    return [each for each in pack.datasets if only is None or each.metadata.id in only]


def _is_due(current: Dataset | None, pack: CityPack, keys: dict[str, str]) -> bool:
    if current is None:
        return True
    key = current.idempotency_key or ""
    return key.startswith(f"{KEY_SCHEME}:{pack.id}:") and key != keys[current.id]


def _key(pack: CityPack, packed: PackedDataset) -> str:
    content = hashlib.sha256(packed.file.read_bytes())
    content.update(packed.metadata.model_dump_json().encode())
    content.update(packed.options.model_dump_json().encode())
    return f"{KEY_SCHEME}:{pack.id}:{packed.metadata.id}:{content.hexdigest()}"


def _stage(packed: PackedDataset, folder: Path) -> StagedTable:
    # In this process, not in the importer's own: that guards against what people hand over and
    # costs a second a file, while a pack is installed and trusted like the program itself.
    scratch = folder / "unpacked"
    scratch.mkdir(parents=True)
    task = Task(packed.file, packed.file.name, packed.options, Limits(), scratch)
    try:
        return stage_table(task, folder, lambda _: None)
    except (OSError, UnicodeError, pa.ArrowException) as error:
        raise UnreadableFile(
            f"{packed.file.name} of the city pack cannot be read: {error}",
            hint="install the city's package again",
        ) from error


def _tables(stated: object) -> list[dict[str, Any]]:
    if not isinstance(stated, list):
        raise TypeError("datasets is not a list of tables, each begun by [[datasets]]")
    return [dict(each) for each in stated]


def _packed(folder: Path, stated: dict[str, Any]) -> PackedDataset:
    file = _inside(folder, str(stated.pop("file")))
    options = ImportOptions(**stated.pop("import", {}))
    return PackedDataset(metadata=DatasetMetadata(**stated), file=file, options=options)


def _inside(folder: Path, name: str) -> Path:
    file = (folder / name).resolve()
    if not file.is_relative_to(folder.resolve()) or not file.is_file():
        raise ValueError(f"there is no file {file.name} in the pack")
    return file


def _first_error(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(str(step) for step in first['loc'])}: {first['msg']}"


def _say_nothing(_stage: str, _share_0to1: float) -> None:
    pass
