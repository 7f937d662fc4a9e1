"""Every exhibit with usual data, with one row, and with data that leave little room for words.

Crowded means: names of forty letters (twenty Chinese characters), as many rows as a report ever shows, points on
top of each other, events on neighbouring days, shares next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from omnisim.figures import (
    calendar,
    cards,
    counterfactual,
    effects,
    frontier,
    heat,
    journeys,
    journeys_steps,
    members,
    overview,
    radar,
    risks,
    roadmap,
    service_levels,
    studies,
    timeline,
    tornado,
    waterfall,
    world_map,
)
from omnisim.figures.risk_matrix import LEVELS
from omnisim.language import remember

SIZES = ("usual", "one", "crowded")
ROWS = {"usual": 6, "one": 1, "crowded": 12}
WEEKS = pd.date_range("2025-01-06", periods=52, freq="7D")
RATES = pd.DataFrame({"week_date": WEEKS, "share": 0.1, "ci_low": 0.05, "ci_high": 0.2})
SALES = pd.DataFrame({"week_date": WEEKS, "net_amount": np.linspace(1e4, 2e4, 52)})
DAILY = pd.DataFrame({"date": pd.date_range("2025-01-06", periods=364), "net_amount": 1e4})


def names(size: str, word: str = "Channel", zh: str = "渠道") -> list[str]:
    """Names of the rows, known in Chinese; of forty letters where it is crowded."""
    if size != "crowded":
        return [remember(f"{word} {k}", zh=f"{zh}{k}") for k in range(ROWS[size])]
    return [
        remember(
            f"{word} {k:02d} with a rather long name to be told".ljust(40, "x")[:40],
            zh=f"{zh}{k:02d}一个相当长的名称共二十个汉字以上"[:20],
        )
        for k in range(ROWS[size])
    ]


def cards_of(size: str) -> Figure:
    """Key numbers."""
    labels = names(size)[: cards.MOST]
    value = "USD 123.4M a year" if size == "crowded" else "USD 5k"
    return cards.kpi_cards(
        pd.DataFrame(
            {
                "label": labels,
                "value": value,
                "detail": "95% interval USD 60,300 to 403,000 over the year of the test",
                "state": "good",
            }
        )
    )


def waterfall_of(size: str) -> Figure:
    """Steps of very different size."""
    steps = [1e6 * (-1) ** k / 3**k for k in range(ROWS[size] - 1)]
    frame = pd.DataFrame(
        {
            "label": names(size),
            "value": [1e6, *steps],
            "kind": ["total", *["step"] * len(steps)],
        }
    )
    return waterfall.waterfall(frame, unit=remember("Net sales (USD)", zh="净销售额（美元）"))


def roadmap_of(size: str) -> Figure:
    """Actions in four periods, gates in each."""
    n = ROWS[size]
    frame = pd.DataFrame(
        {
            "action": names(size, "Action", "行动"),
            "owner": names(size, "Owner", "负责人"),
            "start": [k % 4 for k in range(n)],
            "length": 1,
            "effort": [("low", "medium", "high")[k % 3] for k in range(n)],
        }
    )
    gates = [(k, name) for k, name in enumerate(names(size, "Gate", "关口")[:4])]
    periods = [
        remember(f"Months {3 * k + 1}-{3 * k + 3}", zh=f"第{3 * k + 1}至{3 * k + 3}月")
        for k in range(4)
    ]
    return roadmap.roadmap(frame, periods=periods, gates=gates)


def radar_of(size: str) -> Figure:
    """Three dimensions at least, ten at most."""
    labels = names("crowded" if size == "crowded" else "usual", "Risk", "风险")[
        : 3 if size == "one" else 10
    ]
    frame = pd.DataFrame(
        {"dimension": labels, "now": [1 + k % 4 for k in range(len(labels))], "then": 1}
    )
    levels = [
        remember(w, zh=z)
        for w, z in (("Low", "低"), ("Medium", "中"), ("High", "高"), ("Very high", "极高"))
    ]
    return radar.radar(
        frame,
        levels=levels,
        now=remember("today", zh="目前"),
        then=remember("with the plan", zh="实施计划后"),
    )


def intervals(size: str) -> pd.DataFrame:
    """Rows with an interval; large numbers where it is crowded."""
    scale = 1e7 if size == "crowded" else 1.0
    n = ROWS[size]
    value = scale * np.linspace(-1, 2, n)
    return pd.DataFrame(
        {
            "label": names(size),
            "value": value,
            "ci_low": value - scale,
            "ci_high": value + scale,
            "is_credible": [k == n - 1 for k in range(n)],
        }
    )


def event_study_of(size: str) -> Figure:
    """Weeks around a start."""
    n = {"usual": 20, "one": 1, "crowded": 60}[size]
    week = np.arange(-n, n)
    value = np.where(week < 0, 0.0, 1e6 if size == "crowded" else 20.0) + np.sin(week)
    frame = pd.DataFrame({"event_week": week, "value": value, "n_stores": 5})
    for name, reach in (("ci", 1.0), ("band", 2.0)):
        frame[f"{name}_low"], frame[f"{name}_high"] = value - reach, value + reach
    truth = frame[frame["event_week"] >= 0]
    unit = remember("Net sales per store-week (USD)", zh="每店每周净销售额（美元）")
    return effects.event_study_plot(frame, unit=unit, skipped_weeks=4 if n > 4 else 0, truth=truth)


def path_of(size: str) -> Figure:
    """Two lines that end in the same point where it is crowded."""
    n = {"usual": 40, "one": 2, "crowded": 60}[size]
    week = np.arange(n)
    treated = 100 + np.sin(week)
    shift = 0.0 if size == "crowded" else 5.0
    frame = pd.DataFrame({"week": week, "treated": treated, "synthetic": treated - shift})
    long = names("crowded", "Store", "门店")
    lines = (
        long[:2]
        if size == "crowded"
        else [remember("treated", zh="试点"), remember("synthetic", zh="合成对照")]
    )
    return counterfactual.counterfactual_path(
        frame, start=n // 2, unit=remember("Sales", zh="销售额"), treated=lines[0], synthetic=lines[1],
        placebos=pd.DataFrame(np.zeros((n, 3))),
    )  # fmt: skip


def risk_points(size: str) -> pd.DataFrame:
    """Risks; all in one cell where it is crowded."""
    n = ROWS[size]
    place = np.arange(n)
    rate = 5.0 + 0.01 * place if size == "crowded" else 0.05 * 6.0**place
    severity = 50.0 + 0.1 * place if size == "crowded" else 5000.0 / 4.0**place
    return pd.DataFrame(
        {
            "id": [f"R{k}" for k in place],
            "risk": names(size, "Risk", "风险"),
            "level": [LEVELS[k % 4] for k in place],
            "is_raised": place % 2 == 0,
            "rate": rate,
            "rate_low": rate / 3,
            "rate_high": rate * 3,
            "severity": severity,
            "severity_low": severity / 3,
            "severity_high": severity * 3,
            "eal": rate * severity,
            "eal_low": rate * severity / 2,
            "eal_high": rate * severity * 2,
            "p95": rate * severity * 3,
        }
    )


def matrix_of(size: str) -> Figure:
    """The matrix; its steps are narrow where it is crowded, as one point lies far away."""
    points = risk_points(size)
    if size == "crowded":
        points.loc[0, ["rate_low", "severity_low"]] = 1e-5, 1e-3
    return risks.risk_heat_map(
        points,
        rate_edges=(0.1, 1, 12, 365),
        rate_labels=[remember(w, zh=z) for w, z in zip(("rare", "unlikely", "possible", "likely", "frequent"), ("极少", "不太可能", "可能", "很可能", "频繁"), strict=True)],
        impact_edges=(15.6, 156.0, 1560.0, 15600.0),
        impact_labels=[remember(w, zh=z) for w, z in zip(("negligible", "minor", "moderate", "severe", "critical"), ("可忽略", "轻微", "中等", "严重", "灾难性"), strict=True)],
        level_edges=(100.0, 500.0, 2000.0),
        currency="USD",
        cells=pd.DataFrame(np.full((5, 5), 1.25) if size == "crowded" else np.eye(5)),
    )  # fmt: skip


def exceedance_of(size: str) -> Figure:
    """Curves of which the marks lie at the right end."""
    amount = np.linspace(0, 1e6, 50)
    n = {"usual": 2, "one": 1, "crowded": 4}[size]
    curves = {
        name: (amount, np.exp(-amount / 2e5 / (k + 1))) for k, name in enumerate(names(size)[:n])
    }
    marks = {name: 9.0e5 + 1e4 * k for k, name in enumerate(names(size, "Mark", "界限")[:n])}
    return risks.exceedance_curve(curves, currency="USD", marks=marks)


def treatments_of(size: str) -> Figure:
    """Treatments of which the last ones lie where the legend stood."""
    n = ROWS[size]
    net = 1e5 * np.arange(n)
    return risks.treatment_benefit(
        pd.DataFrame(
            {
                "treatment": names(size, "Treatment", "措施"),
                "net": net,
                "net_low": net - 1e5,
                "net_high": net + 1e5,
                "in_plan": [k % 2 == 0 for k in range(n)],
            }
        ),
        currency="USD",
    )


def tornado_of(size: str) -> Figure:
    """Inputs, the last ones without effect."""
    n = ROWS[size]
    reach = 1e5 / 3.0 ** np.arange(n)
    frame = pd.DataFrame(
        {"label": names(size, "Input", "输入"), "at_low": 1e6 - reach, "at_high": 1e6 + reach}
    )
    low, high = names(size, "End", "端点")[0], names(size, "End", "端点")[-1]
    return tornado.tornado(frame, base=1e6, unit="Loss (USD)", low=low, high=high)


def frontier_of(size: str) -> Figure:
    """Choices; budget and best lie together where it is crowded."""
    cost = np.linspace(0, 9e5, ROWS[size])
    frame = pd.DataFrame({"cost": cost, "value": 2 * cost, "low": cost, "high": 3 * cost})
    best = 5.0e5 if size == "crowded" else 2e5
    return frontier.budget_frontier(
        frame, cost=remember("Cost (USD)", zh="成本（美元）"), value=remember("Value (USD)", zh="收益（美元）"), budget=5.01e5, best=best
    )  # fmt: skip


def flow_of(size: str) -> Figure:
    """Three stages; four of sixteen names with tiny ribbons where it is crowded."""
    if size == "crowded":
        labels = [*names(size), *names(size, "Rest", "其余")[:4]]
        amounts = [1000, *[1] * 15]
        stages = ["First contact", "Second contact", "Third contact", "Ordered in"]
    else:
        labels, amounts = names(size), [60 // (k + 1) for k in range(ROWS[size])]
        stages = ["First contact", "Last contact", "Ordered in"]
    columns = {stage: labels if k % 2 else labels[::-1] for k, stage in enumerate(stages)}
    return journeys.journey_flow(pd.DataFrame({**columns, "Orders": amounts}), size="Orders")


def square(size: str) -> pd.DataFrame:
    """Shares from every name to every name."""
    labels = names(size)
    return pd.DataFrame(np.full((len(labels),) * 2, 1 / len(labels)), index=labels, columns=labels)


def credit_of(size: str) -> Figure:
    """Every model gives the last channel most."""
    models = names(size, "Model", "模型")[:8]
    rows = [
        (label, model, model, 1e6 * (k + 1), 9e5 * (k + 1), 1.1e6 * (k + 1))
        for k, label in enumerate(names(size))
        for model in models
    ]
    frame = pd.DataFrame(rows, columns=["label", "model", "model_label", "value", "low", "high"])
    return journeys.credit_dots(frame, models=models, unit="USD")


def returns_of(size: str) -> Figure:
    """Channels below, around and above break-even."""
    n = ROWS[size]
    value = np.geomspace(0.01, 100, n)
    frame = pd.DataFrame(
        {
            "label": names(size),
            "value": value,
            "low": value / 2,
            "high": value * 2,
            "verdict": [("below", "depends", "above")[k % 3] for k in range(n)],
        }
    )
    main = names(size, "Model", "模型")[0]
    return journeys.returns_ranges(frame, break_even=1.0, main_label=main)


def overclaim_of(size: str) -> Figure:
    """Credit beside the cause."""
    models = names(size, "Model", "模型")[: 4 if size == "crowded" else 2]
    rows = [(c, m, 1e6, 9e5, 1e5) for c in names(size) for m in models]
    columns = ["Channel", "Model", "Credited", "Caused", "Spread of caused"]
    return journeys.overclaim_dots(pd.DataFrame(rows, columns=columns), unit="USD")


def steps_of(size: str) -> Figure:
    """Places of the journey."""
    labels = names(size)
    n = {"usual": 6, "one": 1, "crowded": 12}[size]
    frame = pd.DataFrame(
        np.full((len(labels), n), 1 / len(labels)), index=labels, columns=range(1, n + 1)
    )
    return journeys_steps.step_heat_map(frame, ends=labels[-1:])


def bars_of(size: str) -> Figure:
    """Shares with a benchmark right behind each bar."""
    value = np.linspace(0.3, 0.02, ROWS[size])
    frame = pd.DataFrame(
        {"label": names(size), "value": value, "low": value - 0.01, "high": value + 0.01, "benchmark": value + 0.02}
    )  # fmt: skip
    return journeys_steps.share_bars(frame, label=remember("Share of orders", zh="订单占比"))


def belief_of(size: str) -> Figure:
    """Models by worlds."""
    worlds = names(size, "World", "世界")[:8]
    rows = [
        (world, model, "credit" if k % 2 else "incremental", 0.1 * (k + 1))
        for k, model in enumerate(names(size, "Model", "模型"))
        for world in worlds
    ]
    frame = pd.DataFrame(rows, columns=["world_label", "model_label", "kind", "error"])
    return journeys_steps.belief_heat_map(frame, error="error", label=remember("Error", zh="误差"))


def weekly_of(size: str) -> Figure:
    """Sales by channel."""
    channels = {
        "usual": ["store", "web", "app"],
        "one": ["store"],
        "crowded": list(overview.ORDER_CHANNEL_LABELS),
    }
    weeks = WEEKS if size == "crowded" else WEEKS[:20]
    rows = [(week, c, 1e6 / (k + 1)) for k, c in enumerate(channels[size]) for week in weeks]
    return overview.sales_over_time(
        pd.DataFrame(rows, columns=["week_date", "order_channel", "net_amount"]), currency="USD"
    )


def spans(size: str) -> pd.DataFrame:
    """Events; on neighbouring days at both ends of the year where it is crowded."""
    n = ROWS[size]
    first = WEEKS[0] if size != "crowded" else WEEKS[50]
    start = [first + pd.Timedelta(days=k if size == "crowded" else 50 * k) for k in range(n)]
    made = [
        pd.DataFrame(
            {
                "lane": lane,
                "kind": kind,
                "label": names(size, word, zh),
                "started_date": start,
                "ended_date": [
                    day + pd.Timedelta(days=20 if size == "usual" else 2) for day in start
                ],
                "is_own": kind != "shock",
            }
        )
        for lane, kind, word, zh in (
            ("Campaigns", "festival", "Festival", "节日"),
            ("Promotions", "promotion", "Sale", "促销"),
            ("From outside", "shock", "Shock", "冲击"),
        )
    ]
    holidays = made[0].assign(kind="holiday", ended_date=start)
    return pd.concat([*made, holidays] if size != "one" else made[:1], ignore_index=True)


def stores(size: str) -> pd.DataFrame:
    """Stores; forty within a town where it is crowded."""
    n = {"usual": 20, "one": 1, "crowded": 40}[size]
    rng = np.random.default_rng(1)
    spot = rng.normal(0, 0.01 if size == "crowded" else 5.0, (n, 2))
    if size == "usual":  # the largest store at the right end, alone
        spot[:, 1] = np.sort(spot[:, 1])[::-1]
    long = " with a rather long name, like a street" if size == "crowded" else " West Nicholashaven"
    return pd.DataFrame(
        {
            "location_id": range(n),
            "location_kind": "store",
            "location_name": [f"Store {k:02d}{long}"[:40] for k in range(n)],
            "region": [f"Region {k % 6}" for k in range(n)],
            "latitude": 40 + spot[:, 0],
            "longitude": -90 + spot[:, 1],
            "catchment_sales": np.linspace(1e6, 9e5, n),
            "online_share": np.linspace(0.1, 0.9, n),
            "n_customers": np.linspace(1e4, 9e3, n).round(),
            "store_sales": np.linspace(1e6, 9e5, n),
        }
    )


def funnel_of(size: str) -> Figure:
    """Steps whose numbers stand in and beside the bars."""
    share = np.linspace(1, 0.55, ROWS[size])
    frame = pd.DataFrame(
        {"step": names(size, "Step", "步骤"), "n_sessions": 1e8 * share, "share_of_start": share}
    )
    return overview.funnel_chart(frame)


def cohorts(size: str, age: str) -> pd.DataFrame:
    """A triangle of cohorts."""
    n = {"usual": 6, "one": 1, "crowded": 13}[size]
    months = pd.date_range("2025-01-01", periods=n, freq="MS")
    rows = [
        (k, months[k], p, 0.1 + 0.01 * p, 1_000_000)
        for k in range(n)
        for p in range(n + 1 - k if age == "period" else n - k)
    ]
    return pd.DataFrame(rows, columns=["cohort", "joined_month", age, "share", "n_cohort"])


def experience_of(size: str) -> Figure:
    """Seven stages by touchpoints."""
    stages = ["discover", "consider", "buy", "receive", "use", "return", "service"][
        : 1 if size == "one" else 7
    ]
    rows = [
        (s, t, 0.8, 5 + 20_000 * k)
        for s in stages
        for k, t in enumerate(names(size, "Touchpoint", "触点"))
    ]
    frame = pd.DataFrame(rows, columns=["stage", "touchpoint", "share", "n_answered"])
    return heat.experience_heat_map(frame, stages=stages)


def stock_of(size: str) -> Figure:
    """Locations by week."""
    weeks = WEEKS[: {"usual": 30, "one": 1, "crowded": 52}[size]]
    rows = [
        (k, name, w, 0.05, 7) for k, name in enumerate(names(size, "Store", "门店")) for w in weeks
    ]
    return heat.stock_out_heat_map(
        pd.DataFrame(rows, columns=["location_id", "location_name", "week_date", "share", "n_days"])
    )


def lateness_of(size: str) -> Figure:
    """Ways of hand-over."""
    ways = RATES.head(ROWS[size]).assign(way=names(size, "Way", "方式"), n_due=1_000_000)
    return service_levels.lateness_chart(RATES, ways)


def nps_of(size: str) -> Figure:
    """Groups of answers."""
    frame = RATES.head(ROWS[size]).assign(
        group=names(size, "Group", "组别"), n_invited=9_000_000, n_answered=3_000_000, nps=40.0, nps_low=-30.0, nps_high=90.0
    )  # fmt: skip
    return service_levels.nps_chart(frame)


def service_of(size: str) -> Figure:
    """Reasons of contacts, from minutes to weeks."""
    frame = pd.DataFrame(
        {
            "label": names(size, "Reason", "事由"),
            "n_contacts": 1_000_000,
            "wait_median": 1.0,
            "wait_p90": 20_000.0,
            "hours_median": 0.02,
            "hours_p90": 300.0,
        }
    )
    return service_levels.service_chart(frame)


def tiers_of(size: str) -> Figure:
    """Tiers and bookings."""
    tiers = [f"tier {k}" for k in range(ROWS[size])][:6]
    frame = pd.DataFrame(
        {"tier": tiers, "n_accounts": 1_000_000, "account_share": 1.0, "sales_share": 0.99}
    )
    points = pd.DataFrame({"label": names(size, "Booking", "记账"), "n_points": 1_500_000})
    return members.tiers_chart(frame, points)


def maturity_of(size: str) -> Figure:
    """Domains at the highest level."""
    frame = pd.DataFrame({"domain": names(size, "Domain", "领域"), "proven": 1, "possible": 5})
    levels = {
        1: "Initial",
        2: "Managed",
        3: "Defined",
        4: "Quantitatively managed",
        5: "Optimising",
    }
    return overview.maturity_chart(frame, levels=levels)


def study_rows(size: str) -> pd.DataFrame:
    """Methods over two dials."""
    rows = [
        (method, a, b, 1e5, 1e3, 1e6, 1e6, 1e4, 0.94, 0.01, 200)
        for method in names(size, "Method", "方法")
        for a in np.linspace(0, 1, {"usual": 4, "one": 1, "crowded": 8}[size])
        for b in (1.0, 2.0)
    ]
    columns = ["method", "a", "b", "bias", "bias_mc_error", "empirical_se", "rmse", "rmse_mc_error"]
    return pd.DataFrame(rows, columns=[*columns, "coverage", "coverage_mc_error", "n"])


UNIT = remember("Effect (USD per customer)", zh="效果（美元/客户）")
CASES: dict[Callable[..., Figure], Callable[[str], Figure]] = {
    cards.kpi_cards: cards_of,
    waterfall.waterfall: waterfall_of,
    roadmap.roadmap: roadmap_of,
    radar.radar: radar_of,
    effects.forest_plot: lambda size: effects.forest_plot(intervals(size), unit=UNIT),
    effects.estimate_comparison: lambda size: effects.estimate_comparison(
        intervals(size), unit=UNIT, truth=float(intervals(size)["value"].max())
    ),
    effects.event_study_plot: event_study_of,
    counterfactual.counterfactual_path: path_of,
    risks.risk_heat_map: matrix_of,
    risks.loss_by_risk: lambda size: risks.loss_by_risk(risk_points(size), currency="USD"),
    risks.exceedance_curve: exceedance_of,
    risks.treatment_benefit: treatments_of,
    tornado.tornado: tornado_of,
    frontier.budget_frontier: frontier_of,
    journeys.journey_flow: flow_of,
    journeys.transition_heat_map: lambda size: journeys.transition_heat_map(square(size)),
    journeys.credit_dots: credit_of,
    journeys.returns_ranges: returns_of,
    journeys.overclaim_dots: overclaim_of,
    journeys_steps.step_heat_map: steps_of,
    journeys_steps.share_bars: bars_of,
    journeys_steps.belief_heat_map: belief_of,
    overview.sales_over_time: weekly_of,
    calendar.calendar_heat_map: lambda size: calendar.calendar_heat_map(
        DAILY, currency="USD", marks=spans(size)
    ),
    timeline.causes_timeline: lambda size: timeline.causes_timeline(
        spans(size), SALES, currency="USD"
    ),
    overview.store_map: lambda size: overview.store_map(stores(size), currency="USD"),
    world_map.world_map: lambda size: world_map.world_map(stores(size), currency="USD"),
    overview.funnel_chart: funnel_of,
    overview.cohort_heat_map: lambda size: overview.cohort_heat_map(cohorts(size, "period")),
    heat.joining_heat_map: lambda size: heat.joining_heat_map(cohorts(size, "age_months")),
    heat.experience_heat_map: experience_of,
    heat.stock_out_heat_map: stock_of,
    service_levels.stock_outs_chart: lambda _size: service_levels.stock_outs_chart(
        RATES, SALES.rename(columns={"net_amount": "lost_amount"}), currency="USD"
    ),
    service_levels.lateness_chart: lateness_of,
    service_levels.nps_chart: nps_of,
    service_levels.service_chart: service_of,
    members.tiers_chart: tiers_of,
    overview.maturity_chart: maturity_of,
    studies.bias_and_spread: lambda size: studies.bias_and_spread(study_rows(size), unit="USD"),
    studies.measure_by_dial: lambda size: studies.measure_by_dial(study_rows(size), "a"),
    studies.response_surface: lambda size: studies.response_surface(study_rows(size), ["a", "b"]),
}  # fmt: skip
