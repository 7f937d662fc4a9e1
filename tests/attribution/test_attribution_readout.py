"""Readout and its words: numbers that tie, sentences that hold for any outcome."""

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest

from omnisim import attribution as at
from omnisim.language import in_language
from omnisim.results import Result, Source, TruthComparison

START = pd.Timestamp("2025-03-01", tz="UTC")


def tables(**changes) -> dict[str, pd.DataFrame]:
    """Sixty persons: half see e-mail then brand search and buy, the others click and leave."""
    rng = np.random.default_rng(8)
    n = 60
    person = np.arange(1, n + 1)
    first = START + pd.to_timedelta(rng.uniform(0, 20, n), unit="D")
    second = first + pd.to_timedelta(rng.uniform(0.5, 5, n), unit="D")
    buys = person <= 30
    touchpoints = pd.DataFrame(
        {
            "touched_at": [*first, *second],
            "touchpoint_id": np.arange(2 * n),
            "identity_id": [*person, *(person + 100)],  # another cookie the second time
            "customer_id": pd.array([pd.NA] * 2 * n, dtype="Int64"),
            "channel": ["email"] * n + ["brand_search"] * 40 + ["direct"] * 20,
            "touch_kind": "click",
        }
    )
    identities = pd.DataFrame(
        {
            "identity_id": np.concatenate([person, person + 100]),
            "customer_id": pd.array(np.concatenate([person, person]), dtype="Int64"),
        }
    )
    bought = pd.DataFrame(
        {
            "ordered_at": second[buys] + pd.Timedelta(hours=1),
            "order_id": person[buys],
            "customer_id": pd.array(person[buys], dtype="Int64"),
            "identity_id": pd.array(person[buys] + 100, dtype="Int64"),
            "order_channel": np.where(person[buys] % 3 == 0, "store", "web"),
            "status": "completed",
            "net_amount": rng.lognormal(4, 0.5, 30).round(2),
        }
    )
    cash = pd.DataFrame(
        {
            "ordered_at": START + pd.to_timedelta(np.arange(10), unit="D"),
            "order_id": np.arange(10) + 500,
            "customer_id": pd.array([pd.NA] * 10, dtype="Int64"),
            "identity_id": pd.array([pd.NA] * 10, dtype="Int64"),
            "order_channel": "store",
            "status": "completed",
            "net_amount": 20.0,
        }
    )
    orders = pd.concat([bought, cash], ignore_index=True)
    orders["cost_amount"], orders["shipping_cost"] = 0.5 * orders["net_amount"], 0.0
    made = {
        "touchpoints": touchpoints,
        "orders": orders,
        "identities": identities,
        "channels": pd.DataFrame(
            {
                "channel": ["email", "brand_search", "direct", "store_visit"],
                "channel_label": ["E-mail", "Brand search", "Direct", "Store visit"],
                "is_online": [True, True, True, False],
            }
        ),
        "media_costs": pd.DataFrame(
            {"channel": ["email", "brand_search", "sms"], "media_cost": [400.0, 300.0, 50.0]}
        ),
    }
    return {**made, **changes}


def read(given=None, **options) -> at.Readout:
    return at.read_attribution(
        given or tables(),
        rules=options.pop("rules", at.JourneyRules()),
        currency="USD",
        n_days=40,
        rng=np.random.default_rng(2),
        n_replicates=60,
        **{"break_even": 1.0, **options},
    )


def by_name(readout) -> dict:
    return {item.name: item for item in at.estimates(readout)}


def result_of(readout, n_completed=40) -> Result:
    checks = at.checks(readout, n_completed=n_completed)
    return Result(
        question_id="attribution",
        question="q",
        answer=at.answer(readout),
        source=Source(
            dataset="d",
            dataset_hash="h",
            is_simulated=False,
            currency="USD",
            locale="en_US",
            first_date="2025-03-01",
            last_date="2025-04-09",
        ),
        estimates=at.estimates(readout),
        checks=checks,
        findings=at.findings(readout, checks),
    )


def test_numbers_tie():
    readout = read()
    found = by_name(readout)
    orders = tables()["orders"]
    assert found["total_value"].value == pytest.approx(orders["net_amount"].sum())
    assert found["untracked_value"].value == pytest.approx(200)
    assert found["untracked_share"].value == pytest.approx(10 / 40)
    assert found["tracked_value"].value + found["untracked_value"].value == pytest.approx(
        found["total_value"].value
    )
    for model in ("markov", "last"):
        credited = [e.value for n, e in found.items() if n.startswith(f"credited_{model}_")]
        assert sum(credited) == pytest.approx(found["tracked_value"].value)
    # Everybody who buys came by e-mail and left by brand search.
    assert found["credited_last_email"].value == 0
    # Person by person: the chain splits evenly between two channels nobody can do without.
    assert found["credited_markov_email"].value == pytest.approx(
        found["credited_markov_brand_search"].value
    )
    assert found["mean_touches"].value == 2
    assert found["webrooming_share"].value == pytest.approx(10 / 20)
    assert found["media_spend"].value == 750


def test_every_estimate_holds_its_value_and_names_unit_and_source():
    for item in at.estimates(read()):
        assert item.unit
        assert item.source
        assert item.method
        assert item.ci_low is not None or "no sampling" in item.note
        if item.ci_low is not None:
            assert item.ci_low <= item.value <= item.ci_high
        assert item.role == "credit" or not item.name.startswith(("credited", "roas"))


def test_verdicts_and_spend_at_stake():
    readout = read()
    found = by_name(readout)
    verdict = readout.verdicts().set_index("channel")["verdict"]
    # SMS has spend and no contact at all; e-mail has no credit by last contact, all by first.
    assert verdict.to_dict() == {"email": "depends", "brand_search": "depends", "sms": "below"}
    assert found["spend_below_break_even"].value == 50
    assert found["spend_model_decides"].value == 700
    # Markov splits 1/2 : 1/2, last 0 : 1, so half of the budget moves.
    assert found["budget_move_share"].value == pytest.approx(0.5)
    assert found["budget_move"].value == pytest.approx(375)


def test_checks_hold_and_gates_block_findings():
    readout = read()
    checks = {c.name: c for c in at.checks(readout, n_completed=40)}
    assert checks["orders_accounted"].passed
    assert checks["credit_adds_up"].passed
    # Cookies change between the two contacts: without stitching e-mail loses all its credit.
    assert not checks["stitching_matters_little"].passed
    assert checks["stitching_matters_little"].value == pytest.approx(0.5, abs=0.01)
    wrong = at.checks(readout, n_completed=41)
    assert [c.name for c in wrong if c.is_gate and not c.passed] == ["orders_accounted"]
    assert at.findings(readout, wrong) == ()


def test_findings_are_sized_and_never_sure():
    result = result_of(read())
    assert len(result.findings) == 4
    for item in result.findings:
        assert result.estimate(item.value_name).unit == "USD"
        assert item.owner_role
        if item.value_name in ("spend_below_break_even", "budget_move"):
            assert item.confidence in ("low", "medium")
    assert result.findings[2].headline == "25.0% of orders cannot be credited to any channel"
    assert "SMS is credited below break-even" in result.findings[0].headline
    assert Result.from_json(result.to_json()) == result


VARIANTS = {
    "plain": {},
    "no_costs": {"media_costs": tables()["media_costs"][:0]},
    "costs_without_contacts": {
        "media_costs": pd.DataFrame({"channel": ["sms"], "media_cost": [9.0]})
    },
    "cheap": {"media_costs": pd.DataFrame({"channel": ["brand_search"], "media_cost": [0.5]})},
    "all_pay": {
        "media_costs": pd.DataFrame(
            {"channel": ["email", "brand_search"], "media_cost": [0.5, 0.5]}
        ),
        # One contact per person, so all models agree.
        "touchpoints": tables()["touchpoints"].query("identity_id <= 15 or identity_id > 115"),
    },
    "dear": {
        "media_costs": pd.DataFrame(
            {"channel": ["email", "brand_search", "direct"], "media_cost": [9e6, 8e6, 7e6]}
        )
    },
    "only_web": {
        "orders": tables()["orders"].query("order_channel == 'web'"),
    },
    "one_channel": {"touchpoints": tables()["touchpoints"].query("channel == 'email'")},
    "nobody_linked": {
        "identities": tables()["identities"].assign(
            customer_id=pd.array([pd.NA] * 120, dtype="Int64")
        ),
        "orders": tables()["orders"].assign(customer_id=pd.array([pd.NA] * 40, dtype="Int64")),
    },
}


@pytest.mark.parametrize("name", VARIANTS)
def test_words_hold_for_any_outcome(name):
    readout = read(tables(**VARIANTS[name]))
    result = result_of(readout, n_completed=readout.journeys.n_conversions)
    texts = [result.answer, *at.titles(readout).values(), *at.assumptions(readout)]
    for item in result.findings:
        texts += [v for v in dataclasses.asdict(item).values() if v]
    texts += [check.sentence for check in result.checks]
    for text in texts:
        assert not re.search(r"nan|inf\b|None|\{|\}|  |\.\.|np\.", text), text
        assert not re.search(r"\b(effect|caused by|impact of)\b", text), text
    said = [*result.texts(), *at.titles(readout).values(), *at.assumptions(readout)]
    assert [text for text in said if in_language(text, "zh") is None] == []
    assert ("media_spend" in {e.name for e in result.estimates}) == (name != "no_costs")
    for item in result.findings:
        assert item.headline[0].isupper() or item.headline[0].isdigit()
        assert not item.headline.endswith(".")


def test_cases_of_the_budget_findings():
    cheap = result_of(read(tables(**VARIANTS["cheap"])))
    assert cheap.findings[0].headline == "No paid channel stays below break-even under every model"
    assert cheap.findings[0].value_name == "media_spend"
    # By first contact brand search gets nothing.
    assert cheap.findings[1].headline == (
        "The attribution model decides whether Brand search reaches break-even"
    )
    assert cheap.findings[1].value_name == "spend_model_decides"
    agreed = result_of(read(tables(**VARIANTS["all_pay"])))
    assert "moves" not in agreed.findings[1].headline
    assert agreed.estimate("budget_move").value == pytest.approx(0)
    dear = result_of(read(tables(**VARIANTS["dear"])))
    assert dear.findings[0].headline.startswith("E-mail, Brand search and Direct are credited")
    assert dear.estimate("spend_below_break_even").value == 24e6


def test_few_untracked_orders_are_no_finding():
    orders = tables()["orders"]
    few = read(tables(orders=orders[orders["order_id"] < 502]))  # 2 of 32 orders
    result = result_of(few, n_completed=32)
    assert result.estimate("untracked_share").value == 2 / 32
    assert not [f for f in result.findings if f.value_name == "untracked_value"]


def test_break_even_moves_the_verdict():
    assert read(break_even=None).break_even == 2  # half of the sales is left after goods
    high = read(break_even=1e6).verdicts()
    assert set(high["verdict"]) == {"below"}


def test_exhibits_tie():
    readout = read()
    shares = at.credit_table(readout)
    for label in readout.table.labels:
        assert shares[label].sum() == pytest.approx(100)
    assert shares["Channel"].iloc[-1] == "No contact on record"
    assert at.flow_table(readout)["Orders"].sum() == 30
    assert at.flow_table(readout, n_largest=1)["Orders"].sum() == 30
    lengths = at.lengths_table(readout)
    assert lengths["Orders"].sum() == 40
    assert lengths["Share of orders"].sum() == pytest.approx(1)
    moves = at.moves_table(readout)
    assert moves.sum(axis=1).tolist() == pytest.approx([1] * len(moves))
    assert moves.index.tolist()[1:] == moves.columns.tolist()[:-2]
    costs = at.returns_table(readout)
    assert costs["Media spend (USD)"].sum() == 750
    assert np.isnan(costs["Credited cost per order (USD)"].iloc[-1])  # SMS: no credited order


def test_credit_read_as_cause_is_labelled_and_matched():
    readout = read()
    claims = at.as_cause(readout)
    assert {c.name for c in claims} == set(at.truth_matches(readout))
    assert all("read as if it were cause" in c.label for c in claims)
    rows = [
        TruthComparison(
            name=c.name,
            label=c.label,
            estimate=c.value,
            truth=100.0 if c.name.endswith("brand_search") else 0.0,
            truth_std_error=5.0,
            unit="USD",
            semantics="ghost",
        )
        for c in claims
    ]
    table = at.overclaim_table(rows, readout)
    assert len(table) == 6
    last = table[table["Model"] == "Last contact"].set_index("Channel")
    credited = by_name(readout)["credited_last_brand_search"].value
    assert last.loc["Brand search", "Over-claim"] == pytest.approx(credited / 100)
    assert np.isnan(last.loc["E-mail", "Over-claim"])  # nothing caused: no factor
    assert f"Brand search with {credited / 100:.1f} times" in at.overclaim_title(table, readout)
    assert at.overclaim_count(table, readout).startswith("Last contact credits 1 of 3")
    low = table.assign(
        **{"Over-claim": table["Channel"].map({"Brand search": 2.0, "Direct": 1.0, "E-mail": 0.5})}
    )
    assert re.search(
        "credits .* with 2.0 times .* but .* with only 0.50 times", at.overclaim_title(low, readout)
    )
    nothing = table.assign(**{"Over-claim": np.nan})
    assert "No channel" in at.overclaim_title(nothing, readout)


def test_same_seed_same_readout():
    one, two = (by_name(read()) for _ in range(2))
    assert one == two
