"""What was done and when: prices, promotions, campaigns, and every cause that was at work."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from omnisim.scenario import Scenario
from omnisim.schema import CHANNEL_ID, CHANNELS
from omnisim.schema.context import INTERVENTION_TYPES
from omnisim.storage import Codes
from omnisim.timeline import DAYS_PER_WEEK, epoch_day
from omnisim.world import World
from omnisim.world.factors import cause_names

IntArray = NDArray[np.int64]
Columns = dict[str, Any]
# Names and meanings are those of the truth, so that what was done can be joined with what it did.
NOT_RUN, ALL_MINUS_NONE = "not_run", "all_minus_none"
ROLLOUT, CANARY = "click_and_collect", "canary_release"
MEMBERSHIP, WIN_BACK = "membership_benefits", "win_back"


def cause_columns(world: World) -> dict[str, Columns]:
    """Columns of `prices`, `promotions`, `campaigns` and `interventions`."""
    return {
        "prices": _prices(world),
        "promotions": _promotions(world.scenario),
        "campaigns": _campaigns(world.scenario),
        "interventions": _interventions(world.scenario),
    }


def _prices(world: World) -> Columns:
    """Runs of days on which a SKU's price stays the same."""
    s, goods = world.scenario, world.products
    day0, n_days = epoch_day(s.horizon.start_date), s.horizon.n_days
    running = _running(s)
    first, last, sku, promotion = [], [], [], []
    for category in range(len(s.assortment.category_names)):
        members = np.flatnonzero(goods.category == category)
        change = np.flatnonzero(np.diff(running[category])) + 1
        begin = np.concatenate([[0], change])
        end = np.concatenate([change, [n_days]]) - 1
        first.append(np.repeat(begin, members.size))
        last.append(np.repeat(end, members.size))
        sku.append(np.tile(members, begin.size))
        promotion.append(np.repeat(running[category][begin], members.size))
    begins, ends, skus, found = (np.concatenate(k) for k in (first, last, sku, promotion))
    order = np.lexsort((skus, begins))
    begins, ends, skus, found = (k[order] for k in (begins, ends, skus, found))
    percent = world.factors.percent[goods.category[skus], begins]
    listed = goods.price_cents[skus]
    return {
        "valid_from_date": (begins + day0).astype(np.int32),
        "valid_to_date": (ends + day0).astype(np.int32),
        "sku": skus.astype(np.int64) + 1,
        "price_cents": listed - listed * percent // 100,
        "list_price_cents": listed.copy(),
        "promotion_id": (found.astype(np.int64), found == 0),
    }


def _running(s: Scenario) -> IntArray:
    """Number of the promotion that runs, 0 = none, shape (n_categories, n_days)."""
    names = s.assortment.category_names
    running = np.zeros((len(names), s.horizon.n_days), np.int64)
    for number, promotion in enumerate(s.promotions, start=1):
        rows = [promotion.category in (None, name) for name in names]
        running[rows, promotion.first_day : promotion.first_day + promotion.n_days] = number
    return running


def _windows(causes: Any, s: Scenario) -> tuple[IntArray, IntArray, IntArray]:
    """Numbers in order of the first day, and first and last day since 1970."""
    first = np.array([cause.first_day for cause in causes], np.int64)
    length = np.array([cause.n_days for cause in causes], np.int64)
    order = np.argsort(first, kind="stable")
    begins = first[order] + epoch_day(s.horizon.start_date)
    return order, begins, begins + length[order] - 1


def _promotions(s: Scenario) -> Columns:
    order, begins, ends = _windows(s.promotions, s)
    found = [s.promotions[k] for k in order]
    names = s.assortment.category_names
    category = [-1 if p.category is None else names.index(p.category) for p in found]
    return {
        "started_date": begins.astype(np.int32),
        "promotion_id": order.astype(np.int64) + 1,
        "ended_date": ends.astype(np.int32),
        "promotion_name": Codes.of([p.name for p in found]),
        "category": Codes(np.array(category, np.int16), names),
        # what is charged: whole percent
        "discount_share": np.array([round(p.discount * 100) / 100 for p in found], np.float64),
    }


def _campaigns(s: Scenario) -> Columns:
    order, begins, ends = _windows(s.campaigns, s)
    found = [s.campaigns[k] for k in order]
    is_push = np.array([CHANNELS[CHANNEL_ID[c.channel]].is_push for c in found], bool)
    contacts = np.array([_planned_contacts(s, c) for c in found], np.int64)
    price = np.array([round(s.marketing.channels[c.channel].price * 1e6) for c in found], np.int64)
    return {
        "started_date": begins.astype(np.int32),
        "campaign_id": order.astype(np.int64) + 1,
        "ended_date": ends.astype(np.int32),
        "campaign_name": Codes.of([c.name for c in found]),
        "channel": Codes.of([c.channel for c in found]),
        "planned_reach_factor": np.array([c.reach_factor for c in found], np.float64),
        "n_planned_contacts": (contacts, ~is_push),
        "budget_cents": (contacts * price // 10_000, ~is_push),
    }


def _planned_contacts(s: Scenario, campaign: Any) -> int:
    """Contacts a planner expects: whom the channel reaches, how often, for how long."""
    people = s.population
    share = {
        "email": people.account_share * people.email_consent_share,
        "sms": people.account_share * people.sms_consent_share,
        "app_push": people.account_share * people.app_share,
        "community": people.community_share,
    }.get(campaign.channel, 1.0)
    reach = s.marketing.channels[campaign.channel].reach * campaign.reach_factor
    return int(people.n_customers * share * reach * campaign.n_days / DAYS_PER_WEEK)


class _Intervention(NamedTuple):
    """One row; days since day 0, `last` None = it stays."""

    kind: str
    cause: str
    first: int
    last: int | None
    scope: str
    action: str
    comparison: str
    semantics: str = NOT_RUN
    is_own: bool = True


def _interventions(s: Scenario) -> Columns:
    found = sorted(
        [*_windowed(s), *_designed(s), *_standing(s)], key=lambda one: (one.first, one.cause)
    )
    day0 = epoch_day(s.horizon.start_date)
    stays = np.array([one.last is None for one in found], bool)
    last = np.array([one.first if one.last is None else one.last for one in found], np.int64)
    kind = np.array([INTERVENTION_TYPES.index(one.kind) for one in found], np.int8)
    return {
        "started_date": np.array([one.first + day0 for one in found], np.int32),
        "intervention_id": np.arange(1, len(found) + 1),
        "ended_date": ((last + day0).astype(np.int32), stays),
        "intervention_type": Codes(kind, INTERVENTION_TYPES),
        "cause": Codes.of([one.cause for one in found]),
        "is_own": np.array([one.is_own for one in found], bool),
        "scope": Codes.of([one.scope for one in found]),
        "action": Codes.of([one.action for one in found]),
        "semantics": Codes.of([one.semantics for one in found]),
        "comparison": Codes.of([one.comparison for one in found]),
    }


def _windowed(s: Scenario) -> list[_Intervention]:
    """Campaigns, promotions and shocks."""
    names = cause_names(s)
    found = [
        _Intervention(
            "campaign", name, c.first_day, c.first_day + c.n_days - 1, f"channel={c.channel}",
            f"reach times {c.reach_factor:g}", "the channel's ordinary reach",
        )
        for name, c in zip(names["campaign"], s.campaigns, strict=True)
    ]  # fmt: skip
    found += [
        _Intervention(
            "promotion", name, p.first_day, p.first_day + p.n_days - 1,
            "all" if p.category is None else f"category={p.category}",
            f"{round(p.discount * 100)} percent off the list price", "list prices",
        )
        for name, p in zip(names["promotion"], s.promotions, strict=True)
    ]  # fmt: skip
    for name, shock in zip(names["shock"], s.shocks, strict=True):
        scope = f"channel={shock.channel}" if shock.channel else f"region={shock.region}"
        found.append(
            _Intervention(
                "shock", name, shock.first_day, _end(s, shock.first_day + shock.n_days),
                scope if shock.channel or shock.region else "all",
                shock.kind, "it does not happen", is_own=False,
            )
        )  # fmt: skip
    return found


def _end(s: Scenario, day_after: int) -> int | None:
    """Last day of a window; none when it outlasts the data."""
    return day_after - 1 if day_after <= s.horizon.n_days else None


def _designed(s: Scenario) -> list[_Intervention]:
    """Experiments, the canary release, and the roll-out with a row for each wave."""
    found = []
    test, pages, canary = s.experiment, s.factorial, s.canary
    if test.is_on:
        found.append(
            _Intervention(
                "experiment", test.name, test.first_day, test.first_day + test.n_days - 1,
                f"customers, share={test.treatment_share:g}", "treatment instead of control",
                "nobody is treated", ALL_MINUS_NONE,
            )
        )  # fmt: skip
    if pages.is_on:
        found += [
            _Intervention(
                "factorial", factor.name, pages.first_day, pages.first_day + pages.n_days - 1,
                "customers, share=0.5, crossed with the other changes",
                "the change instead of the page as it was", "nobody meets the change",
                ALL_MINUS_NONE,
            )
            for factor in pages.factors
        ]  # fmt: skip
    if canary.is_on:
        found.append(
            _Intervention(
                "canary", CANARY, canary.first_day, canary.first_day + canary.n_days - 1,
                f"visits, share={canary.visit_share:g}", "served by the new release",
                "no visit is served by it", ALL_MINUS_NONE,
            )
        )  # fmt: skip
    if s.rollout.is_on:
        found += [
            _Intervention(
                "rollout", ROLLOUT, wave.first_day, None, f"wave={number}",
                "service opened in the stores of the wave", "no store has the service", ALL_MINUS_NONE,
            )
            for number, wave in enumerate(s.rollout.waves, start=1)
        ]  # fmt: skip
    return found


def _standing(s: Scenario) -> list[_Intervention]:
    """Programmes that run all the time."""
    found = []
    if s.membership.is_on:
        found.append(
            _Intervention(
                "membership", MEMBERSHIP, 0, None, "account holders",
                "benefits and points of the programme", "accounts without benefits",
            )
        )  # fmt: skip
    if s.win_back.is_on:
        found.append(
            _Intervention(
                "win_back", WIN_BACK, 0, None, "members who have not bought for long",
                f"messages times {s.win_back.reach_factor:g} after {s.win_back.after_days} days "
                "without an order", "ordinary messages",
            )
        )  # fmt: skip
    return found
