"""Sources in a report folder: generated parts renewed as a whole, skeletons written once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from omnisim.report.deck.look import look_of
from omnisim.report.deck.theme import paint_reference
from omnisim.report.document import Document
from omnisim.report.drawings import copy_picture
from omnisim.report.engagement import OpenedEngagement
from omnisim.report.fonts import FONTS
from omnisim.report.project import reference_of
from omnisim.report.registry import GENERATED, generated


def write_sources(
    documents: Sequence[Document], opened: OpenedEngagement, folder: Path, work: Path
) -> list[str]:
    """Write the generated parts of all documents and, once, their skeletons.

    Returns
    -------
    list of str
        File names of skeletons that were kept because they differ from what would be written.
    """
    for document in documents:
        parts = work / generated(document.lang)
        (parts / "figures").mkdir(parents=True, exist_ok=True)
        for name, text in document.parts.items():
            (parts / f"{name}.qmd").write_text(text, encoding="utf-8")
        for name, file in document.figures.items():
            copy_picture(file, work / name)
        _write_metadata(document.metadata, parts / "results.yml")
    _copy_look(opened, work)
    if any(document.kind.is_deck for document in documents):
        deck = work / GENERATED / "reference.pptx"
        paint_reference(reference_of(folder), deck, look_of(documents[0].metadata))
    replace_folder(work / GENERATED, folder / GENERATED)
    return [
        f"{document.stem}.qmd"
        for document in documents
        if _is_kept(document, folder / f"{document.stem}.qmd", work)
    ]


def _write_metadata(metadata: Mapping[str, Any], file: Path) -> None:
    """Write what all documents of a language share, once."""
    if not file.exists():
        text = yaml.safe_dump(dict(metadata), allow_unicode=True, sort_keys=False, width=2**20)
        file.write_text(text, encoding="utf-8")


def place(file: Path, target: Path) -> Path:
    """Move a finished file to where it belongs, whole."""
    with file.open("rb") as handle:
        os.fsync(handle.fileno())
    file.replace(target)
    return target


def _is_kept(document: Document, skeleton: Path, work: Path) -> bool:
    """Write a skeleton that is not there yet; whether one of another text was left alone."""
    if skeleton.exists():
        return skeleton.read_text(encoding="utf-8", errors="replace") != document.skeleton
    fresh = work / skeleton.name
    fresh.write_text(document.skeleton, encoding="utf-8")
    place(fresh, skeleton)
    return False


def _copy_look(opened: OpenedEngagement, work: Path) -> None:
    if opened.logo is not None:
        opened.logo.copy(work / GENERATED)
    if opened.fonts:
        (work / FONTS).mkdir()
        for number, file in enumerate(opened.fonts):
            shutil.copyfile(file, work / FONTS / f"{number:02d}-{file.name}")


def replace_folder(new: Path, target: Path) -> None:
    """Put `new` where `target` is; the old one is gone only when the new one is there."""
    old = new.with_name(f"{new.name}.old")
    if target.exists() or target.is_symlink():
        target.rename(old)
    try:
        new.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    if old.is_symlink() or old.is_file():  # not of our making; what a link leads to stays
        old.unlink()
    elif old.exists():
        shutil.rmtree(old)
