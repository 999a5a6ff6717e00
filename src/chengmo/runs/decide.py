"""What happens in a run's own process: one model, one request, one city, one decision."""

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from chengmo.catalog.city import ArrowCity
from chengmo.contests.published import ARCHIVE_FILE, model_in
from chengmo.errors import ContractError, InvalidRequest, RunFailed, UnknownModel
from chengmo.ledger import canonical_bytes
from chengmo.model import ModelDecision, VerticalModel
from chengmo.model.discovery import discover_models
from chengmo.model.progress import listening
from chengmo.runs.environment import code_digest
from chengmo.runs.validation import validate_request

ENTRY = "chengmo.runs.decide:decide"
WARM_UP = "chengmo.runs.decide:warm_up"


@cache
def _models() -> Mapping[str, VerticalModel]:
    return discover_models()


@cache
def _code(model_id: str) -> str:
    return code_digest(_models()[model_id])


def warm_up() -> None:
    """Load every model, and remember what its files were at that moment."""
    for model_id in _models():
        _code(model_id)
    # The first conversion looks for pandas and, where it is installed, loads it: half a second.
    pa.chunked_array([[0]]).to_numpy()


def decide(
    arguments: Mapping[str, Any], folder: Path, report: Callable[[str, float], None]
) -> bytes:
    """Return the canonical bytes of the decision of a model.

    Args:
        arguments: `model` id, `request` as JSON, `code`: fingerprint of the scenario's files,
            `archive`: what a model is whose code lies in `folder`; null for an installed one.
        folder: Arrow files of the datasets, as the catalogue wrote them.
        report: Called with a stage and the share of it that is done.

    Raises:
        UnknownModel: If there is no such model any more.
        RunFailed: If the scenario's files are not those that the server knows.
        ContractError: If the model gives anything but its decision.
    """
    model = _model_of(arguments, folder)
    request = validate_request(model, arguments["request"])
    # A model that draws without a seed of its own shall still draw the same every time.
    np.random.seed(0)  # noqa: NPY002 - it is the global state that is meant
    city = ArrowCity.open(folder, model.datasets_of(request))
    with listening(report):
        decision: object = model.decide(request, city)
    if not isinstance(decision, model.decision_type):
        wanted = model.decision_type.__name__
        raise ContractError(
            f"'{model.id}' returned a {type(decision).__name__}, not its {wanted}",
            hint="return the class that the function's annotation names",
        )
    return _bytes_of(decision, model)


def _model_of(arguments: Mapping[str, Any], folder: Path) -> VerticalModel:
    if arguments.get("archive"):
        brought = model_in(folder, arguments["archive"])
        return _checked(brought, (folder / ARCHIVE_FILE).read_bytes())
    model = _models().get(arguments["model"])
    if model is None:
        raise UnknownModel(
            f"there is no model '{arguments['model']}' any more", hint="install its scenario again"
        )
    if _code(model.id) != arguments["code"]:
        raise RunFailed(
            f"the files of '{model.id}' have changed since the server started",
            hint="restart the server, so that the record names the code that decides",
        )
    return model


def _checked(model: VerticalModel, code: bytes) -> VerticalModel:
    if model.archive is None or hashlib.sha256(code).hexdigest() != model.archive.sha256:
        raise RunFailed(
            f"the code of '{model.id}' is not what was published",
            hint="look at the database of contests: something has changed it",
        )
    return model


def _bytes_of(decision: ModelDecision, model: VerticalModel) -> bytes:
    try:
        return canonical_bytes(decision)
    except InvalidRequest as error:
        raise ContractError(
            f"the decision of '{model.id}' cannot be written down: {error.message}",
            hint=error.hint,
        ) from error
