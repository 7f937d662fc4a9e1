"""Tables of the readout in the reader's words, and frames for its charts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from omnisim.attribution.describe import flows, path_lengths
from omnisim.attribution.markov import count_moves, transition_matrix
from omnisim.attribution.readout import Readout
from omnisim.language import say, say_as
from omnisim.results import TruthComparison


def credit_points(readout: Readout) -> pd.DataFrame:
    """Credited money per channel and model for the dot plot.

    Returns
    -------
    DataFrame
        channel, label, model, model_label, value, low, high [currency]; channels by the main
        model's credit, largest first; ``(none)`` left out.
    """
    frame = readout.draws.frame(level=readout.level)
    frame = frame[frame["channel"] != "(none)"]
    main = frame[frame["model"] == readout.main].set_index("channel")["value"]
    names = dict(zip(readout.table.models, readout.table.labels, strict=True))
    made = pd.DataFrame(
        {
            "channel": frame["channel"].to_numpy(),
            "label": [readout.label(c) for c in frame["channel"]],
            "model": frame["model"].to_numpy(),
            "model_label": [names[m] for m in frame["model"]],
            "value": frame["value"].to_numpy(),
            "low": frame["value_low"].to_numpy(),
            "high": frame["value_high"].to_numpy(),
        }
    )
    order = made["channel"].map(main)
    return made.iloc[np.argsort(-order.to_numpy(), kind="stable")].reset_index(drop=True)


def credit_table(readout: Readout, models: Sequence[str] | None = None) -> pd.DataFrame:
    """Percent of all money per channel: one column per model, interval and rank range of the main.

    The last row is the money no model can credit; each model's column sums to 100.
    """
    frame = readout.draws.frame(level=readout.level)
    wide = frame.pivot(index="channel", columns="model", values="share")
    main = frame[frame["model"] == readout.main].set_index("channel")
    ranks = readout.table.rank_range().set_index("channel")
    channels = [*ranks.index[np.argsort(-main.loc[ranks.index, "value"].to_numpy())], "(none)"]
    rows: dict[str, list[object]] = {"Channel": [readout.label(c) for c in channels]}
    for model in models or readout.table.models:
        rows[readout.model_label(model)] = (100 * wide.loc[channels, model]).tolist()
    name = readout.model_label(readout.main)
    rows[say("{model}, low", model=name)] = (100 * main.loc[channels, "share_low"]).tolist()
    rows[say("{model}, high", model=name)] = (100 * main.loc[channels, "share_high"]).tolist()
    rows["Rank over models"] = [
        "–" if c == "(none)" else _span(ranks.loc[c, "best_rank"], ranks.loc[c, "worst_rank"])
        for c in channels
    ]
    return pd.DataFrame(rows)


def returns_table(readout: Readout) -> pd.DataFrame:
    """Spend, credited ROAS and credited cost per order of paid channels, largest spend first."""
    verdicts = readout.verdicts()
    if readout.returns is None:
        return pd.DataFrame()
    frame = readout.returns.frame
    main = frame[frame["model"] == readout.main].set_index("channel").loc[verdicts["channel"]]
    words = {"below": "below under every model", "above": "above under every model"}
    unit = readout.currency
    return pd.DataFrame(
        {
            "Channel": [readout.label(c) for c in verdicts["channel"]],
            say("Media spend ({unit})", unit=unit): verdicts["media_cost"].to_numpy(),
            "Credited ROAS": main["credited_roas"].to_numpy(),
            say_as("interval", "Low"): main["credited_roas_low"].to_numpy(),
            say_as("interval", "High"): main["credited_roas_high"].to_numpy(),
            "Lowest over models": verdicts["roas_low"].to_numpy(),
            "Highest over models": verdicts["roas_high"].to_numpy(),
            say("Credited cost per order ({unit})", unit=unit): main[
                "credited_cost_per_order"
            ].to_numpy(),
            "Break-even": [words.get(v, "depends on the model") for v in verdicts["verdict"]],
        }
    )


def returns_points(readout: Readout) -> pd.DataFrame:
    """Credited ROAS of paid channels for the range plot: label, value, low, high, verdict.

    `value` is the main model's, `low` and `high` the range over models.
    """
    verdicts = readout.verdicts()
    if readout.returns is None:
        return pd.DataFrame(columns=["label", "value", "low", "high", "verdict"])
    frame = readout.returns.frame
    main = frame[frame["model"] == readout.main].set_index("channel")["credited_roas"]
    return pd.DataFrame(
        {
            "label": [readout.label(c) for c in verdicts["channel"]],
            "value": main.loc[verdicts["channel"]].to_numpy(),
            "low": verdicts["roas_low"].to_numpy(),
            "high": verdicts["roas_high"].to_numpy(),
            "verdict": verdicts["verdict"].to_numpy(),
        }
    )


def moves_table(readout: Readout) -> pd.DataFrame:
    """Transition probabilities, rows start and channels, columns channels, order and end.

    Channels by number of visits, so that the busy corner is at the top left.
    """
    counts = count_moves(readout.journeys)
    visits = counts.start + counts.inner.sum(axis=0)
    busy = np.argsort(-visits, kind="stable")
    n = len(busy)
    labels = [readout.label(readout.journeys.channels[k]) for k in busy]
    matrix = transition_matrix(counts)
    rows, columns = np.concatenate([[0], busy + 1]), np.concatenate([busy, [n, n + 1]])
    return pd.DataFrame(
        matrix[np.ix_(rows, columns)],
        index=["Start", *labels],
        columns=[*labels, say_as("state", "Order"), "No order"],
    )


def flow_table(readout: Readout, *, n_largest: int = 6) -> pd.DataFrame:
    """Orders by first contact, last contact and place of purchase, small channels pooled.

    Returns
    -------
    DataFrame
        First contact, Last contact, Ordered in, Orders; the sum is the tracked orders.
    """
    frame = flows(readout.journeys)
    weight = (
        frame.groupby("first")["n_orders"]
        .sum()
        .add(frame.groupby("last")["n_orders"].sum(), fill_value=0)
    )
    kept = set(weight.sort_values(ascending=False, kind="stable").index[:n_largest])
    named = {c: readout.label(c) if c in kept else say_as("state", "Other") for c in weight.index}
    made = pd.DataFrame(
        {
            "First contact": frame["first"].map(named),
            "Last contact": frame["last"].map(named),
            "Ordered in": frame["order_channel"].str.replace("_", " ").str.capitalize(),
            "Orders": frame["n_orders"],
        }
    )
    keys = ["First contact", "Last contact", "Ordered in"]
    return made.groupby(keys, as_index=False, sort=True).sum()


def lengths_table(readout: Readout, *, longest: int = 8) -> pd.DataFrame:
    """How many contacts come before an order, with the share of orders and of journeys that buy."""
    frame = path_lengths(readout.journeys, longest=longest)
    names = [str(n) for n in frame["n_touches"]]
    names[-1] = say("{n} or more", n=names[-1])
    orders = frame["conversions"].to_numpy()
    return pd.DataFrame(
        {
            "Contacts": names,
            "Orders": orders,
            "Share of orders": orders / orders.sum(),
            "Journeys without order": frame["nulls"].to_numpy(),
            # Orders nobody saw coming have no counterpart that failed.
            "Share that buys": np.where(frame["n_touches"] > 0, frame["conversion_share"], np.nan),
        }
    )


def overclaim_table(rows: Sequence[TruthComparison], readout: Readout) -> pd.DataFrame:
    """Credit read as if it were cause beside what each channel caused.

    Parameters
    ----------
    rows : sequence of TruthComparison
        Comparisons of the estimates of :func:`~omnisim.attribution.words.as_cause`.

    Returns
    -------
    DataFrame
        One row per channel and model, what caused most first: Channel, Model, Credited, Caused, Spread of caused (standard
        error) [currency], Over-claim (credited / caused; missing where what was caused is not
        clearly above zero).
    """
    made = []
    for row in rows:
        for model in (readout.main, readout.contrast):
            stem = f"as_cause_{model}_"
            if not row.name.startswith(stem):
                continue
            is_clear = row.truth > 2 * row.truth_std_error and row.truth > 0
            made.append(
                {
                    "Channel": readout.label(row.name.removeprefix(stem)),
                    "Model": readout.model_label(model),
                    "Credited": row.estimate,
                    "Caused": row.truth,
                    "Spread of caused": row.truth_std_error,
                    "Over-claim": row.estimate / row.truth if is_clear else np.nan,
                }
            )
    columns = ["Channel", "Model", "Credited", "Caused", "Spread of caused", "Over-claim"]
    table = pd.DataFrame(made, columns=columns)
    return table.sort_values("Caused", ascending=False, kind="stable", ignore_index=True)


def _span(low: object, high: object) -> str:
    return str(low) if low == high else say("{low} to {high}", low=low, high=high)
