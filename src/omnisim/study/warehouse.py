"""Tables of a world as the measures read them."""

from __future__ import annotations

from collections.abc import Sequence

from omnisim.metrics import FrameWarehouse
from omnisim.storage import Tables


def warehouse_of(data: Tables, tables: Sequence[str]) -> FrameWarehouse:
    """The declared tables and no others."""
    frames = {name: data.read(name) for name in tables}
    return FrameWarehouse(frames, data.first_date, data.last_date, currency=data.currency)
