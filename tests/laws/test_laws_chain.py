"""Journeys as an absorbing Markov chain: the kernel, the fundamental matrix and the Markov model agree.

The kernel chooses the next touch without regard to the last one, gives up with one chance and buys
with a chance that depends on the touch at hand. That is an absorbing chain whose moves from channel
`i` to channel `j` have the probability

    Q[i, j] = (1 - p[i]) (1 - q) w[j],

`p` the chances to buy at a touch, `q` that to give up, `w` the shares of the pulls; it starts by `w`
and buys from `i` with ``p[i]``. Conditions under which the kernel is this chain exactly:

- one kind of need (``serious_share`` 1): a mixture of two chains is none;
- brand search does not follow intent (``intent_follows`` 0), or its pull would grow with the steps;
- online touches only: the pull of offline ones depends on the person, again a mixture;
- no pressure carried over, no programme, test or empty shelf, which give `p` a memory;
- no showrooming, after which the next touch is certain;
- pushes off: they add touches between the steps.

A journey ends after 15 steps; here fewer than 2 in 100,000 get so far.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from omnisim.attribution import Journeys, count_moves, removal_effects, transition_matrix
from omnisim.engine import new_cause
from omnisim.engine.codes import MAX_STEPS
from omnisim.engine.kernel import advance
from omnisim.engine.state import ORDER, TOUCH, default_room, new_output, new_state
from omnisim.schema import CHANNEL_ID

from .worlds import CHANNEL_NAMES, all_channels, merged, small_world

BASE, QUIT = 0.12, 0.45
# pull and factor of the touch
TOUCHES = {
    "brand_search": (1.0, 3.0),
    "generic_search": (2.0, 1.0),
    "affiliate": (0.5, 2.0),
    "organic_search": (1.5, 1.5),
    "direct": (1.0, 1.0),
}
NAMES = tuple(TOUCHES)
PULL = np.array([pull for pull, _ in TOUCHES.values()])
FACTOR = np.array([factor for _, factor in TOUCHES.values()])
SIGMAS = 4  # one test in 16,000 would lie further off by luck
CHAIN = merged(
    all_channels(reach=0.0, need_effect=0.0, conversion_effect=0.0, touch_factor=1.0),
    {
        "horizon": {"n_days": 364},
        "population": {"n_customers": 4000},
        "marketing": {
            "channels": {
                name: {"reach": pull, "touch_factor": factor}
                for name, (pull, factor) in TOUCHES.items()
            },
            "intent_follows": 0.0,
            "synergies": [],
        },
        "demand": {
            "need_rate": 14.0, "need_shape": 5.0, "serious_share": 1.0, "mean_gap_days": 1.0,
            "serious_conversion": BASE, "serious_abandonment": QUIT,
            "showrooming_share": 0.0, "dropout_share": 0.0,
        },
    },
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chain:
    """Start, moves between channels and chance to buy, from the scenario's dials alone."""

    start: np.ndarray
    moves: np.ndarray
    buy: np.ndarray

    @classmethod
    def of(cls, pull: np.ndarray, factor: np.ndarray) -> Chain:
        start, buy = pull / pull.sum(), BASE * factor
        return cls(start, np.outer((1 - buy) * (1 - QUIT), start), buy)

    def conversion(self) -> float:
        """Chance that a journey ends in an order: ``s (I - Q)^-1 p``."""
        fundamental = np.linalg.inv(np.eye(self.buy.size) - self.moves)
        return float(self.start @ fundamental @ self.buy)

    def removal(self, k: int) -> float:
        """Share of orders lost when whoever reaches channel `k` is lost."""
        start, moves = self.start.copy(), self.moves.copy()
        start[k] = moves[:, k] = 0.0
        return 1 - Chain(start, moves, self.buy).conversion() / self.conversion()


@dataclass(frozen=True, slots=True)
class Walks:
    """Every need of a world that had time to end: its person, its touches, whether it was met."""

    person: np.ndarray
    codes: np.ndarray
    offsets: np.ndarray
    bought: np.ndarray

    @property
    def n(self) -> int:
        return self.bought.size

    def journeys(self) -> Journeys:
        met = self.bought.astype(np.int64)
        return Journeys(
            channels=NAMES, codes=self.codes.astype(np.int16), offsets=self.offsets,
            conversions=met, nulls=1 - met, value=met.astype(float),
        )  # fmt: skip

    def residual(self, chance: float, n_persons: int) -> np.ndarray:
        """Orders less what the chain expects of as many needs, by person."""
        return np.bincount(self.person, weights=self.bought - chance, minlength=n_persons)


def walk(plan, people) -> Walks:
    """Live the year day by day and note which need each touch served: one step a day."""
    state = new_state(people)
    room = tuple(4 * n for n in default_room(plan, people.size))  # more orders than people place
    out = new_output(plan, people.size, room)
    found = []
    for day in range(plan.n_days):
        open_since, n = state["need_day"].copy(), out.n.copy()
        advance(plan, people, state, out, day, day + 1)
        row = out.touches["row"][n[TOUCH] : out.n[TOUCH]]
        channel = out.touches["channel"][n[TOUCH] : out.n[TOUCH]]
        bought = np.isin(row, out.orders["row"][n[ORDER] : out.n[ORDER]])
        need = np.where(open_since[row] >= 0, open_since[row], day)
        found.append(np.stack([row, need, np.full(row.size, day), channel, bought]))
    assert out.has_room
    person, need, day, channel, bought = np.concatenate(found, axis=1).astype(np.int64)
    order = np.lexsort((day, need, person))
    order = order[need[order] <= plan.n_days - MAX_STEPS]
    person, need, channel, bought = (v[order] for v in (person, need, channel, bought))
    starts = np.flatnonzero((np.diff(person, prepend=-1) != 0) | (np.diff(need, prepend=-1) != 0))
    code_of = np.full(len(CHANNEL_NAMES), -1)
    code_of[[CHANNEL_ID[name] for name in NAMES]] = np.arange(len(NAMES))
    offsets = np.append(starts, person.size)
    return Walks(person[starts], code_of[channel], offsets, bought[offsets[1:] - 1] == 1)


@pytest.fixture(scope="module")
def lived():
    _, _, plan, people = small_world(CHAIN)
    return plan, people, walk(plan, people)


def error_of(share: float, n: int) -> float:
    return float((share * (1 - share) / n) ** 0.5)


def test_every_journey_is_a_walk_of_the_chain(lived):
    """The transition matrix counted from the journeys is that of the dials, cell by cell."""
    _, _, walks = lived
    assert walks.n > 40_000
    assert (walks.codes >= 0).all()
    chain = Chain.of(PULL, FACTOR)
    counts = count_moves(walks.journeys())
    found = transition_matrix(counts)
    n = len(NAMES)
    expected = np.zeros_like(found)
    expected[0, :n] = chain.start
    expected[1:, :n], expected[1:, n] = chain.moves, chain.buy
    expected[1:, n + 1] = (1 - chain.buy) * QUIT
    leaving = np.append(
        counts.start.sum(), counts.inner.sum(axis=1) + counts.conversion + counts.null
    )
    error = np.sqrt(expected * (1 - expected) / leaving[:, None])
    assert (np.abs(found - expected) <= SIGMAS * error).all()


def test_conversion_is_that_of_the_fundamental_matrix(lived):
    _, _, walks = lived
    chance = Chain.of(PULL, FACTOR).conversion()
    assert abs(walks.bought.mean() - chance) < SIGMAS * error_of(chance, walks.n)
    # pulls mistaken for each other would be seen
    turned = Chain.of(np.roll(PULL, 1), FACTOR).conversion()
    assert abs(turned - chance) > 2 * SIGMAS * error_of(chance, walks.n)


@pytest.mark.parametrize("k", range(len(NAMES)), ids=NAMES)
def test_removal_effects_by_hand_by_journeys_and_by_the_markov_model(lived, k):
    """Losing whoever reaches a channel loses the orders whose path touches it: counted directly
    on the journeys, and estimated by the Markov model of order 1, it is the chain's within the
    binomial error of that share (the model, which knows more, errs less)."""
    _, _, walks = lived
    journeys = walks.journeys()
    expected = Chain.of(PULL, FACTOR).removal(k)
    touched = np.add.reduceat((walks.codes == k).astype(int), walks.offsets[:-1]) > 0
    by_path = touched[walks.bought].mean()
    error = error_of(expected, int(walks.bought.sum()))
    assert abs(by_path - expected) < SIGMAS * error
    by_model = removal_effects(count_moves(journeys)).effect[k]
    assert abs(by_model - expected) < SIGMAS * error


@pytest.mark.parametrize("k", range(len(NAMES)), ids=NAMES)
def test_the_ghost_world_is_the_chain_without_the_touch_factor(lived, k):
    """The truth of a channel (its contacts do nothing) is another closed form: the same walk with
    the base chance at that touch. Worlds share luck, so persons are compared with themselves."""
    plan, people, walks = lived
    ghost = walk(plan.under(new_cause(without=(NAMES[k],))), people)
    factor = FACTOR.copy()
    factor[k] = 1.0
    with_it, without = Chain.of(PULL, FACTOR).conversion(), Chain.of(PULL, factor).conversion()
    apart = walks.residual(with_it, people.size) - ghost.residual(without, people.size)
    spread = apart.std(ddof=1) * people.size**0.5
    assert abs(apart.sum()) <= SIGMAS * spread
    if FACTOR[k] == 1.0:
        assert np.array_equal(ghost.bought, walks.bought)  # nothing to lose, nothing changed
    else:  # the wrong formula would be seen
        wrong = walks.residual(with_it, people.size) - ghost.residual(with_it, people.size)
        assert abs(wrong.sum()) > SIGMAS * spread


@pytest.mark.parametrize("k", range(len(NAMES)), ids=NAMES)
def test_without_the_slot_the_other_touches_take_it(lived, k):
    """A channel that nobody is drawn to is a third closed form: the pulls of the others, scaled."""
    name = NAMES[k]
    _, _, plan, people = small_world(CHAIN, {"marketing": {"channels": {name: {"reach": 0.0}}}})
    pull = PULL.copy()
    pull[k] = 0.0
    chance = Chain.of(pull, FACTOR).conversion()
    walks = walk(plan, people)
    assert not (walks.codes == k).any()
    assert abs(walks.bought.mean() - chance) < SIGMAS * error_of(chance, walks.n)


def test_credit_of_the_chain_is_no_effect():
    """Where all is known: removal effects say who was on the path, ghosts what would be lost.

    Generic search converts no better than no touch at all, and yet a third of the orders pass it."""
    chain = Chain.of(PULL, FACTOR)
    for k, name in enumerate(NAMES):
        factor = FACTOR.copy()
        factor[k] = 1.0
        effect = 1 - Chain.of(PULL, factor).conversion() / chain.conversion()
        assert chain.removal(k) > effect
        if name == "generic_search":
            assert effect == pytest.approx(0.0, abs=1e-12)
            assert chain.removal(k) > 1 / 3


def test_intent_makes_the_chain_another_one(lived):
    """Why the conditions are needed: with intent at work brand search is met later on, not at once."""
    _, _, plan, people = small_world(CHAIN, {"marketing": {"intent_follows": 1.0}})
    walks = walk(plan, people)
    brand = NAMES.index("brand_search")
    first, second = walks.offsets[:-1], walks.offsets[:-1] + 1
    second = second[np.diff(walks.offsets) > 1]
    shares = [(walks.codes[at] == brand).mean() for at in (first, second)]
    assert shares[1] - shares[0] > SIGMAS * error_of(shares[0], second.size)
