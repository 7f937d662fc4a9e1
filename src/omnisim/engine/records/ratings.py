"""Short ratings at touchpoints: who is asked, what they would say, and whether they say it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.codes import CARRY_OUT, COLLECT, NO_STOCK
from omnisim.engine.plan import KEY_RETURN
from omnisim.engine.records.accounts import genuine
from omnisim.engine.records.columns import codes, find_rows, look, maybe_at, maybe_id
from omnisim.engine.records.desk import Contacts
from omnisim.engine.records.log import BlockLog, IntArray, by_time, ordinals
from omnisim.engine.state import NO_TIME
from omnisim.rng import Stream, normal_table
from omnisim.schema.channels import ORDER_CHANNELS
from omnisim.schema.members import CONTACT_CHANNELS, RATED_STAGES, RATED_TOUCHPOINTS
from omnisim.timeline import SECONDS_PER_DAY

KEY_RATING = 37
DISCOVER, CONSIDER, BUY, RECEIVE, USE, RETURN, SERVICE = range(7)  # of RATED_STAGES
# How readily each score from 1 to 5 answers beside a neutral one: the pleased are easily reached,
# the disappointed have turned away.
READINESS = np.array([0.7, 0.5, 0.6, 1.0, 1.6])
_SHORT_VISIT_PAGES = 2
_USE_DAYS = 21
_MINUTE = 60


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """Everybody asked, in order of person and time; -1 = no id, NO_TIME = no answer."""

    row: IntArray
    number: IntArray
    asked: IntArray
    stage: IntArray
    touchpoint: IntArray
    customer: IntArray
    session: IntArray
    order: IntArray
    contact: IntArray
    is_late: NDArray[np.bool_]
    score: IntArray  # what the person would say
    answered: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class _Occasions:
    """Moments of one stage at which people may be asked."""

    stage: int
    step: int  # part of the address of the draws
    share: float
    row: IntArray
    ordinal: IntArray
    asked: IntArray
    touchpoint: IntArray
    customer: IntArray
    penalty: NDArray[np.float64]
    is_late: NDArray[np.bool_]
    reference: tuple[str, IntArray]


def find_ratings(log: BlockLog, contacts: Contacts) -> Ratings:
    """All askings of a block."""
    plan = log.world.scenario.voice
    occasions = [
        *_of_sessions(log), *_of_orders(log), _of_returns(log), _of_contacts(log, contacts)
    ]  # fmt: skip
    parts = [_asked(log, occasion) for occasion in occasions]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    row, asked, stage = columns[:3]
    order = np.lexsort((columns[-1], stage, asked, row))  # the reference breaks ties
    row, asked, stage, touchpoint, customer, session, order_id, contact = (
        column[order].astype(np.int64) for column in columns[:8]
    )
    is_late = columns[8][order].astype(bool)
    latent, u_answer, u_delay = (column[order] for column in columns[9:12])
    score = np.clip(np.floor(latent + 0.5), 1, 5).astype(np.int64)
    chance = plan.answer_share * (1 + plan.answer_bias * (READINESS[score - 1] - 1))
    answered = (
        asked + 5 * _MINUTE + np.floor(u_delay * u_delay * 3 * SECONDS_PER_DAY).astype(np.int64)
    )
    answers = (u_answer < chance) & (answered < log.end)
    person = log.people["person"][row].astype(np.int64)
    return Ratings(
        row=row,
        number=log.ids(KEY_RATING, person, ordinals(row)),
        asked=asked,
        stage=stage,
        touchpoint=touchpoint,
        customer=customer,
        session=session,
        order=order_id,
        contact=contact,
        is_late=is_late,
        score=score,
        answered=np.where(answers, answered, NO_TIME),
    )


def rating_columns(log: BlockLog, ratings: Ratings) -> dict[str, dict[str, Any]]:
    """The table of askings, and the truth about what would have been said."""
    order = by_time(ratings.asked, ratings.number)
    r = Ratings(*(getattr(ratings, field.name)[order] for field in fields(ratings)))
    by_id = np.argsort(ratings.number)
    silent = r.answered == NO_TIME
    return {
        "touchpoint_ratings": {
            "asked_at": log.milliseconds(r.asked),
            "touchpoint_rating_id": r.number,
            "stage": codes(r.stage, RATED_STAGES),
            "touchpoint": codes(r.touchpoint, RATED_TOUCHPOINTS),
            "customer_id": maybe_id(r.customer),
            "session_id": maybe_id(r.session),
            "order_id": maybe_id(r.order),
            "service_contact_id": maybe_id(r.contact),
            "answered_at": maybe_at(log, r.answered),
            "rating": (np.where(silent, 0, r.score).astype(np.int16), silent),
        },
        "rating_scores": {
            "touchpoint_rating_id": ratings.number[by_id],
            "true_rating": ratings.score[by_id].astype(np.int16),
        },
    }


def _asked(log: BlockLog, o: _Occasions) -> tuple[NDArray[Any], ...]:
    """Those of the occasions at which somebody is asked within the horizon, with their mood."""
    plan = log.world.scenario.voice
    person = log.people["person"][o.row].astype(np.int64)
    u = log.draw(Stream.RATING, person, o.ordinal, step=o.step)
    picked = np.flatnonzero(
        (u[:, 0] < o.share) & (o.asked >= 0) & (o.asked < log.end) & genuine(log, o.row)
    )
    u, person = u[picked], person[picked]
    normal = normal_table()
    tends = look(normal, log.draw(Stream.SATISFACTION, person)[:, 0])
    latent = plan.mean_score + plan.person_sd * tends + plan.occasion_sd * look(normal, u[:, 1])
    none = np.full(picked.size, -1, np.int64)
    name, ids = o.reference
    at = {"session": none, "order": none, "contact": none} | {name: ids[picked]}
    return (
        o.row[picked],
        o.asked[picked],
        np.full(picked.size, o.stage),
        o.touchpoint[picked],
        o.customer[picked],
        at["session"],
        at["order"],
        at["contact"],
        o.is_late[picked],
        latent - o.penalty[picked],
        u[:, 2],
        u[:, 3],
        ids[picked],
    )


def _touchpoints(names: tuple[str, ...]) -> IntArray:
    return np.array([RATED_TOUCHPOINTS.index(name) for name in names], np.int64)


def _of_sessions(log: BlockLog) -> list[_Occasions]:
    """Short visits without a cart are discovery, longer ones consideration."""
    sessions = log.sessions
    is_short = (sessions["pages"] <= _SHORT_VISIT_PAGES) & ~sessions["cart"]
    ordinal = ordinals(sessions["row"])
    share = log.world.scenario.voice.session_share
    found = []
    for stage, mine in ((DISCOVER, is_short), (CONSIDER, ~is_short)):
        rows = np.flatnonzero(mine & ~sessions["order"])
        found.append(
            _Occasions(
                stage=stage,
                step=stage,
                share=share,
                row=sessions["row"][rows].astype(np.int64),
                ordinal=ordinal[rows],
                asked=sessions["at"][rows].astype(np.int64) + 5 * _MINUTE,
                touchpoint=_touchpoints(("web", "app"))[sessions["platform"][rows]],
                customer=sessions["customer"][rows],
                penalty=np.zeros(rows.size),
                is_late=np.zeros(rows.size, bool),
                reference=("session", sessions["id"][rows]),
            )
        )
    return found


def _of_orders(log: BlockLog) -> list[_Occasions]:
    """After the purchase, after the delivery or the cancellation, and after three weeks of use."""
    plan, orders = log.world.scenario.voice, log.orders
    at, fulfilled, cancelled = (
        orders[name].astype(np.int64) for name in ("at", "fulfilled", "cancelled")
    )
    arrived = (orders["reason"] < 0) & (orders["fulfilled"] != NO_TIME)
    sent = arrived & (orders["fulfilment"] != CARRY_OUT)
    refused = (orders["reason"] == NO_STOCK) & (orders["cancelled"] != NO_TIME)
    late = arrived & (fulfilled > orders["promised"])
    placed = _touchpoints(ORDER_CHANNELS)[orders["channel"]]
    parcel, store, product = _touchpoints(("parcel", "store", "product"))
    handed = np.where(orders["fulfilment"] == COLLECT, store, parcel)
    kept = arrived & ~np.isin(orders["id"], log.returns["order"])
    known = orders["customer"] >= 0
    penalty = plan.late_penalty * late + plan.cancel_penalty * refused
    end, day = np.int64(log.end), SECONDS_PER_DAY
    stages = (
        (BUY, at + 30 * _MINUTE, np.ones(at.size, bool), placed, np.zeros(at.size)),
        (
            RECEIVE,
            np.where(sent, fulfilled + day, np.where(refused, cancelled + day, end)),
            known & (sent | refused),
            np.where(refused, placed, handed),
            penalty,
        ),
        (
            USE,
            np.where(kept, fulfilled + _USE_DAYS * day, end),
            known & kept,
            np.full(at.size, product),
            np.zeros(at.size),
        ),
    )
    ordinal = ordinals(orders["row"])
    return [
        _Occasions(
            stage=stage,
            step=stage,
            share=plan.order_share,
            row=orders["row"][mine].astype(np.int64),
            ordinal=ordinal[mine],
            asked=asked[mine],
            touchpoint=touchpoint[mine],
            customer=np.asarray(orders["customer"][mine]),
            penalty=lost[mine],
            is_late=late[mine] & (stage == RECEIVE),
            reference=("order", np.asarray(orders["id"][mine])),
        )
        for stage, asked, mine, touchpoint, lost in stages
    ]


def _of_returns(log: BlockLog) -> _Occasions:
    returns = log.returns
    order = find_rows(log.orders["id"], returns["order"])
    return _Occasions(
        stage=RETURN,
        step=RETURN,
        share=log.world.scenario.voice.after_share,
        row=returns["row"].astype(np.int64),
        ordinal=log.numbers(KEY_RETURN, returns),
        asked=returns["at"].astype(np.int64) + SECONDS_PER_DAY,
        touchpoint=_touchpoints(("parcel", "store"))[returns["channel"]],
        customer=np.asarray(log.orders["customer"][order]),
        penalty=np.zeros(len(returns)),
        is_late=np.zeros(len(returns), bool),
        reference=("order", np.asarray(returns["order"])),
    )


def _of_contacts(log: BlockLog, contacts: Contacts) -> _Occasions:
    plan = log.world.scenario.voice
    minutes = contacts.wait_minutes + contacts.handle_minutes
    spoken = contacts.opened + np.floor(minutes * 60).astype(np.int64)
    failed = contacts.is_long.astype(np.int64) + ~contacts.is_first
    return _Occasions(
        stage=SERVICE,
        step=SERVICE,
        share=plan.after_share,
        row=contacts.row,
        ordinal=ordinals(contacts.row),
        asked=spoken + 60 * _MINUTE,
        touchpoint=_touchpoints(CONTACT_CHANNELS)[contacts.channel],
        customer=contacts.customer,
        penalty=np.asarray(plan.wait_penalty * failed, np.float64),
        is_late=np.zeros(contacts.row.size, bool),
        reference=("contact", contacts.number),
    )
