"""Funnel events of online visits: what the web analytics would have caught of each session.

A session's flags say how far it came; here they become events. Buyers view and put in the cart what
they bought, the others one product. Everything lies between the start of the visit and its order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.records.columns import find_rows
from omnisim.engine.records.log import BlockLog, ordinals
from omnisim.rng import Stream
from omnisim.schema.context import WEB_EVENTS
from omnisim.storage import Codes

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
_START, _VIEW, _CART, _CHECKOUT, _PURCHASE = range(5)
_NONE = -1
_VISIT_SECONDS = 300  # of a visit that could have ended in an order
_FIRST_LOOK = 5  # seconds before the first product


def web_event_columns(log: BlockLog) -> dict[str, dict[str, Any]]:
    """Columns of `web_events`."""
    visits, orders, lines = log.sessions, log.orders, log.lines
    n = visits.size
    u = log.draw(Stream.WEB_EVENT, log.person(visits), ordinals(visits["row"]))
    start = visits["at"].astype(np.int64)
    order_of = _orders_of(visits, orders)
    buys = order_of >= 0
    is_cart = np.asarray(visits["cart"]) & ~buys
    is_checkout = np.asarray(visits["checkout"]) | buys
    is_viewed = ((visits["pages"] >= 2) | visits["cart"] | visits["checkout"]) & ~buys
    length = np.full(n, _VISIT_SECONDS)
    length[buys] = orders["at"][order_of[buys]] - start[buys]

    sku = log.world.products.popularity[(u[:, 0] * log.world.products.popularity.size).astype(int)]
    sku = sku.astype(np.int64) + 1
    every, viewed, carted = np.arange(n), np.flatnonzero(is_viewed), np.flatnonzero(is_cart)
    one = np.ones(n, np.int64)
    of_line, line = _lines_of(order_of, orders, lines)
    rank = ordinals(of_line)
    n_lines = np.bincount(of_line, minlength=n)
    slot_view, slot_cart = _item_seconds(length, np.maximum(n_lines, 1), u)
    offset = rank * (length * 6 // 10 // np.maximum(n_lines, 1))[of_line]

    n_before = 1 + np.where(buys, 2 * n_lines, is_viewed.astype(np.int64) + is_cart)
    checked, bought = np.flatnonzero(is_checkout), np.flatnonzero(buys)
    at_checkout = length * 65 // 100 + (u[:, 3] * (length * 3 // 10)).astype(np.int64)
    none = np.full(n, _NONE)
    bought_sku, units = lines["sku"][line], lines["units"][line].astype(np.int64)
    # (session, event, seconds since the start, number, sku, units)
    groups = [
        (every, _START, 0 * one, 0 * one, none, none),
        (viewed, _VIEW, slot_view[viewed], one[viewed], sku[viewed], none[viewed]),
        (carted, _CART, slot_cart[carted], 2 * one[carted], sku[carted], one[carted]),
        (of_line, _VIEW, offset + slot_view[of_line], 1 + 2 * rank, bought_sku, none[of_line]),
        (of_line, _CART, offset + slot_cart[of_line], 2 + 2 * rank, bought_sku, units),
        (checked, _CHECKOUT, at_checkout[checked], n_before[checked], none[checked], none[checked]),
        (bought, _PURCHASE, length[bought], 1 + n_before[bought], none[bought], none[bought]),
    ]
    visit = np.concatenate([group[0] for group in groups])
    kinds = np.array([group[1] for group in groups], np.int8)
    event = np.repeat(kinds, [group[0].size for group in groups])
    seconds, number, item, count = (
        np.concatenate([group[k] for group in groups]) for k in (2, 3, 4, 5)
    )
    # a visit cut by the end of the data happened up to there; its order stands where the log has it
    at = np.where(
        event == _PURCHASE,
        start[visit] + seconds,
        np.minimum(start[visit] + seconds, np.maximum(log.end - 1, start[visit])),
    )
    order_id = np.where(event == _PURCHASE, _order_ids(orders, order_of)[visit], _NONE)
    place = _by_time(at, visits["id"][visit], number)
    visit, event, item, count, order_id, number = (
        values[place] for values in (visit, event, item, count, order_id, number)
    )
    return {
        "web_events": {
            "event_at": log.milliseconds(at[place]),
            "session_id": np.ascontiguousarray(visits["id"][visit]),
            "event_number": number.astype(np.int16),
            "event_name": Codes(event, WEB_EVENTS),
            "sku": (item, item < 0),
            "n_units": (count.astype(np.int16), count < 0),
            "order_id": (order_id, order_id < 0),
        }
    }


def _orders_of(visits: Any, orders: Any) -> IntArray:
    """Position of each session's order, -1 = none."""
    found = np.full(visits.size, _NONE)
    if not visits.size:
        return found
    placed = np.flatnonzero(orders["session"] >= 0)
    found[find_rows(visits["id"], orders["session"][placed])] = placed
    return found


def _order_ids(orders: Any, order_of: IntArray) -> IntArray:
    if not orders.size:
        return np.full(order_of.size, _NONE)
    return np.asarray(np.where(order_of >= 0, orders["id"][order_of], _NONE), np.int64)


def _lines_of(order_of: IntArray, orders: Any, lines: Any) -> tuple[IntArray, IntArray]:
    """Session and line of every line bought in a session."""
    visit_of = np.full(orders.size, _NONE)
    buying = np.flatnonzero(order_of >= 0)
    visit_of[order_of[buying]] = buying
    if not lines.size:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    visit = visit_of[find_rows(orders["id"], lines["order"])]
    line = np.flatnonzero(visit >= 0)
    return visit[line], line


def _item_seconds(length: IntArray, n_items: IntArray, u: FloatArray) -> tuple[IntArray, IntArray]:
    """Seconds of view and cart within an item's slot: the first three fifths of a visit hold all.

    An order booked just before midnight leaves its visit few seconds: there both are at once.
    """
    slot = length * 6 // 10 // n_items
    half = np.maximum(slot // 2 - _FIRST_LOOK, 1)
    view = _FIRST_LOOK + (u[:, 1] * half).astype(np.int64)
    cart = view + 1 + (u[:, 2] * half).astype(np.int64)
    fits = slot > _FIRST_LOOK + 1
    return np.where(fits, view, 0), np.where(fits, cart, 0)


def _by_time(at: IntArray, session: IntArray, number: IntArray) -> IntArray:
    """Order of rows by time, session and number within it."""
    # one integer key: time above, the upper bits of the id below; ties are broken exactly after
    key = (at << 31) | (session >> 21)
    order = np.argsort(key)
    same = key[order][1:] == key[order][:-1]
    if same.any():
        tied = np.zeros(at.size, bool)
        tied[1:] |= same
        tied[:-1] |= same
        rows = order[tied]
        order[tied] = rows[np.lexsort((number[rows], session[rows], at[rows]))]
    return order
