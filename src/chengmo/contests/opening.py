"""What is looked at before a contest is opened."""

import secrets
from collections.abc import Iterable

from chengmo.catalog.dataset import Dataset
from chengmo.contests.contest import Contest
from chengmo.contests.hidden import Hidden
from chengmo.contests.metric import unfit_targets
from chengmo.contests.split import public_rows
from chengmo.contests.store import SECRET_BYTES
from chengmo.errors import InvalidRequest
from chengmo.sharing.policy import ALL_DATASETS, Policy

# Fewer rows than this on a side, and one row would move its score by a lot.
LEAST_ROWS = 10


def check_hidden(dataset: Dataset, policies: Iterable[Policy]) -> None:
    """Pass if a dataset is shared with nobody.

    Raises:
        InvalidRequest: If it is, naming by what.
    """
    about = {dataset.id, ALL_DATASETS}
    permits = [each.id for each in policies if each.effect == "permit" and each.dataset in about]
    if permits or (dataset.sharing, dataset.opening) != ("none", "none"):
        why = f"by policy '{permits[0]}'" if permits else "by its sharing or opening type"
        raise InvalidRequest(
            f"'{dataset.id}' is to be hidden, and is shared {why}",
            hint="what is hidden is shared with nobody: take the rule back",
        )


def secret_for(contest: Contest, hidden: Hidden) -> bytes:
    """Draw the secret of the public rows.

    Raises:
        InvalidRequest: If there are too few rows for two sides that can be scored.
    """
    secret = secrets.token_bytes(SECRET_BYTES)
    public = public_rows(
        hidden.keys, secret=secret, contest=contest.id, fraction=contest.public_fraction
    )
    for side in (hidden.target[public], hidden.target[~public]):
        if side.size < LEAST_ROWS:
            raise InvalidRequest(
                f"the hidden dataset has {len(hidden.keys)} rows: too few for two sides",
                hint=f"a side takes {LEAST_ROWS} rows and more; change the fraction, or add rows",
            )
        unfit = unfit_targets(contest.metric, side)
        if unfit is not None:
            raise InvalidRequest(unfit.en, hint=unfit.zh)
    return secret
