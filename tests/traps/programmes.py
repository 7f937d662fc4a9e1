"""Traps of programmes and roll-outs: who joins, who is picked, what else changed, what moved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

import numpy as np

from omnisim.causal import NEVER as NEVER_IN_PANEL
from omnisim.causal import Panel, two_way_fixed_effects
from omnisim.truth.tally import by_store
from omnisim.world.places import NEVER

from .marketing import ONE_STEP
from .worlds import FloatArray, Lived, Reading, Trap, jackknife, net_of, orders_of, read, twins


@cache
def loyal_join_first() -> Trap:
    """Members of day 0 against all others.

    Nobody joins later (online guests stay guests, there is no till) and members get no messages, so
    that membership is the benefit alone.
    """
    dials = {"membership.loyal_join_first": (1.0, 0.0)}
    common = {
        "membership.is_on": True,
        "membership.conversion_effect": 0.2,
        "population.guest_share": 1.0,
        "marketing.channels.store_visit.reach": 0.0,
        **{f"marketing.channels.{name}.reach": 0.0 for name in ("email", "sms", "app_push")},
    }

    def reading(lived: Lived) -> Reading:
        member = lived.people["account_at"] < NEVER
        orders = orders_of(lived.base)
        caused = orders - orders_of(lived.under(membership_on=False))

        def answer(sums: FloatArray) -> tuple[float, float]:
            members, theirs, others, of_others, caused_sum = sums
            return (
                100 * (theirs / members / (of_others / others) - 1),
                100 * caused_sum / (theirs - caused_sum),
            )

        columns = [member, orders * member, ~member, orders * ~member, caused]
        return read(np.stack(columns, axis=1).astype(np.float64), answer)

    on, off = twins(common, dials)
    return Trap(
        mechanism="Loyal customers join first",
        naive="orders of members against those of others, per person",
        truth="orders of members against theirs without benefits",
        unit="% more orders",
        dials=dials,
        confounded=reading(on),
        twin=reading(off),
    )


_EVERYWHERE = [{"first_day": 28, "store_share": 1.0, "strength": 1.0}]


def _moved(dials: Mapping[str, tuple[Any, Any]], common: Mapping[str, Any]) -> tuple[Reading, ...]:
    """Change of online sales, read as growth, against the change of all sales."""
    shared = {"rollout.is_on": True, "rollout.waves": _EVERYWHERE, "rollout.growth_days": 1}

    def reading(lived: Lived) -> Reading:
        without = lived.under(rollout_on=False)
        total = net_of(lived.base) - net_of(without)
        in_stores = net_of(lived.base, in_stores=True) - net_of(without, in_stores=True)
        online = net_of(without) - net_of(without, in_stores=True)
        return read(
            np.stack([total - in_stores, total, online], axis=1),
            lambda sums: (100 * sums[0] / sums[2], 100 * sums[1] / sums[2]),
        )

    return tuple(reading(lived) for lived in twins({**shared, **common}, dials))


@cache
def cannibalisation() -> Trap:
    """Click-and-collect that only moves orders from the store to the shop."""
    dials = {"rollout.shift_share": (0.5, 0.0)}
    on, off = _moved(dials, {"rollout.conversion_effect": 0.0})
    return Trap(
        mechanism="Click-and-collect moves store orders online",
        naive="growth of online sales with click-and-collect",
        truth="growth of all sales, on the same base",
        unit="% of online sales",
        dials=dials,
        confounded=on,
        twin=off,
    )


def store_panel(lived: Lived, week: Any, kept: Any = ...) -> Panel:
    """Orders by catchment and week as the analyst's panel, with weeks of service from the plan."""
    n_weeks = lived.plan.n_days // 7
    store = lived.people["store"]
    places = lived.world.places
    orders = by_store(store[kept], week[kept], places.n_stores)[:, :n_weeks, 2].astype(np.float64)
    day = places.service_day
    return Panel(
        location_id=np.arange(places.n_stores) + 2,
        wave=places.wave,
        start_week=np.where(day == NEVER, NEVER_IN_PANEL, day // 7),
        outcomes={"n_orders": orders},
        first_date=lived.scenario.horizon.start_date,
    )


# Stores of one size and no luck of their own: what is left is the service.
_EVEN_STORES = {
    **ONE_STEP,
    "stores.n_stores": 40,
    "stores.size_sigma": 0.0,
    "rollout.is_on": True,
    "rollout.pilots_are_worst": False,
    "rollout.shift_share": 0.0,
}
_GROWING = {
    "rollout.growth_days": (112, 1),
    "rollout.waves": tuple(
        [
            {"first_day": day, "store_share": 0.3, "strength": strength}
            for day, strength in zip((28, 84, 140), strengths, strict=True)
        ]
        for strengths in ((2.0, 1.0, 0.5), (1.0, 1.0, 1.0))
    ),
}


@cache
def staggered_worlds() -> tuple[Lived, Lived]:
    """A roll-out in waves with growing, unequal effects, and one with the same effect at once."""
    return twins({**_EVEN_STORES, "rollout.conversion_effect": 1.5}, _GROWING)


def average_effect(panel: Panel, without: Panel) -> float:
    """Orders per store-week with the service, base world less the world without it."""
    gain = panel.outcome("n_orders") - without.outcome("n_orders")
    return float(gain[panel.is_treated].mean())


@cache
def staggered() -> Trap:
    """Two-way fixed effects on a staggered roll-out."""

    def reading(lived: Lived) -> Reading:
        without = lived.under(rollout_on=False).week
        group = np.arange(lived.n) // 8 % 32

        def answer(kept: Any) -> tuple[float, float]:
            chosen = kept[group]
            grown = group.size / chosen.sum()  # to the size of the whole
            panel = store_panel(lived, lived.base.week, chosen)
            truth = average_effect(panel, store_panel(lived, without, chosen))
            return grown * two_way_fixed_effects(panel, "n_orders").effect.estimate, grown * truth

        return jackknife(32, answer)

    on, off = staggered_worlds()
    return Trap(
        mechanism="Staggered roll-out with growing, unequal effects",
        naive="two-way fixed effects",
        truth="orders lost without the service",
        unit="orders per store-week with the service",
        dials=_GROWING,
        confounded=reading(on),
        twin=reading(off),
    )


@cache
def worst_pilots() -> Trap:
    """Pilots against other stores, before and after, where the service does nothing at all."""
    first, span = 12, 6
    dials = {"rollout.pilots_are_worst": (True, False)}
    common = {
        "stores.n_stores": 480,
        "stores.size_sigma": 0.0,
        "demand.local_shock_sd": 0.3,
        "horizon.n_days": 7 * (first + 2 * span),
        "rollout.is_on": True,
        "rollout.conversion_effect": 0.0,
        "rollout.shift_share": 0.0,
        "rollout.waves": [{"first_day": 7 * first, "store_share": 0.3, "strength": 1.0}],
    }

    def reading(lived: Lived) -> Reading:
        stores, n = lived.people["store"], lived.world.places.n_stores
        orders = by_store(stores, lived.base.week, n)[:, :, 2]
        without = by_store(stores, lived.under(rollout_on=False).week, n)[:, :, 2]
        pilot = lived.world.places.wave == 1
        gain = (orders - without)[pilot].sum() / orders[pilot].sum()

        def answer(kept: Any) -> tuple[float, float]:
            before, after = (
                [orders[kept & which][:, weeks].sum() for which in (pilot, ~pilot)]
                for weeks in (slice(first - span, first), slice(first + span, first + 2 * span))
            )
            return 100 * (after[0] / before[0] / (after[1] / before[1]) - 1), 100 * gain

        return jackknife(n, answer)

    on, off = twins(common, dials)
    return Trap(
        mechanism="Worst stores are picked as pilots",
        naive="pilots' orders before and after, against other stores'",
        truth="orders lost without the service",
        unit="% more orders",
        dials=dials,
        confounded=reading(on),
        twin=reading(off),
    )


_WINDOW = (16, 20)  # weeks of the campaign
_BEFORE = (12, 16)


def _before_after(dials: Mapping[str, tuple[Any, Any]], mechanism: str) -> Trap:
    """Orders in a campaign's weeks against the weeks before it."""
    common = {
        "horizon.start_date": date(2025, 8, 4),
        "horizon.n_days": 7 * _WINDOW[1],
        "marketing.channels.paid_social.retention": 0.5,
        "campaigns": [
            {
                "name": "Autumn", "channel": "paid_social", "first_day": 7 * _WINDOW[0],
                "n_days": 7 * (_WINDOW[1] - _WINDOW[0]), "reach_factor": 6.0,
            }
        ],
    }  # fmt: skip

    def reading(lived: Lived) -> Reading:
        without = lived.under(without=("campaign:Autumn",))
        before, during = (
            lived.base.week[:, slice(*weeks), 2].sum(axis=1) for weeks in (_BEFORE, _WINDOW)
        )
        otherwise = without.week[:, slice(*_WINDOW), 2].sum(axis=1)
        return read(
            np.stack([before, during, otherwise], axis=1).astype(np.float64),
            lambda sums: (100 * (sums[1] / sums[0] - 1), 100 * (sums[1] / sums[2] - 1)),
        )

    on, off = twins(common, dials)
    return Trap(
        mechanism=mechanism,
        naive="orders in a campaign's weeks against as many weeks before",
        truth="orders in these weeks against those without the campaign",
        unit="% more orders",
        dials=dials,
        confounded=reading(on),
        twin=reading(off),
    )


@cache
def festival() -> Trap:
    """A campaign that runs through Black Friday."""
    return _before_after({"demand.festival_factor": (1.9, 1.0)}, "Shopping festivals")


@cache
def season() -> Trap:
    """A campaign in weeks in which demand falls anyway."""
    return _before_after({"demand.season_amplitude": (0.6, 0.0)}, "Season")


@cache
def shock() -> Trap:
    """A campaign while a competitor cuts prices."""
    war = {
        "kind": "price_war", "first_day": 7 * _WINDOW[0], "n_days": 28, "effect": -0.25,
    }  # fmt: skip
    return _before_after({"shocks": ([war], [])}, "A competitor's price war")
