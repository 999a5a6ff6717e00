"""Score what waits: read the file apart, hold it against the hidden rows, write the scores down."""

import logging
import tempfile
import threading
from pathlib import Path

from chengmo.audit import Access, AuditLog
from chengmo.catalog.catalogue import Catalog
from chengmo.compute.jail import jail_environment
from chengmo.contests.archive import is_package
from chengmo.contests.contest import Contest, OpenedContest
from chengmo.contests.hidden import Hidden, canonical_keys, read_hidden, rows_to_predict
from chengmo.contests.metric import METRICS, Numbers
from chengmo.contests.package import PackageStopped, PackageTask, ask_package
from chengmo.contests.package_store import PackageStore
from chengmo.contests.prediction import Predictions, Unfit, aligned, read_predictions
from chengmo.contests.queue import Queue
from chengmo.contests.split import public_rows
from chengmo.contests.store import ContestStore
from chengmo.contests.submission import Claim, Scores
from chengmo.errors import ChengmoError, PlatformError
from chengmo.sharing.used import treatment_of

_LOOK_EVERY_S = 5.0
_logger = logging.getLogger(__name__)


class Scorer:
    """Scores submissions, one after another. Several processes may each have one."""

    def __init__(
        self, store: ContestStore, catalog: Catalog, audit: AuditLog, queue: Queue | None = None
    ) -> None:
        self.queue = queue or Queue(store)
        self._store = store
        self._packages = PackageStore(store)
        self._catalog = catalog
        self._audit = audit
        self._hidden: dict[str, Hidden] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Score in a thread of its own, beginning with what waits already."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._stopping.clear()
                self._thread = threading.Thread(
                    target=self._work, name="chengmo-contests", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """End the thread after the submission in hand."""
        self._stopping.set()
        self._wake.set()
        with self._lock:
            if self._thread is not None:
                self._thread.join()
                self._thread = None

    def wake(self) -> None:
        """Tell the thread, if there is one, that something waits."""
        self._wake.set()
        if self._thread is not None and not self._stopping.is_set():
            # A fault of the programme may have ended it: that must not stop the contest.
            self.start()

    def score_next(self) -> bool:
        """Score the oldest submission that waits; False if none does.

        Raises:
            PlatformError: If the platform is to blame; the submission waits for another attempt.
        """
        claim = self.queue.claim()
        if claim is None:
            return False
        opened, secret = self._store.contest(claim.contest)
        try:
            scores = self._scores(claim, opened, secret)
        except Unfit as error:
            if isinstance(error, PackageStopped):
                self._packages.report(claim.id, error.log, jail_environment())
            self.queue.fail(claim, error.reason)
            self._write_down(claim, opened, "unfit")
            return True
        except PlatformError:
            self.queue.give_back(claim)
            raise
        self._write_down(claim, opened, "scored")
        self.queue.finish(claim, opened.contest, scores)
        return True

    def _scores(self, claim: Claim, opened: OpenedContest, secret: bytes) -> Scores:
        contest = opened.contest
        if is_package(claim.name):
            predicted = self._predicted(claim, opened)
        else:
            # Before the hidden rows are looked at: a file that is unfit never meets them.
            found = read_predictions(claim.content, claim.name, contest, rows=opened.rows)
            predicted = aligned(found, self.hidden_of(opened).keys, contest)
        return score(contest, self.hidden_of(opened), predicted, secret)

    def _predicted(self, claim: Claim, opened: OpenedContest) -> Numbers:
        """Run a package in its jail and return one prediction for each hidden row."""
        with tempfile.TemporaryDirectory(prefix="chengmo-contest-") as scratch:
            task = self._task(claim, opened, Path(scratch))
            values, log = ask_package(task)
        self._packages.report(claim.id, log, jail_environment())
        found = Predictions(canonical_keys(task.rows, opened.contest.keys), values)
        return aligned(found, self.hidden_of(opened).keys, opened.contest)

    def _task(self, claim: Claim, opened: OpenedContest, scratch: Path) -> PackageTask:
        contest, terms = opened.contest, self._packages.terms(claim.id)
        editions = [
            self._catalog.edition(name, used.version, treatment_of(used))
            for name, used in terms.datasets.items()
        ]
        self._catalog.snapshot_city(editions, scratch)
        hidden = self._catalog.dataset(contest.hidden, opened.version)
        return PackageTask(
            content=claim.content,
            train={name: scratch / f"{name}.arrow" for name in terms.datasets},
            rows=rows_to_predict(self._catalog, contest, hidden),
            target=contest.target,
            seed=terms.seed,
            shows_all=not contest.features,
        )

    def hidden_of(self, opened: OpenedContest) -> Hidden:
        """Return the hidden rows of a contest; of the last one asked for they stay in memory."""
        contest = opened.contest
        found = self._hidden.get(contest.id)
        if found is None:
            dataset = self._catalog.dataset(contest.hidden, opened.version)
            found = read_hidden(self._catalog, contest, dataset)
            self._hidden = {contest.id: found}
        return found

    def _write_down(self, claim: Claim, opened: OpenedContest, reason: str) -> None:
        self._audit.record(
            Access(
                actor="platform",
                via="run",
                action="contest",
                verdict="allowed",
                dataset=opened.contest.hidden,
                version=opened.version,
                purpose="contest",
                reason=reason,
                rows=0,
                detail={"contest": claim.contest, "submission": claim.id},
            )
        )

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                while self.queue.is_waiting() and self.score_next():
                    if self._stopping.is_set():
                        return
            except ChengmoError:
                _logger.exception("a submission could not be scored; another attempt follows")
            self._wake.wait(_LOOK_EVERY_S)


def score(contest: Contest, hidden: Hidden, predicted: Numbers, secret: bytes) -> Scores:
    """Return the exact scores of the public and of the private rows."""
    public = public_rows(
        hidden.keys, secret=secret, contest=contest.id, fraction=contest.public_fraction
    )
    compute = METRICS[contest.metric].compute
    return Scores(
        public=compute(hidden.target[public], predicted[public]),
        private=compute(hidden.target[~public], predicted[~public]),
    )
