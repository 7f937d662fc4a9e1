"""What a market panel reports: sales of the whole category, and what competitors charge."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.state import LINE, ORDER, Output
from omnisim.rng import N_BINS, Stream, lognormal_table, normal_table, rounded, uniform_block
from omnisim.scenario import Scenario
from omnisim.storage import Codes
from omnisim.timeline import (
    DAYS_PER_WEEK,
    SECONDS_PER_DAY,
    epoch_day,
    first_of_month,
    month_of_day,
)
from omnisim.world import World
from omnisim.world.factors import build_factors, cause_names

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
_FIXED_POINT = 2**16  # sums of factors are sums of whole numbers
_SIZE, _MONTH = 1, 0  # steps of the market's draws
_LARGEST_CUT = 0.5  # of competitors' prices


def own_sales(world: World, base: Output) -> IntArray:
    """Net sales of completed orders of a block by category and month [cents]."""
    s = world.scenario
    month = month_of_day(s.horizon.start_date, s.horizon.n_days)
    orders, lines = base.orders[: base.n[ORDER]], base.lines[: base.n[LINE]]
    cancelled = orders["id"][orders["reason"] >= 0]
    sold = lines[~np.isin(lines["order"], cancelled)]
    day = np.minimum(sold["at"] // SECONDS_PER_DAY, s.horizon.n_days - 1)
    total = np.zeros((len(s.assortment.category_names), int(month[-1]) + 1), np.int64)
    place = (world.products.category[sold["sku"] - 1], month[day])
    np.add.at(total, place, sold["gross"] - sold["discount"])
    return total


def market_columns(world: World, own: IntArray) -> dict[str, Any]:
    """Columns of `market_totals`.

    Competitors' sales follow the needs that the calendar and shocks let expect, so they share the
    market's season and shocks, but nothing the retailer does.

    Parameters
    ----------
    own : array, shape (n_categories, n_months)
        The retailer's net sales [cents].
    """
    s = world.scenario
    names = s.assortment.category_names
    n_months = own.shape[1] if s.market_panel.is_on else 0
    prices = _prices(s, n_months)
    sales = own[:, :n_months] + _competitors(world, prices)
    firsts = [epoch_day(first_of_month(s.horizon.start_date, m)) for m in range(n_months)]
    return {
        "month_date": np.repeat(np.array(firsts, np.int32), len(names)),
        "category": Codes(np.tile(np.arange(len(names), dtype=np.int16), n_months), names),
        "market_sales_cents": sales.T.ravel().copy(),
        "competitor_price_index": np.round(prices * 1000).T.ravel() / 10,
    }


def _prices(s: Scenario, n_months: int) -> FloatArray:
    """Competitors' prices beside their mean, shape (n_categories, n_months): AR(1) around 1."""
    plan, n = s.market_panel, len(s.assortment.category_names)
    normal = normal_table()
    fresh = rounded(np.sqrt(1 - plan.price_memory**2))
    level = np.zeros((n, n_months))
    for month in range(n_months):
        u = uniform_block(s.seed, np.arange(n), stream=Stream.MARKET, occasions=month)[:, 1]
        draw = normal[(u * N_BINS).astype(np.int64)]
        before = level[:, month - 1] * plan.price_memory if month else 0.0
        level[:, month] = before + draw * (fresh if month else 1.0)
    prices = (1 + plan.price_sd * level) * _price_war(s)[:n_months]
    return np.asarray(np.maximum(prices, 1 - _LARGEST_CUT))


def _price_war(s: Scenario) -> FloatArray:
    """Factor on competitors' prices by month: what it took to move buyers as the price wars did."""
    month = month_of_day(s.horizon.start_date, s.horizon.n_days)
    n_days = np.bincount(month)
    factor = np.ones(n_days.size)
    for shock in s.shocks:
        if shock.kind == "price_war" and s.market_panel.price_elasticity > 0:
            days = month[shock.first_day : shock.first_day + shock.n_days]
            share = np.bincount(days, minlength=n_days.size) / n_days
            factor *= 1 + share * shock.effect / s.market_panel.price_elasticity
    return factor


def _competitors(world: World, prices: FloatArray) -> IntArray:
    """Competitors' sales by category and month [cents]."""
    s = world.scenario
    plan, (n, n_months) = s.market_panel, prices.shape
    category = np.arange(n)
    size = lognormal_table(plan.share_sigma)
    u = uniform_block(s.seed, category, stream=Stream.MARKET, step=_SIZE)[:, 0]
    rest = (1 - plan.market_share) / plan.market_share * size[(u * N_BINS).astype(np.int64)]
    spread = lognormal_table(plan.sales_sd)
    needs = _expected_needs(world)
    sales = np.zeros((n, n_months), np.int64)
    for month in range(n_months):
        v = uniform_block(s.seed, category, stream=Stream.MARKET, occasions=month, step=_MONTH)
        luck = spread[(v[:, 0] * N_BINS).astype(np.int64)]
        response = np.maximum(1 - plan.price_elasticity * (prices[:, month] - 1), 0.0)
        value = needs[month] * _spend_per_need(world) * rest * luck * response
        sales[:, month] = np.floor(value).astype(np.int64)
    return sales


def _expected_needs(world: World) -> FloatArray:
    """Needs to expect from calendar and shocks by month, shape (n_months,)."""
    s = world.scenario
    day = np.arange(s.horizon.n_days)
    # a new competitor takes needs from the retailer, not from the market
    names = cause_names(s)["shock"]
    entries = [n for n, k in zip(names, s.shocks, strict=True) if k.kind == "competitor_entry"]
    regional = build_factors(s, without=entries).need[world.places.region]
    local = np.round(world.places.local[:, day // DAYS_PER_WEEK] * regional * _FIXED_POINT)
    shock = local.astype(np.int64).sum(axis=0) / (world.places.n_stores * _FIXED_POINT)
    factor = np.round(world.need_factor[day] * shock * _FIXED_POINT).astype(np.int64)
    total = np.zeros(int(month_of_day(s.horizon.start_date, day.size)[-1]) + 1, np.int64)
    np.add.at(total, month_of_day(s.horizon.start_date, day.size), factor)
    per_day = s.population.n_customers * s.demand.need_rate / 365
    return total / _FIXED_POINT * per_day


def _spend_per_need(world: World) -> FloatArray:
    """What a need comes to at this retailer without marketing, by category [cents]."""
    s, goods = world.scenario, world.products
    demand, plan = s.demand, s.assortment
    orders = 0.0
    for share, buys, leaves in (
        (demand.serious_share, demand.serious_conversion, demand.serious_abandonment),
        (1 - demand.serious_share, demand.browse_conversion, demand.browse_abandonment),
    ):
        ends = buys + (1 - buys) * leaves
        orders += share * buys / ends if ends > 0 else 0.0
    drawn = np.bincount(goods.popularity, minlength=goods.n_products)
    value = np.zeros(len(plan.category_names), np.int64)
    np.add.at(value, goods.category, drawn * goods.price_cents)
    units = plan.mean_lines * (1 + plan.second_unit_share)
    return value / goods.popularity.size * units * orders
