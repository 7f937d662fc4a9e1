"""The best plan for every budget, and where more money stops paying."""

from __future__ import annotations

import numpy as np
import pandas as pd

from omnisim.errors import DesignError
from omnisim.language import say
from omnisim.results import format_number
from omnisim.risk.assess import Assessment
from omnisim.risk.treatment import Plan, avoided_loss, best_choice, yearly_cost

FRONTIER_NOTE = (
    "Each step is the exact choice for that budget; effects of treatments are expert priors."
)
ENOUGH = 0.995  # of the largest net benefit: a budget that reaches it buys all that pays


def plan_frontier(assessment: Assessment, *, most: float, n_budgets: int = 24) -> pd.DataFrame:
    """The choice of treatments with the largest net benefit at each of several budgets.

    Each choice is exact (see :func:`~omnisim.risk.treatment.choose_plan`); equal choices stand once.

    Parameters
    ----------
    assessment : Assessment
        Risks and the treatments of their register.
    most : float
        Largest budget looked at besides the one that buys everything that pays [currency/year].
    n_budgets : int
        Budgets looked at, >= 2.

    Returns
    -------
    DataFrame
        cost (of the plan), value (expected loss avoided), low, high (its middle 90 %), net (value less
        cost) [currency/year], n_treatments; cheapest first.
    """
    if not most >= 0 or n_budgets < 2:
        raise DesignError(
            f"plan_frontier: most = {most}, n_budgets = {n_budgets}: give an amount >= 0 and 2 or more"
        )
    every = yearly_cost(assessment, assessment.register.treatments)
    found = {}
    for budget in np.unique([*np.linspace(0.0, max(most, every), n_budgets), most]):
        chosen = best_choice(assessment, budget=float(budget))
        found[tuple(sorted(t.id for t in chosen))] = chosen
    rows = []
    for chosen in found.values():
        avoided = avoided_loss(assessment, chosen)
        cost = yearly_cost(assessment, chosen)
        low, high = np.quantile(avoided, [0.05, 0.95])
        value = float(avoided.mean())
        rows.append((cost, value, float(low), float(high), value - cost, len(chosen)))
    made = pd.DataFrame(rows, columns=["cost", "value", "low", "high", "net", "n_treatments"])
    return made.sort_values("cost", kind="stable", ignore_index=True)


def most_net(frontier: pd.DataFrame) -> float:
    """Cost of the plan with the largest net benefit [currency/year]."""
    return float(frontier.nlargest(1, "net")["cost"].iloc[0])


def frontier_title(frontier: pd.DataFrame, plan: Plan, *, currency: str) -> str:
    """Message of the frontier: whether the budget buys all that pays."""
    money = f"{currency}/year"
    best = frontier.nlargest(1, "net").iloc[0]
    if not best["net"] > 0:
        return say("No budget buys a plan that is expected to pay")
    if plan.net >= ENOUGH * best["net"]:
        return say(
            "The budget of {budget} buys every treatment that pays; {cost} of it are spent",
            budget=format_number(plan.budget, money),
            cost=format_number(plan.yearly_cost, currency),
        )
    return say(
        "With {cost} instead of {budget} a year, the plan would return {more} instead of {now}",
        cost=format_number(best["cost"], currency),
        budget=format_number(plan.budget, currency),
        more=format_number(best["net"], currency),
        now=format_number(plan.net, currency),
    )


def frontier_subtitle(assessment: Assessment) -> str:
    """What the frontier draws."""
    return say(
        "Best plan for each yearly budget by expected loss avoided, with the middle 90%, {currency} per "
        "year",
        currency=assessment.economics.currency,
    )
