"""A model that does what models should not."""

import os
import random
import time
from typing import Any, Literal

from pydantic import Field

from chengmo import (
    City,
    Measure,
    ModelDecision,
    ModelRequest,
    Quality,
    Text,
    report_progress,
    vertical_model,
)

Kind = Literal[
    "none", "raise", "exit", "wrong-type", "shout", "memory", "sleep", "clock", "dice", "big-number"
]


class Request(ModelRequest):
    """What to do."""

    kind: Kind = Field(default="none", description="Which trouble")
    seconds: float = Field(default=0.0, ge=0, description="How long to work first, in seconds")
    number: int = Field(default=0, description="To tell requests apart")
    weight: float = Field(default=0.0, description="Any number that JSON has")


@vertical_model(title=Text(zh="麻烦", en="Trouble"), question_zh="会出什么问题？")
def make_trouble(request: Request, city: City) -> ModelDecision:
    """What can go wrong?"""
    end_s = time.monotonic() + request.seconds
    while time.monotonic() < end_s:
        report_progress("working", 1 - (end_s - time.monotonic()) / request.seconds)
        time.sleep(0.005)
    value = _TROUBLES[request.kind]()
    if request.kind == "wrong-type":
        return value
    return ModelDecision(
        answer=Text(zh="没事", en="nothing"),
        quality=Quality(kind="exact"),
        measures=(Measure(key="value", title=Text(zh="值", en="value"), value=value),),
    )


def _raise() -> Any:
    raise KeyError("private detail")


def _memory() -> Any:
    blocks: list[bytearray] = []
    while True:
        blocks.append(bytearray(32 << 20))


def _sleep() -> Any:
    report_progress("sleeping", 0.25)
    time.sleep(600)


def _shout() -> int:
    for _ in range(20_000):
        print("x" * 100)  # noqa: T201 - the trouble that is meant
    return 1


_TROUBLES = {
    "none": lambda: 0,
    "raise": _raise,
    "exit": lambda: os._exit(3),
    "wrong-type": lambda: {"answer": "no decision"},
    "shout": _shout,
    "memory": _memory,
    "sleep": _sleep,
    "clock": lambda: time.time_ns() % 2**40,
    "dice": random.random,
    "big-number": lambda: 2**60,
}
