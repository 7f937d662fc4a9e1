"""A chart speaks another language for one drawing and is itself again afterwards."""

import io

import numpy as np
import pytest

from omnisim.figures.house import house, new_figure
from omnisim.figures.translated import drawn_in
from omnisim.language import remember


@pytest.fixture
def figure():
    remember("Sales by week", zh="每周销售额")
    remember("Stores", zh="门店")
    with house():
        figure, axes = new_figure()
        axes.barh(["Stores", "Nobody knows this"], [1, 2])
        axes.set_xlabel("Sales by week\n[USD]")
        axes.annotate("Stores", (1, 0))
        figure.canvas.draw()
    return figure


def texts(figure):
    figure.draw_without_rendering()
    axes = figure.axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    return [axes.get_xlabel(), *labels, axes.texts[0].get_text()]


def test_words_are_exchanged_and_put_back(figure):
    before = texts(figure)
    with drawn_in(figure, "zh") as unknown:
        assert texts(figure) == ["每周销售额\n[USD]", "门店", "Nobody knows this", "门店"]
    assert set(unknown) >= {"Nobody knows this", "[USD]"}
    assert (
        texts(figure) == before == ["Sales by week\n[USD]", "Stores", "Nobody knows this", "Stores"]
    )


def test_a_translated_text_has_the_one_weight_of_its_font(figure):
    note = figure.axes[0].texts[0]
    note.set_fontweight("bold")
    with drawn_in(figure, "zh"):
        assert note.get_fontweight() == "normal"
    assert note.get_fontweight() == "bold"


def test_numbers_at_the_ticks_stay(figure):
    numbers = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    with drawn_in(figure, "zh"):
        figure.draw_without_rendering()
        assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == numbers


def test_the_english_picture_is_the_same_before_and_after(figure):
    def picture():
        out = io.BytesIO()
        figure.savefig(out, format="rgba")
        return np.frombuffer(out.getvalue(), np.uint8)

    with house():
        picture()  # the layout settles
        before = picture()
        with drawn_in(figure, "zh"):
            inside = picture()
        assert not np.array_equal(before, inside)
        picture()
        assert np.array_equal(before, picture())
