"""Every preset is believable: no measure is implausible, in either market."""

from __future__ import annotations

import pytest

from omnisim.metrics import Verdict, plausibility
from omnisim.scenario import load_scenario, preset_names, scenario_markets
from omnisim.truth import simulate

# one a trade: the sample and the roll-outs are the fashion chain again
PRESETS = [name for name in preset_names() if name != "sample" and not name.startswith("rollout_")]


def verdicts(folder, scenario) -> dict[str, Verdict]:
    data = simulate(scenario, out=folder / "data", truth="none")
    return {v.bound.id: v for v in plausibility(data, sector=scenario.sector)}


def told(found: dict[str, Verdict], word: str) -> dict[str, float | None]:
    return {name: v.value for name, v in found.items() if v.word == word}


@pytest.mark.parametrize("name", PRESETS)
def test_tiny_presets_are_believable(tmp_path, name):
    found = verdicts(tmp_path, load_scenario(name, size="tiny"))
    assert told(found, "implausible") == {}
    # a quarter of 2 000 customers answers at least these
    must = {"online_conversion_per_session", "store_conversion_per_visitor", "email_open_rate"}
    assert not must & told(found, "not measurable").keys()


@pytest.mark.slow
@pytest.mark.parametrize("market", scenario_markets("omnichannel_fashion"))
@pytest.mark.parametrize("name", PRESETS)
def test_a_year_of_a_preset_needs_no_second_look(tmp_path, name, market):
    over = {"population": {"n_customers": 5000}}
    found = verdicts(tmp_path, load_scenario(name, market=market, overrides=over))
    assert told(found, "implausible") == {}
    # among some twenty measures one may stray by chance
    assert len(told(found, "look again")) <= 1, told(found, "look again")
    assert len(told(found, "not measurable")) <= 2, told(found, "not measurable")


def test_presets_differ_as_their_trades_do():
    trade = {name: load_scenario(name) for name in PRESETS}

    def ranked(value) -> list[str]:
        return sorted(PRESETS, key=lambda name: value(trade[name]))

    def price(scenario) -> float:
        prices = sorted(scenario.assortment.categories.values())
        return prices[len(prices) // 2]

    assert ranked(lambda s: s.demand.need_rate)[-2:] == ["beauty", "grocery"]
    assert ranked(price)[0] == "grocery"
    assert set(ranked(price)[-2:]) <= {"electronics", "home_furnishing", "made_to_order"}
    assert ranked(lambda s: s.assortment.return_share_online)[-1] == "omnichannel_fashion"
    assert ranked(lambda s: s.demand.mean_gap_days)[-1] == "home_furnishing"
    assert ranked(lambda s: s.fulfilment.median_days)[-1] == "home_furnishing"
    assert ranked(lambda s: s.fulfilment.median_days)[0] == "grocery"
    assert [name for name in PRESETS if trade[name].made_to_order.is_on] == ["made_to_order"]
    assert ranked(lambda s: s.demand.festival_factor)[-1] == "electronics"
    words = [trade[name].assortment.styles for name in PRESETS]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("name", PRESETS)
def test_the_chinese_market_has_its_own_words_and_prices(name):
    home, china = load_scenario(name), load_scenario(name, market="zh_CN")
    assert (china.market.locale, china.market.currency) == ("zh_CN", "CNY")
    for texts in (
        china.market.regions,
        china.assortment.category_names,
        china.assortment.styles,
        china.assortment.tiers,
    ):
        assert all(any("\u4e00" <= letter <= "\u9fff" for letter in text) for text in texts), texts
    assert len(china.assortment.categories) == len(home.assortment.categories)
    assert min(china.assortment.categories.values()) > min(home.assortment.categories.values())
    reach = {m.market.locale: m.marketing.channels for m in (home, china)}
    for channel in ("short_video", "community", "marketplace"):
        assert reach["zh_CN"][channel].reach > reach["en_US"][channel].reach, channel
    assert reach["zh_CN"]["email"].reach < reach["en_US"]["email"].reach
    assert load_scenario(name, market="en_US") == home
