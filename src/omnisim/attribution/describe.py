"""What journeys look like: length, time, and where online and store meet."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas as pd

from omnisim.attribution.columns import FloatArray
from omnisim.attribution.journeys import Journeys
from omnisim.attribution.shares import shares_over_persons, wilson_bounds
from omnisim.errors import DesignError

BoolArray = npt.NDArray[np.bool_]

STORE_PLACE = "store"
ONLINE_PLACES = ("web", "app", "marketplace", "social")  # order channels


def path_lengths(journeys: Journeys, *, longest: int = 10) -> pd.DataFrame:
    """How many contacts journeys have.

    Parameters
    ----------
    journeys : Journeys
        What was seen.
    longest : int
        Lengths from here on share the last row, >= 1.

    Returns
    -------
    DataFrame
        n_touches (0 for orders without a contact; the last row means "or more"), conversions,
        nulls (counts of journeys), conversion_share (of the row, in [0, 1]) with _low and _high
        (95 %, persons drawn).

    Examples
    --------
    >>> table = pd.DataFrame({"path": ["a > b", "a"], "conversions": [1, 0], "nulls": [0, 3],
    ...                       "value": [10.0, 0.0]})
    >>> path_lengths(Journeys.from_paths(table), longest=2)[["n_touches", "nulls"]].values.tolist()
    [[0, 0], [1, 3], [2, 0]]
    """
    if longest < 1:
        raise DesignError(f"longest = {longest}: give a whole number >= 1")
    length = np.minimum(journeys.lengths, longest)
    person = journeys.customer
    if person is None:
        person = np.arange(journeys.n_journeys)
    ends = [journeys.conversions, journeys.nulls]
    found = shares_over_persons(
        np.concatenate([person, person]),
        np.concatenate([2 * length, 2 * length + 1]),
        np.repeat(np.arange(longest + 1), 2),
        counts=np.concatenate(ends),
    )
    if journeys.customer is None:  # each end of an aggregated row is a journey of its own
        low, high = wilson_bounds(found.share, found.n_base.astype(np.float64))
    else:
        low, high = found.ci_low, found.ci_high
    return pd.DataFrame(
        {
            "n_touches": np.arange(longest + 1),
            "conversions": found.n[::2],
            "nulls": found.n[1::2],
            "conversion_share": found.share[::2],
            "conversion_share_low": low[::2],
            "conversion_share_high": high[::2],
        }
    )


def mean_touches(journeys: Journeys) -> float:
    """Mean contacts of orders that have at least one."""
    has = journeys.has_touch
    weight = journeys.conversions[has]
    if weight.sum() == 0:
        raise DesignError("no order has a contact before it")
    return float(np.average(journeys.lengths[has], weights=weight))


def days_to_order(journeys: Journeys) -> FloatArray:
    """Days from the first contact to the order, one value per order with a contact."""
    if journeys.days_before_end is None:
        raise DesignError("days_to_order: aggregated paths carry no times")
    wanted = journeys.has_touch & (journeys.conversions > 0)
    return journeys.days_before_end[journeys.offsets[:-1][wanted]]


@dataclass(frozen=True, slots=True, eq=False)
class CrossChannel:
    """Store orders seen coming online (webrooming), and online orders after a store visit.

    Attributes
    ----------
    store, online : array of bool, shape (n_journeys,)
        Journeys that closed with an order in a store; on web, app, marketplace or social (orders
        by phone are neither).
    webroomed, showroomed : array of bool, shape (n_journeys,)
        Of these, store orders with an online contact; online orders with a store contact.
    store_value, webrooming_value : float
        Money of all store orders; of those with an online contact.
    """

    store: BoolArray
    online: BoolArray
    webroomed: BoolArray
    showroomed: BoolArray
    store_value: float
    webrooming_value: float

    @property
    def n_store_orders(self) -> int:
        """Orders placed in stores."""
        return int(self.store.sum())

    @property
    def n_online_orders(self) -> int:
        """Orders placed on web, app, marketplace and social."""
        return int(self.online.sum())

    @property
    def webrooming_share(self) -> float:
        """Share of store orders with an online contact before, in [0, 1]; 0 without any."""
        return float(self.webroomed.sum() / max(self.store.sum(), 1))

    @property
    def showrooming_share(self) -> float:
        """Share of online orders with a store contact before, in [0, 1]; 0 without any."""
        return float(self.showroomed.sum() / max(self.online.sum(), 1))


def cross_channel(journeys: Journeys, *, online_channels: Collection[str]) -> CrossChannel:
    """Count journeys that cross between online and store.

    Lower bounds: contacts that were not recognised are not in the journey.

    Parameters
    ----------
    journeys : Journeys
        Built from tables (aggregated paths do not say where the order was placed).
    online_channels : collection of str
        Channels that happen online; all others happen in person or by phone.
    """
    if journeys.order_channel is None:
        raise DesignError("cross_channel: aggregated paths do not say where the order was placed")
    is_online = np.isin(np.array(journeys.channels, dtype=object), list(online_channels))
    is_store = np.array([c == "store_visit" for c in journeys.channels], dtype=bool)
    owner = np.repeat(np.arange(journeys.n_journeys), journeys.lengths)
    n = journeys.n_journeys
    online = np.bincount(owner[is_online[journeys.codes]], minlength=n) > 0
    offline = np.bincount(owner[is_store[journeys.codes]], minlength=n) > 0
    names = np.array([*journeys.order_channels, ""], dtype=object)
    place = names[journeys.order_channel]
    in_store, on_screen = place == STORE_PLACE, np.isin(place, ONLINE_PLACES)
    return CrossChannel(
        store=in_store,
        online=on_screen,
        webroomed=in_store & online,
        showroomed=on_screen & offline,
        store_value=float(journeys.value[in_store].sum()),
        webrooming_value=float(journeys.value[in_store & online].sum()),
    )


def flows(journeys: Journeys) -> pd.DataFrame:
    """Orders by first contact, last contact and place of purchase.

    Returns
    -------
    DataFrame
        first, last (channels), order_channel, n_orders, value; orders with a contact only, most
        frequent first. Their sum is ``journeys.n_tracked_conversions``.
    """
    if journeys.order_channel is None:
        raise DesignError("flows: aggregated paths do not say where the order was placed")
    wanted = journeys.has_touch & (journeys.conversions > 0)
    channels = np.array(journeys.channels, dtype=object)
    places = np.array(journeys.order_channels, dtype=object)
    frame = pd.DataFrame(
        {
            "first": channels[journeys.codes[journeys.offsets[:-1][wanted]]],
            "last": channels[journeys.codes[journeys.offsets[1:][wanted] - 1]],
            "order_channel": places[journeys.order_channel[wanted]],
            "n_orders": journeys.conversions[wanted],
            "value": journeys.value[wanted],
        }
    )
    totals = frame.groupby(["first", "last", "order_channel"], as_index=False, sort=True).sum()
    return totals.sort_values("n_orders", ascending=False, kind="stable", ignore_index=True)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of two sums over journeys, with its interval over persons."""

    value: float
    ci_low: float
    ci_high: float


def ratio_of_sums(
    numerator: FloatArray, denominator: FloatArray, journeys: Journeys, *, level: float = 0.95
) -> Ratio:
    """``sum(x) / sum(y)`` with a normal interval that treats persons as the units drawn.

    Linearised: ``se = sqrt(sum_i (x_i - r y_i)^2) / sum(y)`` over persons `i`. The lower end stops
    at 0, as both sums are of counts or amounts >= 0.

    Parameters
    ----------
    numerator, denominator : array, shape (n_journeys,)
        Amounts >= 0 per journey.
    journeys : Journeys
        Says which journeys belong to one person.
    level : float
        Level of the interval, in (0, 1).

    Examples
    --------
    Four persons, one journey each, half of them with the property: se = sqrt(4 * 0.25) / 4.

    >>> from omnisim.attribution import Journeys
    >>> four = Journeys(channels=(), codes=np.zeros(0, np.int16), offsets=np.zeros(5, np.int64),
    ...                 conversions=np.ones(4, np.int64), nulls=np.zeros(4, np.int64),
    ...                 value=np.ones(4), customer=np.arange(4))
    >>> found = ratio_of_sums(np.array([1.0, 1, 0, 0]), np.ones(4), four)
    >>> round(found.value, 2), round(found.ci_high, 2)
    (0.5, 0.99)
    """
    total = float(denominator.sum())
    if total <= 0:
        raise DesignError("ratio_of_sums: the denominator is zero; no journey qualifies")
    ratio = float(numerator.sum()) / total
    owner = journeys.customer if journeys.customer is not None else np.arange(journeys.n_journeys)
    off = np.bincount(owner, weights=numerator - ratio * denominator)
    reach = NormalDist().inv_cdf((1 + level) / 2) * float(np.sqrt((off**2).sum())) / total
    return Ratio(ratio, max(ratio - reach, 0.0), ratio + reach)
