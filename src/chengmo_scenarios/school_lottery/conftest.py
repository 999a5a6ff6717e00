"""Before this scenario's tests: no compiled code that is older than its sources."""

from pathlib import Path

METHOD = Path(__file__).parent / "method"


def pytest_collection_modifyitems() -> None:
    """Remove the compiled cache if any source is newer: numba looks at the caller's file only."""
    cached = list((METHOD / "__pycache__").glob("*.nb[ic]"))
    newest = max(path.stat().st_mtime for path in METHOD.glob("*.py"))
    if any(path.stat().st_mtime < newest for path in cached):
        for path in cached:
            path.unlink(missing_ok=True)
