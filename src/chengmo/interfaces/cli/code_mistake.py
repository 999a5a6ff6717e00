"""A mistake of the grid, said of one value that a person typed or of one row of a file."""

from collections.abc import Generator
from contextlib import contextmanager

from chengmo.errors import InvalidCell, InvalidGeometry
from chengmo.interfaces.cli.language import is_chinese, say

# What tells a program which row of a column it was, and what to call.
_OF_A_COLUMN = (" at index 0", " (1 such)")
_CALL = "; is_valid_place tells which rows to set aside"

Mistake = InvalidCell | InvalidGeometry


@contextmanager
def of_one_value() -> Generator[None]:
    """Say mistakes without the index of a column that has one row.

    Raises:
        InvalidCell: As what is done within; so does InvalidGeometry.
    """
    try:
        yield
    except (InvalidCell, InvalidGeometry) as error:
        raise type(error)(_message(error), hint=_hint(error)) from error


def of_row(error: Mistake, where: str) -> Mistake:
    """Return a mistake with where it is in a file, and how to go on without it."""
    skip = say("或用 --keep-going 跳过这样的行", "or go on without such rows: --keep-going")
    told, hint = _in_language(_message(error)), _in_language(_hint(error))
    return type(error)(f"{where}: {told}", hint=f"{hint}; {skip}")


def _message(error: Mistake) -> str:
    told = error.message
    for words in _OF_A_COLUMN:
        told = told.replace(words, "")
    return told


def _hint(error: Mistake) -> str:
    return error.hint.replace(_CALL, "")


def _in_language(said: str) -> str:
    if not is_chinese():
        return said
    from chengmo.interfaces.chinese import in_chinese

    return in_chinese(said)
