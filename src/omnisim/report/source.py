"""Reading a ``report.qmd`` as Quarto would: metadata, includes and numbers from metadata.

Only the documented subset is accepted: ``{{< include FILE >}}`` and ``{{< meta KEY >}}``. Whatever is
wrong is an error that names file and line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from omnisim.errors import ReportError
from omnisim.language import LANGUAGES

_SHORTCODE = re.compile(r"\{\{<\s*(.*?)\s*>\}\}")
_INCLUDE = re.compile(r"^\s*\{\{<\s*include\s+(\S+)\s*>\}\}\s*$")
_FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})")
_DIV = re.compile(r"^\s*(:{3,})\s*(.*?)\s*:*\s*$")
# A bare language in braces is run, or drawn; {.python} is a listing, {=html} raw text, {{python}} a cell shown.
_CELL = re.compile(r"^[\s>]*(?:`{3,}|~{3,})\s*\{\s*([A-Za-z][\w+#.-]*)\s*(?=[,}\s])(?!\s*=)")
_INLINE_CELL = re.compile(r"(?<![`\\])`\{(python|r|julia|ojs)\}\s", re.IGNORECASE)
_REMOTE_IMAGE = re.compile(r"!\[[^\]]*\]\(\s*<?\s*([a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
_FAST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")


@dataclass(frozen=True, slots=True)
class Source:
    """A document ready for Pandoc.

    Attributes
    ----------
    body : str
        Markdown without front matter, includes and shortcodes resolved.
    metadata : dict
        Front matter over the metadata files it names.
    lines : tuple
        For each line of `body`, the file and the line it came from.
    name : str
        File name of the document.
    """

    body: str
    metadata: Mapping[str, Any]
    lines: tuple[tuple[str, int], ...]
    name: str = "report.qmd"

    def where(self, line: int) -> str:
        """File and line of a line of `body`, counted from 1."""
        if not 1 <= line <= len(self.lines):
            return self.lines[-1][0] if self.lines else self.name
        file, number = self.lines[line - 1]
        return f"{file}:{number}"


def read_source(file: Path) -> Source:
    """Read a document with everything it includes.

    Raises
    ------
    ReportError
        For a missing include, an unknown key or shortcode, bad YAML, an unclosed block.
    """
    _inside(file.parent, file.name, file.name)
    text = _read(file, file.name)
    front, first_line, body = _split_front_matter(text, file.name)
    metadata = _all_metadata(front, file)
    _check_language(metadata, text, file.name)
    lines: list[str] = []
    origin: list[tuple[str, int]] = []
    for number, line in enumerate(body.split("\n"), first_line):
        match = _INCLUDE.match(line)
        if match is None:
            lines.append(line)
            origin.append((file.name, number))
            continue
        name = match.group(1).strip("\"'")
        part = _included(file.parent, name, f"{file.name}:{number}")
        for inner_number, inner in enumerate(part.split("\n"), 1):
            lines.append(inner)
            origin.append((name, inner_number))
    checked = _resolve(lines, origin, metadata)
    _check_divs(checked, origin)
    return Source("\n".join(checked) + "\n", metadata, tuple(origin), file.name)


def _read(file: Path, name: str) -> str:
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise ReportError(f"{name}: no such file in {file.parent}") from None
    except OSError as error:
        raise ReportError(f"{name}: cannot be read ({error.strerror or error})") from None
    try:
        text = data.decode("utf-8-sig")  # some editors begin with a mark of the encoding
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ReportError(f"{name}:{line}: is no UTF-8 text; save the file as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _split_front_matter(text: str, name: str) -> tuple[dict[str, Any], int, str]:
    lines = text.split("\n")
    if not lines or lines[0].rstrip() != "---":
        return {}, 1, text
    for end in range(1, len(lines)):
        if lines[end].rstrip() in ("---", "..."):
            front = _parse_yaml("\n".join(lines[1:end]), name, offset=2)
            return front, end + 2, "\n".join(lines[end + 1 :])
    raise ReportError(f"{name}:1: the front matter that begins here has no closing ---")


def _parse_yaml(text: str, name: str, *, offset: int = 1) -> dict[str, Any]:
    try:
        found = _load_yaml(text)
    except yaml.MarkedYAMLError as error:
        line = (error.problem_mark.line if error.problem_mark else 0) + offset
        raise ReportError(f"{name}:{line}: bad YAML ({error.problem})") from None
    except yaml.YAMLError as error:
        raise ReportError(f"{name}: bad YAML ({' '.join(str(error).split())})") from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ReportError(f"{name}:{offset}: keys and values are expected, found {found!r:.40}")
    return found


def _load_yaml(text: str) -> Any:
    """By the compiled parser where there is one: the numbers of a run are a long file."""
    try:
        return yaml.load(text, Loader=_FAST)
    except yaml.YAMLError:
        return yaml.safe_load(text)  # says what is wrong in the same words everywhere


def _all_metadata(front: dict[str, Any], file: Path) -> dict[str, Any]:
    names = front.get("metadata-files", [])
    if not isinstance(names, list):
        raise ReportError(f"{file.name}: metadata-files must be a list of files, found {names!r}")
    merged: dict[str, Any] = {}
    for name in names:
        path = _inside(file.parent, str(name), file.name)
        merged.update(_parse_yaml(_read(path, str(name)), str(name)))
    return {**merged, **front}


def _check_language(metadata: Mapping[str, Any], text: str, name: str) -> None:
    lang = metadata.get("lang") or LANGUAGES[0]
    if lang not in LANGUAGES:
        line = _line_of("lang:", text)
        raise ReportError(f"{name}{line}: lang = {lang!r:.40}: give one of {', '.join(LANGUAGES)}")


def _line_of(words: str, text: str) -> str:
    """``:number`` of the first line that begins with some words; empty without any."""
    lines = text.split("\n")
    return next((f":{i}" for i, line in enumerate(lines, 1) if line.startswith(words)), "")


def _included(folder: Path, name: str, where: str) -> str:
    path = _inside(folder, name, where)
    if not path.is_file():
        raise ReportError(f"{where}: included file {name} does not exist")
    return _read(path, name).removesuffix("\n")


def _inside(folder: Path, name: str, where: str) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ReportError(f"{where}: {name} lies outside the report folder; copy it there")
    return path


def _resolve(
    lines: list[str], origin: list[tuple[str, int]], metadata: Mapping[str, Any]
) -> list[str]:
    """Put metadata into the text; code is left as it is."""
    out, fence = [], ""
    for line, (name, number) in zip(lines, origin, strict=True):
        where = f"{name}:{number}"
        mark = _FENCE.match(line)
        if not fence and (cell := _CELL.match(line) or _INLINE_CELL.search(line)):
            raise ReportError(
                f"{where}: executable cells such as {{{cell.group(1)}}} are not part of a report; "
                f"compute in a notebook, or write {{.{cell.group(1)}}} for a listing"
            )
        if fence:
            fence = "" if mark and mark.group(1).startswith(fence) else fence
            out.append(line)
            continue
        if mark:
            fence = mark.group(1)
            out.append(line)
            continue
        if _REMOTE_IMAGE.search(line):
            raise ReportError(f"{where}: images from the network are not used; copy the file here")
        out.append(_resolve_line(line, where, metadata))
    return out


def _resolve_line(line: str, where: str, metadata: Mapping[str, Any]) -> str:
    if "{{<" not in line:
        return line
    pieces, start = [], 0
    for code in [*_CODE_SPAN.finditer(line), None]:
        end = code.start() if code else len(line)
        pieces.append(
            _SHORTCODE.sub(lambda match: _value(match.group(1), where, metadata), line[start:end])
        )
        if code:
            pieces.append(code.group(0))
            start = code.end()
    return "".join(pieces)


def _value(words: str, where: str, metadata: Mapping[str, Any]) -> str:
    name, _, argument = words.partition(" ")
    if name != "meta":
        raise ReportError(
            f"{where}: shortcode {name!r} is not supported here; there is 'meta KEY' inside text "
            "and 'include FILE' on a line of its own"
        )
    found: Any = metadata
    for step in argument.strip().split("."):
        if not isinstance(found, Mapping) or step not in found:
            raise ReportError(
                f"{where}: no number {argument.strip()!r} in the metadata of the report"
            )
        found = found[step]
    if isinstance(found, Mapping | list):
        raise ReportError(f"{where}: {argument.strip()!r} is a group; name one of its values")
    return str(found)


def _check_divs(lines: list[str], origin: list[tuple[str, int]]) -> None:
    """Fenced blocks must be closed: Pandoc would close them silently at the end."""
    stack: list[int] = []
    fence, opened = "", 0
    for i, line in enumerate(lines):
        mark = _FENCE.match(line)
        if mark:
            if not fence:
                fence, opened = mark.group(1), i
            elif mark.group(1).startswith(fence):
                fence = ""
            continue
        div = None if fence else _DIV.match(line)
        if div is None:
            continue
        if div.group(2):
            stack.append(i)
        elif stack:
            stack.pop()
        else:
            name, number = origin[i]
            raise ReportError(f"{name}:{number}: ::: closes a block that was not opened")
    if fence:
        name, number = origin[opened]
        raise ReportError(f"{name}:{number}: the code block that begins here is not closed")
    if stack:
        name, number = origin[stack[-1]]
        raise ReportError(f"{name}:{number}: the ::: block that begins here is not closed")
