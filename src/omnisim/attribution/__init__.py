"""Journeys and the credit channels get for them. Credit says who touched, never who caused."""

from omnisim.attribution.bootstrap import CreditReplicates, bootstrap_credit
from omnisim.attribution.build import build_journeys
from omnisim.attribution.credit import DEFAULT_MODELS, CreditModel, CreditTable, credit
from omnisim.attribution.describe import (
    CrossChannel,
    cross_channel,
    days_to_order,
    flows,
    mean_touches,
    path_lengths,
)
from omnisim.attribution.journeys import JourneyCounts, Journeys
from omnisim.attribution.markov import (
    ChainCounts,
    Markov,
    Removal,
    count_moves,
    removal_effects,
    transition_matrix,
)
from omnisim.attribution.returns import (
    BudgetMove,
    CreditedReturns,
    budget_move,
    credited_returns,
)
from omnisim.attribution.rules import NO_TOUCH, JourneyRules
from omnisim.attribution.touch_rules import (
    First,
    Last,
    LastNonDirect,
    Linear,
    Position,
    TimeDecay,
    TouchRule,
)

__all__ = [
    "DEFAULT_MODELS",
    "NO_TOUCH",
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
    "Removal",
    "TimeDecay",
    "TouchRule",
    "bootstrap_credit",
    "budget_move",
    "build_journeys",
    "count_moves",
    "credit",
    "credited_returns",
    "cross_channel",
    "days_to_order",
    "flows",
    "mean_touches",
    "path_lengths",
    "removal_effects",
    "transition_matrix",
]
