"""What a scenario file may not say, and that the message names file, field, value and what may be."""

from __future__ import annotations

import pytest

from omnisim.errors import ScenarioError
from omnisim.scenario import load_scenario

PRESET = "omnichannel_fashion"
TENFOLD = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + last] * 10)}]\n"
    for last, name in zip("abcdefg", "bcdefgh", strict=True)
)


def refused(path, **options) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path, **options)
    message = str(caught.value)
    assert message.splitlines()  # one problem a line
    return message


@pytest.fixture
def said(tmp_path):
    """The message for a file that extends the preset."""

    def of(text: str, **options: object) -> str:
        path = tmp_path / "mine.yaml"
        path.write_text(f"extends: {PRESET}\n{text}\n", encoding="utf-8")
        message = refused(path, **options)
        assert message.startswith("mine.yaml: ")
        return message.removeprefix("mine.yaml: ")

    return of


FIELDS = {
    "unknown block": ("horizonn: {n_days: 90}", "horizonn: unknown field; did you mean 'horizon'?"),
    "unknown field": ("stores: {sice_sigma: 1.0}", "did you mean 'size_sigma'?"),
    "nothing near": (
        "stores: {qqq: 1}",
        "stores.qqq: unknown field; known are n_stores, size_sigma, walk_in_share",
    ),
    "unknown dial": (
        "marketing: {channels: {email: {reech: 1.0}}}",
        "marketing.channels.email.reech: unknown field; did you mean 'reach'?",
    ),
    "text for a number": (
        "horizon: {n_days: many}",
        "horizon.n_days = 'many': should be a valid integer; allowed is [28, 1830] (length [days])",
    ),
    "fraction for a count": ("horizon: {n_days: 90.5}", "horizon.n_days = 90.5: should be a valid"),
    "number for a text": ("name: 5", "name = 5: should be a valid string"),
    "number for a switch": ("fraud: {is_on: 1}", "fraud.is_on = 1: should be a valid boolean"),
    "switch for a number": ("demand: {need_rate: true}", "demand.need_rate = True: should be"),
    "number for a block": ("horizon: 5", "horizon = 5: give fields and values"),
    "nothing for a block": ("horizon:", "horizon = 'None': give fields and values"),
    "list for a block": ("horizon: [1]", "horizon = '[1]': give fields and values"),
    "not a number": (
        "demand: {need_rate: .nan}",
        "demand.need_rate = nan: should be a finite number; allowed is (0, 400]",
    ),
    "infinite": ("demand: {need_rate: .inf}", "demand.need_rate = inf: should be a finite number"),
    "minus infinite": (
        "stores: {size_sigma: -.inf}",
        "stores.size_sigma = -inf: should be a finite",
    ),
    "below": ("horizon: {n_days: 27}", "n_days = 27: should be greater than or equal to 28"),
    "above": (
        "stock: {stock_out_share: 1.01}",
        "stock.stock_out_share = 1.01: should be less than or equal to 1; allowed is [0, 1] (SKU",
    ),
    "open end": (
        "demand: {need_rate: 0}",
        "need_rate = 0: should be greater than 0; allowed is (0,",
    ),
    "locale": ("market: {locale: fr_FR}", "market.locale = 'fr_FR': should be 'en_US' or 'zh_CN'"),
    "currency": ("market: {currency: dollars}", "market.currency = 'dollars': String should match"),
    "name": ("name: My Shop", "name = 'My Shop': String should match"),
    "weekday": ("marketing: {email_days: [7]}", "marketing.email_days.0 = 7: should be less than"),
    "date": ("horizon: {start_date: soon}", "horizon.start_date = 'soon': should be a valid date"),
    "date and hour": (
        "horizon: {start_date: 2025-01-06 10:00:00}",
        "horizon.start_date = '2025-01",
    ),
    "long ago": ("horizon: {start_date: 1925-01-05}", "allowed is [1995-01-01, 2045-12-31]"),
    "missing in a wave": (
        "rollout: {waves: [{first_day: 3}]}",
        "rollout.waves.0.store_share: missing; allowed is (0, 1] (share of all stores)",
    ),
    "seed": ("seed: -1", "seed = -1: should be greater than or equal to 0"),
    "category price": (
        "assortment: {categories: {Hats: 0}}",
        "assortment.categories.Hats = 0: should",
    ),
    "no options": (
        "made_to_order: {n_options: 0}",
        "made_to_order.n_options = 0: should be greater than or equal to 1; allowed is [1, 200]",
    ),
    "negative budget": (
        "interference: {weekly_budgets: {paid_social: -5.0}}",
        "interference.weekly_budgets.paid_social = -5.0: should be greater than or equal to 0",
    ),
    "budget of no channel": (
        "interference: {weekly_budgets: {radio: 5.0}}",
        "interference.weekly_budgets: channel = 'radio': known are direct",
    ),
    "more customers than can be": (
        "population: {n_customers: 1000000000}",
        "population.n_customers = 1000000000: should be less than or equal to 100000000; allowed is",
    ),
    "no locale": ("market: {locale: }", "market.locale = 'None': should be 'en_US' or 'zh_CN'"),
    "a word that is empty": (
        "assortment: {styles: ['']}",
        "assortment.styles.0 = '': String should have at least 1 character",
    ),
    "no words": ("assortment: {tiers: []}", "assortment.tiers = '[]': "),
    "sector": ("sector: hotels", "sector = 'hotels': should be 'general', 'fashion', 'beauty'"),
    "no category": ("assortment: {categories: {}}", "assortment.categories = '{}': "),
}


@pytest.mark.parametrize("text, expected", FIELDS.values(), ids=FIELDS)
def test_a_wrong_field(said, text, expected):
    assert expected in said(text)


CONTRADICTIONS = {
    "a budget of a channel that costs nothing": (
        "interference: {weekly_budgets: {email: 5.0}}",
        "channel = 'email': budgets hold for paid push channels: retargeting, paid_social, "
        "short_video, sms",
    ),
    "a budget of a channel the customer starts": (
        "interference: {weekly_budgets: {generic_search: 5.0}}",
        "channel = 'generic_search': budgets hold for paid push channels",
    ),
    "a channel in synergy with itself": (
        "marketing: {synergies: [{first: email, second: email, conversion_effect: 1.0}]}",
        "second = 'email': give another channel than first",
    ),
    "a change of pages named like the test": (
        "experiment: {name: New page}\n"
        "factorial: {is_on: true, factors: [{name: New page, conversion_effect: 0.1}]}",
        "factorial.factors.name = ['New page']: give other names than experiment.name = 'New page'",
    ),
    "a category without a name": (
        'assortment: {categories: {"": 9.0}}',
        "category '': give names of 1 to 40 letters",
    ),
    "test beyond the horizon": (
        "experiment: {first_day: 360}",
        "experiment.first_day + experiment.n_days = 472: the test must end within "
        "horizon.n_days = 365",
    ),
    "wave beyond the horizon": (
        "rollout: {waves: [{first_day: 365, store_share: 0.5}]}",
        "rollout.waves.first_day = 365: waves must start before horizon.n_days = 365",
    ),
    "waves out of order": (
        "rollout: {waves: [{first_day: 90, store_share: 0.2}, {first_day: 60, store_share: 0.2}]}",
        "rollout.waves.first_day = [90, 60]: give rising days",
    ),
    "two waves on one day": (
        "rollout: {waves: [{first_day: 60, store_share: 0.2}, {first_day: 60, store_share: 0.2}]}",
        "rollout.waves.first_day = [60, 60]: give rising days",
    ),
    "more stores than there are": (
        "rollout: {waves: [{first_day: 50, store_share: 0.6}, {first_day: 90, store_share: 0.6}]}",
        "rollout.waves take 28 stores, but stores.n_stores = 24",
    ),
    "more regions than stores": (
        "stores: {n_stores: 3}\nrollout: {is_on: false}",
        "market.regions has 4 regions for stores.n_stores = 3",
    ),
    "a region twice": (
        "market: {regions: [North, North]}",
        "market.regions = ['North', 'North']: name each region once",
    ),
    "cookies upside down": (
        "population: {cookie_life_days: [90, 30]}",
        "population.cookie_life_days = [90, 30]: give 7 <= shortest <= longest",
    ),
    "cookies of a day": (
        "population: {cookie_life_days: [1, 30]}",
        "population.cookie_life_days = [1, 30]: give 7 <= shortest",
    ),
    "cookies too short for the horizon": (
        "horizon: {n_days: 1830}\npopulation: {cookie_life_days: [10, 30]}",
        "over horizon.n_days = 1830 give lives of at least 26 days",
    ),
    "more categories than products": (
        "assortment: {n_products: 5, categories: {a: 1.0, b: 1.0, c: 1.0, d: 1.0, e: 1.0, f: 1.0}}",
        "assortment.n_products = 5: give at least one product for each of the 6 categories",
    ),
    "bursts of one channel that overlap": (
        "campaigns:\n"
        "- {name: a, channel: email, first_day: 10, n_days: 20}\n"
        "- {name: b, channel: email, first_day: 29, n_days: 5}",
        "campaigns.1: 'b' and 'a' overlap on channel 'email'",
    ),
    "price cuts that overlap": (
        "promotions:\n"
        "- {name: a, first_day: 10, n_days: 20, discount: 0.1}\n"
        "- {name: b, first_day: 29, n_days: 5, discount: 0.1, category: Shoes}",
        "promotions.1: 'b' and 'a' overlap in category 'Shoes': one price cut at a time",
    ),
    "a price cut of what is not sold": (
        "promotions: [{name: a, first_day: 10, discount: 0.1, category: Boats}]",
        "promotions.0.category = 'Boats': known are Accessories",
    ),
    "a price cut after the end": (
        "promotions: [{name: a, first_day: 365, discount: 0.1}]",
        "promotions.0.first_day = 365: must start before horizon.n_days = 365",
    ),
    "a shock in a region that is not": (
        "shocks: [{kind: demand_shock, first_day: 1, n_days: 5, effect: 0.1, region: Moon}]",
        "shocks.0.region = 'Moon': known are North, East, South, West",
    ),
    "a failing region that is not": (
        "rollout: {failing_region: Moon}",
        "rollout.failing_region = 'Moon': known are North, East, South, West",
    ),
    "unknown channel": (
        "marketing: {channels: {emial: {reach: 1.0}}}",
        "marketing: unknown channel 'emial'; known are ['affiliate'",
    ),
    "more reactions than contacts": (
        "marketing: {channels: {email: {click_share: 0.9, open_share: 0.2}}}",
        "marketing.channels.email: click_share + open_share = 0.9 + 0.2",
    ),
}


@pytest.mark.parametrize("text, expected", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_fields_that_contradict_each_other(said, text, expected):
    assert expected in said(text)


def test_the_shortest_cookies_are_those_the_message_asks_for(tmp_path):
    path = tmp_path / "mine.yaml"
    text = f"extends: {PRESET}\nhorizon: {{n_days: 710}}\npopulation: {{cookie_life_days: [LOW, 30]}}\n"
    path.write_text(text.replace("LOW", "10"))
    assert "give lives of at least 11 days" in refused(path)
    path.write_text(text.replace("LOW", "11"))
    assert load_scenario(path).population.cookie_life_days == (11, 30)


def test_a_missing_channel(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "name: x\nassortment: {categories: {a: 5.0}}\n"
        "marketing: {channels: {direct: {reach: 1.0}}}\n"
    )
    assert refused(path) == (
        "mine.yaml: marketing: channel 'affiliate' is missing; give reach: 0 to switch it off"
    )


def test_each_problem_has_a_line(said):
    told = said("horizon: {n_days: 1}\nstores: {n_stores: 1}\nfraud: {is_on: 5}").splitlines()
    assert [line.removeprefix("mine.yaml: ").partition(" = ")[0] for line in told] == [
        "horizon.n_days",
        "stores.n_stores",
        "fraud.is_on",
    ]
    assert len(said("horizon: {n_days: 1}").splitlines()) == 1


def test_no_more_than_five_problems_are_shown(said):
    wrong = ", ".join(f"dial_{k}: 1" for k in range(7))
    told = said(f"stores: {{{wrong}}}").splitlines()
    assert len(told) == 6
    assert told[-1] == "and 2 more"


SIZES = {
    "a list": ("sizes: [small]", "sizes = ['small']: give named sets of overrides"),
    "nothing": ("sizes: {small: }", "sizes.small = None: give fields and values, or {} for none"),
    "unknown block": ("sizes: {large: {horizonn: 1}}", "sizes.large.horizonn: unknown field; did"),
    "unknown field": ("sizes: {large: {stores: {n: 1}}}", "sizes.large.stores.n: unknown field"),
    "several": ("sizes: {large: {x: 1, y: 2}}", "sizes.large.x: unknown field; known are name, "),
    "no block": ("sizes: {large: {stores: 4}}", "sizes.large.stores = 4: give fields and values"),
    "several more": ("sizes: {large: {x: 1, y: 2}}", "\nmine.yaml: sizes.large.y: unknown field"),
    "extends": ("sizes: {large: {extends: sample}}", "sizes.large.extends: unknown field"),
    "value": (
        "sizes: {small: {horizon: {n_days: 5}}}",
        "sizes.small.horizon.n_days = 5: should be",
    ),
}


@pytest.mark.parametrize("text, expected", SIZES.values(), ids=SIZES)
def test_a_wrong_size(said, text, expected):
    assert expected in said(text)


MARKETS = {
    "a list": ("markets: [zh_CN]", "markets = ['zh_CN']: give named sets of overrides"),
    "nothing": ("markets: {zh_CN: }", "markets.zh_CN = None: give fields and values, or {} for"),
    "unknown": ("markets: {zh_CN: {market: {local: x}}}", "markets.zh_CN.market.local: unknown"),
    "value": (
        "markets: {zh_CN: {market: {locale: fr_FR}}}",
        "markets.zh_CN.market.locale = 'fr_FR': should be 'en_US' or 'zh_CN'",
    ),
}


@pytest.mark.parametrize("text, expected", MARKETS.values(), ids=MARKETS)
def test_a_wrong_market(said, text, expected):
    assert expected in said(text, market="zh_CN")


def test_a_market_that_does_not_exist(said):
    assert said("name: mine", market="fr_FR") == "no market 'fr_FR'; has ['en_US', 'zh_CN']"


def test_a_size_that_does_not_exist(said):
    expected = "no size 'huge'; has ['large', 'medium', 'small', 'tiny']"
    assert said("name: mine", size="huge") == expected


def test_a_mistake_in_a_file_below_names_that_file(tmp_path):
    (tmp_path / "base.yaml").write_text(f"extends: {PRESET}\nhorizon: {{n_days: 5}}\n")
    (tmp_path / "top.yaml").write_text("extends: base.yaml\nname: top\n")
    assert refused(tmp_path / "top.yaml").startswith("base.yaml: horizon.n_days = 5: ")
    (tmp_path / "top.yaml").write_text("extends: base.yaml\nhorizon: {n_days: 6}\n")
    assert refused(tmp_path / "top.yaml").startswith("top.yaml: horizon.n_days = 6: ")


def test_overrides_and_seed_are_named():
    assert refused(PRESET, overrides={"horizon": {"n_days": 5}}).startswith(
        "omnichannel_fashion.yaml: overrides.horizon.n_days = 5: should be"
    )
    assert "seed = -1: should be" in refused(PRESET, seed=-1)
    assert "is object: give numbers" in refused(PRESET, overrides={"seed": object()})


TEXTS = {
    "empty": ("", "holds nothing; give fields and values"),
    "a list": ("- name: x\n", "holds a list; give fields and values"),
    "a word": ("omnichannel\n", "holds a text; give fields and values"),
    "a number": ("5\n", "holds 5; give fields and values"),
    "not YAML": ("name: [x\n", "not YAML at line 2: "),
    "a tab": ("market:\n\tlocale: en_US\n", "not YAML at line 2: found character '\\t'"),
    "two documents": ("name: x\n---\nname: y\n", "not YAML at line 2: "),
    "a field twice": (
        "seed: 1\nstores: {n_stores: 5, n_stores: 6}\n",
        "line 2: field 'n_stores' is given twice",
    ),
    "a number as a name": ("5: x\n", "line 1: '5' names no field; give a text"),
    "a list as a name": ("? [a]\n: x\n", "line 1: a list or a mapping names no field"),
    "the 30th of February": (
        "horizon: {start_date: 2025-02-30}\n",
        "line 1: '2025-02-30': day is out of range for month",
    ),
    "a number without end": ("seed: " + "9" * 6_000, "line 1: '999"),
    "an object": ("name: !!python/object:os.system x\n", "is no plain value"),
    "bytes": ("description: !!binary aGVsbG8=\n", "line 1: 'binary' is no plain value"),
    "itself": ("stores: &a {n_stores: *a}\n", "line 1 refers to itself"),
    "unfolding": (TENFOLD, "more than 20000 values"),
    "nested": ("a: " + "[" * 50_000, "nested too deeply"),
    "extends a number": ("extends: 5\n", "extends = 5: give a preset or a file"),
    "extends nothing": ("extends: ''\n", "extends: no scenario ''; presets are ["),
    "extends what is not": ("extends: lost.yaml\n", "extends: lost.yaml: no such file"),
    "itself again": ("extends: mine.yaml\n", "extends itself (mine.yaml -> mine.yaml)"),
}


@pytest.mark.parametrize("text, expected", TEXTS.values(), ids=TEXTS)
def test_a_file_that_is_no_scenario(tmp_path, text, expected):
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    message = refused(path)
    assert message.startswith("mine.yaml: ")
    assert expected in message


def test_files_that_extend_each_other(tmp_path):
    (tmp_path / "a.yaml").write_text("extends: b.yaml\n")
    (tmp_path / "b.yaml").write_text("extends: a.yaml\n")
    chain = "a.yaml: extends itself (a.yaml -> b.yaml -> a.yaml)"
    assert refused(tmp_path / "a.yaml") == chain


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_bytes(bytes(range(256)))
    assert refused(path) == "mine.yaml: not UTF-8 text"
    path.write_bytes(b"name: \x00")
    assert refused(path).startswith("mine.yaml: not YAML: ")


def test_a_file_too_large(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("# filler\n" * 120_000)
    assert refused(path) == "mine.yaml: larger than 1 MB; is it a scenario file?"


def test_what_is_not_there(tmp_path):
    assert refused(tmp_path / "lost.yaml").endswith("lost.yaml: no such file")
    assert refused(tmp_path).endswith("a folder; give a YAML file")
    assert "presets are ['beauty', 'electronics'" in refused("fashion")
    assert "cannot be read" in refused("x" * 500 + ".yaml")


def test_merge_keys_still_work(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        f"extends: {PRESET}\nsizes:\n  a: &a {{stores: {{n_stores: 30}}, seed: 3}}\n"
        "  b:\n    <<: *a\n    seed: 4\n"
    )
    scenario = load_scenario(path, size="b")
    assert (scenario.stores.n_stores, scenario.seed) == (30, 4)


def test_a_world_larger_than_memory_is_refused_with_the_figure():
    huge = {
        "stores": {"n_stores": 2000},
        "assortment": {"n_products": 5000},
        "horizon": {"n_days": 1830},
        "population": {"cookie_life_days": [40, 240]},
    }
    with pytest.raises(ScenarioError, match=r"n_stores = 2000.* 238 GB of memory"):
        load_scenario("omnichannel_fashion", overrides=huge)


def test_the_order_of_categories_in_a_file_is_no_part_of_the_scenario():
    def listed(*names):
        return load_scenario(
            "omnichannel_fashion",
            overrides={"assortment": {"categories": {name: 10.0 + len(name) for name in names}}},
        )

    one, other = listed("Hats", "Gloves"), listed("Gloves", "Hats")
    assert one.content_hash == other.content_hash
    assert one.assortment.category_names == other.assortment.category_names == ("Gloves", "Hats")


def test_a_channel_without_media_money_has_no_price():
    said = refused(PRESET, overrides={"marketing": {"channels": {"email": {"price": 0.1}}}})
    assert "channels.email.price = 0.1: E-mail costs no media money; give 0" in said
