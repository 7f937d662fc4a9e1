"""What truth is asked for, read from words and checked before any work."""

from __future__ import annotations

from dataclasses import dataclass

from omnisim.errors import ScenarioError
from omnisim.truth.semantics import wanted_semantics
from omnisim.truth.shapley import check_orders
from omnisim.truth.worlds import FURTHER_KINDS, wanted_kinds

_OF_CHANNELS = ("channels", "additions", "pairs")


@dataclass(frozen=True, slots=True)
class Asked:
    """What to find.

    Attributes
    ----------
    kinds : tuple of str
        Of :data:`omnisim.truth.worlds.KINDS` and :data:`~omnisim.truth.worlds.FURTHER_KINDS`.
    semantics : tuple of str
        What a channel's absence means: see :mod:`omnisim.truth.semantics`.
    shapley : int
        Orders to sample for Shapley values; 0 for none.
    """

    kinds: tuple[str, ...]
    semantics: tuple[str, ...] = ("ghost",)
    shapley: int = 0

    @property
    def worlds(self) -> tuple[str, ...]:
        """Kinds whose worlds are lived beside the base world, block by block."""
        left_out = set(FURTHER_KINDS)
        if "ghost" not in self.semantics:
            left_out.add("channels")
        return tuple(kind for kind in self.kinds if kind not in left_out)

    @property
    def is_further(self) -> bool:
        """Whether worlds beyond those are needed."""
        return bool(
            self.shapley
            or set(self.kinds) & set(FURTHER_KINDS)
            or ("channels" in self.kinds and self.semantics != ("ghost",))
        )


def read_asked(truth: str, semantics: str, shapley: int | None) -> Asked:
    """Read ``--truth``, ``--semantics`` and ``--shapley``.

    Raises
    ------
    ScenarioError
        When a word is unknown, the number of orders cannot be, or nothing asked for has to do with
        channels though semantics are chosen.

    Examples
    --------
    >>> read_asked("channels,pairs", "substitute", None).kinds
    ('channels', 'pairs')
    """
    asked = Asked(
        wanted_kinds(truth),
        wanted_semantics(semantics),
        0 if shapley is None else check_orders(shapley),
    )
    if asked.shapley or asked.semantics == ("ghost",) or set(asked.kinds) & set(_OF_CHANNELS):
        return asked
    raise ScenarioError(
        f"semantics = {semantics!r} with truth = {truth!r}: nothing asked for switches channels off; "
        f"give {', '.join(_OF_CHANNELS)} in truth, or shapley"
    )
