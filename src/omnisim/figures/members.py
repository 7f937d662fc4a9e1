"""Members: accounts and sales by tier, and the points from booking to booking."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from omnisim.figures import house
from omnisim.figures.waterfall import draw_steps
from omnisim.language import say, say_as


@house.in_house_style
def tiers_chart(tiers: pd.DataFrame, flow: pd.DataFrame | None = None) -> Figure:
    """Shares of accounts and sales by tier, and where the points came from and went.

    Parameters
    ----------
    tiers : DataFrame
        tier, n_accounts, account_share, sales_share [0-1].
    flow : DataFrame, optional
        label, n_points (negative when they go); left out when the data have no ledger.
    """
    house.need_columns(tiers, ("tier", "n_accounts", "account_share", "sales_share"))
    with_points = flow is not None and not flow.empty
    n_rows = max(len(tiers) * 1.3, len(flow) + 1 if with_points and flow is not None else 0)
    figure = house.ShownFigure(figsize=(house.FULL_WIDTH, 0.9 + 0.3 * n_rows))
    panels = figure.subplots(1, 2) if with_points else [figure.add_subplot()]
    y = np.arange(len(tiers))
    for shift, column, colour, word in (
        (-0.2, "account_share", house.MUTED, "of accounts"),
        (0.2, "sales_share", house.ACCENT, "of their sales"),
    ):
        panels[0].barh(y + shift, tiers[column], height=0.36, color=colour)
        for spot, share in enumerate(tiers[column]):
            panels[0].text(
                share,
                spot + shift,
                say(" {share} {word}", share=f"{share:.0%}", word=word),
                va="center",
                fontsize=8,
                color=house.INK,
            )
    panels[0].set_yticks(
        y,
        [
            say("{name}\nn = {n}", name=say_as("tier", t.capitalize()), n=f"{n:,}")
            for t, n in zip(tiers["tier"], tiers["n_accounts"], strict=True)
        ],
    )
    panels[0].set_xlim(0, 1.45)
    panels[0].set_title("Accounts and sales by tier")
    _bare(panels[0], len(tiers))
    if flow is not None and with_points:
        _waterfall(panels[1], flow)
    return figure


def _waterfall(axes: Axes, flow: pd.DataFrame) -> None:
    """Bookings one after the other, and the balance they leave."""
    held = pd.DataFrame({"label": ["Held on the last day"], "value": flow["n_points"].sum()})
    steps = flow.rename(columns={"n_points": "value"})[["label", "value"]]
    drawn = pd.concat([steps, held], ignore_index=True)
    drawn["kind"] = ["step"] * len(steps) + ["total"]
    draw_steps(axes, drawn, np.append(np.cumsum(steps["value"]), held["value"]))
    axes.set_title("Points")
    _bare(axes, len(drawn))


def _bare(axes: Axes, n_rows: int) -> None:
    """Rows from the top with names but without axis: the bars carry their numbers."""
    axes.set_ylim(n_rows - 0.4, -0.6)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.tick_params(axis="y", labelcolor=house.INK)
    axes.spines[["left", "bottom"]].set_visible(False)
