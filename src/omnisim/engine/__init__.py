"""When: one customer's year, in any world."""

from omnisim.engine.block import (
    BLOCK_SIZE,
    Block,
    blocks,
    live,
    run_block,
    run_without_log,
    warm_up,
)
from omnisim.engine.plan import Plan, build_plan, new_cause, with_factors

__all__ = [
    "BLOCK_SIZE",
    "Block",
    "Plan",
    "blocks",
    "build_plan",
    "live",
    "new_cause",
    "run_block",
    "run_without_log",
    "warm_up",
    "with_factors",
]
