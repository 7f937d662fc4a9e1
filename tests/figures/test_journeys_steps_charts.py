"""Charts of steps, shares and beliefs: what they draw is what the frame says."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from omnisim.errors import DesignError
from omnisim.figures import house
from omnisim.figures import journeys_steps as charts

STEPS = pd.DataFrame(
    [[0.6, 0.1], [0.4, 0.002], [0.0, 0.598], [0.0, 0.3]],
    index=["Direct", "Order", "E-mail", "No order"],
    columns=["Contact 1", "Contact 2"],
)
BARS = pd.DataFrame(
    {
        "label": ["Direct", "E-mail"],
        "value": [0.2, 0.05],
        "low": [0.15, 0.02],
        "high": [0.25, 0.09],
        "benchmark": [np.nan, 0.15],
    }
)
BELIEFS = pd.DataFrame(
    {
        "world_label": ["Seen", "Seen", "Lost", "Lost"],
        "model_label": ["Last", "G-formula"] * 2,
        "kind": ["credit", "incremental"] * 2,
        "regret": [0.4, 0.1, 0.05, 0.3],
    }
)
DRAW = {
    "steps": lambda: charts.step_heat_map(STEPS, ends=("Order", "No order")),
    "bars": lambda: charts.share_bars(BARS, label="Share of contacts"),
    "beliefs": lambda: charts.belief_heat_map(BELIEFS, error="regret", label="Sales lost"),
}


def words(figure):
    return [t.get_text() for t in figure.axes[0].texts]


@pytest.mark.parametrize("name", list(DRAW))
def test_words_are_legible(name):
    figure = DRAW[name]()
    figure.draw_without_rendering()
    assert figure.get_size_inches()[0] == house.FULL_WIDTH
    sizes = [t.get_fontsize() for t in figure.findobj(Text) if t.get_text() and t.get_visible()]
    assert min(sizes) >= house.LEAST_FONT


def test_step_map_puts_ends_last_and_leaves_rare_states_blank():
    figure = charts.step_heat_map(STEPS, ends=("Order", "No order"))
    labels = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    assert labels == ["Direct", "E-mail", "Order", "No order"]
    assert words(figure) == ["60", "10", "60", "40", "30"]
    with pytest.raises(DesignError, match="no row"):
        charts.step_heat_map(STEPS, ends=("Gone",))
    with pytest.raises(DesignError, match="shares in"):
        charts.step_heat_map(STEPS * 2, ends=("Order",))


def test_bars_are_as_long_as_the_shares_and_marks_stand_at_benchmarks():
    figure = charts.share_bars(BARS, label="x", best="E-mail")
    axes = figure.axes[0]
    assert [bar.get_width() for bar in axes.patches] == [20, 5]
    marks = next(c for c in axes.collections if type(c).__name__ == "PathCollection")
    assert marks.get_offsets()[1].tolist() == [15, 1]
    assert words(figure) == ["20%", "5%"]
    with pytest.raises(DesignError, match="no rows"):
        charts.share_bars(BARS[:0], label="x")


def test_a_number_goes_inside_its_bar_when_a_benchmark_is_right_behind_it():
    bars = BARS.assign(benchmark=[0.26, 0.1])
    long, short = charts.share_bars(bars, label="x").axes[0].texts
    assert (long.xy, long.get_horizontalalignment()) == ((15, 0), "right")  # inside the bar
    # Too short to hold it: it goes behind the benchmark at 10 %.
    assert short.xy[0] > 10
    assert short.get_horizontalalignment() == "left"


def test_beliefs_frame_the_least_of_each_world():
    figure = charts.belief_heat_map(BELIEFS, error="regret", label="x")
    frames = [p.get_xy() for p in figure.axes[0].patches]
    assert [(int(x), int(y)) for x, y in frames] == [(0, 1), (1, 0)]
    assert words(figure) == ["40", "5", "10", "30"]
    with pytest.raises(DesignError, match="missing for some model"):
        charts.belief_heat_map(BELIEFS.assign(regret=np.nan), error="regret", label="x")
