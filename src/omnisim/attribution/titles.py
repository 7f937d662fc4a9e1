"""The message of each exhibit, by rule from the numbers."""

from __future__ import annotations

import pandas as pd

from omnisim.attribution.describe import flows, mean_touches, path_lengths
from omnisim.attribution.markov import count_moves
from omnisim.attribution.readout import Readout
from omnisim.language import say
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
        return say("No channel caused enough sales to hold its credit against")
    ordered = known.sort_values("Over-claim", ascending=False, kind="stable")
    most, least = ordered.iloc[0], ordered.iloc[-1]
    largest = {
        "model": contrast,
        "channel": most["Channel"],
        "times": f"{most['Over-claim']:.1f}",
    }
    if len(ordered) > 1 and least["Over-claim"] < 1 < most["Over-claim"]:
        return say(
            "{model} credits {channel} with {times} times what it caused, but {other} with only "
            "{few} times",
            **largest,
            other=least["Channel"],
            few=f"{least['Over-claim']:.2f}",
        )
    return say("{model} credits {channel} with {times} times what it caused", **largest)


def overclaim_count(table: pd.DataFrame, readout: Readout) -> str:
    """How many channels are credited with more than they caused, by the contrasting model."""
    contrast = readout.model_label(readout.contrast)
    rows = table[table["Model"] == contrast]
    over = int((rows["Credited"] > rows["Caused"]).sum())
    return say(
        "{model} credits {over} of {n} channels with more than they caused",
        model=contrast,
        over=over,
        n=len(rows),
    )


def _credit(readout: Readout) -> str:
    ranks = readout.table.rank_range().set_index("channel")
    value = readout.table.value[readout.table.row(readout.main), :-1]
    top = readout.journeys.channels[int(value.argmax())]
    widest = str(ranks["spread"].idxmax())
    low, high = int(ranks["best_rank"][widest]), int(ranks["worst_rank"][widest])
    leader = (
        say("{channel} gets most credit under every model", channel=readout.label(top))
        if int(ranks["worst_rank"][top]) == 1
        else say(
            "{channel} gets most credit by the {model}, but not under every model",
            channel=readout.label(top),
            model=readout.model_label(readout.main),
        )
    )
    if widest == top and low != high:
        return say(
            "{leader}: its rank runs from {low} to {high}, further than any other's",
            leader=leader,
            low=low,
            high=high,
        )
    if low == high:
        return say("{leader}, and all models rank the channels alike", leader=leader)
    return say(
        "{leader}; {channel} moves most, from rank {low} to {high}",
        leader=leader,
        channel=readout.label(widest),
        low=low,
        high=high,
    )


def _shares(readout: Readout) -> str:
    share = readout.table.share
    apart = share[:, :-1].max(axis=0) - share[:, :-1].min(axis=0)
    return say(
        "No model can credit {none} of sales; on {channel} the models lie up to {points} points of all "
        "sales apart",
        none=format_number(float(share[0, -1]), "share"),
        channel=readout.label(readout.journeys.channels[int(apart.argmax())]),
        points=format_number(float(apart.max()) * 100, ""),
    )


def _flow(readout: Readout) -> str:
    frame = flows(readout.journeys)
    share = frame.loc[frame["first"] != frame["last"], "n_orders"].sum() / frame["n_orders"].sum()
    return say(
        "{share} of orders with a contact begin with one channel and end with another",
        share=format_number(float(share), "share"),
    )


def _moves(readout: Readout) -> str:
    counts = count_moves(readout.journeys)
    end, buy, on = counts.null.sum(), counts.conversion.sum(), counts.inner.sum()
    total = end + buy + on
    return say(
        "After a contact, {on} of customers come back by another, {buy} order and {end} do neither",
        on=format_number(float(on / total), "share"),
        buy=format_number(float(buy / total), "share"),
        end=format_number(float(end / total), "share"),
    )


def _lengths(readout: Readout) -> str:
    frame = path_lengths(readout.journeys, longest=2)
    single = frame["conversions"].iloc[1] / frame["conversions"].iloc[1:].sum()
    return say(
        "{share} of orders with a contact follow just one; the mean is {mean}",
        share=format_number(float(single), "share"),
        mean=f"{mean_touches(readout.journeys):.1f}",
    )


def _returns(readout: Readout) -> str:
    verdicts = readout.verdicts()
    below = int((verdicts["verdict"] == "below").sum())
    depends = int((verdicts["verdict"] == "depends").sum())
    n = len(verdicts)
    if below == 0 and depends == 0:
        return say("All {n} paid channels reach break-even by credit, under every model", n=n)
    if not below:
        return say(
            "For {depends} of {n} paid channels the model decides whether credit reaches break-even",
            depends=depends,
            n=n,
        )
    first = (
        say("1 of {n} paid channels is credited below break-even under every model", n=n)
        if below == 1
        else say(
            "{below} of {n} paid channels are credited below break-even under every model",
            below=below,
            n=n,
        )
    )
    if not depends:
        return first
    return say("{first}; for {depends} the model decides", first=first, depends=depends)


def _costs(readout: Readout) -> str:
    assert readout.returns is not None
    frame = readout.returns.frame
    main = frame[frame["model"] == readout.main].dropna(subset=["credited_cost_per_order"])
    if main.empty:
        return say("No order is credited to a paid channel")
    main = main.sort_values("credited_cost_per_order", kind="stable")
    low, high = main.iloc[0], main.iloc[-1]
    cheapest = {
        "cheap": format_number(float(low["credited_cost_per_order"]), readout.currency),
        "channel": readout.label(low["channel"]),
    }
    if len(main) == 1:
        return say("A credited order costs {cheap} of media money in {channel}", **cheapest)
    return say(
        "A credited order costs {cheap} of media money in {channel} and {dear} in {other}",
        **cheapest,
        dear=format_number(float(high["credited_cost_per_order"]), readout.currency),
        other=readout.label(high["channel"]),
    )
