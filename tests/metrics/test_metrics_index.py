"""The index of measures, by hand: scores, weights, interval, and how far it depends on the weights."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnisim import metrics
from omnisim.errors import DesignError
from omnisim.metrics import index as module
from omnisim.metrics.index import BLOCKS, IndexMeasure, moved, stage_weights
from omnisim.metrics.index_words import sensitivity_sentence, swing
from omnisim.metrics.intervals import Measured
from omnisim.metrics.kpi import make_metric
from omnisim.metrics.scorecard import Scorecard

WEIGHTS = {"sales": 0.4, "customers": 0.3, "operations": 0.2, "channels": 0.1}
MEASURES = {  # one or two of each block, with the interval
    "conversion_online": (0.025, 0.022, 0.028),  # half of 1% to 4%: 50 points, ends 40 and 60
    "return_rate_online": (0.25, 0.24, 0.26),  # at the worse end of 25% to 14%: 0 points
    "repeat_rate": (0.60, 0.60, 0.60),  # at the goal: 100 points
    "stock_out_rate": (0.085, 0.085, 0.085),  # half of 12% to 5%: 50 points
    "click_and_collect_share": (0.10, 0.10, 0.10),  # 3 of 43 hundredths: 6.98 points
}


def card(measures=None):
    given_ = MEASURES if measures is None else measures
    made = [make_metric(k, Measured(*v, n=500), currency="USD") for k, v in given_.items()]
    return Scorecard(tuple(made), ())


def index(weights=None, measures=None):
    return metrics.composite_index(card(measures), weights or WEIGHTS)


def test_the_index_is_the_weighted_mean_of_the_scores():
    """0.4 x (50 + 0) / 2 + 0.3 x 100 + 0.2 x 50 + 0.1 x 6.977 = 50.70."""
    found = index().under(WEIGHTS)
    assert found.value == pytest.approx(10 + 30 + 10 + 0.1 * 100 * 3 / 43)
    assert found.n == 5


def test_the_interval_recovers_the_variance_of_each_measure():
    """Conversion may be 10 points lower or higher at a weight of 0.2, returns 9.09 higher at 0.2."""
    found = index().under(WEIGHTS)
    assert found.value - found.ci_low == pytest.approx(2.0)  # returns cannot fall below 0 points
    assert found.ci_high - found.value == pytest.approx(math.hypot(2.0, 0.2 * 100 / 11))
    low, high = index().widest()
    assert (low, high) == (
        pytest.approx(found.value - 2.0),
        pytest.approx(found.value + 2.0 + 0.2 * 100 / 11),
    )


def test_scores_stay_in_their_range_and_less_may_be_better():
    late = IndexMeasure(kpi="stock_out_rate", block="operations", floor=0.12, goal=0.05, source="")
    assert [late.score(v) for v in (0.5, 0.12, 0.05, 0.0)] == [0, 0, 100, 100]


def test_moved_weights_keep_their_sum_and_the_others_their_proportion():
    more = moved(WEIGHTS, "channels", 0.1)
    assert more["channels"] == pytest.approx(0.2)
    assert more["sales"] / more["customers"] == pytest.approx(4 / 3)
    assert moved(WEIGHTS, "channels", -0.3)["channels"] == 0
    one = {"sales": 1.0, "customers": 0.0, "operations": 0.0, "channels": 0.0}
    assert moved(one, "sales", -0.1)["channels"] == pytest.approx(0.1 / 3)


@given(
    parts=st.lists(st.floats(0.01, 1), min_size=4, max_size=4),
    block=st.sampled_from(BLOCKS),
    step=st.floats(-1, 1),
)
def test_law_weights_sum_to_one_and_no_weights_leave_the_scores_of_the_blocks(parts, block, step):
    weights = {name: part / sum(parts) for name, part in zip(BLOCKS, parts, strict=True)}
    new = moved(weights, block, step)
    assert sum(new.values()) == pytest.approx(1)
    assert min(new.values()) >= 0
    found = index(weights)
    scores = [found.block_score(name).value for name in BLOCKS]
    assert min(scores) - 1e-9 <= found.under(new).value <= max(scores) + 1e-9


def test_sensitivity_is_always_told():
    """Equal weights: (25 + 100 + 50 + 6.98) / 4 = 45.49, 5.20 below; customers at 0.4: 7.04 above."""
    found = index()
    rows = metrics.weights_table(found)
    assert len(rows) == 2 + 2 * len(BLOCKS)
    assert rows["Index"].tolist()[:2] == ["50.7", "45.5"]
    # customers 0.4: 0.6 / 0.7 x (50.70 - 30) + 40 = 57.74
    assert swing(found) == pytest.approx(57.74 - 50.70, abs=0.01)
    # customers 0.2: 0.8 / 0.7 x (50.70 - 30) + 20 = 43.65, the least of all
    assert "43.7 to 57.7 points" in sensitivity_sentence(found)
    estimates = metrics.index_estimates(found)
    assert estimates[0].note == sensitivity_sentence(found)
    assert [e.name for e in estimates[:2]] == ["measure_index", "measure_index_equal_weights"]


def test_the_parts_add_up_to_the_index():
    table = metrics.index_table(index())
    adds = table["Adds"].astype(float)
    is_block = table["Measure"] == "Block"
    assert adds[is_block].sum() == pytest.approx(adds.iloc[-1], abs=0.2)  # four rounded numbers
    parts = ~is_block & (table["Measure"] != "Index")
    assert adds[parts].sum() == pytest.approx(adds.iloc[-1], abs=0.3)


def test_the_title_names_the_weakest_block_only_beyond_doubt():
    assert "Channel synergy is the weakest block with 7" in metrics.index_title(index())
    close = MEASURES | {"click_and_collect_share": (0.20, 0.10, 0.30)}
    assert metrics.index_title(index(measures=close)).endswith("no block is clearly the weakest")


def test_what_is_missing_is_told_and_an_empty_block_refused():
    assert "Growth of net sales per week" in metrics.index_note(index())
    without = {k: v for k, v in MEASURES.items() if k != "repeat_rate"}
    with pytest.raises(DesignError, match="Customers"):
        index(measures=without)


@pytest.mark.parametrize(
    "stage, text, message",
    [
        ("growing", "", r"stage = 'growing'.*\['balanced', 'acquisition', 'retention'\]"),
        ("", "sales=0.4", "sum to 0.4"),
        ("", "sales=0.4, people=0.6", "people"),
        ("", "sales=a", "'sales=a' is not of the form sales=0.4"),
        ("", "sales=1.5, channels=-0.5", "from 0 to 1"),
        ("", "sales=nan, channels=0.5", "from 0 to 1"),
    ],
)
def test_weights_that_are_none_are_refused(stage, text, message):
    with pytest.raises(DesignError, match=message):
        stage_weights(stage, text)


def test_stages_weigh_what_they_are_about():
    assert stage_weights("acquisition")["sales"] > stage_weights("balanced")["sales"]
    assert stage_weights("retention")["customers"] > stage_weights("balanced")["customers"]
    blocks = {m.kpi: m.block for m in metrics.index_model().measures}
    assert blocks["growth"] == "sales"
    assert blocks["repeat_rate"] == "customers"


def test_ranges_said_to_be_published_are_those_of_the_file():
    for measure in module.index_model().measures:
        if measure.source == "published range of plausibility.yaml":
            warn = metrics.kpi_definitions()[measure.kpi].anchor.warn
            assert sorted((measure.floor, measure.goal)) == sorted(warn), measure.kpi
