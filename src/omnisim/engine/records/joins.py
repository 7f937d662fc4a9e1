"""Which order a row of the log belongs to."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.records.log import BlockLog, IntArray


def order_positions(log: BlockLog, order_id: NDArray[Any]) -> IntArray:
    """Positions in ``log.orders`` of these orders; each must be there."""
    by_id = np.argsort(log.orders["id"])
    return by_id[np.searchsorted(log.orders["id"], order_id, sorter=by_id)]
