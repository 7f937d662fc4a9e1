"""The message of a synthetic control, by rule."""

from __future__ import annotations

from omnisim.causal.synthetic import SyntheticControl
from omnisim.language import say
from omnisim.results import format_number


def synthetic_title(control: SyntheticControl) -> str:
    """Whether the first wave stands out among the placebos."""
    n = len(control.placebo_gaps)
    as_far = round(control.p_value * (n + 1)) - 1
    if as_far == 0:
        return (
            say(
                "After the start the first wave rises above its synthetic control further than any placebo"
            )
            if control.effect > 0
            else say(
                "After the start the first wave falls below its synthetic control further than any placebo"
            )
        )
    if as_far == 1:
        return say(
            "1 of {total} placebo stores drifts apart as far as the first wave: a synthetic control alone "
            "would not prove an effect",
            total=n,
        )
    return say(
        "{n} of {total} placebo stores drift apart as far as the first wave: a synthetic control alone "
        "would not prove an effect",
        n=as_far,
        total=n,
    )


def synthetic_subtitle(control: SyntheticControl, *, per_week: str, period: str) -> str:
    """What the path draws."""
    return say(
        "{what} of the first wave beside the weighted mean of {n} stores never served, {period}",
        what=per_week,
        n=len(control.weights),
        period=period,
    )


def synthetic_note(control: SyntheticControl, *, currency: str) -> str:
    """Mean gap, how well the control follows before, and the rank among placebos."""
    unit = f"{currency}/store-week"
    return say(
        "Mean gap {effect}, over the {weeks} weeks matched {fit} (root mean square); p = {p} by placebo "
        "ranks, the least possible {least}.",
        effect=format_number(control.effect, unit),
        weeks=control.base[1] - control.base[0],
        fit=format_number(control.fit_error, unit),
        p=f"{control.p_value:.2f}",
        least=f"{1 / (1 + len(control.placebo_gaps)):.2f}",
    )
