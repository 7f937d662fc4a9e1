"""Methods for customer-randomised experiments, as an analyst would run them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from omnisim.errors import DesignError
from omnisim.experiment import (
    DecisionRule,
    Design,
    Difference,
    Moments,
    cap_at_quantile,
    check_validity,
    choose_experiment,
    comparable,
    difference_in_means,
    difference_with_covariates,
    read_experiment,
    unit_table,
)
from omnisim.results import Estimate
from omnisim.storage import Tables
from omnisim.study.registry import Target, method

_TABLES = ("experiments", "experiment_assignments", "customers", "orders")
# who is assigned is drawn by lot, so the treated are like all others
_HELD_AGAINST = ("ate", "att")
_KINDS = ("experiments", "segments")
_ORDER_COLUMNS = (
    "ordered_at", "customer_id", "status", "net_amount", "cost_amount", "shipping_cost",
)  # fmt: skip


@method(
    "experiment.welch",
    estimand=_HELD_AGAINST,
    kinds=_KINDS,
    tables=_TABLES,
    about="difference in means, variances unequal (Welch)",
)
def welch(data: Tables, target: Target, *, ci_level: float = 0.95) -> Sequence[Estimate]:
    """Plain difference in means of all assigned accounts."""
    units = _Units.of(data, target)
    return units.estimate(difference_in_means(*units.arms(), ci_level=ci_level))


@method(
    "experiment.cuped",
    estimand=_HELD_AGAINST,
    kinds=_KINDS,
    tables=_TABLES,
    about="difference in means adjusted by what the same accounts bought before (CUPED)",
)
def cuped(data: Tables, target: Target, *, ci_level: float = 0.95) -> Sequence[Estimate]:
    """Difference in means with the pre-period outcome as covariate."""
    units = _Units.of(data, target)
    arms = units.arms(with_before=True)
    return units.estimate(difference_with_covariates(*arms, ci_level=ci_level))


@method(
    "experiment.capped",
    estimand=_HELD_AGAINST,
    kinds=_KINDS,
    tables=_TABLES,
    about="difference in means, outcomes cut at a quantile: steadier, and biased towards zero",
)
def capped(
    data: Tables, target: Target, *, ci_level: float = 0.95, cap_quantile: float = 0.99
) -> Sequence[Estimate]:
    """Welch after cutting the largest customers."""
    units = _Units.of(data, target)
    return units.estimate(
        difference_in_means(*units.arms(cap_quantile=cap_quantile), ci_level=ci_level)
    )


@method(
    "experiment.gated",
    estimand=_HELD_AGAINST,
    kinds=_KINDS,
    tables=_TABLES,
    about="CUPED behind the validity gates: refuses on a sample-ratio mismatch and other faults",
)
def gated(data: Tables, target: Target, *, ci_level: float = 0.95) -> Sequence[Estimate]:
    """The number only where the experiment can be read."""
    units = _Units.of(data, target)
    failed = [
        check
        for check in check_validity(units.design, units.assignments, units.table)
        if check.is_gate and not check.passed
    ]
    if failed:
        raise DesignError(f"gate {failed[0].name}: {failed[0].sentence}")
    arms = units.arms(with_before=True)
    return units.estimate(difference_with_covariates(*arms, ci_level=ci_level))


@method(
    "experiment.peeking",
    estimand=_HELD_AGAINST,
    kinds=_KINDS,
    tables=_TABLES,
    about="Welch looked at again and again, stopped at the first significant look: a trap",
)
def peeking(
    data: Tables, target: Target, *, ci_level: float = 0.95, n_looks: int = 5
) -> Sequence[Estimate]:
    """What a team reports that stops as soon as the interval leaves out zero.

    Looks are evenly spaced over the window; the estimate is scaled to the whole window.
    """
    if n_looks < 1:
        raise DesignError(f"n_looks = {n_looks}: give at least 1")
    units = _Units.of(data, target)
    n_days = units.design.n_days
    for look in range(1, n_looks + 1):
        days = max(1, round(n_days * look / n_looks))
        seen = units.until(days)
        try:
            found = difference_in_means(*seen.arms(), ci_level=ci_level)
        except DesignError:  # nobody has bought yet: look again later
            if look == n_looks:
                raise
            continue
        if found.is_significant or look == n_looks:
            return seen.estimate(_scaled(found, n_days / days))
    raise AssertionError("the last look returns or raises")


@method(
    "experiment.readout",
    estimand=_HELD_AGAINST,
    kinds=_KINDS,
    tables=_TABLES,
    about="what the report on a test prints, from the whole readout: gates first, then CUPED",
)
def readout(data: Tables, target: Target, *, ci_level: float = 0.95) -> Sequence[Estimate]:
    """The printed number, or the gate that blocks it."""
    units = _Units.of(data, target)
    found = read_experiment(
        units.design,
        units.assignments,
        units.table,
        currency=data.currency,
        rule=DecisionRule(ci_level=ci_level),
    )
    if found.is_blocked:
        raise DesignError(f"blocked by {[check.name for check in found.failed_gates]}")
    name = f"effect_{target.outcome}"
    return [estimate for estimate in comparable(found) if estimate.name == name]


@method(
    "experiment.by_region",
    estimand="cate",
    kinds=("segments",),
    scopes=("region",),
    across="scope",
    tables=_TABLES,
    about="CUPED among the accounts of each region by the address on file",
)
def by_region(data: Tables, target: Target, *, ci_level: float = 0.95) -> Sequence[Estimate]:
    """Effect by region; a region with too few accounts has none."""
    units = _Units.of(data, target)
    customers = data.read("customers", columns=["customer_id", "region"])
    region = units.table["customer_id"].map(
        customers.set_index("customer_id")["region"].astype(str)
    )
    return units.by_part(
        {f"region={name}": region == name for name in sorted(set(region.dropna()))}, ci_level
    )


@method(
    "experiment.by_prior_purchase",
    estimand="cate",
    kinds=("segments",),
    scopes=("prior_buyer",),
    across="scope",
    tables=_TABLES,
    about="CUPED among accounts that bought in the weeks before the test, and among the others",
)
def by_prior_purchase(
    data: Tables, target: Target, *, ci_level: float = 0.95
) -> Sequence[Estimate]:
    """Effect by whether the account has bought before."""
    units = _Units.of(data, target)
    has_bought = units.table["n_orders_before"] > 0
    return units.by_part({"prior_buyer=yes": has_bought, "prior_buyer=no": ~has_bought}, ci_level)


class _Units:
    """One row per assigned account, and how to compare them."""

    def __init__(
        self, data: Tables, target: Target, design: Design, frames: dict[str, pd.DataFrame]
    ) -> None:
        self._data, self._target, self._frames, self.design = data, target, frames, design
        self.table = unit_table(
            design, frames["experiment_assignments"], frames["customers"], frames["orders"]
        )

    @classmethod
    def of(cls, data: Tables, target: Target) -> _Units:
        """Read the tables and the design of the experiment."""
        design = choose_experiment(
            data.read("experiments"),
            first_date=data.first_date,
            last_date=data.last_date,
            name=target.cause,
        )
        return cls(
            data,
            target,
            design,
            {
                "experiment_assignments": data.read("experiment_assignments"),
                "customers": data.read("customers", columns=["joined_at", "customer_id"]),
                "orders": data.read("orders", columns=_ORDER_COLUMNS),
            },
        )

    @property
    def assignments(self) -> pd.DataFrame:
        """The log of assignments."""
        return self._frames["experiment_assignments"]

    def until(self, days: int) -> _Units:
        """The same after so many days of the window."""
        last = self.design.first_date + timedelta(days=days - 1)
        return _Units(self._data, self._target, replace(self.design, last_date=last), self._frames)

    def arms(
        self, *, with_before: bool = False, cap_quantile: float = 1.0
    ) -> tuple[Moments, Moments]:
        """Control and treatment."""
        columns = [self._target.outcome]
        if with_before:
            if self.design.n_days_before == 0:
                raise DesignError("the data do not reach back before the test: no covariate")
            columns.append(f"{self._target.outcome}_before")
        values: list[npt.NDArray[np.float64]] = [
            cap_at_quantile(self.table[name], cap_quantile).to_numpy(np.float64) for name in columns
        ]
        treated = (self.table["variant"] == "treatment").to_numpy()
        for arm, name in ((~treated, "control"), (treated, "treatment")):
            if arm.sum() < 2:
                raise DesignError(f"{int(arm.sum())} accounts in {name}: give at least 2")
        control, treatment = (
            Moments.of(*(column[arm] for column in values)) for arm in (~treated, treated)
        )
        return control, treatment

    def by_part(self, masks: Mapping[str, pd.Series], ci_level: float) -> list[Estimate]:
        """CUPED among the accounts of each part; parts with too few accounts are left out."""
        made: list[Estimate] = []
        whole = self.table
        for name, mask in masks.items():
            self.table = whole[mask.to_numpy()]
            try:
                arms = self.arms(with_before=True)
                found = difference_with_covariates(*arms, ci_level=ci_level)
            except DesignError:
                continue
            made += self.estimate(found, name)
        self.table = whole
        return made

    def estimate(self, found: Difference, name: str = "effect") -> tuple[Estimate]:
        """The difference as an estimate in the unit of the truth."""
        money = self._target.outcome == "net_amount"
        return (
            Estimate(
                name=name,
                label=f"Effect of {self.design.name}",
                value=found.estimate,
                std_error=found.std_error,
                ci_low=found.ci_low,
                ci_high=found.ci_high,
                ci_level=found.ci_level,
                unit=f"{self._data.currency if money else 'orders'} per customer",
                role="incremental",
                n=found.n_control + found.n_treatment,
                n_of="accounts",
                method=found.method,
                source=", ".join(_TABLES),
            ),
        )


def _scaled(found: Difference, times: float) -> Difference:
    return replace(
        found,
        estimate=found.estimate * times,
        std_error=found.std_error * times,
        ci_low=found.ci_low * times,
        ci_high=found.ci_high * times,
    )
