"""The figures of a finished study, drawn from its summary and written beside its tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from omnisim.study.measures import ALL_PARTS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ALONG = ("coverage", "type_1_error", "power", "rank_agreement", "rmse")
_FEW_POINTS = 6  # a quadratic needs as many


def draw(summary: pd.DataFrame, *, dials: Mapping[str, str], unit: str = "") -> dict[str, Figure]:
    """Every figure the summary allows: name to figure.

    Bias against spread; each measure along each dial; RMSE over the first two dials. Of a many-valued
    estimand the rows of all parts are drawn, and no bias: the errors of its parts cancel.

    Parameters
    ----------
    summary : DataFrame
        From :func:`~omnisim.study.performance`.
    dials : mapping of str to str
        Dials with their names for people.
    unit : str
        Unit of the estimates.
    """
    from omnisim.figures.studies import bias_and_spread, measure_by_dial, response_surface

    has_parts = (summary["part"] == ALL_PARTS).any()
    rows = summary[summary["part"] == ALL_PARTS] if has_parts else summary
    made: dict[str, Figure] = {}
    if not has_parts and rows["empirical_se"].notna().any():
        made["bias_and_spread"] = bias_and_spread(rows, unit=unit)
    varied = [name for name in dials if rows[name].nunique() > 1]
    for dial in varied:
        for measure in _ALONG:
            if rows[measure].notna().any():
                name = f"{measure}_by_{dial.replace('.', '_')}"
                made[name] = measure_by_dial(rows, dial, label=dials[dial], measure=measure)
    numeric = [d for d in varied if pd.api.types.is_numeric_dtype(rows[d])]
    pair = (numeric if len(numeric) >= 2 else varied)[:2]
    is_grid = rows["world"].nunique() == rows[varied].drop_duplicates().shape[0]
    enough = is_grid or rows["world"].nunique() >= _FEW_POINTS
    if len(pair) == 2 and enough and rows["rmse"].notna().any():
        made["rmse_surface"] = response_surface(rows, pair, measure="rmse", labels=dials)
    return made


def write_figures(figures: Mapping[str, Figure], folder: Path) -> None:
    """Write figures as SVG and PNG, the same bytes for the same figure; older ones go."""
    import matplotlib as mpl

    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("*.svg"), *folder.glob("*.png")):
        old.unlink()
    with mpl.rc_context({"svg.hashsalt": "omnisim", "svg.fonttype": "path"}):
        for name, figure in figures.items():
            figure.savefig(folder / f"{name}.svg", metadata={"Date": None, "Creator": None})
            figure.savefig(folder / f"{name}.png", dpi=200, metadata={"Software": None})
