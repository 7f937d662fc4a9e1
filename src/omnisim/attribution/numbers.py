"""Every number of the readout with unit, interval, base, method and source."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np

from omnisim.attribution.bootstrap import interval
from omnisim.attribution.columns import FloatArray
from omnisim.attribution.describe import Ratio, days_to_order, ratio_of_sums
from omnisim.attribution.readout import Readout
from omnisim.language import say
from omnisim.results import Estimate

_JOURNEYS = "touchpoints, orders, identities"
_COSTS = f"{_JOURNEYS}, media_costs"


def credited_name(model: str, channel: str) -> str:
    """Machine name of the money a model credits to a channel."""
    return f"credited_{model}_{channel}"


def estimates(readout: Readout) -> tuple[Estimate, ...]:
    """All estimates of the result.

    Names: ``total_value``, ``tracked_value``, ``untracked_value``, ``untracked_share``;
    ``credited_<model>_<channel>`` for the main and the contrasting model;
    ``mean_touches``, ``mean_days_to_order``, ``webrooming_share``, ``webrooming_value``,
    ``showrooming_share`` where there are such orders; with media costs ``media_spend``,
    ``spend_below_break_even``, ``spend_model_decides``, ``roas_<model>_<channel>`` of the main
    model, ``budget_move`` and ``budget_move_share``.
    """
    return (*_totals(readout), *_credit(readout), *_shape(readout), *_money(readout))


def _totals(readout: Readout) -> list[Estimate]:
    draws, journeys = readout.draws, readout.journeys
    money, orders = draws.value[:, 0], draws.conversions[:, 0]  # the same under every model
    common: dict[str, Any] = {
        "role": "descriptive",
        "n": journeys.n_conversions,
        "n_of": "orders",
        "source": _JOURNEYS,
        "ci_level": readout.level,
        "method": "count of completed orders; interval over customers (Poisson bootstrap)",
    }
    rows = (
        ("total_value", "Net sales of completed orders", journeys.total_value, money.sum(axis=-1)),
        (
            "tracked_value",
            "Net sales with a contact on record",
            journeys.tracked_value,
            money[:, :-1].sum(axis=-1),
        ),
        (
            "untracked_value",
            "Net sales without a contact on record",
            journeys.total_value - journeys.tracked_value,
            money[:, -1],
        ),
        (
            "untracked_share",
            "Orders without a contact on record",
            journeys.untracked_share,
            orders[:, -1] / np.maximum(orders.sum(axis=-1), 1),
        ),
    )
    made = []
    for name, label, value, replicates in rows:
        low, high = _ends(replicates, value, readout.level)
        unit = "share" if name.endswith("share") else readout.currency
        made.append(
            Estimate(
                name=name, label=label, value=value, unit=unit, ci_low=low, ci_high=high, **common
            )
        )
    return made


def _credit(readout: Readout) -> list[Estimate]:
    made = []
    for model in (readout.main, readout.contrast):
        row = readout.table.row(model)
        for place, channel in enumerate(readout.journeys.channels):
            value = float(readout.table.value[row, place])
            low, high = _ends(readout.draws.value[:, row, place], value, readout.level)
            made.append(
                Estimate(
                    name=credited_name(model, channel),
                    label=say(
                        "{channel}: credited net sales, {model}",
                        channel=readout.label(channel),
                        model=readout.model_label(model),
                    ),
                    value=value,
                    unit=readout.currency,
                    role="credit",
                    ci_low=low,
                    ci_high=high,
                    ci_level=readout.level,
                    n=readout.journeys.n_tracked_conversions,
                    n_of="orders",
                    method=say(
                        "{model}; interval over customers (Poisson bootstrap)",
                        model=readout.model_label(model),
                    ),
                    source=_JOURNEYS,
                    note=say(
                        "credit over {n_days} days: who touched, not who caused",
                        n_days=readout.n_days,
                    ),
                )
            )
    return made


def _shape(readout: Readout) -> list[Estimate]:
    journeys, cross = readout.journeys, readout.cross
    tracked = (journeys.has_touch & (journeys.conversions > 0)).astype(np.float64)
    days = np.zeros(journeys.n_journeys)
    days[tracked > 0] = days_to_order(journeys)
    common: dict[str, Any] = {
        "role": "descriptive",
        "source": _JOURNEYS,
        "ci_level": readout.level,
    }
    made = []
    for name, label, unit, top in (
        ("mean_touches", "Contacts before an order", "contacts", journeys.lengths * tracked),
        ("mean_days_to_order", "Days from first contact to order", "days", days),
    ):
        found = ratio_of_sums(top, tracked, journeys, level=readout.level)
        made.append(
            Estimate(
                name=name,
                label=label,
                **_of_ratio(found, unit),
                n=journeys.n_tracked_conversions,
                n_of="orders",
                method="mean over orders with a contact; interval clustered by customer",
                **common,
            )
        )
    for name, label, happened, base in (
        ("webrooming_share", "Store orders after an online contact", cross.webroomed, cross.store),
        ("showrooming_share", "Online orders after a store visit", cross.showroomed, cross.online),
    ):
        if not base.any():
            continue
        found = ratio_of_sums(
            happened.astype(float), base.astype(float), journeys, level=readout.level
        )
        made.append(
            Estimate(
                name=name,
                label=label,
                **_of_ratio(found, "share"),
                n=int(base.sum()),
                n_of="orders",
                method="share of orders; interval clustered by customer",
                note="lower bound: only recognised contacts count",
                **common,
            )
        )
    if cross.n_store_orders:
        value = cross.webrooming_value
        owner = journeys.customer if journeys.customer is not None else np.arange(len(days))
        money = np.bincount(owner, weights=np.where(cross.webroomed, journeys.value, 0.0))
        # Poisson variance of a sum over persons: the sum of squares.
        reach = _normal(readout.level) * float(np.sqrt((money**2).sum()))
        made.append(
            Estimate(
                name="webrooming_value",
                label="Net sales of store orders after an online contact",
                value=value,
                unit=readout.currency,
                ci_low=max(value - reach, 0.0),
                ci_high=value + reach,
                n=cross.n_store_orders,
                n_of="orders",
                method="sum over store orders; interval over customers (Poisson)",
                note="lower bound: only recognised contacts count",
                **common,
            )
        )
    return made


def _money(readout: Readout) -> list[Estimate]:
    if readout.returns is None:
        return []
    verdicts, currency = readout.verdicts(), readout.currency
    spend = {
        verdict: float(verdicts.loc[verdicts["verdict"] == verdict, "media_cost"].sum())
        for verdict in ("below", "depends")
    }
    ledger: dict[str, Any] = {
        "unit": currency,
        "role": "descriptive",
        "n": len(verdicts),
        "n_of": "channels",
        "note": say(
            "spend over {n_days} days from the advertising accounts; no sampling",
            n_days=readout.n_days,
        ),
    }
    goal = readout.goal
    made = [
        Estimate(
            name="media_spend",
            label="Media spend",
            value=readout.returns.media_cost,
            method="sum of the advertising accounts",
            source="media_costs",
            **ledger,
        ),
        Estimate(
            name="spend_below_break_even",
            label=say("Spend in channels below credited ROAS {goal} under every model", goal=goal),
            value=spend["below"],
            method=say(
                "spend of paid channels whose credited ROAS {goal} is reached under no model",
                goal=goal,
            ),
            source=_COSTS,
            **ledger,
        ),
        Estimate(
            name="spend_model_decides",
            label=say(
                "Spend in channels where the model decides on credited ROAS {goal}", goal=goal
            ),
            value=spend["depends"],
            method=say(
                "spend of paid channels whose credited ROAS {goal} is reached under some models only",
                goal=goal,
            ),
            source=_COSTS,
            **ledger,
        ),
    ]
    frame = readout.returns.frame
    for item in frame[frame["model"] == readout.main].to_dict("records"):
        value = float(item["credited_roas"])
        made.append(
            Estimate(
                name=f"roas_{readout.main}_{item['channel']}",
                label=say(
                    "{channel}: credited ROAS, {model}",
                    channel=readout.label(str(item["channel"])),
                    model=readout.model_label(readout.main),
                ),
                value=value,
                unit=f"{currency}/{currency}",
                role="credit",
                ci_low=min(float(item["credited_roas_low"]), value),
                ci_high=max(float(item["credited_roas_high"]), value),
                ci_level=readout.level,
                n=readout.journeys.n_tracked_conversions,
                n_of="orders",
                method="credited net sales / media spend; interval over customers, spend exact",
                source=_COSTS,
                note="credited, not caused",
            )
        )
    if readout.move is not None:
        cost, move = readout.returns.media_cost, readout.move
        for name, label, unit, scale in (
            ("budget_move", "Budget that follows the model", currency, 1.0),
            ("budget_move_share", "Share of budget that follows the model", "share", 1 / cost),
        ):
            made.append(
                Estimate(
                    name=name,
                    label=label,
                    value=move.amount * scale,
                    unit=unit,
                    role="diagnostic",
                    # The distance of two noisy splits is at least that of the true ones: its
                    # percentiles may lie above the value as observed.
                    ci_low=min(move.ci_low, move.amount) * scale,
                    ci_high=max(move.ci_high, move.amount) * scale,
                    ci_level=readout.level,
                    n=readout.journeys.n_tracked_conversions,
                    n_of="orders",
                    method=say(
                        "half the sum of absolute differences of shares of credit, {old} against "
                        "{new}, over paid channels, times spend",
                        old=readout.model_label(readout.contrast),
                        new=readout.model_label(readout.main),
                    ),
                    source=_COSTS,
                    note=say("over {n_days} days", n_days=readout.n_days),
                )
            )
    return made


def _ends(replicates: FloatArray, value: float, level: float) -> tuple[float, float]:
    """Percentile interval, widened to hold the value where a skewed bootstrap leaves it out."""
    low, high = interval(replicates, level=level)
    return min(float(low), value), max(float(high), value)


def _of_ratio(found: Ratio, unit: str) -> dict[str, Any]:
    return {
        "value": found.value,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        "unit": unit,
    }


def _normal(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)
