"""Which passwords are refused: those that are short or that everybody tries first.

After NIST SP 800-63B section 3.1.1.2: length counts, composition does not, and a password is
compared with those commonly used, with repetitive and sequential ones, and with the names of the
account and of the platform.
"""

import gzip
import unicodedata
from functools import cache
from itertools import pairwise
from pathlib import Path

from chengmo.errors import Fault, InvalidRequest

LEAST_LETTERS = 12
MOST_LETTERS = 256
_LIST = Path(__file__).parent / "common_passwords.txt.gz"
_FEWEST_DIFFERENT = 5
_FEWEST_OWN = 8  # letters that a password must have besides what everybody knows
_FEWEST_RUNS = 3
_ROWS = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_STEPS = frozenset(
    pair for row in _ROWS for line in (row + row[0], row[::-1] + row[-1]) for pair in pairwise(line)
)
_PLATFORM = ("chengmo", "城模")


def check_password(password: str, *, account: str, name: str = "") -> None:
    """Pass if `password` is good enough for `account`, called `name`.

    Raises:
        InvalidRequest: Saying what is wrong, in both languages. The password is not in it.
    """
    said = _fault_of(unicodedata.normalize("NFC", password), account, name)
    if said is not None:
        zh, en = said
        raise InvalidRequest(
            f"this password is not accepted: {en}",
            hint=f"take at least {LEAST_LETTERS} characters that nobody would try; any will do",
            faults=[Fault("/password", en, zh)],
        )


def _fault_of(password: str, account: str, name: str) -> tuple[str, str] | None:
    folded = password.casefold()
    if not LEAST_LETTERS <= len(password) <= MOST_LETTERS:
        return (
            f"密码须有 {LEAST_LETTERS} 至 {MOST_LETTERS} 个字符",
            f"it must have {LEAST_LETTERS} to {MOST_LETTERS} characters",
        )
    if _is_repetitive(folded) or _is_sequence(folded):
        return "密码是重复或连续的字符", "it repeats or continues the same characters"
    if _is_common(folded):
        return "这是常见密码", "it is one of the most common passwords"
    if _is_name(folded, (account, account.partition("@")[0], name, *_PLATFORM)):
        return "密码含有用户名或平台名", "it is little more than a name"
    return None


def _is_repetitive(text: str) -> bool:
    return len(set(text)) < _FEWEST_DIFFERENT or text in (text + text)[1:-1]


def _is_sequence(text: str) -> bool:
    # Each step that no keyboard row, alphabet or row of digits goes on begins a new run.
    runs = 1 + sum(pair not in _STEPS and pair[0] != pair[1] for pair in pairwise(text))
    return runs < _FEWEST_RUNS


def _is_common(text: str) -> bool:
    known = _common_passwords()
    if text in known:
        return True
    middle = text.strip("0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ")
    return middle in known and len(text) - len(middle) < _FEWEST_OWN


def _is_name(text: str, names: tuple[str, ...]) -> bool:
    return any(
        name and name.casefold() in text and len(text.replace(name.casefold(), "")) < _FEWEST_OWN
        for name in names
    )


@cache
def _common_passwords() -> frozenset[str]:
    return frozenset(gzip.decompress(_LIST.read_bytes()).decode("ascii").split())
