"""The design checks of a roll-out as sentences that stand beside the number."""

from __future__ import annotations

import pandas as pd

from omnisim.causal.design import Effect
from omnisim.causal.diagnostics import fit_before, selection_dip, trend_before
from omnisim.causal.panel import NEVER, Panel
from omnisim.causal.staggered import GroupTimeEffects
from omnisim.language import join_texts, say
from omnisim.results import Check

FEW_DF = 10  # below, the t quantile exceeds 2.2 and a single odd store can decide
ALARM = 0.05  # checks of this kind have little power: do not ask for more evidence against


def design_checks(
    panel: Panel, effects: GroupTimeEffects, *, placebo: Effect | None, left_out: pd.DataFrame
) -> tuple[Check, ...]:
    """All checks of a roll-out, in the order a reader should see them.

    Parameters
    ----------
    effects : GroupTimeEffects
        Of net sales.
    placebo : Effect or None
        From :func:`~omnisim.causal.diagnostics.placebo_in_time`.
    left_out : frame
        From :func:`~omnisim.causal.diagnostics.leave_one_out`.
    """
    return (
        _enough_stores(panel, effects),
        _trend(effects),
        _fit(effects),
        _placebo(placebo),
        _picked(effects),
        _left_out(left_out, effects.overall()),
        _compared(effects),
        _whole_weeks(panel),
    )


def _enough_stores(panel: Panel, effects: GroupTimeEffects) -> Check:
    treated = int((panel.start_week < panel.n_weeks).sum())
    never = int((panel.start_week == NEVER).sum())
    few = effects.df < FEW_DF
    counts = {"treated": treated, "never": never, "df": effects.df}
    return Check(
        name="enough_stores",
        label="Enough stores to judge noise",
        passed=not few,
        value=float(effects.df),
        threshold=float(FEW_DF),
        sentence=(
            say(
                "{treated} stores with the service and {never} that never got it leave {df} degrees "
                "of freedom: few, so intervals are wide and rest on the assumption that stores vary "
                "alike for their size.",
                **counts,
            )
            if few
            else say(
                "{treated} stores with the service and {never} that never got it leave {df} degrees "
                "of freedom.",
                **counts,
            )
        ),
    )


def _trend(effects: GroupTimeEffects) -> Check:
    slope = trend_before(effects)
    if slope is None:
        return _not_possible(
            "trend_before", "No trend before the start", say("too few weeks before the first start")
        )
    passed, p = slope.p_value >= ALARM, f"{slope.p_value:.2g}"
    return Check(
        name="trend_before",
        label="No trend before the start",
        passed=passed,
        value=slope.p_value,
        threshold=ALARM,
        sentence=(
            say("Before the start the stores did not drift from their comparison (p = {p}).", p=p)
            if passed
            else say(
                "Before the start the stores were already rising against their comparison "
                "(p = {p}): part of the effect may be that trend.",
                p=p,
            )
            if slope.estimate > 0
            else say(
                "Before the start the stores were already falling against their comparison "
                "(p = {p}): part of the effect may be that trend.",
                p=p,
            )
        ),
    )


def _fit(effects: GroupTimeEffects) -> Check:
    p_value = fit_before(effects)
    passed = p_value >= ALARM
    return Check(
        name="fit_before",
        label="Like their comparison in every week of the base period",
        passed=passed,
        value=p_value,
        threshold=ALARM,
        sentence=(
            say(
                "No single week of the base period stands out (joint p = {p}).",
                p=f"{p_value:.2g}",
            )
            if passed
            else say(
                "Some weeks of the base period stand out (joint p = {p}): the comparison does "
                "not follow these stores well.",
                p=f"{p_value:.2g}",
            )
        ),
    )


def _placebo(placebo: Effect | None) -> Check:
    if placebo is None:
        return _not_possible(
            "placebo_in_time",
            "Placebo in time shows nothing",
            say("too few weeks before the first start"),
        )
    passed = placebo.p_value >= ALARM
    return Check(
        name="placebo_in_time",
        label="Placebo in time shows nothing",
        passed=passed,
        value=placebo.p_value,
        threshold=ALARM,
        sentence=(
            say(
                "A start pretended some weeks too early shows no effect (p = {p}).",
                p=f"{placebo.p_value:.2g}",
            )
            if passed
            else say(
                "A start pretended some weeks too early already shows an effect (p = {p}).",
                p=f"{placebo.p_value:.2g}",
            )
        ),
    )


def _picked(effects: GroupTimeEffects) -> Check:
    dip = selection_dip(effects)
    label = "First wave not picked after unusual weeks"
    if dip is None:
        return _not_possible("picked_fairly", label, say("the base period runs to the start"))
    passed = dip.p_value >= ALARM
    first = int(effects.group.min())
    n_weeks = int(effects.group_start[first]) - effects.base[first][1]
    seen = {"n": n_weeks, "p": f"{dip.p_value:.2g}"}
    return Check(
        name="picked_fairly",
        label=label,
        passed=passed,
        value=dip.p_value,
        threshold=ALARM,
        sentence=(
            say(
                "In the {n} weeks before their start the first stores sold as usual (p = {p}).",
                **seen,
            )
            if passed
            else say(
                "In the {n} weeks before their start the first stores sold less than usual "
                "(p = {p}): they would have come back by themselves, so these weeks are left out of "
                "the base.",
                **seen,
            )
            if dip.estimate < 0
            else say(
                "In the {n} weeks before their start the first stores sold more than usual "
                "(p = {p}): they would have come back by themselves, so these weeks are left out of "
                "the base.",
                **seen,
            )
        ),
    )


def _left_out(left_out: pd.DataFrame, overall: Effect) -> Check:
    stores = left_out[left_out["kind"] == "store"].dropna(subset=["value"])
    waves = left_out[left_out["kind"] == "wave"].dropna(subset=["value"])
    low, high = (float(x) for x in (stores["value"].min(), stores["value"].max()))
    inside = overall.ci_low <= low and high <= overall.ci_high
    same_sign = bool((waves["value"] * overall.estimate > 0).all())
    return Check(
        name="leave_one_out",
        label="No single store or wave decides",
        passed=inside and same_sign,
        value=max(abs(low - overall.estimate), abs(high - overall.estimate)),
        threshold=(overall.ci_high - overall.ci_low) / 2,
        sentence=(
            say("Leaving out one store changes the picture: the effect rests on it.")
            if not inside
            else say("Leaving out one wave changes the picture: the effect rests on it.")
            if not same_sign
            else say(
                "Leaving out any one store keeps the effect inside its interval, and any one wave "
                "keeps its sign."
            )
        ),
    )


def _compared(effects: GroupTimeEffects) -> Check:
    n = effects.n_without_control
    return Check(
        name="all_weeks_compared",
        label="Every treated store-week has a comparison",
        passed=n == 0,
        value=float(n),
        threshold=0.0,
        sentence=(
            say("Every store-week with the service could be compared with stores without it.")
            if n == 0
            else say(
                "{n} store-weeks with the service have no comparison and are not in the average.",
                n=f"{n:,}",
            )
        ),
    )


def _whole_weeks(panel: Panel) -> Check:
    lost = panel.n_midweek_starts + panel.n_outside_orders
    parts = [say("{n} whole weeks are used", n=panel.n_weeks)]
    dropped = f"{panel.n_dropped_orders:,}"
    if panel.n_dropped_days == 1:
        parts.append(
            say(
                "the last day ({orders} orders) belong to an incomplete week and left out",
                orders=dropped,
            )
        )
    elif panel.n_dropped_days:
        parts.append(
            say(
                "the last {days} days ({orders} orders) belong to an incomplete week and left out",
                days=panel.n_dropped_days,
                orders=dropped,
            )
        )
    if panel.n_midweek_starts:
        parts.append(
            say(
                "{n} stores started inside a week, which dilutes that week",
                n=panel.n_midweek_starts,
            )
        )
    if panel.n_outside_orders:
        parts.append(
            say(
                "{n} orders of catchments outside the roll-out table are left out",
                n=f"{panel.n_outside_orders:,}",
            )
        )
    return Check(
        name="whole_weeks",
        label="Weeks and catchments complete",
        passed=lost == 0,
        value=float(lost),
        threshold=0.0,
        sentence=say("{clauses}.", clauses=join_texts(parts, by="; ", zh="；")),
    )


def _not_possible(name: str, label: str, why: str) -> Check:
    return Check(
        name=name,
        label=label,
        passed=False,
        sentence=say("This could not be checked: {why}.", why=why),
    )
