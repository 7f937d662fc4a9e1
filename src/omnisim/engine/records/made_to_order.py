"""Made-to-order: the configurator, the quote and the workshop behind orders that are made.

The kernel decides who orders; options and lead time have acted there. Here such an order gets the
configuration it came from, its quote and its way through the workshop, and some visits without such an
order open the configurator too. Options offered vary between visits, and those who finish were offered
fewer: the overload can be learnt from the funnel.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.behaviour.made_to_order import overload_factor
from omnisim.engine.records.columns import find_rows
from omnisim.engine.records.log import BlockLog, by_time, ordinals
from omnisim.engine.state import NO_TIME
from omnisim.rng import N_BINS, Stream, share_table
from omnisim.scenario.blocks_context import MadeToOrder
from omnisim.schema.channels import FULFILMENTS
from omnisim.timeline import SECONDS_PER_DAY

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
MADE = FULFILMENTS.index("made_to_order")
KEY_CONFIGURATION, KEY_QUOTE, KEY_PRODUCTION = 50, 51, 52
_ORDERED, _BROWSED = 0, 1  # kinds of configuration: the last bit of its ordinal
_BEFORE_ORDER = (150, 140)  # seconds before an order at which its configuration began; spread
_DONE_BY_ORDER = 0.9  # share of the way to the due handover at which the goods must be finished
_LATE_REWORK = 3  # times as often as on time


def made_to_order_columns(log: BlockLog) -> dict[str, dict[str, Any]]:
    """Columns of `configurations`, `quotes` and `production_orders`."""
    plan = log.world.scenario.made_to_order
    number = ordinals(log.orders["row"])
    made = np.flatnonzero(log.orders["fulfilment"] == MADE)
    ordered = _ordered(log, plan, made, number[made])
    browsed = _browsed(log, plan)
    both = {name: np.concatenate([ordered[name], browsed[name]]) for name in ordered}
    return {
        "configurations": _configurations(log, plan, both),
        "quotes": _quotes(log, plan, both),
        "production_orders": _production(log, plan, made, number[made]),
    }


def _ordered(log: BlockLog, plan: MadeToOrder, made: IntArray, number: IntArray) -> dict[str, Any]:
    """The configuration each such order came from."""
    orders = log.orders[made]
    person = log.person(orders)
    u = log.draw(Stream.PRODUCTION, person, number)
    v = log.draw(Stream.PRODUCTION, person, number, step=1)
    seen, weight = _offers(plan)
    options = seen[share_table(weight)[(u[:, 0] * N_BINS).astype(np.int64)]]
    least, spread = _BEFORE_ORDER
    at = orders["at"].astype(np.int64)
    before = least + (v[:, 0] * spread).astype(np.int64)
    # an order booked just before midnight leaves its visit few seconds
    started = np.maximum(at - before, _visits_began(log, orders["session"]))
    return {
        "person": person,
        "ordinal": 2 * number + _ORDERED,
        "at": started,
        "quoted": np.maximum(at - 1 - (v[:, 1] * least / 2).astype(np.int64), started),
        "session": orders["session"].astype(np.int64),
        "options": options,
        "steps": np.full(made.size, plan.n_steps),
        "amount": orders["gross"] - orders["discount"],
        "order": orders["id"].astype(np.int64),
    }


def _visits_began(log: BlockLog, session: IntArray) -> IntArray:
    """When each order's visit began; the first second of the data where there was none."""
    place = find_rows(log.sessions["id"], session)
    if not log.sessions.size:
        return np.zeros(place.size, np.int64)
    return np.where(place >= 0, log.sessions["at"][place], 0).astype(np.int64)


def _browsed(log: BlockLog, plan: MadeToOrder) -> dict[str, Any]:
    """Visits without such an order that opened the configurator."""
    visits = log.sessions
    if not plan.is_on:
        visits = visits[:0]
    number = ordinals(visits["row"])
    person = log.person(visits)
    u = log.draw(Stream.CONFIGURATION, person, number)
    opens = (u[:, 0] < plan.start_share) & ~visits["order"] & (visits["pages"] >= 2)
    visits, number, person, u = visits[opens], number[opens], person[opens], u[opens]
    v = log.draw(Stream.CONFIGURATION, person, number, step=1)
    seen, factor = _offers(plan)
    which = (u[:, 1] * seen.size).astype(np.int64)
    finishes = u[:, 2] < plan.completion_share * factor[which]
    steps = np.where(finishes, plan.n_steps, (u[:, 3] * plan.n_steps).astype(np.int64))
    at = visits["at"].astype(np.int64)
    started = np.minimum(at + 20 + (v[:, 0] * 60).astype(np.int64), _last(log, at))
    quoted = np.minimum(started + 90 + (v[:, 1] * 100).astype(np.int64), _last(log, at))
    goods = log.world.products
    sku = goods.popularity[(v[:, 2] * goods.popularity.size).astype(np.int64)]
    premium = 1 + plan.option_premium * 2 * v[:, 3]
    return {
        "person": person,
        "ordinal": 2 * number + _BROWSED,
        "at": started,
        "quoted": quoted,
        "session": visits["id"].astype(np.int64),
        "options": seen[which],
        "steps": steps,
        "amount": np.floor(goods.price_cents[sku] * premium).astype(np.int64),
        "order": np.full(at.size, -1),
    }


def _last(log: BlockLog, at: IntArray) -> IntArray:
    """The last second there is for what a visit began."""
    return np.maximum(log.end - 1, at)


def _offers(plan: MadeToOrder) -> tuple[IntArray, FloatArray]:
    """Numbers of options a visit may be offered, all alike likely, and the conversion each leaves."""
    least = max(1, plan.n_options // 2)
    seen = np.arange(least, max(least, 2 * plan.n_options - least) + 1)
    return seen, np.array([overload_factor(int(n), plan.overload_options) for n in seen])


def _configurations(log: BlockLog, plan: MadeToOrder, found: dict[str, Any]) -> dict[str, Any]:
    number = log.ids(KEY_CONFIGURATION, found["person"], found["ordinal"])
    place = by_time(found["at"], number)
    session = found["session"][place]
    steps = found["steps"][place]
    return {
        "started_at": log.milliseconds(found["at"][place]),
        "configuration_id": number[place],
        "session_id": (session, session < 0),
        "n_options_seen": found["options"][place].astype(np.int16),
        "n_steps": steps.astype(np.int16),
        "is_completed": steps == plan.n_steps,
    }


def _quotes(log: BlockLog, plan: MadeToOrder, found: dict[str, Any]) -> dict[str, Any]:
    done = found["steps"] == plan.n_steps
    found = {name: values[done] for name, values in found.items()}
    number = log.ids(KEY_QUOTE, found["person"], found["ordinal"])
    place = by_time(found["quoted"], number)
    quoted, order = found["quoted"][place], found["order"][place]
    configuration = log.ids(KEY_CONFIGURATION, found["person"], found["ordinal"])
    return {
        "quoted_at": log.milliseconds(quoted),
        "quote_id": number[place],
        "configuration_id": configuration[place],
        "amount_cents": found["amount"][place].astype(np.int64),
        "valid_until_at": log.milliseconds(quoted + plan.quote_valid_days * SECONDS_PER_DAY),
        "is_accepted": order >= 0,
        "order_id": (order, order < 0),
    }


def _production(
    log: BlockLog, plan: MadeToOrder, made: IntArray, number: IntArray
) -> dict[str, Any]:
    """The workshop: it begins some days after the order and ends some days before the handover."""
    going = log.orders["reason"][made] < 0
    orders, number = log.orders[made[going]], number[going]
    person = log.person(orders)
    u = log.draw(Stream.PRODUCTION, person, number)
    at, promised = orders["at"].astype(np.int64), orders["promised"].astype(np.int64)
    handed = orders["fulfilled"].astype(np.int64)
    is_delivered = handed != NO_TIME
    usual = int(plan.lead_time_days * SECONDS_PER_DAY)
    wait = np.where(is_delivered, handed - at, np.maximum(log.end - at, usual))
    started = at + (wait * (0.05 + 0.15 * u[:, 1])).astype(np.int64)
    finished = np.where(is_delivered, at + (wait * (0.75 + 0.2 * u[:, 2])).astype(np.int64), 0)
    due = at + np.floor((promised - at) * _DONE_BY_ORDER).astype(np.int64)
    is_late = is_delivered & (handed > promised)
    chance = plan.rework_share * np.where(is_late, _LATE_REWORK, 1)
    has_begun = started < log.end
    key = log.ids(KEY_PRODUCTION, person, number)
    place = by_time(started, key)
    place = place[has_begun[place]]
    missing = ~is_delivered[place]
    return {
        "started_at": log.milliseconds(started[place]),
        "production_order_id": key[place],
        "order_id": orders["id"][place].astype(np.int64),
        "due_at": log.milliseconds(np.maximum(due, started)[place]),
        "finished_at": (log.milliseconds(finished[place]), missing),
        "delivered_at": (log.milliseconds(np.where(is_delivered, handed, 0)[place]), missing),
        "is_rework": (u[:, 3] < chance)[place] & ~missing,
    }
