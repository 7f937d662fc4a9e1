"""Signals that run ahead of demand, and the needs they run ahead of.

People take an interest before they need something, and leave traces: searches, walks past shops, posts.
A signal of day ``t`` shows the needs of day ``t + lead``, freed from their weekday and dressed in that
of day ``t``, under log-normal noise. Within `lead` days of the end those needs are not known yet; there
it shows what the calendar lets expect at the level of the last weeks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from omnisim.rng import N_BINS, Stream, lognormal_table, uniform_block
from omnisim.scenario import Scenario
from omnisim.schema.context import SIGNALS
from omnisim.storage import Codes
from omnisim.timeline import epoch_day
from omnisim.world import World
from omnisim.world.calendar import need_factor

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
_RECENT_DAYS = 28  # the level that is carried beyond the horizon
_WHOLE_MARKET = -1
_REGIONAL = ("search_interest", "footfall")
_AREAS = 64  # room for regions in an address
_FIXED_POINT = 2**16  # sums of factors are sums of whole numbers


class _Series(NamedTuple):
    """One signal of one area."""

    signal: int
    area: int
    lead: int
    noise_sd: float
    value: FloatArray
    correlation: float | None


def signal_columns(world: World, needs: IntArray) -> dict[str, dict[str, Any]]:
    """Columns of `demand_signals` and of the truth behind them.

    Parameters
    ----------
    needs : array, shape (n_stores, n_days)
        Needs that arose in each catchment.
    """
    s = world.scenario
    found = list(_series(world, needs)) if s.signals.is_on else []
    n_days, n = s.horizon.n_days, len(found)
    day = np.arange(n_days) + epoch_day(s.horizon.start_date)
    values = [one.value for one in found] or [np.zeros(0)]
    signal = np.array([one.signal for one in found], np.int8)
    area = np.array([one.area for one in found], np.int16)
    known = [one.correlation is not None for one in found]
    n_stores = world.places.n_stores
    return {
        "demand_signals": {
            "signal_date": np.repeat(day, n).astype(np.int32),
            "signal": Codes(np.tile(signal, n_days), SIGNALS),
            "region": Codes(np.tile(area, n_days), s.market.regions),
            "value": np.stack(values, axis=1).ravel(),
        },
        "signal_truth": {
            "signal": Codes(signal, SIGNALS),
            "region": Codes(area, s.market.regions),
            "lead_days": np.array([one.lead for one in found], np.int16),
            "noise_sd": np.array([one.noise_sd for one in found], np.float64),
            "correlation": (
                np.array([one.correlation or 0.0 for one in found], np.float64),
                ~np.array(known, bool),
            ),
        },
        "latent_demand": {
            "need_date": np.repeat(day, n_stores).astype(np.int32),
            "location_id": np.tile(np.arange(2, n_stores + 2), n_days),
            "n_needs": needs.T.ravel().copy(),
        },
    }


def _series(world: World, needs: IntArray) -> Iterator[_Series]:
    s = world.scenario
    region = world.places.region
    areas = {_WHOLE_MARKET: needs.sum(axis=0)} | {
        k: needs[region == k].sum(axis=0) for k in range(len(s.market.regions))
    }
    for number, name in enumerate(SIGNALS):
        dials = getattr(s.signals, name)
        for area, counts in areas.items():
            if area == _WHOLE_MARKET or name in _REGIONAL:
                value = _signal(s, counts, number, area, dials.lead_days, dials.noise_sd)
                correlation = _correlation(s, value, counts, dials.lead_days)
                yield _Series(number, area, dials.lead_days, dials.noise_sd, value, correlation)


def _signal(
    s: Scenario, counts: IntArray, number: int, area: int, lead: int, noise_sd: float
) -> FloatArray:
    """Index of the signal by day, mean about 100, one decimal."""
    n_days = counts.size
    weekday = _weekday_factor(s, n_days + lead)
    ahead = np.concatenate([counts.astype(np.float64), _expected(s, counts, lead)])
    entity = np.full(n_days, number * _AREAS + area + 1)
    u = uniform_block(s.seed, entity, stream=Stream.SIGNAL, occasions=np.arange(n_days))[:, 0]
    noise = lognormal_table(noise_sd)[(u * N_BINS).astype(np.int64)]
    interest = ahead[lead:] / weekday[lead:] * weekday[:n_days] * noise
    mean = max(int(counts.sum()), 1) / n_days
    return np.asarray(np.round(interest / mean * 1000) / 10, np.float64)


def _expected(s: Scenario, counts: IntArray, lead: int) -> FloatArray:
    """Needs to expect on the `lead` days after the horizon."""
    n_days = counts.size
    longer = s.horizon.model_copy(update={"n_days": n_days + lead})
    factor = need_factor(s.model_copy(update={"horizon": longer}))
    whole = np.round(factor * _FIXED_POINT).astype(np.int64)
    first = max(0, n_days - _RECENT_DAYS)
    level = int(counts[first:].sum()) / int(whole[first:n_days].sum())
    return np.asarray(level * whole[n_days:], np.float64)


def _weekday_factor(s: Scenario, n_days: int) -> FloatArray:
    weekday = (s.horizon.start_date.weekday() + np.arange(n_days)) % 7
    return np.where(weekday >= 5, s.demand.weekend_factor, 1.0)


def _correlation(s: Scenario, value: FloatArray, counts: IntArray, lead: int) -> float | None:
    """Pearson correlation with the needs `lead` days later, both without their weekday."""
    n = counts.size - lead
    if n < 2:
        return None
    weekday = _weekday_factor(s, counts.size)
    x = _whole(value[:n] / weekday[:n])
    y = _whole(counts[lead:] / weekday[lead:])
    # whole numbers: sums of floats differ between machines in their last bits
    sum_x, sum_y = sum(x), sum(y)
    covariance = n * sum(a * b for a, b in zip(x, y, strict=True)) - sum_x * sum_y
    spread = (n * sum(a * a for a in x) - sum_x**2) * (n * sum(b * b for b in y) - sum_y**2)
    return None if spread == 0 else round(float(covariance / spread**0.5), 6)


def _whole(values: FloatArray) -> list[int]:
    return [int(value) for value in np.round(values * 1000)]
