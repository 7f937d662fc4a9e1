"""Members, service and voice: points, coupons, referrals, posts, contacts, ratings, comments."""

from __future__ import annotations

from omnisim.schema.channels import CHANNEL_NAMES, COUPONS, ORDER_CHANNELS
from omnisim.schema.declare import CUSTOMER, ORDER, cents_column, id_column
from omnisim.schema.types import Column, Table

LOYALTY_TIERS = ("base", "silver", "gold")
LEDGER_KINDS = ("opening", "redeem", "earn", "referral", "reversal", "expire")
COUPON_CHANNELS = (*ORDER_CHANNELS, "email")
POST_AUTHORS = ("member", "retailer")
POST_TOPICS = ("product", "style_tip", "question", "review", "complaint", "chat")
CONSENT_PURPOSES = ("email", "sms", "push", "community")
CONSENT_ACTIONS = ("given", "withdrawn")
CONTACT_REASONS = (
    "where_is_my_order",
    "return",
    "product_question",
    "complaint",
    "privacy_request",
    "loyalty",
    "payment",
)
CONTACT_CHANNELS = ("phone", "chat", "email", "store")
RATED_STAGES = ("discover", "consider", "buy", "receive", "use", "return", "service")
RATED_TOUCHPOINTS = (*ORDER_CHANNELS, "parcel", "product", "phone", "chat", "email")
COMMENT_LANGUAGES = ("en", "zh", "es")
COMMENT_TOPICS = (
    "delivery",
    "product",
    "price",
    "staff",
    "website",
    "stock",
    "returns",
    "service",
)
COMMENT_SENTIMENTS = ("negative", "neutral", "positive")

_SESSION = "sessions.session_id"
_IDENTITY = "identities.identity_id"
_RATING = "touchpoint_ratings.touchpoint_rating_id"

_LOYALTY: dict[str, Table] = {
    "loyalty_tiers": Table(
        about="One tier of an account from a date on. Every account starts at the base tier; spend of "
        "the last 365 days, less refunds, decides each night.",
        key=("customer_id", "valid_from_at"),
        sort_by=("valid_from_at", "customer_id"),
        columns={
            "valid_from_at": Column("timestamp", "start of the tier; may precede the data"),
            "customer_id": id_column("account", references=CUSTOMER),
            "tier": Column("category", "tier", allowed=LOYALTY_TIERS),
            "spend_cents": cents_column("spend within the year before, in the data"),
        },
    ),
    "loyalty_ledger": Table(
        about="One booking of points on an account. A person's two accounts have two balances.",
        key=("ledger_entry_id",),
        sort_by=("recorded_at", "ledger_entry_id"),
        columns={
            "recorded_at": Column("timestamp", "when it was booked"),
            "ledger_entry_id": id_column("booking, no order implied"),
            "customer_id": id_column("account", references=CUSTOMER),
            "entry_number": Column("int32", "bookings of the account, counted from 1", low=1),
            "entry_kind": Column(
                "category",
                "opening balance on the first day; earned when an order is handed over; reversed on "
                "a return; redeemed for a reward that takes no money off an order; expired; for "
                "bringing a member",
                allowed=LEDGER_KINDS,
            ),
            "n_points": Column("int32", "points, negative when they go"),
            "balance_after_points": Column("int32", "balance after the booking [points]", low=0),
            "order_id": id_column("order it follows from", nullable=True, references=ORDER),
        },
    ),
    "coupon_issues": Table(
        about="One coupon given to an account; those given before the data are listed while valid.",
        key=("coupon_issue_id",),
        sort_by=("issued_at", "coupon_issue_id"),
        columns={
            "issued_at": Column("timestamp", "when it was given; may precede the data"),
            "coupon_issue_id": id_column("issue, no order implied"),
            "customer_id": id_column("account it was given to", references=CUSTOMER),
            "coupon_code": Column("category", "code", allowed=COUPONS),
            "issue_channel": Column("category", "where it was given", allowed=COUPON_CHANNELS),
            "valid_until_at": Column("timestamp", "last moment it can be redeemed"),
        },
    ),
    "coupon_redemptions": Table(
        about="One order placed with a coupon, cancelled ones included.",
        key=("coupon_redemption_id",),
        sort_by=("redeemed_at", "coupon_redemption_id"),
        columns={
            "redeemed_at": Column("timestamp", "time of the order"),
            "coupon_redemption_id": id_column("redemption, no order implied"),
            "coupon_issue_id": id_column(
                "issue it came from; missing for guests",
                nullable=True,
                references="coupon_issues.coupon_issue_id",
            ),
            "order_id": id_column("order", references=ORDER),
            "customer_id": id_column("account, when known", nullable=True, references=CUSTOMER),
            "coupon_code": Column("category", "code", allowed=COUPONS),
            "redeem_channel": Column("category", "where it was redeemed", allowed=ORDER_CHANNELS),
            "discount_amount_cents": cents_column(
                "discount the coupon gave; price cuts come on top"
            ),
        },
    ),
}

_PRIVATE_DOMAIN: dict[str, Table] = {
    "referrals": Table(
        about="One account that another member brought.",
        key=("referral_id",),
        sort_by=("referred_at", "referral_id"),
        columns={
            "referred_at": Column("timestamp", "when the new account was opened"),
            "referral_id": id_column("referral, no order implied"),
            "referrer_customer_id": id_column("account that brought it", references=CUSTOMER),
            "customer_id": id_column("new account", references=CUSTOMER),
            "reward_points": Column("int32", "points booked for it [points]", low=0),
        },
    ),
    "community_posts": Table(
        about="One post in the private community, of a member or of the retailer (one a day, to "
        "everybody the channel reached that day).",
        key=("community_post_id",),
        sort_by=("posted_at", "community_post_id"),
        columns={
            "posted_at": Column("timestamp", "when it was posted"),
            "community_post_id": id_column("post, no order implied"),
            "author_kind": Column("category", "who wrote it", allowed=POST_AUTHORS),
            "customer_id": id_column(
                "account of the author, where the member has one",
                nullable=True,
                references=CUSTOMER,
            ),
            "topic": Column("category", "what it is about", allowed=POST_TOPICS),
            "n_reached": Column("int64", "members who saw it", low=0),
            "n_reactions": Column("int64", "reactions; for the retailer clicks to the shop", low=0),
            "is_promotional": Column("bool", "offers something for sale"),
        },
    ),
    "consent_events": Table(
        about="One consent given or withdrawn for one purpose.",
        key=("consent_event_id",),
        sort_by=("changed_at", "consent_event_id"),
        columns={
            "changed_at": Column("timestamp", "when; may precede the data"),
            "consent_event_id": id_column("event, no order implied"),
            "customer_id": id_column("account", references=CUSTOMER),
            "purpose": Column("category", "what for", allowed=CONSENT_PURPOSES),
            "action": Column("category", "given or withdrawn", allowed=CONSENT_ACTIONS),
        },
    ),
    "winback_contacts": Table(
        about="The first message to an account after its lapse: no order for as long as the scenario "
        "says. The message itself is in touchpoints.",
        key=("touchpoint_id",),
        sort_by=("contacted_at", "touchpoint_id"),
        columns={
            "contacted_at": Column("timestamp", "when it was sent"),
            "touchpoint_id": id_column("message", references="touchpoints.touchpoint_id"),
            "customer_id": id_column("lapsed account", references=CUSTOMER),
            "channel": Column("category", "channel", allowed=CHANNEL_NAMES),
            "last_ordered_at": Column("timestamp", "last order of the account before it"),
            "has_ordered_within_30_days": Column(
                "bool", "ordered within 30 days; missing when these are not over", nullable=True
            ),
        },
    ),
}

_VOICE: dict[str, Table] = {
    "service_contacts": Table(
        about="One contact with the service desk.",
        key=("service_contact_id",),
        sort_by=("opened_at", "service_contact_id"),
        columns={
            "opened_at": Column("timestamp", "when the customer called or wrote"),
            "service_contact_id": id_column("contact, no order implied"),
            "customer_id": id_column("account, when known", nullable=True, references=CUSTOMER),
            "identity_id": id_column(
                "identity it was linked to", nullable=True, references=_IDENTITY
            ),
            "order_id": id_column("order it is about", nullable=True, references=ORDER),
            "contact_reason": Column("category", "reason", allowed=CONTACT_REASONS),
            "contact_channel": Column("category", "channel", allowed=CONTACT_CHANNELS),
            "wait_minutes": Column("float64", "until somebody answered [minutes]", low=0),
            "handle_minutes": Column("float64", "work on the first answer [minutes]", low=0),
            "resolved_at": Column("timestamp", "when it was settled", nullable=True),
            "is_resolved_first_contact": Column("bool", "settled by the first answer"),
        },
    ),
    "touchpoint_ratings": Table(
        about="One short question after a moment of the journey, on a scale of 1 to 5. Unanswered "
        "ones stay: silence depends on satisfaction.",
        key=("touchpoint_rating_id",),
        sort_by=("asked_at", "touchpoint_rating_id"),
        columns={
            "asked_at": Column("timestamp", "when it was asked"),
            "touchpoint_rating_id": id_column("question, no order implied"),
            "stage": Column("category", "stage of the journey", allowed=RATED_STAGES),
            "touchpoint": Column("category", "what is rated", allowed=RATED_TOUCHPOINTS),
            "customer_id": id_column("account, when known", nullable=True, references=CUSTOMER),
            "session_id": id_column("visit it is about", nullable=True, references=_SESSION),
            "order_id": id_column("order it is about", nullable=True, references=ORDER),
            "service_contact_id": id_column(
                "contact it is about",
                nullable=True,
                references="service_contacts.service_contact_id",
            ),
            "answered_at": Column("timestamp", "when it was answered", nullable=True),
            "rating": Column("int16", "1 to 5, missing when silent", nullable=True, low=1, high=5),
        },
    ),
    "survey_comments": Table(
        about="One comment left with an answer, in the customer's language.",
        key=("survey_comment_id",),
        sort_by=("commented_at", "survey_comment_id"),
        columns={
            "commented_at": Column("timestamp", "when it was written"),
            "survey_comment_id": id_column("comment, no order implied"),
            "survey_invitation_id": id_column(
                "NPS answer it belongs to",
                nullable=True,
                references="survey_invitations.survey_invitation_id",
            ),
            "touchpoint_rating_id": id_column(
                "rating it belongs to", nullable=True, references=_RATING
            ),
            "comment_text": Column("string", "what was written"),
        },
    ),
    "brand_tracker": Table(
        about="One wave of the brand survey in one region: answers of a random sample of the "
        "population at the end of a month.",
        key=("wave_date", "region"),
        sort_by=("wave_date", "region"),
        columns={
            "wave_date": Column("date", "first day of the month"),
            "region": Column("category", "region of residence"),
            "n_asked": Column("int64", "persons asked", low=0),
            "n_aware": Column("int64", "know the brand", low=0),
            "n_considering": Column("int64", "would consider it", low=0),
            "n_preferring": Column("int64", "prefer it to others", low=0),
        },
    ),
}

MEMBER_TABLES: dict[str, Table] = {**_LOYALTY, **_PRIVATE_DOMAIN, **_VOICE}

MEMBER_TRUTH: dict[str, Table] = {
    "rating_scores": Table(
        about="What everybody asked for a rating would have said.",
        key=("touchpoint_rating_id",),
        sort_by=("touchpoint_rating_id",),
        side="truth",
        columns={
            "touchpoint_rating_id": id_column("question", references=_RATING),
            "true_rating": Column("int16", "1 to 5", low=1, high=5),
        },
    ),
    "comment_labels": Table(
        about="What a comment is about and how it is meant.",
        key=("survey_comment_id",),
        sort_by=("survey_comment_id",),
        side="truth",
        columns={
            "survey_comment_id": id_column(
                "comment", references="survey_comments.survey_comment_id"
            ),
            "language": Column("category", "language", allowed=COMMENT_LANGUAGES),
            "topic": Column("category", "topic", allowed=COMMENT_TOPICS),
            "sentiment": Column("category", "sentiment", allowed=COMMENT_SENTIMENTS),
        },
    ),
    "brand_truth": Table(
        about="What the brand survey would count if it asked everybody.",
        key=("wave_date", "region"),
        sort_by=("wave_date", "region"),
        side="truth",
        columns={
            "wave_date": Column("date", "first day of the month"),
            "region": Column("category", "region of residence"),
            "n_persons": Column("int64", "persons", low=0),
            "n_aware": Column("int64", "know the brand", low=0),
            "n_considering": Column("int64", "would consider it", low=0),
            "n_preferring": Column("int64", "prefer it to others", low=0),
        },
    ),
}
