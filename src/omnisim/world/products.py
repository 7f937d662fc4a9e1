"""What is sold: names, prices, costs and popularity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omnisim.rng import N_FINE_BINS, Stream, lognormal_table, rounded, share_table, uniform_block
from omnisim.scenario import Scenario

_STYLES = ("Classic", "Slim", "Relaxed", "Heritage", "Studio", "Everyday", "Alpine", "Harbour")
_COLOURS = ("black", "navy", "ivory", "olive", "rust", "grey", "sand", "teal")
_LINES = ("Core", "Season", "Premium")


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
    style = (words[:, 0] * len(_STYLES)).astype(int)
    colour = (words[:, 1] * len(_COLOURS)).astype(int)
    line = (words[:, 2] * len(_LINES)).astype(int)
    return Products(
        name=tuple(
            f"{_STYLES[style[k]]} {names[category[k]].lower()}, {_COLOURS[colour[k]]}" for k in sku
        ),
        subcategory=tuple(_LINES[k] for k in line),
        category=category,
        price_cents=price,
        cost_cents=cost,
        popularity=share_table(weight, n_bins=N_FINE_BINS),
    )
