"""The retailer on the map: where its customers live and where its stores sell."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from omnisim.errors import DesignError
from omnisim.figures import house
from omnisim.figures.labels import legend_below, name_largest, short_money
from omnisim.language import say

_MARGIN = 0.12  # of the extent, around the outermost places
_N_NAMED = 2


@house.in_house_style
def world_map(places: pd.DataFrame, *, currency: str) -> Figure:
    """Two maps of the same places: area for the accounts nearby, and for the sales in the store.

    Parameters
    ----------
    places : DataFrame
        location_id, location_kind (store or dc), location_name, region, latitude, longitude
        [degree], n_customers, store_sales [currency].
    currency : str
        ISO 4217 code.
    """
    columns = ("location_kind", "location_name", "region", "latitude", "longitude")
    missing = [c for c in (*columns, "n_customers", "store_sales") if c not in places]
    stores = places[places["location_kind"] == "store"] if not missing else places
    if missing or stores.empty:
        raise DesignError(f"world map: needs stores with {list(columns)}; missing {missing}")
    names = sorted(stores["region"].unique())
    colours = dict(zip(names, house.SERIES, strict=False))
    figure = house.ShownFigure(figsize=(house.FULL_WIDTH, 2.8))
    panels = figure.subplots(1, 2)
    for axes, value, title in (
        (panels[0], "n_customers", "Accounts nearest to the store"),
        (panels[1], "store_sales", say("Sales in the store ({currency})", currency=currency)),
    ):
        drawn = stores.sort_values(value, ascending=False, kind="stable")
        areas = _areas(drawn[value].to_numpy(dtype=float))
        axes.scatter(
            drawn["longitude"],
            drawn["latitude"],
            s=areas,
            c=[colours.get(region, house.MUTED) for region in drawn["region"]],
            alpha=0.72,
            edgecolor="white",
            linewidth=0.7,
        )
        _centres(axes, places)
        _frame(axes, places, title=title)
    _region_legend(figure, stores, colours, has_centre=len(stores) < len(places))
    for axes, value in zip(panels, ("n_customers", "store_sales"), strict=True):
        drawn = stores.sort_values(value, ascending=False, kind="stable")
        areas = _areas(drawn[value].to_numpy(dtype=float))
        name_largest(figure, axes, drawn, sizes=areas, value=value, n_named=_N_NAMED)
    return figure


def _areas(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Areas of the marks [square points], proportional to the values; small ones stay visible."""
    top = float(values.max(initial=0.0)) or 1.0
    return np.asarray(np.maximum(420 * values / top, 12.0))


def _centres(axes: Axes, places: pd.DataFrame) -> None:
    centres = places[places["location_kind"] == "dc"]
    axes.scatter(
        centres["longitude"], centres["latitude"], marker="s", s=26, color=house.INK, zorder=4
    )


def _frame(axes: Axes, places: pd.DataFrame, *, title: str) -> None:
    middle = float(np.radians(places["latitude"].mean()))
    axes.set_aspect(1 / max(np.cos(middle), 0.2), adjustable="datalim")
    axes.margins(_MARGIN)
    axes.set_title(title)
    axes.xaxis.set_major_formatter(lambda x, _: _degrees(x, "E", "W"))
    axes.yaxis.set_major_formatter(lambda y, _: _degrees(y, "N", "S"))
    axes.locator_params(nbins=5)
    house.quiet_grid(axes, axis="both")


def _degrees(value: float, positive: str, negative: str) -> str:
    """An angle on an axis.

    Examples
    --------
    >>> _degrees(-90.0, "E", "W")
    '90°W'
    """
    return f"{abs(value):g}°{positive if value >= 0 else negative}"


def _region_legend(
    figure: Figure, stores: pd.DataFrame, colours: dict[str, str], *, has_centre: bool
) -> None:
    """Regions with their accounts and sales below both maps."""
    total = stores.groupby("region")[["n_customers", "store_sales"]].sum()
    handles = [
        Line2D(
            [],
            [],
            marker="o",
            ls="",
            ms=7,
            color=colours.get(str(region), house.MUTED),
            label=say(
                "{region}: {n} accounts, {sales}",
                region=house.readable(str(region), f"Region {k}"),
                n=f"{accounts:,.0f}",
                sales=short_money(float(sales)),
            ),
        )
        for k, (region, accounts, sales) in enumerate(
            zip(total.index, total["n_customers"], total["store_sales"], strict=True), 1
        )
    ]
    if has_centre:
        handles.append(
            Line2D([], [], marker="s", ls="", ms=5, color=house.INK, label="distribution centre")
        )
    legend_below(figure, handles=handles)
