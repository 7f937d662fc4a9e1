"""The AARRR funnel of persons, and benchmarks that are attached only to the same definition.

The literature's figures (domain.md, row 6) come with their own definitions: a count of one company,
a cost in its currency, shares whose base or window is not told. A figure stands beside a measure
only where both say the same words; the others are listed with the reason why they do not compare.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from omnisim.attribution.build_rows import MISSING, Links
from omnisim.attribution.columns import IntArray, finite_amounts, require_columns
from omnisim.attribution.shares import wilson_bounds
from omnisim.errors import DesignError, SchemaError
from omnisim.language import say

RESPONSES = ("click", "visit", "call")
REFERRAL = "referral"

# Measure -> what it is, in words that a benchmark must repeat to be attached.
DEFINITIONS: Mapping[str, str] = {
    "reached": "persons with any contact on record in the period",
    "responded": "persons who clicked, visited or called / persons reached",
    "participated": "persons who clicked on a message in the period / persons sent one",
    "bought": "persons with a completed order / persons who clicked, visited or called",
    "bought_again": "persons with a second completed order in the period / persons with one",
    "referred": "buyers with a referral contact before their first order / buyers",
    "sales_per_buyer": "net sales of completed orders / persons with one",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A figure from elsewhere.

    Attributes
    ----------
    measure : str
        Measure it is about, a key of `DEFINITIONS`.
    value : float
        In the unit of the measure.
    definition : str
        What was counted, in the source's words. Attached only if it equals that of the measure.
    source : str
        Where it comes from.
    """

    measure: str
    value: float
    definition: str
    source: str

    def __post_init__(self) -> None:
        if self.measure not in DEFINITIONS:
            raise DesignError(f"benchmark of {self.measure!r}: give one of {list(DEFINITIONS)}")
        if not np.isfinite(self.value):
            raise DesignError(f"benchmark of {self.measure}: value = {self.value}: give a number")


_SOURCE = "online-offline integration literature"
LITERATURE: tuple[Benchmark, ...] = (
    Benchmark(
        measure="reached",
        value=15_000.0,
        definition="awareness of one company: a count, its size and period not told",
        source=_SOURCE,
    ),
    Benchmark(
        measure="participated",
        value=0.15,
        definition="participants of one campaign / persons it reached",
        source=_SOURCE,
    ),
    Benchmark(
        measure="bought_again",
        value=0.30,
        definition="repeat purchase, window not told",
        source=_SOURCE,
    ),
    Benchmark(measure="referred", value=0.08, definition="referral, base not told", source=_SOURCE),
)


def benchmarks_with(**values: float | None) -> tuple[Benchmark, ...]:
    """The literature's figures and one's own, which count just what the measure counts.

    Parameters
    ----------
    **values : float or None
        Measure to its figure, e.g. that of the retailer's year before; None for none.

    Examples
    --------
    >>> benchmarks_with(bought_again=0.4)[-1].value
    0.4
    """
    own = (
        Benchmark(
            measure=name,
            value=value,
            definition=DEFINITIONS.get(name, ""),
            source="the retailer's own figure",
        )
        for name, value in values.items()
        if value is not None
    )
    return (*LITERATURE, *own)


def aarrr_funnel(
    tables: Mapping[str, pd.DataFrame],
    *,
    push_channels: Collection[str],
    benchmarks: Sequence[Benchmark] = LITERATURE,
    stitch_identities: bool = True,
    level: float = 0.95,
) -> pd.DataFrame:
    """Acquisition, activation, retention, referral, revenue: persons and shares with intervals.

    Persons are accounts, or identities not linked to one. Persons the retailer never recognised
    (cash at the till, no account) are in no step.

    Parameters
    ----------
    tables : mapping of DataFrame
        touchpoints, identities, orders, amounts in major units.
    push_channels : collection of str
        Channels in which the retailer sends messages.
    benchmarks : sequence of Benchmark
        Figures to compare with.
    stitch_identities : bool
        See :class:`~omnisim.attribution.JourneyRules`.
    level : float
        Level of the intervals; persons are the units.

    Returns
    -------
    DataFrame
        stage (AARRR), measure, definition, value (share, persons, or currency per person), low,
        high (missing for a count of all), n (persons in it), n_base, benchmark (missing where none
        has the same definition), benchmark_note.

    Raises
    ------
    SchemaError
        A column is missing, or an identity is unknown.
    DesignError
        Nobody was reached.
    """
    touch, orders = tables["touchpoints"], tables["orders"]
    require_columns(
        touch,
        ("touched_at", "identity_id", "customer_id", "channel", "touch_kind"),
        table="touchpoints",
    )
    require_columns(
        orders, ("ordered_at", "identity_id", "customer_id", "status", "net_amount"), table="orders"
    )
    links = Links.of(tables["identities"])
    who = links.person(touch, stitch=stitch_identities)
    if (who == MISSING).any():
        raise SchemaError("touchpoints: a contact with neither identity_id nor customer_id")
    if not len(who):
        raise DesignError("funnel: no contact on record; nobody was reached")
    done = orders[(orders["status"] == "completed").to_numpy()]
    buyer = links.person(done, stitch=stitch_identities)
    known = buyer != MISSING
    done, buyer = done[known], buyer[known]
    kind, channel = touch["touch_kind"].astype(str), touch["channel"].astype(str)
    is_push = channel.isin(list(push_channels)).to_numpy()
    reached = np.unique(np.concatenate([who, buyer]))
    responded = np.unique(np.concatenate([who[kind.isin(RESPONSES).to_numpy()], buyer]))
    sent = np.unique(who[is_push & (kind == "sent").to_numpy()])
    clicked = np.unique(who[is_push & (kind == "click").to_numpy()])
    participated = np.intersect1d(sent, clicked)
    bought, n_orders = np.unique(buyer, return_counts=True)
    referred = _referred(touch, who, (channel == REFERRAL).to_numpy(), done, buyer)
    money = finite_amounts(done["net_amount"], where="orders.net_amount")
    rows = [
        _count("acquisition", "reached", len(reached)),
        _share("acquisition", "responded", len(responded), len(reached), level),
        _share("activation", "participated", len(participated), len(sent), level),
        _share("activation", "bought", len(bought), len(responded), level),
        _share("retention", "bought_again", int((n_orders > 1).sum()), len(bought), level),
        _share("referral", "referred", len(referred), len(bought), level),
        _mean("revenue", "sales_per_buyer", buyer, money, level),
    ]
    frame = pd.DataFrame(rows)
    frame.insert(2, "definition", frame["measure"].map(dict(DEFINITIONS)))
    attached = [_attached(name, benchmarks) for name in frame["measure"]]
    frame["benchmark"] = [value for value, _ in attached]
    frame["benchmark_note"] = [note for _, note in attached]
    return frame


def _referred(
    touch: pd.DataFrame, who: IntArray, is_referral: np.ndarray, done: pd.DataFrame, buyer: IntArray
) -> IntArray:
    """Buyers with a referral contact no later than their first order."""
    first_order = done["ordered_at"].groupby(buyer).min()
    first_referral = touch["touched_at"][is_referral].groupby(who[is_referral]).min()
    both = pd.concat([first_order, first_referral], axis=1, join="inner", keys=["order", "come"])
    return both.index[both["come"] <= both["order"]].to_numpy(dtype=np.int64)


def _count(stage: str, measure: str, n: int) -> dict[str, object]:
    return _row(stage, measure, float(n), np.nan, np.nan, n, n)


def _share(stage: str, measure: str, n: int, base: int, level: float) -> dict[str, object]:
    share = n / base if base else np.nan
    low, high = wilson_bounds(np.array([n / max(base, 1)]), np.array([float(base)]), level=level)
    return _row(stage, measure, share, float(low[0]), float(high[0]), n, base)


def _mean(
    stage: str, measure: str, person: IntArray, money: np.ndarray, level: float
) -> dict[str, object]:
    """Mean per person with Student's interval."""
    place = np.unique(person, return_inverse=True)[1]
    each = np.bincount(place, money) if len(place) else np.zeros(0)
    n = len(each)
    mean = float(each.mean()) if n else np.nan
    reach = (
        float(stats.t.ppf((1 + level) / 2, n - 1) * each.std(ddof=1) / np.sqrt(n))
        if n > 1
        else np.nan
    )
    return _row(stage, measure, mean, mean - reach, mean + reach, n, n)


def _row(
    stage: str, measure: str, value: float, low: float, high: float, n: int, n_base: int
) -> dict[str, object]:
    return {
        "stage": stage,
        "measure": measure,
        "value": value,
        "low": low,
        "high": high,
        "n": n,
        "n_base": n_base,
    }


def _attached(measure: str, benchmarks: Sequence[Benchmark]) -> tuple[float, str]:
    """The benchmark of the same definition, or why there is none."""
    mine = [item for item in benchmarks if item.measure == measure]
    same = [item for item in mine if item.definition == DEFINITIONS[measure]]
    if same:
        return same[0].value, same[0].source
    if mine:
        return np.nan, say(
            "not compared: the source counts '{definition}'", definition=mine[0].definition
        )
    return np.nan, "no benchmark"
