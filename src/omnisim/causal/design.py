"""How a counterfactual is built, and an effect with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scipy import stats

from omnisim.errors import DesignError

MIN_BASE_WEEKS = 3  # a base of fewer weeks is mostly noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How the counterfactual is built.

    Attributes
    ----------
    trend : str
        ``proportional``: without the service all stores rise and fall by the same percentage, which is
        how seasons and festivals act on stores of different size. ``additive``: by the same amount.
    controls : str
        ``not_yet``: stores that never start or start later; ``never``: only those that never start.
    base_weeks : int
        Length of the base period; 0 takes all weeks there are. One week (the textbook choice) rests
        the whole answer on the noise of that week.
    skip_weeks : int
        Weeks right before the start that belong neither to the base nor to the comparison, for the
        waves in `picked`. When stores are picked for bad recent weeks, those weeks are low by luck; a
        base that contains them turns the recovery into an effect. Shortened where fewer than
        :data:`MIN_BASE_WEEKS` weeks would remain. In simulated roll-outs with pilots picked for bad
        luck this default has the least bias of those tried (0, 4, 6, 8) at nearly the same error; with
        waves drawn by lot all of them are unbiased, and skipping only costs precision.
    picked : str
        ``first``: only the first wave was picked on its results, later ones by lot or by plan;
        ``all``: every wave may have been.
    ci_level : float
        Level of intervals.
    """

    trend: Literal["proportional", "additive"] = "proportional"
    controls: Literal["not_yet", "never"] = "not_yet"
    base_weeks: int = 0
    skip_weeks: int = 8  # managements look back some six weeks; bad luck takes two more to build up
    picked: Literal["first", "all"] = "first"  # pilots are chosen, the rest is scheduled
    ci_level: float = 0.95

    def __post_init__(self) -> None:
        allowed = {
            "trend": ("proportional", "additive"),
            "controls": ("not_yet", "never"),
            "picked": ("first", "all"),
        }
        for name, values in allowed.items():
            if getattr(self, name) not in values:
                raise DesignError(f"{name} = {getattr(self, name)!r}: give one of {list(values)}")
        for name in ("base_weeks", "skip_weeks"):
            if getattr(self, name) < 0:
                raise DesignError(f"{name} = {getattr(self, name)}: give a number of weeks >= 0")
        if not 0 < self.ci_level < 1:
            raise DesignError(f"ci_level = {self.ci_level}: give a level in (0, 1), e.g. 0.95")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A number with its t interval, in the unit of the outcome per store-week."""

    estimate: float
    std_error: float
    df: float
    ci_low: float
    ci_high: float
    p_value: float
    ci_level: float

    @classmethod
    def of(cls, estimate: float, std_error: float, df: float, ci_level: float) -> Effect:
        """The t interval around an estimate."""
        reach = float(stats.t.isf((1 - ci_level) / 2, df)) * std_error
        p_value = float(2 * stats.t.sf(abs(estimate) / std_error, df)) if std_error > 0 else 0.0
        return cls(
            estimate=estimate,
            std_error=std_error,
            df=df,
            ci_low=estimate - reach,
            ci_high=estimate + reach,
            p_value=p_value,
            ci_level=ci_level,
        )

    @property
    def detectable(self) -> float:
        """The true effect that such an interval leaves zero out for, four times out of five."""
        tail = (1 - self.ci_level) / 2
        return float(stats.t.isf(tail, self.df) + stats.t.isf(0.2, self.df)) * self.std_error

    @property
    def is_significant(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.ci_low > 0 or self.ci_high < 0


def base_period(start: int, n_weeks: int, method: Method, *, is_first: bool) -> tuple[int, int]:
    """First week and end (not included) of a group's base; ``(0, 0)`` when it is not measured.

    Examples
    --------
    >>> [base_period(start, 52, Method(), is_first=True) for start in (20, 7, 2)]
    [(0, 12), (0, 3), (0, 0)]
    >>> base_period(20, 52, Method(), is_first=False)
    (0, 20)
    >>> base_period(20, 52, Method(base_weeks=1, skip_weeks=0), is_first=True)
    (19, 20)
    """
    needed = min(MIN_BASE_WEEKS, method.base_weeks or MIN_BASE_WEEKS)
    if start >= n_weeks or start < needed:
        return (0, 0)
    skip = method.skip_weeks if is_first or method.picked == "all" else 0
    end = max(start - skip, needed)
    return (max(end - method.base_weeks, 0) if method.base_weeks else 0, end)
