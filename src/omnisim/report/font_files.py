"""Font files of an engagement: which typeface they hold and in which weight and slope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omnisim.errors import EngagementError, ReportError

BRAND_FAMILY = "Lato"
MAX_BYTES = 30_000_000  # a Chinese face has some 20 MB
_TYPOGRAPHIC, _PLAIN = 16, 1  # entries of the name table that give the family
_ITALIC = 1  # bit of fsSelection


@dataclass(frozen=True, slots=True)
class Face:
    """One file of a typeface.

    Attributes
    ----------
    file : Path
        Where it is.
    families : tuple of str
        Names of the typeface, the one of all its weights first.
    weight : int
        100 to 900; 400 is regular.
    is_italic : bool
        Whether it slopes.
    """

    file: Path
    families: tuple[str, ...]
    weight: int
    is_italic: bool


def families_of(file: Path, *, where: str) -> tuple[str, ...]:
    """Names of the typeface in a file; `where` begins the error.

    Raises
    ------
    EngagementError
        When the file is missing, too large or no font.
    """
    return read_face(file, where=where).families


def read_face(file: Path, *, where: str) -> Face:
    """What a font file says of itself; raises as :func:`families_of`."""
    from fontTools.ttLib import TTFont, TTLibError  # type: ignore[import-untyped]

    try:
        if file.stat().st_size > MAX_BYTES:
            raise EngagementError(f"{where}: larger than {MAX_BYTES // 1_000_000} MB")
        with TTFont(file, lazy=True) as font:
            names = [font["name"].getDebugName(number) for number in (_TYPOGRAPHIC, _PLAIN)]
            style = font["OS/2"]
            families = tuple(dict.fromkeys(name for name in names if name))
            weight = int(style.usWeightClass)
            return Face(file, families, weight, bool(style.fsSelection & _ITALIC))
    except OSError as error:
        raise EngagementError(f"{where}: cannot be read ({error.strerror or error})") from None
    except (TTLibError, KeyError, AssertionError, ValueError):
        raise EngagementError(f"{where}: is not a .ttf or .otf font") from None


def family_of(metadata: Mapping[str, Any]) -> str:
    """The typeface that the metadata of a document asks for."""
    return str(metadata.get("mainfont") or BRAND_FAMILY)


def faces_in(folder: Path, family: str, *, where: str) -> tuple[Face, ...]:
    """The files of a typeface in the folder of a report; none for the brand's own.

    Raises
    ------
    ReportError
        When the folder holds no file of it.
    """
    if family == BRAND_FAMILY:
        return ()
    files = sorted(folder.glob("*")) if folder.is_dir() else []
    faces = [read_face(file, where=f"{where}: {file.name}") for file in files]
    mine = tuple(face for face in faces if family in face.families)
    if not mine:
        raise ReportError(
            f"{where}: mainfont = {family!r:.80}: no file of this typeface in {folder.name}/; name its "
            "files under fonts.files of engagement.yml"
        )
    return mine
