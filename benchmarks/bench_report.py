"""The client report from finished results: seconds per format, and against pandoc alone on the same text.

Pandoc alone reads the same Markdown and writes the format without brand, fonts or checks; for PDF it writes
Typst. Without --run the committed sample is measured and reported first.

python benchmarks/bench_report.py [--run runs/small] [--repeats 3]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter

from measure import OMNISIM, load_note, markdown, say, spread

from omnisim.language import LANGUAGES
from omnisim.report import write_report
from omnisim.report.lint import lint_report
from omnisim.report.loading import load_run
from omnisim.report.pandoc import pandoc_program
from omnisim.report.source import read_source
from omnisim.report.writer import FORMATS

TARGET_SECONDS = 20  # all formats in two languages
TARGET_BYTES = 3_000_000  # of the HTML file
PANDOC = {"html": "html5", "pdf": "typst", "docx": "docx", "pptx": "pptx"}


def main() -> None:
    """Measure and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--run", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        run = arguments.run or _sample_run(Path(scratch))
        say(f"run {run.name}, languages {list(LANGUAGES)}, {load_note()}\n")
        _measure(run, Path(scratch), arguments.repeats)


def _sample_run(folder: Path) -> Path:
    target = folder / "run"
    subprocess.run([*OMNISIM, "run", "sample", "--out", str(target)], check=True)
    return target


def _measure(run: Path, scratch: Path, repeats: int) -> None:
    write_report(run, out=scratch / "warm", engine="embedded")  # imports and caches
    source = read_source(scratch / "warm" / "report.qmd")
    rows = []
    for name in FORMATS:
        ours, theirs, bytes_ = _Clock(), _Clock(), 0
        for _ in range(repeats):
            with ours.running():
                made = write_report(
                    run, out=scratch / name, to=[name], engine="embedded", force=True
                )
            bytes_ = made.files[name].stat().st_size
            with theirs.running():
                _pandoc(source.body, PANDOC[name], scratch / "warm")
        ratio = median(ours.cpu) / median(theirs.cpu)
        times = (ours.wall, ours.cpu, theirs.cpu)
        rows.append([name, *map(spread, times), f"{ratio:.1f}", f"{bytes_ / 1e6:.2f}"])
    head = ["format", "clock [s]", "processor [s]", "pandoc alone, processor [s]"]
    head += ["ratio", "file [MB]"]
    say(markdown(head, rows))
    one, both, linted = _Clock(), _Clock(), _Clock()
    for _ in range(repeats):
        with one.running():
            write_report(run, out=scratch / "one", engine="embedded", force=True)
        with both.running():
            made = write_report(
                run, out=scratch / "both", lang=LANGUAGES, engine="embedded", force=True
            )
        with linted.running():
            lint_report(scratch / "both", load_run(run))
    rows = [
        ["all formats, one language, clock [s]", spread(one.wall), ""],
        ["the same, processor [s]", spread(one.cpu), ""],
        ["all formats, two languages, clock [s]", spread(both.wall), f"<= {TARGET_SECONDS}"],
        ["the same, processor [s]", spread(both.cpu), ""],
        ["two languages over one, processor", f"{median(both.cpu) / median(one.cpu):.2f}", ""],
        ["partner lint of two languages, processor [s]", spread(linted.cpu), ""],
    ]
    for name, files in made.documents.items():
        size = files["html"].stat().st_size
        rows.append(
            [f"HTML file of {name} [MB]", f"{size / 1e6:.2f}", f"<= {TARGET_BYTES / 1e6:.0f}"]
        )
    say(markdown(["whole report", "found", "target"], rows))


@dataclass(slots=True)
class _Clock:
    """Times of repeats [s]: on the clock, and of processors with the programs that were called."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Time the block."""
        wall, cpu = perf_counter(), sum(os.times()[:4])
        yield
        self.wall.append(perf_counter() - wall)
        self.cpu.append(sum(os.times()[:4]) - cpu)


def _pandoc(body: str, to: str, folder: Path) -> None:
    """Pandoc as anybody would call it on the resolved text."""
    target = folder.parent / f"alone.{to}"
    subprocess.run(
        [pandoc_program(), "-f", "markdown", "-t", to, "-s", "-o", str(target)],
        input=body.encode(),
        cwd=folder,
        check=True,
        capture_output=True,
    )


if __name__ == "__main__":
    main()
