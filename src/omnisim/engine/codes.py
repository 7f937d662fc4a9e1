"""Channels, kinds and streams as plain numbers: compiled code has no enums and no strings."""

from __future__ import annotations

from omnisim.rng.streams import Stream
from omnisim.schema.channels import (
    CANCEL_REASONS,
    CHANNEL_ID,
    FULFILMENTS,
    INTENTS,
    ORDER_CHANNELS,
    RETURN_REASONS,
    TOUCH_KINDS,
)
from omnisim.timeline import SECONDS_PER_DAY

DAY_SECONDS = SECONDS_PER_DAY
HOUR_SECONDS = 3_600
MAX_STEPS = 15  # of one journey

DRAW_DAY, DRAW_OWNED, DRAW_RESPONSE = int(Stream.DAY), int(Stream.OWNED), int(Stream.RESPONSE)
DRAW_NEED, DRAW_CHOICE, DRAW_STEP, DRAW_VISIT = (
    int(Stream.NEED),
    int(Stream.CHOICE),
    int(Stream.STEP),
    int(Stream.VISIT),
)
DRAW_PUSH_VISIT, DRAW_PUSH_STEP = int(Stream.PUSH_VISIT), int(Stream.PUSH_STEP)
DRAW_ORDER, DRAW_FULFIL, DRAW_LINE, DRAW_RETURN = (
    int(Stream.ORDER),
    int(Stream.FULFIL),
    int(Stream.LINE),
    int(Stream.RETURN),
)
DRAW_SURVEY, DRAW_DROPOUT, DRAW_OUTAGE = int(Stream.SURVEY), int(Stream.DROPOUT), int(Stream.OUTAGE)
DRAW_BURST, DRAW_FAKE, DRAW_ASSIGNMENT = int(Stream.BURST), int(Stream.FAKE), int(Stream.ASSIGNMENT)

RETARGETING = CHANNEL_ID["retargeting"]
PAID_SOCIAL, SHORT_VIDEO = CHANNEL_ID["paid_social"], CHANNEL_ID["short_video"]
EMAIL_CHANNEL, SMS = CHANNEL_ID["email"], CHANNEL_ID["sms"]
APP_PUSH, COMMUNITY = CHANNEL_ID["app_push"], CHANNEL_ID["community"]
DIRECT, BRAND_SEARCH, MARKETPLACE = (
    CHANNEL_ID["direct"],
    CHANNEL_ID["brand_search"],
    CHANNEL_ID["marketplace"],
)
STORE_VISIT, CALL_CENTRE = CHANNEL_ID["store_visit"], CHANNEL_ID["call_centre"]

IMPRESSION, SENT, OPENED = (TOUCH_KINDS.index(k) for k in ("impression", "sent", "open"))
CLICK, VISITED, CALLED = (TOUCH_KINDS.index(k) for k in ("click", "visit", "call"))
ON_WEB, IN_APP = 0, 1
BY_WEB, BY_APP, BY_MARKETPLACE = (ORDER_CHANNELS.index(k) for k in ("web", "app", "marketplace"))
BY_SOCIAL, BY_STORE, BY_CALL = (ORDER_CHANNELS.index(k) for k in ("social", "store", "call_centre"))
PARCEL, COLLECT, CARRY_OUT, FROM_STORE, TO_ORDER = (
    FULFILMENTS.index(k)
    for k in (
        "ship_from_dc",
        "click_and_collect",
        "carry_out",
        "ship_from_store",
        "made_to_order",
    )
)
NO_STOCK, BY_BUYER, BY_REVIEW, BY_SYSTEM = (
    CANCEL_REASONS.index(k) for k in ("no_stock", "customer", "payment_review", "system_error")
)
NO_INTENT, BROWSES, BUYS, IS_BOT = (INTENTS.index(k) for k in ("none", "browse", "buy", "bot"))
WELCOME, MAIL_COUPON = 0, 1
LATE_REASON = RETURN_REASONS.index("late")
N_OTHER_REASONS = len(RETURN_REASONS) - 1
FAKE_ORDER, COUPON_ABUSE = 0, 1
DRAW_WIN_BACK, DRAW_BOT = int(Stream.WIN_BACK), int(Stream.BOT)
DRAW_FACTORIAL, DRAW_CANARY, DRAW_FAILURE = (
    int(Stream.FACTORIAL),
    int(Stream.CANARY),
    int(Stream.FAILURE),
)
DRAW_STAND_IN = int(Stream.STAND_IN)
MAIL_DAYS = 14  # a mail coupon is good for so long
ADS = (RETARGETING, PAID_SOCIAL, SHORT_VIDEO)
MESSAGES = (EMAIL_CHANNEL, SMS, APP_PUSH, COMMUNITY)
PUSHES = (*ADS, *MESSAGES)
PULLS = (0, 1, 2, 3, 7, 8, 13, 14, 15)
