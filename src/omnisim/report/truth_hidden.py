"""What is left of results and notebooks where an engagement hides the truth of simulated data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from omnisim.results import Result

# Exhibits that say in their source that they were made from worlds nobody outside can see.
_FROM_TRUTH = re.compile(r"\bworlds?\b|\btruth\b", re.IGNORECASE)
_TELLS = re.compile(
    r"\btruth\b|\b(?:simulated|small) worlds?\b|\bworlds? (?:is|are|was|were) simulated\b"
    r"|\bimport study\b|真值|仿真世界",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^(#{2,6}) ", re.MULTILINE)


def tells_truth(text: str) -> bool:
    """Whether a text speaks of the truth of simulated data, or of the worlds that give it.

    Examples
    --------
    >>> tells_truth("Small worlds are simulated whose truth is known.")
    True
    >>> tells_truth("Simulated data; a true effect may be smaller.")
    False
    """
    return _TELLS.search(text) is not None


def is_about_truth(result: Result) -> bool:
    """Whether a result would say nothing without the truth: its question, its answer or all exhibits."""
    from_truth = [_FROM_TRUTH.search(exhibit.source) is not None for exhibit in result.exhibits]
    asked = tells_truth(result.question) or tells_truth(result.answer)
    return asked or (bool(from_truth) and all(from_truth))


def without_truth(result: Result) -> Result:
    """A result without comparisons with the truth, exhibits made from it and sentences about it."""
    return replace(
        result,
        truth=(),
        exhibits=tuple(e for e in result.exhibits if not _FROM_TRUTH.search(e.source)),
        assumptions=_silent(result.assumptions),
        limitations=_silent(result.limitations),
        methods=_silent(result.methods),
    )


def notebook_without_truth(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """A notebook without the sections that tell the truth, in words, code or outputs.

    A section goes with those below it; before the first heading of the second level, cells go one by
    one. What is set for hidden cells alone is no parameter any more.
    """
    every = [cell for cell in notebook.get("cells", ()) if isinstance(cell, dict)]
    kept = _cells_without_truth(every)
    unused = _names_used(every) - _names_used(kept)
    return {**notebook, "cells": [_without_parameters(cell, unused) for cell in kept]}


def _cells_without_truth(cells: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    kept: list[Mapping[str, Any]] = []
    hidden_level = 0  # of the heading whose section is left out
    for section in _sections(cells):
        level = _level(section[0])
        if hidden_level and level > hidden_level:
            continue
        hidden_level = 0
        if level == 0:
            kept += [cell for cell in section if _is_set(cell) or not _cell_tells(cell)]
        elif any(_cell_tells(cell) for cell in section):
            hidden_level = level
        else:
            kept += section
    return kept


def _names_used(cells: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Names in the code of some cells, those that set parameters left out."""
    codes = [
        text_of(cell.get("source"))
        for cell in cells
        if cell.get("cell_type") == "code" and not _is_set(cell)
    ]
    return frozenset(re.findall(r"[^\W\d]\w*", "\n".join(codes)))


def _without_parameters(cell: Mapping[str, Any], unused: frozenset[str]) -> Mapping[str, Any]:
    if not unused or "parameters" not in cell.get("metadata", {}).get("tags", []):
        return cell
    source = text_of(cell.get("source"))
    lines = [line for line in source.split("\n") if line.partition(":")[0].strip() not in unused]
    return {**cell, "source": "\n".join(lines)}


def text_of(value: object) -> str:
    """A field of a notebook, which may be given in lines."""
    if isinstance(value, list):
        return "".join(str(part) for part in value)
    return "" if value is None else str(value)


def _silent(sentences: Sequence[str]) -> tuple[str, ...]:
    return tuple(sentence for sentence in sentences if not tells_truth(sentence))


def _sections(cells: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    section: list[Mapping[str, Any]] = []
    for cell in cells:
        if section and _level(cell):
            yield section
            section = []
        section.append(cell)
    if section:
        yield section


def _level(cell: Mapping[str, Any]) -> int:
    """Level of the highest heading below the title that a cell holds; 0 without one."""
    if cell.get("cell_type") != "markdown":
        return 0
    return min(map(len, _HEADING.findall(text_of(cell.get("source")))), default=0)


def _is_set(cell: Mapping[str, Any]) -> bool:
    """Whether a cell holds the parameters; each of them is looked at by itself."""
    tags = cell.get("metadata", {}).get("tags", [])
    return "parameters" in tags or "injected-parameters" in tags


def _cell_tells(cell: Mapping[str, Any]) -> bool:
    if _is_set(cell):
        return False
    return any(tells_truth(text) for text in _texts(cell))


def _texts(cell: Mapping[str, Any]) -> Iterator[str]:
    yield text_of(cell.get("source"))
    for output in cell.get("outputs") or ():
        yield text_of(output.get("text"))
        for mime, data in (output.get("data") or {}).items():
            if mime.startswith("text/"):
                yield text_of(data)
