"""One block of customers through all worlds: its rows go to disk, its sums come back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from omnisim.engine import Block, run_block
from omnisim.engine.records import BlockLog
from omnisim.engine.tables import block_tables
from omnisim.schema import TRUTH_TABLES
from omnisim.storage.part_writer import Side, WrittenPart, part_path, write_part
from omnisim.storage.remote import Place
from omnisim.truth.prepare import Prepared
from omnisim.truth.sums import BlockSums
from omnisim.truth.tally import WorldTally
from omnisim.truth.worlds import tally_block

Tables = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Sink:
    """Where parts go.

    Attributes
    ----------
    folder : Path or RemotePath
        Of the dataset that is being filled.
    only : frozenset of str, optional
        Paths of the parts that are wanted; all by default.
    """

    folder: Place
    only: frozenset[str] | None = None

    def write(self, index: int, tables: Tables) -> list[WrittenPart]:
        """Write part `index` of each table."""
        written = []
        for name, columns in tables.items():
            side: Side = "truth" if name in TRUTH_TABLES else "tables"
            if self.only is None or part_path(name, side, index) in self.only:
                written.append(write_part(self.folder, name, side, index, columns))
        return written


@dataclass(frozen=True, slots=True, eq=False)
class BlockResult:
    """All that is left of a block: small, and the same whoever ran it.

    Attributes
    ----------
    number : int
        Of the block.
    parts : tuple of WrittenPart
        Its rows on disk.
    sums : BlockSums
        What it adds to the tables that are made once.
    tallies : dict of str to WorldTally
        What each world came to.
    """

    number: int
    parts: tuple[WrittenPart, ...]
    sums: BlockSums
    tallies: dict[str, WorldTally]


def finish_block(prepared: Prepared, sink: Sink, block: Block) -> BlockResult:
    """Run a block through all worlds and write its rows.

    The answer depends on the arguments alone: any process may give it, in any order.
    """
    world = prepared.world
    people, state, base = run_block(world, prepared.plan, block, superstep=prepared.superstep)
    log = BlockLog.of(world, people, state, base)
    parts = _write_all(sink, block, block_tables(log))
    sums = BlockSums.of(log, base)
    del log
    base = base._replace(  # the rows are written: let them go before the other worlds run
        touches=None, sessions=None, orders=None, lines=None, returns=None, surveys=None
    )
    tallies = tally_block(world, people, state, base, prepared.others)
    return BlockResult(block.number, parts, sums, tallies)


def _write_all(sink: Sink, block: Block, groups: Iterable[Tables]) -> tuple[WrittenPart, ...]:
    """A few tables at a time, each let go before the next are made."""
    return tuple(written for tables in groups for written in sink.write(block.number, tables))
