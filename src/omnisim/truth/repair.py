"""Make damaged or missing parts of a dataset again, and only those.

A dataset is a function of scenario and seed, so a part can be made again at any time by the code that
made it. That it is the same is seen from the digest of the table's rows, not from the file's bytes:
these also depend on the libraries that pack them.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from omnisim.errors import DatasetError, RepairError, ScenarioError, SchemaError
from omnisim.executor import Executor, open_executor
from omnisim.rng import RNG_SCHEME
from omnisim.scenario import Scenario
from omnisim.schema import RAW_TRUTH
from omnisim.storage.check import part_digest
from omnisim.storage.digest import combine, digest_text
from omnisim.storage.locate import find_dataset
from omnisim.storage.manifest import (
    MANIFEST_NAME,
    Manifest,
    Part,
    TableEntry,
    content_hash,
    read_manifest,
)
from omnisim.storage.part_writer import WrittenPart, declaration
from omnisim.storage.parts import refuse_changed_part
from omnisim.storage.remote import Place, put_whole
from omnisim.storage.trouble import named_trouble
from omnisim.truth.asked import Asked
from omnisim.truth.asking import Asker
from omnisim.truth.blocks import Sink, finish_block
from omnisim.truth.further import Further, find_further
from omnisim.truth.once import n_stock_parts, stock_tables, truth_tables, world_tables
from omnisim.truth.prepare import Prepared, Progress, Request, prepare, settled, silent
from omnisim.truth.sums import Totals


def repair(
    name_or_path: str | Place,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[str, ...]:
    """Make the parts of a simulated dataset again that are missing or have other bytes.

    Parts of customers' tables cost the run of their block. What is made from sums over customers
    (goods, context, effects) costs a run of all blocks, though only what is damaged is written.

    Parameters
    ----------
    name_or_path : str or Path
        The dataset.
    workers : int
        Threads.
    progress : callable, optional
        Called with (phase, done, total).

    Returns
    -------
    tuple of str
        Paths of the parts that were made again; the dataset is untouched when there are none.

    Raises
    ------
    RepairError
        It is not simulated, this version of omnisim makes other data, or raw exports are damaged.
        Nothing was changed.
    """
    path = find_dataset(name_or_path)
    manifest = read_manifest(path)
    bad = _bad_parts(path, manifest)
    if not bad:
        return ()
    if ledger := sorted(p for p in bad if p.split("/")[1] in RAW_TRUTH):
        raise RepairError(
            f"{path / ledger[0]}: belongs to the raw exports, which are not made again singly; "
            "make the dataset again with --raw"
        )
    request = _request(path, manifest, bad)
    with tempfile.TemporaryDirectory(prefix="omnisim-repair-") as aside:
        sink = Sink(Path(aside), only=frozenset(bad))
        with open_executor(workers=workers) as executor:
            written = _make_again(request, manifest, sink, executor, progress or silent)
        _refuse_other_rows(path, manifest, bad, written)
        _put_back(path, manifest, Path(aside), written)
    return tuple(sorted(bad))


def _entries(manifest: Manifest) -> Iterator[tuple[str, str, TableEntry]]:
    for table, entry in manifest.tables.items():
        yield "tables", table, entry
    for table, entry in manifest.truth.items():
        yield "truth", table, entry


def _bad_parts(path: Place, manifest: Manifest) -> dict[str, Part]:
    """Parts that are missing or no longer hold what was written, by path."""
    bad = {}
    for _, _, entry in _entries(manifest):
        for part in entry.parts:
            try:
                refuse_changed_part(path / part.path, part)
            except DatasetError:
                bad[part.path] = part
    return bad


def _request(path: Place, manifest: Manifest, bad: Iterable[str]) -> Request:
    """What was asked for when the dataset was made."""
    if manifest.scenario is None:
        raise RepairError(
            f"{path}: is a client's data, not simulated; put {min(bad)} back from a copy"
        )
    if manifest.options is None:
        raise RepairError(
            f"{path}: was made by a version that did not write down how; make it again"
        )
    try:
        scenario = Scenario.model_validate_json(json.dumps(manifest.scenario))
    except (ValidationError, ScenarioError):
        scenario = None
    is_same = scenario is not None and content_hash(scenario.canonical()) == manifest.scenario_hash
    if scenario is None or not is_same or manifest.rng_scheme != RNG_SCHEME:
        raise RepairError(
            f"{path}: was made by omnisim {manifest.versions.get('omnisim', 'of old')}, whose scenarios "
            "this version reads otherwise; repair it with that version, or make it again"
        )
    options = manifest.options
    asked = Asked(tuple(options["truth"]), tuple(options["semantics"]), options["shapley"])
    return Request(scenario=scenario, asked=asked, block_size=options["block_size"])


def _make_again(
    request: Request, manifest: Manifest, sink: Sink, executor: Executor, report: Progress
) -> list[WrittenPart]:
    """The wanted parts, written aside: from their blocks where that is enough, else from all."""
    wanted = set(sink.only or ())
    alone = replace(request, asked=Asked(()))  # rows need no other world
    prepared = settled(prepare(alone), request.blocks, executor, report)
    n_blocks = len(request.blocks)
    numbers = {
        number
        for _, _, entry in _entries(manifest)
        for number, part in enumerate(entry.parts[:n_blocks])
        if part.path in wanted and len(entry.parts) >= n_blocks
    }
    todo = [block for block in request.blocks if block.number in numbers]
    written: list[WrittenPart] = []
    report("blocks", 0, len(todo))
    for k, result in enumerate(executor.map(partial(finish_block, prepared, sink), todo), start=1):
        written += result.parts
        report("blocks", k, len(todo))
    missing = wanted - {one.part.path for one in written}
    if any(path.startswith("truth/") for path in missing):
        prepared = settled(prepare(request), request.blocks, executor, report)
    return written + (
        _from_sums(request, prepared, missing, sink, executor, report) if missing else []
    )


def _from_sums(
    request: Request,
    prepared: Prepared,
    missing: set[str],
    sink: Sink,
    executor: Executor,
    report: Progress,
) -> list[WrittenPart]:
    """Parts of tables that are made once: all blocks are run for their sums, none is written."""
    nothing, rest = Sink(sink.folder, only=frozenset()), Sink(sink.folder, only=frozenset(missing))
    totals, todo = Totals(prepared.world, prepared.plan), request.blocks
    report("customers", 0, len(todo))
    for k, result in enumerate(
        executor.map(partial(finish_block, prepared, nothing), todo), start=1
    ):
        totals.add(result.sums, result.tallies)
        report("customers", k, len(todo))
    written: list[WrittenPart] = []
    for index, tables in world_tables(prepared, totals, n_blocks=len(todo)):
        written += rest.write(index, tables)
    for part in range(n_stock_parts(prepared)):
        written += rest.write(part, stock_tables(prepared, totals, part))
    further = Further()
    if any(path.startswith(("truth/effects/", "truth/worlds/")) for path in missing):
        fresh = prepare(request)  # not settled: these worlds come to their own stock and budgets
        further = find_further(Asker(request, executor, report), fresh.world, fresh.plan)
    for index, tables in truth_tables(prepared, totals, further):
        written += rest.write(index, tables)
    return written


def _refuse_other_rows(
    path: Place, manifest: Manifest, bad: dict[str, Part], written: list[WrittenPart]
) -> None:
    """Raise unless every mended table has the digest that its manifest names."""
    made = {one.part.path: one for one in written}
    for side, table, entry in _entries(manifest):
        if not any(part.path in bad for part in entry.parts):
            continue
        try:
            digests = [
                made[part.path].digest
                if part.path in made
                else part_digest(path / part.path, part, declaration(table, side), table)
                for part in entry.parts
            ]
        except (DatasetError, SchemaError) as error:
            raise RepairError(f"{path}: {side}/{table} cannot be compared ({error})") from None
        if digest_text(combine(digests)) != entry.digest:
            raise RepairError(
                f"{path}: this version of omnisim makes other rows of {side}/{table} than "
                f"{manifest.versions.get('omnisim', 'the one')} that made it; repair it with that "
                "version, or make it again. Nothing was changed"
            )


def _put_back(path: Place, manifest: Manifest, aside: Path, written: list[WrittenPart]) -> None:
    """Put the new files in place; the manifest follows where their bytes are others."""
    for one in written:
        file = path / one.part.path
        with named_trouble(file, "put back a part"):
            file.parent.mkdir(parents=True, exist_ok=True)
            put_whole(file, (aside / one.part.path).read_bytes())
    new = {one.part.path: one.part for one in written}
    sides: dict[str, dict[str, Any]] = {"tables": {}, "truth": {}}
    for side, table, entry in _entries(manifest):
        parts = tuple(new.get(part.path, part) for part in entry.parts)
        sides[side][table] = entry.model_copy(update={"parts": parts})
    mended = manifest.model_copy(update=sides)
    if mended != manifest:
        with named_trouble(path / MANIFEST_NAME, "write the manifest"):
            put_whole(path / MANIFEST_NAME, mended.to_json().encode())
