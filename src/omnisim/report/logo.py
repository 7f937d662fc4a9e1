"""The client's logo: checked to be a picture that is safe and small, sized for a cover, copied."""

from __future__ import annotations

import io
import re
import shutil
import struct
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from omnisim.errors import EngagementError

MAX_BYTES = 1_000_000
MAX_PIXELS = 4_000  # a side; what unpacks to more is no logo
_BOX = (60.0, 18.0)  # mm: room on the cover
_MAX_SLIMNESS = (
    20  # long side over short side; a longer picture is a hair, and asks for endless memory
)
_LENGTH = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_SUFFIX = {"PNG": ".png", "JPEG": ".jpg", "SVG": ".svg"}
_LOADS = re.compile(
    r"<!(?:DOCTYPE|ENTITY)|<\s*(?:\w+:)?(?:script|foreignObject|iframe)\b|\son\w+\s*="
    r"|href\s*=\s*[\"']\s*(?!#|data:image/(?:png|jpe?g);)|url\(\s*[\"']?(?!#)|@import",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture for the cover.

    Attributes
    ----------
    file : Path
        Where it is.
    kind : str
        ``PNG``, ``JPEG`` or ``SVG``, by its content.
    width : float
        Width on the cover [mm]; the height follows.
    """

    file: Path
    kind: str
    width: float

    @property
    def name(self) -> str:
        """File name in the report folder."""
        return f"logo{_SUFFIX[self.kind]}"

    def copy(self, folder: Path) -> None:
        """Put it into `folder`; a drawing also as pixels, for Word."""
        target = folder / self.name
        shutil.copyfile(self.file, target)
        if self.kind == "SVG":
            target.with_suffix(".png").write_bytes(_pixels(target, name=self.file.name))


def read_logo(file: Path, *, where: str) -> Logo:
    """Check a logo; `where` begins the error.

    Raises
    ------
    EngagementError
        When it is missing, too large, or no picture that stands alone.
    """
    try:
        size = file.stat().st_size
        if not file.is_file():
            raise EngagementError(f"{where}: is no file; give a PNG, JPEG or SVG file")
        if size > MAX_BYTES:
            raise EngagementError(f"{where}: has {size / 1e6:.1f} MB; at most 1 MB is allowed")
        data = file.read_bytes()
    except OSError as error:
        raise EngagementError(f"{where}: cannot be read ({error.strerror})") from None
    if data.startswith((b"\x89PNG", b"\xff\xd8\xff")):
        kind, width, height = _bitmap(data, where)
    else:
        kind, width, height = _drawing(data, where)
    if max(width, height) > _MAX_SLIMNESS * min(width, height):
        raise EngagementError(
            f"{where}: measures {width:g} x {height:g}; the long side is at most {_MAX_SLIMNESS} "
            "times the short one"
        )
    return Logo(file, kind, round(min(_BOX[0], _BOX[1] * width / height), 1))


def _bitmap(data: bytes, where: str) -> tuple[str, float, float]:
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.PngImagePlugin import PngImageFile

    kind = "PNG" if data.startswith(b"\x89PNG") else "JPEG"
    read = PngImageFile if kind == "PNG" else JpegImageFile
    try:
        # The reader of the kind says a size of any number of pixels; `Image.open` refuses many unsaid.
        with read(io.BytesIO(data)) as picture:
            width, height = picture.size
            if max(width, height) > MAX_PIXELS:
                raise EngagementError(
                    f"{where}: is too large with {width} x {height} pixels; at most {MAX_PIXELS} "
                    "a side are allowed"
                )
            if picture.mode == "CMYK":  # PDF/A has no such colours, and screens show others
                raise EngagementError(f"{where}: has the colours of print (CMYK); save it as RGB")
            picture.load()
    except (OSError, SyntaxError, ValueError, IndexError, struct.error):
        raise EngagementError(f"{where}: is a damaged picture; give it anew") from None
    return kind, width, height


def _drawing(data: bytes, where: str) -> tuple[str, float, float]:
    problem = f"{where}: is not a PNG, JPEG or SVG picture"
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise EngagementError(problem) from None
    if match := _LOADS.search(text):
        if "<svg" not in text and ":svg" not in text:
            raise EngagementError(problem)
        raise EngagementError(
            f"{where}: the drawing runs or loads something ({match.group(0).strip()!r:.40}); "
            "give one that stands alone"
        )
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        raise EngagementError(problem) from None
    if root.tag.rpartition("}")[2] != "svg":
        raise EngagementError(problem)
    numbers = [float(n) for n in _LENGTH.findall(root.get("viewBox", ""))[2:4]]
    if len(numbers) < 2:
        sides = [_LENGTH.match(root.get(side, "")) for side in ("width", "height")]
        numbers = [float(side.group(0)) for side in sides if side]
    if len(numbers) < 2 or min(numbers) <= 0 or not all(map(isfinite, numbers)):
        raise EngagementError(f"{where}: the drawing says no size; give it a viewBox")
    return "SVG", numbers[0], numbers[1]


def _pixels(drawing: Path, *, name: str) -> bytes:
    """A drawing as PNG, drawn by Typst; `name` is what its owner calls it."""
    import typst

    page = f'#set page(width: auto, height: auto, margin: 0pt, fill: none)\n#image("{drawing.name}", width: 60mm)'
    try:
        draw: Any = typst.compile  # its types know no source of bytes with a root
        made = draw(
            page.encode(), root=drawing.parent, format="png", ppi=300, ignore_system_fonts=True
        )
    except typst.TypstError as error:
        raise EngagementError(f"logo = {name!r}: cannot be drawn ({error})") from None
    if not isinstance(made, bytes):
        raise EngagementError(f"logo = {name!r}: draws more than one page")
    return made
