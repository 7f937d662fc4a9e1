"""Declarations of the truth about what the core tables hold: who is who, and what causes did."""

from __future__ import annotations

from omnisim.schema import channels as ch
from omnisim.schema.declare import CUSTOMER, LOCATION, cents_column, id_column
from omnisim.schema.types import Column, Table

CORE_TRUTH: dict[str, Table] = {
    "persons": Table(
        about="One person and the traits nobody sees.",
        key=("person_id",),
        sort_by=("person_id",),
        side="truth",
        columns={
            "person_id": id_column("person, in order of creation"),
            "home_location_id": id_column("nearest store", references=LOCATION),
            "need_rate": Column("float64", "needs per day before season [1/day]", low=0),
            "digital_affinity": Column("float64", "leaning to online touches [0-1]", low=0, high=1),
            "price_sensitivity": Column("float64", "leaning to coupons [0-1]", low=0, high=1),
            "person_kind": Column(
                "category",
                "how the person behaves",
                allowed=("shopper", "coupon_abuser", "fake_buyer", "bot"),
            ),
            "n_orders": Column("int32", "orders placed in the horizon", low=0),
        },
    ),
    "customer_map": Table(
        about="Which person an account belongs to.",
        key=("customer_id",),
        sort_by=("customer_id",),
        side="truth",
        columns={
            "customer_id": id_column("account", references=CUSTOMER),
            "person_id": id_column("person", references="persons.person_id"),
        },
    ),
    "identity_map": Table(
        about="Which person an identity belongs to (the ring leader's for a shared token).",
        key=("identity_id",),
        sort_by=("identity_id",),
        side="truth",
        columns={
            "identity_id": id_column("identity", references="identities.identity_id"),
            "person_id": id_column("person", references="persons.person_id"),
        },
    ),
    "order_labels": Table(
        about="Orders that are not what they seem.",
        key=("order_id",),
        sort_by=("order_id",),
        side="truth",
        columns={
            "order_id": id_column("order", references="orders.order_id"),
            "label": Column("category", "kind", allowed=("fake_order", "coupon_abuse")),
        },
    ),
    "session_intents": Table(
        about="What a visit was for.",
        key=("session_id",),
        sort_by=("session_id",),
        side="truth",
        columns={
            "session_id": id_column("session", references="sessions.session_id"),
            "intent": Column(
                "category", "latent intent; `none` has no open need", allowed=ch.INTENTS
            ),
        },
    ),
    "lost_demand": Table(
        about="Units wanted but not available, per location, SKU and month.",
        key=("month_date", "location_id", "sku"),
        sort_by=("month_date", "location_id", "sku"),
        side="truth",
        columns={
            "month_date": Column("date", "first day of the month"),
            "location_id": id_column("location", references=LOCATION),
            "sku": id_column("product", references="products.sku"),
            "n_wanted": Column(
                "int64", "units asked for; who finds an empty shelf may ask again", low=0
            ),
            "n_lost": Column("int64", "units not served and not substituted", low=0),
        },
    ),
    "outcomes": Table(
        about="What each world came to, per catchment and week.",
        key=("world", "location_id", "week"),
        sort_by=("world", "location_id", "week"),
        side="truth",
        columns={
            "world": Column(
                "string", "`base`, or what was changed in it", references="worlds.world"
            ),
            "location_id": id_column("store whose catchment", references=LOCATION),
            "week": Column("int16", "weeks since the first day", low=0),
            "n_orders": Column("int64", "completed genuine orders", low=0),
            "net_amount_cents": cents_column("net sales of these orders"),
        },
    ),
    "effects": Table(
        about="What each cause did, from worlds that share every draw.",
        key=("estimand", "cause", "semantics", "outcome", "scope"),
        sort_by=("estimand", "cause", "semantics", "outcome", "scope"),
        side="truth",
        columns={
            "estimand": Column(
                "string",
                "`total`, `ate`, `att`; where asked for also `cate`, `add_one_in`, `synergy`, `shapley`, "
                "`shapley_sampling`, `budget_step`, `marginal_roas`, `lost_demand`",
            ),
            "cause": Column(
                "string",
                "channel, several joined by `+`, experiment, roll-out, programme, treatment, "
                "`empty_shelves`, or `kind:name` of a cause with a window",
            ),
            "semantics": Column(
                "string",
                "what 'without' means: `ghost`, `substitute`, `reallocated`, `not_run`, "
                "`all_minus_none`, `reach_times`, `treated`, `asked_for`, `full_shelves`",
            ),
            "outcome": Column("string", "what was counted"),
            "scope": Column(
                "string", "whom or what it covers, e.g. `all`, `wave=2`, `region=North`, `+10%`"
            ),
            "first_date": Column("date", "first day of the window"),
            "last_date": Column("date", "last day of the window, included"),
            "unit": Column("string", "unit of the value"),
            "value": Column("float64", "the effect"),
            "std_error": Column(
                "float64",
                "spread over persons for another draw of customers; of `shapley` the error of sampling "
                "orders; 0 where persons are not told apart [unit]",
                low=0,
            ),
            "n_units": Column(
                "int64", "persons, accounts, store-weeks or products behind the value", low=0
            ),
            "replications": Column(
                "int16", "pairs of worlds; of `shapley` the orders of channels", low=1
            ),
            "coupling": Column("string", "what the worlds share"),
        },
    ),
}
