"""``omnisim doctor``: what is installed, what will be used, what is missing and how to get it."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import typer

from omnisim.cli.console import show_table

COMMAND = "doctor"
HELP = """Tell what is installed, what will be used, and what is missing.

The exit code is 0 when datasets, notebooks and reports can be made, else 1.

Example:  omnisim doctor"""

Row = tuple[str, str, str]  # status, what, detail

MEMORY_NEEDED = 2 << 30  # bytes; what the demo takes at most
DISK_NEEDED = 1 << 30


def command() -> None:
    """Look at the installation."""
    rows = [*_python(), *_packages(), *_kernel(), *_engines(), *_fonts(), *_machine()]
    show_table(["", "what", "found"], rows)
    if any(status == "failed" for status, *_ in rows):
        raise typer.Exit(1)


def _python() -> Iterator[Row]:
    told = f"{platform.python_version()} at {sys.executable} ({platform.platform(terse=True)})"
    yield ("done" if sys.version_info >= (3, 11) else "failed"), "python", told


def _packages() -> Iterator[Row]:
    """What the distribution requires, against what is installed."""
    needed, missing = [], []
    for requirement in metadata.requires("omnisim") or []:
        if "extra ==" in requirement:
            continue
        name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
        try:
            needed.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    told = f"omnisim {metadata.version('omnisim')}, {len(needed)} packages it needs"
    yield "done", "packages", told
    for name in missing:
        yield "failed", name, f"not installed; pip install {name}"
    extras = {
        "cluster": (("distributed",), "many machines"),
        "zh": (("pylopdf-fonts-zh-cn", "manimgx-fonts-cjk"), "Chinese in charts and documents"),
    }
    for extra, (names, purpose) in extras.items():
        try:
            told = ", ".join(f"{name} {metadata.version(name)}" for name in names)
            yield "done", f"extra {extra}", told
        except metadata.PackageNotFoundError:
            yield "skipped", f"extra {extra}", f"{purpose}: pip install 'omnisim[{extra}]'"


def _kernel() -> Iterator[Row]:
    try:
        from ipykernel.kernelspec import get_kernel_dict
    except ImportError as error:
        yield "failed", "kernel", f"{error}; pip install ipykernel"
        return
    told = f"ipykernel {metadata.version('ipykernel')} in {get_kernel_dict()['argv'][0]}"
    yield "done", "kernel", told
    from omnisim.errors import NotebookError
    from omnisim.notebook.project import notebook_folder
    from omnisim.notebook.sources import read_notebooks

    try:
        folder = notebook_folder()
        yield "done", "notebooks", f"{len(read_notebooks(folder))} in {folder}"
    except NotebookError as error:
        yield "failed", "notebooks", str(error)


def _engines() -> Iterator[Row]:
    """The two ways to render a document; one is enough."""
    from omnisim.report.engine_quarto import find_quarto

    quarto = find_quarto()
    embedded, parts = [], ("pypandoc_binary", "typst", "python-docx")
    for name in parts:
        try:
            embedded.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    pandoc = _pandoc()
    is_embedded = len(embedded) == len(parts) and pandoc is not None
    if quarto.is_usable:
        yield "done", "quarto", f"{quarto.version} at {quarto.program}; --engine auto uses it"
    else:
        how = "pip install quarto-cli, or https://quarto.org/docs/get-started"
        yield "skipped", "quarto", f"{quarto.problem}; {how}"
    if is_embedded:
        used = "" if quarto.is_usable else "; --engine auto uses it"
        yield "done", "embedded", f"pandoc {pandoc}, {', '.join(embedded)}{used}"
    else:
        missing = [name for name in parts if not any(e.startswith(name) for e in embedded)]
        lacking = f"lacks {', '.join(missing) or 'a working pandoc'}"
        how = f"{lacking}; pip install {' '.join(missing or ['pypandoc_binary'])}"
        yield ("skipped" if quarto.is_usable else "failed"), "embedded", how


def _pandoc() -> str | None:
    try:
        import pypandoc

        return str(pypandoc.get_pandoc_version())
    except (ImportError, OSError):
        return None


def _fonts() -> Iterator[Row]:
    try:
        import fontpkg

        files = [Path(file.path) for file in fontpkg.family("Lato").files]
    except ImportError:
        yield "failed", "fonts", "Lato is missing; pip install fontpkg-lato"
        return
    missing = [path for path in files if not path.is_file()]
    if missing or not files:
        yield "failed", "fonts", "Lato is damaged; pip install --force-reinstall fontpkg-lato"
    else:
        yield "done", "fonts", f"Lato, {len(files)} faces"


def _machine() -> Iterator[Row]:
    import psutil

    cache = _cache_folder()
    yield ("done" if _is_writable(cache) else "failed"), "cache", f"{cache}"
    here = Path.cwd()
    free = shutil.disk_usage(here).free
    writable = _is_writable(here)
    told = f"{free / 2**30:.1f} GiB free in {here}" + ("" if writable else ", not writable")
    yield ("done" if free >= DISK_NEEDED and writable else "failed"), "disk", told
    memory = psutil.virtual_memory()
    status = "done" if memory.available >= MEMORY_NEEDED else "skipped"
    told = f"{memory.available / 2**30:.1f} of {memory.total / 2**30:.1f} GiB free"
    yield status, "memory", told + ("" if status == "done" else "; use --size tiny or --jobs 1")
    yield "done", "processors", f"{os.cpu_count()}"


def _cache_folder() -> Path:
    """Where compiled loops are kept."""
    from omnisim.jit import cache_folder

    return cache_folder() or Path(os.environ.get("NUMBA_CACHE_DIR", "no cache"))


def _is_writable(folder: Path) -> bool:
    """Whether files can be made in a folder, or it can be made."""
    nearest = next((path for path in (folder, *folder.parents) if path.exists()), folder)
    return os.access(nearest, os.W_OK)
