"""Goods: what moved in and out of every location, and what lay there."""

from omnisim.engine.stock.columns import sku_parts, stock_columns
from omnisim.engine.stock.counts import ShelfCounts
from omnisim.engine.stock.flows import StockFlows, block_flows

__all__ = ["ShelfCounts", "StockFlows", "block_flows", "sku_parts", "stock_columns"]
