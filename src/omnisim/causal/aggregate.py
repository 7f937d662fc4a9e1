"""Averages of group-time effects a reader wants: by wave, and by week since the start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from omnisim.causal.design import Effect
from omnisim.causal.panel import FloatArray, IntArray
from omnisim.causal.staggered import GroupTimeEffects

_N_DRAWS = 20_000  # the 95% quantile of the largest |t| is then known to about 0.01
_SEED = 20_210_225  # the band must be the same in every run


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveEffect:
    """Average effect of one wave over its weeks with the service."""

    wave: int
    start_week: int
    n_stores: int
    n_store_weeks: int
    effect: Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStudy:
    """Effect by weeks since the start, with bands that hold at all weeks at once.

    Attributes
    ----------
    event_week : array, shape (n,)
        Weeks since the start; negative before it.
    value, std_error : array, shape (n,)
        Average over the stores observed in that week, per store.
    n_stores : array, shape (n,)
        Stores behind each value: it changes over the weeks, so the curve mixes waves.
    covariance : array, shape (n, n)
        Of the values.
    critical_one, critical_all : float
        t quantile for one week, and of the largest over all weeks.
    df : int
        Degrees of freedom.
    """

    event_week: IntArray
    value: FloatArray
    std_error: FloatArray
    n_stores: IntArray
    covariance: FloatArray
    critical_one: float
    critical_all: float
    df: int

    def frame(self) -> pd.DataFrame:
        """Columns ``event_week, value, ci_low, ci_high, band_low, band_high, n_stores``."""
        one, every = self.critical_one * self.std_error, self.critical_all * self.std_error
        return pd.DataFrame(
            {
                "event_week": self.event_week,
                "value": self.value,
                "ci_low": self.value - one,
                "ci_high": self.value + one,
                "band_low": self.value - every,
                "band_high": self.value + every,
                "n_stores": self.n_stores,
            }
        )


def effects_by_wave(effects: GroupTimeEffects) -> tuple[WaveEffect, ...]:
    """One average per start week, in order of start."""
    found = []
    for g in np.unique(effects.group):
        cells = (effects.group == g) & (effects.event_week >= 0)
        if not cells.any():
            continue
        found.append(
            WaveEffect(
                wave=int(effects.group_wave[g]),
                start_week=int(effects.group_start[g]),
                n_stores=int(effects.group_size[g]),
                n_store_weeks=int(effects.group_size[g] * cells.sum()),
                effect=effects.average(cells),
            )
        )
    return tuple(found)


def event_study(
    effects: GroupTimeEffects,
    *,
    first: int | None = None,
    last: int | None = None,
    cells: npt.NDArray[np.bool_] | None = None,
) -> EventStudy:
    """Average effect by weeks since the start, stores counting the same.

    Parameters
    ----------
    first, last : int, optional
        Range of event weeks; by default all there are. A week in which the value is zero by
        construction (a base of one week) is left out.
    cells : array of bool, shape (n_cells,), optional
        Only these group-time effects; all by default.
    """
    event = effects.event_week
    chosen = np.ones(event.size, dtype=bool) if cells is None else cells
    weeks = np.array(
        [
            e
            for e in np.unique(event[chosen])
            if (first is None or e >= first) and (last is None or e <= last)
        ],
        dtype=np.int64,
    )
    sizes = effects.cell_size
    weights = ((event[None, :] == weeks[:, None]) & chosen) * sizes
    n_stores = weights.sum(axis=1)
    weights = weights / n_stores[:, None]
    slack = np.abs(np.tensordot(weights, effects.gradient, axes=1)).max(axis=(1, 2))
    varies = slack > 1e-12
    weeks, n_stores = weeks[varies], n_stores[varies]
    value, covariance = effects.combine(weights[varies])
    error = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    level = effects.method.ci_level
    return EventStudy(
        event_week=weeks,
        value=value,
        std_error=error,
        n_stores=n_stores.astype(np.int64),
        covariance=covariance,
        critical_one=float(stats.t.isf((1 - level) / 2, effects.df)),
        critical_all=float(np.quantile(_largest(covariance, effects.df), level)),
        df=effects.df,
    )


def joint_p_value(study: EventStudy, weeks: np.ndarray) -> float:
    """Chance of a largest ``|t|`` over `weeks` (a mask) as large as the one found, were all zero.

    The largest rather than a Wald statistic: there are fewer stores than weeks, and a
    covariance of that many weeks could not be inverted.
    """
    if not weeks.any():
        return 1.0
    largest = np.abs(study.value[weeks] / study.std_error[weeks]).max()
    draws = _largest(study.covariance[np.ix_(weeks, weeks)], study.df)
    return float((1 + (draws >= largest).sum()) / (1 + draws.size))


def _largest(covariance: FloatArray, df: int) -> FloatArray:
    """Draws of the largest absolute value of a multivariate t with this covariance."""
    error = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    error = np.where(error > 0, error, 1.0)  # without noise the draws are zero
    values, vectors = np.linalg.eigh(covariance / np.outer(error, error))
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    rng = np.random.default_rng(_SEED)
    normal = rng.standard_normal((_N_DRAWS, error.size)) @ root.T
    shrink = np.sqrt(rng.chisquare(df, _N_DRAWS) / df)
    largest: FloatArray = np.abs(normal).max(axis=1) / shrink
    return largest
