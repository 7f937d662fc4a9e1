"""What each exhibit is for: the register behind the gallery page.

Every public drawing function of the package stands here once, with when to use it and when not. Its data
and its first line come from its docstring; its picture from a figure of a run.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from omnisim.errors import DesignError
from omnisim.figures import (
    calendar,
    cards,
    counterfactual,
    effects,
    frontier,
    heat,
    journeys,
    journeys_steps,
    members,
    overview,
    radar,
    risks,
    roadmap,
    service_levels,
    studies,
    timeline,
    tornado,
    waterfall,
    world_map,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One exhibit of the gallery.

    Attributes
    ----------
    name : str
        As the trade calls it.
    draw : callable
        The function that draws it.
    group : str
        Part of the page.
    use, avoid : str
        When it is the right picture, and when another one is.
    picture : str
        Figure of a run that shows it, e.g. ``risk-drivers``; empty where no notebook records one.
    """

    name: str
    draw: Callable[..., Any]
    group: str
    use: str
    avoid: str
    picture: str = ""

    @property
    def path(self) -> str:
        """Where the function is imported from, e.g. ``omnisim.figures.tornado.tornado``."""
        return f"{self.draw.__module__}.{self.draw.__name__}"

    @property
    def purpose(self) -> str:
        """First line of its docstring."""
        return _doc(self.draw).partition("\n")[0]

    @property
    def data(self) -> str:
        """What its first argument holds, from the docstring."""
        found = re.search(r"Parameters\n-+\n(\w+) : [^\n]*\n((?: {4}[^\n]*\n?)+)", _doc(self.draw))
        if found is None:
            raise DesignError(f"gallery: {self.path} does not say what its data are")
        return " ".join(found[2].split())

    @property
    def source(self) -> str:
        """Reference of its docstring; empty where it names none."""
        found = re.search(r"References\n-+\n((?:[^\n]+\n?)+)", _doc(self.draw))
        return " ".join(found[1].split()) if found else ""


def _doc(draw: Callable[..., Any]) -> str:
    return inspect.cleandoc(draw.__doc__ or "")


GROUPS = ("Numbers that decide", "Effects", "Risk and budgets", "Credit and journeys",
          "The current state", "Judging methods")  # fmt: skip

ENTRIES = (
    Entry(
        name="Key-number cards",
        draw=cards.kpi_cards,
        group="Numbers that decide",
        use="Two to eight numbers a decision hangs on, each with its interval.",
        avoid="More than eight numbers, or numbers to be compared with each other: a table or bars.",
        picture="ab_test-worth",
    ),
    Entry(
        name="Waterfall",
        draw=waterfall.waterfall,
        group="Numbers that decide",
        use="One amount becomes another by steps that add up: from what is seen to what is left.",
        avoid="Steps that do not add up, shares of a product, or amounts without an order.",
        picture="effect_evaluation-bridge",
    ),
    Entry(
        name="Roadmap (Gantt)",
        draw=roadmap.roadmap,
        group="Numbers that decide",
        use="Who does what in which period, with the gates between stages.",
        avoid="Plans to the day or with many dependencies: a planning tool.",
        picture="gallery-roadmap",
    ),
    Entry(
        name="Radar",
        draw=radar.radar,
        group="Numbers that decide",
        use="An ordinal profile of few steps over three to ten dimensions, today against a goal.",
        avoid="Measures on a scale: a radar's area grows with the square of the values and with the "
        "order of the dimensions. Bars then.",
        picture="risk-levels",
    ),
    Entry(
        name="Forest plot",
        draw=effects.forest_plot,
        group="Effects",
        use="Effects on several metrics, waves or groups in one unit, each with its interval.",
        avoid="Effects in different units: percent of control first, or a table.",
        picture="ab_test-forest",
    ),
    Entry(
        name="Usual answers against the credible one",
        draw=effects.estimate_comparison,
        group="Effects",
        use="How far the comparisons usually made lie from the one that can be believed.",
        avoid="Estimates of different quantities.",
        picture="effect_evaluation-comparison",
    ),
    Entry(
        name="Event study",
        draw=effects.event_study_plot,
        group="Effects",
        use="How an effect builds up over time, and whether nothing moved before the start.",
        avoid="A single date without comparison units: the path would be taken for an effect.",
        picture="effect_evaluation-event_study",
    ),
    Entry(
        name="Counterfactual path",
        draw=counterfactual.counterfactual_path,
        group="Effects",
        use="One treated unit or region beside its synthetic control, judged by placebos.",
        avoid="A control that does not follow the treated unit before the start.",
        picture="effect_evaluation-synthetic",
    ),
    Entry(
        name="Risk matrix",
        draw=risks.risk_heat_map,
        group="Risk and budgets",
        use="How often and how much, on edges in real units, with what is not known as lines.",
        avoid="Ranking: risks in one cell may differ a hundredfold. Rank by annual loss.",
        picture="risk-matrix",
    ),
    Entry(
        name="Annual loss by risk",
        draw=risks.loss_by_risk,
        group="Risk and budgets",
        use="Which risks cost most, in expectation and in a bad year.",
        avoid="Risks without a common unit.",
        picture="risk-losses",
    ),
    Entry(
        name="Tornado",
        draw=tornado.tornado,
        group="Risk and budgets",
        use="Which single input moves the result most, to know what to measure next.",
        avoid="Inputs that move together: one at a time then shows what cannot happen.",
        picture="risk-drivers",
    ),
    Entry(
        name="Exceedance curve",
        draw=risks.exceedance_curve,
        group="Risk and budgets",
        use="The chance that a year costs more than an amount, today and with a plan.",
        avoid="Few simulated years: the tail is then noise.",
        picture="risk-exceedance",
    ),
    Entry(
        name="Treatment benefit",
        draw=risks.treatment_benefit,
        group="Risk and budgets",
        use="How sure the return of each treatment is, and which are in the plan.",
        avoid="Treatments that only work together.",
        picture="risk-treatment_returns",
    ),
    Entry(
        name="Budget frontier",
        draw=frontier.budget_frontier,
        group="Risk and budgets",
        use="What the best choice for each budget brings, and where more money stops paying.",
        avoid="Credited sales as the value: credit is not cause, and its frontier moves money wrongly.",
        picture="risk-budget",
    ),
    Entry(
        name="Journey flow (Sankey)",
        draw=journeys.journey_flow,
        group="Credit and journeys",
        use="How orders flow over two to four stages, ribbons as wide as their number.",
        avoid="More stages or many thin ways: a step table.",
        picture="attribution-flow",
    ),
    Entry(
        name="Transition heat map",
        draw=journeys.transition_heat_map,
        group="Credit and journeys",
        use="Where customers go next from each contact.",
        avoid="Reading along a path: a row says nothing of what came before.",
        picture="attribution-moves",
    ),
    Entry(
        name="Credit dots",
        draw=journeys.credit_dots,
        group="Credit and journeys",
        use="How far attribution models disagree on each channel.",
        avoid="Effects: credit says who touched, not who caused.",
        picture="attribution-credit",
    ),
    Entry(
        name="Range of returns",
        draw=journeys.returns_ranges,
        group="Credit and journeys",
        use="Whether credit reaches break-even under all models, some or none.",
        avoid="Deciding the next unit of spend: that is a return at the margin.",
        picture="attribution-returns",
    ),
    Entry(
        name="Credit against cause",
        draw=journeys.overclaim_dots,
        group="Credit and journeys",
        use="Simulated data: what each model credits beside what the channel caused.",
        avoid="A client's data, where the cause is not known.",
        picture="attribution-overclaim",
    ),
    Entry(
        name="Step heat map",
        draw=journeys_steps.step_heat_map,
        group="Credit and journeys",
        use="Which contact stands at which place of the journey.",
        avoid="Journeys of very different length without a share of those that ended.",
        picture="journeys-steps",
    ),
    Entry(
        name="Share bars",
        draw=journeys_steps.share_bars,
        group="Credit and journeys",
        use="Shares of one whole with their intervals.",
        avoid="Shares of different wholes.",
        picture="journeys-stops",
    ),
    Entry(
        name="Error by model and world",
        draw=journeys_steps.belief_heat_map,
        group="Judging methods",
        use="Which attribution model errs least in which simulated world.",
        avoid="Ranking models over all worlds at once: none is best everywhere.",
    ),
    Entry(
        name="Sales over time",
        draw=overview.sales_over_time,
        group="The current state",
        use="Level and mix of sales over a year.",
        avoid="Comparing the upper layers of the stack with each other: lines then.",
        picture="overview-sales",
    ),
    Entry(
        name="Calendar of sales",
        draw=calendar.calendar_heat_map,
        group="The current state",
        use="Every day of a year, with the days that were not ordinary.",
        avoid="Reading off amounts.",
        picture="overview-calendar",
    ),
    Entry(
        name="Causes over time",
        draw=timeline.causes_timeline,
        group="The current state",
        use="What was done and what happened while sales moved.",
        avoid="Reading a cause off the overlap: causes overlap nearly always.",
        picture="overview-causes",
    ),
    Entry(
        name="Store map",
        draw=overview.store_map,
        group="The current state",
        use="Where sales near the stores are placed, online or in the store.",
        avoid="Many stores in one town: the marks cover each other.",
        picture="overview-stores",
    ),
    Entry(
        name="World map",
        draw=world_map.world_map,
        group="The current state",
        use="Where customers live and where stores sell.",
        avoid="Ranking stores: areas are hard to compare.",
    ),
    Entry(
        name="Funnel",
        draw=overview.funnel_chart,
        group="The current state",
        use="How many sessions reach each step, of all and of the step before.",
        avoid="Steps that can be skipped.",
        picture="overview-funnel",
    ),
    Entry(
        name="Cohort heat map",
        draw=overview.cohort_heat_map,
        group="The current state",
        use="How many of each cohort buy again, period by period.",
        avoid="Cohorts of a few accounts.",
        picture="overview-cohorts",
    ),
    Entry(
        name="Joining cohorts",
        draw=heat.joining_heat_map,
        group="The current state",
        use="Orders of members by month of membership.",
        avoid="Comparing members with non-members: who joins buys more anyway.",
    ),
    Entry(
        name="Experience map",
        draw=heat.experience_heat_map,
        group="The current state",
        use="Satisfaction by stage and touchpoint, white where too few answered.",
        avoid="Comparing cells without looking at their number of answers.",
        picture="overview-experience",
    ),
    Entry(
        name="Stock-outs by location",
        draw=heat.stock_out_heat_map,
        group="The current state",
        use="Where and when goods were missing.",
        avoid="Lost demand: a location that is always empty sells nothing and shows no peak.",
    ),
    Entry(
        name="Stock-outs and lost sales",
        draw=service_levels.stock_outs_chart,
        group="The current state",
        use="How often goods were missing, week by week, above the sales cancelled for it.",
        avoid="Single products.",
    ),
    Entry(
        name="Lateness",
        draw=service_levels.lateness_chart,
        group="The current state",
        use="Orders late or short over time and by way of fulfilment.",
        avoid="Ways with a few orders a week.",
    ),
    Entry(
        name="Promoter score",
        draw=service_levels.nps_chart,
        group="The current state",
        use="Promoter scores by how the order was handed over, with interval and share that answered.",
        avoid="Reading differences between groups as effects of what sets them apart.",
        picture="overview-nps",
    ),
    Entry(
        name="Service desk",
        draw=service_levels.service_chart,
        group="The current state",
        use="Contacts by reason, and how long customers wait and cases take.",
        avoid="Averages of waiting times: a few long ones hide the usual one.",
    ),
    Entry(
        name="Membership tiers",
        draw=members.tiers_chart,
        group="The current state",
        use="Accounts and sales by tier, and where points came from and went.",
        avoid="The value of membership: who buys much reaches a tier.",
    ),
    Entry(
        name="Maturity profile",
        draw=overview.maturity_chart,
        group="The current state",
        use="Levels that data prove and levels that only an interview could show.",
        avoid="Averages over domains: the weakest one holds the others back.",
        picture="overview-maturity",
    ),
    Entry(
        name="Bias and spread",
        draw=studies.bias_and_spread,
        group="Judging methods",
        use="How far and how widely methods miss the truth over simulated worlds.",
        avoid="A single world.",
    ),
    Entry(
        name="Measure by dial",
        draw=studies.measure_by_dial,
        group="Judging methods",
        use="How coverage, power or error change as one dial of the world is turned.",
        avoid="Dials that change together.",
    ),
    Entry(
        name="Response surface",
        draw=studies.response_surface,
        group="Judging methods",
        use="A measure over two dials at once.",
        avoid="Few scattered points: the surface is then drawn by the formula, not by the data.",
    ),
)
