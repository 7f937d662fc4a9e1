"""Rendering with Pandoc and Typst from wheels: the same source, filter and partials as Quarto."""

from __future__ import annotations

import base64
import datetime as dt
import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

from omnisim.errors import ReportError
from omnisim.language import say
from omnisim.language.fonts import INSTALL, text_font
from omnisim.report.deck.finish import Deck, finish_pptx
from omnisim.report.drawings import svg_address
from omnisim.report.font_files import Face, family_of
from omnisim.report.fonts import (
    FONTS,
    faces_of,
    font_faces,
    font_folders,
    has_signs,
    is_chinese,
    own_faces,
)
from omnisim.report.inspect_tree import check_picture, read_checked
from omnisim.report.office import finish_docx
from omnisim.report.pandoc import convert, pandoc_version
from omnisim.report.project import BRAND, FILTER
from omnisim.report.source import Source
from omnisim.report.wording import worded

_IMAGE = re.compile(r'(<img\b[^>]*?\bsrc=")([^"]+)(")')
_TAGS = re.compile(r"<[^>]+>")
_BASE64 = 4 / 3  # characters per byte
_KINDS = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
_UNSETTLED = "did not converge"  # page numbers may be wrong then
_NO_ASKING = {"om-asks": "no"}  # exhibits keep their size, so nothing depends on where they begin
_STANDARDS: tuple[Any, ...] = (
    ["a-2b", "ua-1"],
    ["a-2b"],
    [],
)  # the strictest that the document's fonts allow


@dataclass(frozen=True, slots=True)
class Job:
    """One document to render.

    Attributes
    ----------
    folder : Path
        The report folder with the source.
    project : Path
        Where ``_brand/`` is.
    work : Path
        Where files are written first.
    date : datetime.date
        Written into the files as their time.
    after_quarto : bool
        Whether a Quarto was found that could not be used; the document says so.
    stem : str
        Name of the source and of the files made, without suffix.
    """

    folder: Path
    project: Path
    work: Path
    date: dt.date
    after_quarto: bool = False
    stem: str = "report"

    @property
    def source(self) -> str:
        """File name of the source."""
        return f"{self.stem}.qmd"


def render(job: Job, formats: Sequence[str]) -> tuple[dict[str, Path], tuple[str, ...]]:
    """Render to each of `formats`; returns the files in `job.work` and notes for the reader.

    Raises
    ------
    ReportError
        In one line, with file and line where the source is at fault.
    """
    source, tree = read_checked(job.folder / job.source)
    family = family_of(source.metadata)
    lang = str(source.metadata.get("lang") or "en")
    faces = faces_of(source.metadata, job.folder, where=job.source)
    tree["meta"] = {k: v for k, v in tree["meta"].items() if k not in ("results", "format")}
    tree["meta"]["produced-by"] = {
        "t": "MetaInlines",
        "c": [{"t": "Str", "c": worded(produced_by(after_quarto=job.after_quarto), lang)}],
    }
    makers: dict[str, Callable[[Job, Mapping[str, Any]], tuple[Path, str]]] = {
        "html": partial(_html, faces=faces, family=family, lang=lang),
        "pdf": partial(_pdf, lang=lang),
        "docx": partial(_docx, source=source),
        "pptx": partial(_pptx, source=source, faces=faces),
    }
    with ThreadPoolExecutor(max_workers=2) as pool:
        made = {name: pool.submit(makers[name], job, tree) for name in formats}
        files = {name: future.result() for name, future in made.items()}
    notes = tuple(note for _, note in files.values() if note)
    return {name: path for name, (path, _) in files.items()}, notes


def produced_by(*, after_quarto: bool = False) -> str:
    """Which engine made a document, as it says of itself; and whether Quarto was tried before."""
    made = say(
        "Produced by omnisim with its embedded engine: pandoc {pandoc}, Typst {typst}",
        pandoc=pandoc_version(),
        typst=metadata.version("typst"),
    )
    return say("{made}; the Quarto found could not be used", made=made) if after_quarto else made


def _html(
    job: Job, tree: Mapping[str, Any], *, faces: Sequence[Face], family: str, lang: str
) -> tuple[Path, str]:
    brand = job.project / BRAND
    page = convert(
        tree,
        "html5",
        [
            f"--template={brand / 'html' / 'embedded.html'}",
            f"--lua-filter={job.project / FILTER}",
            "--toc",
            "--toc-depth=2",
            "--section-divs",
            "--mathml",
            "--wrap=none",
        ],
        cwd=job.folder,
        sandbox=True,
    )
    words = html.unescape(_TAGS.sub("", page))
    page = _IMAGE.sub(lambda match: _inline(match, job), page)
    style = font_faces(words, lang) + "\n" + (brand / "report.css").read_text(encoding="utf-8")
    if faces:
        style += "\n" + own_faces(words, faces, family)
    file = brand / "html" / "report.js"
    script = file.read_text(encoding="utf-8") if file.is_file() else ""  # a look of one's own
    target = job.work / f"{job.stem}.html"
    head, _, tail = page.replace("/*om-style*/", style, 1).rpartition("/*om-script*/")
    target.write_text(head + script + tail, encoding="utf-8")
    return target, ""


def _inline(match: re.Match[str], job: Job) -> str:
    path = check_picture(html.unescape(match.group(2)), job.folder, source=job.source)
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        raise ReportError(f"{job.source}: picture {path.name}: give one of {sorted(_KINDS)}")
    twin = path.with_suffix(".png")
    if path.suffix.lower() == ".svg":
        drawing = svg_address(path.read_text(encoding="utf-8"))
        if not twin.is_file() or len(drawing) <= _BASE64 * twin.stat().st_size:
            return f"{match.group(1)}{drawing}{match.group(3)}"
        path, kind = twin, _KINDS[".png"]  # a drawing of very many shapes is lighter as pixels
    data = base64.b64encode(path.read_bytes()).decode()
    return f"{match.group(1)}data:{kind};base64,{data}{match.group(3)}"


def _pdf(job: Job, tree: Mapping[str, Any], *, lang: str) -> tuple[Path, str]:
    import typst

    signs = is_chinese(lang) or has_signs(json.dumps(tree, ensure_ascii=False))
    face = text_font() if signs else None
    text = convert(
        tree,
        "typst",
        [
            f"--template={job.project / BRAND / 'typst' / 'embedded.typ'}",
            f"--lua-filter={job.project / FILTER}",
            "--wrap=none",
            *([f"--variable=om-signs={face.family}"] if face else []),
        ],
        cwd=job.folder,
        sandbox=True,
    )
    # Typst reads pictures beside its source only.
    draft = job.folder / f"{job.work.name}.typ"
    target = job.work / f"{job.stem}.pdf"
    moment = dt.datetime.combine(job.date, dt.time(), tzinfo=dt.UTC)
    try:
        draft.write_text(text, encoding="utf-8")
        for standards in _STANDARDS:
            try:
                for inputs in ({}, _NO_ASKING):
                    _, warnings = typst.compile_with_warnings(
                        draft,
                        output=target,
                        root=job.folder,
                        font_paths=[*font_folders(chinese=signs), job.folder / FONTS],
                        ignore_system_fonts=True,
                        pdf_standards=standards,
                        timestamp=moment,
                        sys_inputs=inputs,
                    )
                    if not any(_UNSETTLED in str(warning.message) for warning in warnings):
                        break
            except typst.TypstError as error:
                if not standards or not _is_about_standard(error):
                    raise ReportError(f"{job.source}: Typst: {_one_line(error)}") from None
                continue
            return target, _standard_note(standards, lacks_chinese=signs and face is None)
    finally:
        draft.unlink(missing_ok=True)
    raise AssertionError("the last standard is none at all")  # pragma: no cover


def _is_about_standard(error: Exception) -> bool:
    text = str(error) + getattr(error, "diagnostic", "")
    return any(word in text for word in ("PDF/A", "PDF/UA", "standard", "export error"))


def _one_line(error: Exception) -> str:
    hints = getattr(error, "hints", None) or []
    words = [str(getattr(error, "message", "") or error), *(str(hint) for hint in hints[:1])]
    return " ".join("; ".join(words).split())[:300]


def _standard_note(standards: Sequence[str], *, lacks_chinese: bool) -> str:
    if "a-2b" in standards:
        return ""
    return (
        "the PDF shows boxes for characters that its fonts do not have, so it does not follow "
        "PDF/A-2b; the text can still be copied"
    ) + (f"; for Chinese: {INSTALL}" if lacks_chinese else "")


def _docx(job: Job, tree: Mapping[str, Any], *, source: Source) -> tuple[Path, str]:
    draft, target = job.work / "draft.docx", job.work / f"{job.stem}.docx"
    convert(
        tree,
        "docx",
        [
            f"--reference-doc={job.project / BRAND / 'reference.docx'}",
            f"--lua-filter={job.project / FILTER}",
            f"--resource-path={job.folder}",
            f"--output={draft}",
        ],
        cwd=job.folder,
        sandbox=False,
    )
    finish_docx(draft, target, metadata=source.metadata, date=job.date)
    draft.unlink()
    return target, ""


def _pptx(
    job: Job, tree: Mapping[str, Any], *, source: Source, faces: Sequence[Face]
) -> tuple[Path, str]:
    draft, target = job.work / "draft.pptx", job.work / f"{job.stem}.pptx"
    convert(
        tree,
        "pptx",
        [
            f"--reference-doc={reference_deck(source, job)}",
            f"--lua-filter={job.project / FILTER}",
            f"--resource-path={job.folder}",
            "--slide-level=2",
            f"--output={draft}",
        ],
        cwd=job.folder,
        sandbox=False,
    )
    said = finish_pptx(draft, target, deck_of(job, tree, source, faces))
    draft.unlink()
    return target, "; ".join(said)


def deck_of(job: Job, tree: Mapping[str, Any], source: Source, faces: Sequence[Face]) -> Deck:
    """What a draft of the job's deck is finished with."""
    return Deck(
        tree=tree,
        metadata=source.metadata,
        folder=job.folder,
        source=job.source,
        faces=faces,
        date=job.date,
    )


def reference_deck(source: Source, job: Job) -> Path:
    """The deck whose layouts are filled: that which the source names, else the brand's."""
    formats = source.metadata.get("format")
    options = formats.get("pptx") if isinstance(formats, Mapping) else None
    name = options.get("reference-doc") if isinstance(options, Mapping) else None
    if name is None:
        return job.project / BRAND / "reference.pptx"
    path = (job.folder / str(name)).resolve()
    is_inside = path.is_relative_to(job.folder.resolve()) and path.is_file()
    if not is_inside or not is_zipfile(path):
        raise ReportError(
            f"{job.source}: reference-doc = {str(name)!r:.80}: give a deck of the report folder, "
            "e.g. _generated/reference.pptx"
        )
    return path
