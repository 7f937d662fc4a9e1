"""Persons: latent traits, drawn per person and per nobody else."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from omnisim.rng import Stream, gamma_table, uniform_block
from omnisim.scenario import Scenario
from omnisim.schema import CHANNELS
from omnisim.timeline import SECONDS_PER_DAY
from omnisim.world.places import NEVER, Places

RING_SIZE = 8
SHOPPER, COUPON_ABUSER, FAKE_BUYER, BOT = 0, 1, 2, 3
PERSON_KINDS = ("shopper", "coupon_abuser", "fake_buyer", "bot")
_DAYS_BEFORE = 900  # accounts of day 0 were opened within these days [days]


# Traits of one person; shares lie in [0, 1]. `need_rate` is per day before season; `account_at` is
# the (negative) second at which an account of day 0 was opened, NEVER where there is none. Persons
# 2k and 2k + 1 share a home: that the other one held an account on day 0 matters where tests leak.
PERSON = np.dtype(
    [
        ("person", np.int64),
        ("kind", np.int64),
        ("store", np.int64),
        ("need_rate", np.float64),
        ("digital", np.float64),
        ("price_sensitivity", np.float64),
        ("account_at", np.int64),
        ("withdrawal_day", np.int64),
        ("cookie_life", np.int64),
        ("cookie_phase", np.int64),
        ("birth_year", np.int64),
        ("susceptibility", np.float64, (len(CHANNELS),)),
        ("has_two_accounts", np.bool_),
        ("shares_home_with_member", np.bool_),
        ("has_app", np.bool_),
        ("has_email_consent", np.bool_),
        ("has_sms_consent", np.bool_),
        ("is_in_community", np.bool_),
    ],
    align=True,
)
Persons: TypeAlias = "np.recarray[Any, Any]"  # rows of PERSON


def build_persons(scenario: Scenario, places: Places, first: int, last: int) -> Persons:
    """Draw persons ``first`` to ``last - 1``.

    Frequent, digital persons own accounts and the app more often: whoever compares members with
    others compares different people.
    """
    seed, plan, demand = scenario.seed, scenario.population, scenario.demand
    person = np.arange(first, last)
    a, b, c, d = (uniform_block(seed, person, stream=Stream.TRAIT, step=k) for k in range(4))
    digital = a[:, 1]
    relative = gamma_table(demand.need_shape)[(a[:, 0] * 4096).astype(np.int64)]
    need_rate = demand.need_rate / 365 * relative * (0.7 + 0.6 * digital)
    kind = _kinds(scenario, person, d[:, 3])
    is_human = kind != BOT
    has_account = _had_account(scenario, relative, b[:, 0], kind)
    has_app = is_human & (b[:, 2] < plan.app_share * (0.4 + 1.2 * digital))
    follows = plan.withdrawal_follows
    leaves = plan.withdrawal_share * (follows * 2 * a[:, 2] + (1 - follows))
    withdraws = c[:, 1] < leaves * scenario.horizon.n_days / 365
    shortest, longest = plan.cookie_life_days
    life = shortest + ((longest - shortest) * c[:, 3]).astype(np.int64)
    susceptibility = np.concatenate(
        [
            uniform_block(seed, person, stream=Stream.SUSCEPTIBILITY, step=k)
            for k in range(-(-len(CHANNELS) // 4))
        ],
        axis=1,
    )[:, : len(CHANNELS)]
    people = np.recarray(person.size, PERSON)
    traits = {
        "person": person,
        "kind": kind,
        "store": places.catchment[(a[:, 3] * places.catchment.size).astype(np.int64)],
        "need_rate": need_rate,
        "digital": digital,
        "price_sensitivity": a[:, 2],
        "account_at": np.where(has_account, _before(d[:, 1]), NEVER),
        "has_two_accounts": b[:, 1] < plan.duplicate_share,
        "shares_home_with_member": _share_home_with_member(scenario, person),
        "has_app": has_app,
        "has_email_consent": b[:, 3] < plan.email_consent_share,
        "has_sms_consent": c[:, 0] < plan.sms_consent_share,
        "withdrawal_day": np.where(
            withdraws,
            (c[:, 1] / np.maximum(leaves, 1e-12) * 365).astype(np.int64),
            NEVER,
        ),
        "is_in_community": is_human & (c[:, 2] < plan.community_share * (0.5 + digital)),
        "cookie_life": life,
        "cookie_phase": (d[:, 0] * life).astype(np.int64),
        "birth_year": scenario.horizon.start_date.year - 16 - (d[:, 2] * 62).astype(np.int64),
        "susceptibility": 0.5 + susceptibility,
    }
    for name, values in traits.items():
        people[name] = values
    return people


def _had_account(
    scenario: Scenario,
    relative: NDArray[np.float64],
    u: NDArray[np.float64],
    kind: NDArray[np.int8],
) -> NDArray[np.bool_]:
    """Who held an account on day 0, by needs relative to the mean."""
    dial = scenario.membership.loyal_join_first
    # mean about 1: heavy buyers join first
    loyal = dial * np.minimum(0.6 + 0.4 * relative, 1.6) + (1 - dial)
    return np.asarray((kind != BOT) & (u < scenario.population.account_share * loyal))


def _share_home_with_member(scenario: Scenario, person: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the other person of the home held an account on day 0; asked only where tests leak."""
    if scenario.experiment.spillover_share == 0:
        return np.zeros(person.size, np.bool_)
    other = person ^ 1
    a, b, d = (uniform_block(scenario.seed, other, stream=Stream.TRAIT, step=k) for k in (0, 1, 3))
    relative = gamma_table(scenario.demand.need_shape)[(a[:, 0] * 4096).astype(np.int64)]
    return _had_account(scenario, relative, b[:, 0], _kinds(scenario, other, d[:, 3]))


def _before(u: NDArray[np.float64]) -> NDArray[np.int64]:
    """Seconds (negative) at which accounts of day 0 were opened: any day, from nine to nine."""
    days = u * _DAYS_BEFORE
    whole = days.astype(np.int64)
    hours = 9 + 12 * (days - whole)
    return (-1 - whole) * SECONDS_PER_DAY + (hours * 3600).astype(np.int64)


def _kinds(
    scenario: Scenario, person: NDArray[np.int64], u: NDArray[np.float64]
) -> NDArray[np.int8]:
    """Rings are whole groups of eight numbers, so that a person more or less changes no other."""
    kind = np.full(person.size, SHOPPER, np.int8)
    if scenario.tracking.is_on:
        kind[u >= 1 - scenario.tracking.bot_share] = BOT
    if not scenario.fraud.is_on:
        return kind
    kind[u < scenario.fraud.abuser_share] = COUPON_ABUSER
    ring = uniform_block(scenario.seed, person // RING_SIZE, stream=Stream.RING)[:, 0]
    kind[ring < scenario.fraud.ring_share] = FAKE_BUYER
    return kind
