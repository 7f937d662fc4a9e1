"""A page of the technical appendix in a real browser, hostile outputs among the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from omnisim.report.appendix import write_appendix
from omnisim.report.loading import load_run

pytestmark = pytest.mark.browser

DESKTOP, PHONE = 1280, 390
_TOO_WIDE = """
[...document.querySelectorAll("body *")].filter(e => {
  const box = e.getBoundingClientRect();
  return box.width && box.right > innerWidth + 1 && !e.closest(".om-table, pre, .om-skip");
}).map(e => e.tagName + "." + e.className).slice(0, 5)
"""


@pytest.fixture(scope="module")
def file(samples: Any, run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a notebook with a picture, a wide table and hostile outputs."""
    home = tmp_path_factory.mktemp("appendix")
    hostile = samples.shown(text_html=samples.HOSTILE)
    svg = samples.shown(
        **{
            "image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">'
            '<image href="https://example.com/x.png"/><script>alert(1)</script></svg>'
        }
    )
    notebook = samples.executed(
        samples.cell("code", "x = 1", hostile), samples.cell("code", "y = 2", svg)
    )
    run = load_run(samples.run_with_notebook(run_folder, home / "run", notebook))
    reports = [("Client assessment", "report.html")]
    return write_appendix(run, ["overview"], home / "report" / "appendix", reports=reports)[0]


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, chromium: Any, file: Path) -> Any:
    """The page at both widths."""
    opened = chromium.page(file, width=request.param)
    yield opened
    opened.close()


def test_nothing_is_loaded_and_nothing_is_complained_of(page, artefacts):
    page.screenshot(artefacts / f"appendix-{page.width}.png", full=True)
    assert page.requests() == []
    assert page.complaints() == []
    assert page.evaluate("document.title") == "What is sold?"


def test_nothing_is_wider_than_the_window(page):
    assert page.evaluate("innerWidth") == page.width
    assert page.evaluate("document.documentElement.scrollWidth") <= page.width
    assert page.evaluate(_TOO_WIDE) == []


def test_code_is_folded_and_pictures_are_described(page):
    assert page.evaluate('document.querySelectorAll("details.om-code[open]").length') == 0
    pictures = page.evaluate(
        '[...document.images].filter(i => i.src.startsWith("data:image/png"))'
        ".map(i => [i.complete && i.naturalWidth > 0, i.alt.length > 0])"
    )
    assert pictures == [[True, True]]


def test_it_reads_without_scripts(chromium, file):
    page = chromium.page(file, width=DESKTOP, scripts=False)
    page.call("Emulation.setScriptExecutionDisabled", value=False)
    assert page.evaluate('document.querySelectorAll("main h2").length') == 2
    page.close()
