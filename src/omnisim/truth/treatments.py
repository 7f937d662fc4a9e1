"""Treatments of operational risks, each as a world in which some dials of the scenario are better.

How far a treatment moves its dials is an assumption, written here; what that brings is found by living
the year again. Effects are base minus treated: sales that a treatment adds are negative, losses that
it avoids positive.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from omnisim.engine import Plan, build_plan
from omnisim.scenario import Scenario
from omnisim.truth.budgets import spend_of
from omnisim.truth.lives import Contrast, Life, Question, Sums
from omnisim.truth.money import MONEY
from omnisim.truth.rows import Row, effect_row, minor_units
from omnisim.truth.tally import OUTCOMES, Moments
from omnisim.truth.worlds import BASE
from omnisim.world import World, build_world

TREATMENT = "treated"
Dials = Mapping[str, Mapping[str, Any]]  # values by block and field


@dataclass(frozen=True, slots=True)
class Treatment:
    """One treatment.

    Attributes
    ----------
    name : str
        Cause in ``truth/effects``.
    risk : str
        Key of the risk in the register that it acts on.
    about : str
        What is done, and how far it moves the dials.
    dials : callable
        From a scenario the values that change, by block and field.
    """

    name: str
    risk: str
    about: str
    dials: Callable[[Scenario], Dials]


def _safety_stock(s: Scenario) -> Dials:
    if s.interference.is_on:
        cover = min(365.0, s.interference.target_cover_days * 1.5)
        return {"interference": {"target_cover_days": cover}}
    return {"stock": {"stock_out_share": s.stock.stock_out_share * 0.5}}


def _stock_sync(s: Scenario) -> Dials:
    errors, oversold = s.stock.sync_error_share, s.stock.oversell_share
    return {"stock": {"sync_error_share": errors * 0.25, "oversell_share": oversold * 0.25}}


TREATMENTS = (
    Treatment(
        "safety_stock",
        "stock_out",
        "more safety stock: half the stock-outs; with interference on half as much cover again",
        _safety_stock,
    ),
    Treatment(
        "stock_sync",
        "oversell",
        "stock synchronised by event: a quarter of the wrong records and of the sales from them",
        _stock_sync,
    ),
    Treatment(
        "faster_carriers",
        "late_fulfilment",
        "carriers a quarter faster, with the same promise",
        lambda s: {"fulfilment": {"median_days": s.fulfilment.median_days * 0.75}},
    ),
    Treatment(
        "payment_rules",
        "fake_orders",
        "rules on payment tokens: a quarter of the fake orders that passed the review still pass",
        lambda s: {"fraud": {"review_share": 1.0 - (1.0 - s.fraud.review_share) * 0.25}},
    ),
    Treatment(
        "coupon_limits",
        "coupon_abuse",
        "one welcome coupon per household: a quarter of the abusers is left",
        lambda s: {"fraud": {"abuser_share": s.fraud.abuser_share * 0.25}},
    ),
    Treatment(
        "fail_over",
        "platform_outage",
        "load tests and a plan to degrade: outages last half as long",
        lambda s: {"incidents": {"outage_hours": s.incidents.outage_hours * 0.5}},
    ),
    Treatment(
        "consent_gate",
        "consent_breach",
        "every sending tool asks for consent: no message without it, and none of its sales",
        lambda _: {"marketing": {"consent_leak_share": 0.0}},
    ),
    Treatment(
        "bid_limits",
        "acquisition_cost",
        "limits on bids: media prices rise half as fast",
        lambda s: {"marketing": {"price_inflation": s.marketing.price_inflation * 0.5}},
    ),
)


def treated(scenario: Scenario, treatment: Treatment) -> Scenario:
    """The scenario with the dials of a treatment.

    Examples
    --------
    >>> from omnisim.scenario import load_scenario
    >>> gate = next(t for t in TREATMENTS if t.name == "consent_gate")
    >>> treated(load_scenario("sample"), gate).marketing.consent_leak_share
    0.0
    """
    changed = {
        block: getattr(scenario, block).model_copy(update=dict(fields))
        for block, fields in treatment.dials(scenario).items()
    }
    return scenario.model_copy(update=changed)


def treatment_question(
    world: World, plan: Plan, wanted: Sequence[Treatment] = TREATMENTS
) -> Question:
    """The base world minus each treated world."""
    lives, contrasts = {BASE: Life(world, plan)}, []
    for treatment in wanted:
        there = build_world(treated(world.scenario, treatment))
        if np.array_equal(there.availability, world.availability):
            there = replace(there, availability=world.availability)  # kept once
        name = f"{TREATMENT}: {treatment.name}"
        lives[name] = Life(there, build_plan(there))
        weights = {BASE: 1, name: -1}
        contrasts.append(Contrast("total", treatment.name, TREATMENT, weights, "money"))
    return Question(lives, tuple(contrasts), counted=frozenset(lives))


def treatment_rows(
    world: World, contrast: Contrast, moments: Mapping[str, Moments], sums: Sums
) -> list[Row]:
    """Sales, money beyond them, and media cost; the spread of media cost over persons is not kept."""
    found = moments["all"]
    words = {
        "estimand": contrast.estimand,
        "cause": contrast.cause,
        "semantics": contrast.semantics,
        "scope": "all",
    }
    rows = []
    for k, outcome in enumerate((*OUTCOMES, *MONEY)):
        scale = minor_units(outcome)
        value, std_error = found.value(k, scale), found.std_error(k, scale)
        rows.append(effect_row(world, outcome, value, std_error, found.n_persons, words))
    by_name = {treatment.name: treatment for treatment in TREATMENTS}
    there = replace(world, scenario=treated(world.scenario, by_name[contrast.cause]))
    name = f"{TREATMENT}: {contrast.cause}"
    cents = sum(spend_of(world, sums.contacts[BASE]).values()) - sum(
        spend_of(there, sums.contacts[name]).values()
    )
    return [*rows, effect_row(world, "media_cost", cents / 100, 0.0, found.n_persons, words)]
