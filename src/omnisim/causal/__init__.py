"""Effects of a roll-out against a credible counterfactual, beside the answers usually given."""

from omnisim.causal.aggregate import (
    EventStudy,
    WaveEffect,
    effects_by_wave,
    event_study,
    joint_p_value,
)
from omnisim.causal.bridge import bridge_note, bridge_subtitle, bridge_table, bridge_title
from omnisim.causal.checks import design_checks
from omnisim.causal.design import Effect, Method
from omnisim.causal.diagnostics import (
    fit_before,
    leave_one_out,
    placebo_in_time,
    selection_dip,
    trend_before,
)
from omnisim.causal.evaluate import Evaluation, evaluate_rollout
from omnisim.causal.panel import NEVER, Panel, build_panel, with_service_cost
from omnisim.causal.staggered import GroupTimeEffects, group_time_effects
from omnisim.causal.synthetic import (
    SyntheticControl,
    first_wave_control,
    simplex_weights,
    synthetic_control,
)
from omnisim.causal.synthetic_words import synthetic_note, synthetic_subtitle, synthetic_title
from omnisim.causal.tables import (
    check_table,
    comparable,
    comparison_table,
    estimates,
    forest_table,
    truth_matches,
    wave_table,
)
from omnisim.causal.titles import titles
from omnisim.causal.twoway import TwoWay, before_after, two_way_fixed_effects, with_without
from omnisim.causal.words import (
    LIMITATIONS,
    METHODS,
    answer,
    assumptions,
    findings,
    headline,
)

__all__ = [
    "LIMITATIONS",
    "METHODS",
    "NEVER",
    "Effect",
    "Evaluation",
    "EventStudy",
    "GroupTimeEffects",
    "Method",
    "Panel",
    "SyntheticControl",
    "TwoWay",
    "WaveEffect",
    "answer",
    "assumptions",
    "before_after",
    "bridge_note",
    "bridge_subtitle",
    "bridge_table",
    "bridge_title",
    "build_panel",
    "check_table",
    "comparable",
    "comparison_table",
    "design_checks",
    "effects_by_wave",
    "estimates",
    "evaluate_rollout",
    "event_study",
    "findings",
    "first_wave_control",
    "fit_before",
    "forest_table",
    "group_time_effects",
    "headline",
    "joint_p_value",
    "leave_one_out",
    "placebo_in_time",
    "selection_dip",
    "simplex_weights",
    "synthetic_control",
    "synthetic_note",
    "synthetic_subtitle",
    "synthetic_title",
    "titles",
    "trend_before",
    "truth_matches",
    "two_way_fixed_effects",
    "wave_table",
    "with_service_cost",
    "with_without",
]
