"""Executed notebooks for tests of the technical appendix."""

from __future__ import annotations

import base64
import io
import json
import shutil
from pathlib import Path
from typing import Any

from PIL import Image

NAME = "01_explore_the_world"
_NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
HOSTILE = (
    '<script>document.title = "owned"</script><style>body { display: none }</style>'
    '<img src="https://example.com/pixel.png" onerror="alert(1)"><iframe src="https://example.com">'
    '</iframe><a href="javascript:alert(1)">press</a><form action="https://example.com"><input>'
    "</form><svg onload=alert(1)><text>x</text></svg><b onclick='alert(1)'>bold</b></div></main>"
    '<meta http-equiv="refresh" content="0;url=https://example.com"><base href="https://example.com">'
)

LINKS = "[a](javascript:alert) ![b](https://example.com/pixel.png) <https://example.com>"


def picture(colour: str = "#0B7A75") -> str:
    """A small PNG in base64."""
    made = io.BytesIO()
    Image.new("RGB", (900, 300), colour).save(made, "PNG")
    return base64.b64encode(made.getvalue()).decode()


def cell(kind: str, source: str, *outputs: dict[str, Any], tags: tuple[str, ...] = ()) -> Any:
    """A cell of a notebook."""
    made: dict[str, Any] = {"cell_type": kind, "source": source, "metadata": {"tags": list(tags)}}
    return {**made, "outputs": list(outputs)} if kind == "code" else made


def shown(**data: Any) -> dict[str, Any]:
    """A displayed output; ``text_html`` stands for ``text/html``."""
    mimes = {name.replace("_", "/"): value for name, value in data.items()}
    return {"output_type": "display_data", "data": mimes, "metadata": {}}


def held(data: dict[str, Any]) -> dict[str, Any]:
    """A displayed output by its kinds of data."""
    return {"output_type": "display_data", "data": data, "metadata": {}}


def chinese(*more: Any) -> dict[str, Any]:
    """A notebook with text cells of the package's first one, whose outputs hold their Chinese."""
    source = json.loads((_NOTEBOOKS / f"{NAME}.ipynb").read_text(encoding="utf-8"))["cells"]
    texts = ["".join(c["source"]) for c in source if c["cell_type"] == "markdown"]
    parameters = "".join(source[1]["source"]).splitlines()[:2]
    kind = "application/vnd.omnisim.zh+json"
    said = {"Sales rise": "销售额上升", "What was seen here": "检查结果如下"}
    table = (
        "<table><thead><tr><th>Net sales</th><th>What was se...</th></tr></thead>"
        "<tbody><tr><td>Café Nord</td><td>1 to 2</td></tr></tbody></table>"
    )
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            cell("markdown", texts[0]),
            cell("code", "\n".join(parameters), tags=("parameters",)),
            cell("markdown", next(text for text in texts if text.startswith("## "))),
            cell(
                "code",
                "charts",
                held({"image/png": picture(), kind: {"image/png": picture("#C8553D")}}),
                held({"image/png": picture()}),
            ),
            cell(
                "code",
                "texts",
                held({"text/markdown": "**Sales rise.** (n = 12 orders)", kind: {"texts": said}}),
                held({"text/html": table, kind: {"texts": said}}),
            ),
            *more,
        ],
    }


def executed(*more: Any, dataset: str = "/data/somebody/secret/small") -> dict[str, Any]:
    """A notebook as papermill leaves it, with some more cells at the end."""
    wide = "<table><thead><tr><th></th>" + "<th>column</th>" * 40 + "</tr></thead><tbody><tr>"
    wide += "<th>a</th>" + "<td>1,234</td>" * 40 + "</tr></tbody></table>"
    parameters = 'dataset: str = "sample"  # name or path\nn_days: int = 28  # days to simulate\n'
    injected = f'# Parameters\ndataset = "{dataset}"\n'
    figure = 'out = om.Recorder(\n    "overview", question=q)\nout.figure(\n    "sales", figure)'
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"papermill": {"parameters": {"dataset": dataset}, "duration": 3.2}},
        "cells": [
            cell("markdown", "# What is sold?\n\nA tour."),
            cell("code", parameters, tags=("parameters",)),
            cell("code", injected, tags=("injected-parameters",)),
            cell("markdown", "## Sales & <more>"),
            cell("code", figure, shown(image_png=picture(), text_plain="<Figure>")),
            cell("code", "table", shown(text_html=wide, text_plain="a table")),
            cell(
                "code",
                "print('x' * 10)",
                {"output_type": "stream", "name": "stdout", "text": "printed \x1b[31m<red>\x1b[0m"},
                {
                    "output_type": "stream",
                    "name": "stderr",
                    "text": "/data/somebody/lib.py: warned",
                },
            ),
            *more,
        ],
    }


def run_with_notebook(run_folder: Path, target: Path, notebook: dict[str, Any]) -> Path:
    """A copy of a run folder in which the notebook of the current state was kept."""
    shutil.copytree(run_folder, target)
    (target / "notebooks").mkdir()
    (target / "notebooks" / f"{NAME}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    steps = {NAME: {"status": "done", "files": {"results/overview.json": "", "tables/x": ""}}}
    (target / "run.json").write_text(json.dumps({"steps": steps}), encoding="utf-8")
    return target
