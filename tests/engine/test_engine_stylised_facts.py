"""Closed forms and stylised facts: what the kernel does where the answer is known beforehand.

The worlds here are quiet: no marketing effect, no test, no shock, no stock-out. What is left has a
formula: gamma-Poisson counts, an absorbing chain of steps, Zipf products, log-normal prices.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from omnisim.engine import Block, build_plan, run_block
from omnisim.engine.codes import MAX_STEPS
from omnisim.engine.plan import FIRST_COOKIE
from omnisim.engine.state import NO_TIME
from omnisim.scenario import load_scenario
from omnisim.schema import CHANNELS
from omnisim.timeline import SECONDS_PER_DAY
from omnisim.world import build_world

N_DAYS = 364
SILENT = {"need_effect": 0.0, "conversion_effect": 0.0, "touch_factor": 1.0}
OFF = {"is_on": False}


def quiet(n_customers: int, *, only_direct: bool = False, **blocks):
    """(scenario, people, state, output) of a world in which nothing but needs and steps is left."""
    channels = {}
    for channel in CHANNELS:
        is_left = not channel.is_push and (not only_direct or channel.channel == "direct")
        channels[channel.channel] = SILENT | ({} if is_left else {"reach": 0.0})
    base = {
        "horizon": {"n_days": N_DAYS},
        "population": {"n_customers": n_customers},
        "stores": {"n_stores": 4},
        "assortment": {"n_products": 40, "bulk_share": 0.0, "second_unit_share": 0.0},
        "marketing": {"channels": channels, "synergies": [], "fatigue": 0.0},
        "demand": {
            "serious_share": 1.0,
            "mean_gap_days": 1.0,
            "showrooming_share": 0.0,
            "dropout_share": 0.0,
            "weekend_factor": 1.0,
            "festival_factor": 1.0,
            "season_amplitude": 0.0,
            "local_shock_sd": 0.0,
            "region_shock_sd": 0.0,
        },
        "stock": {"stock_out_share": 0.0, "sync_error_share": 0.0},
        "coupons": {"use_share": 0.0},
        "campaigns": [],
        "promotions": [],
        "shocks": [],
        **dict.fromkeys(
            ("experiment", "rollout", "incidents", "membership", "win_back", "fraud", "tracking"),
            OFF,
        ),
    }
    for name, fields in blocks.items():
        base[name] = {**base.get(name, {}), **fields}
    scenario = load_scenario("omnichannel_fashion", overrides=base)
    world = build_world(scenario)
    return scenario, *run_block(world, build_plan(world), Block(0, 0, n_customers))


# --- counts of purchases ---------------------------------------------------------------------------

SHAPE, RATE = 0.8, 3.0


@pytest.fixture(scope="module")
def bought():
    """Every need is an order: 0.95 a step, no giving up. Few needs, so that none waits for another."""
    demand = {
        "need_rate": RATE,
        "need_shape": SHAPE,
        "serious_conversion": 1.0,
        "serious_abandonment": 0.0,
    }
    return quiet(20_000, demand=demand, assortment={"n_products": 200, "zipf_exponent": 0.8})


def implied_counts(n_max: int) -> np.ndarray:
    """P(k orders), k = 0..n_max: Poisson over gamma rates times the digital factor U(0.7, 1.3)."""
    middles = (np.arange(2000) + 0.5) / 2000
    rate = stats.gamma.ppf(middles, SHAPE, scale=1 / SHAPE)
    digital = 0.7 + 0.6 * (np.arange(15) + 0.5) / 15
    mean = RATE * N_DAYS / 365 * np.outer(rate, digital).ravel()
    return np.array([stats.poisson.pmf(k, mean).mean() for k in range(n_max + 1)])


def test_orders_per_person_are_gamma_poisson(bought):
    _, _, state, _ = bought
    counts = np.asarray(state["n_orders"])
    last = 14
    expected = implied_counts(last)
    expected = np.append(expected, 1 - expected.sum()) * counts.size
    found = np.bincount(np.minimum(counts, last + 1), minlength=last + 2)
    assert expected.min() > 20
    # one need a day at most, and none while one is open: a hundredth of the orders of heavy buyers
    assert stats.chisquare(found, expected * found.sum() / expected.sum()).pvalue > 1e-3


def test_the_shape_of_purchase_rates_comes_back(bought):
    _, _, state, _ = bought
    counts = np.asarray(state["n_orders"], float)
    # var(rate) / mean(rate)^2 of gamma times U(0.7, 1.3), whose variance is 0.03
    implied = 1 / ((1 + 1 / SHAPE) * 1.03 - 1)

    def shape(x: np.ndarray) -> float:
        return x.mean() ** 2 / (x.var() - x.mean())

    rng = np.random.default_rng(1)
    again = [shape(rng.choice(counts, counts.size)) for _ in range(200)]
    assert abs(shape(counts) - implied) < 4 * np.std(again) + 0.01
    assert abs(counts.mean() - RATE * N_DAYS / 365) < 0.01 * RATE + 4 * counts.std() / counts.size**0.5  # fmt: skip


def test_products_sell_by_zipf(bought):
    scenario, _, _, out = bought
    n_products = scenario.assortment.n_products
    units = np.bincount(out.lines["sku"][: out.n[3]], minlength=n_products + 1)[1:]  # sku from 1
    weight = np.arange(1, units.size + 1) ** -0.8
    assert stats.chisquare(units, weight / weight.sum() * units.sum()).pvalue > 1e-3
    ranked = np.sort(units)[::-1][9:]
    slope = np.polyfit(np.log(np.arange(10, 10 + ranked.size)), np.log(ranked), 1)[0]
    # sorting by what was sold makes the end of the list a little steeper
    assert slope == pytest.approx(-0.8, abs=0.05)


# --- the absorbing chain of one need ---------------------------------------------------------------


def chain(p: float, q: float, n_steps: np.ndarray) -> np.ndarray:
    """P(buy within n steps): at each step buy with p, else give up with q.

    ``p + p c + ... + p c^(n-1) = p (1 - c^n) / (1 - c)``, with ``c = (1 - p)(1 - q)``.
    """
    c = (1 - p) * (1 - q)
    return p * (1 - c**n_steps) / (1 - c)


@pytest.mark.parametrize("p, q", [(0.2, 0.15), (0.05, 0.02), (0.6, 0.5)])
def test_conversion_is_that_of_the_absorbing_chain(p, q):
    demand = {"need_rate": 12.0, "serious_conversion": p, "serious_abandonment": q}
    _, _, state, out = quiet(4_000, demand=demand)
    needs = np.asarray(out.needs).sum(axis=0)
    left = N_DAYS - np.arange(N_DAYS)  # a step a day until the horizon ends
    chance = chain(p, q, np.minimum(left, MAX_STEPS))
    expected = (needs * chance).sum()
    spread = (needs * chance * (1 - chance)).sum() ** 0.5  # needs are independent of each other
    n_orders = int(np.asarray(state["n_orders"]).sum())
    assert needs.sum() > 20_000
    assert abs(n_orders - expected) < 4 * spread
    # without the last step, or with one more, the answer would be another where it matters
    if p == 0.05:
        for n in (MAX_STEPS - 2, MAX_STEPS + 2):
            assert abs((needs * chain(p, q, np.minimum(left, n))).sum() - n_orders) > 4 * spread


def test_paths_have_the_lengths_of_the_chain():
    p, q = 0.25, 0.10
    demand = {
        "need_rate": 2.0,
        "need_shape": 20.0,
        "serious_conversion": p,
        "serious_abandonment": q,
    }
    _, _, _, out = quiet(20_000, only_direct=True, demand=demand)
    touch = out.touches[: out.n[0]]
    person, day = np.asarray(touch["row"]), np.asarray(touch["at"]) // SECONDS_PER_DAY
    order = np.lexsort((day, person))
    person, day = person[order], day[order]
    # one step a day: a path ends where the next day has no touch
    starts = np.flatnonzero(np.diff(person, prepend=-1) | (np.diff(day, prepend=-9) != 1))
    lengths = np.diff(np.append(starts, person.size))
    inside = day[starts] <= N_DAYS - MAX_STEPS
    lengths = lengths[inside]
    c = (1 - p) * (1 - q)
    steps = np.arange(1, MAX_STEPS + 1)
    chance = (1 - c) * c ** (steps - 1)
    chance[-1] = c ** (MAX_STEPS - 1)
    found = np.bincount(np.minimum(lengths, MAX_STEPS), minlength=MAX_STEPS + 1)[1:]
    # two needs on adjacent days look like one path: at 2 needs a year fewer than 1 in 100
    assert abs(lengths.mean() - (chance * steps).sum()) < 0.03
    assert np.abs(found / found.sum() - chance).max() < 0.01


# --- baskets, seasons, identities ------------------------------------------------------------------


def test_baskets_are_log_normal():
    goods = {
        "n_products": 4000,
        "categories": {"Goods": 400.0},
        "price_sigma": 0.45,
        "zipf_exponent": 0.0,
        "mean_lines": 1.0,
    }
    demand = {"need_rate": 4.0, "serious_conversion": 1.0, "serious_abandonment": 0.0}
    _, _, _, out = quiet(
        8_000, demand=demand, assortment=goods, horizon={"n_days": 364}, stores={"n_stores": 4}
    )
    orders = out.orders[: out.n[2]]
    assert (np.asarray(orders["discount"]) == 0).all()
    log = np.log(np.asarray(orders["gross"]) / 40_000)
    # one of 4 000 prices each: their number decides how near the law can come
    assert abs(log.std() - 0.45) < 4 * 0.45 / (2 * 4000) ** 0.5
    distance = stats.kstest(log, stats.norm(0, 0.45).cdf).statistic
    assert distance < 1.95 / 4000**0.5  # 0.1 % of samples of that size lie further


# needs that are met at once, of persons who are much alike
BRIEF = {"need_rate": 12.0, "need_shape": 20.0, "serious_conversion": 1.0, "serious_abandonment": 0.0}  # fmt: skip


def test_the_year_peaks_where_the_season_says():
    scenario, _, _, out = quiet(4_000, demand=BRIEF | {"season_amplitude": 0.3})
    needs = np.asarray(out.needs).sum(axis=0)
    of_year = (scenario.horizon.start_date.timetuple().tm_yday + np.arange(N_DAYS) - 1) % 365 + 1
    turn = 2 * np.pi * of_year / 365.25
    design = np.column_stack([np.ones(N_DAYS), np.sin(turn), np.cos(turn)])
    level, sine, cosine = np.linalg.lstsq(design, needs, rcond=None)[0]
    amplitude = np.hypot(sine, cosine) / level
    error = (2 / needs.sum()) ** 0.5  # of each coefficient, for Poisson counts
    # a need a day at most, and none while one is open: the wave is flatter by some hundredths of it
    assert abs(amplitude - 0.3) < 4 * error + 0.015
    peak = np.arctan2(sine, cosine) / (2 * np.pi) * 365.25 % 365.25
    assert abs(peak - (105 + 365.25 / 4)) < 4 * error / 0.3 / (2 * np.pi) * 365.25


def test_festivals_raise_needs_by_their_factor():
    flat, high = (
        np.asarray(quiet(24_000, demand=BRIEF | {"festival_factor": factor})[3].needs).sum(axis=0)
        for factor in (1.0, 3.0)
    )
    # days after 6 January of 20 August, 28 November and 18 December, with the half-widths
    for peak, half_width in ((226, 10), (326, 5), (346, 9)):
        days = np.arange(peak - 1, peak + 2)
        factor = (1 + 2 * np.exp(-0.5 * ((days - peak) / (half_width / 2)) ** 2)).mean()
        ratio = high[days].sum() / flat[days].sum()
        # luck is shared: each need of the festival is there without it with the chance 1 / factor
        spread = ratio * ((1 - 1 / factor) / flat[days].sum()) ** 0.5
        assert abs(ratio - factor) < 4 * spread, peak
    quiet_days = slice(60, 180)
    assert np.array_equal(high[quiet_days], flat[quiet_days])  # the draws are shared


def test_cookies_live_as_long_as_the_dials_say():
    low, high = 30, 120
    demand = {"need_rate": 30.0, "serious_conversion": 0.02, "serious_abandonment": 0.1}
    _, people, state, _ = quiet(
        3_000, only_direct=True, demand=demand, population={"cookie_life_days": [low, high]}
    )
    life = np.asarray(people["cookie_life"])
    assert life.min() >= low
    assert life.max() <= high
    # uniform between the dials
    assert abs(life.mean() - (low + high) / 2) < 4 * (high - low) / 12**0.5 / life.size**0.5 + 0.5
    first = np.asarray(state["seen_first"])[:, FIRST_COOKIE:]
    last = np.asarray(state["seen_last"])[:, FIRST_COOKIE:]
    seen = first != NO_TIME
    first_day = np.where(seen, first, 0) // SECONDS_PER_DAY
    last_day = np.where(seen, last, 0) // SECONDS_PER_DAY
    assert (last_day - first_day < life[:, None])[seen].all()
    # a person has as many cookies as lives fit into the horizon, and parts of two more at most
    assert (seen.sum(axis=1) <= N_DAYS // life + 2).all()
    frequent = seen.sum(axis=1) >= 5
    assert frequent.sum() > 200
    # whoever is seen with a later cookie is never seen with an earlier one again
    rows, ordinals = np.nonzero(seen)
    same = np.diff(rows) == 0
    starts, ends = first_day[rows, ordinals][1:], last_day[rows, ordinals][:-1]
    assert (starts > ends)[same].all()
