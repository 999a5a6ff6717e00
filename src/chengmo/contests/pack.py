"""A contest as a file: what is asked, and, where it brings them along, datasets and baselines."""

import hashlib
import io
import tempfile
import zipfile
from pathlib import Path

from pydantic import Field, ValidationError

from chengmo.audit import Via
from chengmo.catalog.catalogue import Catalog
from chengmo.catalog.dataset import DatasetMetadata
from chengmo.catalog.importing import ImportOptions
from chengmo.catalog.importing.sandbox import stage_file
from chengmo.contests.archive import MODEL
from chengmo.contests.contest import Contest, OpenedContest
from chengmo.contests.contests import Contests
from chengmo.contests.submission import Submission
from chengmo.errors import InvalidRequest, UnknownContest, UnknownDataset
from chengmo.identity import Actor
from chengmo.model.text import Frozen
from chengmo.sharing import Sharing

# The platform's own.
BASELINES_LICENCE = "Apache-2.0"


class PackedTable(Frozen):
    """A dataset that comes with a contest; `file` is relative to the contest's file."""

    file: str
    metadata: DatasetMetadata
    options: ImportOptions = Field(default=ImportOptions())


class ContestPack(Frozen):
    """A contest's file.

    Attributes:
        contest: As stated.
        datasets: What comes with it.
        baselines: Programs of one module, relative to the contest's file, that take part.
    """

    contest: Contest
    datasets: tuple[PackedTable, ...] = ()
    baselines: tuple[str, ...] = ()


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


def is_open(contests: Contests, contest: str) -> bool:
    """Tell whether a contest of this id was opened."""
    try:
        contests.contest(contest)
    except UnknownContest:
        return False
    return True


def package_of(module: Path) -> bytes:
    """Return a program of one module as a package; the same bytes each time."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        # Without the time of writing: the same program is the same package.
        archive.writestr(zipfile.ZipInfo(MODEL), module.read_bytes())
    return held.getvalue()


def enter_baselines(contests: Contests, path: Path, via: Via) -> tuple[Submission, ...]:
    """Let the baselines of a contest's file take part, each under its own name, `baseline:…`.

    Nobody can sign in by such a name. A baseline that is there already is the same submission.

    Raises:
        ChengmoError: As `Contests.submit`.
    """
    pack = read_contest(path)
    return tuple(
        contests.submit(
            pack.contest.id,
            package_of(path.parent / each),
            f"{Path(each).stem}.zip",
            Actor(f"baseline:{Path(each).stem}", frozenset({"developer"})),
            via,
            licence=BASELINES_LICENCE,
        )
        for each in pack.baselines
    )


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
