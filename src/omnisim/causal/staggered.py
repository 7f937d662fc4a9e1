"""Effects of a service that stores get in waves: group-time effects, and averages over them.

For a group of stores that starts in week g, and a week t, the effect is what the stores sold less what
they would have sold. The latter is their own base period moved as the stores without the service moved:

    additive      ATT(g, t) = y(g, t) - y(g, base) - [y(C, t) - y(C, base)]
    proportional  ATT(g, t) = y(g, t) - y(g, base) * y(C, t) / y(C, base)

C are stores that do not have the service in week t and are not about to get it. Unlike two-way fixed
effects, no store with the service ever serves as a comparison, so effects may grow and differ by wave.

References
----------
Callaway, B., Sant'Anna, P. (2021). Difference-in-differences with multiple time periods. Journal of
Econometrics, 225(2).
Wooldridge, J. (2023). Simple approaches to nonlinear difference-in-differences with panel data. The
Econometrics Journal, 26(3): the proportional form is his exponential mean.
Ferman, B., Pinto, C. (2019). Inference in differences-in-differences with few treated groups and
heteroskedasticity. Review of Economics and Statistics, 101(3): variance pooled over groups by size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omnisim.causal.design import MIN_BASE_WEEKS, Effect, Method, base_period
from omnisim.causal.panel import NEVER, FloatArray, IntArray, Panel
from omnisim.errors import DesignError


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTimeEffects:
    """ATT(g, t) of one outcome with what their joint uncertainty needs.

    Attributes
    ----------
    method : Method
        How they were made.
    group, start, week, value : array, shape (n_cells,)
        Position of the group, week it starts, week the effect is for (before the start: a lead),
        effect per store.
    gradient : array, shape (n_cells, n_groups, n_weeks)
        Derivative of each effect by each group's weekly mean.
    group_start, group_wave, group_size : array, shape (n_groups,)
        The groups, in order of start; never-treated last.
    base : tuple of (first, end) per group
        Base period, `end` not included; empty for groups that are not measured.
    noise : array, shape (n_weeks, n_weeks)
        Covariance over weeks of what remains of a store of average size after its group's mean.
    noise_scale : array, shape (n_groups,)
        Variance of a group's mean relative to `noise`.
    df : int
        Stores less groups.
    n_without_control : int
        Store-weeks with the service that no store could be compared with.
    """

    method: Method
    group: IntArray
    start: IntArray
    week: IntArray
    value: FloatArray
    gradient: FloatArray
    group_start: IntArray
    group_wave: IntArray
    group_size: IntArray
    base: tuple[tuple[int, int], ...]
    noise: FloatArray
    noise_scale: FloatArray
    df: int
    n_without_control: int

    @property
    def event_week(self) -> IntArray:
        """Weeks since the start; negative before it."""
        return self.week - self.start

    @property
    def cell_size(self) -> FloatArray:
        """Stores behind each cell."""
        return self.group_size[self.group].astype(np.float64)

    def combine(self, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Values and covariance of weighted sums of cells; `weights` has shape (k, n_cells)."""
        lean = np.tensordot(weights, self.gradient, axes=1)  # (k, n_groups, n_weeks)
        covariance = np.einsum(
            "kgs,st,lgt,g->kl", lean, self.noise, lean, self.noise_scale, optimize=True
        )
        return weights @ self.value, covariance

    def average(self, cells: np.ndarray) -> Effect:
        """Average over chosen cells, each store-week counting the same."""
        sizes = self.cell_size * cells
        if sizes.sum() == 0:
            raise DesignError("no group-time effect in this average: nothing to report")
        value, covariance = self.combine((sizes / sizes.sum())[None, :])
        return Effect.of(
            float(value[0]), float(max(covariance[0, 0], 0.0) ** 0.5), self.df, self.method.ci_level
        )

    def overall(self) -> Effect:
        """Average over all store-weeks with the service."""
        return self.average(self.event_week >= 0)


def group_time_effects(
    panel: Panel, outcome: str, method: Method | None = None
) -> GroupTimeEffects:
    """All group-time effects of one outcome.

    Standard errors treat stores as independent and allow any dependence over weeks within a store.
    The covariance over weeks is pooled over groups, because waves of two to six stores are too few to
    have a variance each, with a standard deviation proportional to the size of the store: local shocks
    move sales by a percentage. (Where counting noise dominates, large stores are steadier than that and
    the interval errs on the wide side.) Intervals use t quantiles with stores less groups degrees of
    freedom.

    Parameters
    ----------
    panel : Panel
        From :func:`~omnisim.causal.panel.build_panel`.
    outcome : str
        Name of an outcome of the panel.

    Raises
    ------
    DesignError
        When no group has a base period and a comparison, or no group has two stores.
    """
    method = method or Method()
    groups = Groups.of(panel, outcome)
    base = groups.base_periods(panel.n_weeks, method)
    cells = [
        (g, week, *made)
        for g, (first, end) in enumerate(base)
        if end > first
        for week in range(panel.n_weeks)
        if (made := groups.cell(g, week, (first, end), method)) is not None
    ]
    possible = sum(
        int(groups.size[g]) * (panel.n_weeks - int(groups.start[g]))
        for g in range(groups.start.size)
        if groups.start[g] < panel.n_weeks
    )
    done = sum(int(groups.size[g]) for g, week, *_ in cells if week >= groups.start[g])
    if done == 0:
        raise DesignError(
            f"outcome {outcome!r}: no wave has both {MIN_BASE_WEEKS} weeks before its start and stores "
            "without the service to compare with; no credible effect can be measured"
        )
    return groups.collect(cells, base, method, n_without_control=possible - done)


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Stores of one start week together: weekly means per group, noise around them."""

    start: IntArray
    wave: IntArray
    size: IntArray
    means: FloatArray
    noise: FloatArray
    noise_scale: FloatArray

    @classmethod
    def of(cls, panel: Panel, outcome: str) -> Groups:
        """Group the stores of a panel by start week."""
        values = panel.outcome(outcome)
        start, member = np.unique(panel.start_week, return_inverse=True)
        size = np.bincount(member)
        df = int(panel.n_stores - start.size)
        if df < 1:
            raise DesignError(
                f"{panel.n_stores} stores in {start.size} groups: at least one wave needs two stores "
                "to see how much stores differ by themselves"
            )
        means = np.stack([values[member == g].mean(axis=0) for g in range(start.size)])
        level = values.mean(axis=1)
        if not (level > 0).all():
            raise DesignError(
                f"outcome {outcome!r}: stores {panel.location_id[level <= 0].tolist()} have no positive "
                "total; leave them out or use another outcome"
            )
        own = level / means.mean(axis=1)[member]
        size_factor = level / level.mean()
        remains = (values - own[:, None] * means[member]) / size_factor[:, None]
        return cls(
            start=start,
            wave=np.array([panel.wave[member == g].min() for g in range(start.size)]),
            size=size,
            means=means,
            noise=remains.T @ remains / df,
            noise_scale=np.bincount(member, weights=size_factor**2) / size**2,
        )

    def base_periods(self, n_weeks: int, method: Method) -> tuple[tuple[int, int], ...]:
        """Base period of each group; the first is the earliest that can be measured."""
        first = next(
            (
                g
                for g, start in enumerate(self.start)
                if base_period(int(start), n_weeks, method, is_first=True) != (0, 0)
            ),
            -1,
        )
        return tuple(
            base_period(int(start), n_weeks, method, is_first=g == first)
            for g, start in enumerate(self.start)
        )

    def cell(
        self, g: int, week: int, base: tuple[int, int], method: Method
    ) -> tuple[float, FloatArray] | None:
        """Effect of one group in one week, and its gradient; None without a comparison."""
        latest = max(week, int(self.start[g]) - 1)
        is_control = self.start == NEVER
        if method.controls == "not_yet":
            # A wave picked on its results is no fair comparison in the weeks it was picked on.
            about_to = method.skip_weeks if method.picked == "all" else 0
            is_control = is_control | (self.start > latest + about_to)
        is_control[g] = False
        if not is_control.any():
            return None
        share = np.where(is_control, self.size, 0) / self.size[is_control].sum()
        weeks = np.zeros(self.means.shape[1])
        weeks[slice(*base)] = 1 / (base[1] - base[0])
        own, compared = self.means[g], share @ self.means
        gradient = np.zeros_like(self.means)
        gradient[g, week] += 1
        if method.trend == "additive":
            gradient[g] -= weeks
            gradient -= share[:, None] * (np.eye(weeks.size)[week] - weeks)
            return float((gradient * self.means).sum()), gradient
        before = float(compared @ weeks)
        if before <= 0:
            raise DesignError("stores to compare with sold nothing in the base period")
        ratio, level = float(compared[week]) / before, float(own @ weeks)
        gradient[g] -= ratio * weeks
        change = (np.eye(weeks.size)[week] - ratio * weeks) * (level / before)
        gradient -= share[:, None] * change
        return float(own[week]) - level * ratio, gradient

    def collect(
        self,
        cells: list[tuple[int, int, float, FloatArray]],
        base: tuple[tuple[int, int], ...],
        method: Method,
        *,
        n_without_control: int = 0,
        start: IntArray | None = None,
    ) -> GroupTimeEffects:
        """Put cells together; `start` replaces the true start weeks (for placebos)."""
        starts = self.start if start is None else start
        return GroupTimeEffects(
            method=method,
            group=np.array([g for g, *_ in cells], dtype=np.int64),
            start=np.array([starts[g] for g, *_ in cells], dtype=np.int64),
            week=np.array([week for _, week, *_ in cells], dtype=np.int64),
            value=np.array([value for *_, value, _ in cells]),
            gradient=np.stack([gradient for *_, gradient in cells]),
            group_start=self.start,
            group_wave=self.wave,
            group_size=self.size,
            base=base,
            noise=self.noise,
            noise_scale=self.noise_scale,
            df=int(self.size.sum() - self.size.size),
            n_without_control=n_without_control,
        )
