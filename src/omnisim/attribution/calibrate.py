"""Credit brought to the scale of cause by lift tests, with the errors of the tests.

A lift test says what a channel caused; credit says whom it touched. Their ratio, the *caused share*
of credit, is known with error for tested channels. For the others it is predicted from the tests by
a random-effects mean: channels differ, and with few tests much stays open. Nothing is predicted
from fewer than `LEAST_TESTED` tested channels.

References
----------
DerSimonian, R., Laird, N. (1986). Meta-analysis in clinical trials. Controlled Clinical Trials, 7(3).
Higgins, J. P. T., Thompson, S. G., Spiegelhalter, D. J. (2009). A re-evaluation of random-effects
meta-analysis. Journal of the Royal Statistical Society A, 172(1), 137-159 (prediction interval).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
from scipy import stats

from omnisim.attribution.bootstrap import CreditReplicates
from omnisim.attribution.columns import FloatArray, finite_amounts, require_columns
from omnisim.errors import DesignError, SchemaError

LEAST_TESTED = 3  # a prediction interval has (tests - 2) degrees of freedom


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Credit and what it stands for.

    Attributes
    ----------
    frame : DataFrame
        channel, credit (money), basis (``test``, ``prediction`` or ``none``), caused_share,
        caused_share_std_error, incremental, incremental_std_error, incremental_low,
        incremental_high; missing where the basis is ``none``.
    mean_share, between_std : float or None
        Mean caused share over channels and its spread between channels; None from fewer than two
        tests.
    n_tested : int
        Channels with a test.
    model : str
        Whose credit was calibrated.
    level : float
        Level of the intervals.
    """

    frame: pd.DataFrame
    mean_share: float | None
    between_std: float | None
    n_tested: int
    model: str
    level: float


def calibrate(
    draws: CreditReplicates,
    lift_tests: pd.DataFrame,
    *,
    model: str,
    n_days: int | None = None,
    level: float = 0.95,
) -> Calibration:
    """Turn one model's credited money into incremental money.

    A tested channel gets its test (several tests weighted by precision): the test measured cause,
    credit did not. An untested one gets its credit times the predicted share, with the interval of
    a channel the tests have not seen.

    Parameters
    ----------
    draws : CreditReplicates
        Credit with replicates, in money.
    lift_tests : DataFrame
        channel, estimate, std_error: money caused over the period of the credit; with a column
        ``n_days``, over so many days, scaled to the period.
    model : str
        Machine name of the model.
    n_days : int, optional
        Days the credit covers; needed when tests carry ``n_days``.
    level : float
        Level of the intervals.

    Raises
    ------
    SchemaError
        Missing column, a channel without a name, an estimate that is no number, an error or a
        length that is not above 0.
    DesignError
        No test, or a tested channel without credit: there is no ratio.

    Examples
    --------
    >>> from omnisim.attribution import Journeys, Last, bootstrap_credit
    >>> table = pd.DataFrame({"path": ["a", "b"], "conversions": [500, 500], "nulls": [0, 0],
    ...                       "value": [1000.0, 1000.0]})
    >>> draws = bootstrap_credit(Journeys.from_paths(table), (Last(),),
    ...                          rng=np.random.default_rng(1), n_replicates=100)
    >>> tests = pd.DataFrame({"channel": ["a"], "estimate": [250.0], "std_error": [50.0]})
    >>> calibrate(draws, tests, model="last").frame[["channel", "basis", "caused_share"]].values[0]
    array(['a', 'test', 0.25], dtype=object)
    """
    tests = _pooled(lift_tests, n_days)
    row = draws.table.row(model)
    channels = list(draws.table.channels[:-1])
    credit = draws.table.value[row, :-1]
    credit_error = draws.value[:, row, :-1].std(axis=0, ddof=1)
    unknown = [name for name in tests.index if name not in channels]
    bare = [name for name in tests.index if name in channels and credit[channels.index(name)] <= 0]
    if unknown or bare:
        raise DesignError(
            f"lift_tests: {(unknown or bare)[0]!r} has no credit by {model!r}; calibrate a model "
            "that credits every tested channel"
        )
    place = np.array([channels.index(name) for name in tests.index])
    lift, lift_error = tests["estimate"].to_numpy(), tests["std_error"].to_numpy()
    share = lift / credit[place]
    share_error = np.hypot(lift_error, share * credit_error[place]) / credit[place]
    mean, between = _random_effects(share, share_error)
    z = NormalDist().inv_cdf((1 + level) / 2)
    n = len(channels)
    columns = {name: np.full(n, np.nan) for name in _NUMBERS}
    basis = np.full(n, "none", dtype=object)
    if len(tests) >= LEAST_TESTED:
        assert mean is not None  # there are two tests or more
        assert between is not None
        weight = 1 / (share_error**2 + between**2)
        doubt = math.sqrt(between**2 + 1 / weight.sum())
        reach = float(stats.t.ppf((1 + level) / 2, len(tests) - 2))
        error = np.hypot(credit * doubt, mean * credit_error)
        basis[:] = "prediction"
        columns["caused_share"][:], columns["caused_share_std_error"][:] = mean, doubt
        columns["incremental"], columns["incremental_std_error"] = credit * mean, error
        columns["incremental_low"] = credit * mean - reach * error
        columns["incremental_high"] = credit * mean + reach * error
    basis[place] = "test"
    columns["caused_share"][place], columns["caused_share_std_error"][place] = share, share_error
    columns["incremental"][place], columns["incremental_std_error"][place] = lift, lift_error
    columns["incremental_low"][place] = lift - z * lift_error
    columns["incremental_high"][place] = lift + z * lift_error
    frame = pd.DataFrame({"channel": channels, "credit": credit, "basis": basis, **columns})
    return Calibration(frame, mean, between, len(tests), model, level)


_NUMBERS = (
    "caused_share",
    "caused_share_std_error",
    "incremental",
    "incremental_std_error",
    "incremental_low",
    "incremental_high",
)


def _pooled(lift_tests: pd.DataFrame, n_days: int | None) -> pd.DataFrame:
    """One row per channel: tests of the same channel weighted by their precision."""
    require_columns(lift_tests, ("channel", "estimate", "std_error"), table="lift_tests")
    if lift_tests.empty:
        raise DesignError("lift_tests: no test; credit stays credit without one")
    if lift_tests["channel"].isna().any():
        raise SchemaError("lift_tests.channel: a test without a channel")
    estimate = pd.to_numeric(lift_tests["estimate"], errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(estimate).all():
        row = lift_tests.index[~np.isfinite(estimate)][0]
        raise SchemaError(f"lift_tests.estimate, row {row}: give a finite number")
    error = finite_amounts(lift_tests["std_error"], where="lift_tests.std_error")
    if (error <= 0).any():
        row = lift_tests.index[error <= 0][0]
        raise SchemaError(f"lift_tests.std_error, row {row}: {error[error <= 0][0]}; give one > 0")
    if "n_days" in lift_tests.columns:
        if n_days is None:
            raise DesignError("lift_tests carry n_days: give n_days of the credit to scale them to")
        days = finite_amounts(lift_tests["n_days"], where="lift_tests.n_days")
        if (days <= 0).any():
            raise SchemaError("lift_tests.n_days: give days > 0")
        estimate, error = estimate * n_days / days, error * n_days / days
    weight = 1 / error**2
    frame = pd.DataFrame({"weight": weight, "weighted": weight * estimate})
    sums = frame.groupby(lift_tests["channel"].astype(str).to_numpy(), sort=True).sum()
    return pd.DataFrame(
        {"estimate": sums["weighted"] / sums["weight"], "std_error": sums["weight"] ** -0.5}
    )


def _random_effects(share: FloatArray, error: FloatArray) -> tuple[float | None, float | None]:
    """Mean share and spread between channels (DerSimonian-Laird); None with a single test."""
    if len(share) < 2:
        return None, None
    weight = 1 / error**2
    fixed = (weight * share).sum() / weight.sum()
    q = (weight * (share - fixed) ** 2).sum()
    scale = weight.sum() - (weight**2).sum() / weight.sum()
    between = max(0.0, (q - (len(share) - 1)) / scale)
    weight = 1 / (error**2 + between)
    return float((weight * share).sum() / weight.sum()), math.sqrt(between)
