"""Models against the truth: errors by hand, and a run in miniature."""

import numpy as np
import pandas as pd
import pytest

from omnisim.attribution import Last, Linear
from omnisim.errors import DesignError
from omnisim.study import compare_claim, which_model
from omnisim.study.attribution import ELASTICITY, ERRORS, WORLDS

CAUSED = pd.Series({"a": 60.0, "b": 30.0, "c": 10.0})
SPEND = pd.Series({"a": 10.0, "b": 10.0})


def test_a_true_claim_has_no_error():
    found = compare_claim(CAUSED, CAUSED, SPEND)
    assert found == pytest.approx(
        {"share_error": 0, "over_claim": 1, "rank_error": 0, "regret": 0}, abs=1e-12
    )
    # Twice the truth is the same split and the same budget.
    double = compare_claim(2 * CAUSED, CAUSED, SPEND)
    assert double["over_claim"] == 2
    assert double["share_error"] == double["rank_error"] == 0
    assert double["regret"] == pytest.approx(0)


def test_errors_by_hand():
    found = compare_claim(pd.Series({"a": 30.0, "b": 60.0, "c": 10.0}), CAUSED, SPEND)
    assert found["share_error"] == pytest.approx(0.3)
    assert found["rank_error"] == pytest.approx(1 / 3)  # a and b changed places
    # Budgets 1:2 raised to 1.25 against 2:1, under 60 b_a^0.2 + 30 b_b^0.2.
    e = ELASTICITY
    raw = np.array([30.0, 60.0]) ** (1 / (1 - e))
    b = raw / raw.sum() * 20 / 10
    best = raw[::-1] / raw.sum() * 20 / 10
    truth = np.array([60.0, 30.0])
    assert found["regret"] == pytest.approx(1 - (truth * b**e).sum() / (truth * best**e).sum())
    assert 0 < found["regret"] < 0.2


def test_a_claim_that_names_no_paid_channel_leaves_the_budget_as_it_is():
    found = compare_claim(pd.Series({"c": 5.0}), CAUSED, SPEND)
    raw = np.array([60.0, 30.0]) ** (1 / (1 - ELASTICITY))
    best = raw / raw.sum() * 2
    truth = np.array([60.0, 30.0])
    assert found["regret"] == pytest.approx(1 - 90 / (truth * best**ELASTICITY).sum())
    with pytest.raises(DesignError, match="no channel caused"):
        compare_claim(CAUSED, 0 * CAUSED, SPEND)


@pytest.fixture(scope="module")
def study():
    return which_model(
        worlds=(WORLDS[0], WORLDS[3]),
        seeds=(1, 2),
        models=(Last(), Linear()),
        n_customers=300,
        n_days=84,
    )


def test_a_run_in_miniature(study):
    table = study.summary()
    assert table["world"].unique().tolist() == ["seen", "stores_unseen"]
    assert set(table["model"]) == {"last", "linear", "g_formula", "calibrated_4", "calibrated_all"}
    assert (table.loc[table["model"].isin(["last", "linear"]), "kind"] == "credit").all()
    assert len(study.frame) == 2 * 2 * 5
    for name in ("share_error", "rank_error"):
        assert table[name].between(0, 1).all()
    assert (table["regret"] < 1).all()
    # The best budget is the best: nobody beats it.
    assert (study.frame["regret"] > -1e-9).all()
    for name in ERRORS:
        assert len(study.best(name)) == 2
    assert set(study.best(kind="credit")["model_label"]) <= {"Last contact", "Linear"}
    with pytest.raises(DesignError, match="error = 'luck'"):
        study.best("luck")
    with pytest.raises(DesignError, match="kind = 'guess'"):
        study.best(kind="guess")


def test_tests_of_all_paid_channels_come_close_to_the_best_budget(study):
    regret = study.summary().set_index(["world", "model"])["regret"]
    for world in ("seen", "stores_unseen"):
        assert regret[world, "calibrated_all"] < 0.05
        assert regret[world, "calibrated_all"] < regret[world, "last"]


def test_same_arguments_same_numbers(study):
    again = which_model(
        worlds=WORLDS[:1], seeds=(1, 2), models=(Last(), Linear()), n_customers=300, n_days=84
    )
    mine = study.frame[study.frame["world"] == "seen"].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, again.frame)


def test_refusals():
    with pytest.raises(DesignError, match="at least one world"):
        which_model(seeds=())
