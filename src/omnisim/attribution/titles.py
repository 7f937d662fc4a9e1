"""The message of each exhibit, by rule from the numbers."""

from __future__ import annotations

import pandas as pd

from omnisim.attribution.describe import flows, mean_touches, path_lengths
from omnisim.attribution.markov import count_moves
from omnisim.attribution.readout import Readout
from omnisim.results import format_number


def titles(readout: Readout) -> dict[str, str]:
    """Action titles: credit, flow, moves, lengths and, with media costs, returns."""
    made = {
        "credit": _credit(readout),
        "flow": _flow(readout),
        "moves": _moves(readout),
        "lengths": _lengths(readout),
    }
    if readout.returns is not None:
        made["returns"] = _returns(readout)
    return made


def overclaim_title(table: pd.DataFrame, readout: Readout) -> str:
    """The message of the comparison with what channels caused.

    Parameters
    ----------
    table : DataFrame
        From :func:`~omnisim.attribution.overclaim_table`.
    """
    contrast = readout.model_label(readout.contrast)
    known = table[(table["Model"] == contrast) & table["Over-claim"].notna()]
    if known.empty:
        return "No channel caused enough sales to hold its credit against"
    total = known["Credited"].sum() / known["Caused"].sum()
    worst = known.loc[known["Over-claim"].idxmax()]
    return (
        f"{contrast} credits {worst['Channel']} with {worst['Over-claim']:.1f} times what it caused, "
        f"and all channels that caused sales with {total:.1f} times"
    )


def _credit(readout: Readout) -> str:
    ranks = readout.table.rank_range().set_index("channel")
    value = readout.table.value[readout.table.row(readout.main), :-1]
    top = readout.journeys.channels[int(value.argmax())]
    widest = ranks.sort_values("spread", ascending=False, kind="stable").index[0]
    low, high = ranks.loc[widest, "best_rank"], ranks.loc[widest, "worst_rank"]
    spread = (
        f"{readout.label(widest)} moves most, from rank {low} to {high}"
        if low != high
        else "and the order of the others is the same too"
    )
    if ranks.loc[top, "worst_rank"] == 1:
        return f"{readout.label(top)} gets most credit under every model; {spread}".replace(
            "; and", ", and"
        )
    return (
        f"{readout.label(top)} gets most credit by the {readout.model_label(readout.main)}, "
        f"but not under every model; {spread}"
    )


def _flow(readout: Readout) -> str:
    frame = flows(readout.journeys)
    share = frame.loc[frame["first"] != frame["last"], "n_orders"].sum() / frame["n_orders"].sum()
    return (
        f"{format_number(float(share), 'share')} of orders with a contact begin with one channel "
        "and end with another"
    )


def _moves(readout: Readout) -> str:
    counts = count_moves(readout.journeys)
    end, buy, on = counts.null.sum(), counts.conversion.sum(), counts.inner.sum()
    total = end + buy + on
    return (
        f"After a contact, {format_number(float(on / total), 'share')} of customers come back by "
        f"another, {format_number(float(buy / total), 'share')} order and "
        f"{format_number(float(end / total), 'share')} do neither"
    )


def _lengths(readout: Readout) -> str:
    frame = path_lengths(readout.journeys, longest=2)
    single = frame["conversions"].iloc[1] / frame["conversions"].iloc[1:].sum()
    return (
        f"{format_number(float(single), 'share')} of orders with a contact follow just one; "
        f"the mean is {mean_touches(readout.journeys):.1f}"
    )


def _returns(readout: Readout) -> str:
    verdicts = readout.verdicts()
    below = int((verdicts["verdict"] == "below").sum())
    depends = int((verdicts["verdict"] == "depends").sum())
    n = len(verdicts)
    if below == 0 and depends == 0:
        return f"All {n} paid channels are credited with more than they cost, under every model"
    first = (
        f"{below} of {n} paid channels {'is' if below == 1 else 'are'} credited below break-even "
        "under every model"
        if below
        else f"None of {n} paid channels is credited below break-even under every model"
    )
    if not depends:
        return first
    return f"{first}; for {depends} the model decides"
