import numpy as np
import pandas as pd
import pytest

from omnisim.errors import DesignError
from omnisim.figures.overview import (
    cohort_heat_map,
    funnel_chart,
    maturity_chart,
    sales_over_time,
    store_map,
)


def test_sales_stack_the_largest_channel_first_and_say_its_share():
    weeks = pd.date_range("2025-01-06", periods=3, freq="7D")
    weekly = pd.DataFrame(
        {
            "week_date": [*weeks, *weeks[:2]],
            "order_channel": ["store"] * 3 + ["web"] * 2,  # no web sales in the last week
            "net_amount": [10.0, 10.0, 10.0, 35.0, 35.0],
        }
    )
    axes = sales_over_time(weekly, currency="USD").axes[0]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["Store 30%", "Web shop 70%"]
    top = axes.collections[1].get_paths()[0].vertices[:, 1].max()
    assert top == 45.0
    assert "USD" in axes.get_ylabel()


def test_cohorts_leave_out_the_first_purchase():
    cohorts = pd.DataFrame(
        {
            "cohort": [0, 0, 0, 1, 1],
            "period": [0, 1, 2, 0, 1],
            "share": [1.0, 0.4, 0.3, 1.0, 0.2],
            "n_cohort": [50, 50, 50, 20, 20],
        }
    )
    axes = cohort_heat_map(cohorts).axes[0]
    assert sorted(t.get_text() for t in axes.texts) == ["20%", "30%", "40%"]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["1 (50)", "2 (20)"]


def test_a_single_later_purchase_is_drawn():
    cohorts = pd.DataFrame(
        {"cohort": [0, 0], "period": [0, 2], "share": [1.0, 1 / 6], "n_cohort": [6, 6]}
    )
    figure = cohort_heat_map(cohorts)
    figure.canvas.draw()  # colours are looked up when drawn
    assert [t.get_text() for t in figure.axes[0].texts] == ["17%"]


def seen(axes):
    return [t.get_text() for t in axes.texts if t.get_text() and t.get_visible()]


def test_store_map_sizes_by_sales_and_names_the_largest():
    stores = pd.DataFrame(
        {
            "location_name": ["Small", "Large"],
            "latitude": [40.0, 41.0],
            "longitude": [-74.0, -73.0],
            "catchment_sales": [100.0, 1e6],
            "online_share": [0.3, np.nan],
        }
    )
    figure = store_map(stores, currency="USD")
    figure.draw_without_rendering()
    axes = figure.axes[0]
    sizes = axes.collections[0].get_sizes()
    assert sizes[0] > sizes[1]  # largest first, so that small ones are drawn on top
    assert seen(axes) == ["Large\n1M", "Small\n100"]


def test_store_names_cover_no_mark_and_no_other_name():
    rng = np.random.default_rng(0)
    stores = pd.DataFrame(
        {
            "location_name": [f"A long name of store {k}" for k in range(40)],
            "latitude": rng.normal(40, 2, 40),
            "longitude": rng.normal(-90, 4, 40),
            "catchment_sales": rng.uniform(1e4, 1e6, 40),
            "online_share": 0.5,
        }
    )
    figure = store_map(stores, currency="USD")
    axes = figure.axes[0]
    figure.draw_without_rendering()
    names = [t for t in axes.texts if t.get_text() and t.get_visible() and "\n" in t.get_text()]
    assert 1 <= len(names) <= 3
    boxes = [t.get_window_extent() for t in names]
    marks = axes.collections[0]
    spots = marks.get_offset_transform().transform(marks.get_offsets())
    # Radius on the picture: the layout was measured, so a name may lie one pixel nearer than planned.
    radii = np.sqrt(marks.get_sizes()) / 2 * figure.dpi / 72 - 1
    for k, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:k])
        for (x, y), radius in zip(spots, radii, strict=True):
            nearest = np.clip((x, y), box.min, box.max)
            assert np.hypot(*(nearest - (x, y))) >= radius


def test_stores_in_one_place_are_both_named():
    stores = pd.DataFrame(
        {
            "location_name": ["A", "B"],
            "latitude": [40.0, 40.0],
            "longitude": [-74.0, -74.0],
            "catchment_sales": [300.0, 200.0],
            "online_share": [0.3, 0.4],
        }
    )
    figure = store_map(stores, currency="USD")
    figure.draw_without_rendering()
    axes = figure.axes[0]
    assert len(seen(axes)) == 2
    boxes = [t.get_window_extent() for t in axes.texts if t.get_text() in seen(axes)]
    assert len(boxes) == 2
    assert not boxes[0].overlaps(boxes[1])


def test_funnel_gives_both_shares():
    funnel = pd.DataFrame(
        {
            "step": ["Session", "Ordered"],
            "n_sessions": [1000, 25],
            "share_of_start": [1.0, 0.025],
        }
    )
    axes = funnel_chart(funnel).axes[0]
    words = [t.get_text() for t in axes.texts]
    assert words[0] == "1,000  ·  100.0% of sessions"
    assert words[1] == "25  ·  2.5% of sessions  ·  2% of the step before"


def test_maturity_says_what_needs_an_interview():
    profile = pd.DataFrame({"domain": ["A", "B"], "proven": [3, 1], "possible": [3, 5]})
    levels = {1: "initial", 2: "managed", 3: "defined", 4: "quantitative", 5: "optimised"}
    axes = maturity_chart(profile, levels=levels).axes[0]
    assert [t.get_text() for t in axes.texts] == ["settled by data", "needs interview"]
    assert [p.get_width() for p in axes.patches] == [3, 5, 3, 1]


@pytest.mark.parametrize("draw", [cohort_heat_map, funnel_chart])
def test_missing_columns_are_named(draw):
    with pytest.raises(DesignError, match="missing"):
        draw(pd.DataFrame({"x": [1]}))


def test_drawing_changes_no_input_and_no_global_style():
    import matplotlib as mpl

    stores = pd.DataFrame(
        {
            "location_name": ["A"],
            "latitude": [40.0],
            "longitude": [-74.0],
            "catchment_sales": [1.0],
            "online_share": [0.5],
        }
    )
    before, style = stores.copy(), dict(mpl.rcParams)
    store_map(stores, currency="USD")
    pd.testing.assert_frame_equal(stores, before)
    assert dict(mpl.rcParams) == style
