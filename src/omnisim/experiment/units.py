"""From tables to one row per assigned account: what it bought in the window and before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from omnisim.errors import DesignError, SchemaError

VARIANTS = ("control", "treatment")
_AMOUNTS = ("net_amount", "margin_amount", "n_orders")


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """An experiment as it was planned, and which days before it serve as covariate.

    Attributes
    ----------
    treatment_share : float
        Planned share of units in treatment, in (0, 1).
    first_date, last_date : date
        Window of the outcome, both days included, UTC.
    before_date : date
        First day of the pre-period; it ends the day before `first_date`. Equal to `first_date` when
        the data do not reach back.
    data_last_date : date
        Last day of the data: a window that ends later is not over yet.
    """

    experiment_id: int
    name: str
    treatment_share: float
    first_date: date
    last_date: date
    before_date: date
    data_last_date: date

    def __post_init__(self) -> None:
        if not 0 < self.treatment_share < 1:
            raise DesignError(
                f"experiment {self.name!r}: treatment_share = {self.treatment_share}: give a share "
                "in (0, 1)"
            )
        if not self.before_date <= self.first_date <= self.last_date:
            raise DesignError(
                f"experiment {self.name!r}: pre-period from {self.before_date}, window "
                f"{self.first_date} to {self.last_date}: give them in this order"
            )

    @property
    def n_days(self) -> int:
        """Days in the window."""
        return (self.last_date - self.first_date).days + 1

    @property
    def n_days_before(self) -> int:
        """Days in the pre-period; 0 means there is no covariate."""
        return (self.first_date - self.before_date).days


def choose_experiment(
    experiments: pd.DataFrame,
    *,
    first_date: date,
    last_date: date,
    name: str = "",
    n_days_before: int = 0,
    treatment_share: float = 0.0,
) -> Design:
    """The design of one experiment of the table `experiments`.

    Parameters
    ----------
    first_date, last_date : date
        First and last day of the data.
    name : str
        ``experiment_name``; empty when the table has a single one.
    n_days_before : int
        Days of the pre-period; 0 takes all days there are. Longer is better as long as customers'
        habits last.
    treatment_share : float
        Planned share of treatment; 0 takes it from the table.

    Raises
    ------
    DesignError
        When there is no such experiment, or several and none is named.
    """
    _require(
        experiments,
        "experiments",
        ("experiment_id", "experiment_name", "treatment_share", "started_date", "ended_date"),
    )
    names = experiments["experiment_name"].astype(str)
    chosen = experiments[names == name] if name else experiments
    if len(chosen) != 1:
        asked = f"experiment {name!r}" if name else "no experiment named"
        raise DesignError(f"{asked}: name one of {sorted(names)}")
    row = chosen.iloc[0]
    start = pd.Timestamp(row["started_date"]).date()
    reach = (start - first_date).days
    if reach < 0:
        raise DesignError(
            f"experiment {row['experiment_name']!r} starts {start}, before the data ({first_date})"
        )
    days = min(n_days_before, reach) if n_days_before > 0 else reach
    return Design(
        experiment_id=int(row["experiment_id"]),
        name=str(row["experiment_name"]),
        treatment_share=treatment_share or float(row["treatment_share"]),
        first_date=start,
        last_date=pd.Timestamp(row["ended_date"]).date(),
        before_date=start - timedelta(days=days),
        data_last_date=last_date,
    )


def unit_table(
    design: Design, assignments: pd.DataFrame, customers: pd.DataFrame, orders: pd.DataFrame
) -> pd.DataFrame:
    """One row per assigned account, accounts without an order kept as zeros.

    Outcomes are sums over completed orders placed in the window, whoever placed them first; accounts
    are counted in the arm they were assigned to, whatever they saw (intention to treat).

    Parameters
    ----------
    assignments : frame
        ``experiment_assignments``; other experiments are ignored.
    customers : frame
        ``customers``, for who is known and since when.
    orders : frame
        ``orders`` in major units.

    Returns
    -------
    frame
        ``customer_id, variant, assigned_at, is_known, tenure_days`` and per account
        ``net_amount, margin_amount`` [currency] (margin: net sales less goods and shipping),
        ``n_orders, has_order``, the same with ``_before`` for the pre-period, and ``net_amount`` of
        both halves of the window (``_early``, ``_late``).
    """
    _require(
        assignments,
        "experiment_assignments",
        ("experiment_id", "customer_id", "variant", "assigned_at"),
    )
    _require(customers, "customers", ("customer_id", "joined_at"))
    _require(
        orders,
        "orders",
        ("ordered_at", "customer_id", "status", "net_amount", "cost_amount", "shipping_cost"),
    )
    assigned = assignments[assignments["experiment_id"] == design.experiment_id]
    strange = sorted(set(assigned["variant"].astype(str)) - set(VARIANTS))
    if strange:
        raise DesignError(
            f"experiment_assignments.variant holds {strange}: allowed are {list(VARIANTS)}"
        )
    units = assigned.sort_values(["assigned_at", "customer_id"], kind="stable").drop_duplicates(
        "customer_id"
    )
    units = units[["customer_id", "variant", "assigned_at"]].reset_index(drop=True)
    if units.empty:
        raise DesignError(f"experiment {design.name!r}: no account is assigned to it")
    units["variant"] = units["variant"].astype(str)
    units["customer_id"] = units["customer_id"].astype("int64")

    joined = customers.drop_duplicates("customer_id").set_index("customer_id")["joined_at"]
    joined = units["customer_id"].map(joined)
    start, end = _midnight(design.first_date), _midnight(design.last_date + timedelta(days=1))
    middle = _midnight(design.first_date + timedelta(days=design.n_days // 2))
    units["is_known"] = joined.notna()
    units["tenure_days"] = (start - joined).dt.total_seconds() / 86400

    counted = (orders["status"] == "completed") & orders["customer_id"].notna()
    placed = pd.DataFrame(
        {
            "ordered_at": orders["ordered_at"],
            "customer_id": orders["customer_id"],
            "net_amount": orders["net_amount"],
            "margin_amount": orders["net_amount"] - orders["cost_amount"] - orders["shipping_cost"],
            "n_orders": 1.0,
        }
    )[counted.to_numpy()].astype({"customer_id": "int64"})
    if not np.isfinite(placed[list(_AMOUNTS)].to_numpy()).all():
        raise SchemaError("orders: an amount of a completed order is NaN or infinite")

    def add(
        suffix: str, columns: tuple[str, ...], since: pd.Timestamp, until: pd.Timestamp
    ) -> None:
        inside = placed[(placed["ordered_at"] >= since) & (placed["ordered_at"] < until)]
        sums = inside.groupby("customer_id")[list(columns)].sum().reindex(units["customer_id"])
        for column in columns:
            units[column + suffix] = sums[column].fillna(0.0).to_numpy()

    add("", _AMOUNTS, start, end)
    add("_before", _AMOUNTS, _midnight(design.before_date), start)
    add("_early", ("net_amount",), start, middle)
    add("_late", ("net_amount",), middle, end)
    units["has_order"] = (units["n_orders"] > 0).astype("float64")
    return units


def cap_at_quantile(values: pd.Series, quantile: float) -> pd.Series:
    """Values cut at their own quantile over both arms together, so that the cap cannot favour one.

    Examples
    --------
    >>> cap_at_quantile(pd.Series([0.0, 1.0, 2.0, 100.0]), 0.75).tolist()
    [0.0, 1.0, 2.0, 26.5]
    """
    if not 0 < quantile <= 1:
        raise DesignError(f"quantile = {quantile}: give a share in (0, 1], e.g. 0.99")
    return values.clip(upper=float(values.quantile(quantile)))


def _midnight(day: date) -> pd.Timestamp:
    return pd.Timestamp(day, tz="UTC")


def _require(frame: pd.DataFrame, table: str, columns: tuple[str, ...]) -> None:
    missing = [column for column in columns if column not in frame]
    if missing:
        raise SchemaError(f"{table}: no column {missing}; has {sorted(map(str, frame.columns))}")
