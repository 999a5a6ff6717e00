"""What the platform says, in Chinese: of problems, of rows that were refused, of imports.

The platform's own sentences are English and made where the fault is met. `chinese.tsv` has the
same in Chinese, sentence by sentence with gaps; what it does not have stays English.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from chengmo.model import Text

_TABLE = "chinese.tsv"
_GAP = "{}"
# Longer than any sentence of ours: what people wrote is not searched through.
_MOST_LETTERS = 2000


def in_both(said: str) -> Text:
    """Return a sentence of the platform in both languages."""
    return Text(zh=in_chinese(said), en=said)


def in_chinese(said: str) -> str:
    """Return a sentence of the platform in Chinese, or as it is where there is no Chinese of it.

    Example:
        >>> in_chinese("there is no dataset 'roads'")
        '没有数据“roads”'
    """
    whole, gapped = _table()
    if said in whole:
        return whole[said]
    for pattern, chinese in gapped if len(said) <= _MOST_LETTERS else ():
        found = pattern.fullmatch(said)
        if found:
            # A gap may hold a sentence of its own, as the reason in "parameter 'limit': …".
            return chinese.format(*(whole.get(part, part) for part in found.groups()))
    return said


@cache
def _table() -> tuple[Mapping[str, str], Sequence[tuple[re.Pattern[str], str]]]:
    text = files("chengmo.interfaces").joinpath(_TABLE).read_text("utf-8")
    pairs = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    whole = {english: chinese for english, chinese in pairs if _GAP not in english}
    # What says more is looked for before: "the job is {}" fits what others say better.
    pairs.sort(key=lambda pair: -len(pair[0].replace(_GAP, "")))
    gapped = [(_pattern(english), chinese) for english, chinese in pairs if _GAP in english]
    return whole, gapped


def _pattern(english: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(re.escape(part) for part in english.split(_GAP)), re.DOTALL)
