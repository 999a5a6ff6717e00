"""A scenario's own page: static files in its folder `page/`, found as its model is.

Some decisions are held in steps and days, before people: a form is not enough for them. A scenario
may bring a page for that, and edits no other file:

    page/index.html     what opens; nothing inline, and only what lies on this server
    page/page.json      {"title": {"zh": …, "en": …}, "files": ["verify.py"]}
    page/…              scripts, styles, pictures

`title` is what the link from the model's form says. `files` names files of the scenario's folder
that the page hands out; nothing else outside of `page/` is ever served.
"""

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, ValidationError

from chengmo.errors import ContractError
from chengmo.model.contract import VerticalModel
from chengmo.model.text import Frozen, Text

FOLDER = "page"
NOTE = "page.json"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\.[a-z0-9]+")


class PageNote(Frozen):
    """What `page.json` says."""

    title: Text = Field(description="What the link to the page says")
    files: tuple[str, ...] = Field(default=(), description="Files of the scenario to hand out")


@dataclass(frozen=True)
class ScenarioPage:
    """The page of one scenario.

    Attributes:
        model_id: Whose page it is.
        title: What the link to it says.
        folder: Where its files lie.
        files: Files beside that folder that it hands out, by name.
    """

    model_id: str
    title: Text
    folder: Path
    files: dict[str, Path]

    @property
    def path(self) -> str:
        """Where the page stands under the server's root."""
        return f"scenarios/{self.model_id}/"


def find_page(model: VerticalModel) -> ScenarioPage | None:
    """Return the page of the scenario that `model` belongs to, if it brings one.

    Raises:
        ContractError: If `index.html` or `page.json` is missing or wrong, or a named file is not
            a plain file of the scenario's folder.
    """
    found = importlib.util.find_spec(model.module)
    if found is None or found.origin is None:
        return None
    scenario = Path(found.origin).parent
    folder = scenario / FOLDER
    if not folder.is_dir():
        return None
    note = _read_note(folder)
    return ScenarioPage(
        model_id=model.id,
        title=note.title,
        folder=folder,
        files={name: _named(scenario, name) for name in note.files},
    )


def _read_note(folder: Path) -> PageNote:
    if not (folder / "index.html").is_file():
        raise ContractError(f"{folder} has no index.html", hint="add it, or take the folder away")
    try:
        return PageNote.model_validate_json((folder / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise ContractError(
            f"{folder / NOTE} is missing or wrong: {error}",
            hint='write {"title": {"zh": "…", "en": "…"}}',
        ) from error


def _named(scenario: Path, name: str) -> Path:
    path = scenario / name
    if not _PLAIN_NAME.fullmatch(name) or not path.is_file() or path.is_symlink():
        raise ContractError(
            f"the page of {scenario.name} hands out '{name}', which is no file of its folder",
            hint="name files that lie beside the folder `page`, without a path",
        )
    return path
