"""What the kernel reads: one flat record of numbers and arrays, made once per world."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from omnisim.behaviour.made_to_order import lead_time_factor, overload_factor
from omnisim.rng import (
    N_BINS,
    N_FINE_BINS,
    exponential_table,
    geometric_table,
    id_key,
    lognormal_table,
    normal_table,
    power_table,
    rounded,
    share_table,
)
from omnisim.scenario import Scenario
from omnisim.schema import CHANNEL_ID, CHANNELS
from omnisim.timeline import month_of_day
from omnisim.world import World
from omnisim.world.factors import Factors

N_CHANNELS = len(CHANNELS)
MAX_LINES = 6
MAX_BULK = 60  # units of one line
N_ACCOUNTS = 8  # accounts one person can open
# ordinals of a person's identities
EMAIL, PHONE, LOYALTY_0, LOYALTY_1, PAYMENT, APP, FIRST_COOKIE = 0, 1, 2, 3, 4, 5, 6
N_IDENTITIES = 80
MAX_DAYS, MAX_WEEKS, MAX_OUTAGES = 1830, 262, 1024
DECAY_DAYS = 120  # pressure older than this is nothing
MAX_REGIONS, MAX_CATEGORIES, MAX_SYNERGIES, MAX_FACTORS = 40, 30, 8, 4

# id spaces; permanent, because they are part of every id
KEY_CUSTOMER, KEY_IDENTITY, KEY_TOUCH, KEY_SESSION, KEY_ORDER = 1, 2, 3, 4, 5
KEY_LINE, KEY_RETURN, KEY_SURVEY = 6, 7, 8

AS_ASSIGNED, ALL_CONTROL, ALL_TREATED = 0, 1, 2

_HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 12, 16, 20, 22, 24, 22, 20, 20, 22, 26, 30, 34, 34, 26, 14, 5)


# --- records: compiled code passes them as one pointer, without counting references, where arrays in
# --- a tuple cost ten words and two atomic operations each. Hence arrays of fixed, greatest size.
_OF_CHANNEL = (
    "reach", "click_share", "open_share", "need_effect", "conversion_effect", "touch_factor", "half",
)  # fmt: skip

CAUSE = np.dtype(
    [
        ("channel_on", np.float64, (N_CHANNELS,)),
        ("is_substituted", np.bool_),  # another push fills the slots of one that is off
        ("experiment", np.int64),
        ("rollout_on", np.bool_),
        ("membership_on", np.bool_),
        ("win_back_on", np.bool_),
        ("factors", np.int64, (MAX_FACTORS,)),
        ("canary", np.int64),
    ],
    align=True,
)
CHANNEL_DIALS = np.dtype(
    [
        *((name, np.float64, (N_CHANNELS,)) for name in _OF_CHANNEL),
        ("is_online", np.int8, (N_CHANNELS,)),
        ("is_push", np.int8, (N_CHANNELS,)),
        ("decay", np.float64, (N_CHANNELS, DECAY_DAYS)),
    ],
    align=True,
)
DAYS = np.dtype(
    [
        ("need_factor", np.float64, (MAX_DAYS,)),
        ("delay", np.float64, (MAX_DAYS,)),  # days a parcel takes longer
        ("month", np.int64, (MAX_DAYS,)),
        ("is_email_day", np.int8, (MAX_DAYS,)),
        ("n_outages", np.int64),
        ("outage", np.int64, (MAX_OUTAGES, 2)),  # start and end [s]
        ("reach", np.float64, (N_CHANNELS, MAX_DAYS)),  # factors of campaigns, shocks and budgets
        ("need", np.float64, (MAX_REGIONS, MAX_DAYS)),
        ("conversion", np.float64, (MAX_DAYS,)),
        ("percent", np.int64, (MAX_CATEGORIES, MAX_DAYS)),  # taken off list prices
    ],
    align=True,
)
STORE = np.dtype(
    [
        ("service_day", np.int64),
        ("strength", np.float64),
        ("region", np.int64),
        ("local", np.float64, (MAX_WEEKS,)),  # factor of local demand by week
        ("queue", np.float64, (MAX_WEEKS,)),  # factor on conversion in the store by week
    ],
    align=True,
)
PRODUCT = np.dtype([("price", np.int64), ("cost", np.int64), ("category", np.int64)])
TABLES = np.dtype(
    [
        ("race", np.float64, (N_BINS + 1,)),
        ("gap", np.int64, (N_BINS,)),
        ("second", np.int64, (N_BINS,)),
        ("n_lines", np.int64, (N_BINS,)),
        ("pages", np.int64, (N_BINS,)),
        ("parcel", np.float64, (N_BINS,)),
        ("make", np.float64, (N_BINS,)),  # days to make to order, relative
        ("bulk", np.int64, (N_BINS,)),  # units of a line bought in bulk
        ("normal", np.float64, (N_BINS,)),
        ("popularity", np.int64, (N_FINE_BINS,)),
    ],
    align=True,
)
_FLOATS = (
    "serious_share", "dropout_share", "max_need_lift", "intent_follows", "email_chance",
    "leak_share", "login_share", "card_share", "cash_share", "guest_share", "substitution_share",
    "second_unit_share", "return_in_store_share", "median_days", "collect_hours", "cancel_share",
    "coupon_share", "invite_share", "mean_score", "score_sd", "late_penalty", "answer_share",
    "extreme_factor", "test_share", "test_effect", "test_novelty", "service_effect", "growth_days",
    "shift_share", "collect_share", "comeback_share", "burst_chance", "review_share",
    "fatigue", "wear_out", "showrooming_share", "bulk_share", "spillover_share", "store_use_share",
    "member_effect", "win_back_reach", "return_chance", "duplicate_share", "bot_chance",
    "pair_effect", "canary_share", "canary_effect", "canary_failure", "failing_share",
    "custom_share", "custom_factor", "make_days",
)  # fmt: skip
_INTS = (
    "n_days", "retargeting_days", "promise_days", "parcel_cost", "collect_cost",
    "welcome_percent", "mail_percent", "test_first", "test_last",
    "win_back_days", "ship_from_store", "n_synergies",
    "n_factors", "pages_first", "pages_last", "canary_first", "canary_last", "failing_region",
    "failing_days", "make_promise_days", "custom_percent",
)  # fmt: skip
DIALS = np.dtype(
    [
        ("seed", np.uint64),
        ("keys", np.uint64, (9,)),
        ("conversion", np.float64, (2,)),  # browse, serious
        ("abandonment", np.float64, (2,)),  # browse, serious
        ("return_share", np.float64, (2,)),  # store, online
        ("pair", np.int64, (MAX_SYNERGIES, 2)),  # channels that do more together
        ("synergy", np.float64, (MAX_SYNERGIES,)),
        ("factor_effect", np.float64, (MAX_FACTORS,)),
        *((name, np.float64) for name in _FLOATS),
        *((name, np.int64) for name in _INTS),
    ],
    align=True,
)


class Plan(NamedTuple):
    """What the kernel reads. Meanings and units are those of the scenario's blocks.

    Attributes
    ----------
    dials, days, channels, tables : records of DIALS, DAYS, CHANNEL_DIALS, TABLES
        Single numbers; by day; by permanent channel id; quantile tables.
    cause : record of CAUSE
        What is switched on in this world; everything else is shared by all worlds. `channel_on` is
        1.0 where a channel's contacts have an effect, 0.0 where only the slot stays.
    stores, products : record arrays of STORE and PRODUCT
        By index.
    availability : array, shape (n_locations, n_products, n_days)
        Flags of :mod:`omnisim.world.availability`.
    n_days : int
        Horizon.
    """

    dials: Any
    days: Any
    channels: Any
    tables: Any
    cause: Any
    stores: Any
    products: Any
    availability: NDArray[np.uint8]
    n_days: int

    def under(self, cause: Any) -> Plan:
        """The same plan in a world with another cause."""
        return self._replace(cause=cause)


class Goods(NamedTuple):
    """What an order is made from."""

    products: Any
    availability: NDArray[np.uint8]


class Rules(NamedTuple):
    """What a person's day is made from: pointers only."""

    dials: Any
    days: Any
    channels: Any
    tables: Any
    cause: Any
    store: Any


def new_cause(
    *,
    without: Collection[str] = (),
    is_substituted: bool = False,
    experiment: int = AS_ASSIGNED,
    rollout_on: bool = True,
    membership_on: bool = True,
    win_back_on: bool = True,
    factors: Mapping[int, int] | None = None,
    canary: int = AS_ASSIGNED,
) -> Any:
    """A world's switches.

    `without` names channels whose contacts have no effect; with `is_substituted` other pushes fill
    the slots of those among them. `factors` says by number which changes of the factorial everybody
    or nobody meets.
    """
    cause = np.recarray(1, CAUSE)
    on = [0.0 if channel.channel in without else 1.0 for channel in CHANNELS]
    cause["channel_on"], cause["experiment"], cause["rollout_on"] = on, experiment, rollout_on
    cause["membership_on"], cause["win_back_on"] = membership_on, win_back_on
    cause["is_substituted"] = is_substituted
    cause["factors"] = [(factors or {}).get(k, AS_ASSIGNED) for k in range(MAX_FACTORS)]
    cause["canary"] = canary
    return cause[0]


def _records(dtype: np.dtype[Any], n: int, **columns: Any) -> Any:
    rows = np.recarray(n, dtype)
    if set(columns) != set(dtype.names or ()):
        raise AssertionError(set(columns) ^ set(dtype.names or ()))
    for name, values in columns.items():
        rows[name] = values
    return rows


def build_plan(world: World) -> Plan:
    """Flatten a world for the kernel."""
    s = world.scenario
    channels = _channels(s)[0]
    local = np.zeros((world.places.n_stores, MAX_WEEKS))
    local[:, : world.places.local.shape[1]] = world.places.local
    return Plan(
        dials=_dials(s, channels)[0],
        days=_days(world)[0],
        channels=channels,
        tables=_tables(world)[0],
        cause=new_cause(),
        stores=_records(
            STORE,
            world.places.n_stores,
            service_day=world.places.service_day,
            strength=world.places.strength,
            region=world.places.region,
            local=local,
            queue=1.0,
        ),
        products=_records(
            PRODUCT,
            world.products.n_products,
            price=world.products.price_cents,
            cost=world.products.cost_cents,
            category=world.products.category,
        ),
        availability=world.availability,
        n_days=s.horizon.n_days,
    )


def with_factors(plan: Plan, factors: Factors) -> Plan:
    """The plan of a world in which other causes with a window happen."""
    days = np.recarray(1, DAYS)
    days[0] = plan.days
    _set_factors(days, factors)
    return plan._replace(days=days[0])


def _set_factors(days: Any, factors: Factors) -> None:
    """Lay factors into a record of DAYS; beyond the horizon and the lists nothing happens."""
    for name in ("reach", "need", "conversion", "percent"):
        values = getattr(factors, name)
        room = days[name][0]
        room[...] = 0 if name == "percent" else 1.0
        room[tuple(slice(0, n) for n in values.shape)] = values


def _days(world: World) -> Any:
    s, n_days = world.scenario, world.scenario.horizon.n_days
    outages = world.incidents.outages
    weekday = (s.horizon.start_date.weekday() + np.arange(n_days)) % 7

    def padded(values: NDArray[Any], length: int) -> NDArray[Any]:
        out = np.zeros((length, *values.shape[1:]), values.dtype)
        out[: len(values)] = values
        return out

    days = _records(
        DAYS,
        1,
        need_factor=padded(world.need_factor, MAX_DAYS),
        delay=padded(np.where(world.delayed, s.incidents.delay_parcel_days, 0.0), MAX_DAYS),
        month=padded(month_of_day(s.horizon.start_date, n_days), MAX_DAYS),
        is_email_day=padded(np.isin(weekday, list(s.marketing.email_days)), MAX_DAYS),
        n_outages=len(outages),
        outage=padded(outages, MAX_OUTAGES),
        reach=1.0,
        need=1.0,
        conversion=1.0,
        percent=0,
    )
    _set_factors(days, world.factors)
    return days


def _channels(s: Scenario) -> Any:
    dials = [s.marketing.channels[c.channel] for c in CHANNELS]

    def each(field: str) -> NDArray[np.float64]:
        return np.array([getattr(dial, field) for dial in dials], dtype=np.float64)

    return _records(
        CHANNEL_DIALS,
        1,
        is_online=[c.is_online for c in CHANNELS],
        is_push=[c.is_push for c in CHANNELS],
        decay=power_table(each("retention"), DECAY_DAYS),
        **{name: each("half_saturation" if name == "half" else name) for name in _OF_CHANNEL},
    )


def _dials(s: Scenario, channels: Any) -> Any:
    demand, marketing, people, goods = s.demand, s.marketing, s.population, s.assortment
    test, rollout, parcels, coupons = s.experiment, s.rollout, s.fulfilment, s.coupons
    same = {
        name: getattr(block, name)
        for block, names in (
            (demand, ("serious_share", "dropout_share", "showrooming_share")),
            (marketing, ("intent_follows", "retargeting_days", "fatigue", "wear_out")),
            (people, ("login_share", "card_share", "cash_share", "guest_share")),
            (goods, ("second_unit_share", "return_in_store_share", "bulk_share")),
            (coupons, ("store_use_share",)),
            (test, ("spillover_share",)),
            (parcels, ("median_days", "collect_hours", "cancel_share", "promise_days")),
            (
                s.survey,
                (
                    "invite_share", "mean_score", "score_sd", "late_penalty", "answer_share",
                    "extreme_factor",
                ),
            ),
            (rollout, ("growth_days", "shift_share", "collect_share", "failing_share")),
            (rollout, ("failing_days",)),
            (s.incidents, ("comeback_share",)),
            (s.fraud, ("review_share",)),
            (s.stock, ("substitution_share",)),
        )
        for name in names
    }  # fmt: skip
    n_days = s.horizon.n_days
    member, win_back, log = s.membership, s.win_back, s.tracking
    pages, canary, failing = s.factorial, s.canary, rollout.failing_region
    effects = np.zeros(MAX_FACTORS)
    effects[: len(pages.factors)] = [factor.conversion_effect for factor in pages.factors]
    pairs = np.zeros((MAX_SYNERGIES, 2), np.int64)
    synergy = np.zeros(MAX_SYNERGIES)
    for k, both in enumerate(marketing.synergies):
        pairs[k] = CHANNEL_ID[both.first], CHANNEL_ID[both.second]
        synergy[k] = both.conversion_effect
    return _records(
        DIALS,
        1,
        seed=s.seed,
        keys=np.array([0, *(id_key(s.seed, k) for k in range(1, 9))], dtype=np.uint64),
        conversion=(demand.browse_conversion, demand.serious_conversion),
        abandonment=(demand.browse_abandonment, demand.serious_abandonment),
        return_share=(goods.return_share_store, goods.return_share_online),
        max_need_lift=float(channels.need_effect.sum()),
        email_chance=marketing.channels["email"].reach / max(1, len(set(marketing.email_days))),
        leak_share=marketing.consent_leak_share,
        coupon_share=coupons.use_share,
        test_share=test.treatment_share,
        test_effect=test.conversion_effect,
        test_novelty=test.novelty_days,
        service_effect=rollout.conversion_effect,
        burst_chance=s.fraud.bursts_per_year / 52,
        n_days=n_days,
        # money stays whole: minor units and whole percent
        parcel_cost=round(parcels.parcel_cost * 100),
        collect_cost=round(parcels.collect_cost * 100),
        welcome_percent=round(coupons.welcome_discount * 100),
        mail_percent=round(coupons.mail_discount * 100),
        factor_effect=effects,
        n_factors=len(pages.factors),
        pair_effect=pages.pair_effect,
        pages_first=pages.first_day if pages.is_on else n_days,
        pages_last=pages.first_day + pages.n_days - 1 if pages.is_on else n_days,
        canary_share=canary.visit_share,
        canary_effect=canary.conversion_effect,
        canary_failure=canary.failure_share,
        canary_first=canary.first_day if canary.is_on else n_days,
        canary_last=canary.first_day + canary.n_days - 1 if canary.is_on else n_days,
        failing_region=-1 if failing is None else s.market.regions.index(failing),
        **_made_to_order(s),
        pair=pairs,
        synergy=synergy,
        n_synergies=len(marketing.synergies),
        ship_from_store=parcels.ship_from_store,
        member_effect=member.conversion_effect if member.is_on else 0.0,
        win_back_days=win_back.after_days if win_back.is_on else MAX_DAYS + 1,
        win_back_reach=win_back.reach_factor,
        return_chance=win_back.return_share if win_back.is_on else 0.0,
        duplicate_share=log.duplicate_share if log.is_on else 0.0,
        bot_chance=log.bot_visits_per_week / 7 if log.is_on else 0.0,
        test_first=test.first_day if test.is_on else n_days,
        test_last=test.first_day + test.n_days - 1 if test.is_on else n_days,
        **same,
    )


def _tables(world: World) -> Any:
    s = world.scenario
    return _records(
        TABLES,
        1,
        race=exponential_table(),
        gap=geometric_table(s.demand.mean_gap_days),
        second=_seconds(),
        n_lines=np.minimum(geometric_table(s.assortment.mean_lines), MAX_LINES),
        pages=np.minimum(geometric_table(5.0), 60),
        parcel=lognormal_table(s.fulfilment.sigma),
        make=lognormal_table(s.made_to_order.lead_time_sigma),
        bulk=_bulk_units(s.assortment.bulk_shape),
        normal=normal_table(),
        popularity=world.products.popularity,
    )


def _made_to_order(s: Scenario) -> dict[str, Any]:
    """Dials of made-to-order; many options and long waits cost conversion."""
    plan = s.made_to_order
    overload = overload_factor(plan.n_options, plan.overload_options)
    wait = lead_time_factor(plan.lead_time_days, plan.lead_time_aversion)
    return {
        "custom_share": plan.order_share if plan.is_on else 0.0,
        "custom_factor": float(rounded(overload * wait)),
        "custom_percent": round(plan.option_premium * 100),
        "make_days": plan.lead_time_days,
        "make_promise_days": -(-plan.lead_time_days * 1.2 // 1),
    }


def _bulk_units(shape: float) -> NDArray[np.int64]:
    """Units of a line bought in bulk by a uniform: Pareto from 3 on, at most 60, shape (4096,)."""
    u = (np.arange(N_BINS) + 0.5) / N_BINS
    return np.minimum(np.floor(rounded(3.0 * u ** (-1.0 / shape))), MAX_BULK).astype(np.int64)


def _seconds() -> NDArray[np.int64]:
    """Second of the day by a uniform: quiet nights, busy evenings, shape (4096,)."""
    hour = share_table(_HOURS)
    # position within the hour: the bin's rank among the bins of its hour
    first = np.searchsorted(hour, hour)
    count = np.bincount(hour, minlength=24)[hour]
    within = rounded((np.arange(hour.size) - first) / count)
    return hour * 3600 + np.floor(within * 3600).astype(np.int64)
