"""Tables of the world around the sale: calendar, prices, causes, signals, market, access."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from omnisim.engine.context_access import access_columns
from omnisim.engine.context_calendar import date_columns
from omnisim.engine.context_causes import cause_columns
from omnisim.engine.context_exports import build_exports
from omnisim.engine.context_market import market_columns, own_sales
from omnisim.engine.context_signals import signal_columns
from omnisim.engine.dimensions import world_columns
from omnisim.schema.channels import CHANNEL_NAMES
from omnisim.timeline import SECONDS_PER_DAY, epoch_day
from omnisim.truth.worlds import ROLLOUT, other_worlds
from omnisim.world import build_world

from .conftest import small_scenario
from .test_engine_context_records import frame

YEAR = {"horizon": {"n_days": 364}, "assortment": {"n_products": 12}}
CAUSES = {
    "campaigns": [
        {"name": "Spring", "channel": "paid_social", "first_day": 30, "n_days": 14, "reach_factor": 3.0},
        {"name": "Search", "channel": "generic_search", "first_day": 20, "n_days": 7},
    ],
    "promotions": [
        {"name": "Sale", "first_day": 20, "n_days": 7, "discount": 0.2},
        {"name": "Shoes", "first_day": 50, "n_days": 366, "discount": 0.333, "category": "Shoes"},
    ],
    "shocks": [
        {"kind": "price_war", "first_day": 60, "n_days": 31, "effect": -0.3},
        {"kind": "rule_change", "first_day": 100, "n_days": 2000, "effect": -0.5, "channel": "email"},
    ],
}  # fmt: skip


def needs_of(world, per_day=60.0):
    """Needs as the kernel would count them: the calendar, local shocks, and luck."""
    n_stores, n_days = world.places.n_stores, world.scenario.horizon.n_days
    local = np.repeat(world.places.local, 7, axis=1)[:, :n_days]
    return np.random.default_rng(3).poisson(per_day * world.need_factor * local, (n_stores, n_days))


def build(**overrides):
    return build_world(small_scenario(**overrides))


@pytest.fixture(scope="module")
def year():
    return build(**YEAR, population={"n_customers": 40_000})


# --- calendar


def test_every_day_is_there_once(year):
    found = frame(date_columns(year))
    first = year.scenario.horizon.start_date
    assert found["calendar_date"].tolist() == [epoch_day(first) + k for k in range(364)]
    day = {first + timedelta(k): row for k, row in enumerate(found.itertuples())}
    assert day[date(2025, 11, 27)].holiday_name == "Thanksgiving"
    assert day[date(2025, 5, 26)].holiday_name == "Memorial Day"
    assert day[date(2025, 11, 28)].festival_name == "Black Friday"
    assert day[date(2025, 7, 1)].season == "summer"
    assert day[date(2025, 2, 28)].season == "winter"
    assert day[date(2025, 12, 29)].iso_week == 1


def test_each_market_has_its_own_days():
    market = {"locale": "zh_CN", "currency": "CNY"}
    found = date_columns(build(**YEAR, market=market))
    assert set(found["holiday_name"].names) == {"New Year's Day", "Labour Day", "National Day"}
    assert "Singles' Day" in found["festival_name"].names


# --- prices and causes


def test_each_sku_has_one_price_on_every_day_and_it_is_the_kernels():
    world = build(**CAUSES)
    found = frame(cause_columns(world)["prices"])
    n_days = world.scenario.horizon.n_days
    day0 = epoch_day(world.scenario.horizon.start_date)
    times = np.zeros((world.products.n_products, n_days), int)
    price = np.zeros_like(times)
    for row in found.itertuples():
        days = slice(row.valid_from_date - day0, row.valid_to_date - day0 + 1)
        times[row.sku - 1, days] += 1
        price[row.sku - 1, days] = row.price_cents
    assert (times == 1).all()
    listed = world.products.price_cents[:, None]
    percent = world.factors.percent[world.products.category]
    assert np.array_equal(price, listed - listed * percent // 100)
    assert (percent > 0).any()
    assert np.array_equal(price < listed, percent > 0)


def test_promotions_and_campaigns_are_told_as_planned():
    made = cause_columns(build(**CAUSES))
    sale, shoes = frame(made["promotions"]).itertuples()
    assert (sale.promotion_name, sale.discount_share) == ("Sale", 0.2)
    assert shoes.category == "Shoes"
    assert shoes.discount_share == 0.33  # whole percent are charged
    search, spring = frame(made["campaigns"]).itertuples()
    assert search.campaign_name == "Search"
    assert spring.ended_date - spring.started_date == 13
    s = small_scenario()
    reach = s.marketing.channels["paid_social"].reach
    assert spring.n_planned_contacts == int(240 * 3.0 * reach * 14 / 7)
    price = s.marketing.channels["paid_social"].price
    assert spring.budget_cents == pytest.approx(spring.n_planned_contacts * price * 100, abs=1)
    assert frame(made["campaigns"])["budget_cents"].isna().tolist() == [True, False]


def test_every_cause_the_truth_knows_is_an_intervention_and_no_effect_is_told():
    world = build(**CAUSES)
    found = frame(cause_columns(world)["interventions"])
    worlds = other_worlds(world, ("campaigns", "promotions", "incidents", "programmes"))
    known = {other.name.removeprefix("without=") for other in worlds} - set(CHANNEL_NAMES)
    expected = known | {world.scenario.experiment.name, ROLLOUT}
    assert set(found["cause"]) == expected
    assert len(known) == 8
    assert found["started_date"].is_monotonic_increasing
    assert set(found.loc[~found["is_own"], "intervention_type"]) == {"shock"}
    assert found.loc[found["cause"] == "shock:rule_change 2", "ended_date"].isna().all()
    assert "-0.3" not in found.to_csv()


def test_without_causes_there_are_no_rows():
    off = {"is_on": False}
    none = {"campaigns": [], "promotions": [], "shocks": []}
    made = cause_columns(build(**none, experiment=off, rollout=off, membership=off, win_back=off))
    assert {k: len(frame(v)) for k, v in made.items() if k != "prices"} == {
        "promotions": 0,
        "campaigns": 0,
        "interventions": 0,
    }
    assert len(frame(made["prices"])) == 12  # list prices hold throughout


# --- signals


def without_weekday(world, values):
    weekday = (world.scenario.horizon.start_date.weekday() + np.arange(values.size)) % 7
    return values / np.where(weekday >= 5, world.scenario.demand.weekend_factor, 1.0)


def series_of(world, needs):
    """(signal, region, values by day, needs of the area by day, truth) of each signal and area."""
    made = signal_columns(world, needs)
    values = frame(made["demand_signals"])
    regions = world.scenario.market.regions
    for row in frame(made["signal_truth"]).itertuples():
        is_whole = pd.isna(row.region)
        is_mine = values["region"].isna() if is_whole else values["region"] == row.region
        mine = values[(values["signal"] == row.signal) & is_mine]
        stores = slice(None)
        if not is_whole:
            stores = world.places.region == regions.index(row.region)
        yield row, mine["value"].to_numpy(), needs[stores].sum(axis=0)


def test_the_lead_of_each_signal_is_found_by_cross_correlation(year):
    needs = needs_of(year)
    n_series = 0
    for row, values, counts in series_of(year, needs):
        n_series += 1
        x, y = without_weekday(year, values), without_weekday(year, counts)
        by_lag = [np.corrcoef(x[: 364 - lag], y[lag:])[0, 1] for lag in range(40)]
        assert int(np.argmax(by_lag)) == row.lead_days
        # both are told to some decimals only
        assert by_lag[row.lead_days] == pytest.approx(row.correlation, abs=2e-3)
        # noise: sd of the log of the signal beside what it shows, within four standard errors
        shown = x[: 364 - row.lead_days] / y[row.lead_days :]
        error = 4 * row.noise_sd / (2 * shown.size) ** 0.5
        assert np.log(shown).std() == pytest.approx(row.noise_sd, abs=error)
        assert values.mean() == pytest.approx(100, rel=0.1)
    assert n_series == 2 * (1 + len(year.scenario.market.regions)) + 1


def test_a_signal_without_noise_is_the_needs_to_come():
    exact = {"lead_days": 5, "noise_sd": 0.0}
    world = build(**YEAR, signals={"search_interest": exact})
    row, values, counts = next(series_of(world, needs_of(world)))
    assert row.correlation == pytest.approx(1, abs=1e-5)
    x, y = without_weekday(world, values), without_weekday(world, counts)
    assert np.allclose(x[:-5] / y[5:], x[0] / y[5], rtol=1e-2)


def test_a_signal_does_not_know_what_lies_beyond_the_data(year):
    """The last days show the calendar at the level of the last weeks, and no more than that."""
    needs = needs_of(year)
    row, values, counts = next(series_of(year, needs))
    x = without_weekday(year, values)[-row.lead_days :]
    y = without_weekday(year, counts)[-28:]
    assert x.mean() / 100 == pytest.approx(y.mean() / counts.mean(), rel=0.25)


def forecast_errors(lead):
    """Mean error of a region's needs a week ahead [share]: by calendar and last fortnight; by signal."""
    ahead, width = 7, 7
    world = build(**YEAR, signals={"search_interest": {"lead_days": lead, "noise_sd": 0.1}})
    found = list(series_of(world, needs_of(world)))
    plain, informed = [], []
    for row, values, counts in found:
        if row.signal != "search_interest" or pd.isna(row.region):
            continue
        level = counts / world.need_factor
        # what the signal says of the level of day d, known on day d - lead
        weekday = without_weekday(world, np.ones(364))
        told = np.full(364, np.nan)
        told[lead:] = values[: 364 - lead] * weekday[: 364 - lead] / weekday[lead:]
        told *= counts.mean() / 100 / world.need_factor
        for day in range(40, 364 - ahead):
            last = day + min(lead, ahead + width // 2)
            real = level[day + ahead]
            plain.append(abs(level[day - 13 : day + 1].mean() / real - 1))
            informed.append(abs(told[last - width + 1 : last + 1].mean() / real - 1))
    return float(np.mean(plain)), float(np.mean(informed))


def test_a_forecaster_gains_by_a_signal_up_to_its_lead_and_not_beyond():
    plain, informed = forecast_errors(10)
    assert informed < 0.85 * plain
    plain, informed = forecast_errors(
        1
    )  # it shows tomorrow, and next week no better than yesterday
    assert informed > 0.95 * plain


def test_signals_can_be_switched_off_and_needs_are_told_all_the_same():
    world = build(signals={"is_on": False})
    needs = needs_of(world)
    made = {name: frame(columns) for name, columns in signal_columns(world, needs).items()}
    assert made["demand_signals"].empty
    assert made["signal_truth"].empty
    assert made["latent_demand"]["n_needs"].sum() == needs.sum()
    by_store = made["latent_demand"].groupby("location_id")["n_needs"].sum()
    assert by_store.tolist() == needs.sum(axis=1).tolist()


def test_a_region_without_needs_has_an_undefined_correlation(year):
    needs = needs_of(year)
    needs[year.places.region == 0] = 0
    truth = frame(signal_columns(year, needs)["signal_truth"])
    assert truth["correlation"].isna().sum() == 2  # search interest and footfall of the region


# --- market


def test_the_market_is_the_retailer_and_competitors_it_does_not_move(year):
    shape = (len(year.scenario.assortment.category_names), 12)
    own = np.arange(np.prod(shape)).reshape(shape) * 1000
    nothing = frame(market_columns(year, 0 * own))
    found = frame(market_columns(year, own))
    assert (nothing["market_sales_cents"] > 0).all()
    more = found["market_sales_cents"] - nothing["market_sales_cents"]
    assert np.array_equal(more.to_numpy().reshape(12, -1).T, own)
    assert (found["competitor_price_index"].between(80, 120)).all()


def test_own_sales_are_completed_lines_less_discounts(world, base):
    out = base[2]
    orders, lines = out.orders[: out.n[2]], out.lines[: out.n[3]]
    reason = dict(zip(orders["id"].tolist(), orders["reason"].tolist(), strict=True))
    kept = [k for k, order in enumerate(lines["order"].tolist()) if reason[order] < 0]
    expected = (lines["gross"] - lines["discount"])[kept].sum()
    assert own_sales(world, out).sum() == expected
    assert len(kept) < lines.size


def test_price_wars_lower_prices_and_new_competitors_leave_the_market_as_it_is(year):
    def market(shock):
        world = build(**YEAR, population={"n_customers": 40_000}, shocks=[shock] if shock else [])
        own = np.zeros((len(world.scenario.assortment.category_names), 12), np.int64)
        return frame(market_columns(world, own))

    quiet = market(None)
    window = {"first_day": 85, "n_days": 30}  # April, about
    war = market({"kind": "price_war", "effect": -0.3, **window})
    april = quiet["month_date"] == epoch_day(date(2025, 4, 1))
    ratio = war["competitor_price_index"] / quiet["competitor_price_index"]
    assert np.allclose(ratio[april], 1 - 0.3 / 1.5, atol=0.002)  # elasticity 1.5
    assert (war["market_sales_cents"] > quiet["market_sales_cents"])[april].all()
    entry = market({"kind": "competitor_entry", "effect": -0.3, **window})
    assert entry.equals(quiet)
    slump = market({"kind": "demand_shock", "effect": -0.3, **window})
    fall = slump["market_sales_cents"] / quiet["market_sales_cents"]
    assert np.allclose(fall[april], 0.7, atol=0.001)


def test_the_market_panel_can_be_switched_off():
    world = build(market_panel={"is_on": False})
    own = np.zeros((len(world.scenario.assortment.category_names), 5), np.int64)
    assert frame(market_columns(world, own)).empty


# --- access


LEAKY = {"accesses_per_day": 0.6, "exports_per_year": 60.0, "complaints_per_100k": 10_000.0}


@pytest.fixture(scope="module")
def leaky():
    return build(privacy=LEAKY)


def test_labels_are_the_exports_and_the_noticed_ones_are_incidents(leaky):
    made = {name: frame(columns) for name, columns in access_columns(leaky).items()}
    log, labels = made["access_log"].set_index("access_id"), made["access_labels"]
    assert log.index.is_unique
    bad = log.loc[labels["access_id"]]
    exports = build_exports(leaky.scenario)
    assert labels["export_number"].nunique() == exports.start.size == round(60 * 126 / 365)
    assert (bad["action"] == "export").all()
    assert not bad["is_masked"].any()
    first = bad["accessed_at"].groupby(labels["export_number"].to_numpy()).min()
    noticed = labels.groupby("export_number")["is_detected"].first()
    incidents = frame(world_columns(leaky)["incidents"])
    told = incidents[incidents["incident_kind"] == "data_export"]
    assert sorted(told["started_at"]) == sorted(first[noticed])
    assert 0 < noticed.mean() < 1
    assert (told["ended_at"] > told["started_at"]).all()


def test_rightful_work_also_exports_and_stays_late(leaky):
    made = {name: frame(columns) for name, columns in access_columns(leaky).items()}
    log = made["access_log"]
    rightful = log[~log["access_id"].isin(made["access_labels"]["access_id"])]
    assert (rightful["action"] == "export").any()
    hour = rightful["accessed_at"] // 3_600_000 % 24
    people = rightful["staff_role"] != "system"
    assert (hour[people] >= 21).any()
    # 10 accounts of the head office on 90 weekdays, 6 stores on 126 days, each access a lot of 3
    office = people & (rightful["staff_role"] != "store_manager")
    expected = 0.6 * 10 * 90
    assert abs(office.sum() - expected) < 4 * expected**0.5
    assert (~people).sum() == 2 * 126
    most = int(240 * leaky.scenario.population.account_share)
    assert rightful["n_records"].between(1, most).all()


def test_one_simple_rule_finds_neither_all_leaks_nor_leaks_alone(leaky):
    """Exports outside office hours: what a first look at the log would call a leak."""
    made = {name: frame(columns) for name, columns in access_columns(leaky).items()}
    log = made["access_log"]
    is_leak = log["access_id"].isin(made["access_labels"]["access_id"])
    hour = log["accessed_at"] // 3_600_000 % 24
    at_night = (log["staff_role"] != "system") & ((hour < 8) | (hour >= 20))
    recall = (at_night & is_leak).sum() / is_leak.sum()
    precision = (at_night & is_leak).sum() / at_night.sum()
    assert 0.3 < recall < 1
    assert 0.3 < precision < 1


def test_one_more_store_changes_nobody_elses_accesses(leaky):
    more = build(privacy=LEAKY, stores={"n_stores": 7})
    before, after = (frame(access_columns(world)["access_log"]) for world in (leaky, more))
    kept = after[after["staff_account"] != "store-007"].reset_index(drop=True)
    assert len(kept) < len(after)
    assert kept.equals(before)


def test_complaints_follow_the_dial(leaky):
    found = frame(world_columns(leaky)["incidents"])
    told = found[found["incident_kind"] == "privacy_complaint"]
    mean = 10_000 * 240 / 100_000 * 126 / 365
    assert 0 < len(told) <= mean + 1  # those after the end have not come yet
    assert (told["ended_at"] > told["started_at"]).all()


def test_without_the_switch_nothing_is_logged():
    world = build(privacy={"is_on": False})
    assert all(len(frame(columns)) == 0 for columns in access_columns(world).values())
    kinds = frame(world_columns(world)["incidents"])["incident_kind"]
    assert not kinds.isin(["data_export", "privacy_complaint"]).any()


def test_shocks_stand_in_the_incident_log():
    world = build(**CAUSES)
    found = frame(world_columns(world)["incidents"]).set_index("incident_kind")
    origin = epoch_day(world.scenario.horizon.start_date)
    war = found.loc["price_war"]
    assert war["started_at"] == (origin + 60) * SECONDS_PER_DAY * 1000
    assert war["ended_at"] == (origin + 91) * SECONDS_PER_DAY * 1000
    # what lasts beyond the data ends with them
    assert found.loc["rule_change", "ended_at"] == (origin + 126) * SECONDS_PER_DAY * 1000
