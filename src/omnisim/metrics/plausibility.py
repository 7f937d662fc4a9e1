"""Whether a data set is believable: each measure against its published range.

Every measure here is one a client could take from the tables; what needs the truth is measured in
:mod:`omnisim.study` and judged by :func:`judge` in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from omnisim.errors import DesignError
from omnisim.metrics import customers, operations, sales
from omnisim.metrics.bounds import Band, Bound, bounds
from omnisim.metrics.kpi import Metric
from omnisim.metrics.warehouse import Warehouse, day_index, day_number, require

VerdictWord = Literal["usual", "ok", "look again", "implausible", "not measurable"]

MIN_DAYS = 180  # shorter windows cut off the pauses between purchases
YEAR_DAYS = 365
LOOKBACK_DAYS = 30  # as the attribution counts journeys
TOUCH_KINDS = ("click", "visit", "call")
_FIRST_RANK, _LAST_RANK = 10, 5000
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Measurement:
    """A value and the number of units behind it."""

    value: float
    n: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """One measure beside its range.

    Attributes
    ----------
    bound : Bound
        What was measured.
    band : Band
        The range of the data's sector.
    value : float or None
        In the bound's unit; None where it could not be measured.
    n : int
        Units behind it.
    word : str
        ``usual``, ``ok`` (within warn), ``look again``, ``implausible``, or ``not measurable``,
        which fails nothing.
    note : str
        Why it could not be measured.
    """

    bound: Bound
    band: Band
    value: float | None
    n: int
    word: VerdictWord
    note: str = ""


def plausibility(
    warehouse: Warehouse,
    *,
    sector: str = "",
    known: Mapping[str, Measurement] | None = None,
) -> tuple[Verdict, ...]:
    """Hold a data set against every bound, in the order of ``plausibility.yaml``.

    Parameters
    ----------
    warehouse : Warehouse
        The tables; what they cannot answer is not measurable.
    sector : str
        Trade whose ranges hold where it has its own, e.g. ``grocery``.
    known : mapping, optional
        Measurements taken elsewhere by id of the bound (those of the truth). Bounds that need the
        truth are left out without them.
    """
    found = dict(known or {})
    by_kpi, reasons = _scorecard_values(warehouse)
    verdicts = []
    for bound in bounds().values():
        if bound.is_truth and bound.id not in found:
            continue
        note = ""
        measured = found.get(bound.id)
        if measured is None and bound.id in _MEASURES:
            try:
                measured = _MEASURES[bound.id](warehouse)
            except DesignError as error:
                note = str(error)
        elif measured is None:
            measured = by_kpi.get(bound.kpi)
            note = reasons.get(bound.kpi, "")
        verdicts.append(judge(bound, measured, sector=sector, note=note))
    return tuple(verdicts)


def judge(
    bound: Bound, measured: Measurement | None, *, sector: str = "", note: str = ""
) -> Verdict:
    """The verdict on one measurement; None means that it could not be taken, `note` says why."""
    band = bound.band(sector)
    if measured is None:
        return Verdict(bound, band, None, 0, "not measurable", note)
    value, n = measured.value, measured.n
    if n < bound.min_n or not np.isfinite(value):
        short = f"{n:,} {bound.n_of}, needs {bound.min_n:,}"
        return Verdict(bound, band, None, n, "not measurable", short)
    word: VerdictWord = "implausible"
    for name, (low, high) in (("usual", band.usual), ("ok", band.warn), ("look again", band.fail)):
        if low <= value <= high:
            word = name  # type: ignore[assignment]
            break
    return Verdict(bound, band, value, n, word)


_SCORECARD: tuple[tuple[Callable[[Warehouse], Metric | tuple[Metric, ...]], tuple[str, ...]], ...]
_SCORECARD = (
    (sales.online_conversion, ("conversion_online", "cart_abandonment")),
    (sales.store_conversion, ("conversion_store",)),
    (
        sales.return_rates,
        ("return_rate_online", "return_rate_store", "returned_in_store_share"),
    ),
    (sales.click_and_collect_share, ("click_and_collect_share",)),
    (customers.promoter_score, ("nps",)),
    (operations.stock_out_rate, ("stock_out_rate",)),
)


def _scorecard_values(warehouse: Warehouse) -> tuple[dict[str, Measurement], dict[str, str]]:
    """Measures of the scorecard that have a bound, and why others could not be taken."""
    values: dict[str, Measurement] = {}
    reasons: dict[str, str] = {}
    for measure, kpis in _SCORECARD:
        try:
            found = measure(warehouse)
        except DesignError as error:
            reasons.update(dict.fromkeys(kpis, str(error)))
            continue
        metrics = (found,) if isinstance(found, Metric) else found
        values.update({m.name: Measurement(m.value, m.n) for m in metrics})
    return values, reasons


def mobile_conversion_ratio(warehouse: Warehouse) -> Measurement:
    """Orders per web visit on phones / those on desktops; n counts the visits with an order."""
    require(warehouse, ["sessions"], purpose="conversion by device")
    rows = warehouse.query(
        "select device, count(*) as n, count(*) filter (has_order) as n_hits from sessions"
        " where platform = 'web' group by device"
    ).set_index("device")
    visits, orders = (rows[name].reindex(["mobile", "desktop"], fill_value=0) for name in rows)
    if not orders["desktop"] or not visits["mobile"]:
        raise DesignError("conversion by device: no visits on phones or no orders on desktops")
    rate = orders / visits
    return Measurement(float(rate["mobile"] / rate["desktop"]), int(orders.sum()))


def _email_rate(warehouse: Warehouse, kinds: tuple[str, ...]) -> Measurement:
    """E-mail touches of some kinds per e-mail sent."""
    require(warehouse, ["touchpoints"], purpose="e-mail rates")
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    row = warehouse.query(
        f"select count(*) filter (touch_kind = 'sent') as n, count(*) filter (touch_kind in ({listed}))"
        " as n_hits from touchpoints where channel = 'email'"
    ).iloc[0]
    return _share(row["n_hits"], row["n"])


def email_open_rate(warehouse: Warehouse) -> Measurement:
    """``(opens + clicks) / sent``: whoever clicks has opened, and is logged once."""
    return _email_rate(warehouse, ("open", "click"))


def email_click_rate(warehouse: Warehouse) -> Measurement:
    """``clicks / sent``."""
    return _email_rate(warehouse, ("click",))


def email_unsubscribe_rate(warehouse: Warehouse) -> Measurement:
    """``accounts with e-mail consent that withdrew it in the window / e-mails sent``."""
    require(warehouse, ["touchpoints", "customers"], purpose="unsubscribe rate")
    first, last = day_index(warehouse.first_date), day_index(warehouse.last_date)
    row = warehouse.query(
        "select (select count(*) from touchpoints where channel = 'email' and touch_kind = 'sent')"
        " as n, (select count(*) from customers where has_email_consent and"
        f" {day_number('consent_withdrawn_at')} between {first} and {last}) as n_hits"
    ).iloc[0]
    return _share(row["n_hits"], row["n"])


def repeat_customer_rate_12m(warehouse: Warehouse) -> Measurement:
    """``accounts with >= 2 completed orders in the last 365 days / accounts with >= 1``."""
    require(warehouse, ["orders"], purpose="repeat customers")
    _need_days(warehouse, YEAR_DAYS - 1, "repeat customers")
    first = day_index(warehouse.last_date) - YEAR_DAYS + 1
    row = warehouse.query(
        "select count(*) as n, count(*) filter (k > 1) as n_hits from (select count(*) as k"
        " from orders where status = 'completed' and customer_id is not null"
        f" and {day_number('ordered_at')} >= {first} group by customer_id)"
    ).iloc[0]
    return _share(row["n_hits"], row["n"])


def loyalty_linked_sales_share(warehouse: Warehouse) -> Measurement:
    """``net sales of completed orders with an account / net sales of completed orders``."""
    require(warehouse, ["orders"], purpose="sales with an account")
    row = warehouse.query(
        "select count(*) as n, sum(net_amount) as total, coalesce(sum(net_amount)"
        " filter (customer_id is not null), 0) as linked from orders where status = 'completed'"
    ).iloc[0]
    return Measurement(float(row["linked"]) / float(row["total"]) if row["n"] else np.nan, int(row["n"]))  # fmt: skip


def nbd_shape_r(warehouse: Warehouse) -> Measurement:
    """``r = m^2 / (v - m)`` of completed orders per account opened before the window.

    Moments of the negative binomial distribution (Ehrenberg 1959), m the mean and v the variance
    (divided by n); accounts without an order count with 0. No overdispersion gives no r.
    """
    require(warehouse, ["orders", "customers"], purpose="shape of purchase rates")
    _need_days(warehouse, MIN_DAYS, "shape of purchase rates")
    row = warehouse.query(
        "select count(*) as n, avg(k) as m, var_pop(k) as v from (select c.customer_id,"
        " count(o.order_id) as k from customers c left join orders o on o.customer_id = c.customer_id"
        f" and o.status = 'completed' where {day_number('c.joined_at')} <"
        f" {day_index(warehouse.first_date)} group by c.customer_id)"
    ).iloc[0]
    n, excess = int(row["n"]), float(row["v"] - row["m"]) if row["n"] else 0.0
    if n and excess <= 0:
        raise DesignError("shape of purchase rates: orders vary no more than by chance")
    return Measurement(float(row["m"]) ** 2 / excess if n else np.nan, n)


def top_fifth_share(warehouse: Warehouse) -> Measurement:
    """``net sales of the best ceil(n / 5) buying accounts / net sales of all n``."""
    require(warehouse, ["orders"], purpose="revenue of the best customers")
    _need_days(warehouse, MIN_DAYS, "revenue of the best customers")
    row = warehouse.query(
        "with per as (select customer_id, sum(net_amount) as net_amount from orders"
        " where status = 'completed' and customer_id is not null group by customer_id), "
        "ranked as (select net_amount, row_number() over (order by net_amount desc, customer_id) as k,"
        " count(*) over () as n from per) "
        "select count(*) as n, sum(net_amount) as total,"
        " sum(net_amount) filter (k <= ceil(n / 5.0)) as best from ranked"
    ).iloc[0]
    return Measurement(float(row["best"]) / float(row["total"]) if row["n"] else np.nan, int(row["n"]))  # fmt: skip


def inter_purchase_cv(warehouse: Warehouse) -> Measurement:
    """``sd / mean`` of the days between consecutive completed orders of an account, all pooled."""
    require(warehouse, ["orders"], purpose="time between purchases")
    _need_days(warehouse, YEAR_DAYS - 1, "time between purchases")  # pauses last for months
    row = warehouse.query(
        "select count(gap) as n, avg(gap) as m, stddev_samp(gap) as sd from (select"
        " (epoch_ms(ordered_at) - lag(epoch_ms(ordered_at)) over (partition by customer_id order by"
        f" ordered_at, order_id)) / {_DAY_MS}.0 as gap from orders where status = 'completed'"
        " and customer_id is not null)"
    ).iloc[0]
    n = int(row["n"])
    return Measurement(float(row["sd"]) / float(row["m"]) if n > 1 else np.nan, n)


def sku_zipf_slope(warehouse: Warehouse) -> Measurement:
    """Minus the slope of ``ln(units)`` on ``ln(rank)`` by least squares, ranks 10 to 5000.

    The first ranks are left out because single products, not the law, decide there.
    """
    require(warehouse, ["order_lines"], purpose="slope of popularity")
    units = warehouse.query(
        "select sum(n_units) as n_units from order_lines group by sku order by n_units desc"
    )["n_units"].to_numpy(np.float64)[_FIRST_RANK - 1 : _LAST_RANK]
    if units.size < 2:
        return Measurement(np.nan, units.size)
    rank = np.arange(_FIRST_RANK, _FIRST_RANK + units.size)
    slope = np.polyfit(np.log(rank), np.log(units), 1)[0]
    return Measurement(-float(slope), units.size)


def basket_value_sd_log(warehouse: Warehouse) -> Measurement:
    """Standard deviation of ``ln(net_amount)`` of completed orders that cost something."""
    require(warehouse, ["orders"], purpose="spread of baskets")
    row = warehouse.query(
        "select count(*) as n, stddev_samp(ln(net_amount)) as sd from orders"
        " where status = 'completed' and net_amount > 0"
    ).iloc[0]
    return Measurement(float(row["sd"]) if row["n"] > 1 else np.nan, int(row["n"]))


def path_length_median(warehouse: Warehouse) -> Measurement:
    """Median clicks, visits and calls of a buyer in the 30 days up to an order, since the one before.

    A buyer is the account of an order or touch, else the account its identity was linked to, else
    the identity. Orders without any such touch are not counted: nobody saw them coming.
    """
    require(warehouse, ["orders", "touchpoints", "identities"], purpose="touches before an order")
    kinds = ", ".join(f"'{kind}'" for kind in TOUCH_KINDS)
    party = "coalesce(x.customer_id, i.customer_id, -x.identity_id)"
    row = warehouse.query(
        f"with placed as (select order_id, epoch_ms(ordered_at) as at, {party} as party"
        " from orders x left join identities i using (identity_id)"
        f" where status = 'completed' and {party} is not null), "
        f"touched as (select epoch_ms(touched_at) as at, {party} as party"
        f" from touchpoints x left join identities i using (identity_id)"
        f" where touch_kind in ({kinds})), "
        "led as (select o.order_id, count(*) as n_touches from touched t asof join placed o"
        " on t.party = o.party and t.at <= o.at"
        f" where o.at - t.at <= {LOOKBACK_DAYS * _DAY_MS} group by o.order_id) "
        "select count(*) as n, median(n_touches) as middle from led"
    ).iloc[0]
    return Measurement(float(row["middle"]) if row["n"] else np.nan, int(row["n"]))


_MEASURES: dict[str, Callable[[Warehouse], Measurement]] = {
    "mobile_to_desktop_conversion_ratio": mobile_conversion_ratio,
    "email_open_rate": email_open_rate,
    "email_click_rate": email_click_rate,
    "email_unsubscribe_rate": email_unsubscribe_rate,
    "repeat_customer_rate_12m": repeat_customer_rate_12m,
    "loyalty_linked_sales_share": loyalty_linked_sales_share,
    "nbd_shape_r": nbd_shape_r,
    "top20pct_customer_revenue_share": top_fifth_share,
    "inter_purchase_cv": inter_purchase_cv,
    "sku_zipf_slope_ranks_10_5000": sku_zipf_slope,
    "basket_value_sd_log": basket_value_sd_log,
    "path_length_median_touches": path_length_median,
}


def _share(n_hits: object, n: object) -> Measurement:
    hits, base = int(n_hits), int(n)  # type: ignore[call-overload]
    return Measurement(hits / base if base else np.nan, base)


def _need_days(warehouse: Warehouse, n_days: int, purpose: str) -> None:
    if warehouse.n_days < n_days:
        raise DesignError(f"{purpose}: {warehouse.n_days} days, needs {n_days}")
