"""What would have been: datasets with the effect of every cause, from worlds that share all luck."""

from omnisim.truth.compare import compare
from omnisim.truth.simulate import simulate, unfinished_blocks

__all__ = ["compare", "simulate", "unfinished_blocks"]
