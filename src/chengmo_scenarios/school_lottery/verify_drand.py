"""Verify a round of the drand beacon with nothing but Python: BLS signatures on BLS12-381.

    python verify_drand.py quicknet 123 SIGNATURE
    python verify_drand.py default 72785 SIGNATURE PREVIOUS_SIGNATURE

A round's signature is `H(message)` times a key that no single member of the League of Entropy has;
it is checked by one equation of pairings, and the randomness is its SHA-256. Sources: RFC 9380
(hashing to the curve, with its constants), draft-irtf-cfrg-pairing-friendly-curves (curve, point
format), the public keys of both chains as drand publishes them. It only ever checks public values,
so it need not hide anything by running in constant time. Takes about half a second.
"""

import base64
import hashlib
import sys
from dataclasses import dataclass

P = int(
    "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf"
    "6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab",
    16,
)
ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
# The curve's parameter is minus this.
PARAMETER = 0xD201000000010000
# The first byte of a compressed finite point begins so.
COMPRESSED = 0b10000000


class BeaconFault(ValueError):
    """A signature that is not that of the round."""


@dataclass(slots=True)
class Pair:
    """An element a + b·u of the field of P² elements, where u² = -1; plain numbers have b = 0."""

    a: int
    b: int = 0

    def __add__(self, other: "Pair") -> "Pair":
        return Pair((self.a + other.a) % P, (self.b + other.b) % P)

    def __sub__(self, other: "Pair") -> "Pair":
        return Pair((self.a - other.a) % P, (self.b - other.b) % P)

    def __mul__(self, other: "Pair") -> "Pair":
        a = self.a * other.a - self.b * other.b
        return Pair(a % P, (self.a * other.b + self.b * other.a) % P)

    def inverse(self) -> "Pair":
        """Return one over it, or zero for zero."""
        norm = (self.a * self.a + self.b * self.b) % P
        norm = pow(norm, -1, P) if norm else 0
        return Pair(self.a * norm % P, -self.b * norm % P)

    def power(self, exponent: int) -> "Pair":
        """Return it multiplied by itself so often."""
        result = ONE
        for bit in f"{exponent:b}":
            result = result * result * self if bit == "1" else result * result
        return result

    def is_odd(self) -> bool:
        """Return its sign as RFC 9380 defines it (sgn0)."""
        return bool(self.a & 1 if self.a else self.b & 1)

    def root(self, degree: int) -> "Pair | None":
        """Return a square root among the numbers of P or P² elements, if there is one."""
        if degree == 1:
            found = Pair(pow(self.a, (P + 1) // 4, P))
        else:
            part = self.power((P - 3) // 4)
            found, sign = part * self, part * part * self
            found = found * (U if sign == MINUS_ONE else (ONE + sign).power((P - 1) // 2))
        return found if found * found == self else None


ZERO, ONE, U, MINUS_ONE = Pair(0), Pair(1), Pair(0, 1), Pair(P - 1)
# A point: its two coordinates; `None` is the point at infinity.
Point = tuple[Pair, Pair] | None
TWELVE = list[int]


def _unpack(text: str) -> list[int]:
    data = base64.b64decode(text)
    return [int.from_bytes(data[i : i + 48], "big") for i in range(0, len(data), 48)]


# RFC 9380, appendices E.2 and E.3: the coefficients of the 11-isogeny (55 numbers) and of the
# 3-isogeny (15 pairs), constant terms first, x numerator, x denominator, y numerator, y denominator
# each; then a and b of the curve that the 11-isogeny starts from; then the generators of G1 and G2.
_NUMBERS = _unpack(
    "EaBfKx6DM0C4CRAd2ZgVhWswPoii1wBf8mJ7Vs204shWEMLV8uYtbq6sFmJzRkm3FylO0+lDqy8FiLqyIUeoHHwX51sv"
    "aoQX9WXjPHDR6GtIOPKm8xjDVug07vGzy4O7DVQAXbl2eOwdEEjF0QqaG84DJHMpWYPlaHjlAexo4lyVjD49Kglyn+AX"
    "n52sntywF3jnFm/MbbdOBgnTB+VUEtf15GVqjb8l8bMyifGzMINTNuJc4xBxk8WziGQdm2hhDplyajGZ9ENmQrSz5BGO"
    "VJnbmVoSV/s/CG7rZZgvrBiYWihvMB53xFEVTOmsiJXZFjDDJQ1zE/8B0SAb96dKtds8sX3ZUnmbntOrkJfmj5Cghw0t"
    "yuc9Gc0TwcZvZSmDDW7WVT/kTSlqNybDiuZSv7EVhiZPD4zhkAjiGPnIayqNolEowQUuyt3X8iWhOe2EF7gedwGr2+Lo"
    "dDiE0RF+UzVt5asnW02xpoLGLvDydTM5t8j4yPR1r5zLVhjj8MiOCA088fmnj8R7kLM1Y76ZDcQ7dWznn1V0osWWySjF"
    "0d5PopXylrdOlW1xmGqEl+MXFpsfjhvPp8QuDDdRXROPIt0uy4A6DFyZZ2MUuvS7G3+jGQsu3AMneX8kEGe+OQyeEDId"
    "oHnOB+Jy2OwJ0lZbDfp9zN3meH+W1QrzYAOxSGb2m3cfjChd7Mpn3z8WBft7BuCMJI4mDnC9HpYjge3uPTHXnX4iyDe8"
    "I8C/G8JMa2jCSxuAtk05H6nIui6LotIpCMqNVIz/Ga4YsuYvS9P6bwHV70ujW0i6nJWIYX/IrGK1WNaBvjQ9+Jk8+fpA"
    "0hscElYaXetVnENItHESmOU2NnBB6MoM8IAMASbCWIxIv1cT2qiEbLAm6eXIJ27IKzv/Cyli/lejIl6BN+Ypv/KZH2+J"
    "QW9acYzR/KZOALEazqzWo9CWfJT+3PzCObpcuD4ZA0JVgaWK4v7IOq/vfEDrVFsIJD8WsWVRVMyoq8KNb9BJdtUkPuz1"
    "xBMN6JONxizYE6jhYgIpFKgKbx1fQ+egff/fx1mhIGK7jWtE6DOzBtqb0puoHzV4HVOdOVs1MqIeDnNV+OTmZ7lVOQ9/"
    "BQbG6TlXNenOnK1NCkO87yS4mC90ANJLxCKPEcAt+aKfYwSlB3LKrPFpNhkPPgxj4FlnIVcPV5mvU6GJTi4HMGKu3pzq"
    "c7NTjw3gbOwldElu6Eo6FKesKp1kqLIws/WwdM8BmW5/Y8IbymioGZbhzfmCLFgPpblInRHi0xH32Zu9zFpeChDs9q2l"
    "T4Jekgs9r8ejzOB/jR1xYTZrdBANpn85iDUDgmaSq7pDcEd27Dp5odZBCV/BOrnpKtRHbW4+s6VmgPaCtO6W99A3dt9T"
    "OXjzHBWTF05LS3hlAC1jhNFo7N0KAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB"
    "CQ2XyBuiTuAlnR8JSYDc+hGtE45IqGlSK1KvbJVlQ9PNDHrumzujwr6YRXGXB7szE0mWoQTuWBHVEDbXdvtGgxIj6Wwl"
    "Tzg9D5BjQ+tnrTTWxWcRli+ov+CX51ouQcaWAMx4a6qWbmb0o4TIajtJlCVS4tZYoxziw0S+S5FADafSbVIWKLAFI7jf"
    "4kDHLeH2AfhjduiYHCF4mHUa2HRnV9Qqp7kO63kcCeSj7AMlHPneQFq6nsYd7KY1XHew5fTLCMwD/e/g/xNcr0/iohUp"
    "xBlVNvvjzlC4eYM/0iE1Gtwu5/jcCZBAqEG22uzy6P7bFmA/ykBjS2oiEeEduPCmoHSn0NSvrbe9dlBcPTrVVE4gP2Mm"
    "yVqAcpmyOrE2M6XwBKsLm8+sG7yyyXfQJ3lrPOdbuMor4YTLUjFBPE1jTzdHqHrCRg9BXslh+IVf6dbyCYfI1TM6uG/e"
    "mSa9LKbGdBcKBb/jvdgf/QONpsJshCZC9kVQ/t/pNaFeTKMYcPspCfxAGL2WaEvojJ4iHk2hu486vRZnncJsHotuah8g"
    "yr5p1lIBx4YHo2A3Dld726WHDhu6ehGGvbUiOr3nraFKI8QqDKeRWvb+BpheftHk1DubP3BV3U66byuvquvKcxwwGXE+"
    "R5N80b4N/QuPHUP7k80vy8tsr0k/0Rg+QWOJ5hAxvzpczj+6/OgTcRrQEcEyGLRqkI829t65GMFD/tLtzFI1Wbiq8MJG"
    "Lmv+f5EfZDJJ2c30G0TWBs4HyKTQB02OCxgsrBAbk5nRVQlgBPU/RHqnsSo0JrCOwCcQ6Ae0Yz8GyFHBkZIR8g1MBPAL"
    "lx74AkWjlK0eypty/ACue+MV3HV7OwgNTBWAE+ZjLTxAZZzGz5CtHCMqZELZ0/XbmAEzBcEpZF5EzxECoVn3SMSj/F5n"
    "PYHX6GVo2asPXTlqfORroQSbZXmvt4ZrHnFUdSJLFea+TpkPA85OpQs7Qt8utcsYHY+Ello5V63U+pWvAbK2ZQJ+/sAc"
    "dwS0Vr5pyLYEFhEsTDqcmLJSGBFA+tDq6WAabeV4mAvm7sMjK1vnLnoH82iO9gwgbQFHklOwNmPBGWLXXCOBIB4aDL1s"
    "Q8NIuIXIT/cxxNWcpKEDVvRT4B94pCYHY1KeNTL2ECwuSaA9BY3zMGZA2idvqq59bo6xV3jEhVVRrn8xDDWl3Sec0uym"
    "dXzWNvlviR4lOLU9v2fyFrfSiHmOU5XyDSO/ie200dEVxdvdvNMOEj2kiecmr0Fyc2TywoKXrajSbZhEX1QWC+DgeVRf"
    "Q+SwDMkS+CKN3MbRnJ8PabuwVC7aD8neyRaiCxXcD9Lt7do5FCMRpQAdCNnlKXGG2y2fsmbqrHgxgrcBUsZVUNiBxezY"
    "e28PWmRJ842536nM4gLGR3+q+besFmAHwIqZ2y/Duoc0rOmCS17s/fqNDPjvXdNlvEAKAFHV+pwBpYsfuT0aE5kSandc"
    "FqPvCL4+p+oDvN36u6b/buWkN176H0/X/rNP0gY1cTK5IPWwCAHe5GDuQVoVgS7ZGGbI7TNsYSMaG+VP0ddMxPn7DOTG"
    "r1kgq8V1DEvzm0hSz+L3u5JIg2sjPZ1VU11KFnpVzacKbhzqggWX2UqEkDIW92PhPYe7UwhZLn6n1PvHOF6j1SmzXjRu"
    "9Iu4kT9VBNLyWe6kBb1I8BCgGtKRHZxt0Dm7YaYpDlkbNuY2pchxpcKfT4MGBAD4tJy6j2qoCsy7Z0gdAz/1hSweSMUM"
    "R3+U/4rvzkLSjA+aiM6nkTUW+WiYb3676paEtSniVhCSCta5UUx2f+PDYTFEtF8UllQzRtmK3wImfVzu+aANm4aTAAdj"
    "47kKwR6ZsThXM0XMAmYEAOsuTztii90NU8128r9WW5TnKSfBy3SN8nlCSA5CBRe9hxTMgNH63BMm7Qb3Dg+h2BbdwD5r"
    "JCVeDXgZwXHED2Xic7hTMk781jVsqiBcovVw8TSXgEQVRzodY0uPAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAABBcdZUH6OMz67W3qaR9fthTLFLTn9OgQqiLWEI8UK4V1cJjjjQ9nHHGI4qqqqqpfWBcdZ"
    "UH6OMz67W3qaR9fthTLFLTn9OgQqiLWEI8UK4V1cJjjjQ9nHHGI4qqqqqpfWAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEVYL8XuqmbwyEm/O14fIj5hPh633rgx/miCMa08gpBgUcqqpy41VVSap////"
    "/8caEVYL8XuqmbwyEm/O14fIj5hPh633rgx/miCMa08gpBgUcqqpy41VVSap/////8ceCKsF+L3VTN4ZCTfna8PkR8wn"
    "w9b71wY/zRBGNaeQUgwKOVVU5caqqpNU/////+ONFx1lQfo4zPrtbeppH1+2FMsUtOf06BCqItYQjxQrhXVwmOOND2cc"
    "cYjiqqqqql7RAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAGgER6jl/5ppLG6e2Q0us12R3S4TzhRK/ZzDSoPaw9iQe"
    "q//+sVP//7n+/////6pjAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAMGgER6jl/"
    "5ppLG6e2Q0us12R3S4TzhRK/ZzDSoPaw9iQeq//+sVP//7n+/////6qfAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "FTBHfHq0ETtZpMGLB20Rkw99pdSgf2Sb9UQ52H0n5QD8jCXr+MkvaBLPxxxxxtcGFTBHfHq0ETtZpMGLB20Rkw99pdSg"
    "f2Sb9UQ52H0n5QD8jCXr+MkvaBLPxxxxxtcGAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAABcdZUH6OMz67W3qaR9fthTLFLTn9OgQqiLWEI8UK4V1cJjjjQ9nHHGI4qqqqqpe+EVYL8XuqmbwyEm/O14fI"
    "j5hPh633rgx/miCMa08gpBgUcqqpy41VVSap/////8ccCKsF+L3VTN4ZCTfna8PkR8wnw9b71wY/zRBGNaeQUgwKOVVU"
    "5caqqpNU/////+OPEkya1Dts95v79wQ944Ea0HYbDzeh4mKGsOl3xpqidFJOeQl6VtxL2eGzcccccYsQAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAGgER6jl/5ppLG6e2Q0us12R3S4TzhRK/ZzDSoPaw"
    "9iQeq//+sVP//7n+/////6j7GgER6jl/5ppLG6e2Q0us12R3S4TzhRK/ZzDSoPaw9iQeq//+sVP//7n+/////6j7AAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAGgER6jl/5ppLG6e2Q0us12R3S4TzhRK/"
    "ZzDSoPaw9iQeq//+sVP//7n+/////6nTAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAASGgER6jl/5ppLG6e2Q0us12R3S4TzhRK/ZzDSoPaw9iQeq//+sVP//7n+/////6qZAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAABRGmKO46UM9aToCyW1JgrDqmFOD7mao2OiYGu/YgayYk2+NoOD5f1z0KAgtWEwdEuKQjRFogDABixLo"
    "dT7uOyAWwfDyT0BwoLnBT87zXvVaIyFaMWzqpdHMSOmOFyvgF/HTpzGX15QmlWOMT6msD8NojE+XdLkFoU46PxcbrFhs"
    "Veg/+Xoa7/s68ArbIsa7CLP0geOqoPGgnjDtdB2K5Pz14JXV0Ar2ANsYyywEs+3QPMdEooiK5AyqIylGxefhAkqisvCP"
    "CpEmCAUnLcUQUcbketT6QDsCtFELZHrj0XcLrAMmqAW779SAVsjBIb24E+ArYFJxn2B9rNOgiCdPZVlr0NCZILYatdph"
    "u9x/UEkzTPESE5RdV+WsfQVdBCt+DOXVJ3J9bhGMyc3G2i41Gq39m6qMvdOnbUKaaVFg0SySOsnMO6yiieGTVIYIuCgB"
    "BgbEoC6nNMwyrNKwK8KLmcs+KH6Fp2OvJnSSq1cumas/Nw0nXOwdoaqpB1/wX3m+"
)
# What clears the cofactor of G2 (RFC 9380, section 8.8.2).
_COFACTOR_2 = int(
    "bc69f08f2ee75b3584c6a0ea91b352888e2a8e9145ad7689986ff031508ffe1329c2f178731db956"
    "d82bf015d1212b02ec0ec69d7477c1ae954cbc06689f6a359894c0adebbf6b4e8020005aaa95551",
    16,
)


@dataclass(frozen=True)
class Group:
    """A group on y² = x³ + b over the field of P^degree, and how texts are hashed to it.

    `a_iso`, `b_iso` and `z` belong to the map, `isogeny` leads from its curve to this one, and
    `name` keeps the hash apart from all others.
    """

    degree: int
    b: Pair
    a_iso: Pair
    b_iso: Pair
    z: Pair
    isogeny: list[list[Pair]]
    cofactor: int
    generator: Point
    name: str


def _split(numbers: list[int], degree: int, lengths: tuple[int, ...]) -> list[list[Pair]]:
    pairs = [Pair(*numbers[i : i + degree]) for i in range(0, len(numbers), degree)]
    starts = [sum(lengths[:i]) for i in range(len(lengths))]
    return [pairs[s : s + length] for s, length in zip(starts, lengths, strict=True)]


G1 = Group(
    degree=1,
    b=Pair(4),
    a_iso=Pair(_NUMBERS[85]),
    b_iso=Pair(_NUMBERS[86]),
    z=Pair(11),
    isogeny=_split(_NUMBERS[:55], 1, (12, 11, 16, 16)),
    cofactor=PARAMETER + 1,
    generator=(Pair(_NUMBERS[87]), Pair(_NUMBERS[88])),
    name="BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_",
)
G2 = Group(
    degree=2,
    b=Pair(4, 4),
    a_iso=Pair(0, 240),
    b_iso=Pair(1012, 1012),
    z=Pair(P - 2, P - 1),
    isogeny=_split(_NUMBERS[55:85], 2, (4, 3, 4, 4)),
    cofactor=_COFACTOR_2,
    generator=(Pair(*_NUMBERS[89:91]), Pair(*_NUMBERS[91:])),
    name="BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_",
)


def add(first: Point, second: Point, a: Pair = ZERO) -> Point:
    """Return the sum of two points of a curve y² = x³ + a·x + b."""
    if first is None or second is None:
        return first or second
    (x1, y1), (x2, y2) = first, second
    if x1 == x2:
        if y1 != y2 or y1 == ZERO:
            return None
        slope = (Pair(3) * x1 * x1 + a) * (y1 + y1).inverse()
    else:
        slope = (y2 - y1) * (x2 - x1).inverse()
    x = slope * slope - x1 - x2
    return x, slope * (x1 - x) - y1


def times(factor: int, point: Point) -> Point:
    """Return the point added to itself so often."""
    result: Point = None
    for bit in f"{factor:b}":
        result = add(result, result)
        result = add(result, point) if bit == "1" else result
    return result


def read_point(data: bytes, group: Group) -> Point:
    """Return the point of a compressed form; it lies on the curve and in the right subgroup.

    Raises:
        BeaconFault: If it does not, or the form is wrong.
    """
    if len(data) != 48 * group.degree or data[0] & 0b11000000 != COMPRESSED:
        raise BeaconFault("a point has the wrong form")
    parts = [int.from_bytes(data[i : i + 48], "big") for i in range(0, len(data), 48)]
    parts[0] %= 1 << 381
    if max(parts) >= P:
        raise BeaconFault("a coordinate is too large")
    x = Pair(*reversed(parts))
    y = (x * x * x + group.b).root(group.degree)
    if y is None:
        raise BeaconFault("a point is not on the curve")
    is_larger = (y.b or y.a) > P // 2
    point = (x, y if is_larger == bool(data[0] & 0b00100000) else ZERO - y)
    if times(ORDER, point) is not None:
        raise BeaconFault("a point is not in the subgroup")
    return point


def expand(message: bytes, name: bytes, length: int) -> bytes:
    """Return `length` bytes from a message (RFC 9380, expand_message_xmd with SHA-256)."""
    name += bytes([len(name)])
    first = hashlib.sha256(bytes(64) + message + length.to_bytes(2, "big") + b"\0" + name).digest()
    block, blocks = bytes(32), b""
    for i in range(1, -(-length // 32) + 1):
        mixed = bytes(x ^ y for x, y in zip(first, block, strict=True))
        block = hashlib.sha256(mixed + bytes([i]) + name).digest()
        blocks += block
    return blocks[:length]


def map_to_curve(u: Pair, group: Group) -> Point:
    """Return the point of a field element (RFC 9380, simplified SWU and isogeny)."""
    a, b, zu = group.a_iso, group.b_iso, group.z * u * u
    mix = (zu * zu + zu).inverse()
    x = b * (group.z * a).inverse() if mix == ZERO else (ZERO - b) * a.inverse() * (ONE + mix)
    y = (x * x * x + a * x + b).root(group.degree)
    if y is None:
        x = zu * x
        y = (x * x * x + a * x + b).root(group.degree)
    if y is None:
        raise BeaconFault("no point for a field element: this cannot happen")
    y = y if y.is_odd() == u.is_odd() else ZERO - y
    values: list[Pair] = []
    for polynomial in group.isogeny:
        value = ZERO
        for coefficient in reversed(polynomial):
            value = value * x + coefficient
        values.append(value)
    return values[0] * values[1].inverse(), y * values[2] * values[3].inverse()


def hash_to_curve(message: bytes, group: Group) -> Point:
    """Return the point that a message is hashed to (RFC 9380, random oracle)."""
    data = expand(message, group.name.encode(), 128 * group.degree)
    numbers = [int.from_bytes(data[i : i + 64], "big") % P for i in range(0, len(data), 64)]
    u, v = Pair(*numbers[: group.degree]), Pair(*numbers[group.degree :])
    return times(group.cofactor, add(map_to_curve(u, group), map_to_curve(v, group)))


def multiply(first: TWELVE, second: TWELVE) -> TWELVE:
    """Return the product in the field of P¹² elements: 12 coefficients of w, w¹² = 2 w⁶ - 2."""
    wide = [0] * 23
    for i, x in enumerate(first):
        if x:
            for j, y in enumerate(second):
                wide[i + j] += x * y
    for i in range(22, 11, -1):
        wide[i - 6] += 2 * wide[i]
        wide[i - 12] -= 2 * wide[i]
    return [value % P for value in wide[:12]]


def line(at: tuple[Pair, Pair], slope: Pair, point: tuple[Pair, Pair]) -> TWELVE:
    """Return the line through `at` of the twist, at `point` of the curve, times w³.

    The twist's (x, y) stands for (x / w², y / w³), and u for w⁶ - 1; w³ does not matter, for its
    power by the final exponent is one.
    """
    value = [0] * 12
    parts = ((0, slope * at[0] - at[1]), (2, ZERO - slope * point[0]), (3, point[1]))
    for shift, part in parts:
        value[shift] = (part.a - part.b) % P
        value[shift + 6] = part.b
    return value


def pair_up(point: Point, twisted: Point) -> TWELVE:
    """Return Miller's function of a point of G1 and one of G2, up to what the last step removes."""
    if point is None or twisted is None:
        return [1, *[0] * 11]
    result, at = [1, *[0] * 11], twisted
    for bit in f"{PARAMETER:b}"[1:]:
        slope = Pair(3) * at[0] * at[0] * (at[1] + at[1]).inverse()
        result = multiply(multiply(result, result), line(at, slope, point))
        at = add(at, at) or at
        if bit == "1":
            slope = (twisted[1] - at[1]) * (twisted[0] - at[0]).inverse()
            result = multiply(result, line(at, slope, point))
            at = add(at, twisted) or at
    return result


def is_one(value: TWELVE) -> bool:
    """Return whether the power (P¹² - 1) / ORDER of a product of Miller's functions is one."""
    result = [1, *[0] * 11]
    for bit in f"{(P**12 - 1) // ORDER:b}":
        result = multiply(result, result)
        result = multiply(result, value) if bit == "1" else result
    return result == [1, *[0] * 11]


# The public keys, as drand publishes them.
_QUICKNET_KEY = (
    "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c"
    "8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb"
    "5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
)
_DEFAULT_KEY = (
    "868f005eb8e6e4ca0a47c8a77ceaa5309a47978a7c71bc5cce96366b5d7a5699"
    "37c529eeda66c7293784a9402801af31"
)
# Public key; the group its signatures lie in; that of the key; whether rounds are chained.
CHAINS: dict[str, tuple[str, Group, Group, bool]] = {
    "quicknet": (_QUICKNET_KEY, G1, G2, False),
    "default": (_DEFAULT_KEY, G2, G1, True),
}

# When the first round was, in seconds since 1970, and how many seconds lie between two.
BEATS = {"quicknet": (1692803367, 3), "default": (1595431050, 30)}


def time_of(chain: str, round_: int) -> int:
    """Return when a round exists, in seconds since 1970: what is to be fixed must be so before."""
    genesis, period = BEATS[chain]
    return genesis + (round_ - 1) * period


def randomness_of(chain: str, round_: int, signature: str, previous: str = "") -> str:
    """Return the randomness of a round, hexadecimal digits, if its signature is right.

    Raises:
        BeaconFault: If it is not.
    """
    public, signing, keeping, is_chained = CHAINS[chain]
    try:
        signed, before = bytes.fromhex(signature), bytes.fromhex(previous)
    except ValueError as error:
        raise BeaconFault("a signature is not of hexadecimal digits") from error
    if bool(before) != is_chained:
        raise BeaconFault("the previous signature is for chained rounds, and needed there")
    message = hashlib.sha256(before + round_.to_bytes(8, "big")).digest()
    point, key = read_point(signed, signing), read_point(bytes.fromhex(public), keeping)
    hashed, minus = hash_to_curve(message, signing), times(ORDER - 1, keeping.generator)
    sides = [(point, minus), (hashed, key)]
    if signing is G2:
        sides = [(minus, point), (key, hashed)]
    if not is_one(multiply(pair_up(*sides[0]), pair_up(*sides[1]))):
        raise BeaconFault("the signature is not that of this round")
    return hashlib.sha256(signed).hexdigest()


if __name__ == "__main__":
    print(randomness_of(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))  # noqa: T201 - a command
