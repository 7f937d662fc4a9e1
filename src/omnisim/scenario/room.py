"""How much memory a scenario takes, estimated before anything is built."""

from __future__ import annotations

from omnisim.scenario.model import Scenario

_BASE = 500_000_000  # interpreter, compiled code, libraries; measured: benchmarks/README.md
_PER_WORKER = 150_000_000  # a block of customers in all its tables; measured there too
_PER_SHELF_DAY = 7  # a byte of availability, at most two each of units sold, put back and reserved
_PER_SHELF_MONTH = 16  # units wanted and units lost, eight bytes each
_PER_WORKER_MONTH = 8  # the same of a block of customers, four bytes each
_DAYS_PER_MONTH = 28  # the shortest: the estimate rather errs upwards


def memory_bytes(scenario: Scenario, *, workers: int) -> int:
    """Greatest memory of a simulation, by the scenario's shelves; customers come in blocks.

    ``500 MB + 150 MB x workers + locations x products x (7 x days + 16 x months
    + workers x 8 x months)``

    Examples
    --------
    >>> from omnisim.scenario import load_scenario
    >>> round(memory_bytes(load_scenario("omnichannel_fashion"), workers=2) / 1e6)
    809
    """
    n_days = scenario.horizon.n_days
    shelves = (scenario.stores.n_stores + 1) * scenario.assortment.n_products
    months = n_days // _DAYS_PER_MONTH + 2
    per_shelf = _PER_SHELF_DAY * n_days + _PER_SHELF_MONTH * months
    per_shelf += workers * _PER_WORKER_MONTH * months
    return _BASE + _PER_WORKER * workers + shelves * per_shelf
