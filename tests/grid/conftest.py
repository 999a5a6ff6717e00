"""Compiled code is cached by file; a change in one kernel must not leave its callers stale."""

from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "chengmo" / "grid"


def pytest_configure():
    """Remove the compiled cache if any source is newer: Numba looks at the caller's file only."""
    cached = list((SOURCE / "__pycache__").glob("*.nb[ic]"))
    newest = max(path.stat().st_mtime for path in SOURCE.glob("*.py"))
    if any(path.stat().st_mtime < newest for path in cached):
        for path in cached:
            path.unlink(missing_ok=True)
