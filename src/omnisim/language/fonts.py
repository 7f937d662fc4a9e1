"""Where the Chinese fonts of the extra ``zh`` are: one for charts, one for the text of documents."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

INSTALL = 'pip install "omnisim[zh]"'


@dataclass(frozen=True, slots=True)
class ChineseFont:
    """A font file with Chinese signs.

    Attributes
    ----------
    file : Path
        The font or the collection of fonts.
    number : int
        Its place in the collection.
    family : str
        How documents name it.
    """

    file: Path
    number: int
    family: str


@cache
def chart_font() -> Path | None:
    """The static face that charts are drawn with, of one weight; None without the extra ``zh``.

    Matplotlib draws fonts of variable weight at their thinnest, so charts and documents differ.
    """
    folder = _package("pylopdf_fonts_zh_cn")
    file = folder / "NotoSansSC-Regular.otf" if folder else None
    return file if file is not None and file.is_file() else None


@cache
def text_font() -> ChineseFont | None:
    """The face of documents, of all weights from 100 to 900; None without the extra ``zh``."""
    folder = _package("manimgx_fonts_cjk")
    for file in sorted(folder.glob("NotoSansCJK-VF*.ttc")) if folder else ():
        return ChineseFont(file, _SIMPLIFIED, "Noto Sans CJK SC")
    return None


_SIMPLIFIED = 2  # faces of the collection: Japanese, Korean, simplified Chinese, traditional


def _package(name: str) -> Path | None:
    """Folder of an installed package of fonts, without importing it."""
    found = find_spec(name)
    return Path(found.origin).parent if found is not None and found.origin else None
