"""Columns of the tables that describe the world and its days rather than its customers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.context_exports import privacy_incidents
from omnisim.engine.experiments import experiment_columns
from omnisim.rng import Stream, uniform_block
from omnisim.schema import CHANNELS
from omnisim.schema import channels as ch
from omnisim.storage import Codes
from omnisim.timeline import SECONDS_PER_DAY, epoch_day, first_of_month
from omnisim.world import World
from omnisim.world.calendar import is_festival
from omnisim.world.names import pools
from omnisim.world.places import NEVER

Columns = dict[str, Any]
ROLLOUT_ID = 1
_DC_OPENED_DAYS_AGO = 3650


def world_columns(world: World) -> dict[str, Columns]:
    """Locations, products, channels, incidents, the experiment and the roll-out as designed."""
    s = world.scenario
    day0 = epoch_day(s.horizon.start_date)
    goods = world.products
    sku = np.arange(goods.n_products, dtype=np.int64)
    categories = s.assortment.category_names
    return {
        "locations": _locations(world),
        "products": {
            "sku": sku + 1,
            "product_name": Codes.of(list(goods.name)),
            "category": Codes(goods.category.astype(np.int16), categories),
            "subcategory": Codes.of(list(goods.subcategory)),
            "list_price_cents": goods.price_cents,
            "unit_cost_cents": goods.cost_cents,
        },
        "channels": {
            "channel_id": np.array([c.channel_id for c in CHANNELS], np.int16),
            "channel": Codes.of([c.channel for c in CHANNELS]),
            "channel_label": Codes.of([c.label for c in CHANNELS]),
            "is_online": np.array([c.is_online for c in CHANNELS]),
            "is_paid": np.array([c.is_paid for c in CHANNELS]),
            "is_push": np.array([c.is_push for c in CHANNELS]),
        },
        "incidents": _incidents(world),
        "experiments": experiment_columns(world),
        "rollout_units": _rollout(world, day0),
    }


def _locations(world: World) -> Columns:
    s, places = world.scenario, world.places
    n = places.n_stores
    cities = pools(s.market.locale).city
    u = uniform_block(s.seed, np.arange(n), stream=Stream.STORE, step=1)
    day0 = epoch_day(s.horizon.start_date)
    names = ["Distribution centre"] + [
        f"{cities[int(u[k, 0] * len(cities))]} {k + 1:03d}" for k in range(n)
    ]
    opened = day0 - 400 - (u[:, 1] * 5000).astype(np.int64)
    region = np.concatenate([[0], places.region]).astype(np.int16)
    return {
        "location_id": np.arange(1, n + 2, dtype=np.int64),
        "location_kind": Codes((np.arange(n + 1) == 0).astype(np.int8), ("store", "dc")),
        "location_name": Codes.of(names),
        "region": Codes(region, s.market.regions),
        "latitude": np.concatenate([[round(float(places.latitude.mean()), 5)], places.latitude]),
        "longitude": np.concatenate([[round(float(places.longitude.mean()), 5)], places.longitude]),
        "floor_area_m2": np.concatenate([[0], places.floor_area_m2]).astype(np.int32),
        "opened_date": np.concatenate([[day0 - _DC_OPENED_DAYS_AGO], opened]).astype(np.int32),
    }


def _incidents(world: World) -> Columns:
    """What operations, the privacy officer and the market desk wrote down."""
    s, found = world.scenario, world.incidents
    leaks, complaints = privacy_incidents(s)
    shocks = np.array([(k.first_day, k.first_day + k.n_days) for k in s.shocks]).reshape(-1, 2)
    groups: list[tuple[list[str], NDArray[np.int64]]] = [
        (["platform_outage"] * len(found.outages), found.outages),
        (["supplier_delay"] * len(found.delays), found.delays * SECONDS_PER_DAY),
        ([k.kind for k in s.shocks], np.minimum(shocks, s.horizon.n_days) * SECONDS_PER_DAY),
        (["data_export"] * len(leaks), leaks),
        (["privacy_complaint"] * len(complaints), complaints),
    ]
    window = np.concatenate([windows for _, windows in groups]).astype(np.int64)
    kind = np.array([ch.INCIDENT_KINDS.index(k) for kinds, _ in groups for k in kinds], np.int8)
    at_festival = is_festival(s)[window[:, 0] // SECONDS_PER_DAY]
    number = np.arange(1, kind.size + 1)
    order = np.lexsort((number, window[:, 0]))
    milliseconds = (window[order] + epoch_day(s.horizon.start_date) * SECONDS_PER_DAY) * 1000
    # supplier delays last for weeks: whether they begin at a festival says nothing
    is_long = kind == ch.INCIDENT_KINDS.index("supplier_delay")
    return {
        "started_at": milliseconds[:, 0].copy(),
        "incident_id": number[order].astype(np.int64),
        "incident_kind": Codes(kind[order], ch.INCIDENT_KINDS),
        "ended_at": milliseconds[:, 1].copy(),
        "is_peak": (at_festival & ~is_long)[order],
    }


def _rollout(world: World, day0: int) -> Columns:
    plan, places = world.scenario.rollout, world.places
    n = places.n_stores if plan.is_on else 0
    day = places.service_day[:n]
    never = day == NEVER
    return {
        "rollout_id": np.full(n, ROLLOUT_ID, np.int64),
        "rollout_name": Codes.of([plan.name] * n),
        "location_id": np.arange(2, n + 2, dtype=np.int64),
        "wave": places.wave[:n].astype(np.int16),
        "is_pilot": places.wave[:n] == 1,
        "started_date": (np.where(never, 0, day + day0).astype(np.int32), never),
    }


def daily_columns(
    world: World, contacts: NDArray[np.int64], visitors: NDArray[np.int64]
) -> dict[str, Columns]:
    """Media costs by paid channel and day, and visitors by store and day."""
    s = world.scenario
    day0, n_days = epoch_day(s.horizon.start_date), s.horizon.n_days
    day = np.arange(n_days)
    paid = [c for c in CHANNELS if c.is_paid]
    names = tuple(c.channel for c in paid)
    stacked = np.array(  # (channel, 3, day)
        [
            (
                billed_contacts(c, contacts),
                contacts[1, c.channel_id],
                media_cents(world, c, contacts),
            )
            for c in paid
        ]
    )
    store = np.arange(world.places.n_stores)
    u = np.stack(
        [
            uniform_block(s.seed, np.full(n_days, k), stream=Stream.TRAFFIC, occasions=day)[:, 0]
            for k in store
        ]
    )
    share = min(s.stores.walk_in_share, 0.99)
    walk_ins = np.floor(visitors * share / (1 - share) * (0.5 + u) + 0.5).astype(np.int64)
    return {
        "media_costs": {
            "cost_date": np.repeat(day + day0, len(names)).astype(np.int32),
            "channel": Codes(np.tile(np.arange(len(names), dtype=np.int8), n_days), names),
            "n_impressions": stacked[:, 0].T.ravel().copy(),
            "n_clicks": stacked[:, 1].T.ravel().copy(),
            "media_cost_cents": stacked[:, 2].T.ravel().copy(),
        },
        "store_traffic": {
            "traffic_date": np.repeat(day + day0, store.size).astype(np.int32),
            "location_id": np.tile(store + 2, n_days).astype(np.int64),
            "n_visitors": (visitors + walk_ins).T.ravel().astype(np.int32),
        },
    }


def billed_contacts(channel: ch.Channel, contacts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Contacts per day that cost money: impressions and messages of a push, clicks of a pull."""
    return np.asarray(contacts[0 if channel.is_push else 1, channel.channel_id])


def media_cents(
    world: World, channel: ch.Channel, contacts: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Media cost of a paid channel by day [minor units]; `contacts` as in ``Output.contacts``."""
    s, k = world.scenario, channel.channel_id
    day = np.arange(s.horizon.n_days)
    u = uniform_block(s.seed, np.full(day.size, k), stream=Stream.MEDIA, occasions=day)[:, 0]
    inflation = 1 + s.marketing.price_inflation * day / 365
    price = s.marketing.channels[channel.channel].price * 100 * inflation * (0.9 + 0.2 * u)
    return np.floor(billed_contacts(channel, contacts) * price).astype(np.int64)


def lost_columns(world: World, wanted: NDArray[np.int64]) -> Columns:
    """Units wanted and lost per month, location and product; truth, because nobody records wishes."""
    start = world.scenario.horizon.start_date
    month, location, sku = np.nonzero(wanted[0].transpose(2, 0, 1))
    firsts = np.array([epoch_day(first_of_month(start, int(m))) for m in range(wanted.shape[3])])
    return {
        "month_date": firsts[month].astype(np.int32),
        "location_id": location.astype(np.int64) + 1,
        "sku": sku.astype(np.int64) + 1,
        "n_wanted": wanted[0][location, sku, month].copy(),
        "n_lost": wanted[1][location, sku, month].copy(),
    }


__all__ = [
    "ROLLOUT_ID",
    "billed_contacts",
    "daily_columns",
    "lost_columns",
    "media_cents",
    "world_columns",
]
