"""The next unit of media money beside the average one: how credit moved when spend moved.

Average ROAS says what all spend is credited with; a budget is moved at the margin. Over full weeks
the model's credited money of a channel is regressed on that week's spend in it and a linear trend:

    ``credited[week] = base + trend * week + marginal_roas * spend[week] + noise``

with Newey-West errors (2 lags). It is still credit: a week with more demand may raise both, and a
retailer who spends the same every week learns nothing from it, which the interval then says.

References
----------
Newey, W. K., West, K. D. (1987). A simple, positive semi-definite, heteroskedasticity and
autocorrelation consistent covariance matrix. Econometrica, 55(3), 703-708.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from omnisim.attribution.columns import FloatArray, finite_amounts, require_columns
from omnisim.attribution.credit_table import CreditModel, credit
from omnisim.attribution.journeys import Journeys
from omnisim.errors import DesignError, SchemaError

_MS_PER_WEEK = 7 * 86_400_000
LEAST_WEEKS = 8  # three coefficients and enough to judge the noise
LEAST_VARIATION = 0.05  # of spend over weeks, relative: below it there is no margin to see
_N_LAGS = 2


def marginal_returns(
    journeys: Journeys,
    model: CreditModel,
    media_costs: pd.DataFrame,
    *,
    level: float = 0.95,
) -> pd.DataFrame:
    """Credited return of the next unit of spend, per paid channel.

    Parameters
    ----------
    journeys : Journeys
        Built from tables, so that journeys have times.
    model : CreditModel
        Whose credit is followed over weeks (credit is shared out week by week).
    media_costs : DataFrame
        cost_date, channel, media_cost.
    level : float
        Level of the intervals.

    Returns
    -------
    DataFrame
        channel, media_cost, average_credited_roas, marginal_credited_roas, its std_error, low and
        high, n_weeks, spend_variation (standard deviation over mean of weekly spend), reading:
        ``saturating`` or ``rising`` where the interval is below or above the average, ``open``
        where it holds the average, ``no variation`` where spend hardly moves (numbers missing).

    Raises
    ------
    DesignError
        Fewer than `LEAST_WEEKS` full weeks with journeys and costs, or journeys without times.
    """
    if journeys.ended_ms is None:
        raise DesignError("marginal_returns: aggregated paths carry no times")
    require_columns(media_costs, ("cost_date", "channel", "media_cost"), table="media_costs")
    if media_costs["cost_date"].isna().any():
        raise SchemaError("media_costs.cost_date: a missing date")
    days = pd.to_datetime(media_costs["cost_date"])
    if days.dt.tz is not None:
        days = days.dt.tz_convert("UTC").dt.tz_localize(None)
    cost_ms = days.to_numpy(dtype="datetime64[ms]").astype(np.int64)
    first, last = int(cost_ms.min()), int(cost_ms.max()) + 86_400_000
    n_weeks = (last - first) // _MS_PER_WEEK
    if n_weeks < LEAST_WEEKS:
        raise DesignError(f"marginal_returns: {n_weeks} full weeks of costs; needs {LEAST_WEEKS}")
    amounts = finite_amounts(media_costs["media_cost"], where="media_costs.media_cost")
    week_of_cost = (cost_ms - first) // _MS_PER_WEEK
    channel = media_costs["channel"].astype(str).to_numpy()
    credited = _weekly_credit(journeys, model, first, int(n_weeks))
    rows = []
    for name in sorted(set(channel[amounts > 0])):
        here = (channel == name) & (week_of_cost < n_weeks)
        spend = np.bincount(week_of_cost[here], amounts[here], minlength=n_weeks)
        known = name in journeys.channels
        money = credited[:, journeys.channels.index(name)] if known else np.zeros(n_weeks)
        rows.append({"channel": name, **_margin(spend.astype(float), money, level)})
    made = pd.DataFrame(rows)
    return made.sort_values(["media_cost", "channel"], ascending=[False, True], ignore_index=True)


def _weekly_credit(
    journeys: Journeys, model: CreditModel, first_ms: int, n_weeks: int
) -> FloatArray:
    """Credited money, shape (n_weeks, n_channels)."""
    assert journeys.ended_ms is not None
    week = (journeys.ended_ms - first_ms) // _MS_PER_WEEK
    made = np.zeros((n_weeks, journeys.n_channels))
    for number in range(n_weeks):
        part = journeys.select(week == number)
        if part.n_tracked_conversions:
            made[number] = credit(part, (model,)).value[0, :-1]
    return made


def _margin(spend: FloatArray, money: FloatArray, level: float) -> dict[str, object]:
    """Average and slope of one channel."""
    n = len(spend)
    variation = float(spend.std() / spend.mean())
    made: dict[str, object] = {
        "media_cost": float(spend.sum()),
        "average_credited_roas": float(money.sum() / spend.sum()),
        "marginal_credited_roas": np.nan,
        "marginal_std_error": np.nan,
        "marginal_low": np.nan,
        "marginal_high": np.nan,
        "n_weeks": n,
        "spend_variation": variation,
        "reading": "no variation",
    }
    if variation < LEAST_VARIATION:
        return made
    x = np.column_stack([np.ones(n), np.arange(n) - (n - 1) / 2, spend - spend.mean()])
    bread = np.linalg.pinv(x.T @ x)
    beta = bread @ x.T @ money
    score = x * (money - x @ beta)[:, None]
    meat = score.T @ score
    for lag in range(1, _N_LAGS + 1):
        part = score[lag:].T @ score[:-lag]
        meat += (1 - lag / (_N_LAGS + 1)) * (part + part.T)
    error = float(np.sqrt(max((bread @ meat @ bread)[2, 2] * n / (n - 3), 0.0)))
    reach = float(stats.t.ppf((1 + level) / 2, n - 3)) * error
    slope, average = float(beta[2]), float(money.sum() / spend.sum())
    low, high = slope - reach, slope + reach
    reading = "saturating" if high < average else "rising" if low > average else "open"
    return made | {
        "marginal_credited_roas": slope,
        "marginal_std_error": error,
        "marginal_low": low,
        "marginal_high": high,
        "reading": reading,
    }
