"""Credited return on media money: credit beside cost, never caused return."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from omnisim.attribution.bootstrap import CreditReplicates, bootstrap_credit, interval
from omnisim.attribution.columns import FloatArray, finite_amounts, require_columns
from omnisim.attribution.credit_table import CreditModel
from omnisim.attribution.journeys import Journeys
from omnisim.errors import DesignError, SchemaError


@dataclass(frozen=True, slots=True, eq=False)
class CreditedReturns:
    """Credited money per unit of media money.

    Attributes
    ----------
    frame : DataFrame
        One row per model and paid channel: channel, model, media_cost, value, conversions,
        credited_roas (value / media_cost), credited_cost_per_order (missing where no order is
        credited), each with ``_low`` and ``_high`` (an end of the cost per order is missing where
        that many draws credit no order).
    media_cost : float
        Spend in all paid channels, in the dataset's currency.
    """

    frame: pd.DataFrame
    media_cost: float

    def range_over_models(self, *, break_even: float = 1.0) -> pd.DataFrame:
        """The lowest and highest credited ROAS of each channel over the models.

        Parameters
        ----------
        break_even : float
            ROAS a channel should reach, > 0.

        Returns
        -------
        DataFrame
            channel, media_cost, roas_low, roas_high (over models), roas_high_end (highest upper end
            of an interval), verdict: ``below`` or ``above`` the break-even under every model, or
            ``depends`` on the model. Sorted by media cost, largest first.
        """
        if not (np.isfinite(break_even) and break_even > 0):
            raise DesignError(f"break_even = {break_even}: give a return per unit of spend > 0")
        grouped = self.frame.groupby("channel", observed=True, sort=True)
        frame = pd.DataFrame(
            {
                "media_cost": grouped["media_cost"].first(),
                "roas_low": grouped["credited_roas"].min(),
                "roas_high": grouped["credited_roas"].max(),
                "roas_high_end": grouped["credited_roas_high"].max(),
            }
        ).reset_index()
        frame["verdict"] = np.select(
            [frame["roas_high"] < break_even, frame["roas_low"] >= break_even],
            ["below", "above"],
            "depends",
        )
        return frame.sort_values(["media_cost", "channel"], ascending=[False, True]).reset_index(
            drop=True
        )


def credited_returns(
    draws: CreditReplicates, media_costs: pd.DataFrame, *, level: float = 0.95
) -> CreditedReturns:
    """Join credit with the media spend of each channel.

    Spend is taken as exact; the interval is that of the credit.

    Parameters
    ----------
    draws : CreditReplicates
        Credit with replicates.
    media_costs : DataFrame
        Columns channel and media_cost (major units), any number of rows per channel.

    Raises
    ------
    SchemaError
        Missing column, impossible amount, or a channel without a name.
    DesignError
        No spend at all.
    """
    require_columns(media_costs, ("channel", "media_cost"), table="media_costs")
    amounts = finite_amounts(media_costs["media_cost"], where="media_costs.media_cost")
    if media_costs["channel"].isna().any():
        raise SchemaError("media_costs.channel: spend without a channel")
    spend = pd.Series(amounts).groupby(media_costs["channel"].astype(str).to_numpy()).sum()
    spend = spend[spend > 0]
    if spend.empty:
        raise DesignError("media_costs: no spend in any channel; there is no return to compute")
    value_low, value_high = interval(draws.value, level=level)
    orders_low, orders_high = interval(draws.conversions, level=level)
    parts = [
        pd.DataFrame(
            {
                "channel": spend.index.to_numpy(dtype=object),
                "model": model,
                "media_cost": spend.to_numpy(),
                "value": _pick(draws, draws.table.value[row], spend.index),
                "conversions": _pick(draws, draws.table.conversions[row], spend.index),
                "value_low": _pick(draws, value_low[row], spend.index),
                "value_high": _pick(draws, value_high[row], spend.index),
                "orders_low": _pick(draws, orders_low[row], spend.index),
                "orders_high": _pick(draws, orders_high[row], spend.index),
            }
        )
        for row, model in enumerate(draws.table.models)
    ]
    frame = pd.concat(parts, ignore_index=True)
    for name in ("", "_low", "_high"):
        frame[f"credited_roas{name}"] = frame[f"value{name}"] / frame["media_cost"]
    # Spend is fixed, so the cost per order is a falling function of the orders: its ends are theirs.
    for name, orders in (("", "conversions"), ("_low", "orders_high"), ("_high", "orders_low")):
        frame[f"credited_cost_per_order{name}"] = _per_order(frame["media_cost"], frame[orders])
    ends = ["value_low", "value_high", "orders_low", "orders_high"]
    return CreditedReturns(frame.drop(columns=ends), float(spend.sum()))


def credited_acquisition(
    journeys: Journeys,
    models: Sequence[CreditModel],
    media_costs: pd.DataFrame,
    *,
    rng: np.random.Generator,
    n_replicates: int = 200,
    level: float = 0.95,
) -> pd.DataFrame:
    """Credited acquisition cost (CAC): media money per new customer credited to the channel.

    Only each person's first order counts, and what came before it; all media money is taken as
    acquisition spend, since the accounts do not say whom it reached. "First" means first in the
    data: somebody who bought before the first day counts as new.

    Returns
    -------
    DataFrame
        channel, model, media_cost, new_customers (credited), credited_cac, credited_cac_low,
        credited_cac_high [currency per new customer]; missing where none is credited.
    """
    draws = bootstrap_credit(journeys.to_first_orders(), models, rng=rng, n_replicates=n_replicates)
    frame = credited_returns(draws, media_costs, level=level).frame
    made = frame[["channel", "model", "media_cost"]].copy()
    made["new_customers"] = frame["conversions"]
    for end in ("", "_low", "_high"):
        made[f"credited_cac{end}"] = frame[f"credited_cost_per_order{end}"]
    return made


def margin_break_even(orders: pd.DataFrame) -> float:
    """Sales a unit of media money must bring so that their margin pays for it.

    ``sum(net) / sum(net - goods - shipping)`` over completed orders, before returns and overheads.

    Parameters
    ----------
    orders : DataFrame
        status, net_amount, cost_amount, shipping_cost, in one currency.

    Raises
    ------
    DesignError
        When orders leave no margin: no return could pay for media.

    Examples
    --------
    >>> orders = pd.DataFrame({"status": ["completed"], "net_amount": [100.0],
    ...                        "cost_amount": [50.0], "shipping_cost": [10.0]})
    >>> margin_break_even(orders)
    2.5
    """
    columns = ("net_amount", "cost_amount", "shipping_cost")
    require_columns(orders, ("status", *columns), table="orders")
    completed = orders[(orders["status"] == "completed").to_numpy()]
    net, goods, shipping = (
        float(finite_amounts(completed[name], where=f"orders.{name}").sum()) for name in columns
    )
    margin = net - goods - shipping
    if margin <= 0:
        raise DesignError(
            f"orders: a margin of {margin:.2f} on sales of {net:.2f}: no return pays for media; "
            "give break_even yourself"
        )
    return net / margin


@dataclass(frozen=True, slots=True)
class BudgetMove:
    """Media money that changes channel when one model replaces another.

    Attributes
    ----------
    amount, ci_low, ci_high : float
        Money moved, dataset's currency, with its interval over customers.
    share : float
        Of all media money, in [0, 1].
    from_model, to_model : str
        Machine names of the models compared.
    """

    amount: float
    ci_low: float
    ci_high: float
    share: float
    from_model: str
    to_model: str


def budget_move(
    draws: CreditReplicates,
    returns: CreditedReturns,
    *,
    from_model: str,
    to_model: str,
    level: float = 0.95,
) -> BudgetMove:
    """Budget that would move if it were split in proportion to credit.

    ``amount = media_cost * 1/2 * sum |share_from - share_to|`` over the paid channels, with shares
    of the money credited to paid channels. It sizes the disagreement of two models.
    """
    paid = [c for c in draws.table.channels if c in set(returns.frame["channel"])]
    if not paid:
        raise DesignError("budget_move: no paid channel has a contact in any journey")
    place = [draws.table.channels.index(c) for c in paid]
    rows = [draws.table.row(from_model), draws.table.row(to_model)]

    def moved(value: FloatArray) -> FloatArray:
        split = value[..., place]
        total = split.sum(axis=-1, keepdims=True)
        split = split / np.where(total > 0, total, 1.0)
        return np.asarray(np.abs(split[..., rows[0], :] - split[..., rows[1], :]).sum(axis=-1) / 2)

    share = float(moved(draws.table.value))
    low, high = interval(moved(draws.value), level=level)
    cost = returns.media_cost
    return BudgetMove(
        share * cost, float(low) * cost, float(high) * cost, share, from_model, to_model
    )


def _per_order(cost: pd.Series, orders: pd.Series) -> FloatArray:
    """Cost per order; missing where there is none."""
    some = orders.to_numpy() > 1e-9  # an order credited by rounding alone is none
    return np.where(some, cost.to_numpy() / np.where(some, orders.to_numpy(), 1.0), np.nan)


def _pick(draws: CreditReplicates, values: FloatArray, channels: pd.Index) -> FloatArray:
    """Values of `channels` by name, 0 for a channel without any contact."""
    by_name = dict(zip(draws.table.channels, values.tolist(), strict=True))
    return np.array([by_name.get(str(name), 0.0) for name in channels])
