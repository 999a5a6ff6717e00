"""The command line: `chengmo …`."""

from chengmo.interfaces.cli.command import run_command_line
from chengmo.interfaces.cli.session import Composition

__all__ = ["Composition", "run_command_line"]
