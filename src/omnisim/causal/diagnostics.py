"""Could the answer be an artefact? Placebos, trends before the start, and leaving stores out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from omnisim.causal.aggregate import event_study, joint_p_value
from omnisim.causal.design import MIN_BASE_WEEKS, Effect, Method
from omnisim.causal.panel import FloatArray, Panel
from omnisim.causal.staggered import Groups, GroupTimeEffects, group_time_effects
from omnisim.errors import DesignError


def placebo_in_time(
    panel: Panel, outcome: str, method: Method, *, n_weeks: int = 4
) -> Effect | None:
    """Pretend the service had started `n_weeks` before the end of each base period.

    Only weeks without any service of the group enter, and the base is what lies before the pretended
    start. The answer should be zero. None when no group has enough weeks before its start.
    """
    groups = Groups.of(panel, outcome)
    pretended, base, cells = groups.start.copy(), [], []
    for g, (first, end) in enumerate(groups.base_periods(panel.n_weeks, method)):
        early = end - n_weeks
        base.append((first, early) if early - first >= MIN_BASE_WEEKS else (0, 0))
        if early - first < MIN_BASE_WEEKS:
            continue
        pretended[g] = early
        for week in range(early, end):
            made = groups.cell(g, week, (first, early), method)
            if made is not None:
                cells.append((g, week, *made))
    if not cells:
        return None
    return groups.collect(cells, tuple(base), method, start=pretended).overall()


def selection_dip(effects: GroupTimeEffects) -> Effect | None:
    """How far the first wave stood from its usual level in the weeks left out before its start.

    Clearly negative: the stores were picked after bad weeks and would have recovered anyway.
    None when no week was left out.
    """
    first = int(effects.group.min())
    cells = (effects.group == first) & (effects.week >= effects.base[first][1])
    cells &= effects.event_week < 0
    return effects.average(cells) if cells.any() else None


def trend_before(effects: GroupTimeEffects) -> Effect | None:
    """Slope of the leads over the base period, per week: should be zero.

    None when no base has three weeks.
    """
    weights: FloatArray = np.zeros(effects.value.size)
    for g in np.unique(effects.group):
        cells = _in_base(effects, int(g))
        if cells.sum() < 3:
            continue
        week = effects.week[cells] - effects.week[cells].mean()
        weights[cells] = effects.group_size[g] * week / (week @ week)
    total = sum(
        int(effects.group_size[g])
        for g in np.unique(effects.group)
        if _in_base(effects, int(g)).sum() >= 3
    )
    if total == 0:
        return None
    value, covariance = effects.combine(weights[None, :] / total)
    return Effect.of(
        float(value[0]),
        float(max(covariance[0, 0], 0.0) ** 0.5),
        effects.df,
        effects.method.ci_level,
    )


def fit_before(effects: GroupTimeEffects) -> float:
    """Joint p-value that stores moved like their comparison in every week of the base period."""
    cells = np.any([_in_base(effects, int(g)) for g in np.unique(effects.group)], axis=0)
    study = event_study(effects, cells=cells)
    return joint_p_value(study, np.ones(study.value.size, dtype=bool))


def leave_one_out(panel: Panel, outcome: str, method: Method) -> pd.DataFrame:
    """The overall effect without each store, and without each wave.

    Columns ``kind`` (``store`` or ``wave``), ``left_out`` (its number), ``value, ci_low, ci_high``
    (missing where nothing could be measured without it).
    """
    rows = []
    for store in range(panel.n_stores):
        keep = np.arange(panel.n_stores) != store
        rows.append(
            ("store", int(panel.location_id[store]), _overall(panel.keep(keep), outcome, method))
        )
    for wave in np.unique(panel.wave[panel.wave > 0]):
        rows.append(("wave", int(wave), _overall(panel.keep(panel.wave != wave), outcome, method)))
    return pd.DataFrame(
        [
            {
                "kind": kind,
                "left_out": name,
                "value": effect.estimate if effect else np.nan,
                "ci_low": effect.ci_low if effect else np.nan,
                "ci_high": effect.ci_high if effect else np.nan,
            }
            for kind, name, effect in rows
        ]
    )


def _overall(panel: Panel, outcome: str, method: Method) -> Effect | None:
    try:
        return group_time_effects(panel, outcome, method).overall()
    except DesignError:  # without this store or wave nothing is left to compare: shown as missing
        return None


def _in_base(effects: GroupTimeEffects, g: int) -> np.ndarray:
    first, end = effects.base[g]
    inside: np.ndarray = (effects.group == g) & (effects.week >= first) & (effects.week < end)
    return inside
