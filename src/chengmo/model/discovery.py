"""Find the models: the folder is the registry. This is the platform's only dynamic import."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from types import ModuleType

from chengmo.errors import ContractError
from chengmo.model.contract import VerticalModel

ENTRY_POINT_GROUP = "chengmo.scenarios"


def discover_models() -> Mapping[str, VerticalModel]:
    """Return every model of every scenario package, by id.

    A scenario package is named by an entry point of the group `chengmo.scenarios`; each folder in
    it that has a `model` is one. The same wheel's own scenarios come in by the same door.

    Raises:
        ContractError: If a scenario breaks the contract or two have the same id.
    """
    models: dict[str, VerticalModel] = {}
    for package_name in sorted({entry.value for entry in entry_points(group=ENTRY_POINT_GROUP)}):
        for model in _models_in(package_name):
            if model.id in models:
                raise ContractError(
                    f"two scenarios are called '{model.id}'",
                    hint=f"rename the folder of {models[model.id].module} or {model.module}",
                )
            models[model.id] = model
    return dict(sorted(models.items()))


def _models_in(package_name: str) -> Iterator[VerticalModel]:
    package = _imported(package_name)
    if isinstance(getattr(package, "model", None), VerticalModel):
        yield package.model
        return
    for info in pkgutil.iter_modules(package.__path__):
        if not info.ispkg:
            continue
        folder = _imported(f"{package_name}.{info.name}")
        model = getattr(folder, "model", None)
        if not isinstance(model, VerticalModel):
            raise ContractError(
                f"{folder.__name__} has no model",
                hint="its __init__.py imports the decorated function as `model`",
            )
        yield model


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except (ImportError, SyntaxError) as error:
        raise ContractError(
            f"the scenario package {name} cannot be imported: {error}",
            hint="mend it, or uninstall it to start without it",
        ) from error
