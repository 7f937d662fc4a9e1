"""What a programme for members is often said to add, held against the world without it."""

from __future__ import annotations

from collections.abc import Sequence

from omnisim.errors import DesignError
from omnisim.metrics import tiers
from omnisim.results import Estimate
from omnisim.storage import Tables
from omnisim.study.registry import Target, method
from omnisim.study.warehouse import warehouse_of

_TABLES = ("loyalty_tiers", "orders")


@method(
    "metrics.tier_gap",
    estimand="total",
    kinds=("programmes",),
    outcomes=("net_amount",),
    tables=_TABLES,
    about="what higher tiers buy beyond the lowest, read as what membership adds: a trap",
)
def tier_gap(data: Tables, target: Target) -> Sequence[Estimate]:  # noqa: ARG001 - one programme
    """Accounts above the lowest tier times what they buy more; a tier follows from spend."""
    found = tiers(warehouse_of(data, _TABLES))
    if len(found) < 2:
        raise DesignError(f"all accounts are in the tier {found['tier'].iloc[0]!r}")
    lowest, higher = found.iloc[0], found.iloc[1:]
    more = (higher["per_account"] - lowest["per_account"]) * higher["n_accounts"]
    return [
        Estimate(
            name="tier_gap",
            label="Net sales of higher tiers beyond the lowest",
            value=float(more.sum()),
            unit=data.currency,
            role="diagnostic",
            n=int(found["n_accounts"].sum()),
            n_of="accounts",
            method="difference between tiers",
            source=", ".join(_TABLES),
        )
    ]
