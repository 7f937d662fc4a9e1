"""How the exports of the source systems look, and how often they are wrong."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from omnisim.scenario.block import Block, Share


class Raw(Block):
    """The raw exports that ``simulate --raw`` writes; changes neither tables nor their hash."""

    duplicate_share: Share = Field(
        0.004, description="rows sent twice; jobs that are restarted deliver at least once"
    )
    gap_days: int = Field(
        1,
        ge=0,
        le=365,
        description="days whose export failed, per system over the horizon [days]; one night's job "
        "fails now and then",
    )
    late_share: Share = Field(
        0.006, description="rows that arrive in the next file; tills and phones that were offline"
    )
    missing_share: Share = Field(
        0.01, description="filled optional cells left empty, per cell that may be empty"
    )
    typo_share: Share = Field(
        0.008,
        description="typed names and addresses with a slip; typists err in about 1 entry of 100",
    )
    wrong_format_share: Share = Field(
        0.004,
        description="dates, amounts, addresses written another way, per cell; settings differ "
        "between tills, forms and versions",
    )
    unit_error_share: Share = Field(
        0.0005, description="amounts in minor units or seconds for milliseconds, per cell; rare"
    )
    encoding_share: Share = Field(
        0.01,
        description="texts beyond ASCII that were read in another encoding, per cell (mojibake)",
    )
    record_share: Share = Field(
        0.015,
        description="CRM records that exist a second time under another number, misspelt; on top of "
        "the accounts that one person truly opened twice",
    )
    bot_share: Share = Field(
        0.03,
        description="sessions of machines for each session of a person that web analytics did not "
        "filter; most of the traffic of bots is filtered before",
    )
    store_time_zones: tuple[Annotated[str, Field(min_length=1, max_length=60)], ...] = Field(
        (),
        max_length=40,
        description="IANA names of the time zones of the regions' tills, in the order of "
        "market.regions, again from the first when there are fewer; empty = clocks one hour apart "
        "around UTC, because the simulated day, with its opening hours, is kept in UTC",
    )

    @field_validator("store_time_zones")
    @classmethod
    def _known(cls, zones: tuple[str, ...]) -> tuple[str, ...]:
        for zone in zones:
            try:
                ZoneInfo(zone)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                raise ValueError(
                    f"{zone!r} is no time zone: give IANA names such as 'America/Chicago'"
                ) from None
        return zones

    def without_defects(self) -> Raw:
        """The same exports with every dial of a defect at zero."""
        dials = {name: 0.0 for name in type(self).model_fields if name.endswith("_share")}
        return self.model_copy(update={**dials, "gap_days": 0})
