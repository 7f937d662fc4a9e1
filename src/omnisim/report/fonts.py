"""The brand fonts from their wheels: folders for Typst, subsets inside an HTML file."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import fontpkg

from omnisim.errors import ReportError
from omnisim.language.fonts import INSTALL, text_font
from omnisim.report.font_files import Face, faces_in, family_of

FONTS = "_generated/fonts"  # files of the engagement's typeface, in the report folder
_FACES = (
    ("Lato-Regular", 400, "normal"),
    ("Lato-Italic", 400, "italic"),
    ("Lato-Bold", 700, "normal"),
    ("Lato-Black", 900, "normal"),
)
_CHINESE_FACES = ("Lato-Regular", "Lato-Bold")  # nothing slopes, and headings are bold at most
# Always there, so that small edits give the same subset.
_BASIC = frozenset(chr(code) for code in range(0x20, 0x7F)) | frozenset("–—‘’“”…−·•≤≥±×€£\u00a0")
# In Chinese these are as wide as a sign, so they come from its font.
_FULL_WIDTH = frozenset("“”…—")
_CHINESE_BASIC = _FULL_WIDTH | frozenset("，。；：？！、（）《》％")
_SIGN = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
_LATIN_FEATURES = ("kern", "liga", "tnum", "lnum")
_CHINESE_FEATURES = ("kern", "halt", "chws")  # browsers close up full-width marks with the last two


@cache
def font_folder() -> Path:
    """The folder of the Lato faces."""
    return Path(fontpkg.family("Lato").files[0].path).parent


def faces_of(metadata: Mapping[str, Any], folder: Path, *, where: str) -> tuple[Face, ...]:
    """The files of a document's typeface in its report folder; none for the brand's own.

    Raises
    ------
    ReportError
        When the folder holds no file of it.
    """
    return faces_in(folder / FONTS, family_of(metadata), where=where)


def font_folders(*, chinese: bool) -> list[Path]:
    """Folders with the brand fonts, and with those of Chinese where it is there."""
    font = text_font() if chinese else None
    return [font_folder(), *([font.file.parent] if font else [])]


def has_signs(text: str) -> bool:
    """Whether a text has Chinese signs, which the Latin face lacks.

    Examples
    --------
    >>> has_signs("Harbour 港松"), has_signs("Zürich 🚀")
    (True, False)
    """
    return _SIGN.search(text) is not None


def is_chinese(lang: object) -> bool:
    """Whether a language tag such as ``zh`` or ``zh-Hans`` means Chinese."""
    return str(lang or "").partition("-")[0] == "zh"


def language_of(metadata: Mapping[str, Any]) -> str:
    """Language of a document by its metadata, ``en`` or ``zh``.

    Examples
    --------
    >>> language_of({"lang": "zh-Hans"}), language_of({})
    ('zh', 'en')
    """
    return "zh" if is_chinese(metadata.get("lang")) else "en"


def check_fonts(languages: Iterable[str], formats: Iterable[str]) -> tuple[str, ...]:
    """What the reader of the terminal should know of fonts before work starts.

    Raises
    ------
    ReportError
        When a Chinese PDF is asked for and no font has the signs.
    """
    if text_font() is not None or not any(map(is_chinese, languages)):
        return ()
    if "pdf" in formats:
        raise ReportError(
            f"to = 'pdf' with lang = 'zh': needs the Chinese fonts, {INSTALL}; HTML and DOCX do without"
        )
    if "html" not in formats:
        return ()
    return (
        f"the Chinese HTML carries no font and uses the reader's own; for the brand's: {INSTALL}",
    )


def font_faces(text: str, lang: str = "en") -> str:
    """CSS ``@font-face`` rules with the faces cut down to the characters of `text`."""
    chinese = is_chinese(lang)
    wanted = (_BASIC | set(text)) - (_FULL_WIDTH if chinese else set())
    rules = [
        _rule("Lato", _data(font_folder() / f"{name}.ttf", wanted), str(weight), style)
        for name, weight, style in _FACES
        if not chinese or name in _CHINESE_FACES
    ]
    font = text_font() if chinese else None
    if font is not None:
        signs = _CHINESE_BASIC | {sign for sign in text if ord(sign) > 0x2E7F}
        data = _data(font.file, signs, number=font.number, features=_CHINESE_FEATURES)
        rules.append(_rule(font.family, data, "100 900", "normal"))
    return "\n".join(rules)


def own_faces(text: str, faces: Sequence[Face], family: str) -> str:
    """The same for the files of an engagement's typeface, put before the brand's."""
    wanted = _BASIC | set(text)
    return "\n".join(
        _rule(
            f'"{family}"',
            _data(face.file, wanted),
            str(face.weight),
            "italic" if face.is_italic else "normal",
        )
        for face in faces
    )


def _rule(family: str, data: str, weight: str, style: str) -> str:
    return (
        f"@font-face{{font-family:{family};font-weight:{weight};font-style:{style};"
        f"src:url(data:font/woff;base64,{data}) format('woff')}}"
    )


def _data(
    file: Path,
    characters: Iterable[str],
    *,
    number: int = -1,
    features: tuple[str, ...] = _LATIN_FEATURES,
) -> str:
    return base64.b64encode(_subset(file, "".join(sorted(characters)), number, features)).decode()


@lru_cache(maxsize=16)
def _subset(file: Path, characters: str, number: int, features: tuple[str, ...]) -> bytes:
    """A font cut down to some characters; `number` is its place in a collection of fonts."""
    from fontTools import subset  # type: ignore[import-untyped]

    options = subset.Options(
        flavor="woff",
        font_number=number,
        hinting=False,
        layout_features=list(features),
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
