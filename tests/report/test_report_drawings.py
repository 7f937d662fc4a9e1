"""Drawings in fewer bytes look the same."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnisim.report.drawings import compact_path, compact_svg, copy_picture, svg_address

SVG = "{http://www.w3.org/2000/svg}"


def _svg(inside: str) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 10 10">{inside}</svg>'
    )


def _points(d: str) -> list[tuple[str, list[float]]]:
    """Commands with absolute coordinates, read from relative ones by the rules of SVG."""
    out = []
    x = y = start_x = start_y = 0.0
    for letter, text in re.findall(r"([MmLlHhVvQqCcZz])([^MmLlHhVvQqCcZz]*)", d):
        numbers = [float(n) for n in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", text)]
        if letter in "Zz":
            x, y = start_x, start_y
            out.append(("Z", []))
            continue
        if letter in "hv":
            numbers = [numbers[0], 0.0] if letter == "h" else [0.0, numbers[0]]
            letter = "l"
        if letter.islower():
            numbers = [n + (y if k % 2 else x) for k, n in enumerate(numbers)]
        x, y = numbers[-2:]
        if letter in "Mm":
            start_x, start_y = x, y
        out.append((letter.upper(), numbers))
    return out


coordinates = st.floats(-999, 9999, allow_nan=False)
SIZES = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}
steps = st.sampled_from("MLQCZ").flatmap(
    lambda letter: st.tuples(
        st.just(letter), st.lists(coordinates, min_size=SIZES[letter], max_size=SIZES[letter])
    )
)


@given(st.lists(steps, max_size=30))
def test_a_path_leads_to_the_same_points(path):
    path = [("M", [1.0, 2.0]), *path]
    d = " ".join(f"{letter} {' '.join(f'{n:.6f}' for n in numbers)}" for letter, numbers in path)
    found = _points(compact_path(d))
    assert [letter for letter, _ in found] == [letter for letter, _ in path]
    for (_, numbers), (_, wanted) in zip(found, path, strict=True):
        # Rounded to two decimals, never to the sum of several roundings.
        assert all(abs(a - b) <= 0.005001 for a, b in zip(numbers, wanted, strict=True))


@pytest.mark.parametrize("d", ["M 1 2 A 1 1 0 0 1 3 4", "M 1", "m 1 1 l 2 2", "L", "M x y", ""])
def test_what_is_not_understood_is_kept(d):
    assert compact_path(d) == d


def test_what_nobody_sees_goes():
    text = compact_svg(
        '<?xml version="1.0"?><!DOCTYPE svg>'
        + _svg("<metadata><a/></metadata><!-- hidden --><g id='x'><g/><path d='M 1 1 L 2 2'/></g>")
    )
    assert text == _svg('<path d="M1 1l1 1"/>').replace(
        ' xmlns:xlink="http://www.w3.org/1999/xlink"', ""
    )


def test_what_is_referred_to_is_still_found():
    root = ElementTree.fromstring(
        compact_svg(
            _svg(
                '<defs><clipPath id="long-name"><rect width="1" height="1"/></clipPath>'
                '<path id="glyph" d="M 0 0 L 5 5"/></defs>'
                '<g clip-path="url(#long-name)"><use xlink:href="#glyph" '
                'transform="translate(3.000001 0)"/></g>'
            )
        )
    )
    (use,) = root.iter(f"{SVG}use")
    ids = {e.get("id"): e.tag for e in root.iter() if e.get("id")}
    assert ids[use.get("href")[1:]] == f"{SVG}path"
    assert use.get("x") == "3"
    (group,) = (e for e in root.iter() if e.get("clip-path"))
    assert ids[group.get("clip-path")[5:-1]] == f"{SVG}clipPath"


def test_a_shape_drawn_twice_is_written_once():
    d = " ".join(f"L {i} {i * i % 17}" for i in range(40))
    text = compact_svg(_svg(f'<path d="M 0 0 {d}" style="fill: red"/><path d="M 0 0 {d}"/>'))
    root = ElementTree.fromstring(text)
    assert len(list(root.iter(f"{SVG}path"))) == 1
    assert [e.get("style") for e in root.iter(f"{SVG}use")] == ["fill:red", None]


@pytest.mark.parametrize(
    "text",
    [
        "no xml",
        "<html/>",
        '<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"><a>&a;</a></svg>',
    ],
)
def test_what_is_no_plain_drawing_is_kept(text):
    assert compact_svg(text) == text


def test_an_address_holds_the_whole_drawing():
    text = _svg('<text>50% &amp; "more" #1</text>')
    address = svg_address(text)
    assert '"' not in address
    assert "#" not in address
    read = unquote(address.replace("&amp;", "&").partition(",")[2])
    assert [e.text for e in ElementTree.fromstring(read).iter(f"{SVG}text")] == ["50% & 'more' #1"]


def test_words_of_another_encoding_are_copied(tmp_path):
    odd = '<?xml version="1.0" encoding="latin-1"?><svg><text>é</text></svg>'.encode("latin-1")
    (tmp_path / "a.svg").write_bytes(odd)
    copy_picture(tmp_path / "a.svg", tmp_path / "b.svg")
    assert (tmp_path / "b.svg").read_bytes() == odd
