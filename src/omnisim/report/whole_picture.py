"""Whether a picture file is whole: an empty or cut one would show as a broken image, or as none."""

from __future__ import annotations

import struct
from pathlib import Path

from lxml import etree

_BITMAPS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}


def damage_of(file: Path) -> str:
    """What is wrong with a PNG, JPEG or SVG file, in words; empty when it can be read.

    The parts of a PNG are held against their check sums, of a JPEG only the head is read; pixels are
    not unpacked.
    """
    if file.stat().st_size == 0:
        return "is empty"
    kind = _BITMAPS.get(file.suffix.lower())
    if kind is not None:
        return "" if _is_bitmap(file, kind) else f"is no whole {kind} picture"
    if file.suffix.lower() == ".svg":
        return "" if _is_drawing(file) else "is no whole SVG drawing"
    return ""


def _is_bitmap(file: Path, kind: str) -> bool:
    from PIL import Image

    try:
        with Image.open(file, formats=[kind]) as picture:
            picture.verify()
    except (OSError, SyntaxError, ValueError, IndexError, struct.error):
        return False
    except Image.DecompressionBombError:
        return True  # whole, and more than enough
    return True


def _is_drawing(file: Path) -> bool:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(file.read_bytes(), parser)
    except etree.XMLSyntaxError as error:
        # another encoding: whoever draws it will read it
        return bool(error.code == etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING)
    return bool(etree.QName(root).localname == "svg")
