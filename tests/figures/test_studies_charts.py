"""Charts of studies draw every method where its numbers are, with the luck they may owe."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.text import Text

from omnisim.errors import DesignError
from omnisim.figures import house
from omnisim.figures.studies import bias_and_spread, measure_by_dial, response_surface

METHODS = ("Welch", "CUPED")


def summary(**columns: object) -> pd.DataFrame:
    """Two methods on a grid of two dials."""
    rows = [
        {
            "world": 2 * a + b, "method": method, "effect": float(a), "is_worst": bool(b), "n": 100,
            "bias": k + 0.5, "bias_mc_error": 0.25, "empirical_se": 2.0 + a, "rmse": 10.0 * a + b + k,
            "rmse_mc_error": 0.3, "coverage": 0.95 - 0.2 * k * a, "coverage_mc_error": 0.02,
            "power": 0.5, "power_mc_error": 0.05,
        }
        for k, method in enumerate(METHODS)
        for a in range(3)
        for b in range(2)
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(**columns)


def marks(figure: Figure) -> dict[str, np.ndarray]:
    """Points of each method, by its name in the legend."""
    axes = figure.axes[0]
    return {
        str(bars.get_label()): np.column_stack(bars[0].get_data()).astype(float)
        for bars in axes.containers
    }


def test_bias_lies_across_and_spread_upwards() -> None:
    figure = bias_and_spread(summary(), unit="USD")
    found = marks(figure)
    assert list(found) == list(METHODS)
    assert found["CUPED"][0].tolist() == [1.5, 2.0]
    axes = figure.axes[0]
    assert axes.get_xlabel() == "Bias [USD]; arcs: equal RMSE"
    low, high = axes.get_xlim()
    assert low < 0 < 1.5 + 1.96 * 0.25 < high, "zero and every bar are on the chart"


def test_the_band_is_the_luck_of_a_perfect_method() -> None:
    """100 worlds, the same luck in both cells: 0.95 -+ 1.96 sqrt(0.95 x 0.05 / 100)."""
    figure = measure_by_dial(summary(), "effect", label="Effect")
    (band,) = [
        c for c in figure.axes[0].collections if type(c).__name__ == "FillBetweenPolyCollection"
    ]
    y = band.get_paths()[0].vertices[:, 1]
    assert (y.min(), y.max()) == pytest.approx((0.9073, 0.9927), abs=1e-4)
    found = marks(figure)
    assert found["CUPED"][:, 1].tolist() == pytest.approx([0.95, 0.75, 0.55])
    assert figure.axes[0].get_xlabel() == "Effect"


def test_dials_that_are_no_numbers_stand_side_by_side() -> None:
    figure = measure_by_dial(summary(), "is_worst", measure="power")
    assert [t.get_text() for t in figure.axes[0].get_xticklabels()] == ["no", "yes"]
    assert not figure.axes[0].collections or all(
        type(c).__name__ == "LineCollection" for c in figure.axes[0].collections
    ), "power has no nominal band"


def test_a_grid_becomes_cells_with_their_values() -> None:
    figure = response_surface(summary(), ("effect", "is_worst"), labels={"effect": "Effect"})
    panels = [axes for axes in figure.axes if axes.get_title(loc="left")]
    assert [axes.get_title(loc="left") for axes in panels] == list(METHODS)
    assert [t.get_text() for t in panels[0].texts] == ["0", "10", "20", "1", "11", "21"]
    assert panels[0].get_xlabel() == "Effect"


def test_a_cell_in_which_a_method_refused_stays_white() -> None:
    frame = summary()
    gone = (frame["method"] == "CUPED") & frame["is_worst"]
    frame.loc[gone, "rmse"] = np.nan
    figure = response_surface(frame, ("effect", "is_worst"))
    panels = [axes for axes in figure.axes if axes.get_title(loc="left")]
    assert [t.get_text() for t in panels[1].texts] == ["1", "11", "21"]
    assert [t.get_text() for t in panels[0].get_yticklabels()] == ["no", "yes"]


def test_scattered_points_become_a_fitted_quadratic() -> None:
    """Points of an exact quadratic: the fitted surface is that quadratic at every pixel."""
    rng = np.random.default_rng(2)
    x, y = rng.random(20), rng.random(20)
    frame = pd.DataFrame({"method": "One", "a": x, "b": y, "rmse": 1 + x + y * y, "n": 10})
    figure = response_surface(frame, ("a", "b"))
    (mesh,) = [c for c in figure.axes[0].collections if isinstance(c, QuadMesh)]
    u = np.linspace(x.min(), x.max(), 60)
    v = np.linspace(y.min(), y.max(), 60)
    true = np.clip(1 + u[None, :] + v[:, None] ** 2, frame["rmse"].min(), frame["rmse"].max())
    assert np.allclose(np.asarray(mesh.get_array()).reshape(60, 60), true)


def test_charts_refuse_what_they_cannot_draw() -> None:
    with pytest.raises(DesignError, match="no method has coverage"):
        measure_by_dial(summary(coverage=np.nan), "effect")
    with pytest.raises(DesignError, match="two different dials"):
        response_surface(summary(), ("effect", "effect"))
    few = summary().iloc[:4].assign(effect=[0.1, 0.2, 0.3, 0.4], b=[0.4, 0.1, 0.3, 0.2])
    with pytest.raises(DesignError, match="a quadratic needs 6"):
        response_surface(few, ("effect", "b"))
    with pytest.raises(DesignError, match="missing"):
        bias_and_spread(pd.DataFrame({"method": ["a"]}))
    with pytest.raises(DesignError, match="two seeds or more"):
        bias_and_spread(summary(empirical_se=np.nan))


@pytest.mark.parametrize(
    "figure",
    [
        bias_and_spread(summary(), unit="USD per customer"),
        measure_by_dial(summary(), "effect"),
        response_surface(summary(), ("effect", "is_worst")),
    ],
    ids=["bias_and_spread", "measure_by_dial", "response_surface"],
)
def test_every_word_can_be_read(figure: Figure) -> None:
    figure.draw_without_rendering()
    sizes = [t.get_fontsize() for t in figure.findobj(Text) if t.get_text().strip()]
    assert min(sizes) >= house.LEAST_FONT
