"""Group-time effects: by hand, against scipy and statsmodels, and on simulated roll-outs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from omnisim import causal as ca
from omnisim.causal.staggered import Groups
from omnisim.errors import DesignError

PLAIN = ca.Method(trend="additive", base_weeks=1, skip_weeks=0)


def panel(values, start, wave=None) -> ca.Panel:
    start = np.array(start)
    return ca.Panel(
        location_id=np.arange(len(start)) + 1,
        wave=np.array(wave) if wave is not None else np.where(start == ca.NEVER, 0, start),
        start_week=start,
        outcomes={"net_amount": np.array(values, float)},
        first_date=date(2025, 1, 6),
    )


def rollout(seed: int, *, picked: bool = False, n_weeks: int = 40, memory: float = 0.75):
    """24 stores in three waves; season in percent, local shocks that last, effects that grow.

    Returns the panel, the true effect per treated store-week, and the true curve by event week.
    """
    rng = np.random.default_rng(seed)
    n, starts, sizes = 24, (14, 20, 26), (5, 6, 6)
    level = 3000 * rng.lognormal(0, 0.35, n)
    shock, last = np.zeros((n, n_weeks)), rng.normal(0, 0.15, n)
    for week in range(n_weeks):
        last = memory * last + rng.normal(0, 0.15 * (1 - memory**2) ** 0.5, n)
        shock[:, week] = last
    season = 1 + 0.25 * np.sin(np.arange(n_weeks) / 8) + 0.5 * (np.arange(n_weeks) == 30)
    sales = level[:, None] * season * np.exp(shock)
    sales = sales + rng.normal(0, 1, sales.shape) * np.sqrt(150 * sales)  # baskets of about 150
    recent = shock[:, starts[0] - 6 : starts[0]].mean(axis=1)
    queue = np.argsort(recent) if picked else rng.permutation(n)
    queue[sizes[0] :] = rng.permutation(queue[sizes[0] :])
    start, wave = np.full(n, ca.NEVER), np.zeros(n, int)
    for number, (week, first, end) in enumerate(
        zip(starts, np.cumsum((0, *sizes[:-1])), np.cumsum(sizes), strict=True), start=1
    ):
        start[queue[first:end]], wave[queue[first:end]] = week, number
    since = np.arange(n_weeks) - start[:, None]
    strength = np.array([0, 0.8, 1.0, 1.3])[wave][:, None]
    effect = np.where(since >= 0, 0.1 * strength * np.clip((since + 1) / 9, 0, 1), 0)
    effect = effect * level[:, None] * season
    curve = pd.Series(effect[since >= 0]).groupby(since[since >= 0]).mean()
    return panel(sales + effect, start, wave), float(effect[since >= 0].mean()), curve


class TestByHand:
    # Four stores, four weeks. Store 1 starts in week 2, store 2 in week 3, stores 3 and 4 never.
    VALUES = ([10, 12, 20, 26], [20, 22, 24, 40], [30, 33, 36, 30], [10, 11, 12, 10])
    START = (2, 3, ca.NEVER, ca.NEVER)

    def cells(self, method: ca.Method) -> dict[tuple[int, int], float]:
        found = ca.group_time_effects(panel(self.VALUES, self.START), "net_amount", method)
        return {
            (int(g), int(t)): v
            for g, t, v in zip(found.start, found.week, found.value, strict=True)
        }

    def test_additive_against_never_and_not_yet_treated(self):
        found = self.cells(PLAIN)
        # Week 2, base week 1: store 1 gains 8; stores 2, 3, 4 gain 2, 3, 1, two on average.
        assert found[2, 2] == pytest.approx(8 - 2)
        # Week 3: store 1 has gained 14; only 3 and 4 compare now: -3 and -1.
        assert found[2, 3] == pytest.approx(14 + 2)
        # Store 2 starts in week 3, base week 2: gains 16; stores 3 and 4 lose 6 and 2.
        assert found[3, 3] == pytest.approx(16 + 4)

    def test_never_treated_only(self):
        found = self.cells(replace(PLAIN, controls="never"))
        assert found[2, 2] == pytest.approx(8 - 2)
        assert found[3, 3] == pytest.approx(20)
        assert found[2, 0] == pytest.approx(-2 - (-2))  # a lead: week 0 against week 1

    def test_proportional(self):
        found = self.cells(replace(PLAIN, trend="proportional"))
        # Comparison sells 22 + 33 + 11 = 66 in week 1 and 24 + 36 + 12 = 72 in week 2.
        assert found[2, 2] == pytest.approx(20 - 12 * 72 / 66)
        # Stores 3 and 4 sell 44 in week 1, 40 in week 3.
        assert found[2, 3] == pytest.approx(26 - 12 * 40 / 44)

    def test_base_of_several_weeks(self):
        found = self.cells(replace(PLAIN, base_weeks=2))
        # Bases: store 1 (10 + 12) / 2 = 11; others (21 + 31.5 + 10.5) / 3 = 21; week 2: 24.
        assert found[2, 2] == pytest.approx(20 - 11 - (24 - 21))

    def test_overall_counts_store_weeks_alike(self):
        values = panel(self.VALUES, self.START)
        found = ca.group_time_effects(values, "net_amount", PLAIN)
        assert found.overall().estimate == pytest.approx((6 + 16 + 20) / 3)
        waves = ca.effects_by_wave(found)
        assert [w.effect.estimate for w in waves] == pytest.approx([11, 20])
        study = ca.event_study(found, first=0).frame().set_index("event_week")
        assert study.loc[0, "value"] == pytest.approx((6 + 20) / 2)
        assert study.loc[1, ["value", "n_stores"]].tolist() == pytest.approx([16, 1])


def test_one_wave_is_the_two_sample_t_test():
    rng = np.random.default_rng(8)
    values = rng.normal(100, 5, (9, 6))
    values[:, 0] += 100 - values.mean(axis=1) * 1  # any week may carry it: all stores alike in size
    values[:, 0] += (100 - values.mean(axis=1)) * 6
    start = [4] * 4 + [ca.NEVER] * 5
    found = ca.group_time_effects(panel(values, start), "net_amount", PLAIN)
    cell = (found.week == 5) & (found.start == 4)
    effect = found.average(cell)
    change = values[:, 5] - values[:, 3]
    other = stats.ttest_ind(change[:4], change[4:], equal_var=True)
    low, high = other.confidence_interval(0.95)
    assert effect.estimate == pytest.approx(change[:4].mean() - change[4:].mean())
    assert (effect.ci_low, effect.ci_high) == pytest.approx((low, high))
    assert effect.p_value == pytest.approx(other.pvalue)


@pytest.mark.parametrize("trend", ["additive", "proportional"])
def test_gradient_is_the_derivative(trend):
    world, *_ = rollout(1)
    groups = Groups.of(world, "net_amount")
    method = ca.Method(trend=trend)
    value, gradient = groups.cell(0, 20, (0, 6), method)
    for place in ((0, 20), (0, 3), (2, 20), (3, 3)):
        moved = groups.means.copy()
        moved[place] += 1e-3
        there, _ = replace(groups, means=moved).cell(0, 20, (0, 6), method)
        assert (there - value) / 1e-3 == pytest.approx(gradient[place], abs=1e-4)


def test_growing_effects_fool_two_way_fixed_effects_but_not_this():
    # No noise: every store sells 100; the service adds 10 in its first week, 20 in its second, ...
    weeks = np.arange(12)
    start = np.array([3, 3, 6, 6, ca.NEVER, ca.NEVER])
    since = weeks - start[:, None]
    gain = np.where(since >= 0, 10.0 * (since + 1), 0.0)
    world = panel(100 + gain, start)
    found = ca.group_time_effects(world, "net_amount", ca.Method(skip_weeks=0)).overall()
    assert found.estimate == pytest.approx(gain[since >= 0].mean())
    two_way = ca.two_way_fixed_effects(world.keep(start != ca.NEVER), "net_amount")
    assert two_way.negative_share > 0
    truth = gain[since >= 0].mean()
    assert two_way.effect.estimate < 0.5 * truth


@pytest.mark.parametrize("trend", ["additive", "proportional"])
def test_another_currency_or_order_of_stores_changes_nothing_else(trend):
    world, *_ = rollout(9)
    method = ca.Method(trend=trend)
    plain = ca.group_time_effects(world, "net_amount", method).overall()
    dearer = replace(world, outcomes={"net_amount": 7 * world.outcome("net_amount")})
    scaled = ca.group_time_effects(dearer, "net_amount", method).overall()
    assert scaled.estimate == pytest.approx(7 * plain.estimate)
    assert scaled.ci_low == pytest.approx(7 * plain.ci_low)
    assert scaled.p_value == pytest.approx(plain.p_value)
    shuffled = world.keep(np.random.default_rng(0).permutation(24))
    again = ca.group_time_effects(shuffled, "net_amount", method).overall()
    assert again.ci_high == pytest.approx(plain.ci_high)


class TestTwoWay:
    def test_matches_statsmodels(self):
        world, *_ = rollout(2)
        found = ca.two_way_fixed_effects(world, "net_amount").effect
        n, t = world.outcome("net_amount").shape
        frame = pd.DataFrame(
            {
                "y": world.outcome("net_amount").ravel(),
                "d": world.is_treated.ravel().astype(float),
                "store": np.repeat(np.arange(n), t),
                "week": np.tile(np.arange(t), n),
            }
        )
        fit = smf.ols("y ~ d + C(store) + C(week)", frame).fit(
            cov_type="cluster", cov_kwds={"groups": frame["store"]}, use_t=True
        )
        assert found.estimate == pytest.approx(fit.params["d"])
        assert found.std_error == pytest.approx(fit.bse["d"])
        assert found.p_value == pytest.approx(fit.pvalues["d"])

    def test_weights_reproduce_the_coefficient(self):
        world, *_ = rollout(3)
        gain = np.random.default_rng(0).normal(5, 2, world.is_treated.shape) * world.is_treated
        only_gain = replace(world, outcomes={"net_amount": gain})
        d = world.is_treated.astype(float)
        left = d - d.mean(0) - d.mean(1, keepdims=True) + d.mean()
        weights = left[world.is_treated] / left[world.is_treated].sum()
        found = ca.two_way_fixed_effects(only_gain, "net_amount")
        assert found.effect.estimate == pytest.approx(weights @ gain[world.is_treated])
        assert found.negative_share == pytest.approx((weights < 0).mean())
        assert found.negative_weight == pytest.approx(weights[weights < 0].sum())

    def test_refuses_what_cannot_be_compared(self):
        with pytest.raises(DesignError, match="all or no"):
            ca.two_way_fixed_effects(panel([[1, 2], [3, 4]], [ca.NEVER, ca.NEVER]), "net_amount")
        with pytest.raises(DesignError, match="fully"):
            ca.two_way_fixed_effects(panel([[1, 2], [3, 4]], [1, 1]), "net_amount")


class TestNaive:
    WORLD = ([10, 10, 16, 18], [20, 22, 31, 31], [5, 5, 5, 7], [9, 9, 9, 9])
    START = (2, 2, ca.NEVER, ca.NEVER)

    def test_before_after_by_hand(self):
        found = ca.before_after(panel(self.WORLD, self.START, [1, 1, 0, 0]), "net_amount")
        assert found.estimate == pytest.approx(((17 - 10) + (31 - 21)) / 2)
        assert found.std_error == pytest.approx(np.std([7, 10], ddof=1) / 2**0.5)
        assert found.df == 1

    def test_with_without_by_hand(self):
        found = ca.with_without(panel(self.WORLD, self.START, [1, 1, 0, 0]), "net_amount")
        assert found.estimate == pytest.approx((17 + 31) / 2 - (6 + 9) / 2)
        other = stats.ttest_ind([17, 31], [6, 9], equal_var=False)
        assert found.p_value == pytest.approx(other.pvalue)

    def test_refuse_single_stores(self):
        world = panel(self.WORLD[1:], self.START[1:], [1, 0, 0])
        with pytest.raises(DesignError, match="wave 1: 1 stores"):
            ca.before_after(world, "net_amount")
        with pytest.raises(DesignError, match="1 stores with"):
            ca.with_without(world, "net_amount")


class TestRecovery:
    RUNS = 200

    def test_unbiased_with_honest_intervals_and_bands(self):
        error, covered, band = [], 0, 0
        for seed in range(self.RUNS):
            world, truth, curve = rollout(seed)
            found = ca.group_time_effects(world, "net_amount")
            overall = found.overall()
            error.append(overall.estimate - truth)
            covered += overall.ci_low <= truth <= overall.ci_high
            frame = ca.event_study(found, first=0, last=13).frame()
            true = curve.loc[frame["event_week"]].to_numpy()
            band += bool(((frame["band_low"] <= true) & (true <= frame["band_high"])).all())
        # Three Monte-Carlo errors of the mean error.
        assert abs(np.mean(error)) < 3 * np.std(error, ddof=1) / self.RUNS**0.5
        # Three binomial errors around 95%.
        reach = 3 * (0.95 * 0.05 / self.RUNS) ** 0.5
        assert abs(covered / self.RUNS - 0.95) < reach
        assert abs(band / self.RUNS - 0.95) < reach

    def test_leaving_out_the_weeks_of_selection_removes_most_of_their_bias(self):
        error = {skip: [] for skip in (0, 8)}
        for seed in range(self.RUNS):
            world, truth, _ = rollout(seed, picked=True)
            for skip, errors in error.items():
                found = ca.group_time_effects(world, "net_amount", ca.Method(skip_weeks=skip))
                errors.append(found.overall().estimate - truth)
        bias = {skip: np.mean(errors) for skip, errors in error.items()}
        mc = np.std(error[0], ddof=1) / self.RUNS**0.5
        assert bias[0] > 3 * mc  # the recovery of badly picked stores passes as effect
        assert abs(bias[8]) < 0.5 * bias[0]

    def test_placebo_and_trend_raise_few_false_alarms(self):
        alarms = np.zeros(2)
        for seed in range(self.RUNS):
            world, *_ = rollout(seed)
            method = ca.Method(skip_weeks=2)
            found = ca.group_time_effects(world, "net_amount", method)
            placebo = ca.placebo_in_time(world, "net_amount", method)
            alarms += [placebo.p_value < 0.05, ca.trend_before(found).p_value < 0.05]
        # Nominal 5%; above it by at most three binomial errors.
        assert (alarms / self.RUNS < 0.05 + 3 * (0.05 * 0.95 / self.RUNS) ** 0.5).all()


class TestDiagnostics:
    def test_a_trend_before_the_start_is_found(self):
        world, *_ = rollout(4)
        values = world.outcome("net_amount").copy()
        treated = world.start_week != ca.NEVER
        values[treated] *= np.exp(0.06 * np.arange(world.n_weeks))
        drifting = replace(world, outcomes={"net_amount": values})
        method = ca.Method(skip_weeks=0)
        assert ca.trend_before(ca.group_time_effects(drifting, "net_amount", method)).p_value < 0.01
        assert ca.placebo_in_time(drifting, "net_amount", method).p_value < 0.05

    def test_a_week_that_stands_out_is_found(self):
        world, *_ = rollout(4)
        values = world.outcome("net_amount").copy()
        values[world.start_week != ca.NEVER, 3] *= 3
        odd = replace(world, outcomes={"net_amount": values})
        assert ca.fit_before(ca.group_time_effects(odd, "net_amount")) < 0.05
        assert ca.fit_before(ca.group_time_effects(world, "net_amount")) > 0.05

    def test_badly_picked_pilots_show_a_dip(self):
        world, *_ = rollout(5, picked=True)
        dip = ca.selection_dip(ca.group_time_effects(world, "net_amount"))
        assert dip.estimate < 0
        assert dip.p_value < 0.05
        plain = ca.group_time_effects(world, "net_amount", ca.Method(skip_weeks=0))
        assert ca.selection_dip(plain) is None

    def test_leaving_out_names_every_store_and_wave(self):
        world, *_ = rollout(6)
        found = ca.leave_one_out(world, "net_amount", ca.Method())
        assert (found["kind"] == "store").sum() == 24
        assert found.loc[found["kind"] == "wave", "left_out"].tolist() == [1, 2, 3]
        store = int(found["left_out"].iloc[7])
        again = ca.group_time_effects(world.keep(world.location_id != store), "net_amount")
        assert found["value"].iloc[7] == pytest.approx(again.overall().estimate)

    def test_placebo_needs_weeks(self):
        world, *_ = rollout(6)
        assert ca.placebo_in_time(world, "net_amount", ca.Method(), n_weeks=30) is None


class TestRefusals:
    def test_nobody_to_compare_with(self):
        with pytest.raises(DesignError, match="no credible effect"):
            ca.group_time_effects(panel(np.ones((4, 8)), [4] * 4), "net_amount")

    def test_no_weeks_before(self):
        world = panel(np.ones((4, 8)), [1, 1, ca.NEVER, ca.NEVER])
        with pytest.raises(DesignError, match="3 weeks before"):
            ca.group_time_effects(world, "net_amount")

    def test_every_store_its_own_wave(self):
        with pytest.raises(DesignError, match="needs two stores"):
            ca.group_time_effects(panel(np.ones((3, 8)), [4, 5, ca.NEVER]), "net_amount")

    def test_a_store_that_sells_nothing(self):
        values = np.ones((4, 8))
        values[2] = 0
        with pytest.raises(DesignError, match=r"stores \[3\]"):
            ca.group_time_effects(panel(values, [4, 4, ca.NEVER, ca.NEVER]), "net_amount")

    @pytest.mark.parametrize(
        ("field", "value"),
        [("trend", "cubic"), ("controls", "all"), ("skip_weeks", -1), ("ci_level", 1.5)],
    )
    def test_unknown_settings(self, field, value):
        with pytest.raises(DesignError, match=field):
            ca.Method(**{field: value})

    def test_weeks_without_comparison_are_counted(self):
        world, *_ = rollout(7)
        waves_only = world.keep(world.start_week != ca.NEVER)
        found = ca.group_time_effects(waves_only, "net_amount")
        done = (found.event_week >= 0) * found.cell_size
        assert found.n_without_control == waves_only.is_treated.sum() - done.sum() > 0
