"""Tables that are made once per dataset, from the world and from sums over all blocks."""

from __future__ import annotations

from collections.abc import Iterator

from omnisim.engine.context import context_columns
from omnisim.engine.dimensions import daily_columns, lost_columns, world_columns
from omnisim.engine.records.brand import brand_columns
from omnisim.engine.records.community import retailer_posts
from omnisim.engine.stock import sku_parts, stock_columns
from omnisim.truth.blocks import Tables
from omnisim.truth.descriptions import parameter_columns, world_rows
from omnisim.truth.effects import effect_columns, outcome_columns
from omnisim.truth.further import Further
from omnisim.truth.lost import lost_rows
from omnisim.truth.prepare import Prepared
from omnisim.truth.sums import Totals


def world_tables(
    prepared: Prepared, totals: Totals, *, n_blocks: int
) -> Iterator[tuple[int, Tables]]:
    """Number of the part and columns by table: what describes the world and its days."""
    world = prepared.world
    yield 0, world_columns(world)
    yield 0, daily_columns(world, totals.contacts, totals.visitors)
    yield 0, context_columns(world, totals.needs, totals.own_sales)
    yield 0, brand_columns(world, totals.brand)
    # the retailer's posts go beside those of the blocks' members
    yield n_blocks, {"community_posts": retailer_posts(world, totals.contacts)}


def truth_tables(
    prepared: Prepared, totals: Totals, further: Further
) -> Iterator[tuple[int, Tables]]:
    """Number of the part and columns by table: what worlds came to and what causes did.

    `further` is from worlds that were not lived beside the base world.
    """
    world, more = prepared.world, further.rows
    if "lost_demand" in prepared.asked.kinds:
        more = [*more, *lost_rows(world, totals.wanted)]
    yield 0, {"lost_demand": lost_columns(world, totals.wanted)}
    yield 0, {"outcomes": outcome_columns(totals.tallies)}
    yield 0, {"effects": effect_columns(world, totals.tallies, more)}
    worlds = [other for other, _ in prepared.others]
    n_persons = world.scenario.population.n_customers
    yield 0, {"worlds": world_rows(n_persons, worlds, totals.tallies, further.worlds)}
    yield 0, {"parameters": parameter_columns(world.scenario)}


def n_stock_parts(prepared: Prepared) -> int:
    """Parts of the tables of goods."""
    return len(sku_parts(*prepared.plan.availability.shape))


def stock_tables(prepared: Prepared, totals: Totals, part: int) -> Tables:
    """Columns by table of one part: movements, snapshots, orders to suppliers and audits."""
    first, last = sku_parts(*prepared.plan.availability.shape)[part]
    return stock_columns(prepared.world, totals.flows, prepared.plan.availability, first, last)
