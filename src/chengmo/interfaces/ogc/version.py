"""Which version of the platform answers."""

from functools import cache
from importlib.metadata import version


@cache
def platform_version() -> str:
    """Return the installed version, such as 0.1.0."""
    return version("chengmo")
