import itertools

import numpy as np
import pytest

from omnisim.errors import DesignError
from omnisim.language import in_language
from omnisim.notebook.recorder import table_texts
from omnisim.results import format_number
from omnisim.risk import (
    assess,
    choose_plan,
    default_register,
    evaluate_treatments,
    expected_risks_per_cell,
    matrix_note,
    plan_title,
    register_table,
    risk_answer,
    risk_checks,
    risk_estimates,
    risk_findings,
    risk_limits,
    risk_points,
    treatment_table,
)
from omnisim.risk.titles import count_of
from omnisim.risk.treatment import avoided_loss, draw_reduction, left_over

SMALL = {"seed": 1, "n_years": 2000, "n_draws": 200}


@pytest.fixture(scope="module")
def assessment(retailer):
    return assess(retailer, default_register(), **SMALL)


def test_all_but_the_unmeasurable_are_assessed(assessment):
    assert {r.risk.key for r in assessment.risks} == {
        "stock_out",
        "oversell",
        "late_fulfilment",
        "fake_orders",
        "coupon_abuse",
        "platform_outage",
        "consent_breach",
    }
    (missing,) = assessment.not_measured
    assert missing.risk.key == "acquisition_cost"
    assert "media_costs" in missing.reason
    eals = [r.loss.eal for r in assessment.risks]
    assert eals == sorted(eals, reverse=True)


def test_counts_and_evidence(assessment):
    late = assessment.risk("late_fulfilment")
    assert late.data.n_events == 75 - 5  # every 20th, less those cancelled
    assert late.severity.kind == "empirical + Pareto tail"
    fake = assessment.risk("R03")
    assert (fake.data.n_events, fake.severity.kind) == (1, "expert lognormal")
    assert fake.evidence == "expert range with 1 event"
    outage = assessment.risk("R16")
    assert outage.rate.mean == pytest.approx(0.5 / (182 / 365.25))
    assert outage.evidence == "expert range, no event seen"
    assert assessment.risk("R11").rare is not None
    with pytest.raises(DesignError, match="R99"):
        assessment.risk("R99")


def test_expected_loss_by_hand(assessment):
    r = assessment.risk("oversell")
    t = 182 / 365.25
    by_hand = (r.data.n_events + 0.5) / t * r.data.severities.mean()
    # Unit costs are lognormal around the centre: the mean is higher by exp(s^2 / 2). Left is the
    # noise of 200 draws, four of its standard errors.
    error = r.loss.expected.std() / np.sqrt(200)
    by_hand *= np.exp(r.data.scale_log_sd**2 / 2)
    assert r.loss.eal == pytest.approx(by_hand, abs=4 * error)


def test_removing_a_risk_changes_no_other(retailer, assessment):
    register = default_register()
    fewer = register.model_copy(
        update={
            "risks": tuple(r for r in register.risks if r.key != "stock_out"),
            "treatments": (),
        }
    )
    other = assess(retailer, fewer, **SMALL)
    for item in other.risks:
        assert np.array_equal(item.loss.years, assessment.risk(item.risk.id).loss.years)


def test_same_seed_same_assessment_another_seed_another(retailer, assessment):
    again = assess(retailer, default_register(), **SMALL)
    assert np.array_equal(again.total.years, assessment.total.years)
    other = assess(retailer, default_register(), **(SMALL | {"seed": 2}))
    assert not np.array_equal(other.total.years, assessment.total.years)


def test_one_risk_alone_reads_well(retailer):
    register = default_register()
    alone = register.model_copy(
        update={
            "risks": tuple(r for r in register.risks if r.key == "oversell"),
            "treatments": (),
        }
    )
    one = assess(retailer, alone, **SMALL)
    plan = choose_plan(one, budget=100.0)
    assert one.faults is None
    assert plan.chosen == ()
    assert risk_answer(one, plan).startswith("The 1 measured risk is expected to cost")
    assert {c.name for c in risk_checks(one)} == {"exposure", "measured"}
    assert len(risk_findings(one, (), plan)) == 2


def test_dependence_reaches_the_plan(retailer):
    bad = assess(retailer, default_register(), correlation=0.8, **SMALL)
    assert choose_plan(bad, budget=0.0).residual_total.quantile(0.95) == pytest.approx(
        bad.total.quantile(0.95)
    )  # nothing chosen: the same years in the same order


def test_nothing_measurable_is_refused(retailer):
    with pytest.raises(DesignError, match="no risk could be measured"):
        assess(retailer, default_register(), measures={}, **SMALL)


def test_reductions_combine_multiplicatively(assessment):
    t = {t.id: t for t in assessment.register.treatments}
    both = left_over([t["T01"], t["T02"]], "R07", "frequency", seed=1, n_draws=200)
    one, two = (left_over([t[k]], "R07", "frequency", seed=1, n_draws=200) for k in ("T01", "T02"))
    assert np.allclose(both, one * two)
    drawn = draw_reduction(t["T06"].effects[0], owner="T06", seed=1, n_draws=20_000)
    # The register gives 0.45 and 0.90 as the ends of the middle 90 % and 0.70 as the middle.
    assert np.median(drawn) == pytest.approx(0.70, abs=0.01)
    assert (drawn > 0.90).mean() + (drawn < 0.45).mean() == pytest.approx(0.10, abs=0.03)


def test_net_benefit_by_hand(assessment):
    result = next(r for r in evaluate_treatments(assessment) if r.treatment.id == "T07")
    item = assessment.risk("R16")
    left = left_over([result.treatment], "R16", "frequency", seed=1, n_draws=200) * left_over(
        [result.treatment], "R16", "severity", seed=1, n_draws=200
    )
    assert np.allclose(result.avoided, item.loss.expected * (1 - left))
    cost = (0.0002 / 3 + 0.0002) * assessment.economics.annual_net_sales
    assert result.yearly_cost == pytest.approx(cost)
    assert result.net == pytest.approx(result.avoided.mean() - cost)


@pytest.mark.parametrize("share", [0.0, 0.0005, 0.0015, 0.01])
def test_plan_is_the_best_of_all_subsets(assessment, share):
    budget = share * assessment.economics.annual_net_sales
    plan = choose_plan(assessment, budget=budget)
    results = evaluate_treatments(assessment)
    best = 0.0
    for size in range(len(results) + 1):
        for chosen in itertools.combinations(results, size):
            cost = sum(c.yearly_cost for c in chosen)
            if cost <= budget + 1e-9:
                saved = avoided_loss(assessment, [c.treatment for c in chosen]).mean()
                best = max(best, saved - cost)
    # Solver tolerance on the scaled objective.
    assert plan.net == pytest.approx(best, rel=1e-5, abs=1e-6)
    assert plan.yearly_cost <= budget + 1e-9


def test_plan_lowers_the_simulated_loss(assessment):
    plan = choose_plan(assessment, budget=0.01 * assessment.economics.annual_net_sales)
    assert plan.chosen
    assert plan.residual_total.eal == pytest.approx(
        assessment.total.eal - plan.avoided.mean(), rel=0.05
    )  # simulated anew: other luck in the severity draws
    with pytest.raises(DesignError, match="budget"):
        choose_plan(assessment, budget=-1.0)


def words_of(assessment, share):
    results = evaluate_treatments(assessment)
    plan = choose_plan(assessment, budget=share * assessment.economics.annual_net_sales)
    return results, plan


@pytest.mark.parametrize("share", [0.0, 0.003])
def test_sentences_carry_the_numbers(assessment, share):
    results, plan = words_of(assessment, share)
    estimates = {e.name: e for e in risk_estimates(assessment, results, plan)}
    findings = risk_findings(assessment, results, plan)
    answer = risk_answer(assessment, plan)
    assert format_number(assessment.total.eal, "USD/year") in answer
    assert all(f.value_name in estimates for f in findings)
    text = " ".join(
        [answer, *(part for f in findings for part in (f.headline, f.finding, f.so_what))]
    )
    assert "nan" not in text
    assert "  " not in text
    if not plan.chosen:
        assert "No treatment within the budget" in answer
        assert "no treatment on the list pays" in findings[0].headline
    else:
        assert count_of(len(plan.chosen), "treatment") in findings[0].recommendation
    # What to do is said without numbers of money; those stand beside it.
    assert not any("USD" in f.recommendation for f in findings)


@pytest.mark.parametrize("share", [0.0, 0.003])
def test_every_text_is_known_in_chinese(assessment, share, unknown_in_chinese):
    results, plan = words_of(assessment, share)
    words = [risk_answer(assessment, plan), matrix_note(assessment), plan_title(assessment, plan)]
    parts = [*risk_checks(assessment), *risk_estimates(assessment, results, plan)]
    tables = [register_table(assessment), treatment_table(assessment, results, plan)]
    cells = [text for table in tables for text in table_texts(table)]
    limits = risk_limits(assessment)
    findings = risk_findings(assessment, results, plan)
    assert unknown_in_chinese(*words, *parts, *findings, *limits, *cells) == []
    reason = assessment.not_measured[0].reason
    assert in_language(reason, "zh").startswith("获客成本损失：数据中缺少所需的表")


def test_tables_for_people(assessment):
    results, plan = words_of(assessment, 0.003)
    register = register_table(assessment)
    assert len(register) == 8
    assert register["Level"].iloc[-1] == "Open"
    assert set(register["Level"]) <= {"Low", "Medium", "High", "Very high", "Open"}
    treatments = treatment_table(assessment, results, plan)
    assert (treatments["In the plan"] == "yes").sum() == len(plan.chosen)
    assert treatments["Priority"].tolist() == list(range(1, 10))
    assert expected_risks_per_cell(assessment).to_numpy().sum() == pytest.approx(7.0)
    points = risk_points(assessment)
    assert (points["eal_low"] <= points["eal"]).all()
    assert (points["eal"] <= points["eal_high"]).all()


def test_a_level_above_its_band_is_marked_and_explained(retailer):
    register = default_register()
    strict = register.model_copy(
        update={
            "appetite": register.appetite.model_copy(
                update={"tolerance_revenue_share": 0.000001, "max_probability": 0.5}
            )
        }
    )
    nervous = assess(retailer, strict, **SMALL)
    points = risk_points(nervous).set_index("id")
    late = nervous.risk("R13")
    assert late.probability_above > 0.5
    assert points.loc["R13", "is_raised"] == (late.margin_share < 0.02)
    assert "↑" in matrix_note(nervous)
    calm = register.appetite.model_copy(update={"max_probability": 1.0})
    relaxed = assess(retailer, register.model_copy(update={"appetite": calm}), **SMALL)
    assert not risk_points(relaxed)["is_raised"].any()
    assert "↑" not in matrix_note(relaxed)


def test_checks_say_what_is_missing(assessment):
    checks = {c.name: c for c in risk_checks(assessment)}
    assert not checks["exposure"].passed
    assert "0.50 years" in checks["exposure"].sentence
    assert "Rising acquisition cost" in checks["measured"].sentence
    faults = assessment.faults
    assert checks["matrix_faults"].value == len(faults.misranked) + len(faults.tied)


def test_a_treatment_that_pays_is_worth_what_it_nets(assessment):
    results, plan = words_of(assessment, 0.003)
    named = {e.name: e for e in risk_estimates(assessment, results, plan)}
    paying = {f"net_benefit_{r.treatment.id}": r for r in results if r.net > 0}
    sized = [f for f in risk_findings(assessment, results, plan) if f.value_name in paying]
    assert sized
    for finding in sized:
        result = paying[finding.value_name]
        assert named[finding.value_name].value == result.net
        assert finding.cost_name == f"cost_{result.treatment.id}"
        assert named[finding.cost_name].value == result.yearly_cost
