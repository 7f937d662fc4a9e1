"""What is sold: names, prices, costs and popularity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omnisim.rng import N_FINE_BINS, Stream, lognormal_table, rounded, share_table, uniform_block
from omnisim.scenario import Scenario


@dataclass(frozen=True, slots=True, eq=False)
class Products:
    """Products by index (`sku` = index + 1).

    Attributes
    ----------
    name, subcategory : tuple of str
        Words for people.
    category : array, shape (n,)
        Index into the assortment's categories.
    price_cents, cost_cents : array, shape (n,)
        List price and landed cost, minor units.
    popularity : array, shape (65536,)
        Product of a line, by a uniform (Zipf).
    """

    name: tuple[str, ...]
    subcategory: tuple[str, ...]
    category: NDArray[np.int64]
    price_cents: NDArray[np.int64]
    cost_cents: NDArray[np.int64]
    popularity: NDArray[np.int64]

    @property
    def n_products(self) -> int:
        """Number of products."""
        return self.price_cents.size


def build_products(scenario: Scenario) -> Products:
    """Draw the assortment; every product's luck depends on its own number only."""
    plan = scenario.assortment
    sku = np.arange(plan.n_products)
    u = uniform_block(scenario.seed, sku, stream=Stream.PRODUCT)
    words = uniform_block(scenario.seed, sku, stream=Stream.PRODUCT, step=1)
    names = plan.category_names
    category = sku % len(names)
    median = np.array([plan.categories[name] for name in names])[category]
    spread = lognormal_table(plan.price_sigma)[(u[:, 0] * 4096).astype(np.int64)]
    # prices end in .90 as on a tag, and never fall to nothing
    price = np.maximum(np.floor(median * spread), 1).astype(np.int64) * 100 - 10
    cost = np.floor(price * (plan.cost_share * (0.8 + 0.4 * u[:, 1]))).astype(np.int64)
    weight = rounded((sku + 1.0) ** -plan.zipf_exponent)
    style, variant, tier = (
        _drawn(pool, words[:, lane])
        for lane, pool in enumerate((plan.styles, plan.variants, plan.tiers))
    )
    return Products(
        name=tuple(
            _named(style[k], names[category[k]], variant[k], locale=scenario.market.locale)
            for k in sku
        ),
        subcategory=tuple(tier),
        category=category,
        price_cents=price,
        cost_cents=cost,
        popularity=share_table(weight, n_bins=N_FINE_BINS),
    )


def _drawn(pool: tuple[str, ...], u: NDArray[np.float64]) -> list[str]:
    """A word of the pool for each uniform."""
    return [pool[k] for k in (u * len(pool)).astype(int)]


def _named(style: str, category: str, variant: str, *, locale: str) -> str:
    """A product's name as its market writes it.

    Examples
    --------
    >>> _named("Classic", "Dresses", "navy", locale="en_US")
    'Classic dresses, navy'
    >>> _named("经典", "连衣裙", "藏青", locale="zh_CN")
    '经典连衣裙 藏青'
    """
    if locale == "zh_CN":
        return f"{style}{category} {variant}"
    return f"{style} {category.lower()}, {variant}"
