"""The gallery leaves no exhibit out, and its page is what the register says."""

import importlib
import inspect
import json
import pkgutil
import re
import sys
from pathlib import Path

import pytest

import omnisim.figures
from omnisim.figures.gallery import ENTRIES, GROUPS

DOCS = Path(__file__).parents[2] / "docs"
PICTURES = DOCS / "images" / "gallery"
MOST_BYTES = 600_000  # of all pictures together: the repository carries them for good


@pytest.fixture
def gallery(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    monkeypatch.delitem(sys.modules, "gallery", raising=False)
    return importlib.import_module("gallery")


def public_exhibits():
    """Public functions of the package that give a figure of their own, by path."""
    for module in pkgutil.iter_modules(omnisim.figures.__path__, "omnisim.figures."):
        for name, member in vars(importlib.import_module(module.name)).items():
            is_own = getattr(member, "__module__", "") == module.name and inspect.isfunction(member)
            is_drawing = is_own and hasattr(member, "__wrapped__") and not name.startswith("_")
            if is_drawing and inspect.signature(member).return_annotation == "Figure":
                yield f"{module.name}.{name}"


def test_every_public_exhibit_stands_in_the_gallery_once():
    assert sorted(entry.path for entry in ENTRIES) == sorted(public_exhibits())
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES)
    assert {entry.group for entry in ENTRIES} == set(GROUPS)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_entry_says_what_for_what_not_for_and_from_what(entry):
    assert entry.purpose.endswith(".")
    assert len(entry.data) > 20
    assert entry.use.endswith(".")
    assert entry.avoid.endswith(".")


def test_the_page_is_what_the_register_and_the_captions_say(gallery):
    """After a change: python docs/build.py."""
    assert gallery.gallery_page() == (DOCS / "gallery.md").read_text(encoding="utf-8")


def test_every_picture_is_linked_small_and_there():
    page = (DOCS / "gallery.md").read_text(encoding="utf-8")
    linked = re.findall(r"\]\(images/gallery/([^)]+)\)", page)
    files = {path.name: path.stat().st_size for path in PICTURES.iterdir()}
    assert sorted(linked) == sorted(files)
    assert sum(files.values()) <= MOST_BYTES
    shown = {entry.picture for entry in ENTRIES if entry.picture}
    assert {name.split(".")[0] for name in files} == shown


def test_every_picture_has_a_message_and_words_for_who_cannot_see_it():
    captions = json.loads((DOCS / "gallery.json").read_text(encoding="utf-8"))["pictures"]
    assert set(captions) == {entry.picture for entry in ENTRIES if entry.picture}
    for caption in captions.values():
        assert caption["title"]
        assert caption["alt"].endswith(".")
        assert caption["n"] > 0
