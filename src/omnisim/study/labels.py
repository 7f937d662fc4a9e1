"""Rules that flag orders, held against the labels only the simulator knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from omnisim.errors import DatasetError, DesignError
from omnisim.results import TruthComparison
from omnisim.schema import TRUTH_TABLES
from omnisim.storage import Dataset, read_parts

_LABELS = TRUTH_TABLES["order_labels"].columns["label"].allowed


@dataclass(frozen=True, slots=True)
class LabelAudit:
    """How well a rule finds what it looks for.

    Attributes
    ----------
    n_flagged, n_labelled, n_hits : int
        Orders flagged by the rule; orders that are what it looks for; orders that are both.
    """

    n_flagged: int
    n_labelled: int
    n_hits: int

    @property
    def precision(self) -> float | None:
        """Share of flagged orders that are right; None where none is flagged."""
        return self.n_hits / self.n_flagged if self.n_flagged else None

    @property
    def recall(self) -> float | None:
        """Share of labelled orders that are flagged; None where there is none."""
        return self.n_hits / self.n_labelled if self.n_labelled else None

    def comparison(self, name: str, *, label: str) -> TruthComparison:
        """Number flagged beside the true number; a count of all orders has no interval."""
        return TruthComparison(
            name=name,
            label=label,
            estimate=float(self.n_flagged),
            truth=float(self.n_labelled),
            truth_std_error=0.0,
            unit="orders",
            semantics="count, labels of the simulator",
        )


def audit_orders(dataset: Dataset, flagged: Iterable[int], *, label: str) -> LabelAudit:
    """Hold flagged orders against the truth.

    Parameters
    ----------
    dataset : Dataset
        A simulated dataset with its truth.
    flagged : iterable of int
        `order_id` of the orders a rule flags; each counts once.
    label : str
        What the rule looks for: ``fake_order`` or ``coupon_abuse``.

    Raises
    ------
    DesignError
        When the label is unknown.
    DatasetError
        When the dataset has no labels.
    """
    if label not in _LABELS:
        raise DesignError(f"label = {label!r}: give one of {list(_LABELS)}")
    entry = dataset.manifest.truth.get("order_labels")
    if entry is None:
        raise DatasetError(f"{dataset.name}: no labels of orders in its truth")
    labels = read_parts(
        [dataset.path / part.path for part in entry.parts],
        TRUTH_TABLES["order_labels"],
        currency=dataset.currency,
    )
    right = set(labels.loc[labels["label"] == label, "order_id"].tolist())
    found = set(pd.Series(list(flagged), dtype="int64").tolist())
    return LabelAudit(len(found), len(right), len(found & right))
