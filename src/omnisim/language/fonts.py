"""Where the Chinese fonts of the extra ``zh`` are: one for charts, one for the text of documents."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import metadata
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
    folder = _folder("pylopdf-fonts-zh-cn")
    file = folder / "NotoSansSC-Regular.otf" if folder else None
    return file if file is not None and file.is_file() else None


@cache
def text_font() -> ChineseFont | None:
    """The face of documents, of all weights from 100 to 900; None without the extra ``zh``."""
    folder = _folder("manimgx-fonts-cjk")
    for file in sorted(folder.glob("NotoSansCJK-VF*.ttc")) if folder else ():
        return ChineseFont(file, _SIMPLIFIED, "Noto Sans CJK SC")
    return None


_SIMPLIFIED = 2  # faces of the collection: Japanese, Korean, simplified Chinese, traditional


def _folder(distribution: str) -> Path | None:
    """Folder of an installed package of fonts, without importing it."""
    try:
        found = metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return None
    return Path(str(found.locate_file(distribution.replace("-", "_"))))
