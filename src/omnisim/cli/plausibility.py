"""The table of ``omnisim check`` that says whether a dataset is believable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omnisim.cli.console import show_table

if TYPE_CHECKING:
    from omnisim.metrics import Verdict
    from omnisim.storage import Dataset

MARKS = {
    "usual": "done",
    "ok": "done",
    "look again": "warn",
    "implausible": "failed",
    "not measurable": "skipped",
}
COLUMNS = ["", "measure", "value", "usual", "look again outside", "implausible outside", "source"]


def dataset_verdicts(dataset: Dataset) -> tuple[Verdict, ...]:
    """Every measure of a dataset against its range; with the truth where it is there."""
    from omnisim.metrics import plausibility
    from omnisim.study import true_measurements

    scenario = dataset.manifest.scenario or {}
    sector = str(scenario.get("sector", ""))
    return plausibility(dataset, sector=sector, known=true_measurements(dataset))


def show_verdicts(verdicts: tuple[Verdict, ...], *, is_simulated: bool) -> bool:
    """Show the table; whether it fails the check. A client's data are shown and never fail."""
    show_table(COLUMNS, [verdict_row(verdict) for verdict in verdicts], title="plausibility")
    return is_simulated and any(verdict.word == "implausible" for verdict in verdicts)


def verdict_row(verdict: Verdict) -> tuple[str, ...]:
    """One verdict as text: mark, label, value with verdict, bands, source."""
    unit = verdict.bound.unit
    value = (
        verdict.word if verdict.value is None else f"{shown(verdict.value, unit)} {verdict.word}"
    )
    bands = (verdict.band.usual, verdict.band.warn, verdict.band.fail)
    ranges = (f"{shown(low, unit)} to {shown(high, unit)}" for low, high in bands)
    source = verdict.note or verdict.band.source
    return (MARKS[verdict.word], verdict.bound.label, value, *ranges, source)


def shown(value: float, unit: str) -> str:
    """A value with two or three figures: shares as percentages, others as they are.

    Examples
    --------
    >>> shown(0.0258, "share"), shown(0.0005, "share"), shown(0.83, ""), shown(37.4, "points")
    ('2.58%', '0.05%', '0.83', '37.4')
    """
    return f"{100 * value:.3g}%" if unit == "share" else f"{value:.3g}"
