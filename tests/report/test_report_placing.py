"""Exhibits stand under the finding that speaks of the same things."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omnisim.report.loading import load_run
from omnisim.report.narrative import top_findings
from omnisim.report.placing import place
from omnisim.results import Exhibit


def _exhibit(name: str, title: str, kind: str = "figure") -> Exhibit:
    return Exhibit(
        name=name,
        kind=kind,
        title=title,
        subtitle="",
        path=f"figures/{name}",
        alt=title,
        source="s",
        n=1,
        n_of="x",
    )  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def run(run_folder):
    return load_run(run_folder)


def _with(run, exhibits: tuple[Exhibit, ...]):
    changed = replace(run.results["attribution"], exhibits=exhibits)
    return replace(run, results={"attribution": changed})


def test_the_closest_two_are_shown_and_the_rest_is_kept_for_the_appendix(run):
    made = _with(
        run,
        (
            _exhibit("weather", "Rain falls on Tuesdays"),
            _exhibit("paid", "Retargeting is paid for what comes anyway"),
            _exhibit("journeys", "Most journeys are short"),
        ),
    )
    placed = place(made, top_findings(made))
    assert [i.exhibit.name for i in placed.under[0]] == ["paid", "journeys"]
    assert [i.exhibit.name for i in placed.spare] == ["weather"]


def test_a_figure_wins_over_tables_as_close(run):
    made = _with(
        run,
        (_exhibit("t1", "Zzzz", "table"), _exhibit("t2", "Zzzz", "table"), _exhibit("f", "Zzzz")),
    )
    table = run.results["attribution"].exhibits[1].path
    exhibits = tuple(
        replace(e, path=table) if e.kind == "table" else e
        for e in made.results["attribution"].exhibits
    )
    made = _with(run, exhibits)
    assert [i.exhibit.name for i in place(made, top_findings(made)).under[0]] == ["t1", "f"]


def test_every_exhibit_has_exactly_one_place(run):
    picks = top_findings(run)
    placed = place(run, picks)
    shown = [i.anchor for items in placed.under for i in items] + [i.anchor for i in placed.spare]
    assert len(shown) == len(set(shown))
    own = {
        i
        for name in ("attribution", "ab_test", "effect_evaluation")
        for i in run.results[name].exhibits
    }
    assert len(shown) == len(own)


def test_findings_with_a_section_of_their_own_refer_to_it(run):
    picks = top_findings(run)
    placed = place(run, picks)
    for pick, under, beside in zip(picks, placed.under, placed.beside, strict=True):
        assert bool(beside) == (pick.question_id in ("overview", "risk"))
        assert not (under and beside)


def test_lists_of_checks_are_not_shown_twice(run):
    made = _with(run, (_exhibit("checks", "Every check holds", "table"),))
    placed = place(made, top_findings(made))
    assert placed.under == ((),)
    assert placed.spare == ()
