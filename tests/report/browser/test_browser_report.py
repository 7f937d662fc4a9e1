"""The HTML report in a real browser: what loads, what fits, what works by keyboard, what prints."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from omnisim.report.engine_embedded import Job, render
from omnisim.report.project import complete_project

pytestmark = pytest.mark.browser

DESKTOP, PHONE = 1280, 390
_TOO_WIDE = """
[...document.querySelectorAll("body *")].filter(e => {
  const box = e.getBoundingClientRect();
  return box.width && box.right > innerWidth + 1 && !e.closest(".om-table") && !e.closest("math");
}).map(e => e.tagName + "." + e.className).slice(0, 5)
"""
# Contrast of text with what is behind it by WCAG 2.1; bars and pictures hold no text.
_FAINT = """
(() => {
  const light = c => { const [r, g, b] = c.map(v => v / 255).map(v =>
    v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const numbers = text => text.match(/[\\d.]+/g).map(Number);
  const behind = e => { for (; e; e = e.parentElement) {
    const c = numbers(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c.slice(0, 3); } return [255, 255, 255]; };
  const found = new Set();
  for (const e of document.querySelectorAll("main *, nav *, label")) {
    const words = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!words || !e.getClientRects().length || e.classList.contains("om-bar")) continue;
    const a = light(numbers(getComputedStyle(e).color).slice(0, 3)), b = light(behind(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.add(e.tagName + "." + e.className + " " + ratio.toFixed(2));
  }
  return [...found];
})()
"""


@pytest.fixture(scope="module")
def open_page(chromium: Any, rendered: Any, rendered_chinese: Any) -> Iterator[Callable[..., Any]]:
    """Opens the report in one of its languages; every tab is closed at the end."""
    pages = []

    def open_(*, lang: str = "en", file: Path | None = None, **how: Any) -> Any:
        report = rendered if lang == "en" else rendered_chinese
        page = chromium.page(file or report.files["html"], **how)
        page.lang = lang
        pages.append(page)
        return page

    yield open_
    for page in pages:
        page.close()


@pytest.fixture(
    scope="module",
    params=[(DESKTOP, "en"), (PHONE, "en"), (DESKTOP, "zh"), (PHONE, "zh")],
    ids=["desktop-en", "phone-en", "desktop-zh", "phone-zh"],
)
def page(request: pytest.FixtureRequest, open_page: Callable[..., Any]) -> Any:
    """The report at both widths, in both languages."""
    width, lang = request.param
    return open_page(width=width, lang=lang)


def test_nothing_is_loaded_and_nothing_is_complained_of(page):
    assert page.requests() == []
    assert page.complaints() == []


def test_nothing_is_wider_than_the_window(page, artefacts):
    width = page.width
    page.screenshot(artefacts / f"report-{page.lang}-{width}.png")
    assert page.evaluate("innerWidth") == width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(_TOO_WIDE) == []


def test_every_picture_is_drawn_and_described(page):
    pictures = page.evaluate(
        "[...document.images].map(i => [i.complete && i.naturalWidth > 0, i.alt.trim()])"
    )
    assert len(pictures) == 5  # one figure of each question
    assert all(drawn and alt for drawn, alt in pictures)


def test_every_link_of_the_contents_leads_to_its_heading(page):
    page.evaluate("document.documentElement.style.scrollBehavior = 'auto'")
    links = page.evaluate(
        "[...document.querySelectorAll('nav#TOC a')].map(a => [a.getAttribute('href'), a.innerText])"
    )
    assert len(links) > 10
    for target, _ in links:
        if page.width == PHONE:
            page.evaluate("document.getElementById('om-toggle').checked = true")
        page.evaluate(f"document.querySelector('nav#TOC a[href=\"{target}\"]').click()")
        top, bar = page.evaluate(
            f"""new Promise(done => requestAnimationFrame(() => {{
              const h = document.querySelector('{target}').querySelector('h1,h2,h3')
                || document.querySelector('{target}');
              const b = document.querySelector('.om-banner').getBoundingClientRect();
              done([h.getBoundingClientRect().top, b.bottom]);
            }}))"""
        )
        at_end = page.evaluate("scrollY + innerHeight >= document.documentElement.scrollHeight - 2")
        assert top >= bar - 1, f"{target} lies under the banner"
        assert at_end or top < page.evaluate("innerHeight") / 2, f"{target} is not shown"


def test_contents_stay_in_reach_while_reading(page, artefacts):
    page.evaluate("scrollTo({top: 3000, behavior: 'instant'})")
    if page.width == DESKTOP:
        box = "document.querySelector('nav#TOC').getBoundingClientRect()"
    else:
        page.evaluate("document.getElementById('om-toggle').checked = true")
        box = "document.querySelector('nav#TOC').getBoundingClientRect()"
        page.screenshot(artefacts / f"report-{page.lang}-390-contents.png")
    top, height = page.evaluate(f"[{box}.top, {box}.height]")
    assert 0 <= top < 100
    assert height > 200
    page.evaluate("document.getElementById('om-toggle').checked = false")


def test_headings_go_down_one_level_at_a_time(page):
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1]))"
    )
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_those_who_do_not_see_find_their_way(page):
    assert (
        page.evaluate("document.documentElement.lang") == {"en": "en", "zh": "zh-Hans"}[page.lang]
    )
    assert page.evaluate("document.querySelectorAll('main').length") == 1
    assert page.evaluate("document.querySelector('.om-skip').getAttribute('href')") == "#om-main"
    assert page.evaluate("document.querySelector('a').className") == "om-skip"
    unnamed = page.evaluate(
        "[...document.querySelectorAll('thead th')].filter(h => h.scope !== 'col').length"
    )
    assert unnamed == 0
    labels = page.evaluate(
        """[...document.querySelectorAll('[role=region]')].map(r => r.getAttribute('aria-label')
          || document.getElementById(r.getAttribute('aria-labelledby'))?.innerText || '')"""
    )
    assert labels
    assert all(labels)


def test_words_stand_out_from_what_is_behind_them(page):
    assert page.evaluate(_FAINT) == []


def test_identifiers_are_unique(page):
    twice = page.evaluate(
        """(() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
          return ids.filter((id, i) => ids.indexOf(id) !== i); })()"""
    )
    assert twice == []


def test_a_click_on_a_column_sorts_by_it(open_page):
    page = open_page(width=DESKTOP)
    table = "[...document.querySelectorAll('.om-exhibit-table table')].find(t => /Removal/.test(t.innerText))"
    column = f"[...{table}.tHead.rows[0].cells].findIndex(c => /Removal/.test(c.innerText))"
    click = f"{table}.tHead.rows[0].cells[{column}].querySelector('button').click()"
    values = f"[...{table}.tBodies[0].rows].map(r => parseFloat(r.cells[{column}].innerText))"
    before = page.evaluate(values)
    page.evaluate(click)
    rising = page.evaluate(values)
    page.evaluate(click)
    assert rising == sorted(before) != before
    assert page.evaluate(values) == sorted(before, reverse=True)
    assert page.evaluate(f"{table}.querySelectorAll('[aria-sort=descending]').length") == 1


def test_without_scripts_the_report_is_whole(open_page):
    with_scripts, without = open_page(width=DESKTOP), open_page(width=DESKTOP, scripts=False)
    assert without.evaluate("document.querySelectorAll('.om-sort').length") == 0
    words = "document.querySelector('main').innerText.replace(/\\\\s+/g, ' ')"
    assert without.evaluate(words) == with_scripts.evaluate(words)


def test_chinese_is_drawn_in_the_face_the_page_brings(open_page):
    page = open_page(width=DESKTOP, lang="zh")
    loaded = page.evaluate(
        "document.fonts.ready.then(() => [...document.fonts].filter(f => f.status === 'loaded')"
        ".map(f => f.family.replaceAll('\"', '')))"
    )
    assert "Noto Sans CJK SC" in loaded
    for selector, weight in (("h1", "700"), (".om-cover-title", "700"), ("main p", "400")):
        style = f"getComputedStyle(document.querySelector({selector!r}))"
        assert page.evaluate(f"{style}.fontWeight") == weight
        assert page.evaluate(f"{style}.fontStyle") == "normal"


AMOUNTS = """::: {#exh-a .om-exhibit .om-exhibit-table}

[金额]{.om-exhibit-title}

::: {.om-table .om-normal}

| 门店 | 金额 |
|:-----|-----:|
| 甲 | 1.2万美元 |
| 乙 | 8,000美元 |
| 丙 | 3.5亿美元 |
| 丁 | −2万美元 |

:::

[来源]{.om-exhibit-note}

:::
"""


def test_amounts_in_ten_thousands_are_sorted_by_their_size(open_page, tmp_path):
    folder = tmp_path / "r"
    folder.mkdir()
    (tmp_path / "work").mkdir()
    text = f"---\ntitle: 金额\nlang: zh\n---\n\n# 金额\n\n{AMOUNTS}"
    (folder / "report.qmd").write_text(text, encoding="utf-8")
    job = Job(folder, complete_project(folder), tmp_path / "work", dt.date(2025, 12, 31))
    page = open_page(width=DESKTOP, lang="zh", file=render(job, ["html"])[0]["html"])
    page.evaluate("document.querySelectorAll('.om-sort')[1].click()")
    order = page.evaluate(
        "[...document.querySelectorAll('tbody tr')].map(r => r.cells[0].innerText)"
    )
    assert order == ["丁", "乙", "甲", "丙"]


def print_pages(page: Any, file: Path) -> list[str]:
    """The texts of the pages as printed."""
    page.print(file)
    return [" ".join(page.extract_text().split()) for page in PdfReader(file).pages]


@pytest.fixture(scope="module")
def printed(open_page: Callable[..., Any], artefacts: Path) -> list[str]:
    return print_pages(open_page(width=DESKTOP), artefacts / "report-printed.pdf")


def test_print_has_no_empty_page_and_is_marked_on_each(printed):
    assert len(printed) > 5
    assert all(len(text) > 100 for text in printed)
    assert all("Simulated data" in text for text in printed)


def test_print_in_chinese_is_marked_in_chinese(open_page, artefacts):
    texts = print_pages(open_page(width=DESKTOP, lang="zh"), artefacts / "report-printed-zh.pdf")
    assert len(texts) > 5
    assert all("仿真数据：文中数字不描述任何真实零售商" in "".join(text.split()) for text in texts)


def test_print_cuts_no_figure(printed):
    """A figure's title and the note below it stand on one page, so the figure between them does."""
    whole = " ".join(printed)
    assert "Exhibit" in whole
    for title, note in (
        ("Sales grew through the year and peaked in November", "n = 41,520 orders"),
        ("Retargeting collects the most last-touch credit", "n = 29,114 journeys"),
        ("Sales rise and no guardrail falls", "n = 19,870 customers"),
    ):
        pages = [text for text in printed if re.search(rf"Exhibit \d+\. ?{re.escape(title)}", text)]
        assert len(pages) == 1
        assert note in pages[0].partition(title)[2]
