"""Whatever a caller hands over, held against what the model says it takes."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from chengmo.errors import InvalidRequest
from chengmo.model import ModelRequest, VerticalModel
from chengmo.runs.fault_words import faults_of

_SHOWN_FAULTS = 5
PURPOSE_LENGTH = 1000
KEY_LENGTH = 255


def validate_request(model: VerticalModel, request: Mapping[str, Any]) -> ModelRequest:
    """Return `request` as the model's own frozen class.

    Raises:
        InvalidRequest: With a fault for each field that does not fit.
    """
    try:
        return model.request_type.model_validate(dict(request))
    except ValidationError as error:
        faults = faults_of(error)
        shown = [
            f"{fault.pointer[1:].replace('/', '.') or 'request'}: {fault.en}"
            for fault in faults[:_SHOWN_FAULTS]
        ]
        more = f"; and {len(faults) - _SHOWN_FAULTS} more" if len(faults) > _SHOWN_FAULTS else ""
        raise InvalidRequest(
            f"'{model.id}' cannot take this request: {'; '.join(shown)}{more}",
            hint="its description lists every field with its limits",
            faults=faults,
        ) from error


def check_text(what: str, text: str, longest: int) -> str:
    """Return `text` if it can be stored in every database.

    Raises:
        InvalidRequest: If it is too long, holds control characters or is no Unicode.
    """
    if len(text) > longest:
        raise InvalidRequest(
            f"the {what} has {len(text)} characters", hint=f"at most {longest} are kept"
        )
    if not all(character.isprintable() or character in "\n\t" for character in text):
        raise InvalidRequest(
            f"the {what} holds characters that cannot be printed", hint="use plain text"
        )
    return text
