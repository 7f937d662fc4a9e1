import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from omnisim.errors import DesignError
from omnisim.figures import house
from omnisim.figures.risks import (
    exceedance_curve,
    loss_by_risk,
    risk_heat_map,
    treatment_benefit,
)

POINTS = pd.DataFrame(
    {
        "id": ["R1", "R2"],
        "risk": ["Late parcels", "Outage at the worst possible hour of the year"],
        "level": ["very_high", "low"],
        "rate": [200.0, 0.5],
        "rate_low": [150.0, 0.004],
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
EDGES = {
    "rate_edges": (0.1, 1, 12, 365),
    "rate_labels": ("rare", "unlikely", "possible", "likely", "frequent"),
    "impact_edges": (1.0, 10.0, 100.0, 1000.0),
    "impact_labels": ("negligible", "minor", "moderate", "severe", "critical"),
    "level_edges": (100.0, 500.0, 2000.0),
    "currency": "USD",
}


def texts(axes):
    return [t.get_text() for t in axes.texts]


def test_heat_map_is_logarithmic_on_real_edges_and_holds_all_points():
    cells = pd.DataFrame(np.eye(5))
    figure = risk_heat_map(POINTS, cells=cells, **EDGES)
    axes, key = figure.axes
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert axes.get_xticks().tolist() == [0.1, 1, 12, 365]
    assert axes.get_yticks().tolist() == [1.0, 10.0, 100.0, 1000.0]
    low, high = axes.get_xlim()
    assert low <= 0.004 / 1.99  # the long left arm of the outage fits
    assert high >= 365 * 365 / 12
    words = texts(axes)
    assert {"1", "2", *EDGES["rate_labels"], *EDGES["impact_labels"]} <= set(words)
    levels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert levels == ["Low", "Medium", "High", "Very high"]
    assert sum(word == "1.00" for word in words) == 5
    assert texts(key)[0].startswith("1   Late parcels (very high)\n2   Outage")


def test_heat_map_bands_change_where_rate_times_loss_is_the_edge():
    axes = risk_heat_map(POINTS, **EDGES).axes[0]
    bands = [c for c in axes.collections if c.get_zorder() == 0]
    assert len(bands) == 4
    for band, low, high in zip(bands[1:3], (100.0, 500.0), (500.0, 2000.0), strict=True):
        product = np.prod(band.get_paths()[0].vertices, axis=1)
        y = band.get_paths()[0].vertices[:, 1]
        inside = (y > axes.get_ylim()[0] * 1.01) & (y < axes.get_ylim()[1] / 1.01)
        assert product[inside].min() >= low * (1 - 1e-9)
        assert product[inside].max() <= high * (1 + 1e-9)


def test_loss_bars_carry_levels_in_words_as_well_as_colour():
    axes = loss_by_risk(POINTS, currency="USD").axes[0]
    assert [bar.get_width() for bar in axes.patches] == [10_000.0, 450.0]
    assert (
        mpl.colors.to_hex(axes.patches[0].get_facecolor()).upper() == house.RISK_LEVELS["very_high"]
    )
    assert any("10k" in word and "very high" in word for word in texts(axes))
    assert axes.get_xlim()[1] > 14_000


def test_exceedance_curve_draws_both_and_marks_the_tolerance():
    share = np.array([0.001, 0.1, 1.0])
    figure = exceedance_curve(
        {"today": ([9.0, 5.0, 0.0], share), "with the plan": ([5.0, 2.0, 0.0], share)},
        currency="USD",
        marks={"tolerance": 4.0},
    )
    axes = figure.axes[0]
    assert [line.get_label() for line in axes.lines[:2]] == ["today", "with the plan"]
    assert axes.lines[2].get_xdata()[0] == 4.0
    assert axes.get_yscale() == "log"
    with pytest.raises(DesignError, match="at least one curve"):
        exceedance_curve({}, currency="USD")


def test_treatments_show_what_is_in_the_plan():
    table = pd.DataFrame(
        {
            "treatment": ["A", "B"],
            "net": [5.0, -1.0],
            "net_low": [1.0, -3.0],
            "net_high": [9.0, 2.0],
            "in_plan": [True, False],
        }
    )
    axes = treatment_benefit(table, currency="USD").axes[0]
    handles = axes.get_legend_handles_labels()[1]
    assert handles == ["in the plan", "not in the plan"]
    offsets = [c.get_offsets().tolist() for c in axes.collections if len(c.get_offsets())]
    assert [[5.0, 1.0]] in offsets
    assert [[-1.0, 0.0]] in offsets


@pytest.mark.parametrize("draw", [loss_by_risk, treatment_benefit])
def test_missing_columns_are_named(draw):
    with pytest.raises(DesignError, match="missing"):
        draw(POINTS[["id"]], currency="USD")
