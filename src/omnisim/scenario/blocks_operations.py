"""Goods and money on their way: how locations are supplied, how orders are paid, who cheats on returns."""

from __future__ import annotations

from pydantic import Field, model_validator

from omnisim.scenario.block import Block, Share


class Replenishment(Block):
    """How goods reach the shelves; ``stock.cover_days`` says how many of them.

    Stores live on transfers out of the distribution centre, which lives on purchase orders. While the
    centre is sold out of a product, its suppliers deliver to the stores.
    """

    is_on: bool = Field(
        True,
        description="stores are supplied from the distribution centre; off: every location orders "
        "from the suppliers itself",
    )
    review_days: int = Field(
        7, ge=1, le=60, description="days between two regular deliveries; retailers plan weekly"
    )
    transit_days: int = Field(
        1, ge=0, le=14, description="days from the distribution centre to a store; overnight trucks"
    )
    n_suppliers: int = Field(
        8, ge=1, le=500, description="suppliers; each product has one; an assumption"
    )
    lead_time_days: int = Field(
        21,
        ge=1,
        le=120,
        description="days from purchase order to promised receipt, of the median supplier; "
        "landed goods from a regional warehouse, an assumption",
    )
    supplier_sigma: float = Field(
        0.35, ge=0, le=1, description="log-sd of the promised lead time between suppliers"
    )
    lead_time_sigma: float = Field(
        0.12,
        ge=0,
        le=0.6,
        description="log-sd of the lead time around its promise, beside delays and stock-outs",
    )
    lost_share: Share = Field(
        0.07,
        description="stock-outs after which the last units, mislaid when it began, are never found; "
        "gives shrinkage of the order of the 1.4 to 1.6 % of sales that US retailers state",
    )
    short_share: Share = Field(
        0.04, description="purchase orders of which less arrives than ordered; an assumption"
    )


class Payments(Block):
    """How orders are paid, what it costs, and who takes the money back through the bank."""

    online_wallet_share: Share = Field(
        0.35, description="persons who pay online by wallet; about a third in North America"
    )
    invoice_share: Share = Field(
        0.08, description="persons who pay own web, app and call-centre orders by invoice"
    )
    store_wallet_share: Share = Field(
        0.15, description="persons who pay by wallet at the till, of those who do not pay cash"
    )
    invoice_days: int = Field(
        14,
        ge=1,
        le=90,
        description="days after hand-over by which an invoice is paid at the latest",
    )
    card_fee: Share = Field(0.022, description="fee of card payments, share of the amount")
    wallet_fee: Share = Field(0.025, description="fee of wallet payments, share of the amount")
    invoice_fee: Share = Field(0.030, description="fee of the invoice provider, share")
    cash_fee: Share = Field(0.005, description="cost of handling cash, share of the amount")
    marketplace_fee: Share = Field(
        0.12, description="commission the marketplace keeps, share; common rates lie at 8 to 15 %"
    )
    has_chargebacks: bool = Field(True, description="switch of chargebacks")
    fake_chargeback_share: Share = Field(
        0.35, description="delivered fake orders that are charged back; an assumption"
    )
    friendly_share: Share = Field(
        0.002,
        description="orders in good order that are charged back all the same (friendly fraud)",
    )
    late_dispute_share: Share = Field(
        0.015, description="late orders that are charged back as not received"
    )
    chargeback_days: float = Field(
        32.0,
        ge=1,
        le=120,
        description="median days from hand-over to chargeback; a statement cycle",
    )
    chargeback_sigma: float = Field(
        0.45, ge=0, le=1, description="log-sd of the days to a chargeback"
    )
    chargeback_fee: float = Field(
        15.0, ge=0, le=1000, description="what the bank takes for a chargeback [currency]"
    )

    @model_validator(mode="after")
    def _methods(self) -> Payments:
        if self.online_wallet_share + self.invoice_share > 1:
            raise ValueError(
                f"online_wallet_share + invoice_share = {self.online_wallet_share} + "
                f"{self.invoice_share}: give shares that add to at most 1"
            )
        return self


class ReturnFraud(Block):
    """Inspection of returned goods, and those who send back worn goods or empty boxes.

    A cheat returns as often as anybody: what differs is what lies in the box.
    """

    is_on: bool = Field(True, description="switch of fraud; inspection goes on without it")
    person_share: Share = Field(
        0.10, description="persons who cheat when they return; an assumption"
    )
    fraud_share: Share = Field(
        0.60,
        description="returns of these persons that are fraud; with person_share some 6 % of all "
        "returns, below the 14 % that US retailers state",
    )
    empty_share: Share = Field(
        0.15,
        description="fraud by parcel with nothing, or something else, in the box; rest is worn",
    )
    detection_share: Share = Field(0.65, description="worn goods that inspection notices")
    worn_share: Share = Field(0.015, description="honest returns that look worn")
    damaged_share: Share = Field(0.04, description="honest returns that are damaged")
    tag_missing_share: Share = Field(0.06, description="honest returns without their tag")
    fraud_tag_missing_share: Share = Field(0.55, description="worn goods without their tag")
    parcel_hours: float = Field(
        36.0, ge=0, le=720, description="longest wait of a returned parcel for inspection [hours]"
    )

    @model_validator(mode="after")
    def _results(self) -> ReturnFraud:
        if self.worn_share + self.damaged_share > 1:
            raise ValueError(
                f"worn_share + damaged_share = {self.worn_share} + {self.damaged_share}: "
                "give shares that add to at most 1"
            )
        return self
