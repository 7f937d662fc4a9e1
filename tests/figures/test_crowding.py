"""No text of any chart overlaps another, covers a mark or leaves the canvas, in either language."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.text import Text

from omnisim.figures import house, journeys, overview, risks
from omnisim.figures.gallery import ENTRIES
from omnisim.figures.placing import spread
from omnisim.figures.translated import drawn_in
from omnisim.language import LANGUAGES

from .crowded_cases import CASES, stores
from .crowding import crowded
from .drawn import svg

WRITTEN = [lang for lang in LANGUAGES if house.can_write(lang)]
SIZES = [
    "crowded",
    pytest.param("usual", marks=pytest.mark.slow),
    pytest.param("one", marks=pytest.mark.slow),
]


def test_every_exhibit_of_the_gallery_is_tried():
    assert {entry.draw for entry in ENTRIES} == set(CASES)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("draw", CASES, ids=lambda draw: draw.__name__)
def test_words_of_a_chart_keep_apart(draw, size):
    figure = CASES[draw](size)
    assert [(lang, wrong) for lang in WRITTEN for wrong in crowded(figure, lang)] == []


@pytest.mark.parametrize("draw", CASES, ids=lambda draw: draw.__name__)
def test_no_word_is_read_as_a_formula(draw):
    figure = CASES[draw]("crowded")
    figure.draw_without_rendering()
    words = [text for text in figure.findobj(Text) if text.get_text()]
    assert words
    assert [text.get_text() for text in words if text.get_parse_math()] == []
    assert [text.get_text() for text in words if "mathdefault" in text.get_text()] == []


@pytest.mark.parametrize("draw", [risks.risk_heat_map, journeys.journey_flow, overview.store_map])
def test_places_do_not_depend_on_what_was_drawn_before(draw):
    figure = CASES[draw]("crowded")
    first = svg(figure)
    for lang in WRITTEN:
        with drawn_in(figure, lang):
            figure.savefig(io.BytesIO(), format="png", dpi=200)
    assert svg(figure) == first


def test_a_store_without_room_for_its_name_is_numbered_and_told_below():
    figure = overview.store_map(stores("crowded"), currency="USD")
    figure.draw_without_rendering()
    axes = figure.axes[0]
    seen = [t.get_text() for t in axes.texts if t.get_visible() and t.get_text()]
    told, *key = axes.get_xlabel().splitlines()
    assert told.endswith("named: the 3 largest")
    assert len(seen) == 3
    assert {line.split()[0] for line in key} == {text for text in seen if text.isdigit()}
    assert key  # forty stores in a town leave no room for three names


def test_spread_moves_boxes_as_little_as_needed():
    # by hand: the two at 5 share the way, one up and one down by half a height
    middles = spread(np.array([1.0, 5.0, 5.0]), np.array([2.0, 2.0, 2.0]), 0.0, 10.0)
    assert middles.tolist() == [1.0, 4.0, 6.0]


def test_spread_keeps_boxes_inside_the_room():
    middles = spread(np.array([9.0, 9.5, 9.9]), np.array([2.0, 2.0, 2.0]), 0.0, 10.0)
    assert middles.tolist() == [5.0, 7.0, 9.0]
