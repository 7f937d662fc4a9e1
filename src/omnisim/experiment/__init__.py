"""Randomised experiments: validity gates first, then effects with intervals, then the decision."""

from omnisim.experiment.compare import (
    Difference,
    Lift,
    difference_in_means,
    difference_in_shares,
    difference_with_covariates,
    holm,
    relative_lift,
)
from omnisim.experiment.moments import Moments
from omnisim.experiment.power import (
    customers_needed,
    power_of_difference,
    smallest_detectable_effect,
)
from omnisim.experiment.readout import (
    DecisionRule,
    Metric,
    MetricReadout,
    Readout,
    read_experiment,
    standard_metrics,
)
from omnisim.experiment.tables import (
    check_table,
    comparable,
    effect_table,
    estimates,
    lift_table,
    truth_matches,
)
from omnisim.experiment.units import Design, cap_at_quantile, choose_experiment, unit_table
from omnisim.experiment.validity import check_validity, sample_ratio_p_value
from omnisim.experiment.words import (
    LIMITATIONS,
    METHODS,
    answer,
    assumptions,
    finding,
    headline,
    titles,
    worth_subtitle,
    worth_title,
)

__all__ = [
    "LIMITATIONS",
    "METHODS",
    "DecisionRule",
    "Design",
    "Difference",
    "Lift",
    "Metric",
    "MetricReadout",
    "Moments",
    "Readout",
    "answer",
    "assumptions",
    "cap_at_quantile",
    "check_table",
    "check_validity",
    "choose_experiment",
    "comparable",
    "customers_needed",
    "difference_in_means",
    "difference_in_shares",
    "difference_with_covariates",
    "effect_table",
    "estimates",
    "finding",
    "headline",
    "holm",
    "lift_table",
    "power_of_difference",
    "read_experiment",
    "relative_lift",
    "sample_ratio_p_value",
    "smallest_detectable_effect",
    "standard_metrics",
    "titles",
    "truth_matches",
    "unit_table",
    "worth_subtitle",
    "worth_title",
]
