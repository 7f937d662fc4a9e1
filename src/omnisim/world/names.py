"""Pools of names and cities: Faker is asked once, rows draw by index."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from faker import Faker
from numpy.typing import NDArray

from omnisim.rng import Stream, uniform_block

POOL_SIZE = 400  # first and last names multiply, so 160 000 full names


@dataclass(frozen=True, slots=True)
class Pools:
    """Words to draw from."""

    first: tuple[str, ...]
    last: tuple[str, ...]
    city: tuple[str, ...]
    street: tuple[str, ...]
    joiner: str


@cache
def pools(locale: str) -> Pools:
    """The pools of a locale, the same in every process."""
    fake = Faker(locale)
    fake.seed_instance(20250106)
    return Pools(
        first=_distinct(fake.first_name),
        last=_distinct(fake.last_name),
        city=_distinct(fake.city),
        street=_distinct(fake.street_address),
        joiner="" if locale.startswith("zh") else " ",
    )


def _distinct(draw: object) -> tuple[str, ...]:
    words = {str(draw()): None for _ in range(POOL_SIZE)}  # type: ignore[operator]
    return tuple(words)


def draw_names(seed: int, person: NDArray[np.int64], locale: str) -> NDArray[np.int64]:
    """Indices of first name, last name, city and street of each person, shape (4, n)."""
    pool = pools(locale)
    u = uniform_block(seed, person, stream=Stream.NAME)
    sizes = np.array([len(pool.first), len(pool.last), len(pool.city), len(pool.street)])
    drawn: NDArray[np.int64] = (u * sizes).astype(np.int64)
    return drawn.T
