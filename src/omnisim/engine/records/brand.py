"""A brand tracker: who knows, considers and prefers the brand, by month and region.

The truth is counted over all persons, the survey over those a draw picks; both are sums over blocks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.records.accounts import genuine
from omnisim.engine.records.columns import no_rows
from omnisim.engine.records.log import BlockLog, IntArray
from omnisim.engine.state import NO_TIME
from omnisim.rng import Stream
from omnisim.storage import Codes
from omnisim.timeline import SECONDS_PER_DAY, epoch_day, first_of_month, month_of_day
from omnisim.world import World

PERSONS, AWARE, CONSIDERING, PREFERRING = range(4)  # last axis of the counts
EVERYBODY, ASKED = 0, 1  # first axis


def no_counts(world: World) -> IntArray:
    """Zeros, shape (2, n_waves, n_regions, 4)."""
    s = world.scenario
    waves = int(month_of_day(s.horizon.start_date, s.horizon.n_days)[-1]) + 1
    return np.zeros((2, waves, len(s.market.regions), 4), np.int64)


def brand_counts(log: BlockLog) -> IntArray:
    """Counts of a block at the end of each month, over everybody and over those asked."""
    counts = no_counts(log.world)
    if not log.world.scenario.brand.is_on:
        return counts
    real = np.flatnonzero(genuine(log, np.arange(len(log.people))))
    person = log.people["person"][real].astype(np.int64)
    region = log.world.places.region[log.people["store"][real]]
    waves, n_regions = counts.shape[1:3]
    asked = np.stack(
        [log.draw(Stream.BRAND_WAVE, person, wave)[:, 0] for wave in range(waves)], axis=1
    )
    is_asked = asked < log.world.scenario.brand.ask_share
    attitudes = _attitudes(log)[real]
    for wave in range(waves):
        for state in range(4):
            holds = attitudes[:, wave, state]
            for who, mine in ((EVERYBODY, holds), (ASKED, holds & is_asked[:, wave])):
                counts[who, wave, :, state] = np.bincount(region[mine], minlength=n_regions)
    return counts


def _attitudes(log: BlockLog) -> NDArray[np.bool_]:
    """Whether each person exists, knows, considers, prefers at each month's end.

    One knows a brand one bought or has an account with; others the sooner, the more contacts they
    remember. Each state needs the one before.
    """
    plan = log.world.scenario.brand
    n, waves = len(log.people), no_counts(log.world).shape[1]
    contacts = _by_month(log, log.touches["row"], log.touches["at"], waves)
    bought = np.cumsum(_by_month(log, log.orders["row"], log.orders["at"], waves), axis=1) > 0
    opened = log.state["joined_at"].astype(np.int64)
    opened = np.where(opened == NO_TIME, log.end, opened).min(axis=1)
    ends = _month_ends(log)
    u = log.draw(Stream.BRAND, log.people["person"].astype(np.int64))
    found = np.ones((n, waves, 4), bool)
    memory = np.zeros(n)
    for wave in range(waves):
        memory = memory * plan.retention + contacts[:, wave]
        reached = memory / (memory + plan.half_contacts)
        chance = plan.base_awareness + (1 - plan.base_awareness) * reached
        buyer = bought[:, wave]
        member = opened < ends[wave]
        aware = (u[:, 0] < chance) | buyer | member
        considers = aware & (u[:, 1] < plan.consider_share * np.where(buyer, 1.8, 1.0))
        prefers = considers & (u[:, 2] < plan.prefer_share * np.where(buyer, 2.0, 1.0))
        found[:, wave, AWARE] = aware
        found[:, wave, CONSIDERING] = considers
        found[:, wave, PREFERRING] = prefers
    return found


def _by_month(log: BlockLog, row: Any, at: Any, waves: int) -> IntArray:
    """Rows of each person and month, shape (n, n_waves)."""
    months = month_of_day(log.world.scenario.horizon.start_date, log.world.scenario.horizon.n_days)
    month = months[np.minimum(at // SECONDS_PER_DAY, months.size - 1)]
    n = len(log.people)
    return np.bincount(row * waves + month, minlength=n * waves).reshape(n, waves)


def _month_ends(log: BlockLog) -> IntArray:
    """First second after each month, or after the horizon."""
    start = log.world.scenario.horizon.start_date
    waves = no_counts(log.world).shape[1]
    firsts = [
        epoch_day(first_of_month(start, wave + 1)) - epoch_day(start) for wave in range(waves)
    ]
    return np.minimum(np.array(firsts, np.int64) * SECONDS_PER_DAY, log.end)


def brand_columns(world: World, counts: IntArray) -> dict[str, dict[str, Any]]:
    """The survey and the truth, from the counts of all blocks."""
    if not world.scenario.brand.is_on:
        return no_rows("brand_tracker", "brand_truth")
    start, regions = world.scenario.horizon.start_date, world.scenario.market.regions
    _, waves, n_regions, _ = counts.shape
    firsts = np.array([epoch_day(first_of_month(start, wave)) for wave in range(waves)], np.int32)
    frame = {
        "wave_date": np.repeat(firsts, n_regions),
        "region": Codes(np.tile(np.arange(n_regions, dtype=np.int16), waves), regions),
    }
    found = {}
    for who, table, names in (
        (ASKED, "brand_tracker", ("n_asked", "n_aware", "n_considering", "n_preferring")),
        (EVERYBODY, "brand_truth", ("n_persons", "n_aware", "n_considering", "n_preferring")),
    ):
        flat = counts[who].reshape(-1, 4)
        found[table] = frame | {name: flat[:, k].copy() for k, name in enumerate(names)}
    return found
