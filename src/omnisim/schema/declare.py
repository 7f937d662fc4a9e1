"""Short ways to declare the columns that many tables share."""

from __future__ import annotations

from omnisim.schema.types import Column

CUSTOMER = "customers.customer_id"
LOCATION = "locations.location_id"
ORDER = "orders.order_id"
SKU = "products.sku"


def id_column(about: str, *, nullable: bool = False, references: str | None = None) -> Column:
    """A public id: int64 below 2**53, no order implied."""
    return Column("id", about, nullable=nullable, references=references)


def cents_column(about: str, *, low: float | None = 0, nullable: bool = False) -> Column:
    """An amount in minor units of the dataset's currency."""
    return Column("cents", about + " [minor currency units]", low=low, nullable=nullable)
