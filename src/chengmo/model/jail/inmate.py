"""The program of a jailed process: shut the walls, load a package, ask it once, answer, end.

It is started by `chengmo.compute.jail`, never by hand, and loads nothing but Python's own library
before it is shut in, so that nothing of the platform is in its memory. The order is a line of JSON
on the standard input; the answer goes to what was the standard output: one letter of kind, then
the content until the end. What is printed goes to the standard error.

Whoever reads the answer believes none of it: the package may have written it itself.
"""

import ctypes
import importlib
import json
import os
import pickle
import random
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from chengmo.model.jail.walls import shut_in

ANSWER, FAULT = b"R", b"E"
MODULE = "model"
STATE_FILE, ROWS_FILE, TRAIN_FOLDER = "state.bin", "rows.arrow", "train"
_PR_SET_PDEATHSIG = 1
_COURTESY = 5


def main() -> NoReturn:
    """Carry out the order and end the process, whatever threads the package has started."""
    order = json.loads(sys.stdin.readline())
    answers = os.dup(1)
    os.dup2(2, 1)
    _belong_to(order["parent"])
    _give_way()
    package, inputs = Path(order["package"]), Path(order["inputs"])
    # The platform's own code is not for packages to read.
    sys.path[:] = [path for path in sys.path if path != order["own_code"]]
    os.environ.pop("PYTHONPATH", None)
    shut_in(
        [package, inputs, *map(Path, order["readable"])],
        memory_bytes=order["memory_bytes"],
        cpu_s=order["cpu_s"],
    )
    stage = ["load"]
    try:
        content = ANSWER + _carried_out(order, package, inputs, stage)
    except BaseException as error:  # noqa: BLE001 - whatever a package raises ends here
        sys.stdout.flush()
        traceback.print_exception(error)
        content = FAULT + _described(error, package, stage[0])
    _send(answers, content)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _belong_to(parent: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _give_way() -> None:
    """Leave the other processors alone; libraries start as many threads as they see processors."""
    os.nice(_COURTESY)
    mine = sorted(os.sched_getaffinity(0))
    first = os.getpid() % len(mine)
    os.sched_setaffinity(0, {mine[first], mine[(first + 1) % len(mine)]})


def _carried_out(order: dict[str, Any], package: Path, inputs: Path, stage: list[str]) -> bytes:
    sys.path.insert(0, str(package))
    numpy = importlib.import_module("numpy")
    random.seed(order["seed"])
    numpy.random.seed(order["seed"])
    model = importlib.import_module(MODULE)
    stage[0] = order["stage"]
    if order["stage"] == "fit":
        train = {
            path.stem: _table(path) for path in sorted((inputs / TRAIN_FOLDER).glob("*.arrow"))
        }
        return pickle.dumps(_function(model, "fit")(train, order["seed"]), protocol=5)
    # Made in a jail, and opened in one: nowhere else.
    state = pickle.loads((inputs / STATE_FILE).read_bytes())  # noqa: S301
    rows = _table(inputs / ROWS_FILE)
    predicted = _function(model, "predict")(state, rows)
    return _numbers(predicted, rows.num_rows, order["target"])


def _function(model: object, name: str) -> Callable[..., Any]:
    found = getattr(model, name, None)
    if not callable(found):
        raise TypeError(f"{MODULE}.py has no function '{name}'")
    return found


def _table(path: Path) -> Any:
    pa = importlib.import_module("pyarrow")
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def _numbers(predicted: Any, rows: int, target: str) -> bytes:
    """Return one number a row as eight bytes each: a form that nobody outside has to parse."""
    pa, np = importlib.import_module("pyarrow"), importlib.import_module("numpy")
    column = predicted[target] if isinstance(predicted, pa.Table) else predicted
    numbers = np.asarray(column, dtype="<f8")
    if numbers.shape != (rows,):
        raise ValueError(f"predictions of shape {numbers.shape} for {rows} rows")
    return numbers.tobytes()


def _described(error: BaseException, package: Path, stage: str) -> bytes:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.startswith(f"{package}/")]
    place = f"{own[-1].filename[len(str(package)) + 1 :]}:{own[-1].lineno}" if own else ""
    told = {"stage": stage, "kind": type(error).__name__, "place": place}
    return json.dumps(told).encode()


def _send(number: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(number, rest) :]
