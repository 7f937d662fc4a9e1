"""Where things stand on a slide, in points, and the colours and type of an engagement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from omnisim.report.engagement import Colours
from omnisim.report.font_files import BRAND_FAMILY, family_of
from omnisim.report.office_look import hex_of

EMU = 12_700  # in a point
WIDTH, HEIGHT = 960.0, 540.0
LEAST = 10.0  # points: smallest type on a slide
GAP = 14.0  # between pieces
CHINESE_FONT = "Microsoft YaHei"  # on every office computer that writes Chinese


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle [pt]."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.top + self.height


SECTION = Box(36, 18, 888, 14)
TITLE = Box(36, 32, 888, 58)
RULE = Box(36, 94, 888, 1.5)
BODY = Box(36, 108, 888, 390)
FOOT = Box(36, 508, 600, 18)
MARK = Box(660, 508, 200, 18)
NUMBER = Box(872, 508, 52, 18)
TITLE_SIZES = (24.0, 22.0, 20.0)


@dataclass(frozen=True, slots=True)
class Look:
    """Colours as six hexadecimal digits, and the names of the typefaces."""

    ink: str = "1B2A41"
    muted: str = "5C6B80"
    accent: str = "0B7A75"
    alert: str = "B34730"
    tint: str = "EEF5F4"
    faint: str = "D5DCE5"
    gold: str = "8A5A00"
    family: str = BRAND_FAMILY

    def of_mark(self, mark: str) -> str:
        """Colour of marked words."""
        colours = {"om-met": self.accent, "om-not-met": self.alert, "om-open": self.gold, **CHIPS}
        return colours.get(mark, self.ink)


# Grounds of the risk matrix from low to very high, and chips on them; words always stand beside.
GROUNDS = {
    "om-low": "E3EFEA",
    "om-medium": "F8EBC4",
    "om-high": "F6D3B3",
    "om-very-high": "EDB3A4",
}
CHIPS = {
    "om-low": "3F7466",
    "om-medium": "7A5C00",
    "om-high": "9C4A12",
    "om-very-high": "96271B",
}


def look_of(metadata: Mapping[str, Any]) -> Look:
    """The look that the metadata of a document asks for."""
    look = Look(family=family_of(metadata))
    for name in (*Colours.model_fields, "tint"):
        if channels := metadata.get(f"om-{name}"):
            look = replace(look, **{name: hex_of(str(channels))})
    return look
