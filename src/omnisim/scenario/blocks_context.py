"""Blocks of a scenario for what surrounds the sale: signals, the market, made-to-order, privacy."""

from __future__ import annotations

from pydantic import Field, model_validator

from omnisim.scenario.block import Block, Share


class Devices(Block):
    """What kind of device web visits come from. Changes no visit and no purchase.

    The device is drawn once for each cookie when its visits are known, by Bayes' rule from the shares
    and conversions below: buyers' cookies are more often on a desktop, as in published figures, but no
    device makes anybody buy. A comparison of devices shows selection, and none of it is an effect.
    """

    mobile_share: Share = Field(
        0.70,
        description="web visits on phones; 64 % of visits to all kinds of sites, 70 % in apparel, 72 % "
        "in beauty (Contentsquare 2021); shops 60 % (Salesforce, Q4 2017) to 78 % (Salesforce, Q1 2024)",
    )
    tablet_share: Share = Field(
        0.03, description="web visits on tablets; 2.8 % (Contentsquare 2021), the rest desktops"
    )
    mobile_conversion_ratio: float = Field(
        0.50,
        ge=0.05,
        le=2,
        description="orders per web visit on phones / those on desktops; 1 = the device tells nothing; "
        "0.37 (Monetate, Q2 2016), 0.40 (Monetate, Q1 2019), 0.55 (Salesforce, Q1 2024)",
    )
    tablet_conversion_ratio: float = Field(
        0.90,
        ge=0.05,
        le=2,
        description="the same on tablets; 0.87 (Monetate, Q2 2016), 0.92 (Salesforce, Q4 2017)",
    )
    web_conversion: float = Field(
        0.035,
        gt=0,
        le=0.3,
        description="orders per web visit that the draw reckons with; where a world has more or fewer, "
        "the shares above come out a little different",
    )

    @model_validator(mode="after")
    def _possible(self) -> Devices:
        if self.mobile_share + self.tablet_share > 1:
            raise ValueError(
                f"devices.mobile_share + devices.tablet_share = "
                f"{self.mobile_share + self.tablet_share:g}: give at most 1"
            )
        if max(self.conversions) >= 1:
            raise ValueError(
                f"devices.web_conversion = {self.web_conversion:g}: with these shares and ratios "
                f"{max(self.conversions):.0%} of the visits on one device would have to buy; give less"
            )
        return self

    @property
    def shares(self) -> tuple[float, float, float]:
        """Shares of web visits on desktops, phones and tablets."""
        return 1 - self.mobile_share - self.tablet_share, self.mobile_share, self.tablet_share

    @property
    def conversions(self) -> tuple[float, float, float]:
        """Orders per web visit on desktops, phones and tablets; their mean is `web_conversion`."""
        ratios = (1.0, self.mobile_conversion_ratio, self.tablet_conversion_ratio)
        mean = sum(share * ratio for share, ratio in zip(self.shares, ratios, strict=True))
        desktop, mobile, tablet = (self.web_conversion * ratio / mean for ratio in ratios)
        return desktop, mobile, tablet


class SignalDials(Block):
    """One signal that runs ahead of demand."""

    lead_days: int = Field(ge=0, le=60, description="days by which it runs ahead of needs")
    noise_sd: float = Field(
        ge=0, le=2, description="log-sd of its daily noise; 0 = it shows interest as it is"
    )


class Signals(Block):
    """What outsiders can see of interest before it becomes demand. Changes no purchase."""

    is_on: bool = Field(True, description="switch")
    search_interest: SignalDials = Field(
        SignalDials(lead_days=10, noise_sd=0.10),
        description="index of searches by region and day; people search one to two weeks before they "
        "buy, and search volumes improve retail nowcasts by 5 to 20 % (Choi & Varian 2012)",
    )
    footfall: SignalDials = Field(
        SignalDials(lead_days=4, noise_sd=0.15),
        description="index of passers-by in shopping areas by region and day, from mobile devices: "
        "close to the visit, but a panel of a few per cent of all phones",
    )
    social_buzz: SignalDials = Field(
        SignalDials(lead_days=17, noise_sd=0.35),
        description="index of posts about the categories, whole market only: early and loud, most "
        "posts never become a purchase",
    )


class MarketPanel(Block):
    """The category as a market panel reports it: the retailer and all its competitors."""

    is_on: bool = Field(True, description="switch")
    market_share: float = Field(
        0.06,
        ge=0.001,
        le=0.9,
        description="share of category sales the retailer would hold without marketing, middle "
        "category; with it some third more; a regional chain holds some per cent of its market",
    )
    share_sigma: float = Field(
        0.35, ge=0, le=2, description="log-sd of competitors' size between categories"
    )
    sales_sd: float = Field(
        0.05, ge=0, le=1, description="log-sd of competitors' monthly sales around their season"
    )
    price_sd: float = Field(
        0.03, ge=0, le=0.2, description="sd of competitors' price index [share of its mean]"
    )
    price_memory: Share = Field(
        0.8, description="share of a price deviation that lasts into the next month"
    )
    price_elasticity: float = Field(
        1.5,
        ge=0,
        le=4,
        description="rise of competitors' sales per fall of their prices [share per share]; category "
        "level demand is near 1, brand level 2.6 (Bijmolt, van Heerde & Pieters 2005)",
    )


class MadeToOrder(Block):
    """Products configured by the customer, quoted, produced and delivered."""

    is_on: bool = Field(False, description="switch; most retailers sell from stock")
    order_share: Share = Field(
        0.25, description="orders that are configured, of those not carried out"
    )
    start_share: Share = Field(
        0.10, description="online visits without such an order that open the configurator"
    )
    n_options: int = Field(12, ge=1, le=200, description="options offered per choice, middle visit")
    overload_options: float = Field(
        24.0,
        ge=1,
        le=1000,
        description="options at which conversion has halved: factor 1 / (1 + (n / this)^2); more than "
        "20 options cause choice paralysis; 24 jams sold to 3 %, 6 jams to 30 % of tasters "
        "(Iyengar & Lepper 2000)",
    )
    n_steps: int = Field(5, ge=2, le=12, description="steps of the configurator")
    completion_share: Share = Field(
        0.45,
        description="opened configurators without an order that end in a quote, at few options",
    )
    quote_valid_days: int = Field(14, ge=1, le=120, description="days a quote holds")
    option_premium: float = Field(
        0.25, ge=0, le=3, description="quote above list price, mean [share]; options cost extra"
    )
    lead_time_days: float = Field(
        21.0,
        ge=1,
        le=200,
        description="median days from order to delivery; sofas and suits take weeks",
    )
    lead_time_sigma: float = Field(0.25, ge=0, le=1.5, description="log-sd of days to delivery")
    lead_time_aversion: float = Field(
        0.08,
        ge=0,
        le=2,
        description="fall of conversion per promised week: factor 1 / (1 + this x weeks)",
    )
    rework_share: Share = Field(
        0.05, description="on-time orders made twice; three times as many of the late ones"
    )


class Privacy(Block):
    """Who looks at customers' records, and what goes wrong with it. Changes no purchase."""

    is_on: bool = Field(True, description="switch")
    accesses_per_day: float = Field(
        0.6, ge=0, le=3, description="logged accesses per staff account and working day, mean"
    )
    masked_share: Share = Field(
        0.8, description="accesses that see masked names and addresses, where the work allows it"
    )
    late_work_share: Share = Field(
        0.03, description="rightful accesses outside hours: they look like a leak and are none"
    )
    exports_per_year: float = Field(
        4.0, ge=0, le=200, description="exports of customers' records that nobody was entitled to"
    )
    insider_share: Share = Field(
        0.6, description="of these, by staff; the rest by stolen accounts (insiders lead in retail)"
    )
    detected_share: Share = Field(
        0.5, description="of these, noticed and entered in the incident log"
    )
    detection_days: float = Field(
        20.0, gt=0, le=400, description="days until an export is noticed, median"
    )
    complaints_per_100k: float = Field(
        12.0,
        ge=0,
        le=10_000,
        description="privacy complaints per 100 000 persons and year; European authorities receive "
        "some tens per 100 000 inhabitants over all industries",
    )
    complaint_days: float = Field(
        12.0,
        gt=0,
        le=365,
        description="days until a complaint is closed, median; 30 is the legal limit",
    )
