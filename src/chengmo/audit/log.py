"""The audit log: a line in the journal at once, an entry of the chain a moment later."""

import logging
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from chengmo.audit.access import Access
from chengmo.audit.chain import SCHEMA_VERSION, append, checkpoints, create, head, last_checkpoint
from chengmo.audit.checkpoint import (
    CHECKPOINTS_FILE,
    PUBLIC_KEYS_FILE,
    Checkpoint,
    Signer,
    parse_checkpoints,
    read_public_keys,
)
from chengmo.audit.export import write_export
from chengmo.audit.journal import Journal, Segment
from chengmo.audit.search import AuditEntry, AuditQuery, find
from chengmo.audit.undertaking import remember
from chengmo.audit.verification import Verification, check
from chengmo.errors import LakeUnavailable, LedgerBroken
from chengmo.ledger.database import Database, Transaction

FOLDER = "audit"
_WAIT_AFTER_FAILURE_S = 5.0
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class AuditSettings:
    """How the log is kept.

    Attributes:
        fsync: Whether each access is on the disk, not only with the kernel, before its answer
            leaves: survives a loss of power, and costs milliseconds each.
        seal_every_s: How long accesses wait in the journal before they join the
        checkpoint_entries: After so many entries a checkpoint is signed.
        checkpoint_s: And after so many seconds, if there was any entry.
    """

    fsync: bool = False
    seal_every_s: float = 1.0
    checkpoint_entries: int = 1_000
    checkpoint_s: float = 60.0


class AuditLog:
    """Every access, in order. Safe to use from many threads and many processes."""

    def __init__(
        self, database: Database, home: Path, settings: AuditSettings | None = None
    ) -> None:
        """Open the log, and take over what processes that were killed had in their journals.

        Args:
            database: Of the operational state.
            home: Folder of the platform: journals, key and checkpoint file lie in `home/audit`.
            settings: None for the usual.

        Raises:
            LakeUnavailable: If the database or the folder cannot be used.
        """
        self.database = database
        self.folder = home / FOLDER
        self.settings = settings or AuditSettings()
        database.ensure("audit", SCHEMA_VERSION, create)
        self._journal = Journal(self.folder / "journal", fsync=self.settings.fsync)
        self._unsealed: list[Segment] = []
        self._sealing = threading.Lock()
        self._pending = threading.Event()
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._signer: Signer | None = None
        self._signed = time.monotonic()
        self._unsigned = False
        self.recover()

    def record(self, access: Access) -> None:
        """Write `access` down; call it once for each access, before the answer leaves.

        When this returns, the access survives the end of this process, `kill -9` included.

        Raises:
            PlatformError: If it cannot be written: then nothing may leave.
        """
        self._journal.append(access.canonical() + b"\n")
        remember(access)
        if not self._pending.is_set():
            self._pending.set()
            if self._thread is None:
                self._start()

    def seal(self) -> int:
        """Move what the journal of this process holds into the chain; return how many entries.

        Raises:
            LakeUnavailable: If the database does not answer; the journal keeps what it has.
        """
        with self._sealing:
            self._unsealed += self._journal.take()
            count = 0
            while self._unsealed:
                count += self._seal(self._unsealed[0])
                self._unsealed.pop(0)
            self._unsigned = self._unsigned or count > 0
            if self._unsigned and self._is_checkpoint_due():
                self._sign()
            return count

    def recover(self) -> int:
        """Take over the journals of processes that are gone; return how many entries they gave.

        Raises:
            LakeUnavailable: If the database does not answer.
        """
        with self._sealing:
            count = 0
            for segment in self._journal.left_behind():
                try:
                    count += self._seal(segment)
                except LakeUnavailable:
                    segment.leave()
                    raise
            self._unsigned = self._unsigned or count > 0
            return count

    def checkpoint(self) -> Checkpoint | None:
        """Sign how long the log is now; None if the last checkpoint says so already.

        Raises:
            LakeUnavailable: If the database, the key or the file cannot be used.
        """
        self.seal()
        with self._sealing:
            return self._sign()

    def search(self, query: AuditQuery | None = None) -> list[AuditEntry]:
        """Return the entries that fit, the newest first, those just written included.

        Raises:
            InvalidQuery: If the limit makes no sense.
            LakeUnavailable: If the database does not answer.
        """
        self.seal()
        with self.database.read() as transaction:
            return find(transaction, query or AuditQuery())

    def verify(
        self, *, outside: Iterable[Path] = (), public_keys: Path | None = None
    ) -> Verification:
        """Look for any change, deletion, insertion, new order or cut-off end.

        Args:
            outside: Files of checkpoints that somebody kept elsewhere.
            public_keys: File of the keys to trust, kept elsewhere; None for the home's own.

        Raises:
            LedgerBroken: If a file of checkpoints or keys cannot be read.
            LakeUnavailable: If the database does not answer.
        """
        self.seal()
        keys_file = public_keys or self.folder / PUBLIC_KEYS_FILE
        try:
            # The checkpoints first: one that is made meanwhile must find its entry.
            kept = _checkpoints_of(self.folder / CHECKPOINTS_FILE, must_exist=False)
            others = [each for path in outside for each in _checkpoints_of(path)]
            keys = read_public_keys(keys_file)
        except (OSError, ValueError) as error:
            raise LedgerBroken(
                f"the checkpoints of the audit cannot be read: {error}",
                hint="compare the files with the copies kept elsewhere",
            ) from error
        with self.database.read() as transaction:
            return check(transaction, kept=kept, outside=others, public_keys=keys)

    def export(self, folder: Path) -> Path:
        """Write the whole log for an outside auditor, with all that is needed to check it.

        Raises:
            LakeUnavailable: If the database does not answer or the folder cannot be written.
        """
        self.checkpoint()
        with self.database.read() as transaction:
            return write_export(transaction, self.folder, folder)

    def close(self) -> None:
        """Seal what is left and sign it. What cannot be sealed waits for the next opening."""
        self._stopping.set()
        self._pending.set()
        if self._thread is not None:
            self._thread.join()
        try:
            self.seal()
            if self._unsigned:
                self.checkpoint()
        except LakeUnavailable:
            _logger.exception("the audit's journal stays for the next opening")
            for segment in [*self._unsealed, *self._journal.take()]:
                segment.leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None and not self._stopping.is_set():
                self._thread = threading.Thread(target=self._work, name="audit", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while not self._stopping.is_set():
            # Sleeps as long as there is nothing to seal or to sign.
            self._pending.wait(self._patience_s())
            self._stopping.wait(self.settings.seal_every_s)
            self._pending.clear()
            try:
                self.seal()
            except LakeUnavailable:
                _logger.exception("the audit's journal could not be sealed: it will be tried again")
                self._pending.set()
                self._stopping.wait(_WAIT_AFTER_FAILURE_S)

    def _patience_s(self) -> float | None:
        if not self._unsigned:
            return None
        return max(0.0, self._signed + self.settings.checkpoint_s - time.monotonic())

    def _seal(self, segment: Segment) -> int:
        """Put a file of the journal into the chain and delete it."""
        try:
            with self.database.write() as transaction:
                count = append(self.database, transaction, segment.lines())
        except ValueError:
            # Not ours, or damaged: the accesses after it must not wait for it for ever.
            _logger.exception("the journal %s cannot be read: set aside", segment.path)
            segment.set_aside()
            return 0
        segment.discard()
        return count

    def _is_checkpoint_due(self) -> bool:
        if time.monotonic() - self._signed >= self.settings.checkpoint_s:
            return True
        with self.database.read() as transaction:
            last, _ = head(transaction)
            return last - last_checkpoint(transaction) >= self.settings.checkpoint_entries

    def _sign(self) -> Checkpoint | None:
        self._signer = self._signer or Signer(self.folder)
        with self.database.write() as transaction:
            self.database.lock_order(transaction)
            signed = self._sign_head(transaction, self._signer)
        if signed is not None:
            # After the commit: a checkpoint of entries that never came would cry wolf.
            self._signer.keep(signed)
        self._signed, self._unsigned = time.monotonic(), False
        return signed

    def _sign_head(self, transaction: Transaction, signer: Signer) -> Checkpoint | None:
        sequence, entry_hash = head(transaction)
        if sequence <= last_checkpoint(transaction):
            return None
        signed = signer.sign(sequence, entry_hash)
        values = {column.name: getattr(signed, column.name) for column in checkpoints.c}
        transaction.execute(sa.insert(checkpoints).values(values))
        return signed


def _checkpoints_of(path: Path, *, must_exist: bool = True) -> list[Checkpoint]:
    with suppress(*([] if must_exist else [FileNotFoundError])):
        return parse_checkpoints(path.read_bytes())
    return []
