"""The message of each exhibit, by rule from the numbers."""

from __future__ import annotations

import pandas as pd

from omnisim.attribution.describe import flows, mean_touches, path_lengths
from omnisim.attribution.markov import count_moves
from omnisim.attribution.readout import Readout
from omnisim.results import format_number


def titles(readout: Readout) -> dict[str, str]:
    """Action titles: credit, shares, flow, moves, lengths; with media costs returns and costs."""
    made = {
        "credit": _credit(readout),
        "shares": _shares(readout),
        "flow": _flow(readout),
        "moves": _moves(readout),
        "lengths": _lengths(readout),
    }
    if readout.returns is not None:
        made["returns"] = _returns(readout)
        made["costs"] = _costs(readout)
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
    ordered = known.sort_values("Over-claim", ascending=False, kind="stable")
    most, least = ordered.iloc[0], ordered.iloc[-1]
    text = (
        f"{contrast} credits {most['Channel']} with {most['Over-claim']:.1f} times what it caused"
    )
    if len(ordered) > 1 and least["Over-claim"] < 1 < most["Over-claim"]:
        return f"{text}, but {least['Channel']} with only {least['Over-claim']:.2f} times"
    return text


def overclaim_count(table: pd.DataFrame, readout: Readout) -> str:
    """How many channels are credited with more than they caused, by the contrasting model."""
    contrast = readout.model_label(readout.contrast)
    rows = table[table["Model"] == contrast]
    over = int((rows["Credited"] > rows["Caused"]).sum())
    return f"{contrast} credits {over} of {len(rows)} channels with more than they caused"


def _credit(readout: Readout) -> str:
    ranks = readout.table.rank_range().set_index("channel")
    value = readout.table.value[readout.table.row(readout.main), :-1]
    top = readout.journeys.channels[int(value.argmax())]
    widest = str(ranks["spread"].idxmax())
    low, high = int(ranks["best_rank"][widest]), int(ranks["worst_rank"][widest])
    leader = (
        f"{readout.label(top)} gets most credit under every model"
        if int(ranks["worst_rank"][top]) == 1
        else f"{readout.label(top)} gets most credit by the {readout.model_label(readout.main)}, but "
        "not under every model"
    )
    if widest == top and low != high:
        return f"{leader}: its rank runs from {low} to {high}, further than any other's"
    if low == high:
        return f"{leader}, and all models rank the channels alike"
    return f"{leader}; {readout.label(widest)} moves most, from rank {low} to {high}"


def _shares(readout: Readout) -> str:
    share = readout.table.share
    none = format_number(float(share[0, -1]), "share")
    apart = share[:, :-1].max(axis=0) - share[:, :-1].min(axis=0)
    widest = readout.label(readout.journeys.channels[int(apart.argmax())])
    points = format_number(float(apart.max()) * 100, "points")
    return (
        f"No model can credit {none} of sales; on {widest} the models lie up to {points} of all sales "
        "apart"
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
        return f"All {n} paid channels reach break-even by credit, under every model"
    if not below:
        return f"For {depends} of {n} paid channels the model decides whether credit reaches break-even"
    are = "is" if below == 1 else "are"
    first = f"{below} of {n} paid channels {are} credited below break-even under every model"
    return f"{first}; for {depends} the model decides" if depends else first


def _costs(readout: Readout) -> str:
    assert readout.returns is not None
    frame = readout.returns.frame
    main = frame[frame["model"] == readout.main].dropna(subset=["credited_cost_per_order"])
    if main.empty:
        return "No order is credited to a paid channel"
    main = main.sort_values("credited_cost_per_order", kind="stable")
    low, high = main.iloc[0], main.iloc[-1]
    cheap = format_number(float(low["credited_cost_per_order"]), readout.currency)
    if len(main) == 1:
        return f"A credited order costs {cheap} of media money in {readout.label(low['channel'])}"
    dear = format_number(float(high["credited_cost_per_order"]), readout.currency)
    return (
        f"A credited order costs {cheap} of media money in {readout.label(low['channel'])} and {dear} "
        f"in {readout.label(high['channel'])}"
    )
