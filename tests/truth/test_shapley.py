"""Shapley values by sampled orders: exact sums, honest errors, and plain effects where these add up."""

from itertools import permutations

import numpy as np
import pytest

from omnisim.engine import Block, build_plan
from omnisim.errors import ScenarioError
from omnisim.scenario import load_scenario
from omnisim.schema import CHANNEL_NAMES
from omnisim.truth.coalitions import Game, wanted_pairs
from omnisim.truth.lives import Contrast, Life, Question, live_block
from omnisim.truth.shapley import check_orders, draw_orders, sampling_errors, set_weights
from omnisim.truth.worlds import BASE
from omnisim.world import build_world

ABC = ("email", "sms", "affiliate")
# a game whose values are known by hand: email and sms are worth more together
WORTH = {
    (): 0, ("email",): 10, ("sms",): 20, ("affiliate",): 5, ("email", "sms"): 50,
    ("affiliate", "email"): 15, ("affiliate", "sms"): 25, ("affiliate", "email", "sms"): 55,
}  # fmt: skip


def worth(on):
    return (WORTH[tuple(sorted(on))],)


def mean_added(orders):
    return {
        name: sum(w * worth(on)[0] for on, w in by_set.items()) / len(orders)
        for name, by_set in set_weights(orders).items()
    }


def test_all_orders_give_the_shapley_values_known_by_hand():
    # the 20 that email and sms bring together beyond 10 + 20 are shared; affiliate adds 5 always
    assert mean_added(list(permutations(ABC))) == {"affiliate": 5.0, "email": 20.0, "sms": 30.0}


def test_an_order_is_followed_by_its_reverse_and_depends_on_ids_only():
    orders = draw_orders(7, CHANNEL_NAMES, 9)
    assert len(orders) == 9
    for k in range(0, 8, 2):
        assert orders[k + 1] == orders[k][::-1]
    assert orders[:4] == draw_orders(7, CHANNEL_NAMES, 4)
    some = [name for name in CHANNEL_NAMES if name not in ("sms", "email")]
    kept = [tuple(n for n in order if n in some) for order in orders]
    assert kept == draw_orders(7, some, 9)  # a channel more or less moves no other


@pytest.mark.parametrize("n", [4, 7, 40])
def test_the_error_covers_the_value_and_shrinks(n):
    exact = {"affiliate": 5.0, "email": 20.0, "sms": 30.0}
    errors, misses = [], 0
    for seed in range(60):
        orders = draw_orders(seed, ABC, n)
        found = sampling_errors(orders, worth)
        for name, value in mean_added(orders).items():
            errors.append(found[name][0])
            # Student's t of one to nineteen degrees has heavy tails: only gross misses count
            misses += abs(value - exact[name]) > 5 * found[name][0] + 1e-9
    if n == 40:
        assert misses == 0
    # opposite orders cancel what two channels do together: here they leave no error at all
    assert max(errors[::3]) == 0.0


def test_the_error_is_the_spread_of_pairs_by_hand():
    orders = [ABC, ABC[::-1], ("sms", "email", "affiliate"), ("affiliate", "email", "sms")]
    # email adds 10 then 30 - 5 + 5 = 30; 30 then 10: pair sums are 40 and 40
    assert sampling_errors(orders, worth)["email"][0] == 0.0
    plain = [
        ABC,
        ("email", "affiliate", "sms"),
        ("sms", "email", "affiliate"),
        ("sms", "affiliate", "email"),
    ]
    # email adds 10, 10 and 30, 30: pair sums 20 and 60 about 40; sqrt(2 / 1 * (400 + 400)) / 4 = 10
    assert sampling_errors(plain, worth)["email"][0] == pytest.approx(10.0)


@pytest.mark.parametrize("n", [0, -3, 3, 1001, 10**9, True, 2.5])
def test_numbers_of_orders_that_cannot_be_are_refused(n):
    with pytest.raises(ScenarioError, match=r"shapley = .*4 to 1,000"):
        check_orders(n)


ADDITIVE = {
    "population": {"n_customers": 4096, "account_share": 1.0},
    "horizon": {"n_days": 120},
    "stores": {"n_stores": 4},
    "assortment": {"n_products": 10},
    # one visit per need: a sale by one channel takes no later visit from another
    "demand": {
        "need_rate": 40.0,
        "dropout_share": 0.0,
        "browse_abandonment": 1.0,
        "serious_abandonment": 1.0,
    },
    "experiment": {"is_on": False},
    "rollout": {"is_on": False},
    "membership": {"is_on": False},
    "win_back": {"is_on": False},
    "incidents": {"is_on": False},
    "campaigns": [],
    "shocks": [],
    "promotions": [],
}


def additive(synergy=0.0, half_saturation=100.0):
    """Effects on conversion alone, linear: no clicks, touches, needs, fatigue."""
    channels = {
        name: {
            "click_share": 0.0, "open_share": 0.0, "need_effect": 0.0, "touch_factor": 1.0,
            "conversion_effect": 0.0, "half_saturation": half_saturation,
        }
        for name in CHANNEL_NAMES
    }  # fmt: skip
    scale = half_saturation / 100.0
    for name, effect in (("paid_social", 3.0), ("short_video", 5.0), ("email", 2.0)):
        channels[name]["conversion_effect"] = effect * scale
        channels[name]["retention"] = 0.95
    channels["paid_social"]["reach"] = channels["short_video"]["reach"] = 1.0
    both = [{"first": "paid_social", "second": "short_video", "conversion_effect": synergy}]
    marketing = {"channels": channels, "fatigue": 0.0, "synergies": both if synergy else []}
    world = build_world(load_scenario("sample", overrides={**ADDITIVE, "marketing": marketing}))
    return world, build_plan(world)


def asked(world, plan, question):
    base = Question({BASE: Life(world, plan)})
    return live_block(base + question, Block(0, 0, world.scenario.population.n_customers))


def test_values_add_up_to_all_minus_none_exactly():
    world, plan = additive()
    for semantics, spend in (
        ("ghost", {}),
        ("reallocated", {"sms": 9, "email": 0, "affiliate": 4}),
    ):
        game = Game(world, plan, semantics, spend)
        orders = draw_orders(3, game.players, 5)
        sums = asked(world, plan, game.shapley(orders))
        added = np.sum([moments["all"].total for moments in sums.moments], axis=0)
        nobody = sums.totals[game.world_name(game.players)]
        assert added.tolist() == [
            5 * (a - b) for a, b in zip(sums.totals[BASE], nobody, strict=True)
        ]


def test_where_effects_add_up_shapley_values_are_leave_one_out():
    world, plan = additive()
    game = Game(world, plan, "ghost", {})
    orders = draw_orders(11, ("paid_social", "short_video", "email"), 6)
    n = len(orders)
    players = orders[0]
    # a game of three: the other channels do nothing, so they may stay on
    question = Question({})
    shapley = _among(game, orders)
    question += shapley
    differences = []
    for contrast in shapley.contrasts:
        loo = game.leave_out((contrast.cause,))
        question += loo
        weights = {name: n * w for name, w in loo.contrasts[0].weights.items()}
        for name, w in contrast.weights.items():
            weights[name] = weights.get(name, 0) - w
        differences.append(Contrast("difference", contrast.cause, "ghost", weights))
    question += Question({}, tuple(differences))
    sums = asked(world, plan, question)
    found = {
        (contrast.estimand, contrast.cause): moments["all"]
        for contrast, moments in zip(question.contrasts, sums.moments, strict=True)
    }
    for name in players:
        effect, away = found["total", name], found["difference", name]
        # the effect is there, and what Shapley values differ by is within four errors of nothing
        assert effect.value(2, 1.0) > 4 * effect.std_error(2, 1.0), name
        assert abs(away.value(2, n)) < 4 * away.std_error(2, n) + 1e-9, name
        assert abs(away.value(2, n)) < 0.2 * effect.value(2, 1.0), name


def _among(game, orders):
    """The Shapley question of a few channels, all others staying on."""
    lives, contrasts = {}, []
    for player, by_set in set_weights(orders).items():
        weights = {}
        for on, weight in by_set.items():
            off = tuple(name for name in orders[0] if name not in on)
            weights[game.world_name(off)] = weight
            lives |= {} if not off else game.leave_out(off).lives
        contrasts.append(Contrast("shapley", player, "ghost", weights))
    return Question(lives, tuple(contrasts))


def test_synergy_is_nothing_without_and_something_with_the_mechanism():
    for strength, is_there in ((0.0, False), (5.0, True)):
        world, plan = additive(strength, half_saturation=1.0)
        game = Game(world, plan, "ghost", {})
        found = asked(world, plan, game.synergy("paid_social", "short_video")).moments[0]["all"]
        # net of chance: four errors of the number of orders
        assert (found.value(2, 1.0) > 4 * found.std_error(2, 1.0)) == is_there
        assert abs(found.value(2, 1.0)) < 4 * found.std_error(2, 1.0) or is_there


def test_synergy_with_a_channel_that_does_nothing_is_zero_to_the_cent():
    world, plan = additive()
    question = Game(world, plan, "ghost", {}).synergy("email", "sms")
    found = asked(world, plan, question).moments[0]["all"]
    assert found.total == found.square == (0, 0, 0)
    assert any(
        asked(world, plan, Game(world, plan, "ghost", {}).add_in(("email",)))
        .moments[0]["all"]
        .total
    )


def test_pairs_are_those_declared_and_those_of_the_greatest_spenders():
    world, _ = additive(1.0)
    spend = {"sms": 5, "affiliate": 50, "retargeting": 40, "brand_search": 30, "marketplace": 0}
    assert wanted_pairs(world, spend, CHANNEL_NAMES) == [
        ("paid_social", "short_video"),
        ("retargeting", "affiliate"),
        ("brand_search", "affiliate"),
        ("brand_search", "retargeting"),
    ]
    assert wanted_pairs(world, spend, ("affiliate", "retargeting")) == [
        ("retargeting", "affiliate")
    ]
