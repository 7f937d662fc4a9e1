"""Pages of the PDF are filled: chapters and exhibits begin a new one only where they must."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import pytest
import typst
from PIL import Image
from pypdf import PdfReader

from omnisim.report.engine_embedded import Job, render
from omnisim.report.project import complete_project

FRONT = 2  # pages: cover and contents
WIDTH, HEIGHT = 162, 246  # mm of a page for text


@pytest.fixture
def pages_of(tmp_path):
    """The texts of the pages of a source, cover and contents left out."""

    def make(text: str) -> list[str]:
        folder, work = tmp_path / "r", tmp_path / "work"
        folder.mkdir()
        work.mkdir()
        for height in (60, 105, 140):  # mm on the page
            Image.new("RGB", (WIDTH, height), "teal").save(folder / f"{height}.png")
        (folder / "report.qmd").write_text(f"---\ntitle: T\nlang: en\n---\n\n{text}\n", "utf-8")
        job = Job(folder, complete_project(folder), work, dt.date(2025, 12, 31))
        files, _ = render(job, ["pdf"])
        return [page.extract_text() for page in PdfReader(files["pdf"]).pages][FRONT:]

    return make


def figure(name: str, height: int) -> str:
    return (
        f"::: {{#exh-{name} .om-exhibit .om-exhibit-figure .om-keep}}\n\n"
        f"[Title of {name}]{{.om-exhibit-title}}\n\n![]({height}.png){{fig-alt='{name}'}}\n\n"
        f"[Source of {name}]{{.om-exhibit-note}}\n\n:::\n\n"
    )


def table(name: str, n_rows: int) -> str:
    rows = "\n".join(f"| row {i} of {name} | 1 |" for i in range(n_rows))
    return (
        f"::: {{#exh-{name} .om-exhibit .om-exhibit-table}}\n\n[Title of {name}]{{.om-exhibit-title}}"
        f"\n\n::: {{.om-table .om-normal}}\n\n| Head of {name} | n |\n|:---|---:|\n{rows}\n\n:::\n\n"
        f"[Source of {name}]{{.om-exhibit-note}}\n\n:::\n\n"
    )


def lines(n: int) -> str:
    return "\n\n".join(f"Paragraph {i}." for i in range(n)) + "\n\n"


def test_a_chapter_begins_on_the_page_of_the_last_where_a_third_is_left(pages_of):
    (only,) = pages_of(
        "# One\n\nText.\n\n# Two {.om-newpage}\n\nMore.\n\n# Three {.om-newpage}\n\nEnd."
    )
    assert [name for name in ("One", "Two", "Three", "End.") if name in only] == [
        *("One", "Two", "Three", "End.")
    ]


def test_a_chapter_near_the_foot_begins_a_new_page(pages_of):
    first, second = pages_of(f"# One\n\n{lines(25)}# Two {{.om-newpage}}\n\nMore.")
    assert "Two" not in first
    assert second.index("Two") < second.index("More.")


def test_pictures_are_set_smaller_where_one_more_finds_room(pages_of):
    """A heading and three of 105 mm: two of them with their words are too high for 246 mm."""
    first, second = pages_of("# One\n\n" + "".join(figure(name, 105) for name in "abc"))
    assert "Source of b" in first
    assert "Title of c" in second
    assert "Source of c" in second


def test_pictures_that_would_be_too_small_keep_their_size(pages_of):
    texts = pages_of("# One\n\n" + "".join(figure(name, 140) for name in "abc"))
    assert len(texts) == 3


def test_title_picture_and_note_stay_together_and_in_order(pages_of):
    names = "abcdefg"
    heights = (105, 60, 140, 60, 105, 105, 60)
    texts = pages_of(
        "# One\n\n"
        + lines(8)
        + "".join(map(figure, names, heights))
        + table("t", 30)
        + figure("z", 105)
    )
    for name in (*names, "z"):
        (page,) = [text for text in texts if f"Title of {name}" in text]
        assert f"Source of {name}" in page
    whole = "\n".join(texts)
    places = [whole.index(f"Title of {name}") for name in (*names, "t", "z")]
    assert places == sorted(places)


def test_a_table_leaves_no_row_alone_beside_a_picture(pages_of):
    """The last row would not fit: the picture above gives way."""
    texts = pages_of("# One\n\n" + figure("a", 140) + table("t", 10) + figure("b", 60))
    (page,) = [text for text in texts if "row 0 of t" in text]
    assert "row 9 of t" in page
    assert "Source of t" in page


def test_a_layout_that_does_not_settle_is_made_without_asking(pages_of, monkeypatch):
    asked = []
    compile_once = typst.compile_with_warnings

    def unsettled(*arguments, sys_inputs, **options):
        asked.append(sys_inputs)
        made, _ = compile_once(*arguments, sys_inputs=sys_inputs, **options)
        message = "document did not converge within five attempts"
        return made, [] if sys_inputs else [SimpleNamespace(message=message)]

    monkeypatch.setattr(typst, "compile_with_warnings", unsettled)
    texts = pages_of("# One\n\n" + "".join(figure(name, 105) for name in "abc"))
    assert asked == [{}, {"om-asks": "no"}]
    assert "Title of b" not in texts[0], "pictures keep their size"


def test_the_warning_is_spelled_as_typst_spells_it(tmp_path: Path):
    source = tmp_path / "a.typ"
    source.write_text(
        '#context { let n = query(<m>).len(); for _ in range(n + 1) [#metadata("x") <m>] }',
        encoding="utf-8",
    )
    _, warnings = typst.compile_with_warnings(source)
    assert any("did not converge" in str(warning.message) for warning in warnings)
