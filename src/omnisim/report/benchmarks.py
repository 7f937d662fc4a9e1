"""Targets for gates and acceptance, and whether the measures of a run meet them.

They are figures of the literature on online-offline integration, defaults to set goals by and never facts
about a client, unless the engagement file says what was agreed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from omnisim.results import Estimate, Result

Status = Literal["met", "not met", "uncertain", "not measured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One target: of the literature, or agreed with the client.

    Attributes
    ----------
    name : str
        What an engagement file calls it.
    dimension : str
        Dimension of maturity it belongs to.
    label : str
        What is measured.
    threshold : float
        The target, a share.
    at_most : bool
        True where smaller is better.
    names : tuple of str
        Words that all occur in the machine name of a matching estimate; several sets are tried.
    stage : int
        Stage of the roadmap whose gate it is, 1 to 3; 0 when it is no gate.
    is_agreed : bool
        Whether the client agreed to it; else it is a figure of the literature.
    """

    name: str
    dimension: str
    label: str
    threshold: float
    at_most: bool
    names: tuple[tuple[str, ...], ...]
    stage: int = 0
    is_agreed: bool = False


TARGETS: tuple[Target, ...] = (
    Target(
        name="sync_error",
        dimension="Data",
        label="Difference between recorded and counted stock",
        threshold=0.01,
        at_most=True,
        names=(("sync_error",), ("stock", "error"), ("inventory", "error")),
        stage=1,
    ),
    Target(
        name="account_orders",
        dimension="Data",
        label="Orders that carry an account",
        threshold=0.6,
        at_most=False,
        names=(("account_order_share",), ("member", "order")),
        stage=1,
    ),
    Target(
        name="stock_out_rate",
        dimension="Inventory",
        label="Demand that meets empty shelves (stock-out rate)",
        threshold=0.05,
        at_most=True,
        names=(("stock_out_rate",), ("stock_out", "share"), ("stockout",)),
        stage=2,
    ),
    Target(
        name="on_time_in_full",
        dimension="Fulfilment",
        label="Orders delivered on time and in full",
        threshold=0.95,
        at_most=False,
        names=(("otif",), ("on_time",)),
        stage=2,
    ),
    Target(
        name="satisfied_customers",
        dimension="Customers",
        label="Satisfied customers in the pilot",
        threshold=0.85,
        at_most=False,
        names=(("csat",), ("satisf",)),
        stage=2,
    ),
    Target(
        name="repeat_rate",
        dimension="Customers",
        label="Customers who buy again",
        threshold=0.3,
        at_most=False,
        names=(("repeat_rate",), ("repurchase",)),
        stage=3,
    ),
    Target(
        name="members_share",
        dimension="Membership",
        label="Members' share of sales",
        threshold=0.62,
        at_most=False,
        names=(("member", "sales"), ("member", "share")),
        stage=3,
    ),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A target beside what was measured."""

    target: Target
    estimate: Estimate | None

    @property
    def status(self) -> Status:
        """Met or not; uncertain when the interval holds the target."""
        if self.estimate is None:
            return "not measured"
        low = self.estimate.value if self.estimate.ci_low is None else self.estimate.ci_low
        high = self.estimate.value if self.estimate.ci_high is None else self.estimate.ci_high
        limit = self.target.threshold * (100.0 if self.estimate.unit == "%" else 1.0)
        good, bad = (high <= limit, low > limit)
        if not self.target.at_most:
            good, bad = (low >= limit, high < limit)
        return "met" if good else "not met" if bad else "uncertain"


def read_targets(
    results: Mapping[str, Result], agreed: Mapping[str, float] | None = None
) -> tuple[Reading, ...]:
    """Each target with the first estimate that measures it, if any.

    Parameters
    ----------
    results : mapping
        Question id to result.
    agreed : mapping, optional
        Name of a target to the share agreed with the client, in place of that of the literature.
    """
    measured = [
        estimate
        for result in results.values()
        for estimate in result.estimates
        if estimate.unit in ("share", "%") and estimate.role in ("descriptive", "risk")
    ]
    targets = [
        replace(target, threshold=agreed[target.name], is_agreed=True)
        if agreed and target.name in agreed
        else target
        for target in TARGETS
    ]
    return tuple(Reading(target, _match(target, measured)) for target in targets)


def _match(target: Target, estimates: Iterable[Estimate]) -> Estimate | None:
    pool = list(estimates)
    for words in target.names:
        for estimate in pool:
            if all(word in estimate.name.lower() for word in words):
                return estimate
    return None
