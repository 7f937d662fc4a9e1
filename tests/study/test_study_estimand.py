"""Estimands of a study file: what they name, what is taken where they are silent, what is told."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from omnisim.errors import InputError
from omnisim.scenario import load_scenario
from omnisim.schema import CHANNEL_NAMES
from omnisim.study.estimand import true_effects
from omnisim.study.load import checked_study
from omnisim.study.model import Estimand, EstimandChoice, Outcome, Window
from omnisim.truth.causes import KnownEffect, further_effects, known_effects

PRESET = load_scenario("omnichannel_fashion", size="tiny")
TEST = "Personalised home page"


def named(**fields: Any) -> tuple[KnownEffect, ...]:
    wanted = EstimandChoice.model_validate(fields)
    return true_effects(wanted, PRESET, source="mine.yaml")


def test_the_words_of_a_file_are_those_of_the_truth() -> None:
    every = (*known_effects(PRESET), *further_effects(PRESET))
    assert set(get_args(Estimand)) == {effect.estimand for effect in every}
    assert set(get_args(Outcome)) == {name for effect in every for name in effect.outcomes}


@pytest.mark.parametrize(
    ("fields", "kind", "cause", "semantics"),
    [
        ({"estimand": "ate"}, "experiments", TEST, "all_minus_none"),
        ({"estimand": "att"}, "rollouts", "click_and_collect", "all_minus_none"),
        ({"estimand": "att", "cause": TEST}, "segments", TEST, "all_minus_none"),
        ({"estimand": "total", "cause": "email"}, "channels", "email", "ghost"),
        (
            {"estimand": "total", "cause": "email", "semantics": "substitute"},
            "channels", "email", "substitute",
        ),
        ({"estimand": "add_one_in", "cause": "sms"}, "additions", "sms", "ghost"),
        (  # in the order of the registry, however they are named
            {"estimand": "synergy", "cause": "email+paid_social"},
            "pairs", "paid_social+email", "ghost",
        ),
        ({"estimand": "shapley", "cause": "sms"}, "shapley", "sms", "ghost"),
        (
            {"estimand": "marginal_roas", "cause": "sms", "scope": "+10%"},
            "budgets", "sms", "reach_times",
        ),
        ({"estimand": "lost_demand"}, "lost_demand", "empty_shelves", "full_shelves"),
        (
            {"estimand": "lost_demand", "outcome": "n_units"},
            "lost_demand", "empty_shelves", "asked_for",
        ),
        (
            {"estimand": "total", "cause": "stock_sync", "outcome": "margin_amount"},
            "treatments", "stock_sync", "treated",
        ),
    ],
)  # fmt: skip
def test_one_effect_is_named_and_what_is_left_open_is_the_usual_one(
    fields: dict[str, Any], kind: str, cause: str, semantics: str
) -> None:
    (effect,) = named(**fields)
    assert (effect.kind, effect.cause, effect.semantics) == (kind, cause, semantics)
    assert effect.scopes == (fields.get("scope", "all"),)


def test_effects_across_channels_and_across_parts() -> None:
    assert [e.cause for e in named(estimand="total", across="cause")] == list(CHANNEL_NAMES)
    assert {e.orders for e in named(estimand="shapley", across="cause", orders=6)} == {6}
    (study,) = named(estimand="att", across="scope", scope="wave")
    assert study.scopes == ("wave=1", "wave=2")
    (regions,) = named(estimand="cate", cause=TEST, across="scope", scope="region")
    assert regions.scopes[0] == "region=North"


def test_weeks_are_those_of_the_window() -> None:
    (effect,) = named(estimand="total", cause="email", window={"first_day": 14, "n_days": 21})
    assert effect.weeks == (2, 5)
    assert Window(first_day=14, n_days=21).weeks == (2, 5)
    with pytest.raises(ValidationError, match="n_days = 20: effects are counted by week"):
        Window(first_day=14, n_days=20)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (
            {"estimand": "total"},
            r"estimand\.cause: missing; name one of direct, organic_search.*, win_back$",
        ),
        (
            {"estimand": "total", "cause": "radio"},
            r"estimand\.cause = 'radio': no such cause of 'total'; there are direct",
        ),
        (
            {"estimand": "synergy", "cause": "email"},
            r"no such cause of 'synergy'; there are direct\+organic_search.* and \d+ more$",
        ),
        (
            {"estimand": "total", "cause": "email", "semantics": "gone"},
            r"estimand\.semantics = 'gone': there are ghost, substitute",
        ),
        (
            {"estimand": "total", "cause": "email", "outcome": "margin_amount"},
            r"estimand\.outcome = 'margin_amount': there are net_amount, store_net_amount, n_orders$",
        ),
        (
            {"estimand": "att", "scope": "wave=9"},
            r"estimand\.scope = 'wave=9': there are all, wave=1, wave=2, event_week=0",
        ),
        (
            {"estimand": "budget_step", "cause": "sms"},
            r"estimand\.scope = 'all': there are -20%, -10%, \+10%, \+20%",
        ),
        (
            {"estimand": "cate", "cause": TEST, "across": "scope", "scope": "age"},
            r"estimand\.scope = 'age': there are region=North.*digital=high",
        ),
        (
            {"estimand": "att", "across": "cause"},
            r"estimand\.across = 'cause': these are no effects of channels: click_and_collect",
        ),
        (
            {"estimand": "ate", "window": {"first_day": 0, "n_days": 7}},
            r"estimand\.window: 'ate' of 'Personalised home page' has a window of its own",
        ),
        (
            {"estimand": "total", "cause": "sms", "window": {"first_day": 700, "n_days": 7}},
            r"estimand\.window: first_day = 700, n_days = 7: the horizon has \d+ days",
        ),
    ],
)
def test_what_is_not_there_is_told_with_what_is(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told) as error:
        named(**fields)
    assert str(error.value).startswith("mine.yaml: estimand.")


@pytest.mark.parametrize(
    ("method", "estimand", "told"),
    [
        (
            "attribution.last_click",
            {"estimand": "total", "cause": "email"},
            r"measures across: cause; the study asks for across: none",
        ),
        (
            "causal.group_time",
            {"estimand": "att", "scope": "wave=1"},
            r"measures scope: all; the study asks for scope: wave",
        ),
        (
            "causal.group_time",
            {"estimand": "att", "cause": TEST},
            r"measures causes of kind rollouts; 'Personalised home page' is of kind 'segments'",
        ),
        (
            "attribution.g_formula",
            {"estimand": "total", "across": "cause", "window": {"first_day": 0, "n_days": 7}},
            r"measures the whole window of a cause; the study asks for estimand\.window",
        ),
    ],
)
def test_a_method_that_measures_something_else_is_refused(
    method: str, estimand: dict[str, Any], told: str
) -> None:
    values = {
        "name": "mine",
        "worlds": {"scenario": "omnichannel_fashion", "size": "tiny"},
        "seeds": 1,
        "methods": [method],
        "estimand": estimand,
    }
    with pytest.raises(InputError, match=told):
        checked_study(values, source="mine.yaml")
