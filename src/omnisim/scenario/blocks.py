"""The parts of a scenario: one frozen, strict block per mechanism, each field with unit and reason."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from omnisim.scenario.block import Block, Day, Share
from omnisim.scenario.blocks_causes import Synergy
from omnisim.schema import CHANNEL_ID, CHANNELS

Words = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=40)], ...],
    Field(min_length=1, max_length=40),
]


class Market(Block):
    """Where the retailer trades."""

    locale: Literal["en_US", "zh_CN"] = Field("en_US", description="names, cities, festivals")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field("USD", description="ISO 4217")
    regions: tuple[Annotated[str, Field(min_length=1, max_length=40)], ...] = Field(
        ("North", "East", "South", "West"), description="sales regions", min_length=1, max_length=40
    )


class Horizon(Block):
    """Which days are simulated."""

    start_date: date = Field(
        date(2025, 1, 6),
        ge=date(1995, 1, 1),
        le=date(2045, 12, 31),
        description="first day, best a Monday",
    )
    n_days: int = Field(365, ge=28, le=1830, description="length [days]")


class Population(Block):
    """Who could buy."""

    n_customers: int = Field(20_000, ge=50, le=100_000_000, description="persons")
    account_share: Share = Field(0.55, description="persons with an account on day 0")
    duplicate_share: Share = Field(
        0.14,
        description="persons with a separate online and store account; an apparel brand found "
        "0.3 M duplicates among 2.8 M members",
    )
    app_share: Share = Field(0.35, description="persons with the app")
    email_consent_share: Share = Field(0.62, description="persons who agree to e-mail")
    sms_consent_share: Share = Field(0.35, description="persons who agree to SMS")
    withdrawal_share: Share = Field(0.06, description="persons who withdraw consent within a year")
    withdrawal_follows: Share = Field(
        1.0,
        description="confounding dial: 1 = price-sensitive persons withdraw consent more often, "
        "0 = everybody alike (missing at random)",
    )
    community_share: Share = Field(0.15, description="persons in a private community")
    cookie_life_days: tuple[int, int] = Field(
        (25, 240),
        description="shortest and longest life of a cookie [days]; browsers and users delete them, "
        "panels see 2.5 to 3 cookies per person and year",
    )
    login_share: Share = Field(0.55, description="web visits of account holders that are logged in")
    card_share: Share = Field(0.72, description="store purchases of members that show the card")
    cash_share: Share = Field(0.12, description="store purchases that leave no payment token")
    guest_share: Share = Field(0.18, description="web orders without an account")


class Demand(Block):
    """How often needs arise and what becomes of them."""

    need_rate: float = Field(14.0, gt=0, le=400, description="needs per person and year, mean")
    need_shape: float = Field(
        0.8,
        ge=0.05,
        le=20,
        description="gamma shape of the rate: counts are NBD; CDNOW 0.2, Complete Journey 0.83",
    )
    serious_share: Share = Field(0.15, description="needs with intent to buy; the rest browse")
    serious_conversion: Share = Field(0.14, description="chance to buy per step with intent")
    browse_conversion: Share = Field(0.005, description="chance to buy per step when browsing")
    serious_abandonment: Share = Field(0.15, description="chance to give up per step with intent")
    browse_abandonment: Share = Field(0.50, description="chance to give up per step when browsing")
    mean_gap_days: float = Field(2.2, ge=1, le=60, description="days between two steps, mean")
    showrooming_share: Share = Field(
        0.04,
        description="store buyers of mean digital affinity who look there and then buy online; 0 = off",
    )
    dropout_share: Share = Field(0.03, description="chance to leave for good after an order")
    weekend_factor: float = Field(1.25, ge=0.2, le=5, description="needs on Saturday and Sunday")
    festival_factor: float = Field(
        1.9, ge=1, le=10, description="needs at the peak of a shopping festival"
    )
    season_amplitude: Share = Field(0.12, description="yearly wave of needs, half peak to trough")
    local_shock_sd: float = Field(
        0.13, ge=0, le=1.5, description="log-sd of weekly demand of a catchment; lasts some weeks"
    )
    region_shock_sd: float = Field(
        0.06, ge=0, le=1.5, description="log-sd of weekly regional demand"
    )


class ChannelDials(Block):
    """One channel: how often it is met, what it does, what it costs."""

    reach: float = Field(
        0.0,
        ge=0,
        le=10,
        description="push: mean contacts per eligible person and week; pull: weight in the choice of the next touch",
    )
    click_share: Share = Field(0.0, description="push contacts that are clicked")
    open_share: Share = Field(0.0, description="messages that are opened without a click")
    need_effect: float = Field(
        0.0, ge=0, le=5, description="rise of the need rate at full pressure [share]"
    )
    conversion_effect: float = Field(
        0.0, ge=0, le=5, description="rise of the conversion chance at full pressure [share]"
    )
    touch_factor: float = Field(
        1.0, ge=1, le=10, description="factor on the conversion chance at the touch itself"
    )
    retention: Share = Field(0.8, description="share of pressure that survives a day (carry-over)")
    half_saturation: float = Field(
        2.0, gt=0, le=100, description="contacts of pressure at half the full effect"
    )
    price: float = Field(
        0.0, ge=0, le=1000, description="cost per contact (push) or per click (pull) [currency]"
    )

    @model_validator(mode="after")
    def _known(self) -> ChannelDials:
        if self.click_share + self.open_share > 1:
            raise ValueError(
                f"click_share + open_share = {self.click_share} + {self.open_share}: "
                "give shares that add to at most 1"
            )
        return self


class Marketing(Block):
    """All channels, and what couples them with intent."""

    channels: dict[str, ChannelDials] = Field(description="dials by channel name", min_length=1)
    intent_follows: Share = Field(
        1.0,
        description="confounding dial: 1 = retargeting and brand search follow intent, 0 = they meet "
        "everybody alike (the unconfounded twin)",
    )
    retargeting_days: int = Field(
        10, ge=1, le=60, description="days after a visit in which retargeting follows"
    )
    email_days: tuple[Annotated[int, Field(ge=0, le=6)], ...] = Field(
        (1, 4), description="weekdays of e-mails, Monday = 0"
    )
    consent_leak_share: Share = Field(
        0.004, description="messages sent to persons who did not agree"
    )
    price_inflation: float = Field(
        0.25, ge=-0.9, le=5, description="rise of media prices over a year [share]"
    )
    fatigue: Share = Field(
        0.25,
        description="part of a channel's effect that too many contacts take away, at most; 0 = off",
    )
    wear_out: float = Field(
        8.0, gt=0, le=1000, description="contacts of pressure at half of the greatest fatigue"
    )
    synergies: tuple[Synergy, ...] = Field(
        (), max_length=8, description="pairs of channels that do more together"
    )

    @model_validator(mode="after")
    def _names(self) -> Marketing:
        unknown = sorted(set(self.channels) - set(CHANNEL_ID))
        missing = sorted(set(CHANNEL_ID) - set(self.channels))
        if unknown:
            raise ValueError(f"unknown channel {unknown[0]!r}; known are {sorted(CHANNEL_ID)}")
        if missing:
            raise ValueError(f"channel {missing[0]!r} is missing; give reach: 0 to switch it off")
        for channel in CHANNELS:
            price = self.channels[channel.channel].price
            if price > 0 and not channel.is_paid:
                raise ValueError(
                    f"channels.{channel.channel}.price = {price}: {channel.label} costs no media "
                    "money; give 0"
                )
        return self


class Assortment(Block):
    """What is sold."""

    n_products: int = Field(120, ge=5, le=5000, description="stock-keeping units")
    categories: dict[str, Annotated[float, Field(gt=0, le=100_000)]] = Field(
        description="median list price by category [currency]", min_length=1, max_length=30
    )
    styles: Words = Field(
        ("Classic", "Slim", "Relaxed", "Heritage", "Studio", "Everyday", "Alpine", "Harbour"),
        description="first words of product names; the category follows",
    )
    variants: Words = Field(
        ("black", "navy", "ivory", "olive", "rust", "grey", "sand", "teal"),
        description="last words of product names: colours, sizes of a pack, capacities",
    )
    tiers: Words = Field(
        ("Core", "Season", "Premium"), description="second level of the category tree"
    )
    price_sigma: float = Field(0.45, ge=0, le=2, description="log-sd of list prices in a category")
    zipf_exponent: float = Field(
        0.8, ge=0, le=3, description="slope of popularity; Complete Journey 0.73"
    )
    cost_share: Share = Field(0.46, description="landed cost as a share of list price, mean")
    mean_lines: float = Field(1.7, ge=1, le=8, description="lines per order, mean")
    second_unit_share: Share = Field(0.12, description="lines with two units")
    bulk_share: float = Field(
        0.003, ge=0, le=0.5, description="lines bought in bulk: heavy tail of baskets; 0 = off"
    )
    bulk_shape: float = Field(
        1.6,
        ge=1.05,
        le=10,
        description="Pareto shape of bulk units from 3 on; below 2 the variance "
        "is set by the cap of 60 units",
    )
    return_share_online: Share = Field(0.22, description="lines returned of online orders")
    return_share_store: Share = Field(0.08, description="lines returned of store orders")
    return_in_store_share: Share = Field(
        0.29, description="online returns brought to a store; Appriss 29 %"
    )

    @field_validator("categories")
    @classmethod
    def _named(cls, categories: dict[str, float]) -> dict[str, float]:
        for name in categories:
            if not 1 <= len(name.strip()) <= 40:
                raise ValueError(f"category {name!r}: give names of 1 to 40 letters")
        return categories

    @property
    def category_names(self) -> tuple[str, ...]:
        """Categories by name: the order in which a file lists them is no part of a scenario."""
        return tuple(sorted(self.categories))


class Stores(Block):
    """The store network."""

    n_stores: int = Field(24, ge=2, le=2000, description="stores")
    size_sigma: float = Field(0.35, ge=0, le=2, description="log-sd of catchment sizes")
    walk_in_share: Share = Field(
        0.15, description="counted visitors who are nobody of the simulated persons"
    )


class Stock(Block):
    """Availability of products (exogenous while interference is off)."""

    stock_out_share: Share = Field(
        0.05, description="SKU-location-days that cannot be sold; Gruen & Corsten 8 %"
    )
    mean_spell_days: float = Field(5.0, ge=1, le=60, description="length of a stock-out, mean")
    sync_error_share: Share = Field(
        0.02, description="SKU-location-days in which system and shelf disagree"
    )
    oversell_share: Share = Field(
        0.10, description="stock-out days the system fails to notice (it goes on selling online)"
    )
    substitution_share: Share = Field(
        0.45, description="unserved lines replaced by another product"
    )
    audit_share: Share = Field(0.002, description="SKU-location-days that are counted")
    cover_days: int = Field(21, ge=1, le=365, description="days of sales that stock covers")


class Fulfilment(Block):
    """Promises and how they are kept."""

    promise_days: int = Field(4, ge=1, le=60, description="days promised for parcels")
    median_days: float = Field(2.4, gt=0, le=60, description="median days of a parcel")
    sigma: float = Field(0.38, ge=0, le=2, description="log-sd of parcel days")
    collect_hours: float = Field(4.0, gt=0, le=200, description="median hours to pick-up")
    parcel_cost: float = Field(5.2, ge=0, le=1000, description="cost of a parcel [currency]")
    collect_cost: float = Field(
        1.6, ge=0, le=1000, description="cost of a collected order [currency]"
    )
    cancel_share: Share = Field(0.012, description="orders the buyer cancels")
    ship_from_store: bool = Field(
        True, description="the nearest store ships what the distribution centre lacks"
    )


class Coupons(Block):
    """Coupons issued online."""

    welcome_discount: Share = Field(
        0.15, description="discount of WELCOME15, meant for first orders"
    )
    mail_discount: Share = Field(0.10, description="discount of MAIL10, sent by e-mail")
    use_share: Share = Field(
        0.35, description="eligible orders that redeem, at mean price sensitivity"
    )
    store_use_share: Share = Field(
        0.12,
        description="store orders of members that redeem a MAIL10 received in the last 14 days",
    )


class Survey(Block):
    """NPS invitations."""

    invite_share: Share = Field(0.30, description="orders with an account that are asked")
    mean_score: float = Field(8.4, ge=0, le=10, description="mean latent score")
    score_sd: float = Field(1.7, gt=0, le=5, description="sd of the latent score")
    late_penalty: float = Field(2.0, ge=0, le=10, description="score lost by a late order")
    answer_share: Share = Field(0.25, description="answers at a neutral score")
    extreme_factor: float = Field(
        1.8, ge=1, le=5, description="how much likelier very happy and unhappy people answer"
    )


class Experiment(Block):
    """One customer-randomised test: a personalised home page for known visitors."""

    is_on: bool = Field(True, description="switch")
    name: str = Field(
        "Personalised home page", min_length=1, max_length=60, description="name for people"
    )
    first_day: Day = Field(168, description="first day")
    n_days: int = Field(112, ge=7, le=730, description="length [days]")
    treatment_share: float = Field(0.5, gt=0, lt=1, description="designed share of treatment")
    conversion_effect: float = Field(
        0.50, ge=-0.9, le=5, description="change of the conversion chance of logged-in visits"
    )
    novelty_days: float = Field(
        0.0, ge=0, le=365, description="days after which the effect has halved; 0 = it lasts"
    )
    spillover_share: Share = Field(
        0.0,
        description="part of the effect that leaks to a household's other member (persons 2k and "
        "2k + 1); 0 = no interference between units",
    )
    lost_share: Share = Field(
        0.0,
        description="assignment bug: treated accounts whose assignment is not logged; 0 = none. "
        "It shows as a sample-ratio mismatch",
    )


class Wave(Block):
    """One wave of a roll-out."""

    first_day: Day = Field(description="first day of the service")
    store_share: float = Field(gt=0, le=1, description="share of all stores")
    strength: float = Field(1.0, ge=0, le=10, description="size of the effect beside the others")


class Rollout(Block):
    """Click-and-collect, introduced in waves of stores."""

    is_on: bool = Field(True, description="switch")
    name: str = Field(
        "Click-and-collect", min_length=1, max_length=60, description="name for people"
    )
    waves: tuple[Wave, ...] = Field(
        (
            Wave(first_day=112, store_share=0.2, strength=0.8),
            Wave(first_day=168, store_share=0.25, strength=1.0),
            Wave(first_day=224, store_share=0.25, strength=1.3),
        ),
        description="waves in order",
    )
    pilots_are_worst: bool = Field(
        True,
        description="pilots are the stores with the worst recent demand (regression to the mean)",
    )
    conversion_effect: float = Field(
        0.80, ge=0, le=5, description="rise of online conversion at full growth"
    )
    growth_days: int = Field(63, ge=1, le=730, description="days until the effect is fully grown")
    shift_share: Share = Field(0.22, description="fall of the pull of the store at full growth")
    collect_share: Share = Field(0.45, description="web orders that are collected")
    failing_region: str | None = Field(
        None, description="region in which the service fails at first; none when not given"
    )
    failing_share: Share = Field(0.3, description="collected orders that fail there at first")
    failing_days: int = Field(7, ge=1, le=90, description="days until it works there")


class Incidents(Block):
    """What goes wrong, and when."""

    is_on: bool = Field(True, description="switch")
    outages_per_year: float = Field(5.0, ge=0, le=200, description="outages of web and app")
    outage_hours: float = Field(5.0, gt=0, le=72, description="median length of an outage [hours]")
    comeback_share: Share = Field(0.45, description="buyers who come back after an outage")
    supplier_delays_per_year: float = Field(2.0, ge=0, le=50, description="supplier delays")
    supplier_delay_days: int = Field(14, ge=1, le=120, description="length of a delay [days]")
    delay_stock_out_factor: float = Field(
        2.5, ge=1, le=10, description="stock-outs during a supplier delay, factor"
    )
    delay_parcel_days: float = Field(
        1.8, ge=0, le=30, description="days a parcel takes longer during a delay"
    )


class Fraud(Block):
    """Those who do not play fair."""

    is_on: bool = Field(True, description="switch")
    ring_share: Share = Field(0.002, description="persons in rings of fake buyers (rings of 8)")
    bursts_per_year: float = Field(6.0, ge=0, le=52, description="bursts of a ring")
    review_share: Share = Field(0.55, description="fake orders stopped by payment review")
    abuser_share: Share = Field(
        0.008, description="persons who open new accounts for the welcome coupon"
    )
