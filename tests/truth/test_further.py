"""Truth beyond the default: the same in a dataset, by question, and whatever else is asked."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import omnisim as om
from omnisim.errors import ScenarioError
from omnisim.scenario import load_scenario
from omnisim.schema import CHANNEL_NAMES
from omnisim.storage import check_dataset
from omnisim.study import open_truth
from omnisim.truth import compare, simulate
from omnisim.truth.asked import read_asked
from omnisim.truth.asking import Asker
from omnisim.truth.budgets import STEPS
from omnisim.truth.causes import further_effects, known_effects
from omnisim.truth.memory import live_world
from omnisim.truth.repair import repair
from omnisim.truth.semantics import SEMANTICS
from omnisim.truth.treatments import TREATMENTS, treated
from omnisim.truth.worlds import FURTHER_KINDS, ROLLOUT

SMALL = {
    "horizon": {"n_days": 84},
    "population": {"n_customers": 800},
    "stores": {"n_stores": 5},
    "assortment": {"n_products": 10},
    "demand": {"need_rate": 30.0},
    "experiment": {"first_day": 35, "n_days": 42},
    "factorial": {"is_on": True, "first_day": 35, "n_days": 42},
    "rollout": {"waves": [{"first_day": 28, "store_share": 0.4}], "growth_days": 14},
    "fulfilment": {"promise_days": 2},
    "stock": {"stock_out_share": 0.2, "oversell_share": 0.5},
}
EVERY = "ghost,substitute,reallocated"
FIELDS = ["estimand", "cause", "semantics", "outcome", "scope"]


def scenario(**more):
    return load_scenario("sample", overrides={**SMALL, **more})


def rows(frame):
    """Rows as plain values by key; text types differ between a file and a frame in memory."""
    plain = frame.astype(dict.fromkeys([*FIELDS, "unit", "coupling"], str))
    plain["first_date"], plain["last_date"] = (
        plain[name].astype("datetime64[s]") for name in ("first_date", "last_date")
    )
    return plain.set_index(FIELDS).sort_index()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("further") / "world"
    return simulate(scenario(), out=out, workers=2, truth="all", semantics=EVERY, shapley=4)


@pytest.fixture(scope="module")
def effects(made):
    return rows(open_truth(made).effects)


def pick(effects, **fields):
    found = effects
    for name, value in fields.items():
        found = found[found.index.get_level_values(name) == value]
    return found


def test_the_dataset_is_sound_and_the_rest_of_it_as_ever(made, tmp_path):
    assert check_dataset(made.path) == []
    plain = simulate(scenario(), out=tmp_path / "plain", workers=1)
    for side in ("tables", "truth"):
        for name, entry in getattr(plain.manifest, side).items():
            if name not in ("effects", "worlds"):
                assert getattr(made.manifest, side)[name].digest == entry.digest, name
    usual = rows(open_truth(plain).effects)
    pd.testing.assert_frame_equal(rows(open_truth(made).effects).loc[usual.index], usual)
    usual = worlds_of(plain)
    pd.testing.assert_frame_equal(worlds_of(made).loc[usual.index], usual)


def worlds_of(dataset):
    found = pd.read_parquet(dataset.path / "truth" / "worlds")
    return found.astype({"world_kind": str, "cause": str, "world": str}).set_index("world")


def test_every_world_that_was_lived_is_listed_with_who_lived_it(made, effects):
    worlds = worlds_of(made)
    # worlds lived beside the base world are named by what is set in them, such as `test=all`
    further = worlds[[name != "base" and "=" not in name for name in worlds.index]]
    assert set(further["world_kind"]) == {"channels", "shapley", *FURTHER_KINDS}
    assert (further["n_persons"] == SMALL["population"]["n_customers"]).all()
    in_full = further[further["world_kind"].isin(["budgets", "treatments", "lost_demand"])]
    assert (in_full["n_lived"] == in_full["n_persons"]).all()
    for channel in CHANNEL_NAMES:  # whom it met: the same persons under each meaning of off
        row = worlds.loc[f"substitute: without {channel}"]
        assert row["cause"] == channel
        assert row["n_lived"] >= worlds.loc[f"without={channel}", "n_lived"]
    assert set(worlds.query("world_kind == 'treatments'")["cause"]) == {t.name for t in TREATMENTS}
    assert {"Personalised home page", "empty_shelves"} <= set(worlds["cause"])
    # sums by catchment and week are kept of the default kinds only
    outcomes = pd.read_parquet(made.path / "truth" / "outcomes")
    assert set(outcomes["world"].astype(str)) == set(worlds.index) - set(further.index)
    orders = 2 * 2 * 2  # at least so many sets of channels in two pairs of orders
    assert len(worlds.query("world_kind == 'shapley'")) > orders


@pytest.mark.parametrize(
    "question",
    [
        {"without": "email"},
        {"without": "store_visit", "semantics": EVERY.split(",")[:2]},
        {"without": "paid_social", "semantics": "reallocated"},
        {"only": "community", "pair": ("paid_social", "email"), "semantics": "substitute"},
        {"pair": ("email", "paid_social")},
        {"without": "campaign:Spring collection"},
        {"without": "shock:demand_shock 2"},
        {"without": "click_and_collect"},
        {"without": "win_back"},
    ],
)
def test_a_question_has_the_answer_of_the_dataset_to_the_cent(effects, question):
    found = rows(compare(scenario(), **question, workers=2))
    assert list(found.columns) == list(effects.columns)
    pd.testing.assert_frame_equal(
        found, effects.loc[found.index], check_exact=True, check_dtype=False
    )


def test_effects_and_worlds_are_made_again_as_they_were_asked(made, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(made.path, copy)
    paths = ("truth/effects/part-00000.parquet", "truth/worlds/part-00000.parquet")
    before = [(copy / path).read_bytes() for path in paths]
    for path, content in zip(paths, before, strict=True):
        (copy / path).write_bytes(content[:-9] + b"x" * 9)
    assert repair(copy, workers=2) == paths
    assert [(copy / path).read_bytes() for path in paths] == before


def test_channels_together_are_one_world_and_a_seed_is_other_luck():
    both = compare(scenario(), without=("sms", "email"), workers=1)
    assert set(both["cause"]) == {"email+sms"}
    other = compare(scenario(), without=("sms", "email"), seed=5, workers=1)
    assert not np.array_equal(both["value"], other["value"])


def test_answers_do_not_depend_on_what_else_is_asked_or_on_workers(effects, tmp_path):
    alone = simulate(scenario(), out=tmp_path / "x", workers=1, truth="segments,lost_demand")
    few = rows(open_truth(alone).effects)
    assert {"att", "cate", "lost_demand"} == set(few.index.get_level_values("estimand"))
    pd.testing.assert_frame_equal(few, effects.loc[few.index], check_exact=True)


def test_segments_make_up_the_whole_of_each_test(effects):
    tests = {"Personalised home page"} | {f.name for f in scenario().factorial.factors}
    for test in tests:
        for outcome in ("net_amount", "n_orders"):
            ate = pick(effects, estimand="ate", cause=test, outcome=outcome).iloc[0]
            cate = pick(effects, estimand="cate", cause=test, outcome=outcome)
            for part in ("region=", "prior_buyer=", "digital="):
                scope = cate.index.get_level_values("scope").str.startswith(part)
                some = cate[scope]
                assert some["n_units"].sum() == ate["n_units"]
                whole = (some["value"] * some["n_units"]).sum() / ate["n_units"]
                assert whole == pytest.approx(ate["value"], abs=1e-9)  # the same sums of cents
            att = pick(effects, estimand="att", cause=test, outcome=outcome).iloc[0]
            assert 0.4 < att["n_units"] / ate["n_units"] < 0.6  # half of some hundred accounts
            assert att["unit"] == ate["unit"]


def test_shapley_values_add_up_to_all_minus_none(effects):
    for semantics in EVERY.split(","):
        for outcome in ("net_amount", "n_orders"):
            values = pick(effects, estimand="shapley", semantics=semantics, outcome=outcome)
            again = pick(effects, estimand="shapley_sampling", semantics=semantics, outcome=outcome)
            assert values["value"].sum() == pytest.approx(again["value"].sum(), abs=1e-6)
            assert set(values["replications"]) == {4}
            assert (values["std_error"] >= 0).all()
            assert not np.allclose(values["std_error"], again["std_error"])
    nobody = compare(scenario(), without=CHANNEL_NAMES, workers=2).set_index("outcome")
    for outcome in ("net_amount", "n_orders"):
        values = pick(effects, estimand="shapley", semantics="ghost", outcome=outcome)
        # both are exact sums of cents, divided once
        assert values["value"].sum() == pytest.approx(nobody.loc[outcome, "value"], abs=1e-6)


def test_sales_per_money_are_the_step_over_what_it_cost(effects, made):
    steps = pick(effects, estimand="budget_step")
    paid = set(made.read("channels").query("is_paid")["channel"])
    assert set(steps.index.get_level_values("cause")) <= paid
    assert set(steps.index.get_level_values("scope")) == set(STEPS)
    for cause in set(steps.index.get_level_values("cause")):
        for scope, factor in STEPS.items():
            here = pick(steps, cause=cause, scope=scope).reset_index().set_index("outcome")
            cost = here.loc["media_cost", "value"]
            assert cost * (factor - 1) >= 0, (cause, scope)  # more reach never costs less
            roas = pick(effects, estimand="marginal_roas", cause=cause, scope=scope)
            assert len(roas) == (cost != 0)
            for row in roas.itertuples():
                assert row.value == pytest.approx(here.loc["net_amount", "value"] / cost)
                assert row.unit == "USD per USD"


def test_lost_demand_is_that_of_its_table_at_list_price(effects, made):
    lost = pd.read_parquet(made.path / "truth" / "lost_demand")
    goods = made.read("products").set_index("sku")
    lost["value"] = lost["n_lost"] * lost["sku"].map(goods["list_price"])
    lost["category"] = lost["sku"].map(goods["category"])
    asked = pick(effects, estimand="lost_demand", semantics="asked_for")
    total = pick(asked, scope="all").reset_index().set_index("outcome")["value"]
    assert total["n_units"] == lost["n_lost"].sum() > 0
    assert total["list_amount"] == pytest.approx(lost["value"].sum())
    for category, part in lost.groupby("category", observed=True):
        found = pick(asked, scope=f"category={category}", outcome="n_units")
        assert found["value"].item() == part["n_lost"].sum()
    full = pick(effects, estimand="lost_demand", semantics="full_shelves", outcome="n_orders")
    assert full["value"].item() > 0  # a fifth of all shelf-days are empty


def test_treatments_act_on_their_risk(effects):
    found = pick(effects, semantics="treated")
    assert set(found.index.get_level_values("cause")) == {t.name for t in TREATMENTS}

    def value(cause, outcome):
        return pick(found, cause=cause, outcome=outcome)["value"].item()

    assert value("safety_stock", "n_orders") < 0  # base minus treated: the treated world sells more
    assert value("stock_sync", "cancelled_amount") > 0
    assert value("faster_carriers", "late_amount") > 0
    assert value("payment_rules", "fraud_amount") > 0
    assert value("consent_gate", "n_messages_without_consent") > 0
    assert value("bid_limits", "media_cost") > 0
    assert value("bid_limits", "net_amount") == 0


def test_money_of_the_base_world_is_that_of_its_tables(made):
    """What treatments are measured by, recomputed from the tables a retailer has."""
    from omnisim.engine import Block, build_plan, run_block
    from omnisim.truth.money import MONEY, money_of
    from omnisim.world import build_world

    world = build_world(scenario())
    plan = build_plan(world)
    out = run_block(world, plan, Block(0, 0, world.scenario.population.n_customers))[2]
    money = dict(zip(MONEY, money_of(out, plan).sum(axis=0).tolist(), strict=True))
    returns, orders = made.read("returns"), made.read("orders")
    labels = pd.read_parquet(made.path / "truth" / "order_labels").set_index("order_id")["label"]
    label = orders["order_id"].map(labels.astype(str))
    done = orders["status"] == "completed"
    is_fake = label == "fake_order"
    assert money["refund_amount"] == round(returns["refund_amount"].sum() * 100)
    cancelled = orders.loc[~done & ~is_fake, "net_amount"].sum()
    assert money["cancelled_amount"] == round(cancelled * 100) > 0
    fraud = orders.loc[done & is_fake, "net_amount"].sum()
    fraud += orders.loc[done & (label == "coupon_abuse"), "discount_amount"].sum()
    assert money["fraud_amount"] == round(fraud * 100) > 0
    touches = made.read("touchpoints")
    sent = touches["touch_kind"].astype(str) == "sent"
    breaches = (sent & ~touches["has_consent"]).sum()
    # clicks and messages may be logged twice in the table, never in what is counted here
    assert 0 < money["n_messages_without_consent"] <= breaches


def test_treatments_change_what_they_name_and_nothing_else():
    base = scenario()
    for treatment in TREATMENTS:
        there = treated(base, treatment)
        differing = {
            block
            for block in type(base).model_fields
            if getattr(base, block) != getattr(there, block)
        }
        assert differing == set(treatment.dials(base)), treatment.name
        type(base).model_validate_json(there.model_dump_json())  # still a lawful scenario


def test_treatments_are_of_risks_in_the_register():
    from omnisim.risk.register import default_register

    known = {risk.key for risk in default_register().risks}
    assert {treatment.risk for treatment in TREATMENTS} <= known


def test_with_interference_every_world_settles_on_its_own(tmp_path):
    coupled = scenario(
        population={"n_customers": 600},
        interference={"is_on": True, "weekly_budgets": {"paid_social": 5.0}},
        factorial={"is_on": False},
    )
    made = simulate(
        coupled, out=tmp_path / "coupled", workers=2,
        truth="channels,additions,lost_demand,treatments", semantics="ghost,reallocated",
    )  # fmt: skip
    found = rows(open_truth(made).effects)
    asked = rows(compare(coupled, without="paid_social", semantics=("ghost", "reallocated")))
    pd.testing.assert_frame_equal(
        asked, found.loc[asked.index], check_exact=True, check_dtype=False
    )
    assert set(pick(found, estimand="lost_demand").index.get_level_values("semantics")) == {
        "asked_for"
    }


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({}, "nothing to compare"),
        ({"without": "mail"}, "no such channel; known are direct"),
        ({"only": "win_back"}, "only"),
        ({"without": ("email", "win_back")}, "by itself"),
        ({"pair": "email"}, "two different channels"),
        ({"pair": ("email", "email")}, "two different channels"),
        ({"without": "email", "semantics": "gone"}, "'gone' is none of them"),
        ({"without": "email", "semantics": ()}, "semantics"),
        ({"without": "email", "semantics": "reallocated"}, "spends no media money"),
        ({"without": "win_back", "semantics": "substitute"}, "holds for channels"),
        ({"without": "email", "seed": -1}, "seed"),
    ],
)
def test_questions_without_an_answer_are_refused(question, message):
    with pytest.raises(ScenarioError, match=message):
        compare(scenario(), **question)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"semantics": "gone"}, "'gone' is none of them"),
        ({"shapley": 0}, "shapley = 0: give 4 to 1,000"),
        ({"shapley": 100_000}, "shapley = 100000: give 4 to 1,000"),
        ({"truth": "none", "semantics": "substitute"}, "nothing asked for switches channels off"),
        ({"truth": "treatment"}, "no 'treatment'"),
    ],
)
def test_a_simulation_that_cannot_be_is_refused_before_the_work(asked, message, tmp_path):
    with pytest.raises(ScenarioError, match=message):
        simulate(scenario(), out=tmp_path / "x", **asked)
    assert list(tmp_path.iterdir()) == []


def test_ghosts_are_left_out_where_they_are_not_asked():
    assert "channels" not in read_asked("channels,campaigns", "substitute", None).worlds
    assert "channels" in read_asked("channels", "ghost,substitute", None).worlds
    assert not read_asked("default", "ghost", None).is_further
    assert read_asked("none", "ghost", 8).is_further


def test_compare_is_found_at_the_root():
    assert om.truth.compare is compare


def test_the_page_names_everything_that_can_be_asked():
    page = (Path(__file__).parents[2] / "docs" / "semantics.md").read_text(encoding="utf-8")
    for name in (*FURTHER_KINDS, *SEMANTICS, *(t.name for t in TREATMENTS)):
        assert f"`{name}`" in page, name


# --- single effects, as studies ask for them ------------------------------------------------------


def _every(**fields):
    """What can be asked for, each with the orders the dataset was made with."""
    found = [*known_effects(scenario()), *further_effects(scenario())]
    kept = [e for e in found if all(getattr(e, name) == value for name, value in fields.items())]
    return [replace(e, orders=4 if e.kind == "shapley" else 0) for e in kept]


def test_what_can_be_asked_is_what_the_dataset_has(effects):
    """Pairs apart, of which a dataset has those of its own choice; channels without money have none."""
    known = {
        (e.estimand, e.cause, e.semantics, outcome, scope)
        for e in _every()
        for outcome in e.outcomes
        for scope in e.scopes
    }
    assert set(effects.index) <= known
    absent = {(e, cause) for e, cause, *_ in known - set(effects.index) if e != "synergy"}
    assert {cause for _, cause in absent} <= {"affiliate", "marketplace"}, "these spend nothing"


@pytest.mark.parametrize(
    "fields",
    [
        {"estimand": "total", "cause": "email"},  # ghost and substitute
        {"estimand": "total", "cause": "paid_social", "semantics": "reallocated"},
        {"estimand": "add_one_in", "cause": "community", "semantics": "substitute"},
        {"estimand": "shapley", "cause": "sms", "semantics": "ghost"},
        {"estimand": "marginal_roas", "cause": "paid_social"},
        {"kind": "segments"},
        {"kind": "lost_demand"},
        {"cause": "stock_sync"},
        {"estimand": "att"},
    ],
)
def test_single_effects_are_those_of_the_dataset_to_the_cent(effects, fields):
    asked = _every(**fields)
    found = rows(live_world(scenario(), tables=(), effects=asked).effects)
    there = pick(effects, **{name: v for name, v in fields.items() if name != "kind"})
    named = {(e.estimand, e.cause, e.semantics) for e in asked}
    there = there[[key[:3] in named for key in there.index]]
    assert len(there)
    pd.testing.assert_frame_equal(
        found.loc[there.index], there, check_exact=True, check_dtype=False
    )


def test_only_the_worlds_of_an_effect_are_lived(monkeypatch):
    lived, ask = [], Asker.ask

    def counting(self, recipe, question):
        lived.append(sorted(question.lives))
        return ask(self, recipe, question)

    monkeypatch.setattr(Asker, "ask", counting)
    for fields in (
        {"estimand": "total", "cause": "email", "semantics": "substitute"},
        {"estimand": "synergy", "cause": "paid_social+email", "semantics": "ghost"},
        {"estimand": "budget_step", "cause": "paid_social"},
        {"estimand": "total", "cause": "coupon_limits"},
        {"estimand": "total", "cause": "email", "semantics": "ghost"},  # beside the base world
    ):
        asked = [replace(e, scopes=e.scopes[-1:]) for e in _every(**fields)]
        live_world(scenario(), tables=(), effects=asked)
    assert [len(names) for names in lived] == [2, 5, 2, 2]
    assert lived[2] == ["base", "paid_social +20%"]


def test_weeks_of_the_horizon_make_up_the_whole(effects):
    """What a channel, a campaign and the roll-out brought in parts of the year is what they brought."""
    asked = [
        e
        for e in known_effects(scenario())
        if e.estimand == "total" and e.cause in ("email", "campaign:Spring collection", ROLLOUT)
    ]
    values = []
    for weeks in ((0, 5), (5, 12)):
        some = [replace(effect, weeks=weeks) for effect in asked]
        found = rows(live_world(scenario(), tables=(), effects=some).effects)
        values.append(found["value"])
        days = (found["last_date"] - found["first_date"]).dt.days + 1
        assert set(days) == {7 * (weeks[1] - weeks[0])}
    assert len(values[0]) == 3 * 3
    whole = effects.loc[values[0].index, "value"]
    np.testing.assert_allclose(values[0] + values[1], whole, rtol=1e-12)  # sums of cents
