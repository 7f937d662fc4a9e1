"""What every block of a scenario is: frozen, strict, each field with unit and reason."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Day = Annotated[int, Field(ge=0)]


class Block(BaseModel):
    """Frozen; refuses unknown fields, NaN and values of the wrong type."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)
