"""Exhibits stand under the finding that speaks of the same things."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from omnisim.report.exhibits import Shown, in_reading_order, is_wide, least_height
from omnisim.report.loading import load_run
from omnisim.report.picks import top_findings
from omnisim.report.placing import place
from omnisim.results import Exhibit


def _exhibit(
    name: str, title: str, kind: str = "figure", path: str = "figures/ab_test-forest"
) -> Exhibit:
    return Exhibit(
        name=name,
        kind=kind,
        title=title,
        subtitle="",
        path=path,
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
        if pick.question_id in ("overview", "risk"):
            assert beside
            assert not under
        else:  # what found no room is referred to in the appendix
            assert under
            assert set(beside) <= set(placed.spare)


def test_height_is_that_of_the_file_on_a_page(run):
    # 2.2 of 6.38 inches at 162 mm text width, 24 mm for title and note.
    forest = Shown("attribution", _exhibit("forest", "x"))
    assert least_height(run, forest) == pytest.approx(24 + 162 * 2.2 / 6.38, rel=1e-3)
    table = next(e for e in run.results["attribution"].exhibits if e.kind == "table")
    n_rows = len(pd.read_parquet(run.file(table)))
    assert least_height(run, Shown("attribution", table)) == pytest.approx(24 + 6.3 * (n_rows + 1))


def test_an_exhibit_without_room_goes_to_the_appendix_and_is_referred_to(run):
    tall = "figures/attribution-credit"  # 3.0 of 6.38 inches: 100 mm; two need more than a page has
    made = _with(
        run,
        (
            _exhibit("near", "Retargeting is paid for what comes anyway", path=tall),
            _exhibit("far", "Retargeting again", path=tall),
        ),
    )
    placed = place(made, top_findings(made))
    assert [i.exhibit.name for i in placed.under[0]] == ["near"]
    assert [i.exhibit.name for i in placed.beside[0]] == ["far"]
    assert [i.exhibit.name for i in placed.spare] == ["far"]


def test_turned_pages_come_last(run):
    items = [Shown("risk", e) for e in run.exhibits("risk")]
    order = in_reading_order(run, items)
    wide = [is_wide(run, i.exhibit) for i in order]
    assert wide == sorted(wide)
    assert set(order) == set(items)


def test_lists_of_checks_are_not_shown_twice(run):
    made = _with(run, (_exhibit("checks", "Every check holds", "table"),))
    placed = place(made, top_findings(made))
    assert placed.under == ((),)
    assert placed.spare == ()
