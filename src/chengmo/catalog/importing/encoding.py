"""Which bytes mean which letters: guess the encoding of a text file and read it as UTF-8."""

import codecs
import io
import re
from pathlib import Path
from typing import BinaryIO

from chengmo.errors import UnreadableFile

SAMPLE_BYTES = 256 * 1024
CHUNK_BYTES = 1 << 22
_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# GB 2312 level 1 holds the 3755 hanzi in daily use, Big5 level 1 its 5401.
_GB_FIRST, _GB_LAST, _GB_SECOND = 0xB0, 0xD7, 0xA1
_BIG5_FIRST, _BIG5_LAST = 0xA4, 0xC6
_MOSTLY = 0.9
_FEW = 0.05
_HIGH = 0x80
# Python escapes byte xx as U+DCxx; as U+10FExx it can be UTF-8.
_TO_PRIVATE = 0x10FE00 - 0xDC00
_ESCAPED = re.compile("[\udc80-\udcff]")
BROKEN = "[\U0010fe80-\U0010feff]"
_PRIVATE = re.compile(BROKEN)


def guess_encoding(path: Path) -> str:
    """Return the encoding of a text file, judged by its beginning, middle and end.

    Byte order marks decide; then UTF-8 if (nearly) all of the sample is; then UTF-16 by its zero
    bytes; then GB 18030 or Big5 by the share of hanzi in daily use that each would give.
    """
    samples = _samples(path)
    for mark, name in _BOMS:
        if samples[0].startswith(mark):
            return name
    sample = b"".join(samples)
    return _wide(sample) or guess_bytes(sample)


def guess_bytes(sample: bytes) -> str:
    """Return utf-8, gb18030 or big5, whichever a piece of text without zero bytes is in."""
    wrong, right = _utf8_balance(sample)
    if wrong <= _FEW * right:
        return "utf-8"
    return "big5" if _looks_like_big5(sample) else "gb18030"


def check_encoding(name: str) -> str:
    """Return the name of a text encoding unchanged.

    Raises:
        UnreadableFile: If Python has no such text encoding.
    """
    try:
        "".encode(name)
    except (LookupError, UnicodeError) as error:
        raise UnreadableFile(
            f"there is no text encoding '{name}'", hint="use utf-8, gb18030, utf-16 or big5"
        ) from error
    return name


class Utf8Stream(io.RawIOBase):
    """The bytes of a text file, turned into valid UTF-8 while they are read.

    A byte that means nothing in the encoding comes out as one of 128 letters of the last private
    plane (`BROKEN`), which real text does not use: whoever reads rows finds the broken ones, and
    `show_broken` their bytes, without losing the others.

    Attributes:
        bytes_read: Bytes of the file behind what was given out.
        has_zeros: Whether a zero byte has been seen in the text.
        has_broken: Whether a broken byte has been seen.
    """

    def __init__(self, path: Path, encoding: str) -> None:
        super().__init__()
        self._file: BinaryIO = path.open("rb")
        self._decoder = codecs.getincrementaldecoder(encoding)("surrogateescape")
        # Nothing needs decoding in ASCII pieces of encodings that extend it.
        self._is_ascii_like = encoding.startswith(("utf-8", "gb", "big5"))
        self._ready = memoryview(b"")
        self._at_start = True
        self.bytes_read = 0
        self.has_zeros = False
        self.has_broken = False

    def readable(self) -> bool:
        """Tell that this is for reading."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # typeshed wants its private WriteableBuffer
        """Fill `buffer` with UTF-8 and return the number of bytes, fewer only at the end.

        Arrow takes each read for a block, and a block must not be smaller than a row.
        """
        filled = 0
        while filled < len(buffer) and (self._ready or self._refill()):
            count = min(len(buffer) - filled, len(self._ready))
            buffer[filled : filled + count] = self._ready[:count]
            self._ready = self._ready[count:]
            filled += count
        return filled

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def _refill(self) -> bool:
        chunk = self._file.read(CHUNK_BYTES)
        self.bytes_read += len(chunk)
        data = self._converted(chunk)
        if self._at_start and data:
            data, self._at_start = data.removeprefix(codecs.BOM_UTF8), False
        self.has_zeros = self.has_zeros or b"\0" in data
        self._ready = memoryview(data)
        return bool(chunk)

    def _converted(self, chunk: bytes) -> bytes:
        nothing_kept = self._is_ascii_like and not self._decoder.getstate()[0]
        if nothing_kept and chunk.isascii():
            return chunk
        try:
            text = self._decoder.decode(chunk, final=not chunk)
        except UnicodeError as error:
            # UTF-16 and UTF-32 know no surrogateescape for half a letter.
            raise UnreadableFile(
                f"the text breaks off: {error}", hint="save it as UTF-8 and hand it over again"
            ) from error
        try:
            return text.encode()
        except UnicodeEncodeError:
            self.has_broken = True
            return _ESCAPED.sub(lambda found: chr(ord(found[0]) + _TO_PRIVATE), text).encode()


def show_broken(text: str) -> str:
    r"""Return text with its broken and zero bytes written out, as `\xff`."""
    shown = _PRIVATE.sub(lambda found: f"\\x{ord(found[0]) & 0xFF:02x}", text)
    return shown.replace("\0", "\\x00")


def read_head(path: Path, encoding: str, size: int) -> str:
    """Return about the first `size` bytes as text, wrong bytes replaced."""
    with path.open("rb") as file:
        head = file.read(size)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    return text.removeprefix("\ufeff")


def _samples(path: Path) -> list[bytes]:
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
        samples = [head if size <= SAMPLE_BYTES else head[: head.rfind(b"\n") + 1] or head[:-8]]
        for start in (size // 2, size - SAMPLE_BYTES // 4):
            if start > SAMPLE_BYTES:
                file.seek(start)
                samples.append(_whole_lines(file.read(SAMPLE_BYTES // 4)))
    return samples


def _whole_lines(piece: bytes) -> bytes:
    first, last = piece.find(b"\n"), piece.rfind(b"\n")
    return piece[first:last] if 0 <= first < last else b""


def _wide(sample: bytes) -> str:
    # UTF-16 without a mark: digits, separators and line ends have a zero beside them.
    zeros_even, zeros_odd = sample[0::2].count(0), sample[1::2].count(0)
    if zeros_odd > len(sample) * _FEW and zeros_even < zeros_odd * _FEW:
        return "utf-16-le"
    if zeros_even > len(sample) * _FEW and zeros_odd < zeros_even * _FEW:
        return "utf-16-be"
    return ""


def _utf8_balance(sample: bytes) -> tuple[int, int]:
    try:
        return 0, len(sample.decode())
    except UnicodeDecodeError:
        text = sample.decode("utf-8", "surrogateescape")
    wrong = sum("\udc80" <= letter <= "\udcff" for letter in text)
    return wrong, sum(letter >= "\x80" for letter in text) - wrong


def _looks_like_big5(sample: bytes) -> bool:
    gb = big5 = pairs = index = 0
    while index + 1 < len(sample):
        first, second = sample[index], sample[index + 1]
        if first < _HIGH:
            index += 1
            continue
        pairs += 1
        gb += _GB_FIRST <= first <= _GB_LAST and second >= _GB_SECOND
        big5 += _BIG5_FIRST <= first <= _BIG5_LAST
        index += 2
    return gb < big5 and gb < _MOSTLY * pairs and big5 >= _MOSTLY * pairs
