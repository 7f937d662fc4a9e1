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
HOSTILE = (
    '<script>document.title = "owned"</script><style>body { display: none }</style>'
    '<img src="https://example.com/pixel.png" onerror="alert(1)"><iframe src="https://example.com">'
    '</iframe><a href="javascript:alert(1)">press</a><form action="https://example.com"><input>'
    "</form><svg onload=alert(1)><text>x</text></svg><b onclick='alert(1)'>bold</b></div></main>"
    '<meta http-equiv="refresh" content="0;url=https://example.com"><base href="https://example.com">'
)

LINKS = "[a](javascript:alert) ![b](https://example.com/pixel.png) <https://example.com>"


def picture() -> str:
    """A small PNG in base64."""
    made = io.BytesIO()
    Image.new("RGB", (900, 300), "#0B7A75").save(made, "PNG")
    return base64.b64encode(made.getvalue()).decode()


def cell(kind: str, source: str, *outputs: dict[str, Any], tags: tuple[str, ...] = ()) -> Any:
    """A cell of a notebook."""
    made: dict[str, Any] = {"cell_type": kind, "source": source, "metadata": {"tags": list(tags)}}
    return {**made, "outputs": list(outputs)} if kind == "code" else made


def shown(**data: Any) -> dict[str, Any]:
    """A displayed output; ``text_html`` stands for ``text/html``."""
    mimes = {name.replace("_", "/"): value for name, value in data.items()}
    return {"output_type": "display_data", "data": mimes, "metadata": {}}


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
