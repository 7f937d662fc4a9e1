"""Synthetic control: a treated unit against the weighted average of others that moves like it before.

Weights are not negative and sum to one, so that the counterfactual stays inside what the others did.
Inference is by placebo: every other unit is treated in turn, and the real one must stand out.

References
----------
Abadie, A., Diamond, A., Hainmueller, J. (2010). Synthetic control methods for comparative case studies.
Journal of the American Statistical Association, 105(490), 493-505.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from omnisim.causal.design import Method, base_period
from omnisim.causal.panel import NEVER, FloatArray, IntArray, Panel
from omnisim.errors import DesignError

LEAST_BASE = 8  # weeks to match on: fewer are matched by chance
LEAST_DONORS = 4  # units to weigh: with fewer, no placebo rank means anything
_SUM_WEIGHT = 1e4  # of the row that asks for a sum of one, beside rows of size one


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticControl:
    """A treated unit, its synthetic control, and the same for every placebo.

    Attributes
    ----------
    start : int
        First treated week.
    base : tuple of int
        First week and end (not included) of the weeks matched.
    weights : array, shape (n_donors,)
        Not negative, sum one.
    donor_id : array, shape (n_donors,)
        Whose they are.
    treated, synthetic : array, shape (n_weeks,)
        Outcome of the treated unit and of its control, in the unit of the outcome.
    placebo_gaps : array, shape (n_donors, n_weeks)
        Gap of each donor to its own control made of the other donors.
    """

    start: int
    base: tuple[int, int]
    weights: FloatArray
    donor_id: IntArray
    treated: FloatArray
    synthetic: FloatArray
    placebo_gaps: FloatArray

    @property
    def gap(self) -> FloatArray:
        """What happened less what would have, shape (n_weeks,)."""
        return self.treated - self.synthetic

    @property
    def effect(self) -> float:
        """Mean gap over the treated weeks, in the unit of the outcome."""
        return float(self.gap[self.start :].mean())

    @property
    def fit_error(self) -> float:
        """Root of the mean squared gap over the base."""
        return _rms(self.gap[slice(*self.base)])

    @property
    def p_value(self) -> float:
        """Share of units, the real one included, whose gap widens as much after the start.

        Widening is the root mean squared gap after the start over that before (Abadie et al., 2010).
        """
        own = self._widening(self.gap)
        others = [self._widening(gap) for gap in self.placebo_gaps]
        return (1 + sum(other >= own for other in others)) / (1 + len(others))

    def frame(self) -> pd.DataFrame:
        """The path: columns ``week, treated, synthetic``."""
        week = np.arange(self.treated.size)
        return pd.DataFrame({"week": week, "treated": self.treated, "synthetic": self.synthetic})

    def _widening(self, gap: FloatArray) -> float:
        before = max(_rms(gap[slice(*self.base)]), 1e-9 * float(np.abs(self.treated).mean()))
        return _rms(gap[self.start :]) / before


def simplex_weights(target: FloatArray, donors: FloatArray) -> FloatArray:
    """Weights of the donors that come closest to the target: ``min |target - w donors|``.

    Subject to ``w >= 0`` and ``sum(w) = 1``, by non-negative least squares with the sum as one heavy
    row (Lawson and Hanson, 1974, chapter 23).

    Parameters
    ----------
    target : array, shape (n_weeks,)
        Outcome of the treated unit.
    donors : array, shape (n_donors, n_weeks)
        Outcomes of the others.

    Returns
    -------
    array, shape (n_donors,)
        The weights.

    Examples
    --------
    >>> donors = np.array([[1.0, 2.0, 4.0], [3.0, 1.0, 0.0]])
    >>> simplex_weights(np.array([1.5, 1.75, 3.0]), donors).round(3)
    array([0.75, 0.25])
    """
    if donors.ndim != 2 or donors.shape[0] < 1 or donors.shape[1] != target.size:
        raise DesignError(
            f"synthetic control: donors of shape {donors.shape}: give one row per donor and "
            f"{target.size} weeks"
        )
    if not (np.isfinite(target).all() and np.isfinite(donors).all()):
        raise DesignError("synthetic control: NaN or infinity among the outcomes")
    size = max(float(np.abs(donors).max()), float(np.abs(target).max())) or 1.0
    rows = np.vstack([donors.T / size, np.full(donors.shape[0], _SUM_WEIGHT)])
    found, _ = nnls(rows, np.append(target / size, _SUM_WEIGHT))
    weights: FloatArray = found / found.sum()
    return weights


def synthetic_control(
    treated: FloatArray,
    donors: FloatArray,
    *,
    start: int,
    base: tuple[int, int] | None = None,
    donor_id: IntArray | None = None,
    is_indexed: bool = False,
) -> SyntheticControl:
    """Build the control of one treated unit and of every placebo.

    Parameters
    ----------
    treated : array, shape (n_weeks,)
        Outcome of the treated unit.
    donors : array, shape (n_donors, n_weeks)
        Outcomes of units never treated in these weeks.
    start : int
        First treated week.
    base : tuple of int, optional
        Weeks matched: first and end (not included); all before the start by default.
    donor_id : array, shape (n_donors,), optional
        Names of the donors; their numbers by default.
    is_indexed : bool
        Match each unit in percent of its own mean over the base, as seasons act on stores of different
        size; the control is brought back to the level of the treated unit. Otherwise in levels, as in
        the reference.

    Raises
    ------
    DesignError
        Fewer than :data:`LEAST_DONORS` donors, no week to match or to measure, or a base mean that is
        not positive where units are indexed.
    """
    n_donors, first, end = donors.shape[0], *(base or (0, start))
    if n_donors < LEAST_DONORS:
        raise DesignError(f"synthetic control: {n_donors} donors: give {LEAST_DONORS} or more")
    if not 0 <= first < end <= start < treated.size:
        raise DesignError(
            f"synthetic control: base = {(first, end)}, start = {start} of {treated.size} weeks: give "
            "weeks to match before the start and weeks to measure after it"
        )
    units = np.vstack([treated, donors])
    level = units[:, first:end].mean(axis=1, keepdims=True)
    if is_indexed and not (level > 0).all():
        raise DesignError("synthetic control: a unit sells nothing over the base; match in levels")
    scale = level if is_indexed else np.ones_like(level)
    drawn = units / scale

    def controlled(unit: int) -> tuple[FloatArray, FloatArray]:
        """Weights and path of the control of one unit, made of all donors but itself."""
        others = np.delete(np.arange(1, n_donors + 1), unit - 1 if unit else [])
        weights = simplex_weights(drawn[unit, first:end], drawn[others, first:end])
        return weights, (weights @ drawn[others]) * scale[unit]

    weights, path = controlled(0)
    gaps = [units[unit] - controlled(unit)[1] for unit in range(1, n_donors + 1)]
    return SyntheticControl(
        start=start,
        base=(first, end),
        weights=weights,
        donor_id=np.arange(n_donors) if donor_id is None else donor_id,
        treated=treated,
        synthetic=path,
        placebo_gaps=np.array(gaps),
    )


def first_wave_control(panel: Panel, outcome: str, method: Method) -> SyntheticControl | None:
    """The mean store of the first wave against stores that never get the service.

    The weeks that :class:`Method` leaves out before the start are not matched. The mean of several
    stores is calmer than one placebo store, before the start and after it alike; placebos are therefore
    compared by how much their gaps widen, not by the gaps.

    Returns
    -------
    SyntheticControl or None
        None where there are fewer than :data:`LEAST_DONORS` such stores or :data:`LEAST_BASE` weeks to
        match.
    """
    start = int(panel.start_week.min())
    if start >= panel.n_weeks:
        return None
    base = base_period(start, panel.n_weeks, method, is_first=True)
    never = panel.start_week == NEVER
    if never.sum() < LEAST_DONORS or base[1] - base[0] < LEAST_BASE:
        return None
    values = panel.outcome(outcome)
    return synthetic_control(
        values[panel.start_week == start].mean(axis=0),
        values[never],
        start=start,
        base=base,
        donor_id=panel.location_id[never],
        is_indexed=method.trend == "proportional",
    )


def _rms(values: FloatArray) -> float:
    return float(np.sqrt(np.mean(values**2)))
