"""Causes with a window: campaigns, promotions and shocks; and what couples customers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from omnisim.scenario.block import Block, Day, Share
from omnisim.schema import CHANNEL_ID, CHANNELS

Name = Annotated[str, Field(min_length=1, max_length=60)]


class Campaign(Block):
    """A burst of one channel."""

    name: Name = Field(description="name for people, once")
    channel: str = Field(description="channel that is met more often")
    first_day: Day = Field(description="first day")
    n_days: int = Field(description="length [days]", ge=1, le=366)
    reach_factor: float = Field(2.0, description="factor on the channel's reach", ge=0, le=20)

    @field_validator("channel")
    @classmethod
    def _known(cls, channel: str) -> str:
        return known_channel(channel)


class Promotion(Block):
    """A temporary price cut, in all channels."""

    name: Name = Field(description="name for people, once")
    first_day: Day = Field(description="first day")
    n_days: int = Field(7, description="length [days]; leaflets change weekly", ge=1, le=366)
    discount: float = Field(description="part of the list price taken off", gt=0, le=0.9)
    category: str | None = Field(None, description="category of the assortment; all when not given")
    conversion_effect: float = Field(
        0.15, description="rise of every conversion chance while it runs [share]", ge=0, le=5
    )


class Shock(Block):
    """Something from outside, for some days: what it changes depends on its kind.

    `demand_shock` and `competitor_entry` change how often needs arise (in a region, or everywhere);
    `price_war` changes every conversion chance; `rule_change` changes the reach of a channel.
    """

    kind: Literal["demand_shock", "competitor_entry", "price_war", "rule_change"] = Field(
        description="what it is"
    )
    first_day: Day = Field(description="first day")
    n_days: int = Field(description="length [days]; beyond the horizon = for good", ge=1, le=2000)
    effect: float = Field(description="relative change while it lasts [share]", ge=-1, le=5)
    region: str | None = Field(None, description="region it hits; all when not given")
    channel: str | None = Field(None, description="channel of a rule change")

    @field_validator("channel")
    @classmethod
    def _known(cls, channel: str | None) -> str | None:
        return None if channel is None else known_channel(channel)


class Membership(Block):
    """What an account brings, and who opens one."""

    is_on: bool = Field(True, description="switch of the effect; accounts stay")
    conversion_effect: float = Field(
        0.05,
        description="rise of the conversion chance of account holders [share]; benefits and points",
        ge=0,
        le=5,
    )
    loyal_join_first: Share = Field(
        1.0,
        description="confounding dial: 1 = frequent buyers hold accounts more often, 0 = everybody "
        "alike (the unconfounded twin)",
    )


class WinBack(Block):
    """Messages to members who have not bought for long."""

    is_on: bool = Field(True, description="switch")
    after_days: int = Field(120, description="days without an order", ge=14, le=730)
    reach_factor: float = Field(
        1.5, description="factor on e-mail and SMS to such members", ge=1, le=10
    )
    return_share: Share = Field(
        0.03, description="chance per message that one who had left takes an interest again"
    )


class Tracking(Block):
    """What the log gets wrong."""

    is_on: bool = Field(True, description="switch")
    duplicate_share: Share = Field(0.004, description="clicks that are logged twice")
    bot_share: Share = Field(
        0.003, description="crawlers, as a share of persons; they visit and never buy"
    )
    bot_visits_per_week: float = Field(4.0, description="visits of a crawler", ge=0, le=7)


class Interference(Block):
    """Whether customers act on each other through stock, budgets and queues.

    Off, availability is drawn and stock is accounted afterwards. On, stock is what deliveries and
    sales leave, budgets run out and full stores lose buyers; what a week leaves acts in the next.
    """

    is_on: bool = Field(False, description="switch")
    initial_cover_days: float = Field(
        28.0, description="days of expected sales in stock on day 0", gt=0, le=365
    )
    target_cover_days: float = Field(
        28.0, description="days of recent sales that replenishment aims at", gt=0, le=365
    )
    shelf_units: int = Field(
        2, description="units of each product a location holds at least, when it can", ge=0, le=1000
    )
    lead_weeks: int = Field(2, description="weeks from a supplier's order to receipt", ge=0, le=26)
    weekly_budgets: dict[str, Annotated[float, Field(ge=0, le=1e9)]] = Field(
        {}, description="media money a paid push channel may spend per week [currency]"
    )
    weekly_visitors: int = Field(
        0,
        description="simulated visitors a store of mean size serves well per week; 0 = no limit",
        ge=0,
    )
    queue_aversion: Share = Field(
        0.5, description="conversion lost at twice the visitors a store serves well"
    )

    @field_validator("weekly_budgets")
    @classmethod
    def _known(cls, budgets: dict[str, float]) -> dict[str, float]:
        bought = [c.channel for c in CHANNELS if c.is_paid and c.is_push]
        for channel in budgets:
            if known_channel(channel) not in bought:
                raise ValueError(
                    f"channel = {channel!r}: budgets hold for paid push channels: {', '.join(bought)}"
                )
        return budgets


class Factor(Block):
    """One change of a page, switched by itself."""

    name: Name = Field(description="name for people, once")
    conversion_effect: float = Field(
        description="change of the conversion chance of logged-in visits [share]", ge=-0.9, le=5
    )


class Factorial(Block):
    """A page optimised by crossed experiments: every account meets each change by its own lot."""

    is_on: bool = Field(False, description="switch")
    first_day: Day = Field(56, description="first day")
    n_days: int = Field(84, description="length [days]", ge=7, le=730)
    factors: tuple[Factor, ...] = Field(
        (
            Factor(name="Page loads in 1.8 s instead of 4.2 s", conversion_effect=0.12),
            Factor(name="Checkout in 3 steps instead of 6", conversion_effect=0.08),
            Factor(name="Clear product page", conversion_effect=0.05),
        ),
        description="what is changed: n changes make 2^n pages",
        min_length=1,
        max_length=4,
    )
    pair_effect: float = Field(
        0.0,
        description="further change where two of them meet [share]; 0 = they multiply",
        ge=-0.5,
        le=2,
    )


class Canary(Block):
    """A release shown to a share of visits for a short time before all get it, or nobody."""

    is_on: bool = Field(False, description="switch")
    first_day: Day = Field(70, description="first day")
    n_days: int = Field(2, description="length [days]; 48 hours are usual", ge=1, le=60)
    visit_share: float = Field(0.1, description="share of visits, hence of orders", gt=0, le=1)
    conversion_effect: float = Field(
        0.05, description="change of their conversion chance [share]", ge=-0.9, le=5
    )
    failure_share: Share = Field(0.0, description="of their orders that the release loses")


class Synergy(Block):
    """Two channels that do more together than the sum of each."""

    first: str = Field(description="one channel")
    second: str = Field(description="the other channel")
    conversion_effect: float = Field(
        description="further rise of the conversion chance at full pressure of both [share]",
        ge=-1,
        le=5,
    )

    @field_validator("first", "second")
    @classmethod
    def _known(cls, channel: str) -> str:
        return known_channel(channel)

    @model_validator(mode="after")
    def _two(self) -> Synergy:
        if self.first == self.second:
            raise ValueError(f"second = {self.second!r}: give another channel than first")
        return self


def known_channel(channel: str) -> str:
    """The channel itself.

    Raises
    ------
    ValueError
        When the registry has no such channel.
    """
    if channel not in CHANNEL_ID:
        raise ValueError(f"channel = {channel!r}: known are {', '.join(CHANNEL_ID)}")
    return channel
