"""Pictures of the report folder on slides: drawings as pixels fine enough for a projector and for paper."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from omnisim.errors import ReportError
from omnisim.report.deck.look import Box
from omnisim.report.deck.pieces import Figure
from omnisim.report.deck.setting import place_of
from omnisim.report.inspect_tree import check_picture


@dataclass(frozen=True)
class Pictures:
    """The pictures a deck may show.

    Attributes
    ----------
    folder : Path
        The report folder they lie in.
    source : str
        Name of the deck's source, for errors.
    """

    folder: Path
    source: str
    _sizes: dict[str, tuple[int, int]] = field(default_factory=dict)

    def shape_of(self, name: str) -> float:
        """Height over width of a picture."""
        if name not in self._sizes:
            file = self._file(name)
            try:
                with Image.open(file) as picture:
                    self._sizes[name] = picture.size
            except OSError as error:
                raise ReportError(f"{self.source}: picture {name} is damaged ({error})") from None
        width, height = self._sizes[name]
        return height / max(width, 1)

    def draw(self, slide: Any, figure: Figure, box: Box) -> Any:
        """Put a picture on a slide with its description."""
        shape = slide.shapes.add_picture(
            io.BytesIO(self._file(figure.file).read_bytes()), *place_of(box)
        )
        shape.name = "Picture"
        shape._element.nvPicPr.cNvPr.set("descr", figure.alt)
        return shape

    def _file(self, name: str) -> Path:
        """The pixels of a picture: a drawing lies beside its twin."""
        file = check_picture(name, self.folder, source=self.source)
        if file.suffix.lower() != ".svg":
            return file
        twin = name.removesuffix(file.suffix) + ".png"
        return check_picture(twin, self.folder, source=self.source)
