"""A sentence in both languages of the platform."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value: no field changes, no unknown field, no NaN or infinity (JSON has none)."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Text(Frozen):
    """The same sentence in Chinese and English."""

    zh: str
    en: str
