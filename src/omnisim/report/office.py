"""Word files finished after Pandoc: running heads, tables in their place, and equal bytes each time."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from docx import Document
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.text.paragraph import Paragraph

from omnisim.report.fonts import is_chinese
from omnisim.report.office_chinese import TAG, set_chinese
from omnisim.report.office_look import paint
from omnisim.report.office_pages import (
    TEXT_WIDTH,
    TURNED_WIDTH,
    drop_empty_pages,
    share_running_heads,
)

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_BAR_COLOUR = "0B7A75"
_PROPERTY = 255  # characters that a property of an office file holds
_RUNNING = 80  # characters of a running head, as in the brand filter
_KEPT_ROWS = 15  # with the header
_KEPT_CHARACTERS = 1500  # what fits on half a page


def finish_docx(draft: Path, target: Path, *, metadata: Mapping[str, Any], date: dt.date) -> None:
    """Fill running heads, repeat table headers over pages, fix times, write `target`."""
    document = Document(str(draft))
    core = document.core_properties
    set_properties(core, metadata, date)
    drop_empty_pages(document)
    share_running_heads(document)
    for section in document.sections:
        _fill_header(section.header, core.title, core.subject)
        _fill_footer(section.footer, metadata)
    turned = _turned_tables(document)
    for table in document.tables:
        _settle_table(table, TURNED_WIDTH if table._tbl in turned else TEXT_WIDTH)
        _keep_together(table)
        _space_below(table)
        _draw_bars(table)
    for paragraph in document.paragraphs:
        if paragraph._p.findall(f".//{qn('w:drawing')}"):
            paragraph.paragraph_format.keep_with_next = True  # with the note below the picture
    paint(document, metadata)
    if is_chinese(metadata.get("lang")):
        set_chinese(document)
    out = io.BytesIO()
    document.save(out)
    target.write_bytes(repack(out.getvalue(), date))


def set_properties(core: Any, metadata: Mapping[str, Any], date: dt.date) -> None:
    """What an office file says of itself; of `python-docx` or `python-pptx`."""
    core.title = plain_text(metadata.get("title"))[:_PROPERTY]
    core.subject = plain_text(metadata.get("simulated-mark"))[:_PROPERTY]
    core.author = plain_text(metadata.get("author") or metadata.get("om-author"))[:_PROPERTY]
    lang = metadata.get("lang")
    core.language = TAG if is_chinese(lang) else str(lang or "en")
    core.created = core.modified = dt.datetime.combine(date, dt.time())
    core.last_modified_by = ""
    core.revision = 1


def repack(data: bytes, date: dt.date | None) -> bytes:
    """An office file with fixed times and sorted parts."""
    stamp = _ZIP_TIME if date is None else (max(date.year, 1980), date.month, date.day, 0, 0, 0)
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as new,
    ):
        names = sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
        for name in names:
            info = zipfile.ZipInfo(name, stamp)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            new.writestr(info, old.read(name))
    return out.getvalue()


def _fill_header(header: Any, title: str, mark: str) -> None:
    """What the fields show before Word computes them."""
    for paragraph in header.paragraphs:
        field = ""
        for run in paragraph.runs:
            instruction = run._r.find(qn("w:instrText"))
            if instruction is not None:
                field = (instruction.text or "").strip()
            elif run._r.find(qn("w:fldChar")) is None and field:
                run.text = {"TITLE": title, "SUBJECT": mark}.get(field, run.text)
                field = ""


def _fill_footer(footer: Any, metadata: Mapping[str, Any]) -> None:
    text = running_foot(metadata)
    for paragraph in footer.paragraphs:
        if paragraph.runs and paragraph.runs[0].text == "\t":
            paragraph.runs[0].text = text + "\t"


def running_foot(metadata: Mapping[str, Any]) -> str:
    """What stands at the foot of every page or slide."""
    words = [_short(plain_text(metadata.get(key))) for key in ("client", "confidentiality")]
    return " · ".join(word for word in words if word)


def _short(text: str) -> str:
    """A running head: long names are cut."""
    return text if len(text) <= _RUNNING else f"{text[: _RUNNING - 1]}…"


def _settle_table(table: Any, text_width: int) -> None:
    """Full width, a header that repeats, rows that stay whole."""
    properties = table._tbl.tblPr
    for tag in ("w:tblW", "w:tblLayout"):
        for old in properties.findall(qn(tag)):
            properties.remove(old)
    width = OxmlElement("w:tblW")
    width.set(qn("w:w"), str(text_width))
    width.set(qn("w:type"), "dxa")
    layout = OxmlElement("w:tblLayout")
    layout.set(qn("w:type"), "fixed")
    style = properties.find(qn("w:tblStyle"))
    position = 0 if style is None else list(properties).index(style) + 1
    properties.insert(position, width)
    look = properties.find(qn("w:jc"))
    properties.insert(list(properties).index(look if look is not None else width) + 1, layout)
    grid = table._tbl.tblGrid.findall(qn("w:gridCol"))
    shares = [int(column.get(qn("w:w")) or 1) for column in grid]
    total = sum(shares)
    for column, share in zip(grid, shares, strict=True):
        column.set(qn("w:w"), str(round(text_width * share / total)))
    for row in table.rows:
        settings = row._tr.get_or_add_trPr()
        if settings.find(qn("w:cantSplit")) is None:
            settings.insert(0, OxmlElement("w:cantSplit"))


def _turned_tables(document: Any) -> set[Any]:
    """Tables in sections whose page lies on its side."""
    turned: set[Any] = set()
    open_tables: list[Any] = []
    for child in document.element.body:
        if child.tag == qn("w:tbl"):
            open_tables.append(child)
        for size in child.iter(qn("w:pgSz")):
            if size.get(qn("w:orient")) == "landscape":
                turned.update(open_tables)
            open_tables = []
    return turned


def _draw_bars(table: Any) -> None:
    """Cells marked in a plan become bars."""
    for cell in table._tbl.iter(qn("w:tc")):
        styles = [mark.get(qn("w:val")) for mark in cell.iter(qn("w:rStyle"))]
        if "Bar" in styles:
            fill = parse_xml(
                f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="{_BAR_COLOUR}"/>'
            )
            cell.get_or_add_tcPr().append(fill)


def _style_below(table: Any) -> str:
    below = table._tbl.getnext()
    style = None if below is None else below.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    return "" if style is None else str(style.get(qn("w:val")))


def _space_below(table: Any) -> None:
    """Room below a table; two tables in a row would become one."""
    if not _style_below(table).startswith(("ExhibitNote", "KPINote", "Heading")):
        spacer = parse_xml(
            f'<w:p {nsdecls("w")}><w:pPr><w:spacing w:before="0" w:after="0" w:line="160" '
            'w:lineRule="exact"/></w:pPr></w:p>'
        )
        table._tbl.addnext(spacer)


def _keep_together(table: Any) -> None:
    """A short table stays on one page, and the end of each with the note below it."""
    rows = list(table.rows)
    has_note = _style_below(table) == "ExhibitNote"
    if len(rows) > _KEPT_ROWS or sum(map(len, table._tbl.itertext())) > _KEPT_CHARACTERS:
        _keep_with_next(rows[-2:] if has_note else [])
        return
    before = table._tbl.getprevious()
    if before is not None and before.tag == qn("w:p"):
        Paragraph(before, None).paragraph_format.keep_with_next = True
    _keep_with_next(rows if has_note else rows[:-1])


def _keep_with_next(rows: Sequence[Any]) -> None:
    for row in rows:
        for cell in row.cells:
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.keep_with_next = True


def plain_text(value: Any) -> str:
    """Metadata as text: the backslashes of escaped Markdown removed.

    Examples
    --------
    >>> plain_text("A \\\\& B")
    'A & B'
    """
    text, out, i = str(value or ""), [], 0
    while i < len(text):
        if text[i] == "\\" and i + 1 < len(text):
            i += 1
        out.append(text[i])
        i += 1
    return "".join(out)
