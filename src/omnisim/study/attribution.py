"""Which attribution model should I believe, in which world?

Small worlds are simulated whose truth is known, and every model is read as if its number were what
each channel caused. Each world differs in one thing from one in which everything is seen and
advertising meets everybody alike:

- *confounded*: retargeting and brand search follow those who are about to buy anyway;
- *clicks only*: advertising that was shown or sent without a click is not counted, as by default;
- *stores unseen*: visits to stores are not tracked;
- *identities lost*: cookies live for days, few log in, and nothing is stitched.

Per model: how far its shares are from the caused ones, by how much it over-claims, how many pairs
of channels it puts in the wrong order, and what its budget would lose (regret). What was caused is
the mean over the seeds of the world, so that a model is not blamed for the luck of one.

References
----------
Sethuraman, R., Tellis, G. J., Briesch, R. A. (2011). How well does advertising work? Generalizations
from meta-analysis of brand advertising elasticities. Journal of Marketing Research, 48(3), 457-471.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from omnisim.attribution import (
    DEFAULT_MODELS,
    CreditModel,
    JourneyRules,
    Journeys,
    Markov,
    Shapley,
    bootstrap_credit,
    build_journeys,
    calibrate,
    credit,
    incremental,
)
from omnisim.errors import DesignError
from omnisim.executor import ThreadExecutor, n_processors

FloatArray = npt.NDArray[np.float64]

MODELS: tuple[CreditModel, ...] = (*DEFAULT_MODELS, Markov(order=2), Shapley("rate"))
G_FORMULA = "g_formula"
# Paid channels with a lift test, largest spend first: some of them, or all.
TESTED: tuple[tuple[str, str, int], ...] = (
    ("calibrated_4", "Markov, 4 lift tests", 4),
    ("calibrated_all", "Markov, all paid tested", 99),
)
TEST_ERROR = 0.15  # standard error of a lift test, of what the channel caused
# Of caused sales to spend: long-run means of published estimates are 0.12 (short run) to 0.24.
ELASTICITY = 0.2
_TABLES = ("touchpoints", "identities", "orders", "media_costs", "channels")
_ALL_KINDS = JourneyRules(touch_kinds=("impression", "sent", "open", "click", "visit", "call"))
_SEEN = {
    "cookie_life_days": [170, 240],
    "login_share": 0.95,
    "card_share": 1.0,
    "cash_share": 0.0,
    "guest_share": 0.0,
    "duplicate_share": 0.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyWorld:
    """A world, and what of it the retailer sees.

    Attributes
    ----------
    name, label : str
        Machine name, and name for people.
    overrides : mapping
        Fields of the scenario.
    rules : JourneyRules
        What is counted of what is logged.
    """

    name: str
    label: str
    overrides: Mapping[str, Any]
    rules: JourneyRules = field(default_factory=JourneyRules)


_FAIR = {"population": _SEEN, "marketing": {"intent_follows": 0.0}}
WORLDS: tuple[StudyWorld, ...] = (
    StudyWorld(name="seen", label="All seen", overrides=_FAIR, rules=_ALL_KINDS),
    StudyWorld(
        name="confounded",
        label="Confounded",
        overrides={"population": _SEEN, "marketing": {"intent_follows": 1.0}},
        rules=_ALL_KINDS,
    ),
    StudyWorld(name="clicks_only", label="Clicks only", overrides=_FAIR),
    StudyWorld(
        name="stores_unseen",
        label="Stores unseen",
        overrides=_FAIR,
        rules=replace(_ALL_KINDS, store_touches=False),
    ),
    StudyWorld(
        name="identities_lost",
        label="Identities lost",
        overrides={
            "population": {**_SEEN, "cookie_life_days": [7, 21], "login_share": 0.1},
            "marketing": {"intent_follows": 0.0},
        },
        rules=replace(_ALL_KINDS, stitch_identities=False),
    ),
)


@dataclass(frozen=True, slots=True, eq=False)
class BeliefStudy:
    """Errors of every model in every world.

    Attributes
    ----------
    frame : DataFrame
        One row per world, seed and model: world, world_label, seed, model, model_label, kind
        (``credit`` or ``incremental``), share_error [0, 1], over_claim (ratio of all it claims to
        all that was caused), rank_error (share of pairs in the wrong order), regret (share of
        caused sales its budget loses against the best one).
    n_customers, n_days, n_seeds : int
        Size of each world and number of seeds.
    """

    frame: pd.DataFrame
    n_customers: int
    n_days: int
    n_seeds: int

    def summary(self) -> pd.DataFrame:
        """Mean over seeds with lowest and highest: one row per world and model."""
        keys = ["world", "world_label", "model", "model_label", "kind"]
        grouped = self.frame.groupby(keys, sort=False)
        made = grouped[list(ERRORS)].mean()
        for name in ERRORS:
            made[f"{name}_low"] = grouped[name].min()
            made[f"{name}_high"] = grouped[name].max()
        return made.reset_index()

    def best(self, error: str = "regret", *, kind: str | None = None) -> pd.DataFrame:
        """The model with the least mean error in each world: world_label, model_label, error.

        `kind` keeps models of one kind, ``credit`` or ``incremental``.
        """
        if error not in ERRORS:
            raise DesignError(f"error = {error!r}: give one of {list(ERRORS)}")
        table = self.summary()
        if kind is not None:
            table = table[table["kind"] == kind]
        if table.empty:
            raise DesignError(f"kind = {kind!r}: give 'credit' or 'incremental'")
        distance = (np.log(table[error]) if error == "over_claim" else table[error]).abs()
        rows = table.loc[distance.groupby(table["world"], sort=False).idxmin()]
        return rows[["world_label", "model_label", error]].reset_index(drop=True)


ERRORS = ("share_error", "over_claim", "rank_error", "regret")


def which_model(
    *,
    worlds: Sequence[StudyWorld] = WORLDS,
    seeds: Sequence[int] = (1, 2, 3),
    models: Sequence[CreditModel] = MODELS,
    n_customers: int = 3_000,
    n_days: int = 182,
    workers: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> BeliefStudy:
    """Hold every model against the truth of small worlds.

    Parameters
    ----------
    worlds : sequence of StudyWorld
        Worlds to try.
    seeds : sequence of int
        Luck of each; the same seeds in all worlds, so that worlds differ by their dials alone.
    models : sequence of models
        Credit models; the g-formula and Markov credit calibrated by lift tests come with them.
    n_customers, n_days : int
        Size of each world.
    workers : int, optional
        Worlds at a time; as many as there are usable processors by default. Changes no number.
    progress : callable, optional
        Called with a line per simulated world.

    Returns
    -------
    BeliefStudy
        The same numbers for the same arguments.
    """
    if not worlds or not seeds:
        raise DesignError("which_model: give at least one world and one seed")
    told: Callable[[str], None] = progress or _silent
    asked: dict[tuple[str, int], tuple[StudyWorld, int]] = {}
    for world in worlds:  # those that differ only in what is counted are simulated once
        for seed in seeds:
            asked.setdefault((repr(world.overrides), seed), (world, seed))
    pool = ThreadExecutor(workers or n_processors())
    made = pool.map(lambda job: _simulate(*job, n_customers, n_days), asked.values())
    done: dict[tuple[str, int], _Seen] = {}
    for key, seen in zip(asked, made, strict=True):
        world, seed = asked[key]
        told(f"simulated {world.label}, seed {seed}")
        done[key] = seen
    rows: list[dict[str, object]] = []
    for world in worlds:
        all_seen = [done[repr(world.overrides), seed] for seed in seeds]
        caused = pd.concat([seen.caused for seen in all_seen], axis=1).mean(axis=1)
        for seed, seen in zip(seeds, all_seen, strict=True):
            rows += _errors(world, seed, replace(seen, caused=caused), models)
    return BeliefStudy(pd.DataFrame(rows), n_customers, n_days, len(seeds))


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What a retailer has on file, and what was caused by channel."""

    tables: Mapping[str, pd.DataFrame]
    caused: pd.Series
    spend: pd.Series
    labels: Mapping[str, str]


def _simulate(world: StudyWorld, seed: int, n_customers: int, n_days: int) -> _Seen:
    # Here: the simulator takes a second to load, and comparing with a truth at hand needs none of it.
    from omnisim.scenario import load_scenario
    from omnisim.truth.causes import known_effects
    from omnisim.truth.memory import live_world

    size = {
        "population": {**world.overrides.get("population", {}), "n_customers": n_customers},
        "horizon": {"n_days": n_days},
        "experiment": {"is_on": False},
        "rollout": {"is_on": False},
    }
    scenario = load_scenario("sample", seed=seed, overrides={**world.overrides, **size})
    channels = [effect for effect in known_effects(scenario) if effect.kind == "channels"]
    lived = live_world(scenario, tables=_TABLES, effects=channels)
    tables = {name: lived.tables.read(name) for name in _TABLES}
    caused = _caused(lived.effects)
    costs = tables["media_costs"]
    spend = costs.groupby(costs["channel"].astype(str))["media_cost"].sum()
    about = tables["channels"]
    labels = dict(
        zip(about["channel"].astype(str), about["channel_label"].astype(str), strict=True)
    )
    return _Seen(tables, caused, spend[spend > 0], labels)


def _caused(effects: pd.DataFrame) -> pd.Series:
    """Net sales each channel caused over the horizon: base world minus the world without it."""
    wanted = (
        (effects["estimand"].astype(str) == "total")
        & (effects["semantics"].astype(str) == "ghost")
        & (effects["outcome"].astype(str) == "net_amount")
        & (effects["scope"].astype(str) == "all")
    )
    rows = effects[wanted]
    return pd.Series(rows["value"].to_numpy(dtype=float), index=rows["cause"].astype(str))


def _errors(
    world: StudyWorld, seed: int, seen: _Seen, models: Sequence[CreditModel]
) -> list[dict[str, object]]:
    """One row per model."""
    tables = seen.tables
    journeys = build_journeys(
        tables["touchpoints"], tables["orders"], tables["identities"], world.rules
    )
    table = credit(journeys, models)
    claims: list[tuple[str, str, str, pd.Series]] = [
        (name, label, "credit", pd.Series(table.value[row, :-1], index=journeys.channels))
        for row, (name, label) in enumerate(zip(table.models, table.labels, strict=True))
    ]
    made = incremental(journeys).frame.set_index("channel")["incremental_value"]
    claims.append((G_FORMULA, "G-formula", "incremental", made))
    claims += [
        (name, label, "incremental", _calibrated(journeys, seen, seed, n_tested))
        for name, label, n_tested in TESTED
    ]
    rows = []
    for name, label, kind, claim in claims:
        errors = compare_claim(claim, seen.caused, seen.spend)
        words = {"world": world.name, "world_label": world.label, "seed": seed}
        rows.append({**words, "model": name, "model_label": label, "kind": kind, **errors})
    return rows


def _calibrated(journeys: Journeys, seen: _Seen, seed: int, n_tested: int) -> pd.Series:
    """Markov credit brought to the scale of lift tests in the channels with most spend.

    The tests are ideal experiments: what was caused, with a known error.
    """
    rng = np.random.default_rng([seed, 7])
    draws = bootstrap_credit(journeys, (Markov(),), rng=rng, n_replicates=50)
    credited = pd.Series(draws.table.value[0, :-1], index=journeys.channels)
    known = seen.spend[seen.spend.index.isin(credited.index[credited > 0])]
    tested = known.sort_values(ascending=False, kind="stable").index[:n_tested]
    caused = seen.caused.reindex(tested).to_numpy(dtype=float)
    error = np.maximum(TEST_ERROR * np.abs(caused), 1.0)
    lifts = pd.DataFrame(
        {"channel": tested, "estimate": rng.normal(caused, error), "std_error": error}
    )
    return calibrate(draws, lifts, model="markov").frame.set_index("channel")["incremental"]


def compare_claim(claim: pd.Series, caused: pd.Series, spend: pd.Series) -> dict[str, float]:
    """Four errors of one model.

    Parameters
    ----------
    claim : Series
        Money by channel as the model has it; channels it does not know count as 0, and money below
        0 as 0 where a share or a budget is made of it.
    caused : Series
        Money each channel caused.
    spend : Series
        Present media money of the paid channels, > 0.

    Returns
    -------
    dict
        share_error, over_claim, rank_error, regret. Regret: caused sales of a channel answer to its
        spend with the constant elasticity `ELASTICITY`, and the model splits the present budget as
        would be best were its claim what the channel causes at present.

    Examples
    --------
    >>> caused, spend = pd.Series({"a": 30.0, "b": 10.0}), pd.Series({"a": 1.0, "b": 1.0})
    >>> found = compare_claim(pd.Series({"a": 10.0, "b": 30.0}), caused, spend)
    >>> {name: round(value, 3) for name, value in found.items()}
    {'share_error': 0.5, 'over_claim': 1.0, 'rank_error': 1.0, 'regret': 0.128}
    """
    channels = sorted(caused.index)
    truth = caused.reindex(channels).to_numpy(dtype=float)
    claimed = claim.reindex(channels).fillna(0.0).to_numpy(dtype=float)
    positive, theirs = np.maximum(truth, 0.0), np.maximum(claimed, 0.0)
    if positive.sum() <= 0 or not (spend > 0).all():
        raise DesignError("no channel caused any sales, or a paid channel without spend")
    split = theirs / theirs.sum() if theirs.sum() > 0 else np.full(len(channels), np.nan)
    wrong, pairs = 0.0, 0
    for one in range(len(channels)):
        for other in range(one):
            order = np.sign(truth[one] - truth[other])
            said = np.sign(claimed[one] - claimed[other])
            if order:
                pairs += 1
                wrong += 0.5 if said == 0 else float(said != order)
    return {
        "share_error": float(np.abs(split - positive / positive.sum()).sum() / 2),
        "over_claim": float(claimed.sum() / truth.sum()) if truth.sum() > 0 else float("nan"),
        "rank_error": wrong / max(pairs, 1),
        "regret": _regret(claim, caused, spend),
    }


def _regret(claim: pd.Series, caused: pd.Series, spend: pd.Series) -> float:
    """Share of the best budget's caused sales that the model's budget loses."""
    paid = sorted(spend.index)
    before = spend.reindex(paid).to_numpy(dtype=float)
    truth = np.maximum(caused.reindex(paid).fillna(0.0).to_numpy(dtype=float), 0.0)
    belief = np.maximum(claim.reindex(paid).fillna(0.0).to_numpy(dtype=float), 0.0)
    if truth.sum() <= 0:
        return 0.0

    def sales(weights: FloatArray) -> float:
        # Best split of a budget under sum_c w_c (b_c / before_c)^e.
        if weights.sum() <= 0:
            budget = before  # no claim, no change
        else:
            raw = (weights * before**-ELASTICITY) ** (1 / (1 - ELASTICITY))
            budget = raw / raw.sum() * before.sum()
        return float((truth * (budget / before) ** ELASTICITY).sum())

    return 1 - sales(belief) / sales(truth)


def _silent(_line: str) -> None:
    """No progress wanted."""
