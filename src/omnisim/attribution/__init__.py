"""Journeys and the credit channels get for them. Credit says who touched, never who caused."""

from omnisim.attribution.bootstrap import CreditReplicates, bootstrap_credit
from omnisim.attribution.build import build_journeys
from omnisim.attribution.calibrate import Calibration, calibrate
from omnisim.attribution.chain import Chain, chain_removal, count_chain
from omnisim.attribution.choose import OrderChoice, choose_order
from omnisim.attribution.credit_table import DEFAULT_MODELS, CreditModel, CreditTable, credit
from omnisim.attribution.describe import (
    CrossChannel,
    Ratio,
    cross_channel,
    days_to_order,
    flows,
    mean_touches,
    path_lengths,
    ratio_of_sums,
)
from omnisim.attribution.exhibits import (
    credit_points,
    credit_table,
    flow_table,
    lengths_table,
    moves_table,
    overclaim_table,
    returns_points,
    returns_table,
)
from omnisim.attribution.funnel import DEFINITIONS, LITERATURE, Benchmark, aarrr_funnel
from omnisim.attribution.incremental import GFormula, Incremental, incremental
from omnisim.attribution.journeys import JourneyCounts, Journeys
from omnisim.attribution.marginal import marginal_returns
from omnisim.attribution.markov import (
    ChainCounts,
    Markov,
    Removal,
    count_moves,
    removal_effects,
    transition_matrix,
)
from omnisim.attribution.notes import LIMITATIONS, METHODS, assumptions
from omnisim.attribution.numbers import estimates
from omnisim.attribution.patterns import (
    drop_off,
    lag_quantiles,
    path_frequency,
    time_lag,
    transitions,
)
from omnisim.attribution.readout import COLUMNS, Readout, read_attribution, share_moved
from omnisim.attribution.returns import (
    BudgetMove,
    CreditedReturns,
    budget_move,
    credited_acquisition,
    credited_returns,
    margin_break_even,
)
from omnisim.attribution.rules import NO_TOUCH, UNKNOWN_CHANNEL, JourneyRules
from omnisim.attribution.shapley import Shapley, ShapleyCredit, shapley_credit
from omnisim.attribution.soundness import checks
from omnisim.attribution.stages import cross_flow, step_flow, step_matrix
from omnisim.attribution.titles import overclaim_count, overclaim_title, titles
from omnisim.attribution.touch_rules import (
    Custom,
    First,
    Last,
    LastNonDirect,
    Linear,
    Position,
    TimeDecay,
    TouchRule,
)
from omnisim.attribution.words import answer, as_cause, findings, truth_matches

__all__ = [
    "COLUMNS",
    "DEFAULT_MODELS",
    "LIMITATIONS",
    "METHODS",
    "NO_TOUCH",
    "DEFINITIONS",
    "LITERATURE",
    "Benchmark",
    "aarrr_funnel",
    "drop_off",
    "lag_quantiles",
    "path_frequency",
    "time_lag",
    "transitions",
    "cross_flow",
    "step_flow",
    "step_matrix",
    "credited_acquisition",
    "marginal_returns",
    "Calibration",
    "GFormula",
    "Incremental",
    "calibrate",
    "incremental",
    "UNKNOWN_CHANNEL",
    "Chain",
    "Custom",
    "OrderChoice",
    "Shapley",
    "ShapleyCredit",
    "chain_removal",
    "choose_order",
    "count_chain",
    "shapley_credit",
    "BudgetMove",
    "ChainCounts",
    "CreditModel",
    "CreditReplicates",
    "CreditTable",
    "CreditedReturns",
    "CrossChannel",
    "First",
    "JourneyCounts",
    "JourneyRules",
    "Journeys",
    "Last",
    "LastNonDirect",
    "Linear",
    "Markov",
    "Position",
    "Ratio",
    "Readout",
    "Removal",
    "TimeDecay",
    "TouchRule",
    "answer",
    "as_cause",
    "assumptions",
    "bootstrap_credit",
    "budget_move",
    "build_journeys",
    "checks",
    "count_moves",
    "credit",
    "credit_points",
    "credit_table",
    "credited_returns",
    "cross_channel",
    "days_to_order",
    "estimates",
    "findings",
    "flow_table",
    "flows",
    "lengths_table",
    "margin_break_even",
    "mean_touches",
    "moves_table",
    "overclaim_table",
    "overclaim_count",
    "overclaim_title",
    "path_lengths",
    "ratio_of_sums",
    "read_attribution",
    "removal_effects",
    "returns_points",
    "returns_table",
    "share_moved",
    "titles",
    "transition_matrix",
    "truth_matches",
]
