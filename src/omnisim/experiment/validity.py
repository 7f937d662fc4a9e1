"""Is the comparison what it claims to be? Gates that block the number, and warnings beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from omnisim.experiment.units import VARIANTS, Design
from omnisim.language import say
from omnisim.results import Check

ALARM = 0.001  # one false alarm in a thousand sound tests (Fabijan et al. 2019, KDD)
SMD_LIMIT = 0.1  # standardised difference that starts to matter (Austin 2009)
MISSING_LIMIT = 0.005  # share of assigned accounts that may be unknown to the CRM
COVARIATES = {
    "net_amount_before": "net sales before the test",
    "n_orders_before": "orders before the test",
    "tenure_days": "age of the account",
}


def check_validity(
    design: Design, assignments: pd.DataFrame, units: pd.DataFrame
) -> tuple[Check, ...]:
    """All checks of one experiment; those with ``is_gate`` block the effect when they fail.

    Parameters
    ----------
    assignments : frame
        ``experiment_assignments`` as logged, duplicates and all.
    units : frame
        From :func:`~omnisim.experiment.units.unit_table`.
    """
    logged = assignments[assignments["experiment_id"] == design.experiment_id]
    return (
        _window(design),
        *_logged_twice(logged),
        _sample_ratio(design, units),
        _sample_ratio_by_period(design, units),
        _unknown(units),
        _same_before(units),
        _balance(units),
    )


def sample_ratio_p_value(n_control: int, n_treatment: int, treatment_share: float) -> float:
    """Chi-square p-value of the counts at the designed split.

    Examples
    --------
    >>> round(sample_ratio_p_value(450, 550, 0.5), 5)
    0.00157
    """
    n = n_control + n_treatment
    expected = np.array([1 - treatment_share, treatment_share]) * n
    return float(stats.chisquare([n_control, n_treatment], expected).pvalue)


def _counts(units: pd.DataFrame) -> tuple[int, int]:
    found = units["variant"].value_counts()
    return int(found.get(VARIANTS[0], 0)), int(found.get(VARIANTS[1], 0))


def _window(design: Design) -> Check:
    short = (design.last_date - design.data_last_date).days
    return Check(
        name="window_complete",
        label="Planned window is over",
        passed=short <= 0,
        value=float(max(short, 0)),
        threshold=0.0,
        is_gate=True,
        sentence=(
            say(
                "The data cover the planned window, {first} to {last}.",
                first=design.first_date,
                last=design.last_date,
            )
            if short <= 0
            else say(
                "The window runs to {last} but the data end {n} days earlier: reading now would be "
                "peeking.",
                last=design.last_date,
                n=short,
            )
        ),
    )


def _logged_twice(logged: pd.DataFrame) -> tuple[Check, Check]:
    arms = logged.groupby("customer_id")["variant"].nunique()
    n_both = int((arms > 1).sum())
    n_extra = len(logged) - len(logged.drop_duplicates(["customer_id", "variant"]))
    return (
        Check(
            name="one_arm_each",
            label="No account in both arms",
            passed=n_both == 0,
            value=float(n_both),
            threshold=0.0,
            is_gate=True,
            sentence=(
                say("Every account is in one arm only.")
                if n_both == 0
                else say(
                    "{n} accounts are in both arms: what they saw is unknown.", n=f"{n_both:,}"
                )
            ),
        ),
        Check(
            name="no_duplicates",
            label="No account logged twice",
            passed=n_extra == 0,
            value=float(n_extra),
            threshold=0.0,
            is_gate=True,
            sentence=(
                say("No assignment is logged twice.")
                if n_extra == 0
                else say(
                    "{n} assignments are logged more than once: the log is not the draw.",
                    n=f"{n_extra:,}",
                )
            ),
        ),
    )


def _sample_ratio(design: Design, units: pd.DataFrame) -> Check:
    n_control, n_treatment = _counts(units)
    p_value = sample_ratio_p_value(n_control, n_treatment, design.treatment_share)
    split = say(
        "{control} accounts in control and {treatment} in treatment, {share} planned for treatment "
        "(p = {p})",
        control=f"{n_control:,}",
        treatment=f"{n_treatment:,}",
        share=f"{design.treatment_share:.0%}",
        p=f"{p_value:.2g}",
    )
    return Check(
        name="sample_ratio",
        label="Split of accounts as designed",
        passed=p_value >= ALARM,
        value=p_value,
        threshold=ALARM,
        is_gate=True,
        sentence=(
            say("The split is as designed: {split}.", split=split)
            if p_value >= ALARM
            else say(
                "The split is not as designed: {split}. Something chose who was counted, so the "
                "arms cannot be compared.",
                split=split,
            )
        ),
    )


def _sample_ratio_by_period(design: Design, units: pd.DataFrame) -> Check:
    """Weekly chi-squares added up; weeks too thin for the approximation join the week before."""
    start = pd.Timestamp(design.first_date, tz="UTC")
    week = (units["assigned_at"] - start) // pd.Timedelta(days=7)
    table = (
        pd.crosstab(week, units["variant"]).reindex(columns=list(VARIANTS), fill_value=0).to_numpy()
    )
    planned = np.array([1 - design.treatment_share, design.treatment_share])
    enough = 5 / planned.min()  # five expected in the smaller arm
    periods = [table[0].astype(float)]
    for row in table[1:]:
        if periods[-1].sum() < enough or row.sum() < enough:
            periods[-1] = periods[-1] + row
        else:
            periods.append(row.astype(float))
    counts = np.array(periods)
    expected = counts.sum(axis=1, keepdims=True) * planned
    p_value = float(stats.chi2.sf(((counts - expected) ** 2 / expected).sum(), len(counts)))
    n, p = len(counts), f"{p_value:.2g}"
    return Check(
        name="sample_ratio_by_period",
        label="Split as designed in every week of assignment",
        passed=p_value >= ALARM,
        value=p_value,
        threshold=ALARM,
        is_gate=True,
        sentence=(
            say(
                "All accounts were assigned in one period, so the overall split says it all (p = {p}).",
                p=p,
            )
            if n == 1
            else say("The split holds in each of {n} periods of assignment (p = {p}).", n=n, p=p)
            if p_value >= ALARM
            else say(
                "The split drifts over {n} periods of assignment (p = {p}): the arms differ in when "
                "their customers came.",
                n=n,
                p=p,
            )
        ),
    )


def _unknown(units: pd.DataFrame) -> Check:
    known = units["is_known"].to_numpy()
    n_missing = int((~known).sum())
    share = n_missing / len(units)
    treated = (units["variant"] == VARIANTS[1]).to_numpy()
    if 0 < n_missing < len(units) and 0 < treated.sum() < len(units):
        table = [
            [int((treated == arm)[known == seen].sum()) for seen in (False, True)]
            for arm in (False, True)
        ]
        p_value = float(stats.fisher_exact(table)[1])
    else:
        p_value = 1.0
    passed = share <= MISSING_LIMIT and p_value >= ALARM
    return Check(
        name="known_accounts",
        label="Assigned accounts exist in the CRM",
        passed=passed,
        value=share,
        threshold=MISSING_LIMIT,
        is_gate=True,
        sentence=(
            say("Every assigned account is in the customer table.")
            if n_missing == 0
            else say(
                "{n} of {total} assigned accounts are missing from the customer table ({share}); "
                "missing differently by arm: p = {p}.",
                n=f"{n_missing:,}",
                total=f"{len(units):,}",
                share=f"{share:.2%}",
                p=f"{p_value:.2g}",
            )
        ),
    )


def _arms(units: pd.DataFrame, column: str) -> tuple[pd.Series, pd.Series]:
    values = units[["variant", column]].dropna()
    control, treatment = (values.loc[values["variant"] == arm, column] for arm in VARIANTS)
    return control, treatment


def _same_before(units: pd.DataFrame) -> Check:
    """A difference before anything was shown, beyond chance over three covariates, is a broken draw."""
    p_values = [1.0]
    for column in COVARIATES:
        control, treatment = _arms(units, column)
        if min(len(control), len(treatment)) > 1 and control.var() + treatment.var() > 0:
            p_values.append(float(stats.ttest_ind(treatment, control, equal_var=False).pvalue))
    smallest = min(1.0, min(p_values) * (len(p_values) - 1 or 1))
    return Check(
        name="same_before",
        label="Arms alike before the start",
        passed=smallest >= ALARM,
        value=smallest,
        threshold=ALARM,
        is_gate=True,
        sentence=(
            say(
                "Before the start the arms differ no more than chance allows (p = {p}).",
                p=f"{smallest:.2g}",
            )
            if smallest >= ALARM
            else say(
                "The arms differed before anything was shown (p = {p}): the draw was not random.",
                p=f"{smallest:.2g}",
            )
        ),
    )


def _balance(units: pd.DataFrame) -> Check:
    """Largest standardised difference; small tests are allowed what three standard errors of it are."""
    worst, name = 0.0, "net_amount_before"
    for column in COVARIATES:
        control, treatment = _arms(units, column)
        if min(len(control), len(treatment)) < 2:
            continue
        spread = ((control.var() + treatment.var()) / 2) ** 0.5
        gap = abs(treatment.mean() - control.mean()) / spread if spread > 0 else 0.0
        if gap > worst:
            worst, name = float(gap), column
    limit = max(SMD_LIMIT, 3 * sum(1 / max(n, 1) for n in _counts(units)) ** 0.5)
    seen = {"gap": f"{worst:.3f}", "covariate": COVARIATES[name]}
    return Check(
        name="balance",
        label="Covariates balanced",
        passed=worst <= limit,
        value=worst,
        threshold=limit,
        sentence=(
            say(
                "The largest standardised difference between the arms before the start is {gap} "
                "({covariate}), no more than a random draw gives.",
                **seen,
            )
            if worst <= limit
            else say(
                "The largest standardised difference between the arms before the start is {gap} "
                "({covariate}), large for a random draw; the adjusted estimate takes it out.",
                **seen,
            )
        ),
    )
