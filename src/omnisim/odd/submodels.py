"""Element 7 of the protocol: submodels, each with its rules and every parameter it reads."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from omnisim.behaviour import made_to_order, rules
from omnisim.engine.codes import MAX_STEPS
from omnisim.engine.plan import DECAY_DAYS, MAX_BULK, MAX_LINES
from omnisim.odd.parameters import (
    blocks_in,
    column_table,
    matrix_table,
    parameter_table,
    parameters,
)
from omnisim.scenario import Scenario
from omnisim.scenario.block import Block


@dataclass(frozen=True, slots=True)
class Submodel:
    """A part of the simulation.

    Attributes
    ----------
    title : str
        Its name.
    blocks : tuple of str
        Fields of the scenario it reads; every field belongs to one submodel.
    text : str
        What it does, with its equations.
    rules : tuple of callable
        Compiled rules whose own words are printed.
    """

    title: str
    blocks: tuple[str, ...]
    text: str
    rules: tuple[Callable[..., Any], ...] = ()


SUBMODELS = (
    Submodel(
        "Market, stores and goods",
        ("market", "horizon", "stores", "assortment"),
        "Catchment sizes are log-normal; a person's store is drawn by them. Product `k` of the list is "
        "wanted with a weight of `k ^ -zipf_exponent`; its list price is log-normal around the median of "
        f"its category. An order has a geometric number of lines, at most {MAX_LINES}; a line in bulk has "
        f"a Pareto number of units, at most {MAX_BULK}.",
    ),
    Submodel(
        "Population, identities and the log",
        ("population", "tracking", "devices"),
        "A person's need rate is `need_rate × gamma(need_shape, mean 1) × (0.7 + 0.6 digital)`, digital "
        "affinity being uniform. Frequent buyers hold accounts more often (`membership.loyal_join_first`), "
        "digital persons the app. A "
        "person is seen by cookies that die, an app, an e-mail address, a phone, loyalty cards and payment "
        "tokens; what was used together is linked. The device of a cookie is told afterwards, from what its "
        "visits came to, and changes nothing.",
    ),
    Submodel(
        "Needs, journeys and purchase",
        ("demand",),
        "Without an open need, one arises on a day with the chance `need_rate of the person × calendar × "
        "local and regional shock × (1 + lift of pressure)`. The calendar is week × year × festival, where "
        "a week keeps its total. Local shocks are log-normal and fade over weeks. A need is serious or "
        "browses. At each step a touch is drawn by an exponential race: the wait of each pull is "
        "exponential with its weight as rate, and the first wins, so that a changed weight changes a "
        "choice only to or from its own channel; pulls online weigh `0.35 + 1.3 digital` times, others "
        "`1.65 - 1.3 digital` times. A visit ends in an order with the chance "
        f"`min({rules.MAX_CHANCE:g}, base × (1 + lift) × touch_factor × occasion)`, where `occasion` "
        "multiplies what services, tests, programmes and shocks do. The step ends in an order, in giving up, or in a wait "
        f"with a geometric number of days; after {MAX_STEPS} steps a need is given up.",
        (rules.conversion_chance, rules.digital_weight),
    ),
    Submodel(
        "Marketing pressure",
        ("marketing",),
        "Every contact adds the person's susceptibility to the pressure of its channel. Pressure decays by "
        f"`retention` a day and is forgotten after {DECAY_DAYS} days. The lift of a rate or chance is the sum "
        "over channels of `effect × saturation × wear`; a synergy adds `effect × response × response` of its "
        "two channels. Pushes reach a person with the chance `reach / 7` a day, ads more often the digital, "
        "retargeting those who came by lately, messages those who agreed.",
        (rules.saturate, rules.wear, rules.intent_weight),
    ),
    Submodel(
        "Campaigns, promotions and shocks",
        ("campaigns", "promotions", "shocks"),
        "Each multiplies, for its days, the reach of a channel, the rate of needs or the chance to buy; "
        "promotions also take whole per cent off list prices.",
    ),
    Submodel(
        "Experiments and releases",
        ("experiment", "factorial", "canary"),
        "Accounts opened before a test take part and are drawn into arms; a release is drawn per visit. "
        "Their effect multiplies the chance to buy of logged-in visits, or of the visits served.",
        (rules.novelty,),
    ),
    Submodel(
        "Roll-out of click-and-collect",
        ("rollout",),
        "The service comes to stores in waves. Where it has come, the chance to buy online rises by "
        "`conversion_effect × strength × growth × (0.4 + 1.2 digital)`, the pull of the store falls, and web "
        "orders are collected.",
        (rules.growth,),
    ),
    Submodel(
        "Membership, coupons and community",
        (
            "membership", "win_back", "loyalty", "coupons", "coupon_mailings", "referrals", "community",
        ),
        "Membership raises the chance to buy of account holders; lapsed members hear more and may return. "
        "Points, tiers, issues of coupons, referrals and posts are booked from what happened.",
    ),
    Submodel(
        "Stock and replenishment",
        ("stock", "replenishment", "interference"),
        "Without interference stock-outs are drawn as spells per location, product and day, and stock is "
        "accounted afterwards so that it agrees with them. With interference, units on hand decide: a week's "
        "sales, spend and visitors settle what the next week finds.",
    ),
    Submodel(
        "Fulfilment, payment and goods made to order",
        ("fulfilment", "payments", "made_to_order"),
        "Parcel days are log-normal around their median. What is made to order takes its lead time, and "
        "options and waiting cost conversion.",
        (made_to_order.overload_factor, made_to_order.lead_time_factor),
    ),
    Submodel(
        "Service, surveys and brand",
        ("service", "survey", "voice", "brand"),
        "Facts of the log lead to contacts and to questions; answers depend on a latent mood, which lateness "
        "and waiting lower. Awareness saturates in remembered contacts.",
        (rules.satisfaction_score, rules.answer_chance),
    ),
    Submodel(
        "Incidents, fraud and privacy",
        ("incidents", "fraud", "return_fraud", "privacy"),
        "Outages fall on busy days more often and stop visits; supplier delays lengthen stock-outs and "
        "parcels. Rings of eight fake buyers order in bursts, abusers open accounts for the welcome coupon, "
        "some returns are fraud. Staff look at records; some exports are theft.",
    ),
    Submodel(
        "Signals and market",
        ("signals", "market_panel"),
        "Outside signals show needs some days ahead, with log-normal noise. Competitors' sales follow the "
        "season and their prices.",
    ),
    Submodel(
        "Exports of source systems",
        ("raw",),
        "The same facts as each system would export them, with its defects, on demand.",
    ),
)  # fmt: skip


def submodels(scenario: Scenario) -> str:
    """The section on submodels; every parameter stands in it once."""
    return "\n".join(_section(k, part, scenario) for k, part in enumerate(SUBMODELS, start=1))


def _section(number: int, part: Submodel, scenario: Scenario) -> str:
    texts = [f"### 7.{number} {part.title}\n\n{part.text}\n"]
    texts += [f"- `{_name(rule)}`: {_words(rule)}" for rule in part.rules]
    if part.rules:
        texts.append("")
    for name in part.blocks:
        texts += _block(name, getattr(scenario, name), scenario)
    return "\n".join(texts)


def _block(name: str, value: Any, scenario: Scenario) -> list[str]:
    """Heading and tables of one field of the scenario."""
    about = (
        value.__doc__ if isinstance(value, Block) else type(scenario).model_fields[name].description
    )
    texts = [f"**`{name}`** {_one_line(about or '')}\n"]
    currency = scenario.market.currency
    lists = {path: items for path, items in _lists(name, value) if items}
    if isinstance(value, Block):
        plain = [
            p
            for p in parameters(value, name, currency)
            if not any(p.path.startswith(f"{path}.") for path in lists)
        ]
        if plain:
            texts.append(parameter_table(plain))
    elif not lists:
        texts.append(
            parameter_table([p for p in parameters(scenario, "", currency) if p.path == name])
        )
    for path, items in lists.items():
        texts += [column_table(next(iter(items.values())), currency), matrix_table(path, items)]
    return texts


def _lists(path: str, value: Any) -> list[tuple[str, dict[str, Block]]]:
    """Lists of blocks in a field, and in the blocks of it."""
    if not isinstance(value, Block):
        return [(path, blocks_in(value))]
    return [
        found
        for name in type(value).model_fields
        for found in _lists(f"{path}.{name}", getattr(value, name))
    ]


def _name(rule: Callable[..., Any]) -> str:
    return f"{rule.__name__}({', '.join(inspect.signature(_plain(rule)).parameters)})"


def _plain(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The Python function of a compiled rule."""
    return getattr(rule, "py_func", rule)


def _words(rule: Callable[..., Any]) -> str:
    """What a rule's docstring says before its sections."""
    text = inspect.getdoc(_plain(rule)) or ""
    for heading in ("Parameters\n", "Examples\n"):
        text = text.partition(heading)[0]
    return _one_line(text.replace("``", "`"))


def _one_line(text: str) -> str:
    return " ".join(text.split())
