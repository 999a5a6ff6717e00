"""Finding entries by words, Chinese as well as others, without a dictionary.

Two questions are answered. `contains` is that of OGC API - Records: a term is there, letter by
letter. `relevance` is that of a person: the share of the question's pairs of characters (of
Chinese) and words (of other scripts) that an entry holds, title before keywords before the rest.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from chengmo.interfaces.exchange.record import Record

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_RUNS = re.compile(f"[{_HAN}]+|[^\\W_{_HAN}]+")
_FIRST_HAN = re.compile(f"[{_HAN}]")
_WEIGHTS = (3.0, 2.0, 1.0)


def folded(text: str) -> str:
    """Return `text` with letters that differ only in width or case made equal."""
    return unicodedata.normalize("NFKC", text).casefold()


def fields_of(record: Record) -> tuple[tuple[str, ...], ...]:
    """Return the texts of an entry: its titles, its keywords, all else."""
    described = record.description
    return (
        (record.title.zh, record.title.en),
        record.keywords,
        (
            record.id,
            record.steward,
            *((described.zh, described.en) if described else ()),
        ),
    )


def contains(record: Record, terms: Sequence[str]) -> bool:
    """Tell whether a text of the entry holds one of `terms`.

    White space inside a term stands for any white space, so words between which it stands must
    follow each other, as OGC 20-004r1, requirement `q-response`, asks.
    """
    patterns = [
        re.compile(r"\s+".join(re.escape(word) for word in folded(term).split())) for term in terms
    ]
    texts = [folded(text) for texts in fields_of(record) for text in texts]
    return any(pattern.search(text) for pattern in patterns for text in texts)


def grams(text: str) -> frozenset[str]:
    """Return the words of `text`, and of Chinese the pairs of neighbouring characters.

    Example:
        >>> sorted(grams("武昌区 Metro"))
        ['metro', '昌区', '武昌']
    """
    found: set[str] = set()
    for run in _RUNS.findall(folded(text)):
        if len(run) > 1 and _FIRST_HAN.match(run):
            found.update(run[index : index + 2] for index in range(len(run) - 1))
        else:
            found.add(run)
    return frozenset(found)


def relevance(record: Record, question: frozenset[str]) -> float:
    """Return how well an entry answers, from 0 (not at all) to 1 (all of it in the title)."""
    if not question:
        return 0.0
    held = [frozenset[str]().union(*(grams(text) for text in texts)) for texts in fields_of(record)]
    weighted = list(zip(_WEIGHTS, held, strict=True))
    score = sum(
        max((weight for weight, gram in weighted if each in gram), default=0) for each in question
    )
    return score / (_WEIGHTS[0] * len(question))


def ranked(records: Iterable[Record], text: str) -> list[Record]:
    """Return the entries that answer `text`, the best first; all of them where nothing is asked."""
    question = grams(text)
    if not question:
        return list(records)
    scored = [(relevance(record, question), record) for record in records]
    fitting = [(score, record) for score, record in scored if score > 0]
    return [record for _, record in sorted(fitting, key=lambda pair: (-pair[0], pair[1].id))]
