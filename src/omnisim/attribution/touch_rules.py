"""Fixed rules that split an order among the contacts before it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from omnisim.attribution.columns import FloatArray, IntArray
from omnisim.attribution.journeys import Journeys
from omnisim.errors import DesignError


class TouchRule(Protocol):
    """A rule that needs only the journey itself."""

    @property
    def name(self) -> str:
        """Machine name."""

    @property
    def label(self) -> str:
        """Name for people."""

    def weights(self, journeys: Journeys) -> FloatArray:
        """Share of the journey's credit per contact, shape (n_touches,); sums to 1 per journey."""


@dataclass(frozen=True, slots=True)
class Last:
    """All credit to the last contact."""

    name: str = "last"
    label: str = "Last contact"

    def weights(self, journeys: Journeys) -> FloatArray:
        """See :class:`TouchRule`."""
        _, end = _bounds(journeys)
        return _mark(end - 1, journeys)


@dataclass(frozen=True, slots=True)
class First:
    """All credit to the first contact."""

    name: str = "first"
    label: str = "First contact"

    def weights(self, journeys: Journeys) -> FloatArray:
        """See :class:`TouchRule`."""
        start, _ = _bounds(journeys)
        return _mark(start, journeys)


@dataclass(frozen=True, slots=True)
class LastNonDirect:
    """All credit to the last contact that is not direct; to the last one when all are direct.

    Attributes
    ----------
    direct : tuple of str
        Channels that count as direct.
    """

    direct: tuple[str, ...] = ("direct",)
    name: str = "last_non_direct"
    label: str = "Last non-direct contact"

    def weights(self, journeys: Journeys) -> FloatArray:
        """See :class:`TouchRule`."""
        start, end = _bounds(journeys)
        is_direct = np.isin(np.array(journeys.channels, dtype=object), self.direct)
        place = np.arange(len(journeys.codes), dtype=np.int64)
        place[is_direct[journeys.codes]] = -1
        best = np.maximum.reduceat(place, start) if len(start) else place[:0]
        return _mark(np.where(best >= 0, best, end - 1), journeys)


@dataclass(frozen=True, slots=True)
class Linear:
    """Equal credit to every contact."""

    name: str = "linear"
    label: str = "Linear"

    def weights(self, journeys: Journeys) -> FloatArray:
        """See :class:`TouchRule`."""
        lengths = journeys.lengths
        return np.repeat(1 / np.maximum(lengths, 1), lengths)


@dataclass(frozen=True, slots=True)
class TimeDecay:
    """Credit halves with every `half_life_days` between the contact and the order.

    ``w = 2 ** (-days / half_life_days)``, scaled to 1 per journey.

    Attributes
    ----------
    half_life_days : float
        Half-life, > 0.
    """

    half_life_days: float = 7.0  # the usual default of web analytics suites
    name: str = "time_decay"
    label: str = "Time decay"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.half_life_days) and self.half_life_days > 0):
            raise DesignError(f"half_life_days = {self.half_life_days}: give days > 0, e.g. 7")

    def weights(self, journeys: Journeys) -> FloatArray:
        """See :class:`TouchRule`."""
        if journeys.days_before_end is None:
            raise DesignError(
                "time_decay: aggregated paths carry no times; build journeys from contacts"
            )
        start, _ = _bounds(journeys)
        lengths = journeys.lengths
        # Counted from the last contact: the shares are the same and never 0 / 0.
        latest = np.minimum.reduceat(journeys.days_before_end, start) if len(start) else np.zeros(0)
        age = journeys.days_before_end - np.repeat(latest, lengths[lengths > 0])
        raw = np.exp2(-age / self.half_life_days)
        total = np.add.reduceat(raw, start) if len(start) else np.zeros(0)
        return np.asarray(raw / np.repeat(total, lengths[lengths > 0]))


@dataclass(frozen=True, slots=True)
class Position:
    """A share to the first and to the last contact, the rest equally to those between.

    Of two contacts each gets its share scaled to 1; a single contact gets all.

    Attributes
    ----------
    first, last : float
        Shares in [0, 1], together at most 1.
    """

    first: float = 0.4
    last: float = 0.4
    name: str = "position"
    label: str = "Position 40/20/40"

    def __post_init__(self) -> None:
        if not (self.first >= 0 and self.last >= 0 and 0 < self.first + self.last <= 1):
            raise DesignError(
                f"position: first = {self.first}, last = {self.last}: give shares >= 0 whose sum "
                "is in (0, 1], e.g. 0.4 and 0.4"
            )

    def weights(self, journeys: Journeys) -> FloatArray:
        """See :class:`TouchRule`."""
        start, end = _bounds(journeys)
        n = end - start
        middle = (1 - self.first - self.last) / np.maximum(n - 2, 1)
        weights = np.repeat(middle, n)
        ends = self.first + self.last
        weights[start] = np.where(n > 2, self.first, self.first / ends)
        weights[end - 1] = np.where(n > 2, self.last, self.last / ends)
        weights[start[n == 1]] = 1.0
        return weights


@dataclass(frozen=True, slots=True)
class Custom:
    """Weights of one's own: by channel, by place from the order, or both multiplied.

    ``w = by_channel[channel] * by_place[place]``, scaled to 1 per journey. A journey whose weights
    are all 0 is split equally, so that no order is lost.

    Attributes
    ----------
    by_channel : tuple of (str, float)
        Weight >= 0 of channels; the others have `other`.
    by_place : tuple of float
        Weight >= 0 of the last contact, the one before it, and so on; the last number holds for
        all earlier contacts. Empty for equal weights.
    other : float
        Weight >= 0 of a channel that is not named.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"path": ["a > b > c"], "conversions": [1]})
    >>> journeys = Journeys.from_paths(table, nulls=None, value=None)
    >>> Custom(by_place=(2, 1)).weights(journeys).tolist()
    [0.25, 0.25, 0.5]
    """

    by_channel: tuple[tuple[str, float], ...] = ()
    by_place: tuple[float, ...] = ()
    other: float = 1.0
    name: str = "custom"
    label: str = "Custom weights"

    def __post_init__(self) -> None:
        given = [*(weight for _, weight in self.by_channel), *self.by_place, self.other]
        bad = [weight for weight in given if not (math.isfinite(weight) and weight >= 0)]
        if bad or max(given) == 0:
            raise DesignError(
                f"custom: by_channel = {self.by_channel}, by_place = {self.by_place}, other = "
                f"{self.other}: give finite weights >= 0, not all of them 0"
            )
        named = [channel for channel, _ in self.by_channel]
        if len(set(named)) < len(named):
            raise DesignError(f"custom: by_channel names {named}: give each channel once")

    def weights(self, journeys: Journeys) -> FloatArray:
        """See :class:`TouchRule`."""
        chosen = dict(self.by_channel)
        by_code = np.array([chosen.get(c, self.other) for c in journeys.channels], dtype=float)
        raw = by_code[journeys.codes]
        start, end = _bounds(journeys)
        n = end - start
        if self.by_place:
            back = np.repeat(end, n) - 1 - np.arange(len(raw))
            raw = raw * np.array(self.by_place)[np.minimum(back, len(self.by_place) - 1)]
        total = np.repeat(np.add.reduceat(raw, start) if len(start) else np.zeros(0), n)
        return np.where(total > 0, raw / np.where(total > 0, total, 1.0), 1 / np.repeat(n, n))


def _bounds(journeys: Journeys) -> tuple[IntArray, IntArray]:
    """First contact and one past the last, for journeys that have any."""
    has = journeys.has_touch
    return journeys.offsets[:-1][has], journeys.offsets[1:][has]


def _mark(place: IntArray, journeys: Journeys) -> FloatArray:
    """1 at `place`, 0 elsewhere."""
    weights = np.zeros(len(journeys.codes))
    weights[place] = 1.0
    return weights
