"""The channel registry: permanent ids that are never reused.

Random draws are addressed by these ids, so removing or adding a channel changes nobody else's luck.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Channel:
    """A way a customer and the retailer meet.

    Attributes
    ----------
    channel_id : int
        Permanent id, used as an address of random draws.
    channel : str
        Name in every table.
    label : str
        Name for people.
    is_online, is_paid, is_push : bool
        Where it happens; whether each contact costs media money; whether the retailer starts it.
    """

    channel_id: int
    channel: str
    label: str
    is_online: bool
    is_paid: bool
    is_push: bool


CHANNELS: tuple[Channel, ...] = (
    Channel(0, "direct", "Direct", True, False, False),
    Channel(1, "organic_search", "Organic search", True, False, False),
    Channel(2, "brand_search", "Brand search", True, True, False),
    Channel(3, "generic_search", "Generic search", True, True, False),
    Channel(4, "retargeting", "Retargeting", True, True, True),
    Channel(5, "paid_social", "Paid social", True, True, True),
    Channel(6, "short_video", "Short video & live", True, True, True),
    Channel(7, "affiliate", "Affiliate", True, True, False),
    Channel(8, "marketplace", "Marketplace", True, True, False),
    Channel(9, "email", "E-mail", True, False, True),
    Channel(10, "sms", "SMS", True, True, True),
    Channel(11, "app_push", "App push", True, False, True),
    Channel(12, "community", "Private community", True, False, True),
    Channel(13, "referral", "Referral", True, False, False),
    Channel(14, "store_visit", "Store visit", False, False, False),
    Channel(15, "call_centre", "Call centre", False, False, False),
)

CHANNEL_NAMES: tuple[str, ...] = tuple(c.channel for c in CHANNELS)
CHANNEL_ID: dict[str, int] = {c.channel: c.channel_id for c in CHANNELS}

TOUCH_KINDS = ("impression", "sent", "open", "click", "visit", "call")
PLATFORMS = ("web", "app")
DEVICES = ("desktop", "mobile", "tablet")  # the values of GA4's device category
ORDER_CHANNELS = ("web", "app", "marketplace", "social", "store", "call_centre")
FULFILMENTS = (
    "ship_from_dc",
    "click_and_collect",
    "carry_out",
    "ship_from_store",
    "made_to_order",
)
ORDER_STATUSES = ("completed", "cancelled")
CANCEL_REASONS = ("no_stock", "customer", "payment_review", "system_error")
RELEASES = ("stable", "canary")
INTENTS = ("none", "browse", "buy", "bot")
IDENTITY_KINDS = ("cookie", "app", "email", "phone", "loyalty_card", "payment_token")
RETURN_REASONS = ("size", "quality", "not_as_described", "late", "changed_mind")
RETURN_CHANNELS = ("parcel", "store")
INCIDENT_KINDS = (
    "platform_outage",
    "supplier_delay",
    "demand_shock",
    "competitor_entry",
    "price_war",
    "rule_change",
    "data_export",
    "privacy_complaint",
)
COUPONS = ("WELCOME15", "MAIL10")
