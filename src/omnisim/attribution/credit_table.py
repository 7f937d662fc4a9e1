"""Credit per channel and model: who touched, never who caused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from omnisim.attribution.chain import chain_removal, count_chain
from omnisim.attribution.columns import FloatArray, IntArray
from omnisim.attribution.journeys import Journeys
from omnisim.attribution.markov import Markov, Removal, count_moves, removal_effects
from omnisim.attribution.rules import NO_TOUCH
from omnisim.attribution.shapley import Shapley, shapley_credit
from omnisim.attribution.touch_rules import (
    First,
    Last,
    LastNonDirect,
    Linear,
    Position,
    TimeDecay,
    TouchRule,
)
from omnisim.errors import DesignError

CreditModel = TouchRule | Markov | Shapley

DEFAULT_MODELS: tuple[CreditModel, ...] = (
    Last(),
    LastNonDirect(),
    First(),
    Linear(),
    TimeDecay(),
    Position(),
    Markov(),
    Shapley(),
)


@dataclass(frozen=True, slots=True, eq=False)
class CreditTable:
    """Credit of several models over the same journeys.

    Attributes
    ----------
    channels : tuple of str
        Channels, then ``(none)`` for orders without any contact.
    models, labels : tuple of str
        Machine names and names for people.
    conversions, value : array, shape (n_models, n_channels + 1)
        Credited orders and money. Each row sums to the observed total.
    """

    channels: tuple[str, ...]
    models: tuple[str, ...]
    labels: tuple[str, ...]
    conversions: FloatArray
    value: FloatArray

    @property
    def share(self) -> FloatArray:
        """Share of all money, in [0, 1]; 0 when there is none."""
        total = self.value.sum(axis=1, keepdims=True)
        return np.asarray(self.value / np.where(total > 0, total, 1.0))

    def row(self, model: str) -> int:
        """Place of a model."""
        if model not in self.models:
            raise DesignError(f"model {model!r}: not computed; has {list(self.models)}")
        return self.models.index(model)

    def frame(self) -> pd.DataFrame:
        """One row per channel and model: channel, model, conversions, value, share."""
        n_models, n_rows = self.value.shape
        return pd.DataFrame(
            {
                "channel": np.tile(np.array(self.channels, dtype=object), n_models),
                "model": np.repeat(np.array(self.models, dtype=object), n_rows),
                "conversions": self.conversions.ravel(),
                "value": self.value.ravel(),
                "share": self.share.ravel(),
            }
        )

    def rank_range(self) -> pd.DataFrame:
        """How far the models disagree on each channel, by credited money.

        Returns
        -------
        DataFrame
            channel, best_rank, worst_rank, spread (ranks), value_low, value_high over the models;
            ``(none)`` is not ranked. Sorted by best rank.
        """
        ranks, value = rank_channels(self.value[:, :-1]), self.value[:, :-1]
        frame = pd.DataFrame(
            {
                "channel": list(self.channels[:-1]),
                "best_rank": ranks.min(axis=0),
                "worst_rank": ranks.max(axis=0),
                "spread": ranks.max(axis=0) - ranks.min(axis=0),
                "value_low": value.min(axis=0),
                "value_high": value.max(axis=0),
            }
        )
        return frame.sort_values(["best_rank", "worst_rank", "channel"], ignore_index=True)


def credit(journeys: Journeys, models: Sequence[CreditModel] = DEFAULT_MODELS) -> CreditTable:
    """Share all orders among the channels, by each model.

    Orders without a contact go to ``(none)`` under every model.

    Parameters
    ----------
    journeys : Journeys
        What was seen.
    models : sequence of models
        E.g. ``(Last(), Linear(), Markov())``.

    Raises
    ------
    DesignError
        No model, a model twice, no order, or no order with a contact.

    Examples
    --------
    >>> table = pd.DataFrame({"path": ["email > direct"], "conversions": [2], "nulls": [0],
    ...                       "value": [80.0]})
    >>> credit(Journeys.from_paths(table), (Last(), Linear())).value.tolist()
    [[80.0, 0.0, 0.0], [40.0, 40.0, 0.0]]
    """
    check_creditable(journeys, models)
    n = journeys.n_channels
    conversions, value = np.zeros((2, len(models), n + 1))
    for place, model in enumerate(models):
        conversions[place, :n], value[place, :n] = _of_model(model, journeys)
    conversions[:, n] = journeys.conversions[~journeys.has_touch].sum()
    value[:, n] = journeys.value[~journeys.has_touch].sum()
    return table_of(journeys, models, conversions, value)


def check_creditable(journeys: Journeys, models: Sequence[CreditModel]) -> None:
    """Refuse when there is no model, one twice, or nothing to credit."""
    names = [model.name for model in models]
    if not names or len(set(names)) != len(names):
        raise DesignError(f"models {names}: give one or more, each once")
    if journeys.n_conversions == 0:
        raise DesignError("journeys hold no completed order: nothing to credit")
    if journeys.n_tracked_conversions == 0:
        raise DesignError("no order has a contact before it; nothing to credit by journeys")


def table_of(
    journeys: Journeys, models: Sequence[CreditModel], conversions: FloatArray, value: FloatArray
) -> CreditTable:
    """The table of credit already computed, ``(none)`` last."""
    return CreditTable(
        channels=(*journeys.channels, NO_TOUCH),
        models=tuple(model.name for model in models),
        labels=tuple(model.label for model in models),
        conversions=conversions,
        value=value,
    )


def _of_model(model: CreditModel, journeys: Journeys) -> tuple[FloatArray, FloatArray]:
    """Credited orders and money per channel."""
    if isinstance(model, Markov):
        walks = model.walks(journeys)
        removal = (
            removal_effects(count_moves(walks))
            if model.order == 1
            else chain_removal(count_chain(walks, order=model.order))
        )
        by_orders, by_value = markov_shares(removal, model)
        return by_orders * journeys.n_tracked_conversions, by_value * journeys.tracked_value
    if isinstance(model, Shapley):
        made = shapley_credit(journeys, model)
        return made.conversions, made.value
    n, weights, lengths = journeys.n_channels, model.weights(journeys), journeys.lengths
    orders = np.repeat(journeys.conversions, lengths) * weights
    money = np.repeat(journeys.value, lengths) * weights
    return (
        np.bincount(journeys.codes, weights=orders, minlength=n).astype(np.float64),
        np.bincount(journeys.codes, weights=money, minlength=n).astype(np.float64),
    )


def markov_shares(removal: Removal, model: Markov) -> tuple[FloatArray, FloatArray]:
    """Shares of orders and of money, as the model's options say."""
    by_orders, by_value = removal.shares()
    return by_orders, by_value if model.value_weighted else by_orders


def rank_channels(value: FloatArray) -> IntArray:
    """Rank along the last axis, 1 for the most credited; ties in order of position."""
    order = np.argsort(-value, axis=-1, kind="stable")
    ranks = np.empty(value.shape, dtype=np.int64)
    np.put_along_axis(ranks, order, np.arange(1, value.shape[-1] + 1), axis=-1)
    return ranks
