"""What besides the request and the data can change a decision: the code and the machine."""

import hashlib
import importlib.util
import platform
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from chengmo.compute.jail import jail_environment
from chengmo.ledger import digest_of
from chengmo.model import VerticalModel

# Those whose numbers end up in decisions.
NUMERIC_PACKAGES = (
    "duckdb",
    "highspy",
    "llvmlite",
    "numba",
    "numpy",
    "pyarrow",
    "pyproj",
    "scipy",
    "shapely",
)


def describe_environment(model: VerticalModel | None) -> dict[str, str]:
    """Return the versions of what computes, and the fingerprint of the scenario's files."""
    if model is None:
        return dict(_machine())
    jail = {f"jail:{name}": each for name, each in jail_environment().items()}
    return {**_machine(), **(jail if model.archive else {}), "code": code_digest(model)}


@cache
def _machine() -> Mapping[str, str]:
    found = {f"package:{name}": _version_of(name) for name in ("chengmo", *NUMERIC_PACKAGES)}
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": _processor(),
        **{name: number for name, number in found.items() if number},
    }


def code_digest(model: VerticalModel) -> str:
    """Return the fingerprint of the files of a scenario: its code and the tables it carries.

    Of a model whose code is no installed module it is that of the code itself. Tests, examples
    and documentation are left out, for they change no decision.
    """
    if model.archive is not None:
        return model.archive.sha256
    spec = importlib.util.find_spec(model.module)
    if spec is None or spec.origin is None:
        return ""
    source = Path(spec.origin)
    is_folder = model.module.endswith(".model") or source.name == "__init__.py"
    files = sorted(_files_of(source.parent)) if is_folder else [source]
    return digest_of(
        {
            path.relative_to(source.parent).as_posix(): hashlib.sha256(
                path.read_bytes()
            ).hexdigest()
            for path in files
        }
    )


def _files_of(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        is_aside = parts[0] in {"example", "tests"} or "__pycache__" in parts
        is_text = path.name.startswith("test_") or path.suffix in {".md", ".pyc"}
        if path.is_file() and not is_aside and not is_text:
            yield path


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    # Libraries choose their instructions by the processor, and sums may differ in the last bit.
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
