"""The brand fonts from their wheel: folders for Typst, subsets inside an HTML file."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import fontpkg

from omnisim.report.font_files import Face

FONTS = "_generated/fonts"  # files of the engagement's typeface, in the report folder
_FACES = (
    ("Lato-Regular", 400, "normal"),
    ("Lato-Italic", 400, "italic"),
    ("Lato-Bold", 700, "normal"),
    ("Lato-Black", 900, "normal"),
)
# Always there, so that small edits give the same subset.
_BASIC = frozenset(chr(code) for code in range(0x20, 0x7F)) | frozenset("–—‘’“”…−·•≤≥±×€£\u00a0")


@cache
def font_folder() -> Path:
    """The folder of the Lato faces."""
    return Path(fontpkg.family("Lato").files[0].path).parent


def font_faces(text: str) -> str:
    """CSS ``@font-face`` rules with the faces cut down to the characters of `text`."""
    wanted = "".join(sorted(_BASIC | set(text)))
    rules = []
    for name, weight, style in _FACES:
        data = base64.b64encode(_subset(font_folder() / f"{name}.ttf", wanted)).decode()
        rules.append(
            f"@font-face{{font-family:Lato;font-weight:{weight};font-style:{style};"
            f"src:url(data:font/woff;base64,{data}) format('woff')}}"
        )
    return "\n".join(rules)


def own_faces(text: str, faces: Sequence[Face], family: str) -> str:
    """The same for the files of an engagement's typeface, put before the brand's."""
    wanted = "".join(sorted(_BASIC | set(text)))
    rules = []
    for face in faces:
        data = base64.b64encode(_subset(face.file, wanted)).decode()
        rules.append(
            f'@font-face{{font-family:"{family}";font-weight:{face.weight};'
            f"font-style:{'italic' if face.is_italic else 'normal'};"
            f"src:url(data:font/woff;base64,{data}) format('woff')}}"
        )
    return "\n".join(rules)


@lru_cache(maxsize=16)
def _subset(file: Path, characters: str) -> bytes:
    from fontTools import subset  # type: ignore[import-untyped]

    options = subset.Options(
        flavor="woff",
        hinting=False,
        layout_features=["kern", "liga", "tnum", "lnum"],
        notdef_outline=True,
        recalc_timestamp=False,
    )
    font = subset.load_font(str(file), options)
    cutter = subset.Subsetter(options)
    cutter.populate(text=characters)
    cutter.subset(font)
    out = io.BytesIO()
    subset.save_font(font, out, options)
    return out.getvalue()
