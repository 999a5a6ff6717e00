"""Chinese or English on the terminal: one choice a process, made from its environment."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the model package brings pyarrow, which `--help` must not wait for
    from chengmo.model import Text

_VARIABLES = ("CHENGMO_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


def is_chinese() -> bool:
    """Tell whether messages are in Chinese, by the first language variable that is set."""
    value = next((os.environ[name] for name in _VARIABLES if os.environ.get(name)), "")
    return value.lower().startswith("zh")


def say(zh: str, en: str) -> str:
    """Return the sentence in this process's language."""
    return zh if is_chinese() else en


def of(text: "Text | None") -> str:
    """Return a two-language text in this process's language."""
    return "" if text is None else say(text.zh, text.en)
