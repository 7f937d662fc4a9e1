"""From the kernel's rows to the columns of tables, ordered by event time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.plan import FIRST_COOKIE, KEY_CUSTOMER, KEY_IDENTITY, N_ACCOUNTS, PAYMENT
from omnisim.engine.records.devices import session_devices
from omnisim.engine.records.log import BlockLog
from omnisim.engine.state import NO_TIME
from omnisim.rng import id_key, ids_of
from omnisim.schema import channels as ch
from omnisim.storage import Codes
from omnisim.timeline import SECONDS_PER_DAY, epoch_day
from omnisim.world import World
from omnisim.world.names import draw_names, pools
from omnisim.world.persons import FAKE_BUYER, PERSON_KINDS, RING_SIZE, Persons

Columns = dict[str, Any]
_ORDER_LABELS = ("fake_order", "coupon_abuse")
_IDENTITY_KIND = ("email", "phone", "loyalty_card", "loyalty_card", "payment_token", "app")
_STATUS = ("completed", "cancelled")


class _Clock:
    """Turns seconds from day 0 into milliseconds since 1970."""

    def __init__(self, world: World) -> None:
        self.origin = epoch_day(world.scenario.horizon.start_date) * SECONDS_PER_DAY

    def __call__(self, seconds: NDArray[Any]) -> NDArray[np.int64]:
        return (seconds.astype(np.int64) + self.origin) * 1000

    def maybe(self, seconds: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """With a mask of the missing."""
        return self(seconds), seconds == NO_TIME


def _maybe_id(values: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    numbers = np.ascontiguousarray(values)
    return numbers, numbers < 0


def _codes(values: NDArray[Any], names: tuple[str, ...]) -> Codes:
    return Codes(np.ascontiguousarray(values), names)


def _by_time(rows: NDArray[Any]) -> NDArray[Any]:
    """Rows ordered by time, then id: the order of persons must not show."""
    at = np.ascontiguousarray(rows["at"])
    # one integer key: time above, the upper bits of the id below; ties are broken exactly after
    key = (at.astype(np.int64) << 31) | (rows["id"] >> 21)
    order = np.argsort(key)
    ordered = rows[order]
    tied = key[order][1:] == key[order][:-1]
    if tied.any():
        order = np.lexsort((rows["id"], at))
        ordered = rows[order]
    return ordered


def fact_columns(log: BlockLog) -> dict[str, Columns]:
    """Columns of the tables that the kernel logs row by row."""
    at = _Clock(log.world)
    touches, sessions, orders, lines, returns, surveys = (
        _by_time(rows)
        for rows in (log.touches, log.sessions, log.orders, log.lines, log.returns, log.surveys)
    )
    return {
        "touchpoints": {
            "touched_at": at(touches["at"]),
            "touchpoint_id": np.ascontiguousarray(touches["id"]),
            "identity_id": np.ascontiguousarray(touches["identity"]),
            "customer_id": _maybe_id(touches["customer"]),
            "channel": _codes(touches["channel"], ch.CHANNEL_NAMES),
            "touch_kind": _codes(touches["kind"], ch.TOUCH_KINDS),
            "session_id": _maybe_id(touches["session"]),
            "has_consent": np.ascontiguousarray(touches["consent"]),
        },
        "sessions": {
            "started_at": at(sessions["at"]),
            "session_id": np.ascontiguousarray(sessions["id"]),
            "identity_id": np.ascontiguousarray(sessions["identity"]),
            "customer_id": _maybe_id(sessions["customer"]),
            "channel": _codes(sessions["channel"], ch.CHANNEL_NAMES),
            "platform": _codes(sessions["platform"], ch.PLATFORMS),
            "device": Codes(session_devices(log, sessions), ch.DEVICES),
            "n_page_views": np.ascontiguousarray(sessions["pages"]),
            "has_add_to_cart": np.ascontiguousarray(sessions["cart"]),
            "has_checkout": np.ascontiguousarray(sessions["checkout"]),
            "has_order": np.ascontiguousarray(sessions["order"]),
            "release": _codes(sessions["release"], ch.RELEASES),
        },
        "orders": _order_columns(at, orders),
        "order_lines": {
            "ordered_at": at(lines["at"]),
            "order_line_id": np.ascontiguousarray(lines["id"]),
            "order_id": np.ascontiguousarray(lines["order"]),
            "sku": np.ascontiguousarray(lines["sku"]),
            "n_units": np.ascontiguousarray(lines["units"]),
            "gross_amount_cents": np.ascontiguousarray(lines["gross"]),
            "discount_amount_cents": np.ascontiguousarray(lines["discount"]),
            "net_amount_cents": lines["gross"] - lines["discount"],
            "cost_amount_cents": np.ascontiguousarray(lines["cost"]),
        },
        "returns": {
            "returned_at": at(returns["at"]),
            "return_id": np.ascontiguousarray(returns["id"]),
            "order_id": np.ascontiguousarray(returns["order"]),
            "order_line_id": np.ascontiguousarray(returns["line"]),
            "sku": np.ascontiguousarray(returns["sku"]),
            "n_units": np.ascontiguousarray(returns["units"]),
            "refund_amount_cents": np.ascontiguousarray(returns["refund"]),
            "return_channel": _codes(returns["channel"], ch.RETURN_CHANNELS),
            "location_id": np.ascontiguousarray(returns["location"]),
            "return_reason": _codes(returns["reason"], ch.RETURN_REASONS),
        },
        "survey_invitations": {
            "invited_at": at(surveys["at"]),
            "survey_invitation_id": np.ascontiguousarray(surveys["id"]),
            "order_id": np.ascontiguousarray(surveys["order"]),
            "customer_id": np.ascontiguousarray(surveys["customer"]),
            "answered_at": at.maybe(surveys["answered"]),
            "nps_score": (np.ascontiguousarray(surveys["score"]), surveys["score"] < 0),
        },
    }


def _order_columns(at: _Clock, orders: NDArray[Any]) -> Columns:
    is_cancelled = orders["reason"] >= 0
    return {
        "ordered_at": at(orders["at"]),
        "order_id": np.ascontiguousarray(orders["id"]),
        "customer_id": _maybe_id(orders["customer"]),
        "identity_id": _maybe_id(orders["identity"]),
        "payment_identity_id": _maybe_id(orders["payment"]),
        "session_id": _maybe_id(orders["session"]),
        "order_channel": _codes(orders["channel"], ch.ORDER_CHANNELS),
        "fulfilment": _codes(orders["fulfilment"], ch.FULFILMENTS),
        "location_id": np.ascontiguousarray(orders["location"]),
        "catchment_location_id": np.ascontiguousarray(orders["catchment"]),
        "status": Codes(is_cancelled.astype(np.int8), _STATUS),
        "cancel_reason": _codes(orders["reason"], ch.CANCEL_REASONS),
        "coupon_code": _codes(orders["coupon"], ch.COUPONS),
        "n_units": np.ascontiguousarray(orders["units"]),
        "gross_amount_cents": np.ascontiguousarray(orders["gross"]),
        "discount_amount_cents": np.ascontiguousarray(orders["discount"]),
        "net_amount_cents": orders["gross"] - orders["discount"],
        "cost_amount_cents": np.ascontiguousarray(orders["cost"]),
        "shipping_cost_cents": np.ascontiguousarray(orders["shipping"]),
        "promised_at": at(orders["promised"]),
        "fulfilled_at": at.maybe(orders["fulfilled"]),
        "cancelled_at": at.maybe(orders["cancelled"]),
    }


def people_columns(world: World, people: Persons, state: Any) -> dict[str, Columns]:
    """Columns of customers and identities, and of the truth about who they are."""
    customers, customer_map = _customers(world, people, state)
    identities, identity_map = _identities(world, people, state)
    return {
        "customers": customers,
        "identities": identities,
        "persons": {
            "person_id": people["person"].copy(),
            "home_location_id": people["store"] + 2,
            "need_rate": people["need_rate"].copy(),
            "digital_affinity": people["digital"].copy(),
            "price_sensitivity": people["price_sensitivity"].copy(),
            "person_kind": Codes(people["kind"].astype(np.int8), PERSON_KINDS),
            "n_orders": state["n_orders"].copy(),
        },
        "customer_map": customer_map,
        "identity_map": identity_map,
    }


def intent_columns(sessions: Any) -> Columns:
    """What each visit was for."""
    order = np.argsort(sessions["id"])
    return {
        "session_id": sessions["id"][order],
        "intent": _codes(sessions["intent"][order], ch.INTENTS),
    }


def label_columns(orders: Any) -> Columns:
    """Orders that are not what they seem."""
    marked = orders[orders["label"] >= 0]
    marked = marked[np.argsort(marked["id"])]
    return {
        "order_id": np.ascontiguousarray(marked["id"]),
        "label": _codes(marked["label"], _ORDER_LABELS),
    }


def _customers(world: World, people: Persons, state: Any) -> tuple[Columns, Columns]:
    s = world.scenario
    row, slot = np.nonzero(state["joined_at"] != NO_TIME)
    joined = state["joined_at"][row, slot]
    person = people["person"][row]
    number = ids_of(id_key(s.seed, KEY_CUSTOMER), person, slot)
    order = np.lexsort((number, joined))
    row, slot, joined, person, number = (
        values[order] for values in (row, slot, joined, person, number)
    )
    who = people[row]
    # accounts older than the data: offline people mostly joined at a till
    in_store = np.where(joined < 0, who["digital"] < 0.45, state["joined_in_store"][row, slot] == 1)
    at = _Clock(world)
    first, last, city, street = draw_names(s.seed, person, s.market.locale)
    words = pools(s.market.locale)
    name_code, names = _full_names(first, last, words)
    withdrawn = who["withdrawal_day"] * SECONDS_PER_DAY + 12 * 3600
    has_withdrawn = (who["withdrawal_day"] < s.horizon.n_days) & (withdrawn > joined)
    columns: Columns = {
        "joined_at": at(joined),
        "customer_id": number,
        "join_channel": Codes(in_store.astype(np.int8), ("online", "store")),
        "home_location_id": who["store"] + 2,
        "region": Codes(world.places.region[who["store"]].astype(np.int16), s.market.regions),
        "full_name": Codes(name_code, names),
        "street_address": Codes(street.astype(np.int32), words.street),
        "city": Codes(city.astype(np.int32), words.city),
        "birth_year": who["birth_year"].astype(np.int16),
        "has_app": who["has_app"] & (slot == 0),
        "has_email_consent": who["has_email_consent"].copy(),
        "has_sms_consent": who["has_sms_consent"].copy(),
        "consent_withdrawn_at": (at(np.where(has_withdrawn, withdrawn, 0)), ~has_withdrawn),
    }
    by_id = np.argsort(number)
    return columns, {"customer_id": number[by_id], "person_id": person[by_id].copy()}


def _full_names(
    first: NDArray[np.int64], last: NDArray[np.int64], words: Any
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Distinct full names and which of them each customer bears."""
    pair = first * len(words.last) + last
    distinct, code = np.unique(pair, return_inverse=True)
    order = (1, 0) if words.joiner == "" else (0, 1)  # family name first in Chinese
    names: dict[str, int] = {}
    position = np.empty(distinct.size, np.int32)
    for k, number in enumerate(distinct):
        parts = (words.first[number // len(words.last)], words.last[number % len(words.last)])
        name = words.joiner.join(parts[i] for i in order)
        position[k] = names.setdefault(name, len(names))
    return position[code], tuple(names)


def _identities(world: World, people: Persons, state: Any) -> tuple[Columns, Columns]:
    s = world.scenario
    first, last, link = (state[name].copy() for name in ("seen_first", "seen_last", "seen_link"))
    _fold_rings(people, first, last, link)
    row, ordinal = np.nonzero(first != NO_TIME)
    person = people["person"][row]
    number = ids_of(id_key(s.seed, KEY_IDENTITY), person, ordinal)
    seen = first[row, ordinal]
    order = np.lexsort((number, seen))
    row, ordinal, person, number = (values[order] for values in (row, ordinal, person, number))
    account = link[row, ordinal]
    linked = (account >= 0) & (
        state["joined_at"][row, np.maximum(account, 0).astype(np.int64)] != NO_TIME
    )
    customer = ids_of(
        id_key(s.seed, KEY_CUSTOMER), person, np.clip(account, 0, N_ACCOUNTS).astype(np.int64)
    )
    kinds = np.array([ch.IDENTITY_KINDS.index(k) for k in (*_IDENTITY_KIND, "cookie")], np.int8)
    at = _Clock(world)
    columns: Columns = {
        "first_seen_at": at(first[row, ordinal]),
        "identity_id": number,
        "last_seen_at": at(last[row, ordinal]),
        "identity_kind": Codes(kinds[np.minimum(ordinal, FIRST_COOKIE)], ch.IDENTITY_KINDS),
        "customer_id": (customer, ~linked),
    }
    by_id = np.argsort(number)
    return columns, {"identity_id": number[by_id], "person_id": person[by_id].copy()}


def _fold_rings(
    people: Persons, first: NDArray[Any], last: NDArray[Any], link: NDArray[Any]
) -> None:
    """A ring's payment token is one identity: its first member carries it for all."""
    fakes = np.flatnonzero(people["kind"] == FAKE_BUYER)
    for leader in np.unique(fakes - people["person"][fakes] % RING_SIZE):
        ring = np.arange(leader, min(leader + RING_SIZE, people.size))
        seen = ring[first[ring, PAYMENT] != NO_TIME]
        if seen.size:
            start, end = first[seen, PAYMENT].min(), last[seen, PAYMENT].max()
            leads = first[leader, PAYMENT] != NO_TIME
            first[ring, PAYMENT] = NO_TIME
            first[leader, PAYMENT], last[leader, PAYMENT] = start, end
            link[leader, PAYMENT] = 0 if leads else -1
