"""A report as plain blocks in one language: what a page and a sheet of paper have in common."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from chengmo.model.decision import Text
from chengmo.sharing.decision import CHINA

Language = Literal["zh", "en"]
Tone = Literal["plain", "good", "bad"]


@dataclass(frozen=True)
class Block:
    """Rows under headings.

    Attributes:
        headings: One for each column.
        rows: Texts, as many a row as there are headings.
        widths: How much room each column gets, relative to the others.
        empty: What is said where there are no rows.
        title: What the rows are.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    empty: str
    title: str = ""


@dataclass(frozen=True)
class Section:
    """One chapter: a sentence, facts, tables."""

    title: str
    lead: str = ""
    facts: Sequence[tuple[str, str]] = ()
    blocks: Sequence[Block] = ()
    tone: Tone = "plain"


@dataclass(frozen=True)
class Document:
    """A whole report in one language."""

    title: str
    lead: str
    language: Language
    sections: Sequence[Section] = field(default_factory=tuple[Section, ...])


@dataclass(frozen=True)
class Speech:
    """How values are said in one language."""

    language: Language

    def say(self, text: Text | None) -> str:
        """Return the sentence in this language; nothing for None."""
        if text is None:
            return ""
        return text.zh if self.language == "zh" else text.en

    def join(self, texts: Sequence[str]) -> str:
        """Return texts as one, with the marks of this language between them."""
        return ("；" if self.language == "zh" else "; ").join(text for text in texts if text)

    def time(self, instant: str | None) -> str:
        """Return an RFC 3339 instant as the clocks of China show it (UTC+8), to the second."""
        if not instant:
            return ""
        return f"{datetime.fromisoformat(instant).astimezone(CHINA):%Y-%m-%d %H:%M:%S}"

    def number(self, value: int | None) -> str:
        """Return a number of things; nothing for None, which is not known."""
        return "" if value is None else f"{value:,}"
