"""Which rows and cells are spoilt: drawn by address, so that no cut of the work changes it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omnisim.raw import spoil
from omnisim.raw.declare import Export, Field
from omnisim.rng import Stream, uniform_block
from omnisim.scenario.blocks_raw import Raw
from omnisim.schema.raw import RAW_SYSTEMS

_COLUMNS_PER_EXPORT = 64
_32 = np.int64(32)
_LOW = np.int64(2**32 - 1)


@dataclass(frozen=True, slots=True)
class Dials:
    """What the draws depend on besides their addresses."""

    raw: Raw
    seed: int
    currency: str


@dataclass(frozen=True, slots=True)
class RowDraws:
    """What happens to whole rows; masks of shape (n,)."""

    is_repeated: NDArray[np.bool_]
    is_late: NDArray[np.bool_]
    is_copied: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Spoilt:
    """One cell that is no longer what it was."""

    row: int
    column: int
    kind: str
    text: str | None
    true_text: str


def lost_days(dials: Dials, system: str, first_day: int, n_days: int) -> frozenset[int]:
    """Days, counted from 1970, whose export failed.

    Examples
    --------
    >>> dials = Dials(Raw(gap_days=2), seed=7, currency="USD")
    >>> len(lost_days(dials, "pos", 20_000, 90))
    2
    """
    days = first_day + np.arange(n_days)
    entity = np.full(n_days, RAW_SYSTEMS.index(system))
    u = uniform_block(dials.seed, entity, stream=Stream.RAW_GAP, occasions=days)[:, 0]
    worst = np.argsort(u, kind="stable")[: dials.raw.gap_days]
    return frozenset(days[worst].tolist())


def draw_rows(dials: Dials, export: Export, row: NDArray[np.int64]) -> RowDraws:
    """What happens to the rows with these keys; nothing to rows of totals (negative keys)."""
    raw = dials.raw
    u = _uniforms(dials.seed, row, Stream.RAW_ROW, export.number)
    is_real = row >= 0
    copies = {"": 0.0, "duplicate_record": raw.record_share, "bot": raw.bot_share}[export.copies]
    is_late = is_real & (u[:, 1] < raw.late_share) & (export.period != "all")
    return RowDraws(
        is_repeated=is_real & (u[:, 0] < raw.duplicate_share),
        is_late=is_late,
        is_copied=is_real & (u[:, 2] < copies),
    )


def spoil_cells(
    dials: Dials,
    export: Export,
    row: NDArray[np.int64],
    may_change: NDArray[np.bool_],
    cells: list[list[str | None]],
) -> list[Spoilt]:
    """Cells to change, by column and row; at most one defect each.

    Parameters
    ----------
    row : array of int64
        Keys of the rows.
    may_change : array of bool
        False for rows of totals and rows that are lost.
    cells : list of columns
        Clean texts; they are not changed.
    """
    found: list[Spoilt] = []
    for k, field in enumerate(export.columns.values()):
        shares = _shares(dials.raw, field)
        if not field.defects and "".join([cell for cell in cells[k] if cell]).isascii():
            continue  # ASCII reads the same in every encoding
        if not any(shares.values()):
            continue
        u = _uniforms(dials.seed, row, Stream.RAW_CELL, export.number * _COLUMNS_PER_EXPORT + k)
        edges = np.cumsum(list(shares.values()))
        hit = np.flatnonzero(may_change & (u[:, 0] < edges[-1]))
        which = np.searchsorted(edges, u[hit, 0], side="right")
        kinds = list(shares)
        for i, kind_number in zip(hit.tolist(), which.tolist(), strict=True):
            clean, kind = cells[k][i], kinds[kind_number]
            if not clean:  # nothing, or an empty text: no file could tell them apart
                continue
            text = _spoilt_text(clean, float(u[i, 1]), kind, field, dials.currency)
            if text != clean:
                found.append(Spoilt(i, k, kind, text, clean))
    return found


def spoil_copy(dials: Dials, export: Export, row: int, column: int, text: str) -> str:
    """A cell of a second record: half of what can be mistyped is typed otherwise."""
    key = np.array([row], np.int64)
    u = _uniforms(dials.seed, key, Stream.RAW_CELL, export.number * _COLUMNS_PER_EXPORT + column)
    return spoil.typo(text, float(u[0, 3])) if u[0, 2] < 0.5 else text


def _shares(raw: Raw, field: Field) -> dict[str, float]:
    dials = {
        "missing": raw.missing_share,
        "typo": raw.typo_share,
        "wrong_format": raw.wrong_format_share,
        "unit_error": raw.unit_error_share,
    }
    shares: dict[str, float] = {kind: dials[kind] for kind in field.defects}
    if field.kind == "text":
        shares["encoding"] = raw.encoding_share
    return shares


def _spoilt_text(text: str, u: float, kind: str, field: Field, currency: str) -> str | None:
    match kind:
        case "missing":
            return None
        case "typo":
            return spoil.typo(text, u)
        case "wrong_format":
            return spoil.respell(text, u, field.spelling, currency)
        case "unit_error":
            return spoil.wrong_unit(text)
        case _:
            return spoil.misread(text)


def _uniforms(seed: int, row: NDArray[np.int64], stream: Stream, step: int) -> NDArray[np.float64]:
    """Four uniforms per row; keys are longer than one part of an address."""
    key = np.maximum(row, 0)
    return uniform_block(seed, key & _LOW, stream=stream, occasions=key >> _32, step=step)
