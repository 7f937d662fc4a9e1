"""Traps of advertising: intent, other channels, carry-over, saturation, wear, synergy."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from omnisim.engine.codes import IMPRESSION
from omnisim.schema import CHANNEL_ID

from .worlds import (
    FloatArray,
    Lived,
    Reading,
    Trap,
    calm_scenario,
    net_of,
    orders_of,
    read,
    twins,
)

CHANNEL = "marketing.channels"
# Journeys of about one step: then orders are in proportion to the chance at the step, and effects
# that add up in the chance add up in orders.
ONE_STEP = {
    "demand.serious_abandonment": 0.95,
    "demand.browse_abandonment": 0.95,
    "demand.serious_conversion": 0.06,  # far from the greatest chance
}


@cache
def brand_search() -> Trap:
    """Credit of a brand-search click beyond a typed-in visit."""
    dials = {"marketing.intent_follows": (1.0, 0.0)}
    common = {f"{CHANNEL}.brand_search.reach": 1.6}

    def reading(lived: Lived) -> Reading:
        brand, direct = (
            lived.sessions[lived.sessions["channel"] == CHANNEL_ID[name]]
            for name in ("brand_search", "direct")
        )
        without = lived.under(without=("brand_search",))
        columns = [
            *(lived.count(rows[rows["order"]]) for rows in (brand, direct)),
            *(lived.count(rows) for rows in (brand, direct)),
            orders_of(lived.base) - orders_of(without),
        ]

        def answer(sums: FloatArray) -> tuple[float, float]:
            brand_orders, direct_orders, brand_clicks, direct_clicks, caused = sums
            base = direct_orders / direct_clicks
            return (
                100 * (brand_orders / brand_clicks / base - 1),
                100 * caused / brand_clicks / base,
            )

        return read(np.stack(columns, axis=1), answer)

    on, off = twins(common, dials)
    return Trap(
        mechanism="Brand search follows intent",
        naive="orders per last click on brand search against a typed-in visit",
        truth="orders lost when brand search has no effect, per click",
        unit="% more orders per click",
        dials=dials,
        confounded=reading(on),
        twin=reading(off),
    )


@cache
def retargeting() -> Trap:
    """Orders in the week after a retargeting ad, against days without one.

    The ads work within the week and in proportion (short carry-over, no saturation), so that an
    exposure has one effect, whoever else was exposed.
    """
    window, burn_in = 7, 14
    dials = {"marketing.intent_follows": (1.0, 0.0)}
    channel = f"{CHANNEL}.retargeting"
    common = {
        f"{channel}.reach": 1.6,
        f"{channel}.click_share": 0.0,
        f"{channel}.conversion_effect": 5.0,
        f"{channel}.half_saturation": 30.0,
        f"{channel}.retention": 0.4,
        **ONE_STEP,
    }

    def reading(lived: Lived) -> Reading:
        ads = lived.touches
        ads = ads[(ads["channel"] == CHANNEL_ID["retargeting"]) & (ads["kind"] == IMPRESSION)]
        exposed = lived.daily(ads) > 0
        bought = lived.daily(lived.orders)
        until = np.cumsum(np.pad(bought, ((0, 0), (1, 0))), axis=1)
        days = np.arange(burn_in, lived.plan.n_days - window)
        after = until[:, days + window] - until[:, days]
        seen = exposed[:, days]
        without = lived.under(without=("retargeting",))
        columns = [
            (after * seen).sum(axis=1),
            seen.sum(axis=1),
            (after * ~seen).sum(axis=1),
            (~seen).sum(axis=1),
            orders_of(lived.base) - orders_of(without),
            exposed.sum(axis=1),
        ]

        def answer(sums: FloatArray) -> tuple[float, float]:
            after_ad, ads, after_none, nones, caused, contacts = sums
            return 1000 * (after_ad / ads - after_none / nones), 1000 * caused / contacts

        return read(np.stack(columns, axis=1).astype(np.float64), answer)

    on, off = twins(common, dials)
    return Trap(
        mechanism="Retargeting follows intent",
        naive="orders within a week of an ad against days without an ad",
        truth="orders lost when the ads have no effect, per ad",
        unit="orders per 1,000 ads",
        dials=dials,
        confounded=reading(on),
        twin=reading(off),
    )


@cache
def ads_sell_in_stores() -> Trap:
    """Online sales brought by online ads, against sales brought anywhere."""
    dials = {f"{CHANNEL}.store_visit.reach": (2.2, 0.0)}
    ads = ("paid_social", "short_video")

    def reading(lived: Lived) -> Reading:
        without = lived.under(without=ads)
        total = net_of(lived.base) - net_of(without)
        in_stores = net_of(lived.base, in_stores=True) - net_of(without, in_stores=True)
        return read(
            np.stack([total - in_stores, total], axis=1),
            lambda sums: (float(sums[0] / 1000), float(sums[1] / 1000)),
        )

    on, off = twins({}, dials)
    return Trap(
        mechanism="Online ads sell in stores",
        naive="online sales lost when the ads have no effect",
        truth="all sales lost when the ads have no effect",
        unit="thousand USD",
        dials=dials,
        confounded=reading(on),
        twin=reading(off),
    )


@cache
def showrooming() -> Trap:
    """What stores lose to phones, against what the retailer loses; the twin is where nobody does it."""
    dials = {"demand.showrooming_share": (0.3, 0.0)}
    on, off = twins({}, dials)

    def reading(lived: Lived) -> Reading:
        columns = [
            *(net_of(world.base, in_stores=True) for world in (lived, off)),
            *(net_of(world.base) for world in (lived, off)),
        ]
        return read(
            np.stack(columns, axis=1),
            lambda sums: (100 * (sums[0] / sums[1] - 1), 100 * (sums[2] / sums[3] - 1)),
        )

    return Trap(
        mechanism="Showrooming",
        naive="store sales against the year in which nobody orders from home what the store showed",
        truth="all sales against the same year",
        unit="% change",
        dials=dials,
        confounded=reading(on),
        twin=reading(off),
    )


def _linear(channel: str) -> dict[str, float]:
    """A push that only raises conversion, in proportion to contacts."""
    where = f"{CHANNEL}.{channel}"
    return {
        f"{where}.click_share": 0.0,
        f"{where}.need_effect": 0.0,
        f"{where}.conversion_effect": 5.0,
        f"{where}.half_saturation": 100.0,
        **ONE_STEP,
    }


_TIMES = 4.0


@cache
def _gains(**dials: float) -> tuple[FloatArray, FloatArray]:
    """Orders per person that paid social brings, and orders without it."""
    more_persons = {"population.n_customers": 65_536}  # small effects
    lived = Lived(calm_scenario({**_linear("paid_social"), **more_persons, **dials}))
    without = orders_of(lived.under(without=("paid_social",)))
    return orders_of(lived.base) - without, without


def _extrapolated(dials: Mapping[str, float]) -> Reading:
    """What today's ads bring, times four, against what four times the ads bring the same persons."""
    reach = f"{CHANNEL}.paid_social.reach"
    today, without = _gains(**{reach: 0.5, **dials})
    more, _ = _gains(**{reach: 0.5 * _TIMES, **dials})
    return read(
        np.stack([today, more, without], axis=1),
        lambda sums: (100 * _TIMES * sums[0] / sums[2], 100 * sums[1] / sums[2]),
    )


@cache
def saturation() -> Trap:
    """Return of four times the ads, extrapolated from the return of today's."""
    where = f"{CHANNEL}.paid_social"
    dials = {f"{where}.half_saturation": (0.5, 100.0), f"{where}.conversion_effect": (0.3, 5.0)}
    return Trap(
        mechanism="Saturation",
        naive="four times the orders that today's ads bring",
        truth="orders that four times the ads bring",
        unit="% more orders",
        dials=dials,
        confounded=_extrapolated({path: pair[0] for path, pair in dials.items()}),
        twin=_extrapolated({path: pair[1] for path, pair in dials.items()}),
    )


@cache
def fatigue() -> Trap:
    """Return of four times the contacts where people tire of them, without saturation."""
    dials = {"marketing.fatigue": (0.9, 0.0)}
    tiring = {"marketing.fatigue": 0.9, "marketing.wear_out": 1.0}
    linear = {f"{CHANNEL}.paid_social.half_saturation": 100.0}
    linear[f"{CHANNEL}.paid_social.conversion_effect"] = 5.0
    return Trap(
        mechanism="Fatigue",
        naive="four times the orders that today's contacts bring",
        truth="orders that four times the contacts bring",
        unit="% more orders",
        dials=dials,
        confounded=_extrapolated({**linear, **tiring}),
        twin=_extrapolated(linear),  # where nobody tires, `wear_out` says nothing
    )


@cache
def carry_over() -> Trap:
    """Orders of a burst's own weeks, against all that it brings."""
    where = f"{CHANNEL}.paid_social"
    dials = {f"{where}.retention": (0.97, 0.0)}
    first, n_weeks = 8, 2
    common = {
        **_linear("paid_social"),
        f"{where}.half_saturation": 10.0,
        f"{where}.reach": 0.5,
        "campaigns": [
            {
                "name": "Burst", "channel": "paid_social",
                "first_day": first * 7, "n_days": n_weeks * 7, "reach_factor": 14.0,
            }
        ],
    }  # fmt: skip

    def reading(lived: Lived) -> Reading:
        without = lived.under(without=("campaign:Burst",))
        gain = (lived.base.week - without.week)[:, :, 2].astype(np.float64)
        return read(
            np.stack([gain[:, first : first + n_weeks].sum(axis=1), gain.sum(axis=1)], axis=1),
            lambda sums: (float(sums[0]), float(sums[1])),
        )

    on, off = twins(common, dials)
    return Trap(
        mechanism="Carry-over",
        naive="orders that a burst of ads brings while it runs",
        truth="orders that it brings in all",
        unit="orders",
        dials=dials,
        confounded=reading(on),
        twin=reading(off),
    )


@cache
def synergy() -> Trap:
    """Two channels judged by leaving each out, against leaving both out."""
    names = ("paid_social", "short_video")
    pair = {"first": names[0], "second": names[1], "conversion_effect": 1.0}
    dials = {"marketing.synergies": ([pair], [])}
    common = {
        **{f"{CHANNEL}.{name}.{field}": value for name in names for field, value in (
            ("reach", 2.0), ("click_share", 0.0), ("need_effect", 0.0),
            ("conversion_effect", 0.3), ("half_saturation", 1.5), ("retention", 0.9),
        )},
        **ONE_STEP,
    }  # fmt: skip

    def reading(lived: Lived) -> Reading:
        base = orders_of(lived.base)
        lost = [orders_of(lived.under(without=off)) for off in (names[:1], names[1:], names)]
        return read(
            np.stack([base - one for one in lost] + [lost[-1]], axis=1),
            lambda sums: (100 * (sums[0] + sums[1]) / sums[3], 100 * sums[2] / sums[3]),
        )

    on, off = twins(common, dials)
    return Trap(
        mechanism="Synergy between channels",
        naive="orders lost without each of two channels, added up",
        truth="orders lost without both",
        unit="% of orders",
        dials=dials,
        confounded=reading(on),
        twin=reading(off),
    )
