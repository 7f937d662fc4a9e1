"""What customers say: NPS by how they were served, with the silent, and satisfaction by stage."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omnisim.errors import DesignError
from omnisim.language import say, say_as
from omnisim.metrics.intervals import net_promoter_score, wilson, wilson_columns
from omnisim.metrics.warehouse import Warehouse, day_index, require
from omnisim.results import format_number, format_range

STAGES = ("discover", "consider", "buy", "receive", "use", "return", "service")
_GROUPS = {"carry_out": "Taken from store", "on_time": "On time", "late": "Late"}
FEW = 10  # answers below which a score is not worth a message
_Z95 = 1.959964  # 97.5 % point of the normal distribution
_ADDED = (0.75, 1.5, 0.75)  # detractors, passives, promoters added before the interval (Rocks 2016)


def nps_by_delivery(warehouse: Warehouse) -> pd.DataFrame:
    """Invitations, answers and NPS by how the order was handed over.

    *Late* is a hand-over after the promise, or none by the last day although promised. The last two
    rows hold all answers as they came, and the groups weighted by their *invitations*: what the
    score would be if all groups answered equally often. Within a group the silent may still differ.

    Columns: group, n_invited, n_answered, share (answered), ci_low, ci_high (Wilson), nps,
    nps_low, nps_high [points] (adjusted Wald, which holds for few answers); the score is missing
    where nobody answered.

    References
    ----------
    Rocks, B. (2016). Interval estimation for the Net Promoter Score. The American Statistician
    70(4), 365-372.
    """
    require(warehouse, ["survey_invitations", "orders"], purpose="NPS by delivery")
    end = (day_index(warehouse.last_date) + 1) * 86_400_000
    rows = warehouse.query(
        "select case when o.fulfilment = 'carry_out' then 'carry_out'"
        f" when epoch_ms(o.promised_at) < least(coalesce(epoch_ms(o.fulfilled_at), {end}), {end})"
        " then 'late' else 'on_time' end as kind, s.nps_score as score"
        " from survey_invitations s join orders o using (order_id)"
    )
    if rows["score"].notna().sum() == 0:
        raise DesignError(say("NPS by delivery: none of {n} invitations was answered", n=len(rows)))
    made = [
        _nps_row(label, rows.loc[rows["kind"] == kind, "score"])
        for kind, label in _GROUPS.items()
        if (rows["kind"] == kind).any()
    ]
    both = [_nps_row("All, as answered", rows["score"]), _weighted_row(rows)]
    return wilson_columns(pd.DataFrame([*made, *both]), hits="n_answered", base="n_invited")


def _nps_row(label: str, scores: pd.Series) -> dict[str, object]:
    answers = scores.dropna().to_numpy(dtype=float)
    row: dict[str, object] = {
        "group": label,
        "n_invited": len(scores),
        "n_answered": len(answers),
        "nps": float("nan"),
        "nps_low": float("nan"),
        "nps_high": float("nan"),
    }
    if len(answers):
        centre, reach = _adjusted_wald(answers)
        value = net_promoter_score(answers).value
        row["nps"] = value
        row["nps_low"], row["nps_high"] = _around(value, centre, reach)
    return row


def _adjusted_wald(answers: NDArray[np.float64]) -> tuple[float, float]:
    """Middle and half width of the 95 % interval of an NPS [points]."""
    counts = [(answers <= 6).sum(), ((answers > 6) & (answers < 9)).sum(), (answers >= 9).sum()]
    against, _, for_it = (
        (k + more) / (len(answers) + sum(_ADDED)) for k, more in zip(counts, _ADDED, strict=True)
    )
    net = float(for_it - against)
    variance = float(for_it + against) - net * net
    return 100 * net, 100 * _Z95 * math.sqrt(variance / (len(answers) + sum(_ADDED)))


def _around(value: float, centre: float, reach: float) -> tuple[float, float]:
    """Ends of an interval inside the scale that hold the value: the adjusted middle lies beside it."""
    low, high = max(centre - reach, -100.0), min(centre + reach, 100.0)
    return min(low, value), max(high, value)


def _weighted_row(rows: pd.DataFrame) -> dict[str, object]:
    """Groups with answers weighted by invitations; their errors are independent."""
    invited = rows.groupby("kind")["score"].size()
    told = {
        kind: part.to_numpy(dtype=float)
        for kind, part in rows.dropna(subset=["score"]).groupby("kind")["score"]
    }
    n = sum(int(invited[kind]) for kind in told)
    weights = {kind: float(invited[kind]) / n for kind in told}
    value = sum(weights[kind] * net_promoter_score(part).value for kind, part in told.items())
    middles = {kind: _adjusted_wald(part) for kind, part in told.items()}
    centre = sum(weights[kind] * middle for kind, (middle, _) in middles.items())
    reach = math.sqrt(sum((weights[kind] * half) ** 2 for kind, (_, half) in middles.items()))
    low, high = _around(value, centre, reach)
    return {
        "group": "All, weighted to invited",
        "n_invited": len(rows),
        "n_answered": int(rows["score"].notna().sum()),
        "nps": value,
        "nps_low": low,
        "nps_high": high,
    }


def nps_title(found: pd.DataFrame) -> str:
    """Message: what lateness goes with, and how many keep silent."""
    rows = {str(row["group"]): row for row in found.to_dict("records")}
    silent = format_number(1.0 - float(rows["All, as answered"]["share"]), "share")
    late, good = rows.get("Late"), rows.get("On time")
    if late is None or good is None:
        return say(
            "{silent} of the invited keep silent, so the score is that of those who speak",
            silent=silent,
        )
    if min(late["n_answered"], good["n_answered"]) < FEW:
        return say(
            "Too few answers ({n} on late orders) to tell what lateness goes with; {silent} of the"
            " invited keep silent",
            n=late["n_answered"],
            silent=silent,
        )
    gap = float(good["nps"]) - float(late["nps"])
    reach = math.hypot(
        *(float(row["nps_high"] - row["nps_low"]) / 2 for row in (late, good)),
    )
    if abs(gap) <= reach:
        return say(
            "Late and punctual orders score too alike to tell apart; {silent} of the invited keep"
            " silent",
            silent=silent,
        )
    if gap > 0:
        return say(
            "Buyers served late score {points} lower; {silent} of the invited keep silent",
            points=format_number(gap, "points"),
            silent=silent,
        )
    return say(
        "Buyers served late score {points} higher; {silent} of the invited keep silent",
        points=format_number(-gap, "points"),
        silent=silent,
    )


def experience_map(warehouse: Warehouse) -> pd.DataFrame:
    """Satisfaction by stage of the journey and touchpoint.

    Columns: stage, touchpoint, n_asked, n_answered, mean_rating [1-5], n_satisfied (4 or 5), share
    (satisfied of those who answered), ci_low, ci_high (Wilson); stages in the order of the journey.
    """
    require(warehouse, ["touchpoint_ratings"], purpose="experience map")
    rows = warehouse.query(
        "select cast(stage as varchar) as stage, cast(touchpoint as varchar) as touchpoint,"
        " count(*) as n_asked, count(rating) as n_answered, avg(rating) as mean_rating,"
        " count(*) filter (rating >= 4) as n_satisfied from touchpoint_ratings group by 1, 2"
    )
    if rows.empty or not rows["n_answered"].sum():
        raise DesignError(say("experience map: nobody answered a rating"))
    rows["place"] = rows["stage"].map({stage: k for k, stage in enumerate(STAGES)})
    rows = rows.sort_values(["place", "touchpoint"], ignore_index=True).drop(columns="place")
    return wilson_columns(rows, hits="n_satisfied", base="n_answered")


def experience_title(found: pd.DataFrame) -> str:
    """Message: the stage that satisfies least, when it can be told from the rest."""
    counts = found.groupby("stage", sort=False)[["n_satisfied", "n_answered"]].sum()
    told = {
        str(stage): wilson(int(k), int(n))
        for stage, k, n in zip(
            counts.index, counts["n_satisfied"], counts["n_answered"], strict=True
        )
        if n >= FEW
    }
    hits, n = int(counts["n_satisfied"].sum()), int(counts["n_answered"].sum())
    share = format_number(hits / n, "share")
    if len(told) < 2:
        return say("{share} of ratings are 4 or 5", share=share)
    stage = min(told, key=lambda name: told[name].value)
    low = told[stage]
    rest = wilson(hits - round(low.value * low.n), n - low.n)
    if low.ci_high < rest.ci_low:
        reach = format_range(low.ci_low, low.ci_high, "share")
        return say(
            "{share} of ratings are 4 or 5; the stage “{stage}” satisfies least, {low} (95% interval"
            " {reach})",
            share=share,
            stage=say_as("stage", stage),
            low=format_number(low.value, "share"),
            reach=reach,
        )
    return say(
        "{share} of ratings are 4 or 5; no stage is clearly worse than the others", share=share
    )
