"""Every table of what surrounds the sale that is made once per world."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.context_access import access_columns
from omnisim.engine.context_calendar import date_columns
from omnisim.engine.context_causes import cause_columns
from omnisim.engine.context_market import market_columns
from omnisim.engine.context_signals import signal_columns
from omnisim.world import World


def context_columns(
    world: World, needs: NDArray[np.int64], own_sales: NDArray[np.int64]
) -> dict[str, dict[str, Any]]:
    """Columns by table, of both sides of the wall.

    Parameters
    ----------
    needs : array, shape (n_stores, n_days)
        Needs that arose in each catchment.
    own_sales : array, shape (n_categories, n_months)
        Net sales of completed orders [cents].
    """
    return {
        "dates": date_columns(world),
        **cause_columns(world),
        **signal_columns(world, needs),
        "market_totals": market_columns(world, own_sales),
        **access_columns(world),
    }
