"""Channels as players of a game: what sets of them bring, alone, together and on average."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

from omnisim.engine import Plan
from omnisim.schema import CHANNEL_NAMES
from omnisim.truth.lives import Contrast, Life, Question
from omnisim.truth.semantics import Spend, players, without_channels
from omnisim.truth.shapley import SHAPLEY, set_weights
from omnisim.truth.worlds import BASE
from omnisim.world import World

TOP_CHANNELS = 3  # paid channels whose pairs are asked for when none are named


@dataclass(frozen=True, slots=True, eq=False)
class Game:
    """Channels that can be on or off, with one meaning of off.

    Attributes
    ----------
    world, plan : World, Plan
        The base world: all channels on.
    semantics : str
        See :mod:`omnisim.truth.semantics`.
    spend : mapping of str to int
        Media money of the base world, read for ``reallocated``.
    """

    world: World
    plan: Plan
    semantics: str
    spend: Spend

    @property
    def players(self) -> tuple[str, ...]:
        """All channels, or those with money to move."""
        return players(self.semantics, self.spend)

    def leave_out(self, names: Collection[str]) -> Question:
        """All channels on, minus all on but these."""
        return self._question("total", names, [((), 1), (names, -1)])

    def add_in(self, names: Collection[str]) -> Question:
        """Only these channels on, minus none on."""
        return self._question("add_one_in", names, [(self.others(names), 1), (self.players, -1)])

    def synergy(self, first: str, second: str) -> Question:
        """What two channels bring beyond what each brings, with all others off."""
        both = (first, second)
        off_and_weight: list[tuple[Collection[str], int]] = [
            (self.others(both), 1), (self.others((first,)), -1),
            (self.others((second,)), -1), (self.players, 1),
        ]  # fmt: skip
        return self._question("synergy", both, off_and_weight)

    def shapley(self, orders: Sequence[tuple[str, ...]]) -> Question:
        """What each channel adds to those that came before it, summed over orders of arrival."""
        lives: dict[str, Life] = {}
        contrasts = []
        for player, by_set in set_weights(orders).items():
            weights = {}
            for on, weight in by_set.items():
                off = self.others(on)
                name = self.world_name(off)
                weights[name] = weight
                if name not in lives:
                    lives[name] = self._life(off)
            contrasts.append(Contrast(SHAPLEY, player, self.semantics, weights))
        return Question(lives, tuple(contrasts))

    def others(self, names: Collection[str]) -> tuple[str, ...]:
        """The players that are none of these."""
        return tuple(name for name in self.players if name not in names)

    def world_name(self, off: Collection[str]) -> str:
        """Name of the world without some channels."""
        return f"{self.semantics}: without {'+'.join(in_order(off))}" if off else BASE

    def _question(
        self,
        estimand: str,
        names: Collection[str],
        off_and_weight: Sequence[tuple[Collection[str], int]],
    ) -> Question:
        weights: dict[str, int] = {}
        lives = {}
        for off, weight in off_and_weight:
            name = self.world_name(off)
            weights[name] = weights.get(name, 0) + weight
            lives[name] = self._life(off)
        cause = "+".join(in_order(names))
        return Question(lives, (Contrast(estimand, cause, self.semantics, weights),))

    def _life(self, off: Collection[str]) -> Life:
        if not off:
            return Life(self.world, self.plan)
        world, plan = without_channels(self.world, self.plan, off, self.semantics, self.spend)
        return Life(world, plan, "reached", off=tuple(off), semantics=self.semantics)


def in_order(names: Collection[str]) -> list[str]:
    """Channels in the order of the registry, each once."""
    return [name for name in CHANNEL_NAMES if name in names]


def wanted_pairs(world: World, spend: Spend, among: Collection[str]) -> list[tuple[str, str]]:
    """Pairs that the scenario says work together, and those of the channels that spend most."""
    ranked = sorted(spend, key=lambda name: (-spend[name], CHANNEL_NAMES.index(name)))
    top = [name for name in ranked if spend[name] > 0][:TOP_CHANNELS]
    declared = [(pair.first, pair.second) for pair in world.scenario.marketing.synergies]
    found = [tuple(in_order(pair)) for pair in (*declared, *combinations(top, 2))]
    return [(a, b) for a, b in dict.fromkeys(found) if a in among and b in among]
