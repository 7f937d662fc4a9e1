"""How good a method is: bias, RMSE, coverage, false alarms, power, order, each with its Monte-Carlo error.

With errors ``e_i = estimate_i - truth_i`` over `n` simulated worlds:

    bias        mean(e)                        error  sd(e) / sqrt(n)
    empirical   sd(e)                          error  sd(e) / sqrt(2 (n - 1))
    RMSE        sqrt(mean(e^2))                error  sd(e^2) / sqrt(n) / (2 RMSE)   (delta method)
    coverage    share of intervals with truth  error  sqrt(c (1 - c) / n)
    rejection   share of intervals without 0   error  sqrt(r (1 - r) / n)

A rejection is a false alarm (type-I error) where the truth is 0, and power where it is not. The
standard error is that of the errors rather than of the estimates, because each world has a truth of
its own.

References
----------
Morris, T. P., White, I. R., Crowther, M. J. (2019). Using simulation studies to evaluate statistical
methods. Statistics in Medicine, 38(11), 2074-2102, table 6.
Kendall, M. G. (1945). The treatment of ties in ranking problems. Biometrika, 33(3).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

FloatArray = npt.NDArray[np.float64]
ALL_PARTS = "(all)"
MEASURES = (
    "bias", "empirical_se", "rmse", "coverage", "type_1_error", "power", "rank_agreement",
)  # fmt: skip


def performance(table: pd.DataFrame, *, dials: Sequence[str] = ()) -> pd.DataFrame:
    """Performance of every method at every design point.

    Parameters
    ----------
    table : DataFrame
        From :func:`~omnisim.study.table.trial_table`.
    dials : sequence of str
        Its columns that tell design points apart.

    Returns
    -------
    DataFrame
        Per world, method and part: ``n`` worlds with an estimate, ``n_refused`` without,
        ``mean_truth``, ``bias, empirical_se, rmse, coverage, type_1_error, power`` each with
        ``_mc_error``, ``n_intervals``, ``n_zero`` (intervals where the truth is 0); missing where
        nothing can be said. A many-valued estimand has one more row with part ``(all)``: means over
        its parts, world by world, and ``rank_agreement`` (Kendall's tau-b with the true order).
        Shares are of worlds with an estimate: read them beside ``n_refused``.
    """
    rows: list[dict[str, Any]] = []
    keys = ["world", *dials, "method"]
    for names, of_method in table.groupby(keys, sort=False, dropna=False):
        about = dict(zip(keys, names, strict=True))
        parts = list(of_method.groupby("part", sort=False))
        rows += [{**about, "part": part, **_of_part(of_part)} for part, of_part in parts]
        if len(parts) > 1:
            rows.append({**about, "part": ALL_PARTS, **_of_all(of_method)})
    return pd.DataFrame(rows)


def by_method(summary: pd.DataFrame) -> pd.DataFrame:
    """What a reader wants first: one row per method, means over the design points.

    Parameters
    ----------
    summary : DataFrame
        From :func:`performance`; of a many-valued estimand only its rows of all parts count.

    Returns
    -------
    DataFrame
        ``method``, ``n`` and ``n_refused`` (sums), then means over design points of absolute ``bias``,
        and of ``rmse``, ``coverage``, ``type_1_error``, ``power`` and ``rank_agreement`` each with
        ``_mc_error``, and the lowest coverage, ``worst_coverage``; missing where nothing can be said.
    """
    has_parts = (summary["part"] == ALL_PARTS).any()
    rows = summary[summary["part"] == ALL_PARTS] if has_parts else summary
    rows = rows.assign(bias=rows["bias"].abs(), worst_coverage=rows["coverage"])
    grouped = rows.groupby("method", sort=False)
    means = ["rmse", "coverage", "type_1_error", "power", "rank_agreement"]
    made = grouped[["n", "n_refused"]].sum().join(grouped[["bias", *means]].mean())
    # design points share their seeds: their mean is as uncertain as they are, at most
    made = made.join(grouped[[f"{name}_mc_error" for name in means]].mean())
    return made.join(grouped["worst_coverage"].min()).reset_index()


def _of_part(rows: pd.DataFrame) -> dict[str, Any]:
    """One method, one design point, one part: one row per seed."""
    answered = rows[rows["failure"] == ""]
    error, truth = (answered[name].to_numpy(np.float64) for name in ("error", "truth"))
    low, high = (answered[name].to_numpy(np.float64) for name in ("ci_low", "ci_high"))
    has_interval = np.isfinite(low) & np.isfinite(high)
    covered = ((low <= truth) & (truth <= high))[has_interval]
    rejected, is_zero = ((low > 0) | (high < 0))[has_interval], (truth == 0)[has_interval]
    return {
        "n": len(answered),
        "n_refused": len(rows) - len(answered),
        "mean_truth": _mean(truth),
        **_of_errors(error),
        "n_intervals": int(has_interval.sum()),
        "n_zero": int(is_zero.sum()),
        **_share("coverage", covered),
        **_share("type_1_error", rejected[is_zero]),
        **_share("power", rejected[~is_zero]),
        "rank_agreement": np.nan,
        "rank_agreement_mc_error": np.nan,
    }


def _of_errors(error: FloatArray) -> dict[str, float]:
    n = error.size
    spread = float(error.std(ddof=1)) if n > 1 else np.nan
    square = error**2
    rmse = float(np.sqrt(square.mean())) if n else np.nan
    of_square = float(square.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
    return {
        "bias": _mean(error),
        "bias_mc_error": spread / np.sqrt(n) if n > 1 else np.nan,
        "empirical_se": spread,
        "empirical_se_mc_error": spread / np.sqrt(2 * (n - 1)) if n > 1 else np.nan,
        "rmse": rmse,
        "rmse_mc_error": of_square / (2 * rmse) if rmse > 0 else (0.0 if n > 1 else np.nan),
    }


def _of_all(rows: pd.DataFrame) -> dict[str, Any]:
    """All parts together: each world counts once, as the mean over its parts."""
    answered = rows[rows["failure"] == ""]
    has_interval = answered["ci_low"].notna() & answered["ci_high"].notna()
    inside = (answered["ci_low"] <= answered["truth"]) & (answered["truth"] <= answered["ci_high"])
    outside_zero = (answered["ci_low"] > 0) | (answered["ci_high"] < 0)
    is_zero = answered["truth"] == 0
    per_world = answered.assign(square=answered["error"] ** 2).groupby("seed")
    error, square = (per_world[name].mean().to_numpy(np.float64) for name in ("error", "square"))
    found = _of_errors(error)
    rmse = float(np.sqrt(square.mean())) if square.size else np.nan
    of_square = float(square.std(ddof=1) / np.sqrt(square.size)) if square.size > 1 else np.nan
    order = [_rank_agreement(of_world) for _, of_world in per_world]
    ranked = np.array([tau for tau in order if np.isfinite(tau)])
    return {
        "n": len(error),
        "n_refused": int(rows["seed"].nunique()) - len(error),
        "mean_truth": _mean(per_world["truth"].mean().to_numpy(np.float64)),
        **found,
        "rmse": rmse,
        "rmse_mc_error": of_square / (2 * rmse) if rmse > 0 else np.nan,
        "n_intervals": int(has_interval.sum()),
        "n_zero": int((is_zero & has_interval).sum()),
        **_clustered("coverage", answered, inside, has_interval),
        **_clustered("type_1_error", answered, outside_zero, has_interval & is_zero),
        **_clustered("power", answered, outside_zero, has_interval & ~is_zero),
        "rank_agreement": _mean(ranked),
        "rank_agreement_mc_error": _mean_error(ranked),
    }


def _rank_agreement(rows: pd.DataFrame) -> float:
    """Kendall's tau-b of estimates and truth over the parts of one world."""
    if len(rows) < 2:
        return np.nan
    return float(stats.kendalltau(rows["estimate"], rows["truth"]).statistic)


def _share(name: str, hits: npt.NDArray[np.bool_]) -> dict[str, float]:
    n = hits.size
    share = float(hits.mean()) if n else np.nan
    return {
        name: share,
        f"{name}_mc_error": float(np.sqrt(share * (1 - share) / n)) if n else np.nan,
    }


def _clustered(
    name: str, rows: pd.DataFrame, hits: pd.Series[bool], counts: pd.Series[bool]
) -> dict[str, float]:
    """A share whose parts of one world are not independent: worlds are the unit."""
    of_world = hits[counts].astype(float).groupby(rows.loc[counts, "seed"])
    per_world = np.asarray(of_world.mean(), dtype=np.float64)
    return {name: _mean(per_world), f"{name}_mc_error": _mean_error(per_world)}


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if values.size else np.nan


def _mean_error(values: FloatArray) -> float:
    return float(values.std(ddof=1) / np.sqrt(values.size)) if values.size > 1 else np.nan
