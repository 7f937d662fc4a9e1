"""Drawings made small: the same SVG picture in fewer bytes, and the address it has inside a page.

What nobody sees goes (comments, metadata, unused names), a shape drawn twice is written once, and
coordinates keep two decimals of a point: a fortieth of a pixel on a screen, less than print shows.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lxml import etree

from omnisim.errors import ResultError
from omnisim.report.whole_picture import damage_of

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_DECIMALS = 2
_SAFE = " !$()*+,-./:;=?@_|~'<>&{}[]^`\\"  # what a data address inside double quotes may hold
_TOKEN = re.compile(r"([MLQCZz])|(-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
_POINTS = {"M": 1, "L": 1, "Q": 2, "C": 3, "Z": 0}
_LONGEST_PATH = 5_000_000  # characters; beyond, a path is left as it is
_SHIFT = re.compile(r"translate\((-?[\d.]+)[ ,](-?[\d.]+)\)")
_NUMBER = re.compile(r"-?\d+\.\d{4,}")
_TARGET = re.compile(r"url\(#([^)]+)\)|^#(.+)$")
_SHARED = 60  # characters from which a path drawn twice is written once


def copy_picture(source: Path, target: Path) -> None:
    """Copy a picture of a run; a drawing becomes compact on the way, so every format gains.

    Raises
    ------
    ResultError
        When the picture is empty or cut.
    """
    if damage := damage_of(source):
        raise ResultError(f"{source}: the figure {damage}; run its notebook again")
    if source.suffix.lower() == ".svg":
        try:
            text = source.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            pass  # another encoding: whoever draws it will read it
        else:
            target.write_text(compact_svg(text), encoding="utf-8")
            return
    shutil.copyfile(source, target)


@lru_cache(maxsize=128)  # a document and its slides show the same drawings
def compact_svg(text: str) -> str:
    """The same drawing in fewer bytes; what is not plain SVG comes back as it is.

    Examples
    --------
    >>> compact_svg('<svg xmlns="http://www.w3.org/2000/svg"><!-- x --><path d="M 1 2 L 3.0004 2 z"/></svg>')
    '<svg xmlns="http://www.w3.org/2000/svg"><path d="M1 2h2z"/></svg>'
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError:
        return text
    if root.tag != f"{_SVG}svg" or any(not isinstance(e.tag, str) for e in root.iter()):
        return text
    for note in list(root.iter(f"{_SVG}metadata")):
        _remove(note)
    for element in root.iter():
        _shorten(element)
    _share_paths(root)
    _rename(root)
    _unwrap(root)
    etree.cleanup_namespaces(root)
    return str(etree.tostring(root, encoding="unicode"))


def svg_address(text: str) -> str:
    """A drawing as a ``data:`` address for an attribute in double quotes, ready for HTML.

    Examples
    --------
    >>> svg_address('<svg id="a"/>')
    "data:image/svg+xml,<svg id='a'/>"
    """
    one_line = " ".join(text.split())
    if "'" not in one_line:
        one_line = one_line.replace('"', "'")
    return "data:image/svg+xml," + quote(one_line, safe=_SAFE).replace("&", "&amp;")


def _remove(element: Any) -> None:
    element.getparent().remove(element)


def _shorten(element: Any) -> None:
    for blank in ("text", "tail"):
        if not (getattr(element, blank) or "").strip() and element.tag != f"{_SVG}text":
            setattr(element, blank, None)
    for name, value in element.attrib.items():
        if name == "d":
            element.set(name, compact_path(value))
        elif name == "style":
            style = value.replace("; ", ";").replace(": ", ":").rstrip(";")
            element.set(name, _rounded(style))
        elif name in ("transform", "x", "y", "width", "height"):
            element.set(name, _rounded(value))
        elif name == _LINK and value.startswith("#"):
            del element.attrib[name]
            element.set("href", value)
    shift = _SHIFT.fullmatch(element.get("transform", ""))
    if element.tag == f"{_SVG}use" and shift and not {"x", "y"} & set(element.attrib):
        del element.attrib["transform"]
        for name, value in zip("xy", shift.groups(), strict=True):
            if float(value):
                element.set(name, value)


def _rounded(text: str) -> str:
    """Long decimals cut to what can be seen; scales are kept to more places than lengths."""

    def cut(match: re.Match[str]) -> str:
        value = float(match.group(0))
        return _digits(value, 6 if abs(value) < 1 else 3)

    return _NUMBER.sub(cut, text)


def _share_paths(root: Any) -> None:
    """A long path that is drawn more than once is written once and used."""
    drawn = [p for p in root.iter(f"{_SVG}path") if len(p.get("d", "")) >= _SHARED]
    drawn = [p for p in drawn if p.get("id") is None]
    often = {d for d, count in Counter(p.get("d") for p in drawn).items() if count > 1}
    if not often:
        return
    home = etree.Element(f"{_SVG}defs")
    names: dict[str, str] = {}
    for path in drawn:
        d = path.get("d")
        if d not in often:
            continue
        if d not in names:
            names[d] = f"shared-{len(names)}"
            etree.SubElement(home, f"{_SVG}path", {"id": names[d], "d": d})
        del path.attrib["d"]
        path.tag = f"{_SVG}use"
        path.set("href", f"#{names[d]}")
    root.insert(0, home)


def _rename(root: Any) -> None:
    """Short names for what is referred to, none for the rest."""
    if any("#" in (style.text or "") for style in root.iter(f"{_SVG}style")):
        return  # a style sheet may speak of names
    wanted = {name for element in root.iter() for name in _targets(element)}
    short: dict[str, str] = {}
    for element in root.iter():
        name = element.get("id")
        if name is None:
            continue
        if name not in wanted:
            del element.attrib["id"]
            continue
        short[name] = _letters(len(short))
        element.set("id", short[name])

    def renamed(match: re.Match[str]) -> str:
        of_url, of_link = match.groups()
        name = short.get(of_url or of_link, of_url or of_link)
        return f"url(#{name})" if of_url else f"#{name}"

    for element in root.iter():
        for key, value in element.attrib.items():
            if "#" in value:
                element.set(key, _TARGET.sub(renamed, value))


def _targets(element: Any) -> Iterator[str]:
    for value in element.attrib.values():
        if "#" in value:
            yield from (a or b for a, b in _TARGET.findall(value))


def _letters(number: int) -> str:
    """``a`` to ``z``, then ``ba`` and on."""
    out = ""
    while True:
        number, rest = divmod(number, 26)
        out = chr(97 + rest) + out
        if number == 0:
            return out


def _unwrap(root: Any) -> None:
    """Groups that say nothing give way to what they hold."""
    for group in list(root.iter(f"{_SVG}g", f"{_SVG}defs")):
        parent = group.getparent()
        if parent is None or (group.tag == f"{_SVG}defs" and len(group)):
            continue
        if len(group) == 0:
            _remove(group)
        elif not group.attrib:
            place = parent.index(group)
            parent[place : place + 1] = list(group)


@lru_cache(maxsize=4096)
def compact_path(d: str) -> str:
    """Path data with relative coordinates; what uses other commands than M L Q C Z is kept.

    Positions are rounded, not distances, so that errors do not add up.

    Examples
    --------
    >>> compact_path("M 10 10 L 20 10 L 20 30.257 Q 20 40 5 5 z")
    'M10 10h10v20.26q0 9.74-15-25.26z'
    """
    if len(d) > _LONGEST_PATH or _TOKEN.sub("", d).strip(" ,\n\t\r"):
        return d
    tokens = [match.group(0) for match in _TOKEN.finditer(d)]
    scale = 10**_DECIMALS
    out: list[str] = []
    x = y = start_x = start_y = 0
    i, command = 0, ""
    while i < len(tokens):
        if tokens[i].upper() in _POINTS:
            command = tokens[i].upper()
            i += 1
        elif command in ("", "Z"):
            return d
        if command == "Z":
            x, y = start_x, start_y
            out.append("z")
            continue
        size = 2 * _POINTS[command]
        try:
            values = [round(float(token) * scale) for token in tokens[i : i + size]]
        except (ValueError, OverflowError):
            return d
        if len(values) < size:
            return d
        i += size
        out.append(_step(command, values, x, y, is_first=not out))
        x, y = values[-2:]
        if command == "M":
            start_x, start_y = x, y
            command = "L"  # what follows a move without a letter is a line
    return "".join(out)


def _step(command: str, values: list[int], x: int, y: int, *, is_first: bool) -> str:
    """One command with coordinates from the point (`x`, `y`), in units of the last decimal."""
    if is_first:
        return "M" + _joined(values)
    moves = [value - (y if k % 2 else x) for k, value in enumerate(values)]
    if command == "L" and moves[1] == 0:
        return "h" + _joined(moves[:1])
    if command == "L" and moves[0] == 0:
        return "v" + _joined(moves[1:])
    return command.lower() + _joined(moves)


def _joined(values: list[int]) -> str:
    """Numbers side by side, parted only where they would run together."""
    out, before = "", ""
    for value in values:
        text = _digits(value / 10**_DECIMALS, _DECIMALS)
        apart = before and not (text[0] == "-" or (text[0] == "." and "." in before))
        out += f" {text}" if apart else text
        before = text
    return out


def _digits(value: float, decimals: int) -> str:
    """The shortest way to write a number with so many decimals."""
    text = f"{value:.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if text in ("-0", ""):
        return "0"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
