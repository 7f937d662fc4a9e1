"""What the reader should know before trusting the risk matrix."""

from __future__ import annotations

from omnisim.language import join_texts, say
from omnisim.results import Check
from omnisim.risk.assess import Assessment


def risk_checks(assessment: Assessment) -> tuple[Check, ...]:
    """What the reader should know before trusting the matrix."""
    span = assessment.economics.exposure_years
    checks = [
        Check(
            name="exposure",
            label="A whole year was watched",
            passed=span >= 0.99,
            value=span,
            threshold=1.0,
            sentence=(
                say("The data cover {n} years.", n=f"{span:.2f}")
                if span >= 0.99
                else say(
                    "The data cover {n} years: rates are scaled up to a year without the season that "
                    "is missing.",
                    n=f"{span:.2f}",
                )
            ),
        ),
        Check(
            name="measured",
            label="Every risk of the register was measured",
            passed=not assessment.not_measured,
            value=float(len(assessment.not_measured)),
            threshold=0.0,
            sentence=(
                say("All risks of the register were measured from tables.")
                if not assessment.not_measured
                else say("Not measured: {risks}.", risks=_not_measured(assessment))
            ),
        ),
    ]
    faults = assessment.faults
    if faults is not None:
        wrong, tied = len(faults.misranked), len(faults.tied)
        counts = {"pairs": faults.n_pairs, "wrong": wrong, "tied": tied}
        sentence = (
            say(
                "Of {pairs} pairs of risks, ranking by likelihood x impact would order {wrong} wrongly "
                "and cannot order {tied}; inside one cell the expected loss differs up to {times}-fold. "
                "Levels therefore come from expected annual loss.",
                times=f"{faults.worst_compression:.0f}",
                **counts,
            )
            if tied
            else say(
                "Of {pairs} pairs of risks, ranking by likelihood x impact would order {wrong} wrongly "
                "and cannot order {tied}. Levels therefore come from expected annual loss.",
                **counts,
            )
        )
        checks.append(
            Check(
                name="matrix_faults",
                label="The matrix ranks as the money does",
                passed=wrong + tied == 0,
                value=float(wrong + tied),
                threshold=0.0,
                sentence=sentence,
            )
        )
    return tuple(checks)


def _not_measured(assessment: Assessment) -> str:
    return join_texts(
        [
            say("{risk} ({reason})", risk=item.risk.name, reason=item.reason)
            for item in assessment.not_measured
        ],
        by="; ",
        zh="；",
    )
