"""Plausibility of what only the simulator knows: cookies per person, orders that retargeting adds."""

from __future__ import annotations

from omnisim.metrics import Measurement
from omnisim.metrics.warehouse import years
from omnisim.schema import TABLES, TRUTH_TABLES
from omnisim.storage import Dataset
from omnisim.storage.remote import Place
from omnisim.storage.views import open_views

_MIN_DAYS = 330  # a person's cookies of a quarter are no quarter of those of a year
_RETARGETING = (
    "estimand = 'total' and cause = 'retargeting' and semantics = 'ghost'"
    " and outcome = 'n_orders' and scope = 'all'"
)


def true_measurements(dataset: Dataset) -> dict[str, Measurement]:
    """Measurements for the bounds that need the truth; empty where the dataset has none.

    ``cookies_per_person_year = cookies / persons with a cookie / years``, in windows of 330 days or
    more. ``retargeting_purchase_lift = effect / (orders - effect)``, with the true total effect of
    retargeting on genuine completed orders and their number in the base world.
    """
    found: dict[str, Measurement] = {}
    cookies = _query(
        dataset,
        ("identities", "identity_map"),
        "select count(*) as n, count(distinct m.person_id) as n_persons from identities i"
        " join identity_map m using (identity_id) where i.identity_kind = 'cookie'",
    )
    if cookies is not None and dataset.n_days >= _MIN_DAYS and cookies[1]:
        n, n_persons = cookies
        found["cookies_per_person_year"] = Measurement(
            n / n_persons / years(dataset), int(n_persons)
        )
    effect = _query(
        dataset,
        ("effects", "outcomes"),
        f"select (select sum(value) from effects where {_RETARGETING}),"
        " (select sum(n_orders) from outcomes where world = 'base')",
    )
    if effect is not None and effect[0] is not None and effect[1]:
        added, n_orders = float(effect[0]), int(effect[1])
        if n_orders > added:
            found["retargeting_purchase_lift"] = Measurement(added / (n_orders - added), n_orders)
    return found


def _query(dataset: Dataset, tables: tuple[str, ...], sql: str) -> tuple[float, ...] | None:
    """The one row of a query over tables and truth; None where a table or its files are not there."""
    entries = {**dataset.manifest.tables, **dataset.manifest.truth}
    files: dict[str, list[Place]] = {}
    for name in tables:
        if name not in entries:
            return None
        files[name] = [dataset.path / part.path for part in entries[name].parts]
        if not all(file.is_file() for file in files[name]):
            return None  # whoever passes a dataset on may leave the truth out
    connection = open_views(files, {**TABLES, **TRUTH_TABLES}, scale=None)
    try:
        row: tuple[float, ...] | None = connection.execute(sql).fetchone()
    finally:
        connection.close()
    return row
