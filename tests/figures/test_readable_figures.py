"""Every word of a chart is large enough on paper, where charts are placed at their own size."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from omnisim.figures import (
    calendar,
    effects,
    heat,
    house,
    journeys,
    members,
    overview,
    risks,
    service_levels,
    timeline,
)
from omnisim.figures.world_map import world_map

RNG = np.random.default_rng(1)
CHANNELS = [f"Channel {k}" for k in range(16)]
INTERVALS = pd.DataFrame(
    {"label": ["All", "Wave 1"], "value": [2.0, 1.0], "ci_low": [1.0, 0.0], "ci_high": [3.0, 2.0]}
)
STORES = pd.DataFrame(
    {
        "location_name": ["North", "South"],
        "latitude": [40.0, 41.0],
        "longitude": [-74.0, -73.0],
        "catchment_sales": [100.0, 1e6],
        "online_share": [0.3, 0.4],
    }
)
COHORTS = pd.DataFrame(
    [(c, p, 0.1 + 0.01 * p, 50) for c in range(12) for p in range(1, 13 - c)],
    columns=["cohort", "period", "share", "n_cohort"],
)
RISKS = pd.DataFrame(
    {
        "id": ["R1", "R2"],
        "risk": ["Late parcels", "Outage at the worst possible hour of the year"],
        "level": ["very_high", "low"],
        "rate": [200.0, 0.5],
        "rate_low": [150.0, 0.1],
        "rate_high": [260.0, 2.0],
        "severity": [50.0, 900.0],
        "severity_low": [40.0, 300.0],
        "severity_high": [60.0, 2000.0],
        "eal": [10_000.0, 450.0],
        "eal_low": [7000.0, 10.0],
        "eal_high": [13_000.0, 1500.0],
        "p95": [14_000.0, 2200.0],
    }
)
FLOW = pd.DataFrame(
    {"First contact": CHANNELS, "Last contact": CHANNELS[::-1], "Orders": RNG.integers(1, 99, 16)}
)
PLACES = STORES.assign(
    location_kind="store",
    region=["North", "South"],
    n_customers=[50, 70],
    store_sales=[10.0, 1e6],
)
WEEKS = pd.date_range("2025-01-06", periods=52, freq="7D")
SALES = pd.DataFrame({"week_date": WEEKS, "net_amount": RNG.uniform(1e4, 2e4, 52)})
RATES = pd.DataFrame({"week_date": WEEKS, "share": 0.1, "ci_low": 0.05, "ci_high": 0.2})
DAILY = pd.DataFrame({"date": pd.date_range("2025-01-06", periods=364), "net_amount": 1.0})
SPANS = pd.DataFrame(
    {
        "lane": np.repeat(["Promotions", "Campaigns", "From outside", "Roll-outs"], 6),
        "kind": np.repeat(["festival", "holiday", "promotion", "shock"], 6),
        "label": [f"A cause with a long name {k}" for k in range(24)],
        "started_date": np.tile(WEEKS[::9], 4),
        "ended_date": np.tile(WEEKS[::9] + pd.Timedelta(days=9), 4),
        "is_own": [True, False] * 12,
    }
)
STAGES = ("discover", "consider", "buy", "receive", "use", "return", "service")
RATED = pd.DataFrame(
    [(s, f"Touchpoint {k}", 0.8, 5 * k) for s in STAGES for k in range(11)],
    columns=["stage", "touchpoint", "share", "n_answered"],
)
WAYS = RATES.head(5).assign(way="Parcel post", n_due=1200)
SCORES = RATES.head(5).assign(
    group="All, weighted to invited",
    n_invited=9000,
    n_answered=3000,
    nps=40.0,
    nps_low=30.0,
    nps_high=50.0,
)
CONTACTS = pd.DataFrame(
    {
        "label": ["Where is my order"] * 7,
        "n_contacts": 1200,
        "wait_median": 4.0,
        "wait_p90": 900.0,
        "hours_median": 1.0,
        "hours_p90": 300.0,
    }
)
TIERS = pd.DataFrame(
    {
        "tier": ["base", "silver", "gold"],
        "n_accounts": [9000, 900, 90],
        "account_share": [0.9, 0.09, 0.01],
        "sales_share": [0.3, 0.4, 0.3],
    }
)
POINTS = pd.DataFrame({"label": [f"Kind of booking {k}" for k in range(6)], "n_points": 1_500_000})
STOCK = pd.DataFrame(
    [
        (k, f"A long name of a store {k}", week, 0.05 * (k % 3), 7)
        for k in range(15)
        for week in WEEKS
    ],
    columns=["location_id", "location_name", "week_date", "share", "n_days"],
)
JOINED = pd.DataFrame(
    [
        (month, age, 0.1 + 0.01 * age, 50)
        for k, month in enumerate(pd.date_range("2025-01-01", periods=12, freq="MS"))
        for age in range(12 - k)
    ],
    columns=["joined_month", "age_months", "share", "n_cohort"],
)
DRAW = {
    "map": lambda: world_map(PLACES, currency="USD"),
    "calendar": lambda: calendar.calendar_heat_map(DAILY, currency="USD", marks=SPANS),
    "causes": lambda: timeline.causes_timeline(SPANS, SALES, currency="USD"),
    "joining": lambda: heat.joining_heat_map(JOINED),
    "experience": lambda: heat.experience_heat_map(RATED, stages=STAGES),
    "stock by location": lambda: heat.stock_out_heat_map(STOCK),
    "stock": lambda: service_levels.stock_outs_chart(
        RATES, SALES.rename(columns={"net_amount": "lost_amount"}), currency="USD"
    ),
    "lateness": lambda: service_levels.lateness_chart(RATES, WAYS),
    "nps": lambda: service_levels.nps_chart(SCORES),
    "service": lambda: service_levels.service_chart(CONTACTS),
    "tiers": lambda: members.tiers_chart(TIERS, POINTS),
    "forest": lambda: effects.forest_plot(INTERVALS, unit="USD"),
    "stores": lambda: overview.store_map(STORES, currency="USD"),
    "cohorts": lambda: overview.cohort_heat_map(COHORTS),
    "moves": lambda: journeys.transition_heat_map(
        pd.DataFrame(np.full((17, 18), 1 / 18), index=["Start", *CHANNELS], columns=range(18))
    ),
    "flow": lambda: journeys.journey_flow(FLOW, size="Orders"),
    "losses": lambda: risks.loss_by_risk(RISKS, currency="USD"),
    "matrix": lambda: risks.risk_heat_map(
        RISKS,
        rate_edges=(0.1, 1, 12, 365),
        rate_labels=("rare", "unlikely", "possible", "likely", "frequent"),
        impact_edges=(1.0, 10.0, 100.0, 1000.0),
        impact_labels=("negligible", "minor", "moderate", "severe", "critical"),
        level_edges=(100.0, 500.0, 2000.0),
        currency="USD",
        cells=pd.DataFrame(np.eye(5)),
    ),
}


@pytest.mark.parametrize("name", list(DRAW))
def test_words_are_legible_where_the_figure_is_placed(name):
    figure = DRAW[name]()
    figure.draw_without_rendering()
    width, height = figure.get_size_inches()
    assert width == house.FULL_WIDTH  # 162 mm, the text width of the page: nothing is scaled down
    assert height * 25.4 <= 150  # higher ones would be scaled to leave room on the page
    sizes = [t.get_fontsize() for t in figure.findobj(Text) if t.get_text() and t.get_visible()]
    assert min(sizes) >= house.LEAST_FONT


def test_flow_names_ways_too_small_for_a_line_as_well():
    figure = journeys.journey_flow(
        pd.DataFrame({"First": ["Big", "Tiny"], "Last": ["Big", "Tiny"], "Orders": [990, 10]}),
        size="Orders",
    )
    words = [t.get_text() for t in figure.axes[0].texts]
    assert "Big  99%" in words
    assert words.count("Tiny  1%") == 2


def test_a_figure_shows_itself_in_a_notebook():
    figure, axes = house.new_figure(2.0)
    axes.plot([0, 1])
    assert figure._repr_png_().startswith(b"\x89PNG")
