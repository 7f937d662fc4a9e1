"""What may stand in a document: no file outside the report folder, nothing from the network."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from omnisim.errors import ReportError
from omnisim.report.pandoc import check_formulas, parse
from omnisim.report.source import Source, read_source
from omnisim.report.whole_picture import damage_of

_LOADS = re.compile(
    r"<\s*(script|iframe|object|embed|link|base|meta|form|audio|video|source|svg)\b"
    r"|\b(src|srcset|poster|background)\s*=|[\s/\"']on\w+\s*=|\b(javascript|vbscript)\s*:"
    r"|url\s*\(|image-set\s*\(|@import",
    re.IGNORECASE,
)
_RUNS = re.compile(r"\s*(javascript|vbscript|data|file)\s*:", re.IGNORECASE)
_STYLE_LOADS = re.compile(r"\b(url|image|image-set|src)\s*\(|@import|\\", re.IGNORECASE)
_WITH_ATTRIBUTES = {
    **dict.fromkeys(("Div", "Span", "Link", "Image", "Code", "CodeBlock", "Table"), 0),
    "Header": 1,  # behind its level
}
_TYPST_PACKAGE = re.compile(r'"@[A-Za-z]')


def read_checked(file: Path) -> tuple[Source, dict[str, Any]]:
    """A source and Pandoc's tree of it, held to what both engines understand.

    Raises
    ------
    ReportError
        In one line, with file and line where the source is at fault.
    """
    source = read_source(file)
    tree = parse(source)
    check_document(source, tree, file.parent)
    return source, tree


def check_document(source: Source, tree: Mapping[str, Any], folder: Path) -> None:
    """Hold a source in `folder`, read as `tree`, to what both engines understand.

    Raises
    ------
    ReportError
        As :func:`check_formulas` and :func:`check_tree` do, or for the logo.
    """
    check_formulas(source, tree)
    check_tree(tree, folder, name=source.name)
    if logo := source.metadata.get("om-logo"):
        check_picture(str(logo), folder, source=_place(folder / source.name, f"om-logo: {logo}"))


def check_tree(tree: Mapping[str, Any], folder: Path, *, name: str = "report.qmd") -> None:
    """Refuse what would read or load something that is not the report's own.

    Raises
    ------
    ReportError
        Naming the picture, raw code or citation.
    """
    for kind, content in _nodes(tree["blocks"]):
        if kind == "Image":
            picture = str(content[2][0])
            where = _place(folder / name, picture)
            if damage := damage_of(check_picture(picture, folder, source=where)):
                raise ReportError(f"{where}: picture {picture} {damage}; save it again")
        elif kind in ("RawBlock", "RawInline"):
            form, code = str(content[0]), str(content[1])
            _check_raw(form, code, _place(folder / name, code.strip().partition("\n")[0]))
        elif kind == "Cite":
            key = f"@{content[0][0]['citationId']}"
            where = _place(folder / name, key)
            raise ReportError(f"{where}: citation {key}: the report has no bibliography")
        if kind == "Link" and _RUNS.match(str(content[2][0])):
            where = _place(folder / name, str(content[2][0]))
            raise ReportError(
                f"{where}: link to {str(content[2][0])!r:.80}: give an address of the web, a file "
                "beside the report or #identifier"
            )
        if kind in _WITH_ATTRIBUTES:
            _check_attributes(content[_WITH_ATTRIBUTES[kind]][2], folder / name)


def _place(file: Path, words: str) -> str:
    """File and line of some words; the file alone where they stand in a generated part."""
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    for number, line in enumerate(text.split("\n"), 1):
        if words and words in line:
            return f"{file.name}:{number}"
    return file.name


def check_picture(name: str, folder: Path, *, source: str = "report.qmd") -> Path:
    """The file of a picture in the report folder."""
    if re.match(r"[a-z][a-z0-9+.-]*:|//", name, re.IGNORECASE):
        raise ReportError(f"{source}: picture {name!r:.80} is not a file of the report folder")
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ReportError(f"{source}: picture {name} lies outside the report folder")
    if not path.is_file():
        raise ReportError(f"{source}: picture {name} does not exist")
    return path


def _check_raw(form: str, code: str, source: str) -> None:
    if form.startswith("html") and _LOADS.search(html.unescape(code)):
        raise ReportError(
            f"{source}: raw HTML that runs or loads something is not used: {code.strip()!r:.80}"
        )
    if form in ("tex", "latex"):
        raise ReportError(
            f"{source}: {code.strip()!r:.80} is read as TeX, which no format shows; write \\\\ for a "
            "backslash"
        )
    if form == "typst" and _TYPST_PACKAGE.search(code):
        raise ReportError(f"{source}: Typst packages are not used: {code.strip()!r:.80}")


def _check_attributes(attributes: Sequence[Sequence[str]], file: Path) -> None:
    for key, value in attributes:
        runs = key.lower().startswith("on")
        if runs or (key.lower() == "style" and _STYLE_LOADS.search(value)):
            raise ReportError(
                f"{_place(file, key)}: attribute {key}={value!r:.60}: what runs or loads something "
                "is not used"
            )


def _nodes(node: Any) -> Iterator[tuple[str, Any]]:
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, dict):
            if "t" in item:
                yield item["t"], item.get("c")
            stack.extend(item.values())
