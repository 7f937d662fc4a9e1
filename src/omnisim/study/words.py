"""What a study says, in words and as numbers for a result: built from its summary, never typed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from omnisim.language import join_sentences, join_texts, respelled, say
from omnisim.results import Estimate, format_number
from omnisim.study.measures import ALL_PARTS, by_method
from omnisim.study.run import StudyRun

_Z = 1.96
LEVEL = 0.95  # of the intervals
_PROMISES = (  # measure, its count, what is promised, side on which it is broken
    ("coverage", "n_intervals", LEVEL, -1),
    ("type_1_error", "n_zero", 1 - LEVEL, 1),
)
METHODS = (
    "Studies: simulated worlds whose truth is known by re-simulation with shared luck; the same seeds "
    "at every design point. Bias, RMSE, coverage, false alarms and power with Monte-Carlo errors "
    "(Morris, White and Crowther 2019).",
)
LIMITS = (
    "The numbers come from simulated worlds, not from this dataset: they say how methods fail, not "
    "what is true of this retailer.",
    "Shares are of the worlds in which a method answered; refusals are counted beside them.",
)
_COLUMNS = {
    "method": "Method",
    "n": "Answers",
    "n_refused": "Refused",
    "bias": "Absolute bias",
    "rmse": "RMSE",
    "coverage": "Coverage",
    "worst_coverage": "Lowest coverage",
    "type_1_error": "False alarms",
    "power": "Power",
    "rank_agreement": "Rank agreement",
}


def method_table(run: StudyRun) -> pd.DataFrame:
    """One row per method with readable columns; columns in which nothing can be said are left out."""
    frame = by_method(run.summary)
    there = [name for name in _COLUMNS if frame[name].notna().any()]
    return frame[there].rename(columns=_COLUMNS)


def headline(run: StudyRun) -> str:
    """Which method is nearest to the truth, as a sentence without a full stop.

    Of a many-valued estimand the one that orders its parts best, otherwise the one with the least
    RMSE over the design points, beside the farthest one. Where the two differ by less than 1.96 Monte-
    Carlo errors of their difference, as if they were independent, none is named: shared luck makes
    that the careful side.
    """
    is_ranked = _is_ranked(run)
    measure = "rank_agreement" if is_ranked else "rmse"
    frame = by_method(run.summary).dropna(subset=[measure])
    if frame.empty:
        return say("No method answers in study {study}", study=run.study.name)
    rows = frame.sort_values(measure, ascending=not is_ranked, kind="stable").to_dict("records")
    best, worst = rows[0], rows[-1]
    low, high = (_number(row[measure], run) for row in (best, worst))
    if len(rows) == 1:
        if is_ranked:
            return say("{best} agrees with the true order by {low}", best=best["method"], low=low)
        return say("{best} errs by {low}", best=best["method"], low=low)
    error = math.hypot(best[f"{measure}_mc_error"], worst[f"{measure}_mc_error"])
    if not abs(best[measure] - worst[measure]) > _Z * error:  # also where no error is known
        return say(
            "Luck alone may order the methods: from {low} to {high}, {n} methods",
            low=low,
            high=high,
            n=len(rows),
        )
    ends = {"best": best["method"], "low": low, "worst": worst["method"], "high": high}
    if is_ranked:
        return say("{best} orders the causes best ({low}), {worst} worst ({high})", **ends)
    return say("{best} errs least, by {low}; {worst} errs most, by {high}", **ends)


def _number(value: float, run: StudyRun) -> str:
    """A measure with its unit."""
    if _is_ranked(run):
        return say("Kendall's tau {value}", value=f"{value:.2f}".replace("-", "−"))
    return format_number(value, run.unit)


def failures(run: StudyRun) -> list[str]:
    """Where methods fail beyond luck: sentences, the worst first; empty where none does.

    Coverage below the nominal level, or false alarms above it, by more than 1.96 Monte-Carlo errors of
    a perfect method; and refusals, where there are most.
    """
    rows = run.summary[run.summary["part"] != ALL_PARTS]
    found: list[tuple[float, str]] = []
    for name, of_method in rows.groupby("method", sort=False):
        for measure, count, nominal, sign in _PROMISES:
            n = of_method[count].astype(float)
            reach = _Z * (nominal * (1 - nominal) / n.where(n > 0)) ** 0.5
            beyond = (sign * (of_method[measure] - nominal) - reach).to_numpy(dtype=float)
            if np.nanmax(beyond, initial=-1.0) > 0:
                worst = of_method.to_dict("records")[int(np.nanargmax(beyond))]
                broken = _broken(measure, str(name), f"{worst[measure]:.0%}", _where(run, worst))
                found.append((float(np.nanmax(beyond)), broken))
        refused = of_method["n_refused"].to_numpy(dtype=int)
        if refused.sum():
            n_asked = int(of_method["n"].sum() + refused.sum())
            most = _where(run, of_method.to_dict("records")[int(refused.argmax())])
            told = say(
                "{name} refuses {k} of {n} times{where}",
                name=name,
                k=f"{refused.sum():,}",
                n=f"{n_asked:,}",
                where=most,
            )
            found.append((0.0, told))
    return [sentence for _, sentence in sorted(found, key=lambda item: -item[0])]


def answer(runs: Sequence[StudyRun]) -> str:
    """The answer over several studies in a few sentences."""
    sentences = []
    for run in runs:
        told = join_texts([headline(run), *failures(run)[:1]], by="; ", zh="；")
        asked = run.study.file.question or run.study.name
        sentences.append(say("{question} {told}.", question=asked, told=told))
    return join_sentences(*sentences)


def _broken(measure: str, name: str, share: str, where: str) -> str:
    """How a method breaks what it promises, and where."""
    if measure == "coverage":
        return say(
            "{name} covers the truth in {share} of worlds{where}",
            name=name,
            share=share,
            where=where,
        )
    return say(
        "{name} sees an effect in {share} of worlds without one{where}",
        name=name,
        share=share,
        where=where,
    )


def estimates(run: StudyRun) -> tuple[Estimate, ...]:
    """Coverage, or agreement of ranks, of each method over the design points, with its range."""
    measure, unit = (
        ("rank_agreement", "Kendall's tau") if _is_ranked(run) else ("coverage", "share")
    )
    made = []
    for k, row in enumerate(by_method(run.summary).to_dict("records")):
        value, error = float(row[measure]), float(row[f"{measure}_mc_error"])
        if math.isnan(value) or math.isnan(error):
            continue
        made.append(
            Estimate(
                name=f"{run.study.name}_{k + 1}_{measure}",
                label=say("Agreement with the true order: {method}", method=row["method"])
                if _is_ranked(run)
                else say("Coverage of the truth: {method}", method=row["method"]),
                value=value,
                std_error=error,
                ci_low=value - _Z * error,
                ci_high=value + _Z * error,
                unit=unit,
                role="diagnostic",
                n=int(row["n"]),
                n_of="simulated worlds",
                method=say("mean over the design points of study {study}", study=run.study.name),
                source="simulated worlds",
                note="the interval is Monte-Carlo error only",
            )
        )
    return tuple(made)


def _is_ranked(run: StudyRun) -> bool:
    """Whether the order of causes is in question; that of weeks or regions is not."""
    is_across = run.study.file.estimand.across == "cause"
    return is_across and bool(run.summary["rank_agreement"].notna().any())


def _where(run: StudyRun, row: Mapping[Any, Any]) -> str:
    """The design point of a row, in the words of its dials."""
    dials = [
        say("{label}: {value}", label=label, value=_value(row[name]))
        for name, label in run.study.dials.items()
    ]
    told = join_texts(dials, by=", ", zh="，")
    if row["part"]:
        part = str(row["part"])
        channel = respelled(part.replace("_", " ").capitalize(), part)
        told = join_texts([channel, told], by="; ", zh="；")
    return say(" ({told})", told=told) if told else ""


def _value(value: object) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, (int, float, np.number)) else str(value)
