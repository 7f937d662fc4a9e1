"""What a risk's query gives: its events as they were seen, and their losses under the assumptions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omnisim.errors import DesignError
from omnisim.risk.economics import Economics
from omnisim.risk.register import Risk
from omnisim.risk.severity import Z90

FloatArray = NDArray[np.float64]
SeverityRule = Callable[[pd.DataFrame, Mapping[str, float]], FloatArray]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Observed:
    """Events of one risk and what they could have happened to.

    Attributes
    ----------
    events : DataFrame
        One row per event; ``event_day`` (days since 1970) and the amounts the severity rule needs.
    n_at_risk : int
        Units that could have had the event, named by `at_risk_of`.
    first_day : int
        Day the window of this measure starts [days since 1970].
    n_days : int
        Length of the window.
    query : str
        The SQL a client could run.
    indicator : float or None
        Current value of the key risk indicator; None when it could not be measured.
    """

    events: pd.DataFrame
    n_at_risk: int
    at_risk_of: str
    first_day: int
    n_days: int
    query: str
    indicator: float | None
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LossData:
    """Losses of one risk, ready for the frequency and severity models.

    Attributes
    ----------
    severities : array, shape (n_events,)
        Loss per event at the central assumptions, in currency.
    exposure_years : float
        Time watched.
    period_counts : array of int
        Events per full week, for the test of dispersion.
    scale_log_sd : float
        Standard deviation of the logarithm of the total loss from doubt about the assumptions,
        moved one at a time over their middle 90 % and added as independent.
    """

    key: str
    severities: FloatArray
    exposure_years: float
    period_counts: NDArray[np.int64]
    scale_log_sd: float
    n_at_risk: int
    at_risk_of: str
    query: str
    indicator: float | None
    note: str

    @property
    def n_events(self) -> int:
        """Events seen."""
        return len(self.severities)


def column(events: pd.DataFrame, name: str) -> FloatArray:
    """One amount of every event as a float array."""
    return events[name].to_numpy(dtype=float)


def loss_data(
    observed: Observed, risk: Risk, economics: Economics, severity: SeverityRule
) -> LossData:
    """Put the assumptions' money on the events seen."""
    events = observed.events
    values = economics.values(risk.assumptions)
    losses = np.asarray(severity(events, values), dtype=float)
    if len(losses) != len(events) or not np.isfinite(losses).all() or (losses < 0).any():
        raise DesignError(f"risk {risk.key}: losses must be one per event, finite and >= 0")
    log_variance = 0.0
    if losses.sum() > 0:
        for assumption in risk.assumptions:
            ends = [
                float(severity(events, values | {assumption.name: money}).sum())
                for money in (
                    economics.money(assumption, assumption.low),
                    economics.money(assumption, assumption.high),
                )
            ]
            if min(ends) > 0:
                log_variance += (math.log(ends[1] / ends[0]) / (2 * Z90)) ** 2
    day = events["event_day"].to_numpy(dtype=np.int64) - observed.first_day
    n_weeks = observed.n_days // 7
    inside = day[(day >= 0) & (day < 7 * n_weeks)]
    return LossData(
        key=risk.key,
        severities=losses,
        exposure_years=observed.n_days / 365.25,
        period_counts=np.bincount(inside // 7, minlength=n_weeks).astype(np.int64),
        scale_log_sd=math.sqrt(log_variance),
        n_at_risk=observed.n_at_risk,
        at_risk_of=observed.at_risk_of,
        query=observed.query,
        indicator=observed.indicator,
        note=observed.note,
    )
