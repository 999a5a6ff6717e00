"""Compiled: numbers as the shortest decimal text that reads back as the same number.

Text is written into an array of bytes at a position; each function returns the position behind it.
Nothing checks that there is room: the caller sees to it with the `_MOST` of this module.

The digits are found by Schubfach: R. Giulietti, "The Schubfach way to render doubles" (2020),
section 9; the powers of ten are its table g, here the 128 bits from above.
"""

# ruff: noqa: PLR2004, FBT001 - the bare numbers are those of binary64 and of the paper; compiled
# functions take no keyword-only arguments
# pyright: reportArgumentType=false, reportReturnType=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

import numba
import numpy as np
from numpy.typing import NDArray

Text = NDArray[np.uint8]

# As `-2.2250738585072014e-308`; an integer has fewer.
NUMBER_MOST = 24

_LEAST_POWER, _GREATEST_POWER = -292, 324


def _powers() -> NDArray[np.uint64]:
    """Return 10^k, scaled to 128 bits and rounded up, as rows of a high and a low half."""
    rows: list[tuple[int, int]] = []
    for power in range(_LEAST_POWER, _GREATEST_POWER + 1):
        above, below = 10 ** max(power, 0), 10 ** max(-power, 0)
        shift = 127 - (above.bit_length() - 1 if power >= 0 else -below.bit_length())
        scaled = -(-(above << max(shift, 0)) // (below << max(-shift, 0)))
        rows.append((scaled >> 64, scaled & (2**64 - 1)))
    return np.array(rows, np.uint64)


_POWERS = _powers()
_U0, _U1, _U2, _U4, _U10 = (np.uint64(value) for value in (0, 1, 2, 4, 10))
_U32, _U40, _U52, _U63, _U100 = (np.uint64(value) for value in (32, 40, 52, 63, 100))
_LOW32 = np.uint64(2**32 - 1)
_FRACTION, _HIDDEN = np.uint64(2**52 - 1), np.uint64(2**52)
_EXPONENT = np.uint64(0x7FF)
_PAIRS = np.frombuffer(b"".join(b"%02d" % n for n in range(100)), np.uint8).copy()
_ZERO, _MINUS, _PLUS, _POINT, _E = (np.uint8(byte) for byte in b"0-+.e")
_SEVEN, _SEVEN_DIGITS = 1e7, np.uint64(10**7)
_LEAST_PLAIN, _MOST_PLAIN = 1e-4, 1e8
_NULL = np.frombuffer(b"null", np.uint8).copy()


@numba.njit(cache=True, nogil=True, forceinline=True)
def _product(a: np.uint64, b: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Return the high and the low half of a product of 128 bits."""
    a0, a1, b0, b1 = a & _LOW32, a >> _U32, b & _LOW32, b >> _U32
    low, one, other, high = a0 * b0, a1 * b0, a0 * b1, a1 * b1
    middle = (low >> _U32) + (one & _LOW32) + (other & _LOW32)
    high += (one >> _U32) + (other >> _U32) + (middle >> _U32)
    return high, (low & _LOW32) | (middle << _U32)


@numba.njit(cache=True, nogil=True, forceinline=True)
def _scaled(high: np.uint64, low: np.uint64, factor: np.uint64) -> np.uint64:
    """Return the top of a product of 192 bits, its last bit set if anything was cut off (rop)."""
    carried, _ = _product(low, factor)
    top, middle = _product(high, factor)
    middle += carried
    if middle < carried:
        top += _U1
    return top | (_U1 if middle > _U1 else _U0)


@numba.njit(cache=True, nogil=True)
def _shortest(fraction: np.uint64, exponent: int) -> tuple[np.uint64, int]:
    """Return the digits d and the power k of the shortest decimal d * 10^k of a finite double.

    Args:
        fraction: The 52 bits of its fraction.
        exponent: Its biased exponent.
    """
    if exponent:
        whole, binary = fraction | _HIDDEN, exponent - 1075
    else:
        whole, binary = fraction, -1074
    is_odd = whole & _U1
    middle = whole << _U2
    if fraction == _U0 and exponent > 1:
        # Below a power of two the doubles lie twice as close.
        lower, power = middle - _U1, (binary * 1262611 - 524031) >> 22
    else:
        lower, power = middle - _U2, (binary * 1262611) >> 22
    shift = np.uint64(binary + ((-power * 1741647) >> 19) + 1)
    row = -power - _LEAST_POWER
    high, low = _POWERS[row, 0], _POWERS[row, 1]
    below = _scaled(high, low, lower << shift) + is_odd
    value = _scaled(high, low, middle << shift)
    above = _scaled(high, low, (middle + _U2) << shift) - is_odd
    digits = value >> _U2
    if digits >= _U10:
        shorter = digits // _U10
        fits, next_fits = below <= _U40 * shorter, _U40 * shorter + _U40 <= above
        if fits != next_fits:
            return shorter + (_U1 if next_fits else _U0), power + 1
    fits, next_fits = below <= digits << _U2, (digits << _U2) + _U4 <= above
    if fits != next_fits:
        return digits + (_U1 if next_fits else _U0), power
    half = (digits << _U2) + _U2
    goes_up = value > half or (value == half and digits & _U1 == _U1)
    return digits + (_U1 if goes_up else _U0), power


@numba.njit(cache=True, nogil=True, forceinline=True)
def _length(digits: np.uint64) -> int:
    count, bound = 1, _U10
    while count < 20 and digits >= bound:
        count += 1
        bound *= _U10
    return count


@numba.njit(cache=True, nogil=True)
def _write_digits(out: Text, at: int, digits: np.uint64, count: int) -> int:
    """Write the last `count` digits."""
    end = at + count
    while count >= 2:
        rest = digits // _U100
        pair = np.int64(digits - rest * _U100) * 2
        count -= 2
        out[at + count], out[at + count + 1] = _PAIRS[pair], _PAIRS[pair + 1]
        digits = rest
    if count:
        out[at] = _ZERO + np.uint8(digits % _U10)
    return end


@numba.njit(cache=True, nogil=True)
def write_padded(out: Text, at: int, value: int, count: int) -> int:
    """Write a whole number from 0 on with `count` digits."""
    return _write_digits(out, at, np.uint64(value), count)


@numba.njit(cache=True, nogil=True)
def write_integer(out: Text, at: int, value: int) -> int:
    """Write a whole number of 64 bits."""
    digits = np.uint64(value)
    if value < 0:
        out[at] = _MINUS
        at += 1
        digits = _U0 - digits
    return _write_digits(out, at, digits, _length(digits))


@numba.njit(cache=True, nogil=True)
def write_number(out: Text, at: int, value: float) -> int:
    """Write a double as Python's `repr` does, and `null` for what JSON cannot say."""
    size = abs(value)
    if _LEAST_PLAIN <= size < _MOST_PLAIN:
        # Of at most 15 digits only one decimal reads as a double: found so, it is the shortest.
        fixed = np.rint(size * _SEVEN)
        if fixed / _SEVEN == size:
            return _write_fixed(out, at, value < 0, np.uint64(fixed))
    return _write_any(out, at, value)


@numba.njit(cache=True, nogil=True, forceinline=True)
def _write_fixed(out: Text, at: int, is_negative: bool, fixed: np.uint64) -> int:
    """Write a number of seven decimals, as most coordinates are, without zeros at its end."""
    if is_negative:
        out[at] = _MINUS
        at += 1
    whole = fixed // _SEVEN_DIGITS
    at = _write_digits(out, at, whole, _length(whole))
    out[at] = _POINT
    at = _write_digits(out, at + 1, fixed - whole * _SEVEN_DIGITS, 7)
    while out[at - 1] == _ZERO and out[at - 2] != _POINT:
        at -= 1
    return at


@numba.njit(cache=True, nogil=True)
def _write_any(out: Text, at: int, value: float) -> int:
    word = np.float64(value).view(np.uint64)
    fraction, exponent = word & _FRACTION, np.int64((word >> _U52) & _EXPONENT)
    if exponent == 0x7FF:
        for i in range(4):
            out[at + i] = _NULL[i]
        return at + 4
    if word >> _U63:
        out[at] = _MINUS
        at += 1
    if exponent == 0 and fraction == _U0:
        out[at], out[at + 1], out[at + 2] = _ZERO, _POINT, _ZERO
        return at + 3
    digits, power = _shortest(fraction, exponent)
    while digits % _U10 == _U0:
        digits //= _U10
        power += 1
    count = _length(digits)
    if -4 <= power + count - 1 < 16:
        return _write_plain(out, at, digits, count, power)
    return _write_scientific(out, at, digits, count, power)


@numba.njit(cache=True, nogil=True)
def _write_plain(out: Text, at: int, digits: np.uint64, count: int, power: int) -> int:
    if power >= 0:
        at = _write_digits(out, at, digits, count)
        for _ in range(power):
            out[at] = _ZERO
            at += 1
        out[at], out[at + 1] = _POINT, _ZERO
        return at + 2
    before = count + power
    if before <= 0:
        out[at], out[at + 1] = _ZERO, _POINT
        at += 2
        for _ in range(-before):
            out[at] = _ZERO
            at += 1
        return _write_digits(out, at, digits, count)
    # All digits stand one place to the right; those before the point move back.
    end = _write_digits(out, at + 1, digits, count)
    for i in range(at, at + before):
        out[i] = out[i + 1]
    out[at + before] = _POINT
    return end


@numba.njit(cache=True, nogil=True)
def _write_scientific(out: Text, at: int, digits: np.uint64, count: int, power: int) -> int:
    end = _write_digits(out, at + 1, digits, count)
    out[at] = out[at + 1]
    if count > 1:
        out[at + 1] = _POINT
    else:
        end = at + 1
    out[end] = _E
    tens = power + count - 1
    out[end + 1] = _MINUS if tens < 0 else _PLUS
    tens = abs(tens)
    return _write_digits(out, end + 2, np.uint64(tens), 3 if tens > 99 else 2)
