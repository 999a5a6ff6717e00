"""A package in the jail: it learns from the training data, then predicts rows it is given.

Learning and predicting are two processes. The first sees open data alone, so what it prints may be
read by whoever brought it. The second sees the rows to predict; where these hold what is not
public, nothing that it prints leaves, nor the name of its error, for each would be a channel.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from chengmo.compute.jail import Fault, JailedCall, JailLimits, Released, Stage, run_jailed
from chengmo.contests.archive import unpack
from chengmo.contests.prediction import Unfit
from chengmo.errors import InvalidRequest
from chengmo.ledger import DatasetVersion
from chengmo.model.jail.inmate import ROWS_FILE, STATE_FILE, TRAIN_FOLDER
from chengmo.model.text import Frozen, Text

# Twice this, and reading the predictions, end before a scorer's lease does.
PACKAGE_LIMITS = JailLimits(wall_s=75.0, cpu_s=75)
# One for all: whoever could choose it would try many.
SEED = 0
LICENCE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9.+ ()\-]{0,99}$"
_SHOWN_LETTERS = 100
_STAGES: Mapping[Stage, Text] = {
    "fit": Text(zh="学习", en="while it learned"),
    "predict": Text(zh="预测", en="while it predicted"),
}


class PackageTerms(Frozen):
    """What was fixed when a package was accepted.

    Attributes:
        licence: Under which its entrant gives it, an SPDX expression.
        datasets: Version, or edition, of each training dataset that it is given.
        seed: Of random numbers.
    """

    licence: str = Field(pattern=LICENCE_PATTERN)
    datasets: dict[str, DatasetVersion]
    seed: int = SEED


class PackageReport(Frozen):
    """What its entrant may know of a package.

    Attributes:
        log: What it printed where it saw public data only; the beginning and the end.
        environment: With what it was run.
    """

    submission: str
    sha256: str
    terms: PackageTerms
    log: str
    environment: dict[str, str]


@dataclass(frozen=True)
class PackageTask:
    """What a package is asked.

    Attributes:
        content: The archive.
        train: Arrow file of each training dataset, by its id.
        rows: To predict: keys and features.
        target: Column to predict.
        seed: Of random numbers.
        limits: Of each of its two processes.
        shows_all: Whether what it prints about the rows may be read by its entrant.
    """

    content: bytes
    train: Mapping[str, Path]
    rows: pa.Table
    target: str
    seed: int = SEED
    limits: JailLimits = PACKAGE_LIMITS
    shows_all: bool = True


class PackageStopped(Unfit):
    """A package gave no predictions; `log` is for its entrant."""

    def __init__(self, reason: Text, log: str) -> None:
        super().__init__(reason)
        self.log = log


def ask_package(task: PackageTask) -> tuple[NDArray[np.float64], str]:
    """Run a package and return a number for each row, any number, and its log.

    Raises:
        PackageStopped: If the package is to blame.
        PlatformError: If it cannot be jailed here.
    """
    with tempfile.TemporaryDirectory(prefix="chengmo-package-") as scratch:
        package, inputs = Path(scratch) / "package", Path(scratch) / "inputs"
        try:
            unpack(task.content, package)
        except InvalidRequest as error:
            raise PackageStopped(Text(zh="程序包无法解开", en=error.message), "") from error
        train = inputs / TRAIN_FOLDER
        train.mkdir(parents=True)
        for name, path in task.train.items():
            _lay(path, train / f"{name}.arrow")
        fitted = _ask(task, "fit", package, inputs)
        if fitted.fault is not None:
            raise PackageStopped(_reason("fit", fitted.fault, told=True), fitted.log)
        (inputs / STATE_FILE).write_bytes(fitted.answer)
        # What it has learnt is all that it takes along.
        shutil.rmtree(train)
        write_arrow(inputs / ROWS_FILE, task.rows)
        found = _ask(task, "predict", package, inputs)
    log = f"{fitted.log}{found.log}" if task.shows_all else fitted.log
    if found.fault is not None:
        reason = _reason("predict", found.fault, told=task.shows_all)
        raise PackageStopped(reason, log)
    # Nothing is parsed: eight bytes a row, or it is no answer.
    if len(found.answer) != 8 * task.rows.num_rows:
        raise PackageStopped(_reason("predict", Fault("died"), told=False), log)
    return np.frombuffer(found.answer, "<f8").astype(np.float64), log


def _ask(task: PackageTask, stage: Stage, package: Path, inputs: Path) -> Released:
    return run_jailed(
        JailedCall(
            package=package,
            inputs=inputs,
            stage=stage,
            target=task.target,
            seed=task.seed,
            limits=task.limits,
        )
    )


def _reason(stage: Stage, fault: Fault, *, told: bool) -> Text:
    words = {
        "error": Text(zh="出错", en="stopped with an error"),
        "died": Text(zh="异常退出", en="ended without an answer"),
        "time": Text(zh="超时", en="took too long"),
        "memory": Text(zh="内存超限", en="needed too much memory"),
        "threads": Text(zh="线程过多", en="started too many threads"),
        "size": Text(zh="输出过大", en="gave too large an answer"),
    }[fault.what]
    where = _STAGES[stage]
    detail = " ".join(part for part in (fault.kind, fault.place) if part) if told else ""
    shown = "".join(letter for letter in detail if letter.isprintable())[:_SHOWN_LETTERS]
    tail = f": {shown}" if shown else ""
    return Text(
        zh=f"程序包在{where.zh}时{words.zh}{tail}", en=f"the package {words.en} {where.en}{tail}"
    )


def _lay(path: Path, target: Path) -> None:
    try:
        os.link(path, target)
    except OSError:
        # Another file system, or one without links.
        shutil.copyfile(path, target)


def write_arrow(path: Path, table: pa.Table) -> None:
    """Write a table as a jailed process reads it."""
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
