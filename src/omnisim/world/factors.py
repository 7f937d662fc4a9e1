"""What campaigns, promotions and shocks do to a day: factors on reach, needs, conversion and price."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omnisim.scenario import Scenario
from omnisim.schema import CHANNEL_ID, CHANNELS

# How a cause with a window is named in worlds and effects.
CAUSES = ("campaign", "promotion", "shock")


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """All are 1 (or 0 percent) on days on which nothing runs.

    Attributes
    ----------
    reach : array, shape (n_channels, n_days)
        On a channel's reach.
    need : array, shape (n_regions, n_days)
        On the rate of needs.
    conversion : array, shape (n_days,)
        On every conversion chance.
    percent : array, shape (n_categories, n_days)
        Whole percent taken off the list price.
    """

    reach: NDArray[np.float64]
    need: NDArray[np.float64]
    conversion: NDArray[np.float64]
    percent: NDArray[np.int64]


def build_factors(scenario: Scenario, *, without: Collection[str] = ()) -> Factors:
    """Lay all causes of a scenario over its days.

    Parameters
    ----------
    without : collection of str
        Names of causes that do not happen in this world; see :func:`cause_names`.
    """
    n_days = scenario.horizon.n_days
    regions, categories = scenario.market.regions, scenario.assortment.category_names
    found = Factors(
        np.ones((len(CHANNELS), n_days)),
        np.ones((len(regions), n_days)),
        np.ones(n_days),
        np.zeros((len(categories), n_days), np.int64),
    )
    for name, campaign in zip(_campaigns(scenario), scenario.campaigns, strict=True):
        if name not in without:
            days = slice(campaign.first_day, campaign.first_day + campaign.n_days)
            found.reach[CHANNEL_ID[campaign.channel], days] *= campaign.reach_factor
    for name, promotion in zip(_promotions(scenario), scenario.promotions, strict=True):
        if name not in without:
            days = slice(promotion.first_day, promotion.first_day + promotion.n_days)
            rows = (
                slice(None)
                if promotion.category is None
                else slice(
                    categories.index(promotion.category), categories.index(promotion.category) + 1
                )
            )
            found.percent[rows, days] = round(promotion.discount * 100)
            found.conversion[days] *= 1.0 + promotion.conversion_effect
    for name, shock in zip(_shocks(scenario), scenario.shocks, strict=True):
        if name in without:
            continue
        days = slice(shock.first_day, shock.first_day + shock.n_days)
        if shock.channel is not None:
            found.reach[CHANNEL_ID[shock.channel], days] *= 1.0 + shock.effect
        elif shock.kind == "price_war":
            found.conversion[days] *= 1.0 + shock.effect
        elif shock.region is None:
            found.need[:, days] *= 1.0 + shock.effect
        else:
            found.need[regions.index(shock.region), days] *= 1.0 + shock.effect
    return found


def cause_names(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """Names of the causes with a window, by kind, in the order of the scenario.

    Shocks have no name of their own: they are numbered by kind.
    """
    return {
        "campaign": _campaigns(scenario),
        "promotion": _promotions(scenario),
        "shock": _shocks(scenario),
    }


def _campaigns(scenario: Scenario) -> tuple[str, ...]:
    return tuple(f"campaign:{c.name}" for c in scenario.campaigns)


def _promotions(scenario: Scenario) -> tuple[str, ...]:
    return tuple(f"promotion:{p.name}" for p in scenario.promotions)


def _shocks(scenario: Scenario) -> tuple[str, ...]:
    return tuple(f"shock:{s.kind} {k}" for k, s in enumerate(scenario.shocks, start=1))
