"""All traps, in the order of the mechanisms."""

from __future__ import annotations

from collections.abc import Callable

from . import experiments, marketing, programmes, records
from .worlds import Trap

CATALOGUE: tuple[Callable[[], Trap], ...] = (
    marketing.brand_search,
    marketing.retargeting,
    marketing.ads_sell_in_stores,
    marketing.showrooming,
    marketing.carry_over,
    marketing.saturation,
    marketing.fatigue,
    marketing.synergy,
    programmes.cannibalisation,
    programmes.loyal_join_first,
    programmes.staggered,
    programmes.worst_pilots,
    programmes.season,
    programmes.festival,
    programmes.shock,
    experiments.several_accounts,
    records.truncated_paths,
    records.visitors_by_cookie,
    records.double_members,
    experiments.heavy_tails,
    experiments.cuped,
    experiments.novelty,
    experiments.peeking,
    experiments.lost_rows,
    records.robots,
    records.doubles,
    experiments.spill_over,
    records.silence,
    records.censored_demand,
    records.oversold,
    records.fake_orders,
    records.coupon_abuse,
    records.withdrawn_consent,
    records.option_overload,
)
