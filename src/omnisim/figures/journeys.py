"""Charts of journeys and credit: dots per model, moves between contacts, flows to the order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from omnisim.errors import DesignError
from omnisim.figures.house import (
    ACCENT,
    ALERT,
    GOLD,
    INK,
    LEAST_FONT,
    MUTED,
    SEQUENTIAL,
    SERIES,
    in_house_style,
    new_figure,
    quiet_grid,
)
from omnisim.figures.journeys_flow import (
    NODE_WIDTH,
    draw_ribbons,
    flow_height,
    letters_of_a_line,
    name_nodes,
    name_stages,
    node_boxes,
    node_words,
)
from omnisim.figures.labels import legend_below, name_columns, short_money, wrapped
from omnisim.language import say, say_as

_MARKERS = ("o", "s", "D", "^", "v", "P", "X", "<")
_VERDICTS = {"below": ALERT, "depends": GOLD, "above": ACCENT}
_VERDICT_WORDS = {
    "below": "below break-even under every model",
    "depends": "depends on the model",
    "above": "above break-even under every model",
}


@in_house_style
def credit_dots(frame: pd.DataFrame, *, models: Sequence[str], unit: str) -> Figure:
    """Credited amount per channel, one mark per model, the interval of the first model as a line.

    Parameters
    ----------
    frame : DataFrame
        label (channel), model, model_label, value, low, high; channels in the order wanted.
    models : sequence of str
        Models to draw; the first is the main one.
    unit : str
        Unit of the amounts, e.g. ``USD``.
    """
    need_columns(frame, ("label", "model", "model_label", "value", "low", "high"))
    labels = list(dict.fromkeys(frame["label"]))
    figure, axes = new_figure(0.9 + 0.27 * len(labels))
    row = {label: place for place, label in enumerate(labels)}
    for place, model in reversed(list(enumerate(models))):
        part = frame[frame["model"] == model]
        if part.empty:
            raise DesignError(f"credit_dots: no rows of model {model!r}")
        y = part["label"].map(row).to_numpy(dtype=float)
        is_main = place == 0
        if is_main:
            axes.hlines(y, part["low"], part["high"], color=ACCENT, linewidth=5, alpha=0.28)
        axes.scatter(
            part["value"],
            y,
            marker=_MARKERS[place % len(_MARKERS)],
            s=46 if is_main else 22,
            color=ACCENT if is_main else SERIES[1:][(place - 1) % (len(SERIES) - 1)],
            linewidths=0.6,
            edgecolors="white",
            label=say("{model} (bar: interval)", model=part["model_label"].iloc[0])
            if is_main
            else part["model_label"].iloc[0],
            zorder=4 if is_main else 3,
        )
    label_rows(axes, labels)
    axes.set_xlim(left=0)
    _money_axis(axes, say("Credited net sales ({unit})", unit=unit))
    handles, _ = axes.get_legend_handles_labels()
    legend_below(figure, handles=handles[::-1])
    return figure


@in_house_style
def transition_heat_map(matrix: pd.DataFrame, *, shown_from: float = 0.005) -> Figure:
    """Share that moves from the contact in a row to the one in a column, in percent.

    Parameters
    ----------
    matrix : DataFrame
        Probabilities in [0, 1], rows from, columns to; rows sum to 1 or 0.
    shown_from : float
        Smaller shares stay blank.
    """
    values = matrix.to_numpy(dtype=float)
    if not (np.isfinite(values).all() and (values >= 0).all() and (values <= 1 + 1e-9).all()):
        raise DesignError("transition_heat_map: give probabilities in [0, 1]")
    figure, axes = new_figure(1.5 + 0.25 * len(matrix))
    colours = LinearSegmentedColormap.from_list("house", SEQUENTIAL)
    # Square root: rare moves between channels stay visible beside the frequent end of a journey.
    axes.pcolormesh(
        np.sqrt(values), cmap=colours, vmin=0, vmax=1, edgecolors="white", linewidth=1.2
    )
    for i, line in enumerate(values):
        for j, share in enumerate(line):
            if share >= shown_from:
                axes.text(
                    j + 0.5,
                    i + 0.5,
                    f"{share * 100:.0f}" if share >= 0.01 else "<1",
                    ha="center",
                    va="center",
                    fontsize=LEAST_FONT,
                    color="white" if np.sqrt(share) > 0.55 else INK,
                )
    axes.tick_params(length=0, colors=INK, labelsize=7.5)
    name_columns(axes, [str(name) for name in matrix.columns], size=7.5)
    axes.set_yticks(np.arange(len(matrix)) + 0.5, list(matrix.index))
    axes.invert_yaxis()
    axes.spines[:].set_visible(False)
    axes.set_ylabel(say_as("heat map", "from"))
    return figure


@in_house_style
def journey_flow(frame: pd.DataFrame, *, size: str) -> Figure:
    """Ribbons from stage to stage, as wide as the number of orders that took that way.

    Parameters
    ----------
    frame : DataFrame
        One column per stage in order, then `size`; one row per way.
    size : str
        Column with the amount of each way, > 0.
    """
    need_columns(frame, (size,))
    stages = [name for name in frame.columns if name != size]
    if len(stages) < 2 or frame.empty or not (frame[size] > 0).all():
        raise DesignError("journey_flow: give two stages or more, and amounts > 0")
    total = float(frame[size].sum())
    names = sorted({str(name) for name in frame[stages[0]]} | {str(n) for n in frame[stages[1]]})
    by_size = frame.groupby(stages[0])[size].sum().sort_values(ascending=False, kind="stable")
    main = [str(n) for n in by_size.index if str(n) != "Other"][: len(SERIES)]
    colour = dict.fromkeys(names, MUTED) | dict(zip(main, SERIES, strict=False))
    boxes = [node_boxes(frame, stage, size, total) for stage in stages]
    words = [
        node_words(blocks, letters_of_a_line(boxes, place)) for place, blocks in enumerate(boxes)
    ]
    figure, axes = new_figure(flow_height(words))
    for place, blocks in enumerate(boxes):
        for low, high in blocks.values():
            axes.add_patch(
                Rectangle(
                    (place - NODE_WIDTH / 2, low), NODE_WIDTH, high - low, color=INK, linewidth=0
                )
            )
        if place:
            draw_ribbons(axes, frame, stages, place - 1, size, total, boxes, colour)
    top = max(high for blocks in boxes for _, high in blocks.values())
    axes.set_xlim(-NODE_WIDTH, len(stages) - 1 + NODE_WIDTH)
    axes.set_ylim(min(low for b in boxes for low, _ in b.values()), max(top, 1.0))
    axes.axis("off")
    name_stages(axes, stages)
    name_nodes(figure, axes, words)
    return figure


@in_house_style
def returns_ranges(frame: pd.DataFrame, *, break_even: float, main_label: str) -> Figure:
    """Range of credited ROAS over models per channel, against the break-even.

    Parameters
    ----------
    frame : DataFrame
        label, value (main model), low, high (over models), verdict (``below``, ``depends`` or
        ``above``); channels in the order wanted.
    break_even : float
        Credited ROAS that a channel should reach.
    main_label : str
        Name of the main model.
    """
    need_columns(frame, ("label", "value", "low", "high", "verdict"))
    if frame.empty:
        raise DesignError("returns_ranges: no paid channel")
    figure, axes = new_figure(1.0 + 0.3 * len(frame))
    y = np.arange(len(frame))
    # A channel without credit sits at the left edge of the logarithmic axis.
    amounts = frame[["low", "value", "high"]].to_numpy(dtype=float)
    floor = min(break_even, float(amounts[amounts > 0].min(initial=break_even))) / 2
    low, high, value = (np.maximum(frame[name], floor) for name in ("low", "high", "value"))
    for verdict, colour in _VERDICTS.items():
        here = (frame["verdict"] == verdict).to_numpy()
        if here.any():
            axes.hlines(y[here], low[here], high[here], color=colour, linewidth=5, alpha=0.4)
            axes.scatter(value[here], y[here], color=colour, s=36, zorder=3)
            axes.plot([], [], color=colour, linewidth=5, alpha=0.6, label=_VERDICT_WORDS[verdict])
    axes.axvline(break_even, color=INK, linewidth=1.1, linestyle=(0, (4, 3)))
    axes.set_xscale("log")
    label_rows(axes, list(frame["label"]))
    told = say("Credited ROAS, log scale (dot: {model}; bar: all models)", model=main_label)
    axes.set_xlabel(wrapped(told, 80))
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:g}")
    axes.xaxis.set_minor_formatter(lambda *_: "")
    left, right = np.log(axes.get_xlim())
    is_right = np.log(break_even) > (left + right) / 2  # its words stay over the axes
    axes.annotate(
        say("break-even {goal}", goal=f"{round(break_even, 2):g}"),
        (break_even, 1),
        xytext=(4 if is_right else -4, 2),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="right" if is_right else "left",
        fontsize=8,
    )
    legend_below(figure)
    return figure


@in_house_style
def overclaim_dots(frame: pd.DataFrame, *, unit: str) -> Figure:
    """Credit of each model beside what the channel caused.

    Parameters
    ----------
    frame : DataFrame
        Channel, Model, Credited, Caused, Spread of caused (standard error); the channels in the
        order wanted.
    unit : str
        Unit of the amounts.
    """
    need_columns(frame, ("Channel", "Model", "Credited", "Caused", "Spread of caused"))
    labels, models = (list(dict.fromkeys(frame[name])) for name in ("Channel", "Model"))
    figure, axes = new_figure(1.0 + 0.27 * len(labels))
    row = {label: place for place, label in enumerate(labels)}
    caused = frame.drop_duplicates("Channel")
    y = caused["Channel"].map(row).to_numpy(dtype=float)
    for place, model in enumerate(models):
        part = frame[frame["Model"] == model]
        axes.scatter(
            part["Credited"],
            part["Channel"].map(row),
            marker=_MARKERS[place],
            s=34,
            facecolors="white",
            edgecolors=(MUTED, GOLD, *SERIES)[place],
            linewidths=1.4,
            label=say("Credited: {model}", model=model),
            zorder=3,
        )
    reach = 1.96 * caused["Spread of caused"]
    axes.hlines(
        y, caused["Caused"] - reach, caused["Caused"] + reach, color=ACCENT, alpha=0.4, lw=5
    )
    axes.scatter(caused["Caused"], y, color=ACCENT, s=42, label="Caused (known)", zorder=4)
    axes.axvline(0, color=MUTED, linewidth=0.8)
    label_rows(axes, labels)
    _money_axis(axes, say("Net sales ({unit})", unit=unit))
    legend_below(figure)
    return figure


def need_columns(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise DesignError(f"chart: no column {missing}; has {list(frame.columns)}")


def label_rows(axes: Axes, labels: Sequence[str]) -> None:
    """One row per label, the first on top."""
    axes.set_yticks(np.arange(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", labelcolor=INK)
    quiet_grid(axes)
    axes.spines["left"].set_visible(False)


def _money_axis(axes: Axes, label: str) -> None:
    axes.set_xlabel(label)
    axes.xaxis.set_major_formatter(lambda x, _: short_money(x))
