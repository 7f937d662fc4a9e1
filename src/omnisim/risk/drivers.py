"""Which doubt moves the expected annual loss most: one input at a time from low to high.

For a sum of products of independent inputs the conditional expectation is exact,

    ``E[sum_j x_j y_j | x_i = q] = E[sum_j x_j y_j] + (q - E[x_i]) E[y_i]``,

and the inputs are independent by construction: each risk's events per year, its loss per event and its
rare loss are drawn apart from each other.

References
----------
Saltelli, A. et al. (2008). Global Sensitivity Analysis: The Primer. Wiley, chapter 1: conditional
expectations as the measure of an input's importance.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from omnisim.errors import DesignError
from omnisim.language import say, say_as
from omnisim.results import format_number
from omnisim.risk.annual import AnnualLoss, FloatArray
from omnisim.risk.assess import Assessment
from omnisim.risk.matrix import level_of

DRIVERS_NOTE = (
    "One input at a time, the others at their mean; exact, since the inputs are drawn independently. "
    "What is not in the register moves nothing here."
)
LEVELS_NOTE = "Levels are steps, not amounts; the area of the shape means nothing."


def conditional_ends(loss: AnnualLoss, *, level: float = 0.90) -> dict[str, tuple[float, float]]:
    """Change of the expected annual loss when one input goes to either end of its interval.

    Parameters
    ----------
    loss : AnnualLoss
        Of one risk.
    level : float
        Of the equal-tailed interval of each input, in (0, 1): 0.90 takes the 5th and 95th percentile.

    Returns
    -------
    dict
        ``rate`` (events per year), ``severity`` (loss per event) and, where there is one, ``rare`` (rare
        loss): the change at the low and at the high end [currency/year].

    Examples
    --------
    >>> rate, size = np.array([1.0, 2.0, 3.0]), np.array([10.0, 10.0, 10.0])
    >>> conditional_ends(AnnualLoss(np.zeros(3), rate * size, rate, size), level=0.5)["rate"]
    (-5.0, 5.0)
    """
    if not 0 < level < 1:
        raise DesignError(f"level = {level}: give a share in (0, 1), e.g. 0.90")
    rate, severity = loss.rate, loss.mean_severity
    rare = loss.expected - rate * severity
    made = {
        "rate": _change(rate, level, float(severity.mean())),
        "severity": _change(severity, level, float(rate.mean())),
    }
    if np.abs(rare).max() > 1e-9 * max(float(np.abs(loss.expected).max()), 1e-300):
        made["rare"] = _change(rare, level, 1.0)
    return made


def loss_drivers(assessment: Assessment, *, level: float = 0.90) -> pd.DataFrame:
    """Expected annual loss of all risks at both ends of each input, the widest first.

    Parameters
    ----------
    assessment : Assessment
        Risks with the draws of their inputs.
    level : float
        Of the interval of each input.

    Returns
    -------
    DataFrame
        label (in words), risk (id), input (``rate``, ``severity``, ``rare``), at_low, at_high
        [currency/year], swing (their difference) [currency/year].
    """
    base = assessment.total.eal
    rows = []
    for item in assessment.risks:
        for name, (low, high) in conditional_ends(item.loss, level=level).items():
            rows.append(
                {
                    "label": _label(item.risk.name, name),
                    "risk": item.risk.id,
                    "input": name,
                    "at_low": base + low,
                    "at_high": base + high,
                    "swing": high - low,
                }
            )
    return pd.DataFrame(rows).sort_values(
        "swing", ascending=False, kind="stable", ignore_index=True
    )


def drivers_title(assessment: Assessment, drivers: pd.DataFrame) -> str:
    """Message of the tornado: the input that moves the total most, and by how much."""
    first = drivers.iloc[0]
    money = f"{assessment.economics.currency}/year"
    return say(
        "{driver} moves the expected annual loss most, from {low} to {high}",
        driver=first["label"],
        low=format_number(first["at_low"], assessment.economics.currency),
        high=format_number(first["at_high"], money),
    )


def drivers_subtitle(assessment: Assessment) -> str:
    """What the tornado draws."""
    return say(
        "Expected annual loss of all risks when one input takes either end of its middle 90%, {currency} "
        "per year",
        currency=assessment.economics.currency,
    )


def level_profile(assessment: Assessment, after: dict[str, AnnualLoss]) -> pd.DataFrame:
    """Level of each risk today and after treatment, the costliest first.

    Parameters
    ----------
    assessment : Assessment
        Levels of today.
    after : dict of risk id to AnnualLoss
        What treatments leave, e.g. :attr:`Plan.residual <omnisim.risk.treatment.Plan>`.

    Returns
    -------
    DataFrame
        dimension (name of the risk), now, then (steps from 1).
    """
    register, margin = assessment.register, assessment.economics.annual_gross_margin
    rows = []
    for item in assessment.risks:
        left = after[item.risk.id]
        then = level_of(
            left.eal / margin,
            left.probability_above(assessment.tolerance),
            register.matrix,
            register.appetite,
        )
        rows.append({"dimension": item.risk.name, "now": item.level + 1, "then": then + 1})
    return pd.DataFrame(rows)


def levels_title(profile: pd.DataFrame) -> str:
    """Message of the radar: how many risks lose a level."""
    n = int((profile["then"] < profile["now"]).sum())
    if not n:
        return say("The plan leaves every risk at its level")
    if n == 1:
        return say(
            "The plan takes 1 of {total} measured risks down a level or more", total=len(profile)
        )
    return say(
        "The plan takes {n} of {total} measured risks down a level or more", n=n, total=len(profile)
    )


def _change(values: FloatArray, level: float, weight: float) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2]) - values.mean()
    return float(low) * weight, float(high) * weight


def _label(risk: str, name: str) -> str:
    """An input in words."""
    what = {"rate": "events per year", "severity": "loss per event", "rare": "rare loss"}[name]
    return say("{risk}: {input}", risk=risk, input=say_as("input", what))
