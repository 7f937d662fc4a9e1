"""Charts of effects hold every row, its numbers and the zero line."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from omnisim.errors import SchemaError
from omnisim.figures.effects import estimate_comparison, event_study_plot, forest_plot

ROWS = pd.DataFrame(
    {
        "label": ["All", "Wave 1"],
        "value": [12.0, -3.0],
        "ci_low": [4.0, -11.0],
        "ci_high": [20.0, 5.0],
        "is_credible": [True, False],
    }
)
WEEKS = pd.DataFrame({"event_week": np.arange(-4, 6)}).assign(
    value=lambda f: 1.0 * f["event_week"],
    ci_low=lambda f: f["value"] - 1,
    ci_high=lambda f: f["value"] + 1,
    band_low=lambda f: f["value"] - 2,
    band_high=lambda f: f["value"] + 2,
    n_stores=3,
)


def words(figure: Figure) -> list[str]:
    axes = figure.axes[0]
    figure.draw_without_rendering()
    return [t.get_text() for t in (*axes.texts, *axes.get_yticklabels())]


def test_forest_plot_shows_labels_numbers_and_zero():
    figure = forest_plot(ROWS, unit="Effect [USD]")
    assert {"All", "Wave 1"} <= set(words(figure))
    assert "−3.0  [−11.0 to 5.0]" in words(figure)
    assert figure.axes[0].get_xlabel() == "Effect [USD]"
    low, high = figure.axes[0].get_xlim()
    assert low < -11
    assert high > 20


def test_comparison_marks_the_truth_when_known():
    assert "truth" in words(estimate_comparison(ROWS, unit="USD", truth=10.0))
    assert "truth" not in words(estimate_comparison(ROWS, unit="USD"))


def test_event_study_draws_every_week_once():
    figure = event_study_plot(WEEKS, unit="USD", skipped_weeks=2)
    drawn = [line.get_xdata() for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert sorted(np.concatenate(drawn)) == list(range(-4, 6))
    assert any("hollow" in text for text in words(figure))


def test_inputs_stay_as_they_are():
    before = ROWS.copy(), WEEKS.copy()
    estimate_comparison(ROWS, unit="USD")
    event_study_plot(WEEKS, unit="USD")
    pd.testing.assert_frame_equal(ROWS, before[0])
    pd.testing.assert_frame_equal(WEEKS, before[1])


@pytest.mark.parametrize("draw", [forest_plot, estimate_comparison, event_study_plot])
def test_wrong_frames_are_refused(draw):
    with pytest.raises(SchemaError, match="missing columns"):
        draw(pd.DataFrame({"label": ["a"]}), unit="USD")
    good = WEEKS if draw is event_study_plot else ROWS
    with pytest.raises(SchemaError, match="0 rows"):
        draw(good.iloc[:0], unit="USD")
    with pytest.raises(SchemaError, match="NaN"):
        draw(good.assign(value=np.nan), unit="USD")
