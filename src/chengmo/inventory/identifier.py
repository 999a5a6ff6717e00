"""Numbers that identify, told apart by their check digits. Pure: text in, yes or no out."""

import re
from datetime import date

_ID_WEIGHTS = tuple(2 ** (17 - place) % 11 for place in range(17))
_ID_CHECK = "10X98765432"
_FIRST_BIRTH_YEAR = 1880

# GB 32100-2015: digits and capital letters without I, O, S, V, Z, which are easily misread.
_CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_VALUES = {letter: value for value, letter in enumerate(_CREDIT_LETTERS)}
_CREDIT_WEIGHTS = tuple(3**place % 31 for place in range(17))
_CREDIT_FORM = re.compile(rf"[0-9A-HJ-NPQRTUWXY]{{2}}\d{{6}}[{_CREDIT_LETTERS}]{{10}}")
_CARD_LENGTHS = range(16, 20)
_CARD_FIRST = ("62", "3", "4", "5")


def is_resident_id(text: str) -> bool:
    """Tell whether `text` is a resident identity number (GB 11643-1999), its date and check right.

    Example:
        >>> is_resident_id("11010519491231002X")  # the example of the standard
        True
        >>> is_resident_id("110105194912310021")
        False
    """
    digits, check = text[:17], text[17:].upper()
    if len(text) != 18 or not digits.isascii() or not digits.isdigit():  # noqa: PLR2004 - GB 11643
        return False
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, _ID_WEIGHTS, strict=True))
    return text[0] != "0" and born.year >= _FIRST_BIRTH_YEAR and check == _ID_CHECK[total % 11]


def is_credit_code(text: str) -> bool:
    """Tell whether `text` is a unified social credit code (GB 32100-2015), its check right."""
    if not _CREDIT_FORM.fullmatch(text):
        return False
    total = sum(_CREDIT_VALUES[text[place]] * _CREDIT_WEIGHTS[place] for place in range(17))
    return _CREDIT_VALUES[text[17]] == -total % 31


def is_bank_card(text: str) -> bool:
    """Tell whether `text` has the form of a bank card's number (ISO/IEC 7812) and its Luhn digit.

    One of ten random numbers passes the check: a column of cards is told by how many do.
    """
    if len(text) not in _CARD_LENGTHS or not text.isdigit() or not text.startswith(_CARD_FIRST):
        return False
    total = 0
    for place, letter in enumerate(reversed(text)):
        digit = int(letter) * (1 + place % 2)
        total += digit - 9 if digit > 9 else digit  # noqa: PLR2004 - the sum of its two digits
    return total % 10 == 0
