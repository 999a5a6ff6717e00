"""A model that takes its time and may fail, to see how the platform bears it."""

import time

from pydantic import Field

from chengmo import (
    City,
    ModelDecision,
    ModelRequest,
    Quality,
    Text,
    report_progress,
    vertical_model,
)

_STEPS = 20


class Request(ModelRequest):
    """What is asked."""

    last_s: float = Field(default=0.0, ge=0, le=60, description="Seconds that it takes")
    fall: bool = Field(default=False, description="Whether it fails at the end")


@vertical_model(title=Text(zh="磕绊", en="Stumble"), question_zh="平台经得起吗？")
def stumble(request: Request, city: City) -> ModelDecision:
    """Does the platform bear it?"""
    for step in range(_STEPS):
        report_progress("walk", step / _STEPS)
        time.sleep(request.last_s / _STEPS)
    if request.fall:
        raise ZeroDivisionError("password=hunter2")
    return ModelDecision(answer=Text(zh="是", en="Yes"), quality=Quality(kind="exact"))
