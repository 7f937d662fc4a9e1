"""Charts of a study: bias against spread, a measure along a dial or over two.

All take the frame of :func:`omnisim.study.performance`: one row per world (design point) and method.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from omnisim.errors import DesignError
from omnisim.figures import house
from omnisim.figures.heat import COLOURS
from omnisim.figures.labels import legend_below, short_money, text_width, wrapped
from omnisim.figures.placing import thin_ticks
from omnisim.language import chinese_unit, remember, say

FloatArray = NDArray[np.float64]
_SHARES = ("coverage", "type_1_error", "power")
_LABELS = {
    "bias": "Bias",
    "empirical_se": "Spread over seeds",
    "rmse": "RMSE",
    "coverage": "Coverage",
    "type_1_error": "False alarms",
    "power": "Power",
    "rank_agreement": "Rank agreement (Kendall's tau)",
}
_MARKS = ("o", "s", "D", "^", "v", "P")
_Z = 1.96  # 95 % of a normal
_N_COLUMNS = 3
_PANELS_WIDTH = 330.0  # points that all panels have side by side
_PANEL_HEIGHT = 2.1  # inches
_TITLE_LETTERS = 20
_QUADRATIC = 6  # coefficients of a quadratic in two dials


@house.in_house_style
def bias_and_spread(summary: pd.DataFrame, *, unit: str = "") -> Figure:
    """Bias of each method at each design point against its spread over seeds.

    The distance from the origin is the RMSE; arcs mark equal ones. A horizontal bar is the 95 % Monte-
    Carlo range of the bias: one that crosses the line at 0 may be luck.

    Parameters
    ----------
    summary : DataFrame
        method, bias, bias_mc_error, empirical_se; rows without a bias are left out.
    unit : str
        Unit of both axes.
    """
    house.need_columns(summary, ("method", "bias", "bias_mc_error", "empirical_se"))
    rows = summary.dropna(subset=["bias", "empirical_se"])
    if rows.empty:
        raise DesignError("figure: no method has a bias and a spread; give two seeds or more")
    figure, axes = house.new_figure(3.8)
    bias, spread = (rows[name].to_numpy(dtype=float) for name in ("bias", "empirical_se"))
    reach = 1.08 * float(np.max(np.hypot(bias, spread), initial=0.0)) or 1.0
    angle = np.linspace(0, np.pi, 181)
    for radius in MaxNLocator(4).tick_values(0, reach)[1:]:
        axes.plot(
            radius * np.cos(angle), radius * np.sin(angle), color=house.FAINT, lw=0.9, zorder=0
        )
    axes.axvline(0, color=house.MUTED, lw=0.9, zorder=0)
    for k, (name, of_method) in enumerate(rows.groupby("method", sort=False)):
        axes.errorbar(
            of_method["bias"],
            of_method["empirical_se"],
            xerr=_Z * of_method["bias_mc_error"],
            fmt=_MARKS[k % len(_MARKS)],
            ms=5.5,
            lw=0,
            elinewidth=0.9,
            color=_colour(k),
            label=str(name),
        )
    ends = np.concatenate([bias - _Z * rows["bias_mc_error"], bias + _Z * rows["bias_mc_error"]])
    width = float(np.nanmax(np.abs(ends)))
    low = -0.06 * width if np.nanmin(ends) >= 0 else float(np.nanmin(ends)) - 0.06 * width
    high = 0.06 * width if np.nanmax(ends) <= 0 else float(np.nanmax(ends)) + 0.06 * width
    axes.set_xlim(low, high)
    axes.set_ylim(0, 1.15 * float(spread.max()) or 1.0)
    in_unit = remember(f" [{unit}]", zh=f"（{chinese_unit(unit)}）") if unit else ""
    axes.set_xlabel(say("Bias{unit}; arcs: equal RMSE", unit=in_unit))
    axes.set_ylabel(say("Spread over seeds{unit}", unit=in_unit))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda v, _: short_money(v)))
    axes.tick_params(length=0)
    legend_below(figure)
    return figure


@house.in_house_style
def measure_by_dial(
    summary: pd.DataFrame,
    dial: str,
    *,
    label: str = "",
    measure: str = "coverage",
    level: float = 0.95,
) -> Figure:
    """Coverage, or another measure, of each method along a dial.

    Bars are the 95 % Monte-Carlo range of each point. For coverage and false alarms a line marks the
    nominal level, and the band around it is the range in which 95 % of perfect methods would be seen
    with so many worlds. Other dials are averaged over.

    Parameters
    ----------
    summary : DataFrame
        method, the dial's column, and of `measure` the value and its ``_mc_error``.
    dial : str
        Column of the dial; numbers lie on a scale, anything else side by side.
    label : str
        Name of the dial for people.
    measure : str
        Column to draw, e.g. ``coverage``, ``type_1_error``, ``power``, ``rmse``, ``rank_agreement``.
    level : float
        Level of the methods' intervals: a good method covers so often, and alarms in the rest.
    """
    house.need_columns(summary, ("method", dial, measure, f"{measure}_mc_error"))
    rows = summary.dropna(subset=[measure])
    if rows.empty:
        raise DesignError(f"figure: no method has {measure}")
    merged = _averaged(rows, [dial], measure)
    places, names = _places(merged[dial])
    figure, axes = house.new_figure(3.4)
    nominal = {"coverage": level, "type_1_error": 1 - level}.get(measure)
    if nominal is not None:
        _band(axes, merged, places, nominal)
    n_methods = merged["method"].nunique()
    gap = float(np.diff(np.unique(places)).min(initial=1.0)) if len(set(places)) > 1 else 1.0
    for k, (name, of_method) in enumerate(merged.groupby("method", sort=False)):
        at = places[of_method.index] + (k - (n_methods - 1) / 2) * 0.05 * gap  # bars side by side
        axes.errorbar(
            at,
            of_method[measure],
            yerr=_Z * of_method["mc_error"],
            fmt=f"{_MARKS[k % len(_MARKS)]}-",
            ms=4.5,
            lw=1.2,
            elinewidth=0.9,
            color=_colour(k),
            label=str(name),
        )
    if measure in _SHARES:
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))  # whole percent
        axes.set_ylim(max(axes.get_ylim()[0], 0), min(axes.get_ylim()[1], 1.02))
    if len(set(places)) == 1:
        axes.set_xlim(places[0] - 1, places[0] + 1)
    if names is not None:
        axes.set_xticks(np.arange(len(names)), names)
    elif len(set(places)) <= 8:
        axes.set_xticks(np.unique(places), [f"{v:g}" for v in np.unique(places)])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: _told(v, measure)))
    axes.set_xlabel(label or dial)
    axes.set_ylabel(_LABELS[measure])
    house.quiet_grid(axes, axis="y")
    legend_below(figure)
    return figure


@house.in_house_style
def response_surface(
    summary: pd.DataFrame,
    dials: Sequence[str],
    *,
    measure: str = "rmse",
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """A measure over two dials, one panel per method on a common scale.

    A grid is drawn as cells, with their values where they fit. Scattered points (Latin hypercube, Sobol) are drawn over
    a quadratic fitted to them by least squares, which smooths the Monte-Carlo error. Other dials are
    averaged over.

    Parameters
    ----------
    summary : DataFrame
        method, both dials and `measure`.
    dials : sequence of two str
        Columns of the horizontal and the vertical dial.
    labels : mapping, optional
        Names of dials for people.

    References
    ----------
    Box, G. E. P., Wilson, K. B. (1951). On the experimental attainment of optimum conditions. JRSS B,
    13(1).
    """
    if len(dials) != 2 or dials[0] == dials[1]:
        raise DesignError(f"figure: dials = {list(dials)}: a surface needs two different dials")
    house.need_columns(summary, ("method", *dials, measure))
    rows = summary.dropna(subset=[measure])
    if rows.empty:
        raise DesignError(f"figure: no method has a {measure}")
    merged = _averaged(rows, list(dials), measure)
    methods = list(dict.fromkeys(merged["method"]))
    n_columns = min(_N_COLUMNS, len(methods))
    n_rows = -(-len(methods) // n_columns)
    figure = house.ShownFigure(figsize=(house.FULL_WIDTH, 0.9 + _PANEL_HEIGHT * n_rows))
    panels = figure.subplots(n_rows, n_columns, squeeze=False, sharex=True, sharey=True)
    low, high = float(merged[measure].min()), float(merged[measure].max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    across, up = (sorted(summary[dial].unique()) for dial in dials)
    # a method may have refused in some cells: all methods' points together say what was planned
    is_grid = len(summary[list(dials)].drop_duplicates()) == len(across) * len(up)
    shown = labels or {}
    image: Any = None
    for k, axes in enumerate(panels.ravel()):
        if k >= len(methods):
            axes.set_visible(False)
            continue
        of_method = merged[merged["method"] == methods[k]]
        if is_grid:
            table = of_method.pivot(index=dials[1], columns=dials[0], values=measure)
            table = table.reindex(index=up, columns=across)
            width = _PANELS_WIDTH / n_columns / len(across)
            image = _cells(axes, table, measure, (low, high), width)
        else:
            image = _fitted(axes, of_method, dials, measure, (low, high))
        axes.set_title(wrapped(str(methods[k]), _TITLE_LETTERS))
        thin_ticks(figure, axes.xaxis)
        thin_ticks(figure, axes.yaxis)
        axes.tick_params(length=0)
        if k + n_columns >= len(methods):
            axes.set_xlabel(shown.get(dials[0], dials[0]))
            axes.tick_params(labelbottom=True)
        if k % n_columns == 0:
            axes.set_ylabel(shown.get(dials[1], dials[1]))
        for side in axes.spines.values():
            side.set_visible(False)
    bar = figure.colorbar(image, ax=panels, pad=0.015, aspect=22, label=_LABELS[measure])
    bar.outline.set_visible(False)
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: _told(v, measure)))
    return figure


def _averaged(rows: pd.DataFrame, dials: list[str], measure: str) -> pd.DataFrame:
    """Means over design points that differ in other dials, with their error and number of worlds.

    Design points share their seeds and so their luck: the error of a mean over them is taken as the
    mean of their errors, which is what it is at most, not as if they were independent.
    """
    error = f"{measure}_mc_error"
    made = rows.assign(mc_error=rows.get(error, np.nan), n=rows.get("n", np.nan))
    grouped = made.groupby(["method", *dials], sort=False, observed=True)
    frame = grouped[[measure, "mc_error", "n"]].mean().reset_index()
    place = {name: k for k, name in enumerate(dict.fromkeys(rows["method"]))}
    frame["place"] = frame["method"].map(place)
    return frame.sort_values(["place", *dials], kind="stable", ignore_index=True)


def _places(dial: pd.Series[Any]) -> tuple[FloatArray, list[str] | None]:
    """Where the values of a dial lie on the axis; names where they are no numbers."""
    is_number = pd.api.types.is_numeric_dtype(dial) and not pd.api.types.is_bool_dtype(dial)
    if is_number:
        return dial.to_numpy(dtype=float), None
    values = list(dict.fromkeys(dial.tolist()))
    names = [{True: "yes", False: "no"}.get(value, str(value)) for value in values]
    return np.array([values.index(value) for value in dial], dtype=float), names


def _band(axes: Axes, merged: pd.DataFrame, places: FloatArray, nominal: float) -> None:
    """The nominal level, and how far luck may take a method that has it."""
    axes.axhline(nominal, color=house.MUTED, lw=1.0)
    n = merged["n"].groupby(places).min()
    reach = _Z * np.sqrt(nominal * (1 - nominal) / n.to_numpy(dtype=float))
    low, high = nominal - reach, np.minimum(nominal + reach, 1.0)
    at = n.index.to_numpy(dtype=float)
    margin = 0.15 * (np.diff(at).min() if at.size > 1 else 1.0)
    at = np.concatenate([[at[0] - margin], at, [at[-1] + margin]])
    low, high = (np.concatenate([ends[:1], ends, ends[-1:]]) for ends in (low, high))
    axes.fill_between(at, np.maximum(low, 0), high, color=house.FAINT, alpha=0.7, lw=0, zorder=0)


def _cells(
    axes: Axes, table: pd.DataFrame, measure: str, limits: tuple[float, float], width: float
) -> Any:
    """One cell per combination, white where there is none, with its value where the cell is wide enough."""
    values = table.to_numpy(dtype=float)
    image = axes.pcolormesh(
        np.ma.masked_invalid(values),
        cmap=COLOURS,
        vmin=limits[0],
        vmax=limits[1],
        edgecolor="white",
        lw=0.8,
    )
    told = [_told(float(value), measure) for value in values[np.isfinite(values)]]
    has_room = max((text_width(text, house.LEAST_FONT) for text in told), default=0.0) + 2 < width
    for row, column in np.argwhere(np.isfinite(values)) if has_room else ():
        value = float(values[row, column])
        is_dark = value > limits[0] + 0.55 * (limits[1] - limits[0])
        axes.text(
            column + 0.5,
            row + 0.5,
            _told(value, measure),
            ha="center",
            va="center",
            fontsize=house.LEAST_FONT,
            color="white" if is_dark else house.INK,
        )
    for axis, names in ((axes.xaxis, table.columns), (axes.yaxis, table.index)):
        axis.set_ticks(np.arange(len(names)) + 0.5, [_value(name) for name in names])
    return image


def _fitted(
    axes: Axes,
    rows: pd.DataFrame,
    dials: Sequence[str],
    measure: str,
    limits: tuple[float, float],
) -> Any:
    """A quadratic through scattered points, and the points."""
    x, y, z = (rows[name].to_numpy(dtype=float) for name in (*dials, measure))
    if x.size < _QUADRATIC:
        raise DesignError(f"figure: {x.size} design points; a quadratic needs {_QUADRATIC}")
    u, v = np.meshgrid(np.linspace(x.min(), x.max(), 60), np.linspace(y.min(), y.max(), 60))

    def terms(a: FloatArray, b: FloatArray) -> FloatArray:
        p, q = (a - x.mean()) / (np.ptp(x) or 1), (b - y.mean()) / (np.ptp(y) or 1)
        return np.stack([np.ones_like(p), p, q, p * p, p * q, q * q], axis=-1)

    beta = np.linalg.lstsq(terms(x, y), z, rcond=None)[0]
    surface = np.clip(terms(u, v) @ beta, *limits)
    image = axes.pcolormesh(
        u, v, surface, cmap=COLOURS, vmin=limits[0], vmax=limits[1], rasterized=True
    )
    axes.scatter(x, y, c=z, cmap=COLOURS, vmin=limits[0], vmax=limits[1], s=22, ec="white", lw=0.7)
    return image


def _told(value: float, measure: str) -> str:
    """A value of a measure as it is written in a chart."""
    if measure in _SHARES:
        return f"{value:.0%}"
    if measure == "rank_agreement":
        return f"{value:.2f}".replace("-", "−")
    return short_money(value)


def _value(value: object) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, (int, float, np.number)) else str(value)


def _colour(k: int) -> str:
    return house.SERIES[k % len(house.SERIES)]
