"""Waterfall, tornado, cards, frontier, radar, roadmap, path: what is drawn, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from omnisim.errors import DesignError
from omnisim.figures.cards import card_rows, kpi_cards
from omnisim.figures.counterfactual import counterfactual_path
from omnisim.figures.frontier import budget_frontier
from omnisim.figures.radar import radar
from omnisim.figures.roadmap import roadmap, roadmap_title
from omnisim.figures.tornado import tornado
from omnisim.figures.waterfall import waterfall
from omnisim.results import Estimate

STEPS = pd.DataFrame(
    {
        "label": ["Seen", "Would have come anyway", "Effect", "Cost", "Left"],
        "value": [700.0, -250.0, 450.0, -500.0, -50.0],
        "kind": ["total", "step", "total", "step", "total"],
    }
)
DRIVERS = pd.DataFrame(
    {
        "label": ["narrow", "wide", "falling"],
        "at_low": [99.0, 60.0, 120.0],
        "at_high": [101, 150, 90],
    }
)
ENDS = {"base": 100.0, "unit": "Loss", "low": "at low", "high": "at high"}
CARDS = pd.DataFrame(
    {"label": "Net sales", "value": "USD 5", "detail": "", "state": ["good", "bad", "open", "", ""]}
)
PLANS = pd.DataFrame(
    {
        "cost": [5.0, 0.0, 9.0],
        "value": [20.0, 0.0, 22.0],
        "low": [9.0, 0.0, 8.0],
        "high": [30, 0, 40],
    }
)
AXES = {"cost": "Cost", "value": "Value"}
LEVELS = ["Low", "Medium", "High"]
PROFILE = pd.DataFrame({"dimension": ["A", "B", "C"], "now": [3, 1, 2], "then": [2, 1, 1]})
NAMES = {"now": "today", "then": "with the plan"}
ACTIONS = pd.DataFrame(
    {
        "action": ["Join identities", "Roll out"],
        "owner": ["Head of data", "Head of stores"],
        "start": [0, 1],
        "length": [2, 1],
        "effort": ["high", "low"],
    }
)
PERIODS = ("Months 1-3", "Months 4-6")
PATH = pd.DataFrame(
    {"week": range(6), "treated": [1.0, 2, 1, 5, 6, 5], "synthetic": [1, 2, 1, 1, 2, 1]}
)
LINES = {"start": 3, "unit": "Sales", "treated": "treated store", "synthetic": "synthetic control"}


def texts(axes):
    return [t.get_text() for t in axes.texts]


def bars(axes):
    """Left end and width of every bar."""
    return [(bar.get_x(), bar.get_width()) for bar in axes.patches]


def test_waterfall_steps_hang_between_totals_that_stand_on_zero():
    axes = waterfall(STEPS, unit="USD").axes[0]
    assert bars(axes) == [(0, 700), (700, -250), (0, 450), (450, -500), (0, -50)]
    assert texts(axes) == ["700", "−250", "450", "−500", "−50"]
    assert axes.get_xlim()[0] < -50  # a loss at the end fits
    assert axes.yaxis_inverted()  # the first row on top


def test_waterfall_gains_carry_their_sign():
    gain = pd.DataFrame({"label": ["a", "b"], "value": [1.0, 2.0], "kind": ["total", "step"]})
    assert texts(waterfall(gain, unit="USD").axes[0]) == ["1", "+2"]


def test_waterfall_of_nothing_is_still_a_chart():
    nothing = pd.DataFrame({"label": ["a", "b"], "value": [0.0, 0.0], "kind": ["total", "step"]})
    low, high = waterfall(nothing, unit="USD").axes[0].get_xlim()
    assert low < high


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"value": [700.0, -250.0, 460.0, -500.0, -40.0]},
            "'Effect' = 460.0, but .* come to 450.0",
        ),
        ({"value": [700.0, np.nan, 450.0, -500.0, -50.0]}, "finite"),
        ({"kind": ["step", "step", "total", "step", "total"]}, "a total first"),
        ({"kind": ["total", "jump", "total", "step", "total"]}, "give .*'total', 'step'"),
    ],
)
def test_waterfall_refuses_what_does_not_tie(changes, message):
    with pytest.raises(DesignError, match=message):
        waterfall(STEPS.assign(**changes), unit="USD")


def test_tornado_puts_the_widest_on_top_and_starts_every_bar_at_the_base():
    axes = tornado(DRIVERS, **ENDS).axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["wide", "falling", "narrow"]
    assert {left for left, _ in bars(axes)} == {100.0}
    assert [width for _, width in bars(axes)] == [-40, 20, -1, 50, -10, 1]
    assert texts(axes) == ["60", "150", "90", "120", "99", "101"]


def test_tornado_shows_no_more_than_asked_and_names_its_ends():
    figure = tornado(DRIVERS, **ENDS, n_shown=1)
    assert len(figure.axes[0].get_yticks()) == 1
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["at low", "at high"]


def test_tornado_keeps_the_base_in_sight_where_both_ends_lie_on_one_side():
    one_side = pd.DataFrame({"label": ["a"], "at_low": [110.0], "at_high": [130.0]})
    axes = tornado(one_side, **ENDS).axes[0]
    assert axes.get_xlim()[0] < 100 < 130 < axes.get_xlim()[1]


@pytest.mark.parametrize(
    ("how", "message"),
    [({"base": np.nan}, "finite"), ({"n_shown": 0}, "n_shown = 0")],
)
def test_tornado_refuses(how, message):
    with pytest.raises(DesignError, match=message):
        tornado(DRIVERS, **{**ENDS, **how})


def test_cards_stand_in_rows_of_four_with_a_sign_beside_the_colour():
    figure = kpi_cards(CARDS)
    drawn = [axes for axes in figure.axes if axes.axison]
    assert len(figure.axes) == 8
    assert len(drawn) == 5
    assert ["▲" in texts(axes) for axes in drawn] == [True, False, False, False, False]
    assert ["▼" in texts(axes) for axes in drawn] == [False, True, False, False, False]


def test_a_long_number_is_drawn_smaller_so_that_it_fits_its_card():
    long = CARDS.head(4).assign(value="USD 123,456,789 per customer and year")
    figure = kpi_cards(long)
    figure.draw_without_rendering()
    for axes in figure.axes:
        number = next(t for t in axes.texts if t.get_text().startswith("USD"))
        assert number.get_window_extent().x1 <= axes.get_window_extent().x1


def test_name_number_and_detail_of_a_card_do_not_touch():
    crowded = CARDS.head(4).assign(
        label="Net sales a year if all assigned customers of all markets get it"
    )
    crowded = crowded.assign(detail="95% interval USD 60,300 to 403,000 over the year of the test")
    figure = kpi_cards(crowded)
    figure.draw_without_rendering()
    for axes in figure.axes:
        name, number, detail = (t.get_window_extent() for t in axes.texts[:3])
        assert name.y0 >= number.y1
        assert number.y0 >= detail.y1


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.concat([CARDS, CARDS]), "10 cards"),
        (CARDS.assign(state="great"), "state = .'great'."),
        (CARDS.assign(value=""), "without number"),
    ],
)
def test_cards_refuse(frame, message):
    with pytest.raises(DesignError, match=message):
        kpi_cards(frame)


def test_cards_of_estimates_judge_by_the_interval():
    def estimate(name, low, high):
        about = {"role": "incremental", "n": 5, "n_of": "customers", "method": "m", "source": "s"}
        return Estimate(
            name=name, label=name, value=1.0, unit="USD/year", ci_low=low, ci_high=high, **about
        )

    made = [
        estimate("a", 0.5, 2),
        estimate("b", -2, -1),
        estimate("c", -1, 2),
        estimate("d", None, None),
    ]
    assert card_rows(made)["state"].tolist() == ["good", "bad", "open", ""]
    assert set(card_rows(made, is_judged=False)["state"]) == {""}
    assert card_rows(made)["detail"].tolist()[0] == "95% interval USD 0.500 to 2.00"
    assert card_rows(made)["detail"].tolist()[3] == "no sampling interval"


def test_frontier_rises_in_steps_sorted_by_cost_above_the_line_where_it_just_pays():
    axes = budget_frontier(PLANS, **AXES, budget=6.0, best=5.0).axes[0]
    line = axes.lines[0]
    assert line.get_drawstyle() == "steps-post"
    assert line.get_xdata().tolist()[:3] == [0, 5, 9]
    assert line.get_ydata().tolist() == [0, 20, 22, 22]
    pays = axes.lines[1]
    assert pays.get_xdata().tolist() == pays.get_ydata().tolist()
    assert {"budget 6", "most net at 5"} <= set(texts(axes))
    assert axes.get_xlim()[1] > 9


def test_frontier_of_one_choice_that_costs_nothing_is_still_a_chart():
    axes = budget_frontier(PLANS.iloc[[1]], **AXES).axes[0]
    assert axes.get_xlim() == (0, 1)


@pytest.mark.parametrize(
    "changes", [{"cost": -1.0}, {"low": 99.0}, {"high": -1.0}, {"value": np.nan}]
)
def test_frontier_refuses(changes):
    with pytest.raises(DesignError, match="budget_frontier"):
        budget_frontier(PLANS.assign(**changes), **AXES)


def test_radar_closes_both_shapes_and_names_every_level():
    figure = radar(PROFILE, levels=LEVELS, **NAMES)
    axes = figure.axes[0]
    now, then = (line for line in axes.lines if line.get_label() in NAMES.values())
    assert now.get_ydata().tolist() == [3, 1, 2, 3]
    assert then.get_ydata().tolist() == [2, 1, 1, 2]
    assert now.get_linestyle() != then.get_linestyle()  # not told apart by colour alone
    assert texts(axes) == LEVELS
    assert [label.get_text() for label in axes.get_xticklabels()] == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("frame", "levels", "message"),
    [
        (PROFILE.head(2), LEVELS, "2 dimensions: give 3 to 10"),
        (PROFILE.assign(now=[2.5, 1, 1]), LEVELS, "whole levels from 1 to 3"),
        (PROFILE.assign(now=[4, 1, 1]), LEVELS, "whole levels"),
        (PROFILE, ["only"], "1 levels"),
    ],
)
def test_radar_refuses_what_is_no_ordinal_profile(frame, levels, message):
    with pytest.raises(DesignError, match=message):
        radar(frame, levels=levels, **NAMES)


def test_roadmap_bars_run_over_their_periods_with_effort_in_words():
    axes = roadmap(ACTIONS, periods=PERIODS, gates=[(0, "Stock in sync")]).axes[0]
    assert bars(axes) == [(0, 2), (1, 1)]
    assert texts(axes) == ["high effort", "low effort", "Stock in sync"]
    assert [label.get_text() for label in axes.get_xticklabels()] == list(PERIODS)
    assert axes.get_yticklabels()[0].get_text() == "Join identities\nHead of data"


@pytest.mark.parametrize(
    ("changes", "how", "message"),
    [
        ({"effort": "huge"}, {}, "effort = .'huge'."),
        ({"length": 0}, {}, "takes 0"),
        ({"start": 2}, {}, "within 2 periods"),
        ({}, {"gates": [(2, "late")]}, "periods from 0 to 1"),
    ],
)
def test_roadmap_refuses(changes, how, message):
    with pytest.raises(DesignError, match=message):
        roadmap(ACTIONS.assign(**changes), periods=PERIODS, **how)


def test_title_of_the_roadmap_counts_what_begins_at_once():
    assert roadmap_title(ACTIONS, periods=PERIODS) == "1 of 2 actions start in Months 1-3"


def test_path_shows_both_lines_and_the_gap_among_the_placebos():
    placebos = pd.DataFrame(np.zeros((6, 4)))
    above, below = counterfactual_path(PATH, **LINES, placebos=placebos).axes
    assert {"treated store", "synthetic control"} == set(texts(above))
    gaps = [line.get_ydata().tolist() for line in below.lines if len(line.get_xdata()) == 6]
    assert len(gaps) == 5
    assert gaps[-1] == [0, 0, 0, 4, 4, 4]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"start": 0}, "before and after"),
        ({"start": 9}, "before and after"),
        ({"placebos": pd.DataFrame(np.zeros((3, 1)))}, "placebos of 3 weeks"),
    ],
)
def test_path_refuses(how, message):
    with pytest.raises(DesignError, match=message):
        counterfactual_path(PATH, **{**LINES, **how})


@pytest.mark.parametrize(
    "draw",
    [
        lambda frame: waterfall(frame, unit=""),
        lambda frame: tornado(frame, **ENDS),
        kpi_cards,
        lambda frame: budget_frontier(frame, **AXES),
        lambda frame: radar(frame, levels=LEVELS, **NAMES),
        lambda frame: roadmap(frame, periods=PERIODS),
        lambda frame: counterfactual_path(frame, **LINES),
    ],
)
@pytest.mark.parametrize("frame", [pd.DataFrame(), pd.DataFrame({"label": ["a"]})])
def test_a_frame_without_rows_or_columns_is_refused_by_name(draw, frame):
    with pytest.raises(DesignError, match="missing"):
        draw(frame)
