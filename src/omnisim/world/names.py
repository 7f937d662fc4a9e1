"""Pools of names and places: rows draw from them by index.

The pools were made once by Faker and lie beside this file, because a dataset must not change with
Faker's version. ``python -m omnisim.world.names`` makes them again.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from omnisim.rng import Stream, uniform_block

LOCALES = ("en_US", "zh_CN")
POOL_SIZE = 400  # draws for each pool; first and last names multiply to tens of thousands
_FOLDER = Path(__file__).parent / "pools"


@dataclass(frozen=True, slots=True)
class Pools:
    """Words to draw from; `joiner` stands between the two names of a person."""

    first: tuple[str, ...]
    last: tuple[str, ...]
    city: tuple[str, ...]
    street: tuple[str, ...]
    joiner: str


@cache
def pools(locale: str) -> Pools:
    """The pools of a locale."""
    words = json.loads((_FOLDER / f"{locale}.json").read_text(encoding="utf-8"))
    joiner = words.pop("joiner")
    return Pools(**{name: tuple(pool) for name, pool in words.items()}, joiner=joiner)


def make_pools(locale: str) -> Pools:
    """Ask Faker for new pools; the same for the same version of Faker."""
    from faker import Faker

    fake = Faker(locale)
    fake.seed_instance(20250106)
    first, last, city, street = (
        tuple(dict.fromkeys(str(draw()) for _ in range(POOL_SIZE)))
        for draw in (fake.first_name, fake.last_name, fake.city, fake.street_address)
    )
    return Pools(first, last, city, street, "" if locale.startswith("zh") else " ")


def draw_names(seed: int, person: NDArray[np.int64], locale: str) -> NDArray[np.int64]:
    """Indices of first name, last name, city and street of each person, shape (4, n)."""
    pool = pools(locale)
    u = uniform_block(seed, person, stream=Stream.NAME)
    sizes = np.array([len(pool.first), len(pool.last), len(pool.city), len(pool.street)])
    index: NDArray[np.int64] = (u * sizes).astype(np.int64).T
    return index


def write_pools() -> None:
    """Write the pools of all locales beside this file."""
    for locale in LOCALES:
        text = json.dumps(asdict(make_pools(locale)), ensure_ascii=False, indent=0)
        (_FOLDER / f"{locale}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_pools()
