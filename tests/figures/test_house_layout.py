"""The same figure gives the same bytes, however often and at whatever size it was drawn before."""

import io

import numpy as np
import pandas as pd
import pytest

from omnisim.figures import house
from omnisim.figures.journeys import returns_ranges

from .drawn import svg

RETURNS = pd.DataFrame(
    {
        "label": ["Generic search", "Paid social"],
        "value": [0.5, 0.3],
        "low": [0.2, 0.1],
        "high": [0.7, 0.4],
        "verdict": ["below", "below"],
    }
)


def overhanging():
    """A note that starts at the right end of the axes, so that its place moves with the layout."""
    figure, axes = house.new_figure()
    axes.plot([0, 1], [0, 1])
    axes.annotate("a long note beyond the axes", (1.0, 0.5), xycoords=("data", "axes fraction"))
    return figure


def with_colour_bar():
    figure, axes = house.new_figure()
    figure.colorbar(axes.pcolormesh(np.eye(3)), ax=axes).set_label("a label beside the bar")
    return figure


@pytest.mark.parametrize("make", [overhanging, with_colour_bar])
def test_every_drawing_is_the_first_one_again(make):
    with house.house():
        figure = make()
        first = svg(figure)
        for dots_per_inch in (110, 200):
            figure.savefig(io.BytesIO(), format="png", dpi=dots_per_inch)
            assert svg(figure) == first


def test_an_axes_put_aside_stays_out_of_the_layout():
    with house.house():
        figure, axes = house.new_figure()
        inset = figure.add_axes((0.7, 0.7, 0.2, 0.2))
        inset.set_in_layout(False)
        svg(figure)
        assert axes.get_in_layout()
        assert not inset.get_in_layout()
        assert inset.get_position().bounds == pytest.approx((0.7, 0.7, 0.2, 0.2))


@pytest.mark.parametrize("break_even", [0.12, 2.0])
def test_the_words_at_the_break_even_stand_over_the_axes(break_even):
    figure = returns_ranges(RETURNS, break_even=break_even, main_label="Markov chain")
    figure.draw_without_rendering()
    axes = figure.axes[0]
    words, frame = axes.texts[0].get_window_extent(), axes.get_window_extent()
    assert frame.x0 - 5 <= words.x0  # points it hangs over the line
    assert words.x1 <= frame.x1 + 5
