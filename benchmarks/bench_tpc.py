"""Cells per second beside a generator of TPC-DS: both write Parquet with one thread, in one run.

A cell is a value that is not missing, in any table, counted in the footers of the files. TPC-DS draws
rows that know nothing of each other; a simulated customer's year has to be lived first. The last row says
what is left of the way to the target: our finished tables handed to Arrow's Parquet encoder, and nothing else.

The peer is never a dependency: install tpcgen-cli in an environment of its own and name its program.

    OMNISIM_PEER_TPCGEN=/path/to/tpcgen-cli python benchmarks/bench_tpc.py [--scale N] [--repeats N]
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from time import perf_counter

import pyarrow.parquet as pq
from measure import Times, load_note, markdown, say, spread, timed

from omnisim.scenario import load_scenario
from omnisim.storage.columns import CheckedColumn
from omnisim.storage.part_writer import declaration, encode
from omnisim.storage.physical import arrow_schema
from omnisim.truth import simulate

PEER, TARGET = "OMNISIM_PEER_TPCGEN", 3.0
OURS, ENCODER = "omnisim, ZSTD(1)", "Arrow's encoder alone, our tables, ZSTD(1)"
COMPRESSIONS = ("SNAPPY", "ZSTD(1)")  # the peer's default, and what our files have


def n_cells(files: Iterable[Path]) -> int:
    """Values that are not missing, from the footers; columns without statistics are read."""
    found = 0
    for file in files:
        content = pq.ParquetFile(file)
        footer = content.metadata
        for group in range(footer.num_row_groups):
            for k in range(footer.num_columns):
                column = footer.row_group(group).column(k)
                known = column.statistics
                if known is not None and known.has_null_count:
                    found += column.num_values - known.null_count
                else:
                    values = content.read_row_group(group, columns=[column.path_in_schema])
                    found += len(values) - values.column(0).null_count
    return found


def encode_only(files: Iterable[Path]) -> Times:
    """Times of encoding finished tables once more, to memory, as the writer does."""
    used = Times(0, 0)
    for file in files:
        declared = declaration(file.parent.name, "tables")
        content = pq.read_table(file, use_threads=False).cast(arrow_schema(declared))
        columns = {}
        for name in declared.columns:
            array = content[name].combine_chunks()
            is_time = name == declared.time_column
            values = array.view(f"int{array.type.bit_width}").to_numpy() if is_time else None
            columns[name] = CheckedColumn(values=values, is_null=None, array=array)
        used += timed(lambda declared=declared, columns=columns: encode(declared, columns))
    return used


def of_children(task: Callable[[], object]) -> Times:
    """Times of the processes a task starts and waits for."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
    task()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Times(perf_counter() - start, used)


def generate(program: str, folder: Path, *, scale: float, compression: str) -> None:
    """All tables of TPC-DS, one thread."""
    subprocess.run(
        [
            program, "tpcds", "parquet", "--quiet", "--num-threads", "1", "--overwrite",
            "--scale-factor", f"{scale:g}", "--compression", compression,
            "--output-dir", str(folder),
        ],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def measure(
    program: str, *, customers: int, scale: float, repeats: int
) -> tuple[dict[str, list[Times]], dict[str, int]]:
    """Times and cells by generator; the generators take turns."""
    scenario = load_scenario(
        "omnichannel_fashion", overrides={"population": {"n_customers": customers}}
    )
    found: dict[str, list[Times]] = defaultdict(list)
    cells: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def ours() -> None:
            simulate(scenario, out=folder / "ours", workers=1, truth="none", force=True)

        ours()  # compiles, and warms the disk
        for _ in range(repeats):
            found[OURS].append(timed(ours))
            files = sorted((folder / "ours" / "tables").rglob("*.parquet"))
            found[ENCODER].append(encode_only(files))
            cells[OURS] = n_cells((folder / "ours").rglob("*.parquet"))
            cells[ENCODER] = n_cells(files)
            for compression in COMPRESSIONS:
                peer, place = f"tpcgen-cli tpcds, {compression}", folder / "peer"
                place.mkdir()
                found[peer].append(
                    of_children(
                        lambda place=place, compression=compression: generate(
                            program, place, scale=scale, compression=compression
                        )
                    )
                )
                cells[peer] = n_cells(place.rglob("*.parquet"))
                shutil.rmtree(place)
    return dict(found), cells


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--scale", type=float, default=0.2, help="scale factor of TPC-DS")
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    program = os.environ.get(PEER)
    if not program:
        say(f"{PEER} names no program: nothing to compare with.")
        return
    found, cells = measure(
        program, customers=asked.customers, scale=asked.scale, repeats=asked.repeats
    )
    say(f"One thread each, median (range) of {asked.repeats} repeats, {load_note()}\n")
    rates = {name: [cells[name] / t.cpu / 1e6 for t in times] for name, times in found.items()}
    rows = [
        [
            name,
            f"{cells[name] / 1e6:.1f}",
            spread([t.cpu for t in times]),
            spread(rates[name], ".1f"),
            spread([a / b for a, b in zip(rates[OURS], rates[name], strict=True)]),
        ]
        for name, times in found.items()
    ]
    header = ["generator", "million cells", "processor [s]", "million cells per s", "ours / this"]
    say(markdown(header, rows))
    say(f"Target: ours / the peer's >= {TARGET:g}.")


if __name__ == "__main__":
    main()
