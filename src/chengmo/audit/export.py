"""The log for an outside auditor: plain files, and a program that checks them alone."""

from importlib import resources
from pathlib import Path

from chengmo.audit.chain import all_checkpoints, all_rows
from chengmo.audit.checkpoint import CHECKPOINTS_FILE, PUBLIC_KEYS_FILE
from chengmo.errors import LakeUnavailable
from chengmo.ledger.database import Transaction

ENTRIES_FILE = "entries.jsonl"
VERIFIER_FILE = "verify_audit.py"
README_FILE = "README.txt"

_README = """\
访问审计日志 · Audit log of accesses

entries.jsonl       每行一次访问 · one access a line: sequence, previous, hash, access
checkpoints.jsonl   签名的检查点 · signed checkpoints
public-keys.txt     签名公钥（请另行核对）· public keys (compare them with what you were told)
verify_audit.py     校验程序，只需 Python 3.11 · checks all this; needs Python 3.11, nothing else

    python verify_audit.py .
    python verify_audit.py . 您保存的检查点文件 (a file of checkpoints that you kept)
"""


def write_export(transaction: Transaction, home_folder: Path, folder: Path) -> Path:
    """Write entries, checkpoints, public keys, a reader's note and the verifier into `folder`.

    Args:
        transaction: One that reads.
        home_folder: `home/audit`.
        folder: Made if it is not there; files of the same names are replaced.

    Raises:
        LakeUnavailable: If it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ENTRIES_FILE).open("w", encoding="utf-8") as file:
            for row in all_rows(transaction):
                # The access as it is stored: its canonical bytes are what the hash is over.
                file.write(
                    f'{{"sequence":{row.sequence},"previous":"{row.previous}",'
                    f'"hash":"{row.hash}","access":{row.access}}}\n'
                )
        lines = [each.line() for each in all_checkpoints(transaction)]
        (folder / CHECKPOINTS_FILE).write_bytes(b"".join(lines))
        keys = home_folder / PUBLIC_KEYS_FILE
        (folder / PUBLIC_KEYS_FILE).write_bytes(keys.read_bytes() if keys.exists() else b"")
        (folder / README_FILE).write_text(_README, encoding="utf-8")
        program = resources.files("chengmo.audit").joinpath(VERIFIER_FILE).read_bytes()
        (folder / VERIFIER_FILE).write_bytes(program)
    except OSError as error:
        raise LakeUnavailable(
            f"the audit cannot be written to {folder}: {error.strerror}",
            hint="name a folder you may write to, on a disk with room",
        ) from error
    return folder
