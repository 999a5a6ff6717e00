"""Files that people have brought and not yet committed: one folder each, gone after a day.

An upload is its uploader's: rows that no rule of sharing has been applied to. Nobody else finds it
by its id, but administrators, who can read the folder anyway.
"""

import json
import re
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chengmo.identity import Actor

FOLDER = "uploads"
KEPT_S = 24 * 3600
_ID = re.compile(r"[0-9a-f]{32}")
_ENDING = re.compile(r"(\.[A-Za-z0-9]{1,12}){1,2}$")
_NAME_LETTERS = 200
_ABOUT = "about.json"


@dataclass(frozen=True)
class Upload:
    """One file as it was brought.

    Attributes:
        id: Of the upload.
        folder: What belongs to it, and only that.
        name: What the file was called where it came from: shown, never a path.
        owner: Id of the actor who brought it.
    """

    id: str
    folder: Path
    name: str
    owner: str

    @property
    def path(self) -> Path:
        """Where the bytes lie: a name of our own, with the ending by which its format is known."""
        ending = _ENDING.search(self.name)
        return self.folder / f"file{ending[0].lower() if ending else ''}"

    @property
    def options(self) -> dict[str, Any]:
        """What a person has said about the file so far."""
        return self._about()["options"]

    @property
    def became(self) -> tuple[str, int] | None:
        """The dataset and version that the file became, if it was committed."""
        became = self._about()["became"]
        return None if became is None else (became[0], became[1])

    def remember(self, options: dict[str, Any], *, became: tuple[str, int] | None = None) -> None:
        """Keep what a person has said about the file, and what became of it."""
        about = {"name": self.name, "owner": self.owner, "options": options, "became": became}
        text = json.dumps(about, ensure_ascii=False)
        (self.folder / _ABOUT).write_text(text, encoding="utf-8")

    def finish(self, dataset_id: str, version: int) -> None:
        """Throw the bytes away, but remember what they became: a repeated commit finds it."""
        self.remember(self.options, became=(dataset_id, version))
        self.path.unlink(missing_ok=True)

    def _about(self) -> dict[str, Any]:
        return json.loads((self.folder / _ABOUT).read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Uploads:
    """The uploads of one platform, as one actor finds them."""

    shelf: Path
    actor: Actor

    def begin(self, name: str) -> Upload:
        """Make an empty upload for a file that was called `name`."""
        sweep(self.shelf)
        upload_id = secrets.token_hex(16)
        folder = self.shelf / upload_id
        folder.mkdir(parents=True)
        upload = Upload(upload_id, folder, shown_name(name), self.actor.id)
        upload.remember({})
        return upload

    def find(self, upload_id: str) -> Upload | None:
        """Return an upload, or None if the actor has none of this id."""
        if not _ID.fullmatch(upload_id):
            return None
        folder = self.shelf / upload_id
        try:
            about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        upload = Upload(upload_id, folder, about["name"], about.get("owner", ""))
        may_find = upload.owner == self.actor.id or self.actor.is_a("administrator")
        return upload if may_find else None

    def discard(self, upload: Upload) -> None:
        """Throw an upload away."""
        shutil.rmtree(upload.folder, ignore_errors=True)


def sweep(shelf: Path, *, older_than_s: float = KEPT_S) -> int:
    """Throw away the folders on `shelf` that nobody came back for; return how many."""
    if not shelf.is_dir():
        return 0
    limit = time.time() - older_than_s
    stale = [folder for folder in shelf.iterdir() if _touched(folder) < limit]
    for folder in stale:
        shutil.rmtree(folder, ignore_errors=True)
    return len(stale)


def _touched(folder: Path) -> float:
    try:
        return max(path.stat().st_mtime for path in (folder, *folder.glob("*")))
    except OSError:
        # Another request threw it away meanwhile.
        return time.time()


def shown_name(name: str) -> str:
    """Return `name` as it may be shown: its last part, printable, not too long."""
    last = re.split(r"[/\\]", name)[-1]
    clean = "".join(letter for letter in last if letter.isprintable()).strip(" .")
    if len(clean) <= _NAME_LETTERS:
        return clean or "file"
    ending = _ENDING.search(clean)
    tail = ending[0] if ending else ""
    return clean[: _NAME_LETTERS - len(tail)] + tail
