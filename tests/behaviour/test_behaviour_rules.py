"""Rules against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnisim.behaviour.rules import (
    MAX_CHANCE,
    answer_chance,
    conversion_chance,
    digital_weight,
    growth,
    intent_weight,
    novelty,
    satisfaction_score,
    saturate,
)

# Compiled functions called from Python: what they give is what the engine sees.


@pytest.mark.parametrize("pressure, half, share", [(0, 2, 0), (2, 2, 0.5), (6, 2, 0.75)])
def test_saturation(pressure, half, share):
    assert saturate(float(pressure), float(half)) == share


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0.01, 100))
def test_more_pressure_never_does_less_and_never_all(one, two, half):
    low, high = sorted((one, two))
    assert 0 <= saturate(low, half) <= saturate(high, half) <= 1


def test_conversion_chance():
    # 0.1 x 1.5 x 2 x 1.2
    assert conversion_chance(0.1, 0.5, 2.0, 1.2) == pytest.approx(0.36, rel=1e-15)
    assert conversion_chance(0.1, 0.0, 1.0, 1.0) == 0.1
    assert conversion_chance(0.9, 5.0, 4.0, 1.0) == MAX_CHANCE
    assert conversion_chance(0.0, 5.0, 4.0, 9.0) == 0.0


def test_growth_is_linear_from_the_first_day():
    assert [growth(day, 10, 4) for day in (9, 10, 11, 12, 13, 14, 400)] == [
        0.0, 0.25, 0.5, 0.75, 1.0, 1.0, 1.0,
    ]  # fmt: skip
    assert growth(10, 10, 1) == 1.0


def test_novelty_halves():
    assert novelty(0.0, 14.0) == 1.0
    assert novelty(14.0, 14.0) == 0.5
    assert novelty(42.0, 14.0) == 0.25
    assert novelty(400.0, 0.0) == 1.0


def test_brand_search_follows_intent():
    # step 2: 1 + 0.8 x 2 = 2.6; intent multiplies by 2.2 or 0.55; from step 4 on it stays
    assert intent_weight(True, 2, 1.0) == pytest.approx(5.72, rel=1e-15)
    assert intent_weight(False, 2, 1.0) == pytest.approx(1.43, rel=1e-15)
    assert intent_weight(True, 9, 1.0) == intent_weight(True, 4, 1.0)
    assert intent_weight(True, 2, 0.5) == pytest.approx((5.72 + 1) / 2, rel=1e-15)
    assert {intent_weight(serious, step, 0.0) for serious in (True, False) for step in (0, 3)} == {
        1
    }


def test_digital_people_meet_the_retailer_online():
    assert digital_weight(True, 0.0) == 0.35
    assert digital_weight(False, 1.0) == pytest.approx(0.35, rel=1e-15)
    assert digital_weight(True, 0.5) == 1.0
    assert digital_weight(False, 0.5) == pytest.approx(1.0, rel=1e-15)
    digital = (np.arange(1000) + 0.5) / 1000
    for is_online in (True, False):  # affinity shifts weight between people, it adds none
        assert np.mean([digital_weight(is_online, d) for d in digital]) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "mood, is_late, score",
    [
        (8.4, False, 8),
        (8.5, False, 9),
        (8.4, True, 6),
        (12.0, False, 10),
        (-3.0, False, 0),
        (1, True, 0),
    ],
)
def test_score_on_the_scale(mood, is_late, score):
    assert satisfaction_score(float(mood), is_late, 2.0) == score


def test_the_happy_and_the_unhappy_answer():
    chances = [answer_chance(score, 0.25, 1.8) for score in range(11)]
    assert chances == [0.45] * 5 + [0.25] * 5 + [0.45]
    assert answer_chance(10, 0.9, 1.8) == 1.0
