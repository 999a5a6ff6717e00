"""A text in several languages, as ED-318 carries it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """The same text in several languages.

    Attributes:
        texts: (language tag, text), such as ("zh-CN", "天河机场"); the order is kept.

    Example:
        >>> Wording((("en-GB", "Airport"), ("zh-CN", "机场"))).within("zh")
        '机场'
    """

    texts: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, *, zh: str = "", en: str = "") -> "Wording":
        """Return the wording in Chinese and English, leaving out what is empty."""
        pairs = (("zh-CN", zh), ("en-GB", en))
        return cls(tuple((language, text) for language, text in pairs if text))

    def within(self, language: str) -> str:
        """Return the text in `language` (its first letters count), else the first, else ""."""
        wanted = language.split("-", maxsplit=1)[0].lower()
        for tag, text in self.texts:
            if tag.split("-", maxsplit=1)[0].lower() == wanted:
                return text
        return self.texts[0][1] if self.texts else ""

    def __bool__(self) -> bool:
        """Say whether there is any text."""
        return bool(self.texts)


NO_WORDS = Wording()
