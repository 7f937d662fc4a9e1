"""What journeys say about cause, under an assumption: a logistic outcome model and the g-formula.

Two units are offered. ``person_day`` (default where journeys have times) explains whether a person
orders on a day by the contacts before it, see :mod:`omnisim.attribution.hazard`. ``journey`` is what
aggregated paths allow: each journey is an episode with how often each channel touched it and, where
persons are known, what they had done before. A logistic model gives the probability of an order;
the g-formula asks how many orders would be lost if every contact of one channel had not happened,
all else equal:

    ``incremental[c] = sum_i p(x_i) - p(x_i without c)``

Journeys end with their order, so those without one are longer and have more contacts: the
``journey`` unit understates channels that reach people often. Either is the caused number *only if* the contacts a person gets do not depend on what drives buying,
given that history. Intention to buy drives search, direct and store contacts, so the assumption
fails in most shops; :mod:`omnisim.study` shows by how much, and lift tests correct it
(:mod:`omnisim.attribution.calibrate`). Standard errors are clustered by person (sandwich) and cover
chance, not that failure.

References
----------
Robins, J. (1986). A new approach to causal inference in mortality studies with a sustained exposure
period. Mathematical Modelling, 7(9-12), 1393-1512.
Shao, X., Li, L. (2011). Data-driven multi-touch attribution models. KDD '11, 258-264.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
import pandas as pd

from omnisim.attribution.columns import FloatArray, IntArray
from omnisim.attribution.hazard import Lost, lost_by_day
from omnisim.attribution.journeys import Journeys
from omnisim.attribution.logistic import fit_logistic, logistic
from omnisim.errors import DesignError


@dataclass(frozen=True, slots=True, kw_only=True)
class GFormula:
    """How the outcome model reads journeys.

    Attributes
    ----------
    unit : str
        ``person_day``, ``journey``, or ``auto``: persons on days where journeys have times.
    retention : float
        Person-days: share of a contact's pressure that survives a day, in [0, 1).
    seed : int
        Person-days: of the sample of days without an order.
    most_contacts : int
        Journeys: contacts of one channel beyond which a further one changes nothing, 1 to 7.
    use_history : bool
        Journeys: whether earlier contacts and orders of the person are held fixed. Aggregated paths have
        none.
    level : float
        Level of the intervals, in (0, 1).
    """

    unit: Literal["auto", "person_day", "journey"] = "auto"
    retention: float = 0.8  # half of a contact's pressure is gone after three days
    seed: int = 1
    most_contacts: int = 3  # later ones are rare and their effect is not told apart
    use_history: bool = True
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.unit not in ("auto", "person_day", "journey"):
            raise DesignError(f"unit = {self.unit!r}: give 'auto', 'person_day' or 'journey'")
        if not 0 <= self.retention < 1:
            raise DesignError(f"retention = {self.retention}: give a share in [0, 1), e.g. 0.8")
        if not 1 <= self.most_contacts <= 7:
            raise DesignError(f"most_contacts = {self.most_contacts}: give 1 to 7")
        if not 0 < self.level < 1:
            raise DesignError(f"level = {self.level}: give a share in (0, 1), e.g. 0.95")


@dataclass(frozen=True, slots=True, eq=False)
class Incremental:
    """Orders and money each channel is estimated to have caused.

    Attributes
    ----------
    frame : DataFrame
        channel, incremental_conversions, incremental_value (dataset's currency), each with
        ``_std_error``, ``_low``, ``_high``; coefficient (log-odds of a contact).
    baseline_conversions : float
        Orders the model expects of the same persons or journeys without any contact.
    unit : str
        ``person_day`` or ``journey``.
    n_journeys : int
        Journeys with a contact.
    converged : bool
        Whether Newton's steps came to rest.
    """

    frame: pd.DataFrame
    baseline_conversions: float
    unit: str
    n_journeys: int
    converged: bool


def incremental(journeys: Journeys, model: GFormula | None = None) -> Incremental:
    """Orders lost without each channel, by the g-formula.

    Money is orders times the mean money per order. Orders without a contact are not explained.

    Raises
    ------
    DesignError
        When all or none of the journeys with a contact end in an order: nothing to compare.

    Examples
    --------
    Journeys by `a` convert in half of the cases, those by `b` in a tenth.

    >>> table = pd.DataFrame({"path": ["a", "b", "a > b"], "conversions": [50, 10, 52],
    ...                       "nulls": [50, 90, 48]})
    >>> made = incremental(Journeys.from_paths(table, value=None))
    >>> made.frame["channel"][made.frame["incremental_conversions"].argmax()]
    'a'
    """
    model = model or GFormula()
    walks = journeys.select(journeys.has_touch)
    bought = walks.conversions.astype(np.float64)
    runs = bought + walks.nulls
    if bought.sum() == 0 or bought.sum() == runs.sum():
        raise DesignError(
            f"incremental: {int(bought.sum())} of {int(runs.sum())} journeys with a contact end in "
            "an order; without some of each there is nothing to compare"
        )
    has_times = journeys.ended_ms is not None and journeys.customer is not None
    if model.unit == "person_day" and not has_times:
        raise DesignError("incremental: unit 'person_day' needs journeys built from tables")
    if model.unit == "person_day" or (model.unit == "auto" and has_times):
        unit, found = (
            "person_day",
            lost_by_day(journeys, retention=model.retention, seed=model.seed),
        )
    else:
        unit, found = "journey", _lost_by_journey(walks, bought, runs, model)
    per_order = walks.total_value / bought.sum()
    reach = NormalDist().inv_cdf((1 + model.level) / 2)
    columns: dict[str, object] = {"channel": list(journeys.channels)}
    for name, scale in (("conversions", 1.0), ("value", per_order)):
        columns[f"incremental_{name}"] = found.orders * scale
        columns[f"incremental_{name}_std_error"] = found.std_error * scale
        columns[f"incremental_{name}_low"] = (found.orders - reach * found.std_error) * scale
        columns[f"incremental_{name}_high"] = (found.orders + reach * found.std_error) * scale
    columns["coefficient"] = found.coefficient
    return Incremental(
        frame=pd.DataFrame(columns),
        baseline_conversions=found.baseline,
        unit=unit,
        n_journeys=int(runs.sum()),
        converged=found.converged,
    )


def _lost_by_journey(
    walks: Journeys, bought: FloatArray, runs: FloatArray, model: GFormula
) -> Lost:
    """Orders lost without each channel, from journeys as episodes."""
    counts, history = _features(walks, model)
    row, first = _patterns(np.column_stack([counts, history]))
    x = np.column_stack([np.ones(len(first)), counts[first], history[first]]).astype(np.float64)
    y = np.bincount(row, bought, minlength=len(first)).astype(np.float64)
    n = np.bincount(row, runs, minlength=len(first)).astype(np.float64)
    beta, bread, converged = fit_logistic(x, y, n)
    influence = _influence(walks, row, x, beta, bread, bought, runs)
    chance = logistic(x @ beta)
    c = walks.n_channels
    lost, spread = np.zeros(c), np.zeros(c)
    meat = influence.T @ influence
    for code in range(c):
        bare = x.copy()
        bare[:, 1 + code] = 0.0
        there = logistic(bare @ beta)
        lost[code] = n @ (chance - there)
        slope = (n * chance * (1 - chance)) @ x - (n * there * (1 - there)) @ bare
        spread[code] = np.sqrt(max(float(slope @ meat @ slope), 0.0))
    nobody = x.copy()
    nobody[:, 1 : 1 + c] = 0.0
    return Lost(lost, spread, beta[1 : 1 + c], float(n @ logistic(nobody @ beta)), converged)


def _features(walks: Journeys, model: GFormula) -> tuple[IntArray, IntArray]:
    """Contacts per channel (capped), and earlier contacts and orders in steps of powers of two."""
    n, c = walks.n_journeys, walks.n_channels
    owner = np.repeat(np.arange(n), walks.lengths)
    if n * c > 400_000_000:
        raise DesignError(f"incremental: {n:,} journeys of {c} channels; give fewer channels")
    counts = np.bincount(owner * c + walks.codes, minlength=n * c).reshape(n, c)
    np.minimum(counts, model.most_contacts, out=counts)
    if walks.customer is None or not model.use_history:
        return counts, np.zeros((n, 0), dtype=np.int64)
    history = [
        np.minimum(_log2(_before(walks.customer, amount)), 4)
        for amount in (walks.lengths, walks.conversions)
    ]
    return counts, np.column_stack(history)


def _before(person: IntArray, amount: IntArray) -> IntArray:
    """Sum of the person's earlier journeys; journeys are sorted by person and time."""
    total = np.cumsum(amount) - amount
    starts = np.ones(len(person), dtype=bool)
    starts[1:] = person[1:] != person[:-1]
    first = np.flatnonzero(starts)[np.cumsum(starts) - 1]
    return np.asarray(total - total[first], dtype=np.int64)


def _log2(count: IntArray) -> IntArray:
    """0, 1, 2, 3, ... for 0, 1, 2-3, 4-7, ..."""
    return np.asarray(np.floor(np.log2(np.maximum(count, 1))) + (count > 0), dtype=np.int64)


def _patterns(rows: IntArray) -> tuple[IntArray, IntArray]:
    """Number of each row's pattern, and one row of each: all values are 0 to 7."""
    index = np.zeros(len(rows), dtype=np.int64)
    one_of_each = np.zeros(1, dtype=np.int64)
    for first in range(0, rows.shape[1], 12):  # 3 bits each, and the rest for what came before
        key = index
        for column in range(first, min(first + 12, rows.shape[1])):
            key = key * 8 + rows[:, column]
        _, one_of_each, index = np.unique(key, return_index=True, return_inverse=True)
    return np.ravel(index).astype(np.int64), one_of_each.astype(np.int64)


def _influence(
    walks: Journeys,
    row: IntArray,
    x: FloatArray,
    beta: FloatArray,
    bread: FloatArray,
    bought: FloatArray,
    runs: FloatArray,
) -> FloatArray:
    """What each person moves the coefficients by, shape (n_persons, n_coefficients).

    Aggregated rows are sums of independent journeys: their square root of summed squares is kept.
    """
    chance = logistic(x @ beta)[row]
    if walks.customer is None:
        scale = np.sqrt(bought * (1 - chance) ** 2 + walks.nulls * chance**2)
        return np.asarray((x[row] * scale[:, None]) @ bread)
    by_person = np.argsort(walks.customer, kind="stable")  # sorted already, but for rows by hand
    starts = np.flatnonzero(np.diff(walks.customer[by_person], prepend=-1))
    off = (bought - runs * chance)[by_person]
    score = np.add.reduceat(x[row[by_person]] * off[:, None], starts, axis=0)
    return np.asarray(score @ bread)
