"""A page of the technical appendix in a real browser, hostile outputs among the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from omnisim.language.fonts import text_font
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


@pytest.fixture(scope="module")
def chinese_file(samples: Any, run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Chinese page of a notebook of the package, hostile outputs among its own."""
    home = tmp_path_factory.mktemp("appendix-zh")
    wide = "<tr>" + "<td>一段相当长的中文说明文字，共二十余字。</td><td>1,234</td>" * 12 + "</tr>"
    hostile = {
        "text/html": f"<table><tbody>{wide}</tbody></table>{samples.HOSTILE}",
        "application/vnd.omnisim.zh+json": {"texts": {"x": samples.HOSTILE}},
    }
    notebook = samples.chinese(samples.cell("code", "x = 1  # kept", samples.held(hostile)))
    run = load_run(samples.run_with_notebook(run_folder, home / "run", notebook))
    folder = home / "report" / "appendix"
    reports = [("Client assessment", "report.zh.html")]
    return write_appendix(run, ["overview"], folder, reports=reports, lang="zh")[0]


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def chinese_page(request: pytest.FixtureRequest, chromium: Any, chinese_file: Path) -> Any:
    """The Chinese page at both widths."""
    opened = chromium.page(chinese_file, width=request.param)
    yield opened
    opened.close()


def test_a_chinese_page_holds_together(chinese_page, artefacts):
    page = chinese_page
    page.screenshot(artefacts / f"appendix-zh-{page.width}.png", full=True)
    assert page.requests() == []
    assert page.complaints() == []
    assert page.evaluate("document.title") == "该零售商的经营现状如何？"
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    assert page.evaluate("document.documentElement.scrollWidth") <= page.width
    assert page.evaluate(_TOO_WIDE) == []
    pictures = page.evaluate("[...document.images].map(i => i.complete && i.naturalWidth > 0)")
    assert pictures[:2] == [True, True]


def test_nothing_slopes_on_a_chinese_page(chinese_page):
    styles = chinese_page.evaluate(
        '[...document.querySelectorAll("body *")].filter(e => !e.closest("style"))'
        ".map(e => getComputedStyle(e).fontStyle)"
    )
    assert set(styles) == {"normal"}


@pytest.mark.skipif(text_font() is None, reason="needs the extra zh")
def test_its_signs_come_from_the_font_it_carries(chinese_page):
    loaded = chinese_page.evaluate(
        "document.fonts.ready.then(f => [...f].filter(x => x.status === 'loaded').map(x => x.family))"
    )
    assert text_font().family in {name.strip('"') for name in loaded}
