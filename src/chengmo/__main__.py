"""The `chengmo` command: joins the command line to the composition root, as late as it can.

Importing the platform takes longer than answering `--help`; so the root is loaded when a command
first needs it.
"""

import importlib
import sys
from typing import Any

from chengmo.interfaces.cli import Composition, run_command_line


def _root() -> Any:
    return importlib.import_module("chengmo.app")


def main() -> None:
    """Run the command line and exit with its code."""
    composition = Composition(
        open_platform=lambda **settings: _root().open_platform(**settings),
        asgi_app=lambda platform, **settings: _root().asgi_app(platform, **settings),
        assistants=lambda: importlib.import_module("chengmo.interfaces.mcp"),
    )
    sys.exit(run_command_line(composition))


if __name__ == "__main__":
    main()
