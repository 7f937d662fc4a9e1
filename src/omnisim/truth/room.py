"""What a simulation takes of memory and disk, refused before the work where it is not there."""

from __future__ import annotations

import shutil

import psutil

from omnisim.errors import ScenarioError, StorageError
from omnisim.executor.choose import LOCAL, PROCESSES, THREADS
from omnisim.raw import RAW_BYTES_PER_CUSTOMER_YEAR
from omnisim.scenario import Scenario
from omnisim.scenario.room import memory_bytes
from omnisim.storage.remote import Place, RemotePath

_BYTES_PER_CUSTOMER_YEAR = 3_400  # measured: docs/data-dictionary.md


def check_memory(scenario: Scenario, scheduler: str, workers: int) -> None:
    """Refuse before the work what this machine's memory cannot hold.

    Threads share a world, each process has one of its own, and workers elsewhere need nothing here.
    """
    if scheduler == THREADS:
        needed = memory_bytes(scenario, workers=workers)
    else:
        n_here = workers if scheduler in (PROCESSES, LOCAL) else 0
        needed = memory_bytes(scenario, workers=1) * (1 + n_here)
    there = psutil.virtual_memory().total
    if needed > there:
        kind = "threads" if scheduler == THREADS else "processes"
        raise ScenarioError(
            f"stores.n_stores = {scenario.stores.n_stores:,}, assortment.n_products = "
            f"{scenario.assortment.n_products:,} and horizon.n_days = {scenario.horizon.n_days} take "
            f"some {needed / 1e9:,.1f} GB of memory with {workers} {kind}; this machine has "
            f"{there / 1e9:,.1f} GB"
        )


def check_room(scenario: Scenario, out: Place, *, raw: bool) -> None:
    """Refuse before the work what the disk cannot hold; nobody knows what is free at a URL."""
    if isinstance(out, RemotePath):
        return
    years = scenario.horizon.n_days / 365
    each = _BYTES_PER_CUSTOMER_YEAR + (RAW_BYTES_PER_CUSTOMER_YEAR if raw else 0)
    needed = scenario.population.n_customers * years * each
    there = next((p for p in out.absolute().parents if p.is_dir()), None)
    free = shutil.disk_usage(there).free if there is not None else needed
    if needed > free:
        raise StorageError(
            f"{out}: population.n_customers = {scenario.population.n_customers:,} over "
            f"{scenario.horizon.n_days} days take some {_amount(needed)}; {_amount(free)} are free"
        )


def _amount(n_bytes: float) -> str:
    """Bytes in the unit a person would use.

    Examples
    --------
    >>> _amount(2.5e9), _amount(1_700_000)
    ('2.5 GB', '2 MB')
    """
    return f"{n_bytes / 1e9:,.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:,.0f} MB"
