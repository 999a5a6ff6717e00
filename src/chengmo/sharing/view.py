"""The catalogue as one actor may see it for one purpose: the only way to rows for every way in.

A view finds datasets by the sharing rules: what is not permitted is not there, what is permitted
under a treatment is the treated edition. Filters, sorts, counts, tiles and exports are then asked
of what was found, so they need no rule of their own. Every taking of rows is written down first.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from chengmo.audit import Action
from chengmo.audit.access import Plain
from chengmo.catalog.catalogue import Catalog
from chengmo.catalog.dataset import Dataset
from chengmo.catalog.noise import NoisyCount, can_draw
from chengmo.catalog.rows import Rows, Shelves, Taking
from chengmo.catalog.treatment import Treatment, check_treatment, edition_digest
from chengmo.errors import InvalidRequest, SharingDenied, UnknownDataset
from chengmo.sharing.allowance import Allowance
from chengmo.sharing.decision import (
    CHINA,
    Question,
    Verdict,
    decide,
    may_know_of,
    now,
)
from chengmo.sharing.notes import Asker, Notes, is_everybodys
from chengmo.sharing.policy_store import PolicySet
from chengmo.sharing.release import ReleaseStore


@dataclass(frozen=True)
class Granted:
    """A version that may be seen, and as what.

    Attributes:
        dataset: The version itself, or its treated edition.
        verdict: Why.
    """

    dataset: Dataset
    verdict: Verdict


@dataclass(frozen=True, eq=False)
class View(Rows):
    """Datasets as one asker may see them. It lives as long as one request."""

    catalog: Catalog
    policies: PolicySet
    notes: Notes
    allowance: Allowance
    releases: ReleaseStore
    asker: Asker
    clock: Callable[[], datetime] = now
    _granted: dict[tuple[str, int | None], Granted] = field(
        default_factory=dict[tuple[str, int | None], Granted]
    )

    @property
    def shelves(self) -> Shelves:  # pyright: ignore[reportIncompatibleVariableOverride] - read only here
        """Where rows are read from."""
        return self.catalog.shelves

    def datasets(self) -> list[Dataset]:
        """Return the newest version, or its edition, of every dataset that may be seen."""
        seen: list[Dataset] = []
        guarded: list[Dataset] = []
        for each in self.catalog.datasets():
            verdict = self.verdict(each)
            # One policy that fits its dataset no more must not take the others from the list.
            with suppress(SharingDenied):
                seen += [self._shown(each, verdict)] if verdict.allowed else []
            if verdict.allowed and not is_everybodys(each, verdict):
                guarded.append(each)
        self.notes.listing("seen", guarded, self._day())
        return seen

    def known(self) -> list[Dataset]:
        """Return the datasets that may be known of, whether or not their rows may be seen."""
        actor = self.asker.actor
        found = [each for each in self.catalog.datasets() if may_know_of(actor, each)]
        guarded = [each for each in found if each.opening != "unconditional"]
        self.notes.listing("known of", guarded, self._day())
        return found

    def dataset(self, id: str, version: int | None = None) -> Dataset:  # noqa: A002 - the word
        """Return a version of a dataset as it may be seen, the newest if none is named.

        Of a treated dataset only the newest version is there: what differs between two versions
        would tell of single rows.

        Raises:
            UnknownDataset: If there is none that the asker may know of.
            SharingDenied: If the asker may know of it, and not see it.
        """
        return self.grant(id, version).dataset

    def versions(self, id: str) -> list[Dataset]:  # noqa: A002 - the word
        """Return all versions that may be seen, oldest first.

        Raises:
            UnknownDataset: If there is none that the asker may know of.
            SharingDenied: If the asker may know of it, and not see it.
        """
        newest = self.dataset(id)
        return [newest] if newest.edition else self.catalog.versions(id)

    def grant(self, id: str, version: int | None = None) -> Granted:  # noqa: A002 - the word
        """Return a version and why it may be seen; see `dataset`."""
        key = (id, version)
        if key not in self._granted:
            found = self.catalog.dataset(id)
            verdict = self._permit(found)
            if version not in {None, found.version}:
                if not verdict.treatment.is_nothing:
                    raise _no_version(id, found.version)
                found = self.catalog.dataset(id, version)
            granted = Granted(self._shown(found, verdict), verdict)
            self.notes.look(granted.dataset, verdict, self._day())
            self._granted[key] = self._granted[id, granted.dataset.version] = granted
        return self._granted[key]

    def same_edition(self, id: str, version: int, edition: str) -> Dataset:  # noqa: A002 - the word
        """Return an old version as it was seen in a run, if it would be treated alike today.

        Raises:
            UnknownDataset: If there is none that the asker may know of.
            SharingDenied: If the asker may not see it, or not as it was seen then.
        """
        newest = self.catalog.dataset(id)
        treatment = self._permit(newest).treatment
        old = self.catalog.dataset(id, version)
        today = "" if treatment.is_nothing else edition_digest(old, treatment)
        if today not in {"", edition}:
            raise SharingDenied(
                f"version {version} of '{id}' may not be used as it was then: the rules changed",
                hint="ask the same of today's data instead",
            )
        return old

    @property
    def treated(self) -> tuple[Dataset, ...]:
        """The treated editions that were granted so far, by id: the answer made of them says so."""
        found = {each.dataset.id: each.dataset for each in [*self._granted.values()]}
        return tuple(found[name] for name in sorted(found) if found[name].edition)

    def verdict(self, dataset: Dataset) -> Verdict:
        """Decide about one dataset."""
        asker = self.asker
        question = Question(asker.actor, dataset, asker.purpose, self.clock(), asker.scope)
        return decide(question, self.policies.policies)

    def take(self, how: Taking, dataset: Dataset, rows: int | None) -> None:
        """Write down that rows are taken, and count them where a policy says so.

        Raises:
            SharingDenied: If the day's rows have been taken.
        """
        verdict = self.grant(dataset.id, dataset.version).verdict
        self._spend(dataset, verdict)
        if verdict.rows_per_day is not None:
            self._count(dataset, rows, verdict.rows_per_day)
        self.write_down(how, dataset, rows=rows)

    def take_for_run(self, dataset: Dataset, run: str) -> None:
        """Write down, and count, that a run reads every row.

        Raises:
            SharingDenied: If the day's rows have been taken.
        """
        self.count_all_rows(dataset)
        self.write_down("run", dataset, rows=dataset.row_count, run=run)

    def take_again_for_run(self, dataset: Dataset, edition: str, run: str) -> None:
        """Write down, and count, that a run reads a version again that `same_edition` gave.

        Raises:
            SharingDenied: If the day's rows have been taken.
        """
        verdict = self.verdict(self.catalog.dataset(dataset.id))
        read = dataset.model_copy(update={"edition": edition})
        self._spend(read, verdict)
        if verdict.rows_per_day is not None:
            self._count(dataset, dataset.row_count, verdict.rows_per_day)
        self.write_down("run", read, verdict=verdict, run=run)

    def count_all_rows(self, dataset: Dataset) -> None:
        """Count every row, where a policy counts them: for whoever may make anything of them.

        Raises:
            SharingDenied: If the day's rows have been taken.
        """
        verdict = self.grant(dataset.id, dataset.version).verdict
        self._spend(dataset, verdict)
        if verdict.rows_per_day is not None:
            self._count(dataset, dataset.row_count, verdict.rows_per_day)

    def write_down(
        self,
        action: Action,
        dataset: Dataset,
        *,
        rows: int | None = None,
        verdict: Verdict | None = None,
        run: str = "",
        detail: Mapping[str, Plain] | None = None,
    ) -> None:
        """Write one access down."""
        decided = verdict or self.grant(dataset.id, dataset.version).verdict
        self.notes.taking(action, dataset, decided, rows=rows, run=run, detail=detail)

    def _day(self) -> str:
        return self.clock().astimezone(CHINA).date().isoformat()

    def _permit(self, dataset: Dataset) -> Verdict:
        verdict = self.verdict(dataset)
        if verdict.allowed:
            return verdict
        self.write_down("describe", dataset, verdict=verdict)
        if may_know_of(self.asker.actor, dataset):
            raise _denied(dataset, verdict)
        # As long, and in the same words, as for a dataset that is not there.
        self.catalog.versions_known.refresh()
        raise no_dataset(dataset.id)

    def _shown(self, dataset: Dataset, verdict: Verdict) -> Dataset:
        treatment = verdict.treatment
        if treatment.is_nothing:
            return dataset
        if isinstance(treatment.space, NoisyCount) and not can_draw():
            # Never the exact counts instead.
            raise SharingDenied(
                f"'{dataset.id}' may not be used: what draws the noise that its policy asks for is "
                "not installed",
                hint='ask the operator for it: pip install "chengmo[dp]"',
            )
        try:
            check_treatment(_fitting(treatment, dataset), dataset)
        except InvalidRequest as error:
            # A newer version may have lost a column that its policy names.
            raise SharingDenied(
                f"'{dataset.id}' may not be used: its policy does not fit it any more",
                hint="ask its steward to state the policy anew",
            ) from error
        return self.catalog.editions.of(dataset, _fitting(treatment, dataset))

    def _spend(self, dataset: Dataset, verdict: Verdict) -> None:
        """Count what a release with noise costs whoever gets it: the organisation as one."""
        space = verdict.treatment.space
        if isinstance(space, NoisyCount):
            actor = self.asker.actor
            whose = f"organisation:{actor.organisation}" if actor.organisation else ""
            self.releases.spend(
                whose or f"account:{actor.id}", dataset.id, dataset.edition, space, self.clock()
            )

    def _count(self, dataset: Dataset, rows: int | None, most: int) -> None:
        if rows is None:
            raise SharingDenied(
                f"'{dataset.id}' is shared by the row: what is not counted cannot be had",
                hint="ask for its rows instead",
            )
        if rows:
            self.allowance.take(self.asker.actor.id, dataset.id, self._day(), rows=rows, most=most)


def no_dataset(dataset: str) -> UnknownDataset:
    """Return the error for a dataset that is not there, or that nobody is to know of."""
    return UnknownDataset(
        f"there is no dataset '{dataset}'", hint="see what there is: chengmo datasets"
    )


def _no_version(dataset: str, newest: int) -> UnknownDataset:
    return UnknownDataset(
        f"of '{dataset}' only version {newest} may be seen", hint="leave out the version"
    )


def _denied(dataset: Dataset, verdict: Verdict) -> SharingDenied:
    steward = f", {dataset.steward}," if dataset.steward else ""
    return SharingDenied(
        f"'{dataset.id}' may not be used: {verdict.reason.en} ({verdict.reason.zh})",
        hint=f"request its use from its steward{steward} or sign in as somebody who may",
    )


def _fitting(treatment: Treatment, dataset: Dataset) -> Treatment:
    """Leave out what is done to columns that this version does not have."""
    names = {column.name for column in dataset.columns}
    only = treatment.only
    return treatment.model_copy(
        update={
            "columns": {name: how for name, how in treatment.columns.items() if name in names},
            "only": None if only is None else tuple(name for name in only if name in names),
        }
    )
