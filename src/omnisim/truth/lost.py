"""Demand that met an empty shelf: what was asked for, and what full shelves would have sold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from omnisim.engine import Plan
from omnisim.truth.lives import Contrast, Life, Question
from omnisim.truth.rows import Row, effect_row
from omnisim.truth.worlds import BASE
from omnisim.world import World
from omnisim.world.availability import full_availability

CAUSE = "empty_shelves"
LOST = "lost_demand"


def lost_question(world: World, plan: Plan) -> Question:
    """The world of full shelves minus the base world; none where shelves are what sales leave."""
    lives = {BASE: Life(world, plan)}
    if world.scenario.interference.is_on:
        return Question(lives)
    full = plan._replace(availability=full_availability(plan.availability))
    lives["full shelves"] = Life(replace(world, availability=full.availability), full)
    weights = {"full shelves": 1, BASE: -1}
    return Question(lives, (Contrast(LOST, CAUSE, "full_shelves", weights),))


def lost_rows(world: World, wanted: NDArray[np.int64]) -> list[Row]:
    """Units asked for and not served, and their value at list price: in all and by category.

    Parameters
    ----------
    wanted : array, shape (2, n_locations, n_products, n_months)
        Units wanted; units lost, as in ``truth/lost_demand``.

    Returns
    -------
    list of Row
        Counted, so without error. A customer who asks again is counted again.
    """
    lost = wanted[1].sum(axis=(0, 2))
    goods = world.products
    names = world.scenario.assortment.category_names
    scopes = {"all": np.ones(goods.n_products, np.bool_)}
    scopes |= {f"category={name}": goods.category == k for k, name in enumerate(names)}
    rows = []
    for scope, within in scopes.items():
        units = int(lost[within].sum())
        cents = int((lost * goods.price_cents)[within].sum())
        n_products = int(within.sum())
        words = {"estimand": LOST, "cause": CAUSE, "semantics": "asked_for", "scope": scope}
        rows.append(effect_row(world, "n_units", float(units), 0.0, n_products, words))
        rows.append(effect_row(world, "list_amount", cents / 100, 0.0, n_products, words))
    return rows
