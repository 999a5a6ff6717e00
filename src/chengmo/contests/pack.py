"""A contest as a file: what is asked, and, where it brings them along, its datasets."""

import hashlib
import tempfile
from pathlib import Path

from pydantic import Field, ValidationError

from chengmo.audit import Via
from chengmo.catalog.catalogue import Catalog
from chengmo.catalog.dataset import DatasetMetadata
from chengmo.catalog.importing import ImportOptions
from chengmo.catalog.importing.sandbox import stage_file
from chengmo.contests.contest import Contest, OpenedContest
from chengmo.contests.contests import Contests
from chengmo.errors import InvalidRequest, UnknownDataset
from chengmo.identity import Actor
from chengmo.model.text import Frozen
from chengmo.sharing import Sharing


class PackedTable(Frozen):
    """A dataset that comes with a contest; `file` is relative to the contest's file."""

    file: str
    metadata: DatasetMetadata
    options: ImportOptions = Field(default=ImportOptions())


class ContestPack(Frozen):
    """A contest's file."""

    contest: Contest
    datasets: tuple[PackedTable, ...] = ()


def read_contest(path: Path) -> ContestPack:
    """Return what a contest's file says.

    Raises:
        InvalidRequest: If it is none, naming what is wrong.
    """
    try:
        return ContestPack.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InvalidRequest(
            f"{path.name}: {where}: {first['msg'][:300]}", hint="see docs/how-to/hold-a-contest.md"
        ) from error
    except OSError as error:
        raise InvalidRequest(
            f"{path.name} cannot be read: {error.strerror}", hint="check the path"
        ) from error


def open_pack(
    contests: Contests, sharing: Sharing, path: Path, actor: Actor, via: Via
) -> OpenedContest:
    """Bring a contest's datasets into the catalogue, where they are not yet, and open it.

    Raises:
        ChengmoError: As `read_contest`, `stage_file`, `Sharing.check_change`, `Contests.open`.
    """
    pack = read_contest(path)
    for table in pack.datasets:
        sharing.check_change(actor, table.metadata.id)
    for table in pack.datasets:
        if not _is_there(sharing.catalog, table.metadata.id):
            _bring(sharing, table, path.parent / table.file, actor, via)
    return contests.open(pack.contest, actor, via)


def _is_there(catalog: Catalog, dataset: str) -> bool:
    try:
        catalog.dataset(dataset)
    except UnknownDataset:
        return False
    return True


def _bring(sharing: Sharing, table: PackedTable, file: Path, actor: Actor, via: Via) -> None:
    with tempfile.TemporaryDirectory(prefix="chengmo-contest-") as scratch:
        staged = stage_file(file, table.options, Path(scratch), name=file.name)
        key = f"contest:{table.metadata.id}:{hashlib.sha256(file.read_bytes()).hexdigest()}"
        sharing.note(
            actor,
            via,
            "import",
            table.metadata.id,
            rows=staged.row_count,
            detail={"what": "contest", "sha256": staged.lineage.sha256},
        )
        sharing.catalog.commit(staged, table.metadata, idempotency_key=key)
