"""Contacts with the service desk, each following from a fact of the log."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.records.accounts import Accounts, genuine
from omnisim.engine.records.columns import codes, look, maybe_at, maybe_id
from omnisim.engine.records.log import BlockLog, IntArray, by_time, ordinals
from omnisim.engine.records.reasons import Causes, causes_of
from omnisim.engine.state import NO_TIME
from omnisim.rng import Stream, lognormal_table
from omnisim.schema.members import CONTACT_CHANNELS, CONTACT_REASONS
from omnisim.timeline import SECONDS_PER_DAY

KEY_CONTACT = 36
PHONE, CHAT, EMAIL, STORE = range(4)  # of CONTACT_CHANNELS
_HANDLE_FACTOR = np.array([0.7, 0.8, 0.9, 1.9, 1.6, 0.7, 1.1])  # by reason, beside the median
_FIRST_SHIFT = np.array([0.08, 0.05, 0.16, -0.30, -0.50, 0.12, 0.0])  # by reason
_DAYS_FACTOR = np.array([0.6, 0.7, 0.5, 1.0, 2.0, 0.5, 0.5])  # by reason
_STORE_WAIT_MINUTES, _CHAT_SHARE_OF_PHONE = 4.0, 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Contacts:
    """Contacts in order of person and time; times are seconds from day 0, -1 = no id."""

    row: IntArray
    number: IntArray
    opened: IntArray
    reason: IntArray
    channel: IntArray
    wait_minutes: NDArray[np.float64]
    is_long: NDArray[np.bool_]  # more than twice the median of its channel
    handle_minutes: NDArray[np.float64]
    resolved: IntArray
    is_first: NDArray[np.bool_]
    customer: IntArray
    identity: IntArray
    order: IntArray


def find_contacts(log: BlockLog, accounts: Accounts) -> Contacts:
    """All contacts of a block; fake buyers and machines do not call."""
    plan = log.world.scenario.service
    causes = causes_of(log, accounts) if plan.is_on else []
    parts = [_happened(log, cause) for cause in causes]
    n_columns = 12
    columns = (
        [np.concatenate(column) for column in zip(*parts, strict=True)]
        if parts
        else [np.zeros(0, np.int64) for _ in range(n_columns)]
    )
    row, ordinal, kind, opened = (np.asarray(c, np.int64) for c in columns[:4])
    order = np.lexsort((ordinal, kind, opened, row))
    row, ordinal, kind, opened, reason, customer, identity, order_id = (
        np.asarray(c, np.int64)[order] for c in columns[:8]
    )
    u = np.stack([np.asarray(c, np.float64)[order] for c in columns[8:]], axis=1)
    person = log.people["person"][row].astype(np.int64)
    channel = _channel(log, row, u[:, 0])
    median = np.array(
        [
            plan.phone_wait_minutes,
            plan.phone_wait_minutes * _CHAT_SHARE_OF_PHONE,
            plan.email_wait_minutes,
            _STORE_WAIT_MINUTES,
        ]
    )[channel]
    wait = _tenths(median * _load(log, opened) * look(lognormal_table(0.8), u[:, 1]))
    handle = _tenths(
        np.maximum(
            plan.handle_minutes * _HANDLE_FACTOR[reason] * look(lognormal_table(0.6), u[:, 2]), 0.5
        )
    )
    again = _second(log, person, ordinal, kind)
    is_first = again[:, 0] < np.clip(plan.first_contact_share + _FIRST_SHIFT[reason], 0, 1)
    days = plan.complaint_days * _DAYS_FACTOR[reason] * look(lognormal_table(0.7), again[:, 1])
    done = opened + np.floor((wait + handle) * 60).astype(np.int64)
    done += np.where(is_first, 0, np.floor(days * SECONDS_PER_DAY).astype(np.int64))
    return Contacts(
        row=row,
        number=log.ids(KEY_CONTACT, person, ordinals(row)),
        opened=opened,
        reason=reason,
        channel=channel,
        wait_minutes=wait,
        is_long=wait > 2 * median,
        handle_minutes=handle,
        resolved=np.where(done < log.end, done, NO_TIME),
        is_first=is_first,
        customer=customer,
        identity=identity,
        order=order_id,
    )


def contact_columns(log: BlockLog, contacts: Contacts) -> dict[str, Any]:
    """The table of contacts."""
    order = by_time(contacts.opened, contacts.number)
    c = Contacts(*(getattr(contacts, field.name)[order] for field in fields(contacts)))
    return {
        "opened_at": log.milliseconds(c.opened),
        "service_contact_id": c.number,
        "customer_id": maybe_id(c.customer),
        "identity_id": maybe_id(c.identity),
        "order_id": maybe_id(c.order),
        "contact_reason": codes(c.reason, CONTACT_REASONS),
        "contact_channel": codes(c.channel, CONTACT_CHANNELS),
        "wait_minutes": c.wait_minutes,
        "handle_minutes": c.handle_minutes,
        "resolved_at": maybe_at(log, c.resolved),
        "is_resolved_first_contact": c.is_first,
    }


def _happened(log: BlockLog, cause: Causes) -> tuple[NDArray[Any], ...]:
    """Those causes that led to a contact within the horizon."""
    person = log.people["person"][cause.row].astype(np.int64)
    u = log.draw(Stream.SERVICE, person, cause.ordinal, step=cause.kind * 4)
    calls = np.flatnonzero((u[:, 0] < cause.chance) & genuine(log, cause.row))
    span = np.maximum(cause.latest[calls] - cause.earliest[calls], 1)
    opened = cause.earliest[calls] + np.floor(span * u[calls, 1]).astype(np.int64)
    inside = opened < log.end
    calls, opened = calls[inside], opened[inside]
    v = log.draw(Stream.SERVICE, person[calls], cause.ordinal[calls], step=cause.kind * 4 + 1)
    return (
        cause.row[calls],
        cause.ordinal[calls],
        np.full(calls.size, cause.kind),
        opened,
        cause.reason[calls],
        cause.customer[calls],
        cause.identity[calls],
        cause.order[calls],
        *(v[:, k] for k in range(4)),
    )


def _second(log: BlockLog, person: IntArray, ordinal: IntArray, kind: IntArray) -> Any:
    """Further draws of each contact, at the address of its cause."""
    u = np.empty((person.size, 4))
    for k in np.unique(kind):
        mine = kind == k
        u[mine] = log.draw(Stream.SERVICE, person[mine], ordinal[mine], step=int(k) * 4 + 2)
    return u


def _channel(log: BlockLog, row: IntArray, u: NDArray[np.float64]) -> IntArray:
    """Digital people chat and write, others call or come to the store."""
    digital = log.people["digital"][row]
    chat = 0.12 + 0.33 * digital
    mail = chat + 0.14 + 0.12 * digital
    store = mail + 0.16 - 0.12 * digital
    return np.where(u < chat, CHAT, np.where(u < mail, EMAIL, np.where(u < store, STORE, PHONE)))


def _load(log: BlockLog, opened: IntArray) -> NDArray[np.float64]:
    """Longer waits on busy days, and twice as long while web and app are down."""
    factor = np.clip(log.world.need_factor, 0.5, 3.0)[opened // SECONDS_PER_DAY]
    is_down = np.zeros(opened.size, bool)
    for start, end in log.world.incidents.outages:
        is_down |= (opened >= start) & (opened < end + 3600)
    return np.asarray(factor * np.where(is_down, 2.0, 1.0))


def _tenths(minutes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.floor(minutes * 10 + 0.5) / 10)
