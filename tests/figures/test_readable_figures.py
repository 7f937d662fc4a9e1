"""Every word of a chart is large enough on paper, where charts are placed at their own size."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from omnisim.figures import effects, house, journeys, overview, risks

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
DRAW = {
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


def test_flow_leaves_out_names_of_ways_too_small_for_a_line():
    figure = journeys.journey_flow(
        pd.DataFrame({"First": ["Big", "Tiny"], "Last": ["Big", "Tiny"], "Orders": [990, 10]}),
        size="Orders",
    )
    words = [t.get_text() for t in figure.axes[0].texts]
    assert "Big  99%" in words
    assert not any("Tiny" in word for word in words)


def test_a_figure_shows_itself_in_a_notebook():
    figure, axes = house.new_figure(2.0)
    axes.plot([0, 1])
    assert figure._repr_png_().startswith(b"\x89PNG")
