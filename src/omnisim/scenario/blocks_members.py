"""Members, service and voice: points, mailings of coupons, referrals, posts, contacts, answers."""

from __future__ import annotations

from pydantic import Field, model_validator

from omnisim.scenario.block import Block, Share


class Loyalty(Block):
    """The points programme; points are earned on orders of an account in every channel."""

    is_on: bool = Field(True, description="switch")
    points_per_unit: float = Field(
        1.0, ge=0, le=100, description="points for one unit of currency spent; common: 1"
    )
    silver_spend: float = Field(
        250.0,
        gt=0,
        le=1e7,
        description="spend within a year for the silver tier [currency]; about a quarter of buyers",
    )
    gold_spend: float = Field(
        600.0,
        gt=0,
        le=1e7,
        description="spend within a year for the gold tier [currency]; under a tenth of buyers",
    )
    silver_factor: float = Field(1.25, ge=1, le=10, description="points of silver members, factor")
    gold_factor: float = Field(1.5, ge=1, le=10, description="points of gold members, factor")
    opening_points: float = Field(
        120.0,
        ge=0,
        le=1e6,
        description="mean balance on day 0 of accounts a year old; a year's earning less redemption",
    )
    reward_points: int = Field(
        100, ge=1, le=1_000_000, description="points that one reward costs [points]"
    )
    redeem_share: Share = Field(
        0.30, description="orders at which a member with enough points takes a reward"
    )
    expiry_days: int = Field(
        270,
        ge=30,
        le=3650,
        description="days without an entry after which a balance expires; programmes use 6 to 24 months",
    )

    @model_validator(mode="after")
    def _rising(self) -> Loyalty:
        if self.gold_spend <= self.silver_spend:
            raise ValueError(
                f"gold_spend = {self.gold_spend:g}: give more than "
                f"silver_spend = {self.silver_spend:g}"
            )
        return self


class CouponMailings(Block):
    """How coupons come to customers; who redeems them is decided in `coupons`."""

    is_on: bool = Field(True, description="switch of coupons nobody redeems; redemptions stay")
    send_share: Share = Field(
        0.02, description="e-mails that carry MAIL10; keeps redemption in the usual low percents"
    )
    mail_valid_days: int = Field(14, ge=1, le=365, description="validity of MAIL10 [days]")
    welcome_valid_days: int = Field(60, ge=1, le=730, description="validity of WELCOME15 [days]")


class Referrals(Block):
    """Members who bring members."""

    is_on: bool = Field(True, description="switch")
    reward_points: int = Field(
        150, ge=0, le=1_000_000, description="points for whoever brought a new account [points]"
    )


class Community(Block):
    """Posts in the private community."""

    is_on: bool = Field(True, description="switch of posts; messages are a channel of their own")
    posts_per_member: float = Field(
        1.6,
        ge=0,
        le=200,
        description="posts per member and year, mean; 1 of 100 members writes most of them, 90 "
        "hardly any (participation inequality, Nielsen 2006)",
    )
    reach_share: Share = Field(
        0.5, description="of the region's members who see a post at the median; editorial"
    )
    reaction_share: Share = Field(
        0.03, description="of those reached who react to a post; editorial, 1 to 5 %"
    )
    promotional_share: Share = Field(
        0.4, description="posts of the retailer that promote; the rest advise and entertain"
    )
    complaint_share: Share = Field(
        0.15, description="late or cancelled orders of members that lead to a post; editorial"
    )


class Service(Block):
    """Contacts with the service desk; shares are chances that a fact leads to a contact."""

    is_on: bool = Field(True, description="switch")
    late_share: Share = Field(0.30, description="late orders that are asked about")
    on_time_share: Share = Field(
        0.03, description="orders in time that are asked about all the same"
    )
    cancelled_share: Share = Field(0.35, description="orders cancelled by the retailer: complaint")
    return_share: Share = Field(0.15, description="returns with a question about the refund")
    defect_share: Share = Field(
        0.20, description="returns for quality or description that become a complaint"
    )
    question_share: Share = Field(
        0.002, description="online visits without an order that end in a product question"
    )
    outage_share: Share = Field(
        0.012, description="account holders who call about a failed payment, per outage"
    )
    privacy_share: Share = Field(
        0.15, description="messages without consent, and withdrawals, that become a request"
    )
    loyalty_share: Share = Field(0.012, description="orders of members with a question on points")
    phone_wait_minutes: float = Field(
        4.0, gt=0, le=600, description="median wait on the phone; desks aim at under a minute"
    )
    email_wait_minutes: float = Field(
        420.0, gt=0, le=20_000, description="median wait for an e-mail; retailers: 5 to 12 hours"
    )
    handle_minutes: float = Field(
        7.0, gt=0, le=600, description="median handling time; call centres: 6 to 8 minutes"
    )
    first_contact_share: Share = Field(
        0.72, description="contacts resolved at once; call centres report 70 to 75 %"
    )
    complaint_days: float = Field(
        3.0, gt=0, le=365, description="median days to resolve what the first contact did not"
    )


class Voice(Block):
    """Short ratings at touchpoints, and comments."""

    is_on: bool = Field(True, description="switch of ratings and comments")
    session_share: Share = Field(0.012, description="online visits that are asked")
    order_share: Share = Field(0.20, description="orders, deliveries and uses that are asked, each")
    after_share: Share = Field(0.5, description="returns and service contacts that are asked, each")
    mean_score: float = Field(
        3.95,
        ge=1,
        le=5,
        description="mean latent rating on the scale 1 to 5; gives a CSAT of two thirds, and of 80 % among those who answer",
    )
    person_sd: float = Field(0.6, ge=0, le=3, description="sd of latent ratings between persons")
    occasion_sd: float = Field(0.7, ge=0, le=3, description="sd of latent ratings within a person")
    late_penalty: float = Field(1.2, ge=0, le=4, description="points lost by a late order")
    cancel_penalty: float = Field(1.8, ge=0, le=4, description="points lost by a cancelled order")
    wait_penalty: float = Field(
        0.8, ge=0, le=4, description="points lost by waiting more than twice the median, and again "
        "by not being helped at once"
    )  # fmt: skip
    answer_share: Share = Field(
        0.30, description="answers at a neutral score; in-app polls 10-30 %"
    )
    answer_bias: Share = Field(
        1.0,
        description="confounding dial: 1 = the satisfied answer up to 1.6 times as often and the "
        "disappointed half as often, 0 = silence says nothing (the unconfounded twin)",
    )
    comment_share: Share = Field(
        0.28, description="answers that carry a comment, of ratings and NPS alike"
    )
    foreign_share: Share = Field(0.06, description="comments in another language than the market's")


class Brand(Block):
    """A monthly survey of brand awareness by region."""

    is_on: bool = Field(True, description="switch")
    ask_share: Share = Field(0.05, description="persons asked in a wave")
    base_awareness: Share = Field(
        0.20, description="persons who know the brand without any contact within a year"
    )
    half_contacts: float = Field(
        50.0, gt=0, le=1000, description="contacts in memory at which half of the others know it"
    )
    retention: Share = Field(0.8, description="share of contacts remembered after a month")
    consider_share: Share = Field(
        0.45, description="who consider it, of the aware who never bought"
    )
    prefer_share: Share = Field(
        0.25, description="who prefer it, of the considering who never bought; twice that of buyers"
    )
