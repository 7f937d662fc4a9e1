"""Charts of the tour: maps, calendar, causes above sales, grids of shares, levels of service."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.dates import num2date

from omnisim.errors import DesignError
from omnisim.figures import calendar, heat, house, labels, lanes, members, service_levels, timeline
from omnisim.figures.world_map import world_map

WEEKS = pd.date_range("2025-01-06", periods=4, freq="7D")
WEEKLY = pd.DataFrame({"week_date": WEEKS, "net_amount": [10.0, 20.0, 30.0, 40.0]})
SHARES = pd.DataFrame(
    {
        "week_date": WEEKS,
        "share": [0.1, 0.2, 0.1, 0.1],
        "ci_low": [0.05, 0.1, 0.05, 0.05],
        "ci_high": [0.2, 0.3, 0.2, 0.2],
    }
)


def places(**changes):
    frame = pd.DataFrame(
        {
            "location_id": [1, 2, 3],
            "location_kind": ["dc", "store", "store"],
            "location_name": ["Centre", "Small", "Large"],
            "region": ["North", "North", "South"],
            "latitude": [40.0, 41.0, 44.0],
            "longitude": [-70.0, -71.0, -75.0],
            "n_customers": [0, 10, 40],
            "store_sales": [0.0, 4000.0, 1000.0],
        }
    )
    return frame.assign(**changes)


def words(axes):
    axes.figure.draw_without_rendering()  # names find their places
    return [text.get_text() for text in axes.texts if text.get_text() and text.get_visible()]


def spans(*rows):
    frame = pd.DataFrame(rows, columns=["lane", "label", "started_date", "ended_date"])
    for name in ("started_date", "ended_date"):
        frame[name] = pd.to_datetime(frame[name])
    return frame.assign(colour="red")


def test_map_areas_follow_accounts_and_sales():
    figure = world_map(places(), currency="USD")
    left, right = figure.axes[:2]
    areas = left.collections[0].get_sizes()  # largest first
    assert areas[0] / areas[1] == pytest.approx(4.0)
    assert right.collections[0].get_sizes()[0] / right.collections[0].get_sizes()[1] == 4.0
    assert words(left) == ["Large\n40", "Small\n10"]
    assert words(right) == ["Small\n4k", "Large\n1k"]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == [
        "North: 10 accounts, 4k",
        "South: 40 accounts, 1k",
        "distribution centre",
    ]
    colours = left.collections[0].get_facecolor()
    assert not np.array_equal(colours[0], colours[1])


def test_map_without_a_centre_or_sales_is_drawn():
    figure = world_map(places(store_sales=0.0).iloc[1:], currency="USD")
    assert len(figure.legends[0].get_texts()) == 2
    with pytest.raises(DesignError, match="needs stores"):
        world_map(places().iloc[:1], currency="USD")


def test_names_the_fonts_lack_become_numbers(monkeypatch):
    latin = frozenset(range(0x20, 0x7F))
    monkeypatch.setattr(house, "_characters", lambda: latin)
    chinese = places(location_name=["中心", "成都市 002", "Large"], region=["华北", "华北", "华东"])
    assert labels.store_labels(chinese) == ["Store 1", "Store 2", "Large"]
    figure = world_map(chinese, currency="CNY")
    assert words(figure.axes[1]) == ["Store 2\n4k", "Large\n1k"]
    assert figure.legends[0].get_texts()[0].get_text().startswith("Region ")


def test_bars_of_one_lane_share_a_row_only_when_names_fit():
    first, last = pd.Timestamp("2025-01-01"), pd.Timestamp("2025-12-31")
    made = lanes.lay_out(
        spans(
            ("Sales", "A promotion with a long name", "2025-02-01", "2025-02-03"),
            ("Sales", "Next", "2025-02-10", "2025-02-12"),  # inside the name of the first
            ("Sales", "Later", "2025-09-01", "2025-09-03"),
            ("Tests", "Last", "2025-12-20", "2026-03-01"),
        ),
        first=first,
        last=last,
    )
    assert [bar.row for bar in made.bars] == [0, 1, 0, 2]
    assert made.names == (("Sales", 0.5), ("Tests", 2.0))
    assert made.n_rows == 3
    ended = made.bars[-1]
    assert ended.end == (last - pd.Timestamp(1970, 1, 1)).days + 1
    assert ended.is_right_aligned  # its name would leave the axis
    assert not made.bars[0].is_right_aligned


def test_a_name_stands_wholly_in_or_wholly_beside_its_bar():
    with house.house():  # widths are those of its fonts
        made = lanes.lay_out(
            spans(
                ("Sales", "Short", "2025-01-10", "2025-05-01"),
                ("Sales", "Half as long as it", "2025-06-01", "2025-06-20"),
                ("Sales", "Black Friday", "2025-12-01", "2025-12-20"),
            ),
            first=pd.Timestamp("2025-01-01"),
            last=pd.Timestamp("2025-12-31"),
        )
    inside, behind, before = made.bars
    assert inside.start < inside.label_at < inside.end
    assert behind.label_at > behind.end
    assert before.label_at < before.start
    assert [bar.is_right_aligned for bar in made.bars] == [False, False, True]


def test_bars_outside_the_window_are_left_out():
    made = lanes.lay_out(
        spans(("Sales", "Long ago", "2020-01-01", "2020-02-01")),
        first=pd.Timestamp("2025-01-01"),
        last=pd.Timestamp("2025-12-31"),
    )
    assert made.bars == ()
    assert made.n_rows == 0


def daily():
    days = pd.date_range("2025-01-01", "2025-02-15", freq="D")  # a Wednesday
    return pd.DataFrame({"date": days, "net_amount": np.arange(len(days), dtype=float) + 1})


def test_calendar_puts_each_day_on_its_weekday():
    axes = calendar.calendar_heat_map(daily(), currency="USD").axes[1]
    values = np.ma.filled(axes.collections[0].get_array().reshape(7, -1), np.nan)
    assert np.isnan(values[:2, 0]).all()  # Monday and Tuesday lie before the data
    assert values[2, 0] == 1.0
    assert values[0, 1] == 6.0  # Monday the 6th
    assert np.nansum(values) == daily()["net_amount"].sum()
    assert [t.get_text() for t in axes.get_xticklabels()] == ["Jan", "Feb"]


def test_calendar_marks_stand_above_their_weeks():
    marks = spans(
        ("festival", "Fair", "2025-01-13", "2025-01-19"),
        ("holiday", "New Year", "2025-01-01", "2025-01-01"),
        ("promotion", "Sale", "2025-02-03", "2025-02-09"),
    ).rename(columns={"lane": "kind"})
    above, axes = calendar.calendar_heat_map(daily(), currency="USD", marks=marks).axes[:2]
    assert [t.get_text() for t in above.get_yticklabels()] == ["Festival", "Promotion"]
    first, second = above.patches
    low, high = above.get_xlim()
    n_weeks = axes.get_xlim()[1]
    # Third and sixth week of the grid: both axes have the same scale.
    assert (first.get_x() - low) / (high - low) * n_weeks == pytest.approx(2.0)
    assert (second.get_x() - low) / (high - low) * n_weeks == pytest.approx(5.0)
    assert first.get_width() == 7
    (dots,) = axes.collections[1:]
    assert dots.get_offsets().tolist() == [[0.5, 2.5]]  # Wednesday of the first week


def causes():
    return spans(
        ("Promotions", "Sale", "2025-01-10", "2025-01-12"),
        ("From outside", "Price war", "2025-01-13", "2025-01-26"),
    ).assign(is_own=[True, False])


def test_causes_stand_above_the_sales_of_their_weeks():
    above, below = timeline.causes_timeline(causes(), WEEKLY, currency="USD").axes
    assert words(above) == ["Sale", "Price war"]
    own, outside = (patch.get_facecolor()[:3] for patch in above.patches)
    assert own != outside
    line = below.lines[0]
    assert line.get_ydata().tolist() == [10.0, 20.0, 30.0, 40.0]
    assert num2date(line.get_xdata()[0]).date().isoformat() == "2025-01-09"  # middle of the week
    assert above.get_xlim() == below.get_xlim()
    with pytest.raises(DesignError, match="figure: needs rows"):
        timeline.causes_timeline(causes().head(0), WEEKLY, currency="USD")


def test_share_grid_writes_each_share_and_leaves_holes_white():
    _, axes = house.new_figure(2.0)
    heat.share_grid(axes, np.array([[0.1, np.nan], [0.3, 0.2]]))
    assert words(axes) == ["10%", "30%", "20%"]
    assert axes.get_ylim() == (2.0, 0.0)


def test_joining_months_keep_the_first_out_of_the_colours():
    cohorts = pd.DataFrame(
        {
            "joined_month": pd.to_datetime(["2025-01-01", "2025-01-01", "2025-02-01"]),
            "age_months": [0, 1, 0],
            "share": [0.9, 0.2, 0.8],
            "n_cohort": [1200, 1200, 30],
        }
    )
    axes = heat.joining_heat_map(cohorts).axes[0]
    assert words(axes) == ["20%", "90%", "80%"]
    coloured = axes.collections[0].get_array()
    assert coloured.compressed().tolist() == [0.2]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["Jan 2025 (1,200)", "Feb 2025 (30)"]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["1", "2"]


def test_experience_shows_no_share_of_few_answers():
    found = pd.DataFrame(
        {
            "stage": ["buy", "service", "buy"],
            "touchpoint": ["web", "phone", "app"],
            "share": [0.8, 0.5, np.nan],
            "n_answered": [40, 3, 0],
        }
    )
    axes = heat.experience_heat_map(found, stages=("discover", "buy", "service")).axes[0]
    assert words(axes) == ["80%\nn = 40", "n = 3"]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["Buy", "Service"]
    assert [t.get_text() for t in axes.get_yticklabels()] == [
        "Web",
        "Phone",
    ]  # nobody rated the app


def test_stock_outs_list_the_worst_location_first():
    found = pd.DataFrame(
        {
            "location_id": [2, 2, 3, 3],
            "location_name": ["Good", "Good", "Bad", "Bad"],
            "week_date": [*WEEKS[:2], *WEEKS[:2]],
            "share": [0.0, 0.1, 0.5, 0.3],
            "n_days": [7, 7, 7, 21],
        }
    )
    axes = heat.stock_out_heat_map(found, n_shown=2).axes[0]
    names = [t.get_text() for t in axes.get_yticklabels()]
    assert names == ["Bad  35.0%", "Good  5.0%"]  # (3.5 + 6.3) / 28
    assert len(heat.stock_out_heat_map(found, n_shown=1).axes[0].get_yticklabels()) == 1


def test_stock_outs_and_what_was_cancelled_share_their_weeks():
    lost = pd.DataFrame({"week_date": WEEKS, "lost_amount": [0.0, 50.0, 0.0, 10.0]})
    above, below = service_levels.stock_outs_chart(SHARES, lost, currency="USD").axes
    assert above.lines[0].get_ydata().tolist() == SHARES["share"].tolist()
    assert [bar.get_height() for bar in below.patches] == [0.0, 50.0, 0.0, 10.0]
    assert "USD" in below.get_ylabel()


def test_lateness_says_the_base_of_each_way():
    ways = SHARES.head(2).assign(way=["Post", "Pick-up"], n_due=[1200, 30])
    _, right = service_levels.lateness_chart(SHARES, ways).axes
    assert [t.get_text() for t in right.get_yticklabels()] == ["Post\nn = 1,200", "Pick-up\nn = 30"]
    assert right.get_xlim()[0] == 0


def test_nps_says_how_many_of_how_many_answered():
    found = SHARES.head(2).assign(
        group=["On time", "Late"], n_invited=[60, 10], n_answered=[20, 0], nps=[40.0, np.nan]
    )
    found = found.assign(nps_low=found["nps"] - 10, nps_high=found["nps"] + 10)
    left, right = service_levels.nps_chart(found).axes
    assert [t.get_text() for t in left.get_yticklabels()] == ["On time\n20 of 60", "Late\n0 of 10"]
    assert right.collections[1].get_offsets().data[0].tolist() == [40.0, 0.0]


def test_service_draws_a_contact_that_is_not_settled():
    found = pd.DataFrame(
        {
            "label": ["Return", "Loyalty"],
            "n_contacts": [1200, 2],
            "wait_median": [4.0, 2.0],
            "wait_p90": [300.0, 3.0],
            "hours_median": [1.0, np.nan],
            "hours_p90": [50.0, np.nan],
        }
    )
    count, wait, settle = service_levels.service_chart(found).axes
    assert words(count) == [" 1,200", " 2"]
    ticks = [t.get_text() for t in wait.get_xticklabels()]
    assert ticks == ["1 min", "10 min", "1 h", "6 h"]
    assert "median" in words(settle)[0]


TIERS = pd.DataFrame(
    {
        "tier": ["base", "gold"],
        "n_accounts": [90, 10],
        "account_share": [0.9, 0.1],
        "sales_share": [0.4, 0.6],
    }
)


def test_points_end_at_what_is_held():
    flow = pd.DataFrame({"label": ["Opening", "Earned", "Redeemed"], "n_points": [100, 60, -30]})
    left, right = members.tiers_chart(TIERS, flow).axes
    assert " 90% of accounts" in words(left)
    bars = [(bar.get_x(), bar.get_width()) for bar in right.patches]
    assert bars == [(0.0, 100.0), (100.0, 60.0), (160.0, -30.0), (0.0, 130.0)]
    assert words(right) == ["+100", "+60", "−30", "130"]


def test_tiers_stand_alone_without_a_ledger():
    assert len(members.tiers_chart(TIERS).axes) == 1


@pytest.mark.parametrize(
    "draw",
    [
        heat.joining_heat_map,
        heat.stock_out_heat_map,
        service_levels.nps_chart,
        service_levels.service_chart,
        members.tiers_chart,
    ],
)
def test_missing_columns_are_named(draw):
    with pytest.raises(DesignError, match="missing"):
        draw(pd.DataFrame({"x": [1]}))
