"""The long table of a study: every estimate beside its truth, every refusal with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from omnisim.study.load import Study
from omnisim.study.trial import Record, Trial

_FLOATS = (
    "estimate", "std_error", "ci_low", "ci_high", "truth", "truth_std_error", "error", "seconds",
)  # fmt: skip


def trial_table(study: Study, records: Sequence[tuple[Trial, Record]]) -> pd.DataFrame:
    """One row per world, seed, method and part.

    Returns
    -------
    DataFrame
        ``world`` (number of the design point), ``seed``, one column per dial, ``method`` (its
        label), ``part`` (cause of a many-valued estimand, else empty), ``estimate, std_error, ci_low,
        ci_high``, ``n`` (units behind the estimate), ``truth, truth_std_error, error`` (estimate less
        truth), ``unit``, ``seconds`` (of the method), ``failure`` (why the method refused, or there is
        no truth; empty otherwise). A refusal keeps its rows, without an estimate.
    """
    dials = {point.number: dict(point.dials) for point in study.points}
    rows: list[dict[str, Any]] = []
    for trial, record in records:
        truth = record["truth"] or {"": {"value": None, "std_error": None, "unit": ""}}
        for call, chosen in zip(trial.calls, study.methods, strict=True):
            outcome = record["methods"][call.key]
            for part, true in truth.items():
                rows.append(
                    {
                        "world": trial.point,
                        "seed": trial.scenario.seed,
                        **dials[trial.point],
                        "method": chosen.label,
                        "part": part,
                        **_beside(outcome, part, true, record["no_truth"]),
                    }
                )
    table = pd.DataFrame(rows)
    for name in _FLOATS:
        table[name] = table[name].astype(float)
    table["n"] = table["n"].astype("Int64")
    if study.file.estimand.truth == "mean":
        table = with_mean_truth(table)
    table["error"] = table["estimate"] - table["truth"]
    return table


def with_mean_truth(table: pd.DataFrame) -> pd.DataFrame:
    """Truth replaced by its mean over the seeds of the world, with the error of that mean."""
    values = table.drop_duplicates(["world", "seed", "part"]).groupby(["world", "part"])["truth"]
    found = pd.DataFrame(
        {"truth": values.mean(), "truth_std_error": values.std(ddof=1) / np.sqrt(values.count())}
    )
    bare = table.drop(columns=["truth", "truth_std_error"])
    made = bare.merge(found, left_on=["world", "part"], right_index=True, how="left")
    return made.sort_index()[list(table.columns)]


def _beside(outcome: Any, part: str, true: Any, no_truth: str) -> dict[str, Any]:
    """Estimate and truth of one part."""
    found = outcome["estimates"].get(part)
    failure = outcome["failure"] or (f"no truth: {no_truth}" if no_truth else "")
    if not failure and found is None:
        failure = f"gives no estimate of {part!r}" if part else "gives no estimate"
    if not failure and found["unit"] != true["unit"]:
        failure = f"estimates {found['unit']!r}, the truth is in {true['unit']!r}"
    usable = found if found is not None and not failure else {}
    return {
        "estimate": usable.get("value"),
        "std_error": usable.get("std_error"),
        "ci_low": usable.get("ci_low"),
        "ci_high": usable.get("ci_high"),
        "n": usable.get("n"),
        "truth": true["value"],
        "truth_std_error": true["std_error"],
        "error": None,
        "unit": true["unit"],
        "seconds": outcome["seconds"],
        "failure": failure,
    }
