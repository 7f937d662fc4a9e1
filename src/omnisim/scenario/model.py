"""A scenario: everything a world is made from, and nothing else."""

from __future__ import annotations

import json
from hashlib import blake2b
from numbers import Integral
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from omnisim.errors import ScenarioError
from omnisim.scenario import blocks as b
from omnisim.scenario import blocks_causes as causes
from omnisim.scenario import blocks_context as context
from omnisim.scenario import blocks_members as members
from omnisim.scenario import blocks_operations as operations
from omnisim.scenario.block import Block
from omnisim.scenario.blocks_raw import Raw

_MAX_CELLS = 600_000_000  # shelf-days
_CELL_BYTES = 13  # of each are kept: availability, units sold, put back and reserved
_MAX_COOKIES = 70  # of one person over the horizon; the engine keeps room for so many


class Scenario(Block):
    """What to simulate; equal scenarios and seeds give equal datasets."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,59}$")] = Field(
        description="name of the scenario; becomes the name of the dataset"
    )
    description: str = Field("", max_length=500, description="what it is for; changes no number")
    about: str = Field(
        "", max_length=3000, description="what is special and whom it resembles; changes no number"
    )
    sector: Literal[
        "general", "fashion", "beauty", "grocery", "electronics", "home_furnishing", "made_to_order"
    ] = Field(
        "general",
        description="trade; decides which published ranges the dataset is held against, no number",
    )
    seed: int = Field(20250106, ge=0, lt=2**63, description="seed of all luck")
    market: b.Market = b.Market()
    horizon: b.Horizon = b.Horizon()
    population: b.Population = b.Population()
    demand: b.Demand = b.Demand()
    marketing: b.Marketing
    assortment: b.Assortment
    stores: b.Stores = b.Stores()
    stock: b.Stock = b.Stock()
    replenishment: operations.Replenishment = operations.Replenishment()
    fulfilment: b.Fulfilment = b.Fulfilment()
    payments: operations.Payments = operations.Payments()
    coupons: b.Coupons = b.Coupons()
    survey: b.Survey = b.Survey()
    experiment: b.Experiment = b.Experiment()
    rollout: b.Rollout = b.Rollout()
    incidents: b.Incidents = b.Incidents()
    shocks: tuple[causes.Shock, ...] = Field((), description="what happens outside", max_length=40)
    campaigns: tuple[causes.Campaign, ...] = Field(
        (), description="bursts of channels", max_length=60
    )
    promotions: tuple[causes.Promotion, ...] = Field((), description="price cuts", max_length=60)
    membership: causes.Membership = causes.Membership()
    win_back: causes.WinBack = causes.WinBack()
    tracking: causes.Tracking = causes.Tracking()
    devices: context.Devices = context.Devices()
    interference: causes.Interference = causes.Interference()
    factorial: causes.Factorial = causes.Factorial()
    canary: causes.Canary = causes.Canary()
    fraud: b.Fraud = b.Fraud()
    return_fraud: operations.ReturnFraud = operations.ReturnFraud()
    signals: context.Signals = context.Signals()
    market_panel: context.MarketPanel = context.MarketPanel()
    made_to_order: context.MadeToOrder = context.MadeToOrder()
    privacy: context.Privacy = context.Privacy()
    raw: Raw = Raw()
    loyalty: members.Loyalty = members.Loyalty()
    coupon_mailings: members.CouponMailings = members.CouponMailings()
    referrals: members.Referrals = members.Referrals()
    community: members.Community = members.Community()
    service: members.Service = members.Service()
    voice: members.Voice = members.Voice()
    brand: members.Brand = members.Brand()

    @model_validator(mode="after")
    def _consistent(self) -> Scenario:
        n_days, stores = self.horizon.n_days, self.stores.n_stores
        test, rollout = self.experiment, self.rollout
        if test.is_on and test.first_day + test.n_days > n_days:
            raise ValueError(
                f"experiment.first_day + experiment.n_days = {test.first_day + test.n_days}: "
                f"the test must end within horizon.n_days = {n_days}"
            )
        if rollout.is_on:
            days = [wave.first_day for wave in rollout.waves]
            if days != sorted(set(days)):
                raise ValueError(f"rollout.waves.first_day = {days}: give rising days")
            if days and days[-1] >= n_days:
                raise ValueError(
                    f"rollout.waves.first_day = {days[-1]}: waves must start before "
                    f"horizon.n_days = {n_days}"
                )
            taken = sum(max(1, round(wave.store_share * stores)) for wave in rollout.waves)
            if taken > stores:
                raise ValueError(
                    f"rollout.waves take {taken} stores, but stores.n_stores = {stores}"
                )
        if len(set(self.market.regions)) < len(self.market.regions):
            raise ValueError(f"market.regions = {list(self.market.regions)}: name each region once")
        if len(self.market.regions) > stores:
            raise ValueError(
                f"market.regions has {len(self.market.regions)} regions for "
                f"stores.n_stores = {stores}: give at most one region per store"
            )
        low, high = self.population.cookie_life_days
        if not 7 <= low <= high:
            raise ValueError(
                f"population.cookie_life_days = [{low}, {high}]: give 7 <= shortest <= longest"
            )
        if n_days // low > _MAX_COOKIES:
            raise ValueError(
                f"population.cookie_life_days = [{low}, {high}]: over horizon.n_days = {n_days} give "
                f"lives of at least {n_days // (_MAX_COOKIES + 1) + 1} days"
            )
        self._check_causes()
        if self.raw.gap_days >= n_days:
            raise ValueError(
                f"raw.gap_days = {self.raw.gap_days}: give fewer than horizon.n_days = {n_days}"
            )
        cells = (stores + 1) * self.assortment.n_products * n_days
        if cells > _MAX_CELLS:
            raise ValueError(
                f"stores.n_stores = {stores}, assortment.n_products = {self.assortment.n_products} "
                f"and horizon.n_days = {n_days} make {cells:,} shelf-days, some "
                f"{_CELL_BYTES * cells / 1e9:.0f} GB of memory; give at most {_MAX_CELLS:,}"
            )
        if len(self.assortment.categories) > self.assortment.n_products:
            raise ValueError(
                f"assortment.n_products = {self.assortment.n_products}: give at least one product "
                f"for each of the {len(self.assortment.categories)} categories"
            )
        return self

    def _check_causes(self) -> None:
        """Windows lie in the horizon, names are given once, what is named exists."""
        n_days = self.horizon.n_days
        for field in ("campaigns", "promotions", "shocks"):
            for k, cause in enumerate(getattr(self, field)):
                if cause.first_day >= n_days:
                    raise ValueError(
                        f"{field}.{k}.first_day = {cause.first_day}: must start before "
                        f"horizon.n_days = {n_days}"
                    )
        for field in ("campaigns", "promotions"):
            names = [cause.name for cause in getattr(self, field)]
            if len(set(names)) < len(names):
                raise ValueError(f"{field}.name = {names}: name each once")
        last: dict[str, causes.Campaign] = {}
        for k, campaign in enumerate(sorted(self.campaigns, key=lambda c: c.first_day)):
            before = last.get(campaign.channel)
            if before is not None and before.first_day + before.n_days > campaign.first_day:
                raise ValueError(
                    f"campaigns.{k}: {campaign.name!r} and {before.name!r} overlap on channel "
                    f"{campaign.channel!r}: bursts of one channel exclude each other"
                )
            last[campaign.channel] = campaign
        categories = self.assortment.category_names
        running: dict[str, causes.Promotion] = {}
        for k, promotion in enumerate(sorted(self.promotions, key=lambda p: p.first_day)):
            if promotion.category is not None and promotion.category not in categories:
                raise ValueError(
                    f"promotions.{k}.category = {promotion.category!r}: known are "
                    f"{', '.join(categories)}"
                )
            covered = categories if promotion.category is None else (promotion.category,)
            for category in covered:
                earlier = running.get(category)
                if earlier and earlier.first_day + earlier.n_days > promotion.first_day:
                    raise ValueError(
                        f"promotions.{k}: {promotion.name!r} and {earlier.name!r} overlap in "
                        f"category {category!r}: one price cut at a time"
                    )
                running[category] = promotion
        for field in ("factorial", "canary"):
            block = getattr(self, field)
            if block.is_on and block.first_day + block.n_days > n_days:
                raise ValueError(
                    f"{field}.first_day + {field}.n_days = {block.first_day + block.n_days}: "
                    f"must end within horizon.n_days = {n_days}"
                )
        factors = [factor.name for factor in self.factorial.factors]
        if len(set(factors)) < len(factors):
            raise ValueError(f"factorial.factors.name = {factors}: name each once")
        if self.experiment.is_on and self.factorial.is_on and self.experiment.name in factors:
            raise ValueError(
                f"factorial.factors.name = {factors}: give other names than "
                f"experiment.name = {self.experiment.name!r}"
            )
        failing = self.rollout.failing_region
        if failing is not None and failing not in self.market.regions:
            raise ValueError(
                f"rollout.failing_region = {failing!r}: known are {', '.join(self.market.regions)}"
            )
        for k, shock in enumerate(self.shocks):
            if shock.region is not None and shock.region not in self.market.regions:
                raise ValueError(
                    f"shocks.{k}.region = {shock.region!r}: known are "
                    f"{', '.join(self.market.regions)}"
                )
            if (shock.kind == "rule_change") != (shock.channel is not None):
                raise ValueError(
                    f"shocks.{k}.channel = {shock.channel!r}: a rule_change needs a channel, other "
                    "kinds have none"
                )

    def with_seed(self, seed: int) -> Scenario:
        """The same scenario with other luck.

        Raises
        ------
        ScenarioError
            When the seed is not a whole number in [0, 2**63).
        """
        if isinstance(seed, bool) or not isinstance(seed, Integral) or not 0 <= seed < 2**63:
            raise ScenarioError(f"seed = {seed!r}: give a whole number in [0, 2**63)")
        return self.model_copy(update={"seed": int(seed)})

    def canonical(self) -> dict[str, Any]:
        """Plain values in declaration order, without what changes no number of any table.

        Left out are words, and the dials of the raw exports: those stand in the exports' manifest.
        """
        left_out = {"description", "about", "raw"}
        values: dict[str, Any] = json.loads(self.model_dump_json(exclude=left_out))
        return values

    @property
    def content_hash(self) -> str:
        """Hash of everything that can change a dataset."""
        text = json.dumps(self.canonical(), sort_keys=True, separators=(",", ":"))
        return blake2b(text.encode(), digest_size=16).hexdigest()


def json_schema() -> dict[str, Any]:
    """JSON schema of scenario files, for editors."""
    schema = Scenario.model_json_schema()
    schema["properties"]["extends"] = {
        "type": "string",
        "description": "preset or file whose fields this one overrides",
    }
    schema["properties"]["sizes"] = {
        "type": "object",
        "description": "named sets of overrides, chosen by --size",
    }
    schema["properties"]["markets"] = {
        "type": "object",
        "description": "named sets of overrides, chosen by --market",
    }
    schema["required"] = ["name"]
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema
