"""What the report puts first, and which disagreements it says."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from omnisim.errors import ResultError
from omnisim.report import contradictions, narrative, picks, programme_rows
from omnisim.report.benchmarks import TARGETS, Reading, read_targets
from omnisim.report.engagement import Agreed
from omnisim.report.loading import load_run
from omnisim.results import Check, Estimate, Finding, Result, TruthComparison


@pytest.fixture(scope="module")
def run(run_folder):
    return load_run(run_folder)


def _estimate(
    name: str, value: float, role: str = "incremental", unit: str = "USD/year", **more: object
) -> Estimate:
    reach = {"ci_low": value - 10, "ci_high": value + 10}
    return Estimate(
        name=name,
        label=name,
        value=value,
        unit=unit,
        role=role,
        n=10,
        n_of="x",
        method="m",
        source="s",
        **{**reach, **more},
    )  # type: ignore[arg-type]


def _finding(headline: str, value_name: str, confidence: str = "high", **more: object) -> Finding:
    return Finding(
        headline=headline,
        finding="f",
        so_what="s",
        recommendation="do it",
        value_name=value_name,
        owner_role="o",
        effort="low",
        confidence=confidence,
        confidence_why="w",
        **more,
    )  # type: ignore[arg-type]


def _run_of(run, estimates: tuple[Estimate, ...], findings: tuple[Finding, ...]):
    source = run.source
    result = Result(
        question_id="overview",
        question="q",
        answer="a",
        source=source,
        estimates=estimates,
        findings=findings,
    )
    return replace(run, results={"overview": result})


def test_each_question_is_heard_and_the_largest_comes_first(run):
    top = picks.top_findings(run)
    assert {p.question_id for p in top} == set(run.results)
    # 511 000 at medium confidence (x 0.6) against 248 000 at high: by hand 306 600 > 248 000.
    assert [p.question_id for p in top[:2]] == ["effect_evaluation", "ab_test"]
    # Credit is not an effect: it cannot lead, however large.
    assert top[-1].question_id == "attribution"


def test_size_settles_the_order(run):
    small, large = _estimate("a", 100), _estimate("b", 1000)
    made = _run_of(run, (small, large), (_finding("small", "a"), _finding("large", "b")))
    assert [p.finding.headline for p in picks.all_picks(made)] == ["large", "small"]


def test_actions_keep_their_names_when_numbers_change(run):
    made = _run_of(
        run,
        (_estimate("a", 100), _estimate("b", 1000)),
        (_finding("1", "a"), _finding("2", "b"), _finding("3", "b"), _finding("4", "")),
    )
    # "b" sizes two findings, so it names none of them.
    names = ["overview.a", "overview.o", "overview.o-2", "overview.o-3"]
    assert list(picks.named_findings(made.results)) == names


def test_a_known_cost_is_said_and_an_unknown_name_is_refused(run):
    cost = _estimate("c", 5000, role="assumption", ci_low=None, ci_high=None)
    made = _run_of(run, (_estimate("a", 100), cost), (_finding("h", "a", cost_name="c"),))
    assert picks.all_picks(made)[0].cost_text == "USD 5,000 a year"
    with pytest.raises(ResultError, match=r"costed by 'd'.*\['a', 'c'\]"):
        _run_of(run, (_estimate("a", 100), cost), (_finding("h", "a", cost_name="d"),))


def test_an_open_effect_ranks_below_a_settled_one_of_half_its_size(run):
    open_ = _estimate("a", 1000, ci_low=-500, ci_high=2500)
    settled = _estimate("b", 500)
    made = _run_of(run, (open_, settled), (_finding("open", "a"), _finding("settled", "b")))
    assert [p.finding.headline for p in picks.all_picks(made)] == ["settled", "open"]


def test_amounts_of_the_period_are_ranked_per_year(run):
    # 365 days of data: USD 100 over the period is about USD 100 a year, below USD 150 a year.
    period, yearly = _estimate("a", 100, unit="USD"), _estimate("b", 150)
    made = _run_of(run, (period, yearly), (_finding("period", "a"), _finding("yearly", "b")))
    assert [p.finding.headline for p in picks.all_picks(made)] == ["yearly", "period"]


def test_never_more_than_five(run):
    findings = tuple(_finding(f"f{i}", "a") for i in range(9))
    assert len(picks.top_findings(_run_of(run, (_estimate("a", 1),), findings))) == 5


def test_what_to_do_first_is_soon_and_surely_worth_it(run):
    # "Now", by the cautious end: 121 000 of the test at high confidence; then the credit, no money.
    first = picks.do_first(run)
    assert first[0].finding.owner_role == "Head of e-commerce"
    assert [p.finding.horizon for p in first] == sorted(
        (p.finding.horizon for p in first), key=["now", "next", "later"].index
    )
    assert len({p.question_id for p in first}) == 3


def test_actions_come_by_horizon_then_by_the_cautious_end(run):
    # Cautious ends at high confidence: 900 of the wide, 940 of the narrow; the open one counts 0.
    wide = _estimate("wide", 2000, ci_low=900, ci_high=3100)
    narrow = _estimate("narrow", 950)
    open_ = _estimate("open", 9000, ci_low=-1, ci_high=18_001)
    later = _estimate("later", 50_000)
    made = _run_of(
        run,
        (wide, narrow, open_, later),
        (
            _finding("wide", "wide", horizon="now"),
            _finding("open", "open", horizon="now"),
            _finding("narrow", "narrow", horizon="now"),
            _finding("later", "later", horizon="later"),
        ),
    )
    order = [p.finding.headline for p in picks.recommendations(made)]
    assert order == ["narrow", "wide", "open", "later"]


@pytest.mark.parametrize(
    ("horizon", "effort", "by", "periods", "due", "starts"),
    [
        ("now", "low", None, [0], "2026-03-31", "now"),
        ("now", "high", None, [0, 1, 2], "2026-12-31", "now"),
        ("later", "high", None, [3], "2028-12-31", "later"),
        ("now", "low", "2026-09-01", [0, 1, 2], "2026-09-01", "now"),
        ("later", "low", "2026-05-01", [1], "2026-05-01", "next"),
        ("next", "high", "2026-01-15", [0], "2026-01-15", "now"),
    ],
)
def test_the_bar_of_the_roadmap_ends_with_the_day_it_is_due(
    run, horizon, effort, by, periods, due, starts
):
    # The data end on 2025-12-31; the periods end 3, 6, 12 and 36 months later.
    finding = replace(_finding("a", "a", horizon=horizon), effort=effort)
    made = _run_of(run, (_estimate("a", 1000),), (finding,))
    if by:
        made = replace(made, agreed={"overview.a": Agreed(by=dt.date.fromisoformat(by))})
    (pick,) = picks.recommendations(made)
    assert pick.due == dt.date.fromisoformat(due)
    assert pick.finding.horizon == starts
    (row,) = programme_rows.gantt_grid([pick]).rows
    assert [i for i, cell in enumerate(row[2:]) if cell] == periods


def test_each_question_has_its_turn_before_a_second_action(run):
    made = _run_of(
        run,
        (_estimate("a", 1000), _estimate("b", 900), _estimate("c", 800)),
        (_finding("a", "a", horizon="now"), _finding("b", "b", horizon="now")),
    )
    other = replace(
        made.results["overview"], question_id="risk", findings=(_finding("c", "c", horizon="now"),)
    )
    made = replace(made, results={**made.results, "risk": other})
    assert [p.finding.headline for p in picks.do_first(made)] == ["a", "c", "b"]


@pytest.mark.parametrize(
    ("headline", "so_what", "want", "certainty"),
    [
        # The number with its interval is in the first sentence: nothing is added.
        (
            "h",
            "It is worth USD 500 a year (95% interval USD 490 to 510 a year). More. ",
            "It is worth USD 500 a year (95% interval USD 490 to 510 a year).",
            "High confidence",
        ),
        # The number is in the headline: the interval follows the confidence.
        (
            "It takes USD 500 a year",
            "That is much. And more.",
            "That is much.",
            "High confidence; 95% interval USD 490 to 510 a year",
        ),
        # The number is nowhere: it follows with its label.
        (
            "h",
            "That is much.",
            "That is much. a: USD 500 a year (95% interval USD 490 to 510 a year).",
            "High confidence",
        ),
    ],
)
def test_the_summary_says_each_number_once_with_its_interval(headline, so_what, want, certainty):
    finding = replace(_finding(headline, "a"), so_what=so_what)
    pick = picks.Pick("q", finding, _estimate("a", 500))
    assert (pick.meaning, pick.certainty) == (want, certainty)


def test_the_summary_says_when_nothing_is_sized():
    pick = picks.Pick("q", _finding("h", "", "low"), None)
    assert pick.meaning == "s Not sized in money."
    assert pick.certainty == "Low confidence"


def test_the_summary_keeps_credit_apart_from_effect():
    credit = _estimate("a", 500, role="credit")
    finding = replace(_finding("USD 500 a year", "a"), so_what="USD 500 a year.")
    assert "credited, which is not an effect" in picks.Pick("q", finding, credit).meaning


def test_credit_above_cause_is_said(run):
    (sentence,) = [s for s in contradictions.contradictions(run.results) if "credited" in s]
    assert "more than was caused" in sentence
    assert "USD 212,000" in sentence


def test_agreeing_numbers_contradict_nothing(run):
    agreeing = (
        _estimate("credit_email", 100, role="credit", ci_low=None, ci_high=None),
        _estimate("incremental_email", 95),
    )
    made = _run_of(run, agreeing, ())
    assert contradictions.contradictions(made.results) == ()


def test_methods_with_disjoint_intervals_are_said(run):
    pair = (_estimate("sales_did", 100), _estimate("sales_naive", 200))
    (sentence,) = contradictions.contradictions(_run_of(run, pair, ()).results)
    assert sentence.startswith("Two methods disagree")


@pytest.mark.parametrize(
    ("levels", "want"),
    [
        ([], ""),
        (["high"], "The finding carries high confidence."),
        (
            ["high", "low", "low"],
            "One of the three findings carries high confidence, two low.",
        ),
    ],
)
def test_confidence_sentence(levels, want):
    rated = [picks.Pick("q", _finding("h", "", level), None) for level in levels]
    assert narrative.confidence_sentence(rated) == want


def test_truth_sentence_counts_effects_and_leaves_credit_out(run):
    def row(label: str, low: float | None, truth: float) -> TruthComparison:
        high = None if low is None else low + 2
        return TruthComparison(
            name=f"{label}{low}{truth}",
            label=label,
            estimate=1.0,
            truth=truth,
            truth_std_error=0.1,
            unit="USD",
            semantics="ghost",
            ci_low=low,
            ci_high=high,
        )

    rows = (
        row("Page", 0, 1),
        row("Roll-out", 0, 9),
        row("Click credit", 0, 9),
        row("Free", None, 1),
    )
    result = replace(run.results["overview"], truth=rows)
    said = narrative.truth_sentence({"overview": result})
    assert said.startswith("Of 2 intervals of effects, 1 hold the truth")
    assert "as a warning" in said
    assert narrative.truth_sentence({"overview": run.results["overview"]}) == ""


@pytest.mark.parametrize(
    ("checks", "want"),
    [
        ([], ""),
        ([(True, True)], "The one design check passed."),
        (
            [(True, True), (False, False)],
            "1 of 2 design checks passed. What did not pass blocks no number: “L1”.",
        ),
        (
            [(True, False), (False, True)],
            "1 of 2 design checks passed. A gate failed, and the numbers behind it are withheld. L1: S1.",
        ),
    ],
)
def test_checks_sentence_names_failed_gates(run, checks, want):
    made = tuple(
        Check(name=f"c{i}", label=f"L{i}", passed=passed, is_gate=gate, sentence=f"S{i}.")
        for i, (passed, gate) in enumerate(checks)
    )
    result = replace(run.results["overview"], checks=made)
    assert narrative.checks_sentence({"overview": result}) == want


@pytest.mark.parametrize(
    ("low", "high", "at_most", "want"),
    [
        (0.001, 0.009, True, "met"),
        (0.011, 0.02, True, "not met"),
        (0.005, 0.02, True, "uncertain"),
        (0.61, 0.7, False, "met"),
        (0.5, 0.59, False, "not met"),
        (0.5, 0.7, False, "uncertain"),
    ],
)
def test_a_target_is_judged_by_the_whole_interval(low, high, at_most, want):
    target = next(
        t for t in TARGETS if t.at_most == at_most and t.threshold == (0.01 if at_most else 0.60)
    )
    middle = (low + high) / 2
    reading = Reading(target, _estimate("x", middle, unit="share", ci_low=low, ci_high=high))
    assert reading.status == want


def test_targets_find_their_measures(run):
    found = {r.target.label: r.status for r in read_targets(run.results)}
    assert found["Difference between recorded and counted stock"] == "not met"
    assert found["Orders that carry an account"] == "met"
    assert found["Satisfied customers in the pilot"] == "not measured"
