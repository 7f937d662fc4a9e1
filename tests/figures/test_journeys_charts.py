"""Charts of journeys: what they draw is what the frame says."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from omnisim.errors import DesignError
from omnisim.figures import journeys as charts

POINTS = pd.DataFrame(
    {
        "label": ["E-mail", "E-mail", "Direct", "Direct"],
        "model": ["markov", "last"] * 2,
        "model_label": ["Markov chain", "Last contact"] * 2,
        "value": [50.0, 30.0, 20.0, 40.0],
        "low": [40.0, 25.0, 15.0, 30.0],
        "high": [60.0, 35.0, 25.0, 50.0],
    }
)
FLOW = pd.DataFrame(
    {
        "First contact": ["E-mail", "E-mail", "Other"],
        "Last contact": ["Direct", "E-mail", "Direct"],
        "Ordered in": ["Web", "Store", "Web"],
        "Orders": [3, 5, 2],
    }
)


def words(figure: Figure) -> list[str]:
    figure.canvas.draw()
    axes = figure.axes[0]
    return [t.get_text() for t in axes.texts]


def test_credit_dots_draws_each_model_at_its_value():
    figure = charts.credit_dots(POINTS, models=("markov", "last"), unit="USD")
    axes = figure.axes[0]
    drawn = {
        c.get_label(): c.get_offsets().tolist() for c in axes.collections if c.get_label()[0] != "_"
    }
    assert drawn["Markov chain (bar: interval)"] == [[50, 0], [20, 1]]
    assert drawn["Last contact"] == [[30, 0], [40, 1]]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["E-mail", "Direct"]
    with pytest.raises(DesignError, match="no rows of model 'linear'"):
        charts.credit_dots(POINTS, models=("linear",), unit="USD")
    with pytest.raises(DesignError, match=r"no column \['low'\]"):
        charts.credit_dots(POINTS.drop(columns="low"), models=("last",), unit="USD")


def test_heat_map_prints_percent_and_leaves_rare_moves_blank():
    matrix = pd.DataFrame(
        [[0.002, 0.008, 0.99], [0.25, 0.75, 0.0]], index=["Start", "a"], columns=["a", "b", "Order"]
    )
    assert words(charts.transition_heat_map(matrix)) == ["<1", "99", "25", "75"]
    with pytest.raises(DesignError, match="probabilities"):
        charts.transition_heat_map(matrix * 3)
    with pytest.raises(DesignError, match="probabilities"):
        charts.transition_heat_map(matrix.replace(0.25, np.nan))


def test_flow_boxes_are_shares_of_each_stage():
    figure = charts.journey_flow(FLOW, size="Orders")
    texts = words(figure)
    for expected in ("E-mail  80%", "Other  20%", "Direct  50%", "Web  50%", "Store  50%"):
        assert expected in texts
    ribbons = [p for p in figure.axes[0].patches if type(p).__name__ == "PathPatch"]
    heights = sorted(p.get_path().vertices[0][1] - p.get_path().vertices[-2][1] for p in ribbons)
    # Two steps, three ways each: 0.2, 0.3 and 0.5 of all orders.
    assert heights == pytest.approx([0.2, 0.2, 0.3, 0.3, 0.5, 0.5])
    with pytest.raises(DesignError, match="amounts > 0"):
        charts.journey_flow(FLOW.assign(Orders=0), size="Orders")
    with pytest.raises(DesignError, match="two stages"):
        charts.journey_flow(FLOW[["Ordered in", "Orders"]], size="Orders")


def test_flow_ribbons_stay_inside_their_boxes():
    figure = charts.journey_flow(FLOW, size="Orders")
    boxes = [
        (p.get_x(), p.get_y(), p.get_y() + p.get_height())
        for p in figure.axes[0].patches
        if type(p).__name__ == "Rectangle"
    ]
    for ribbon in (p for p in figure.axes[0].patches if type(p).__name__ == "PathPatch"):
        v = ribbon.get_path().vertices
        for x, top, bottom in ((v[0][0], v[0][1], v[-2][1]), (v[3][0], v[3][1], v[4][1])):
            assert any(
                abs(x - bx - 0.015) < 0.02 and low - 1e-9 <= bottom and top <= high + 1e-9
                for bx, low, high in boxes
            )


def test_returns_ranges_show_break_even_and_channels_without_credit():
    frame = pd.DataFrame(
        {
            "label": ["SMS", "Affiliate"],
            "value": [0.0, 3.0],
            "low": [0.0, 0.8],
            "high": [0.0, 4.0],
            "verdict": ["below", "depends"],
        }
    )
    figure = charts.returns_ranges(frame, break_even=1.0, main_label="Markov chain")
    axes = figure.axes[0]
    assert axes.get_xscale() == "log"
    assert "break-even 1" in words(figure)
    dots = [c for c in axes.collections if type(c).__name__ == "PathCollection"]
    left = min(c.get_offsets()[0][0] for c in dots)
    assert left == pytest.approx(0.4)  # half of the lowest credit, where the log axis begins
    with pytest.raises(DesignError, match="no paid channel"):
        charts.returns_ranges(frame[:0], break_even=1.0, main_label="m")


def test_overclaim_dots_draws_caused_and_credited():
    frame = pd.DataFrame(
        {
            "Channel": ["SMS", "SMS"],
            "Model": ["Markov chain", "Last contact"],
            "Credited": [90.0, 120.0],
            "Caused": [30.0, 30.0],
            "Spread of caused": [5.0, 5.0],
        }
    )
    figure = charts.overclaim_dots(frame, unit="USD")
    drawn = {c.get_label(): c.get_offsets().tolist() for c in figure.axes[0].collections}
    assert drawn["Caused (known)"] == [[30, 0]]
    assert drawn["Credited: Last contact"] == [[120, 0]]


def test_same_bytes_twice(tmp_path):
    import matplotlib as mpl

    files = []
    for name in ("a.svg", "b.svg"):
        figure = charts.journey_flow(FLOW, size="Orders")
        with mpl.rc_context({"svg.hashsalt": "omnisim"}):
            figure.savefig(tmp_path / name, metadata={"Date": None})
        files.append((tmp_path / name).read_bytes())
    assert files[0] == files[1]
