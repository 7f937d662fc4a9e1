"""From tables to a decision: unit table by hand, every gate broken once, every outcome worded."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from omnisim import experiment as ex
from omnisim.errors import DesignError, SchemaError

FIRST, LAST = date(2025, 1, 1), date(2025, 4, 30)
START, END = date(2025, 3, 1), date(2025, 3, 28)


def experiments(**changes) -> pd.DataFrame:
    row = {
        "experiment_id": 1,
        "experiment_name": "Home page",
        "treatment_share": 0.5,
        "started_date": pd.Timestamp(START),
        "ended_date": pd.Timestamp(END),
    }
    return pd.DataFrame([row | changes])


def design(**changes) -> ex.Design:
    return ex.choose_experiment(experiments(**changes), first_date=FIRST, last_date=LAST)


def utc(*texts: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(texts, tz="UTC")


def orders(*rows: tuple[str, int | None, float, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "ordered_at": utc(*(r[0] for r in rows)),
            "customer_id": pd.array([r[1] for r in rows], dtype="Int64"),
            "net_amount": [r[2] for r in rows],
            "cost_amount": [r[2] * 0.5 for r in rows],
            "shipping_cost": [1.0 for _ in rows],
            "status": pd.Categorical([r[3] for r in rows]),
        }
    )


def assigned(n_control: int, n_treatment: int) -> pd.DataFrame:
    n = n_control + n_treatment
    return pd.DataFrame(
        {
            "assigned_at": utc(*[f"{START}"] * n),
            "customer_id": np.arange(n),
            "experiment_id": 1,
            "variant": pd.Categorical(["control"] * n_control + ["treatment"] * n_treatment),
        }
    )


def customers(n: int) -> pd.DataFrame:
    return pd.DataFrame({"joined_at": utc(*["2024-12-01"] * n), "customer_id": np.arange(n)})


def world(effect: float = 0.0, n: int = 600, seed: int = 5, margin: float = 0.5):
    """Assignments and unit table of a sound test with a known effect per buyer."""
    rng = np.random.default_rng(seed)
    log = assigned(n // 2, n // 2)
    rows = []
    for customer in range(n):
        habit = rng.gamma(4, 10)
        rows.append(
            (f"{FIRST + timedelta(days=int(rng.integers(0, 59)))}", customer, habit, "completed")
        )
        amount = habit + (effect if customer >= n // 2 else 0.0) + rng.normal(0, 3)
        if customer % 20 == 0:
            continue  # buys nothing in the window
        day = START + timedelta(days=int(rng.integers(0, 28)))
        rows.append((f"{day}", customer, max(amount, 0.0), "completed"))
    table = orders(*rows)
    treated = table["customer_id"].to_numpy() >= n // 2
    table.loc[treated & (table["ordered_at"] >= pd.Timestamp(START, tz="UTC")), "cost_amount"] = (
        table["net_amount"] * (1 - margin)
    )
    return log, ex.unit_table(design(), log, customers(n), table)


class TestUnitTable:
    def test_counts_what_belongs_and_keeps_zeros(self):
        table = ex.unit_table(
            design(),
            assigned(1, 2),
            customers(3),
            orders(
                ("2025-02-28 23:59:59", 0, 7.0, "completed"),  # the last moment before
                ("2025-03-01 00:00:00", 0, 10.0, "completed"),  # the first moment of the window
                ("2025-03-14 23:00:00", 0, 20.0, "completed"),  # still in the first half
                ("2025-03-28 23:59:59", 0, 40.0, "completed"),  # the last moment of the window
                ("2025-03-29 00:00:00", 0, 80.0, "completed"),  # too late
                ("2025-03-05 00:00:00", 1, 99.0, "cancelled"),  # not completed
                ("2025-03-05 00:00:00", None, 99.0, "completed"),  # a guest
                ("2025-03-05 00:00:00", 77, 99.0, "completed"),  # not in the test
            ),
        ).set_index("customer_id")
        assert table.loc[0, "net_amount"] == 70
        assert table.loc[0, "margin_amount"] == 70 * 0.5 - 3
        assert table.loc[0, ["net_amount_early", "net_amount_late"]].tolist() == [30, 40]
        assert table.loc[0, ["n_orders", "net_amount_before", "has_order"]].tolist() == [3, 7, 1]
        assert table.loc[[1, 2], ["net_amount", "n_orders", "has_order"]].to_numpy().sum() == 0
        assert len(table) == 3

    def test_leaves_its_inputs_alone(self):
        log, people, table = (
            assigned(2, 2),
            customers(4),
            orders(("2025-03-02", 0, 5.0, "completed")),
        )
        copies = log.copy(), people.copy(), table.copy()
        ex.unit_table(design(), log, people, table)
        for before, after in zip(copies, (log, people, table), strict=True):
            pd.testing.assert_frame_equal(before, after)

    def test_names_what_is_wrong(self):
        good = orders(("2025-03-02", 0, 5.0, "completed"))
        with pytest.raises(SchemaError, match="orders: no column"):
            ex.unit_table(design(), assigned(1, 1), customers(2), good.drop(columns="status"))
        with pytest.raises(SchemaError, match="NaN"):
            ex.unit_table(design(), assigned(1, 1), customers(2), good.assign(net_amount=np.nan))
        strange = assigned(1, 1).assign(variant=["control", "blue"])
        with pytest.raises(DesignError, match="blue"):
            ex.unit_table(design(), strange, customers(2), good)


class TestChoosing:
    def test_needs_a_name_among_several(self):
        both = pd.concat([experiments(), experiments(experiment_id=2, experiment_name="Other")])
        with pytest.raises(DesignError, match="name one of"):
            ex.choose_experiment(both, first_date=FIRST, last_date=LAST)
        assert (
            ex.choose_experiment(both, first_date=FIRST, last_date=LAST, name="Other").experiment_id
            == 2
        )

    def test_pre_period_is_cut_to_the_data(self):
        found = ex.choose_experiment(
            experiments(), first_date=FIRST, last_date=LAST, n_days_before=900
        )
        assert (found.n_days_before, found.n_days) == (59, 28)
        with pytest.raises(DesignError, match="before the data"):
            ex.choose_experiment(experiments(), first_date=END, last_date=LAST)

    def test_refuses_an_impossible_split(self):
        with pytest.raises(DesignError, match=r"treatment_share = 1\.0"):
            design(treatment_share=1.0)


class TestGates:
    """Each broken design must block every number and say why."""

    def blocked_by(
        self, log: pd.DataFrame, units: pd.DataFrame, plan: ex.Design | None = None
    ) -> set[str]:
        readout = ex.read_experiment(plan or design(), log, units, currency="USD")
        if readout.is_blocked:
            assert readout.metrics == ()
            assert ex.estimates(readout) == ()
            assert ex.finding(readout).value_name == ""
            assert "cannot be said" in ex.answer(readout)
            with pytest.raises(DesignError, match="blocked by"):
                readout.metric("net_amount")
        return {check.name for check in readout.failed_gates}

    def test_a_sound_test_passes(self):
        assert self.blocked_by(*world()) == set()

    def test_sample_ratio(self):
        log, units = world()
        keep = (units["variant"] == "control") | (units["customer_id"] % 3 != 0)
        assert "sample_ratio" in self.blocked_by(
            log[log["customer_id"].isin(units["customer_id"][keep])], units[keep]
        )

    def test_sample_ratio_drifting_over_weeks(self):
        log, units = world()
        early = (units["variant"] == "control") ^ (units["customer_id"] % 4 == 0)
        units["assigned_at"] = utc(*np.where(early, "2025-03-01", "2025-03-15"))
        assert self.blocked_by(log, units) == {"sample_ratio_by_period"}

    def test_unit_in_both_arms_and_logged_twice(self):
        log, units = world()
        other = log.iloc[[0]].assign(variant="treatment")
        assert self.blocked_by(pd.concat([log, other]), units) == {"one_arm_each"}
        assert self.blocked_by(pd.concat([log, log.iloc[:3]]), units) == {"no_duplicates"}

    def test_unknown_accounts(self):
        log, units = world()
        units.loc[:20, "is_known"] = False
        assert self.blocked_by(log, units) == {"known_accounts"}

    def test_arms_that_differed_before(self):
        log, units = world()
        units.loc[units["variant"] == "treatment", "net_amount_before"] += 20
        assert self.blocked_by(log, units) == {"same_before"}

    def test_window_not_over(self):
        log, units = world()
        plan = ex.choose_experiment(
            experiments(), first_date=FIRST, last_date=END - timedelta(days=3)
        )
        assert self.blocked_by(log, units, plan) == {"window_complete"}

    def test_false_alarms_are_rare(self):
        rng = np.random.default_rng(6)
        counts = rng.binomial(2000, 0.5, 2000)
        alarms = sum(ex.sample_ratio_p_value(2000 - k, k, 0.5) < 0.001 for k in counts)
        # Expected 2 of 2000; nine or more has probability below 0.001 (Poisson).
        assert alarms < 9

    def test_sample_ratio_by_hand(self):
        # (450 - 500)^2 / 500 twice = 10; the chance of more on one degree of freedom is 0.00157.
        assert ex.sample_ratio_p_value(450, 550, 0.5) == pytest.approx(0.0015654, abs=1e-7)


class TestDecision:
    def read(self, **settings) -> ex.Readout:
        return ex.read_experiment(design(), *world(**settings), currency="USD")

    def test_a_gain_ships_with_money(self):
        readout = self.read(effect=6.0)
        assert readout.decision == "ship"
        numbers = {e.name: e for e in ex.estimates(readout)}
        effect, year = numbers["effect_net_amount"], numbers["sales_per_year"]
        assert effect.ci_low < 6 < effect.ci_high
        # 600 customers, a window of 28 days.
        assert year.value == pytest.approx(effect.value * 600 * 365 / 28)
        assert year.unit == "USD/year"
        assert ex.answer(readout).startswith("Yes")
        assert ex.finding(readout).confidence == "high"
        assert len(ex.lift_table(readout)) == len(ex.effect_table(readout)) == 5

    def test_a_loss_is_rolled_back(self):
        readout = self.read(effect=-6.0)
        assert readout.decision == "roll_back"
        assert ex.answer(readout).startswith("No")
        assert "rolled back" in ex.headline(readout)

    def test_nothing_is_inconclusive_and_says_what_was_detectable(self):
        readout = self.read(effect=0.0)
        assert readout.decision == "inconclusive"
        assert "does not settle" in ex.answer(readout)
        assert ex.finding(readout).confidence == "low"

    def test_a_fallen_guardrail_stops_shipping(self):
        readout = self.read(effect=6.0, margin=0.1)
        assert readout.decision == "inconclusive"
        assert ex.answer(readout).startswith("Not yet")
        assert "guardrail" in ex.finding(readout).recommendation

    @pytest.mark.parametrize(
        "settings", [{"effect": 6.0}, {"effect": -6.0}, {}, {"effect": 6.0, "margin": 0.1}]
    )
    def test_every_outcome_is_known_in_chinese(self, settings, unknown_in_chinese):
        readout = self.read(**settings)
        words = [ex.answer(readout), readout.rule.sentence, *ex.titles(readout).values()]
        parts = [*readout.checks, *ex.estimates(readout), ex.finding(readout)]
        cells = ex.effect_table(readout)[["Metric", "Unit", "Method"]].to_numpy().ravel()
        assert unknown_in_chinese(*words, *parts, *ex.assumptions(readout), *cells) == []

    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            ({"effect": 6.0}, "adds a margin of"),
            ({"effect": -6.0}, "changes the margin by"),
            ({}, "stays open"),
        ],
    )
    def test_what_it_is_worth_follows_the_interval_of_the_margin(
        self, settings, words, unknown_in_chinese
    ):
        readout = self.read(**settings)
        assert words in ex.worth_title(readout)
        assert unknown_in_chinese(ex.worth_title(readout), ex.worth_subtitle("2025")) == []

    def test_holm_only_raises_p_values(self):
        readout = self.read(effect=1.0)
        for item in readout.metrics:
            assert item.p_holm >= item.effect.p_value

    def test_works_without_a_pre_period(self):
        log, units = world(effect=6.0)
        plan = ex.choose_experiment(experiments(), first_date=START, last_date=LAST)
        readout = ex.read_experiment(plan, log, units, currency="USD")
        first = readout.metric("net_amount")
        assert first.effect == first.plain

    def test_a_fading_effect_is_said(self):
        log, units = world(effect=0.0)
        units.loc[units["variant"] == "treatment", "net_amount_early"] += 30
        readout = ex.read_experiment(design(), log, units, currency="USD")
        check = next(c for c in readout.checks if c.name == "steady_effect")
        assert not check.passed
        assert "fades" in check.sentence


def test_cap_is_common_to_both_arms():
    capped = ex.cap_at_quantile(pd.Series([1.0, 2.0, 3.0, 1000.0]), 0.75)
    assert capped.max() == pytest.approx(3 + 0.25 * 997)
    with pytest.raises(DesignError, match="quantile = 2"):
        ex.cap_at_quantile(pd.Series([1.0]), 2)
