"""Walk through a JSON text of any length, one record at a time.

Read are: a GeoJSON FeatureCollection, one Feature or geometry, an array of features or plain
objects, and texts with one JSON value a line (newline-delimited or RFC 8142 sequences). Only one
record is held at a time.
"""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from chengmo.catalog.importing.encoding import Utf8Stream
from chengmo.errors import UnreadableFile

_STEP = 1 << 20
_BLANK = re.compile(r"[ \t\r\n\x1e]*")
_SHOWN = 200


@dataclass(frozen=True)
class Broken:
    """A line that is no JSON."""

    text: str
    why: str


@dataclass
class JsonStream:
    """The records of one JSON text.

    Attributes:
        file_name: For messages.
        stream: The text in UTF-8.
        most_letters: The longest record.
        outer: Members of the collection besides its features, such as `crs`.
        is_lines: Whether there is one value a line.
    """

    file_name: str
    stream: Utf8Stream
    most_letters: int
    outer: dict[str, Any] = field(default_factory=dict[str, Any])
    is_lines: bool = False

    def __post_init__(self) -> None:
        self._decoder = json.JSONDecoder()
        self._letters = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._at = 0
        self._ended = False
        self._number = 0

    def records(self) -> Iterator[Any]:
        """Yield each record as parsed, or `Broken` for a line that is no JSON.

        Raises:
            UnreadableFile: If the text breaks off or is no JSON where lines cannot be told apart.
        """
        start = self._peek()
        if start == "[":
            yield from self._array()
        elif start == "{":
            yield from self._first_object()
        while self._peek():
            self.is_lines = True
            yield self._line()

    def _first_object(self) -> Iterator[Any]:
        """Walk through the members, so that `features` need not be held as a whole."""
        self._expect("{")
        members: dict[str, Any] = {}
        streamed = False
        while self._peek() != "}":
            key = self._value()
            self._expect(":")
            if key == "features" and self._peek() == "[":
                streamed = True
                self.outer.update(members)
                yield from self._array()
            else:
                members[str(key)] = self._value()
            if self._peek() == ",":
                self._expect(",")
            elif self._peek() != "}":
                self._fail("a comma is missing")
        self._expect("}")
        self.outer.update(members)
        if not streamed:
            yield members

    def _array(self) -> Iterator[Any]:
        self._expect("[")
        while self._peek() != "]":
            yield self._value()
            if self._peek() == ",":
                self._expect(",")
            elif self._peek() != "]":
                self._fail("a comma is missing")
        self._expect("]")

    def _line(self) -> Any:
        try:
            return self._value()
        except UnreadableFile as error:
            end = self._text.find("\n", self._at)
            end = len(self._text) if end < 0 else end
            broken = Broken(self._text[self._at : end], error.message)
            self._at = end
            return broken

    def _value(self) -> Any:
        self._peek()
        step = _STEP
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self.is_lines and "\n" in self._text[self._at :]:
                    self._fail(error.msg)
                if self._ended or len(self._text) - self._at > self.most_letters:
                    self._fail(error.msg)
            else:
                # A number at the very end may go on in the next piece.
                if end < len(self._text) or self._ended:
                    self._at, self._number = end, self._number + 1
                    return value
            self._fill(step)
            step *= 2

    def _peek(self) -> str:
        while True:
            blank = _BLANK.match(self._text, self._at)
            self._at = blank.end() if blank else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if self._ended:
                return ""
            self._fill(_STEP)

    def _expect(self, letter: str) -> None:
        if self._peek() != letter:
            self._fail(f"'{letter}' is missing")
        self._at += 1

    def _fill(self, size: int) -> None:
        data = self.stream.read(size) or b""
        self._ended = not data
        self._text = self._text[self._at :] + self._letters.decode(data, final=self._ended)
        self._at = 0

    def _fail(self, why: str) -> None:
        near = self._text[self._at : self._at + _SHOWN].encode("utf-8", "replace").decode()
        what = "breaks off" if self._ended and len(near) < _SHOWN else "is no JSON"
        raise UnreadableFile(
            f"'{self.file_name}' {what} after value {self._number} ({why}) near: {near[:80]}",
            hint="the file was probably cut off or edited by hand: export it again",
        )
