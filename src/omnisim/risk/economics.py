"""The scale of the business: what a year sells and earns, and what unit costs are in money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from omnisim.errors import DesignError
from omnisim.metrics.warehouse import Warehouse, require, years
from omnisim.risk.register import Assumption


@dataclass(frozen=True, slots=True, kw_only=True)
class Economics:
    """Yearly scale of the business, in major units of `currency`.

    Attributes
    ----------
    annual_net_sales : float
        Completed orders, before returns, per year of 365.25 days.
    annual_gross_margin : float
        Net sales less landed cost and shipping, less refunds, plus the cost of goods that came
        back (they are taken to be sold again at full value), per year.
    order_value : float
        Average completed order.
    customer_margin : float
        Yearly gross margin per account that bought.
    exposure_years : float
        Length of the data.
    """

    currency: str
    annual_net_sales: float
    annual_gross_margin: float
    order_value: float
    customer_margin: float
    exposure_years: float
    n_orders: int

    def money(self, assumption: Assumption, amount: float) -> float:
        """`amount` in the unit of `assumption` as a share or in currency."""
        units = {
            "share": 1.0,
            "order values": self.order_value,
            "customer margins": self.customer_margin,
            self.currency: 1.0,
        }
        if assumption.unit not in units:
            raise DesignError(
                f"assumption {assumption.name}: unit {assumption.unit!r} does not fit data in "
                f"{self.currency}; allowed {list(units)}"
            )
        return amount * units[assumption.unit]

    def values(self, assumptions: Sequence[Assumption]) -> dict[str, float]:
        """Central values by name, shares as shares and costs in currency."""
        return {a.name: self.money(a, a.value) for a in assumptions}


def measure_economics(warehouse: Warehouse) -> Economics:
    """Read the scale of the business from orders, lines and returns."""
    require(warehouse, ["orders", "order_lines", "returns"], purpose="yearly gross margin")
    sold = warehouse.query(
        "select count(*) as n, coalesce(sum(net_amount), 0) as net,"
        " coalesce(sum(net_amount - cost_amount - shipping_cost), 0) as margin,"
        " count(distinct customer_id) as n_accounts,"
        " coalesce(sum(net_amount - cost_amount - shipping_cost)"
        " filter (customer_id is not null), 0) as account_margin"
        " from orders where status = 'completed'"
    ).iloc[0]
    back = warehouse.query(
        "select coalesce(sum(r.refund_amount), 0) as refund,"
        " coalesce(sum(l.cost_amount * r.n_units / l.n_units), 0) as cost"
        " from returns r join order_lines l using (order_line_id)"
        " join orders o on o.order_id = r.order_id where o.status = 'completed'"
    ).iloc[0]
    t = years(warehouse)
    margin = float(sold["margin"]) - float(back["refund"]) + float(back["cost"])
    if margin <= 0 or not sold["n_accounts"]:
        raise DesignError(
            f"gross margin of the window is {margin:.2f} {warehouse.currency}: risk levels are "
            "shares of a positive margin of known accounts"
        )
    kept = margin / float(sold["margin"])  # returns spread over accounts as over all orders
    return Economics(
        currency=warehouse.currency,
        annual_net_sales=float(sold["net"]) / t,
        annual_gross_margin=margin / t,
        order_value=float(sold["net"]) / int(sold["n"]),
        customer_margin=float(sold["account_margin"]) * kept / int(sold["n_accounts"]) / t,
        exposure_years=t,
        n_orders=int(sold["n"]),
    )
