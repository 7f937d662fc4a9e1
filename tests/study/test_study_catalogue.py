"""Every method on one small world each; every estimator of the packages named, or left out for a reason."""

from __future__ import annotations

import ast
import inspect
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from omnisim.errors import DesignError
from omnisim.study.catalogue import MODULES, find_method, registered
from omnisim.study.estimand import family
from omnisim.study.load import checked_study
from omnisim.study.run import run_study

SMALL: dict[str, Any] = {
    "population": {"n_customers": 600},
    "horizon": {"n_days": 112},
    "experiment": {"first_day": 49, "n_days": 49},
    "rollout": {
        "waves": [{"first_day": 56, "store_share": 0.3}, {"first_day": 84, "store_share": 0.3}]
    },
    "stores": {"n_stores": 12},
    "promotions": [],
}
HOME_PAGE = "Personalised home page"
# what each method is asked for; those that are not named are asked for their first estimand
ASKED: dict[str, dict[str, str]] = {
    "attribution.marginal_returns": {"scope": "+10%"},
    "attribution.credited_roas": {"scope": "-20%"},
    "causal.by_wave": {"scope": "wave"},
    "causal.event_study": {"scope": "event_week"},
    "experiment.by_region": {"scope": "region"},
    "experiment.by_prior_purchase": {"scope": "prior_buyer"},
    "metrics.tier_gap": {"cause": "membership_benefits"},
    "risk.expected_loss": {"cause": "coupon_limits"},
    "risk.expected_stock_out_loss": {"cause": "safety_stock"},
    "risk.treatment": {"cause": "stock_sync"},
}


@pytest.mark.parametrize("name", registered())
def test_every_method_meets_its_truth(name: str, tmp_path: Path) -> None:
    """Each gives numbers in the unit of a truth that its worlds have, for every part it names."""
    found = find_method(name)
    estimand = {
        "estimand": found.estimands[0], "outcome": found.outcomes[0], "across": found.across,
        **ASKED.get(name, {}),
    }  # fmt: skip
    asked = checked_study(
        {
            "name": "small",
            "worlds": {"scenario": "omnichannel_fashion", "size": "tiny", "overrides": SMALL},
            "seeds": [3],
            "methods": [name],
            "estimand": estimand,
        },
        source="small.yaml",
    )
    table = run_study(asked, out=tmp_path / "s", workers=1).table
    answered = table[table["failure"] == ""]
    assert len(answered), table["failure"].tolist()
    assert answered[["estimate", "truth"]].notna().all(axis=None)
    told = set(table.loc[table["failure"] != "", "failure"].str.replace(r"'.*'", "", regex=True))
    assert told <= {"gives no estimate of "}, "only parts that are too small are left out"


# --- completeness ---------------------------------------------------------------------------------

PACKAGES = ("experiment", "causal", "attribution", "risk", "metrics")
# results that carry an estimate of something the data do not show by themselves
ESTIMATES = (
    "Difference", "Lift", "Readout", "Effect", "Evaluation", "EventStudy", "GroupTimeEffects",
    "TwoWay", "WaveEffect", "BudgetMove", "Calibration", "CreditReplicates", "CreditTable",
    "CreditedReturns", "Incremental", "Removal", "ShapleyCredit", "Ratio", "AnnualLoss",
    "Assessment", "Plan", "TreatmentResult", "Measured",
)  # fmt: skip
# estimators that give a frame
FRAMES = ("attribution.marginal_returns", "attribution.credited_acquisition", "metrics.tiers")
NO_TRUTH = "the truth keeps no such quantity: "
A_PART = "part of a registered method: "
DESCRIPTIVE = "an interval of what was counted; there is no other world to hold it against"
REASONS = {
    "experiment.difference_in_shares": NO_TRUTH + "sales and orders only, no share of buyers",
    "experiment.relative_lift": NO_TRUTH + "differences only, no level of the control world",
    "causal.placebo_in_time": "a check: what it looks for is zero",
    "causal.selection_dip": "a check: what it looks for is zero",
    "causal.trend_before": "a check: what it looks for is zero",
    "attribution.budget_move": "its truth is what a budget loses: omnisim.study.which_model",
    "attribution.calibrate": "needs lift tests: omnisim.study.which_model draws them from the truth",
    "attribution.read_cause": A_PART + "g_formula, and calibrate where there are lift tests",
    "attribution.read_attribution": A_PART + "the models of which it is made",
    "attribution.chain_removal": A_PART + "markov",
    "attribution.removal_effects": A_PART + "markov",
    "attribution.shapley_credit": A_PART + "shapley",
    "attribution.ratio_of_sums": DESCRIPTIVE,
    "attribution.credited_acquisition": NO_TRUTH + "no cost of a customer won",
    "risk.simulate_annual_loss": A_PART + "expected_loss",
    "risk.portfolio": "its sum is that of expected losses; no world is without all risks",
    "risk.choose_plan": A_PART + "treatment; no world has several treatments",
    "metrics.net_promoter_score": DESCRIPTIVE,
    "metrics.poisson": DESCRIPTIVE,
    "metrics.ratio": DESCRIPTIVE,
    "metrics.relative_change": DESCRIPTIVE,
    "metrics.wilson": DESCRIPTIVE,
}
MODELS_LEFT_OUT = {"Custom": "its weights are the analyst's own"}


def _estimators() -> set[str]:
    found = set(FRAMES)
    for package in PACKAGES:
        module = import_module(f"omnisim.{package}")
        for name in module.__all__:
            public = getattr(module, name)
            if inspect.isfunction(public):
                told = str(inspect.signature(public).return_annotation)
                if set(re.findall(r"\w+", told)) & set(ESTIMATES):
                    found.add(f"{package}.{name}")
    return found


def _imported() -> set[str]:
    """Public names that the modules of methods take from the packages."""
    found = set()
    for module in MODULES:
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.ImportFrom) and node.module:
                package = node.module.removeprefix("omnisim.")
                found |= {f"{package}.{alias.name}" for alias in node.names}
    return found


def test_every_estimator_is_a_method_or_left_out_for_a_reason() -> None:
    there, used = _estimators(), _imported()
    assert there - used == set(REASONS), "register the new one, or say why it is not"


def test_every_credit_model_is_a_method_or_left_out_for_a_reason() -> None:
    module = import_module("omnisim.attribution")
    models = {
        name
        for name in module.__all__
        if inspect.isclass(getattr(module, name))
        and {"name", "label"} <= set(getattr(getattr(module, name), "__dataclass_fields__", ()))
        and name not in ("GFormula",)
    }
    used = {name.removeprefix("attribution.") for name in _imported()}
    assert models - used == set(MODELS_LEFT_OUT)


# --- adapters -------------------------------------------------------------------------------------


def test_methods_of_risk_refuse_another_risk() -> None:
    from omnisim.study.registry import Target

    target = Target(estimand="total", outcome="margin_amount", cause="safety_stock")
    with pytest.raises(DesignError, match=r"name the method risk\.expected_stock_out_loss"):
        find_method("risk.expected_loss").measure(None, target)
    with pytest.raises(DesignError, match=r"removed = 2\.0: give a share in \(0, 1\]"):
        find_method("risk.expected_loss").measure(None, target, removed=2.0)


def test_scopes_of_methods_are_kinds_of_parts() -> None:
    for found in registered().values():
        assert all(family(scope) == scope for scope in found.scopes)
        assert found.across != "scope" or "all" not in found.scopes
