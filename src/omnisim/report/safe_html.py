"""HTML of a notebook's outputs made safe: text, tables and pictures that carry themselves, nothing else.

Whatever runs, loads or imitates the page around it is taken out: scripts, styles, frames, forms, event
handlers, addresses other than of the web. What is left is read in the same way by every browser, because
it is parsed and written again as HTML 5 defines it.
"""

from __future__ import annotations

import re
from functools import partial

import bleach
import lxml.etree
import lxml.html

_GONE = [
    "script",
    "style",
    "title",
    "head",
    "iframe",
    "frame",
    "object",
    "embed",
    "applet",
    "template",
    "noscript",
    "svg",
    "math",
    "form",
    "input",
    "button",
    "select",
    "textarea",
    "audio",
    "video",
    "source",
    "link",
    "meta",
    "base",
]
_TAGS = frozenset(
    [
        "a",
        "b",
        "blockquote",
        "br",
        "caption",
        "code",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "kbd",
        "li",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
    ]
)
_CLASSES = frozenset(("om-number", "om-table", "om-said", "om-short", "om-long"))
_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s]+", re.IGNORECASE)
_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+")
_FEW_SIGNS = 12  # in Chinese a text breaks anywhere, so columns of short ones are kept on a line
_NUMBER = re.compile(r"[+\-−]?[\d,.]*\d%?|nan|<NA>|—|")
_DIGIT = re.compile(r"\d")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def safe_html(
    fragment: str, *, alt: str = "", is_output: bool = True, table_label: str = "Table"
) -> str:
    """The part of a fragment that a page may show.

    Parameters
    ----------
    fragment : str
        HTML from anywhere.
    alt : str
        Description of pictures that bring none.
    is_output : bool
        Headings of outputs become paragraphs, so that the page's contents stay its own.
    table_label : str
        What a table is called, in the language of the page.

    Examples
    --------
    >>> safe_html('<p onclick="x()">Sales <script>alert(1)</script><a href="javascript:x">rose</a></p>')
    '<p>Sales <a>rose</a></p>'
    """
    try:
        root = lxml.html.fragment_fromstring(_CONTROLS.sub("", fragment), create_parent="div")
    except (lxml.etree.LxmlError, ValueError):
        return f"<pre>{bleach.clean(fragment, tags=set())}</pre>"
    for element in root.xpath("//comment()|//processing-instruction()"):
        element.drop_tree()
    for element in root.iter(*_GONE):
        element.clear(keep_tail=True)
    if is_output:
        for heading in root.iter("h1", "h2", "h3", "h4", "h5", "h6"):
            heading.tag = "p"
            heading.set("class", "om-said")
    for picture in root.iter("img"):
        picture.set("alt", picture.get("alt") or alt)
    for table in list(root.iter("table")):
        _readable(table, table_label)
    inside = lxml.html.tostring(root, encoding="unicode")
    clean: str = bleach.clean(
        inside,
        tags=_TAGS,
        attributes=partial(_allowed, table_label=table_label),
        protocols={"http", "https", "mailto", "data"},
        strip=True,
        strip_comments=True,
    )
    return clean.removeprefix("<div>").removesuffix("</div>").strip()


def _readable(table: lxml.html.HtmlElement, label: str) -> None:
    """A table that scrolls by itself on a phone, numbers at the right, no empty header cell."""
    for cell in table.iter("th"):
        if not (cell.text_content() or "").strip():
            cell.tag = "td"
    rows = [list(row.iterchildren("td", "th")) for row in table.iterfind(".//tbody/tr")]
    for column in zip(*rows, strict=False):
        cells = [cell for cell in column if cell.tag == "td"]
        told = [(cell.text_content() or "").strip() for cell in cells]
        if any(map(_DIGIT.search, told)) and all(map(_NUMBER.fullmatch, told)):
            for cell in cells:
                cell.set("class", "om-number")
        else:
            longest = max(map(len, told), default=0)
            for cell in cells:
                cell.set("class", "om-long" if longest > _FEW_SIGNS else "om-short")
    parent = table.getparent()
    if parent is None or parent.get("class") == "om-table":
        return
    frame = lxml.html.Element("div")
    for name, value in (
        ("class", "om-table"),
        ("role", "region"),
        ("tabindex", "0"),
        ("aria-label", label),
    ):
        frame.set(name, value)
    frame.tail, table.tail = table.tail, None
    parent.replace(table, frame)
    frame.append(table)


def _allowed(tag: str, name: str, value: str, *, table_label: str) -> bool:
    """Whether an attribute stays."""
    if name == "class":
        return value in _CLASSES
    if tag == "a":
        return name == "href" and _ADDRESS.fullmatch(value) is not None
    if tag == "img":
        return name == "alt" or (name == "src" and _PICTURE.fullmatch(value) is not None)
    if tag in ("td", "th"):
        return (name in ("colspan", "rowspan") and value.isdecimal() and int(value) <= 1000) or (
            name == "scope" and value in ("row", "col")
        )
    if tag == "div":
        return (name, value) in (("role", "region"), ("tabindex", "0"), ("aria-label", table_label))
    return False
