"""Catchments by weeks: the table every effect of a roll-out is measured on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from omnisim.errors import DesignError, SchemaError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

NEVER = 1_000_000  # start week of a store that is never treated
_COLUMNS = (
    "ordered_at",
    "catchment_location_id",
    "order_channel",
    "fulfilment",
    "status",
    "net_amount",
    "cost_amount",
    "shipping_cost",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Weekly outcomes of store catchments and the week each got the service.

    Attributes
    ----------
    location_id, wave : array, shape (n_stores,)
        Store and its wave; 0 is never.
    start_week : array, shape (n_stores,)
        First week with the service, counted from 0; :data:`NEVER` for stores without.
    outcomes : mapping of name to array, shape (n_stores, n_weeks)
        Sums over completed orders of the catchment: ``net_amount``, ``store_net_amount``,
        ``online_net_amount``, ``margin_amount`` [currency], ``n_orders``, ``n_collected`` [orders].
    first_date : date
        First day of week 0.
    n_dropped_days, n_dropped_orders : int
        Days and completed orders of the incomplete last week, left out.
    n_outside_orders : int
        Completed orders of catchments that are not in the roll-out table, left out.
    n_midweek_starts : int
        Stores that started inside a week: their first week is treated in part.
    """

    location_id: IntArray
    wave: IntArray
    start_week: IntArray
    outcomes: Mapping[str, FloatArray]
    first_date: date
    n_dropped_days: int = 0
    n_dropped_orders: int = 0
    n_outside_orders: int = 0
    n_midweek_starts: int = 0

    def __post_init__(self) -> None:
        n = self.location_id.size
        if n == 0 or not self.outcomes:
            raise DesignError("an empty panel: give at least one store and one outcome")
        for name, values in self.outcomes.items():
            if values.shape[0] != n or values.ndim != 2 or values.shape[1] != self.n_weeks:
                raise DesignError(
                    f"outcome {name!r} has shape {values.shape}: give one row for each of {n} stores "
                    f"and {self.n_weeks} weeks"
                )
            if not np.isfinite(values).all():
                raise DesignError(f"outcome {name!r} holds NaN or infinity: give finite numbers")

    @property
    def n_stores(self) -> int:
        """Stores."""
        return int(self.location_id.size)

    @property
    def n_weeks(self) -> int:
        """Whole weeks."""
        return int(next(iter(self.outcomes.values())).shape[1])

    @property
    def is_treated(self) -> npt.NDArray[np.bool_]:
        """Store-weeks with the service, shape (n_stores, n_weeks)."""
        return np.arange(self.n_weeks) >= self.start_week[:, None]

    def outcome(self, name: str) -> FloatArray:
        """One outcome, shape (n_stores, n_weeks)."""
        if name not in self.outcomes:
            raise DesignError(f"no outcome {name!r}; the panel has {sorted(self.outcomes)}")
        return self.outcomes[name]

    def keep(self, stores: npt.NDArray[np.bool_]) -> Panel:
        """The panel of some of the stores."""
        return replace(
            self,
            location_id=self.location_id[stores],
            wave=self.wave[stores],
            start_week=self.start_week[stores],
            outcomes={name: values[stores] for name, values in self.outcomes.items()},
        )


def build_panel(
    orders: pd.DataFrame,
    rollout_units: pd.DataFrame,
    *,
    first_date: date,
    last_date: date,
    rollout_name: str = "",
) -> Panel:
    """Sum completed orders by catchment and week.

    Weeks are whole weeks of seven days from `first_date` (UTC); an incomplete last week is left out
    and counted. A catchment without an order in a week is a zero, not a gap.

    Parameters
    ----------
    orders, rollout_units : frame
        Tables in major units.
    first_date, last_date : date
        Days covered by the data, both included.
    rollout_name : str
        Which roll-out; empty when there is one.

    Raises
    ------
    DesignError
        No roll-out, several and none named, or less than a week of data.
    """
    _require(orders, "orders", _COLUMNS)
    units = _one_rollout(rollout_units, rollout_name)
    n_weeks = ((last_date - first_date).days + 1) // 7
    n_dropped_days = ((last_date - first_date).days + 1) % 7
    if n_weeks < 1:
        raise DesignError(f"data from {first_date} to {last_date}: give at least one whole week")
    location_id = units["location_id"].to_numpy(np.int64)

    done = orders[(orders["status"] == "completed").to_numpy()]
    day = (done["ordered_at"] - pd.Timestamp(first_date, tz="UTC")) // pd.Timedelta(days=1)
    week = (day // 7).to_numpy(np.int64)
    position = pd.Index(location_id).get_indexer(done["catchment_location_id"].astype("int64"))
    in_weeks, in_units = (week >= 0) & (week < n_weeks), position >= 0
    kept = done[in_weeks & in_units]
    cell = position[in_weeks & in_units] * n_weeks + week[in_weeks & in_units]

    def total(values: FloatArray) -> FloatArray:
        summed = np.bincount(cell, weights=values, minlength=location_id.size * n_weeks)
        return summed.reshape(location_id.size, n_weeks).astype(np.float64)

    net = kept["net_amount"].to_numpy(np.float64)
    spent = kept["cost_amount"].to_numpy(np.float64) + kept["shipping_cost"].to_numpy(np.float64)
    in_store = (kept["order_channel"] == "store").to_numpy(np.float64)
    collected = (kept["fulfilment"] == "click_and_collect").to_numpy(np.float64)
    start, midweek = _start_weeks(units, first_date)
    return Panel(
        location_id=location_id,
        wave=units["wave"].to_numpy(np.int64),
        start_week=start,
        outcomes={
            "net_amount": total(net),
            "store_net_amount": total(net * in_store),
            "online_net_amount": total(net * (1 - in_store)),
            "margin_amount": total(net - spent),
            "n_orders": total(np.ones(len(kept))),
            "n_collected": total(collected),
        },
        first_date=first_date,
        n_dropped_days=n_dropped_days,
        n_dropped_orders=int((~in_weeks & in_units).sum()),
        n_outside_orders=int((~in_units).sum()),
        n_midweek_starts=midweek,
    )


def with_service_cost(panel: Panel, cost_per_order: float) -> Panel:
    """Add ``contribution_amount``: margin less the cost of handing over collected orders.

    `cost_per_order` [currency] is what the shop floor spends per collected order and no order carries
    yet; shipping and goods are already in the margin and are not deducted again.
    """
    if not np.isfinite(cost_per_order) or cost_per_order < 0:
        raise DesignError(f"cost_per_order = {cost_per_order}: give an amount >= 0")
    contribution = panel.outcome("margin_amount") - cost_per_order * panel.outcome("n_collected")
    return replace(panel, outcomes={**panel.outcomes, "contribution_amount": contribution})


def _one_rollout(rollout_units: pd.DataFrame, name: str) -> pd.DataFrame:
    _require(
        rollout_units,
        "rollout_units",
        ("rollout_id", "rollout_name", "location_id", "wave", "started_date"),
    )
    names = rollout_units["rollout_name"].astype(str)
    there = sorted(set(names))
    if name not in there and (name or len(there) != 1):
        asked = f"roll-out {name!r}" if name else "no roll-out named"
        raise DesignError(f"{asked}: name one of {there}")
    units = rollout_units[names == (name or there[0])].sort_values("location_id")
    if units["location_id"].duplicated().any():
        twice = units.loc[units["location_id"].duplicated(), "location_id"].tolist()
        raise SchemaError(f"rollout_units: location_id {twice} appear twice in one roll-out")
    if not units["started_date"].notna().any():
        raise DesignError("rollout_units.started_date is empty: no store was ever treated")
    return units


def _start_weeks(units: pd.DataFrame, first_date: date) -> tuple[IntArray, int]:
    day = (pd.to_datetime(units["started_date"]) - pd.Timestamp(first_date)).dt.days
    treated = day.notna().to_numpy()
    days = day.fillna(0).to_numpy(np.int64)
    weeks = np.where(treated, days // 7, NEVER).astype(np.int64)
    return weeks, int((treated & (days % 7 != 0)).sum())


def _require(frame: pd.DataFrame, table: str, columns: tuple[str, ...]) -> None:
    missing = [column for column in columns if column not in frame]
    if missing:
        raise SchemaError(f"{table}: no column {missing}; has {sorted(map(str, frame.columns))}")
