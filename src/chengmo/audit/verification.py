"""Whether the log is what it was: chain, columns, checkpoints, copies kept elsewhere."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from chengmo.audit.access import Access
from chengmo.audit.chain import STATED, all_checkpoints, all_rows
from chengmo.audit.checkpoint import Checkpoint, is_signed
from chengmo.audit.verify_audit import Fault, Line, Mark, judge, walk
from chengmo.ledger.database import Transaction
from chengmo.model.decision import Text

WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "deleted": Text(zh="此条目已被删除", en="the entry was deleted"),
        "inserted": Text(
            zh="此处有重复或插入的条目", en="an entry was inserted here or stands twice"
        ),
        "does-not-follow": Text(zh="与前一条目不衔接", en="it does not follow the entry before it"),
        "changed": Text(zh="内容与其哈希不符", en="its content does not fit its hash"),
        "columns": Text(
            zh="检索列与记录内容不符", en="its columns are not those of what it records"
        ),
        "unreadable": Text(zh="记录无法读取", en="what it records cannot be read"),
        "signature": Text(
            zh="此处检查点的签名无效，或签名密钥不受信任",
            en="the checkpoint here is not signed by a trusted key",
        ),
        "cut-off": Text(
            zh="从此条目起被截断：已签名的检查点证明其存在过",
            en="the log is cut off from here: a signed checkpoint says that the entry existed",
        ),
        "rewritten": Text(
            zh="从此条目起某处被改写并重算了哈希链，与已签名的检查点不符",
            en="from here on the chain was made anew: it does not fit a signed checkpoint",
        ),
        "checkpoint-deleted": Text(
            zh="此处的检查点已从数据库中删除", en="the checkpoint here is gone from the database"
        ),
    }
)


@dataclass(frozen=True)
class Finding:
    """Something that is wrong.

    Attributes:
        sequence: Number of the first entry that it concerns.
        slug: One of the keys of `WORDS`.
    """

    sequence: int
    slug: str

    @property
    def text(self) -> Text:
        """What is wrong, in words."""
        return WORDS[self.slug]


@dataclass(frozen=True)
class Verification:
    """What a check of the whole log found.

    Attributes:
        entries: Entries that follow each other without a fault, from the first.
        head: Hash of the last of them: kept elsewhere, it vouches for all before it.
        checkpoints: Different checkpoints that were looked at.
        signed_through: The last entry that a good checkpoint vouches for; what comes after it
            could have been written anew by whoever writes to the database.
        findings: What is wrong, the first entry first.
    """

    entries: int
    head: str
    checkpoints: int
    signed_through: int
    findings: tuple[Finding, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    @property
    def first_wrong(self) -> int | None:
        """Number of the first entry that something is wrong with."""
        return self.findings[0].sequence if self.findings else None


def check(
    transaction: Transaction,
    *,
    kept: Iterable[Checkpoint],
    outside: Iterable[Checkpoint],
    public_keys: Mapping[str, bytes],
) -> Verification:
    """Check the whole log.

    Args:
        transaction: One that reads.
        kept: The checkpoints of the file in the home.
        outside: Those that somebody kept elsewhere.
        public_keys: Whose signatures are good, by key id.
    """
    stored = all_checkpoints(transaction)
    known = {*stored, *kept, *outside}
    marks = [Mark(each.sequence, each.hash, is_signed(each, public_keys)) for each in known]
    bad: list[Finding] = []
    lines = _checked(all_rows(transaction), bad)
    found = walk(lines, frozenset(mark.sequence for mark in marks))
    faults = judge(found, marks)
    bad += [Finding(fault.sequence, fault.what) for fault in faults]
    bad += _deleted(stored, known, marks, faults)
    good = [mark for mark in marks if mark.is_signed and mark.sequence <= found.length]
    vouched = max(
        (mark.sequence for mark in good if found.hashes.get(mark.sequence) == mark.hash), default=0
    )
    ordered = tuple(sorted(set(bad), key=lambda each: (each.sequence, each.slug)))
    return Verification(found.length, found.head, len(known), vouched, ordered)


def _deleted(
    stored: list[Checkpoint], known: set[Checkpoint], marks: list[Mark], faults: list[Fault]
) -> list[Finding]:
    """Return the signed checkpoints that others kept and the database has no longer."""
    if faults:
        # Where the chain itself is broken, this says nothing more.
        return []
    there = {each.sequence for each in stored}
    signed = {mark.sequence for mark in marks if mark.is_signed}
    gone = {each.sequence for each in known} & signed - there
    return [Finding(sequence, "checkpoint-deleted") for sequence in gone]


def _checked(rows: Iterable[sa.Row[Any]], bad: list[Finding]) -> Iterator[Line]:
    """Yield the rows as lines, noting those whose columns are not what they record."""
    for row in rows:
        slug = _fault_in_columns(row)
        if slug is not None:
            bad.append(Finding(row.sequence, slug))
        yield Line(row.sequence, row.previous, row.hash, row.access.encode("utf-8", "replace"))


def _fault_in_columns(row: sa.Row[Any]) -> str | None:
    try:
        plain = json.loads(row.access)
        Access.from_plain(plain)
    except (ValueError, TypeError):
        return "unreadable"
    return None if all(plain[name] == getattr(row, name) for name in STATED) else "columns"
