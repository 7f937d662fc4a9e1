"""The ODD protocol of a scenario as a page of Markdown (Grimm et al. 2020).

Words about the model stand here; every value, unit, table, switch and count comes from the scenario and
the declarations that the simulation itself reads.
"""

from __future__ import annotations

from omnisim.engine.codes import MAX_STEPS
from omnisim.metrics.bounds import bounds
from omnisim.odd.concepts import design_concepts
from omnisim.odd.entities import entities
from omnisim.odd.parameters import parameter_table, parameters
from omnisim.odd.submodels import submodels
from omnisim.scenario import Scenario
from omnisim.schema import CHANNELS
from omnisim.schema.dictionary import markdown_table
from omnisim.world.calendar import FESTIVALS

_REFERENCE = (
    "Grimm, V., Railsback, S. F., Vincenot, C. E., et al. (2020). The ODD protocol for describing "
    "agent-based and other simulation models: a second update to improve clarity, replication, and "
    "structural realism. Journal of Artificial Societies and Social Simulation, 23(2), 7. "
    "https://doi.org/10.18564/jasss.4259"
)


def odd_page(scenario: Scenario) -> str:
    """What a scenario simulates, by the seven elements of the ODD protocol.

    Parameters
    ----------
    scenario : Scenario
        With everything resolved.

    Returns
    -------
    str
        Markdown with pipe tables.

    References
    ----------
    Grimm, V., et al. (2020). The ODD protocol for describing agent-based and other simulation models.
    Journal of Artificial Societies and Social Simulation, 23(2), 7.

    Examples
    --------
    >>> from omnisim.scenario import load_scenario
    >>> odd_page(load_scenario("sample")).splitlines()[0]
    '# ODD protocol of `sample`'
    """
    sections = {
        "Purpose and patterns": _purpose,
        "Entities, state variables, and scales": entities,
        "Process overview and scheduling": _processes,
        "Design concepts": design_concepts,
        "Initialization": _initialization,
        "Input data": _input_data,
        "Submodels": submodels,
    }
    parts = [_head(scenario)]
    parts += [
        f"## {k}. {title}\n\n{text(scenario)}"
        for k, (title, text) in enumerate(sections.items(), start=1)
    ]
    return "\n".join([*parts, f"## Reference\n\n{_REFERENCE}\n"])


def _head(scenario: Scenario) -> str:
    own = [
        p
        for p in parameters(scenario, "", scenario.market.currency)
        if "." not in p.path and p.value != []
    ]
    return (
        f"# ODD protocol of `{scenario.name}`\n\n"
        f"{scenario.description}\n\n{scenario.about}\n\n"
        "Written by `omnisim scenario odd` from the scenario and from the declarations that the simulation "
        f"reads; change those, not this page. Content hash of the scenario: `{scenario.content_hash}`.\n\n"
        + parameter_table([p for p in own if p.path not in ("description", "about")])
    )


def _purpose(scenario: Scenario) -> str:
    lines = []
    for bound in bounds().values():
        band = bound.band(scenario.sector)
        low, high = band.usual
        lines.append((bound.label, f"{low:g} to {high:g}", bound.unit, band.source))
    return (
        "The simulation makes the data of an omnichannel retailer together with the true effects of what the "
        "retailer did, so that methods of measurement can be held against a truth that real data do not "
        "contain. It is no forecast of any retailer.\n\n"
        "It is believable for that purpose when measures of its tables lie in published ranges "
        f"(`omnisim check`; here those of the trade `{scenario.sector}`) and when it shows the stylised facts "
        "of the field: purchase counts of a negative binomial kind, Zipf popularity, log-normal baskets, "
        "yearly and festival peaks, paths of the lengths of an absorbing chain, cookies that die.\n\n"
        + markdown_table(("pattern", "usual range", "unit", "source"), lines)
    )


def _processes(scenario: Scenario) -> str:
    """What happens in which order, and what is left out in this scenario."""
    pushes = ", ".join(f"`{c.channel}`" for c in CHANNELS if c.is_push)
    pulls = ", ".join(f"`{c.channel}`" for c in CHANNELS if not c.is_push)
    day = [
        f"**Pushes reach the person**, in the order of the registry ({pushes}): each adds pressure and may "
        "be opened or clicked. A click is a visit and may open a need.",
        "**A need may arise**, when none is open, the person has not left and has not ordered today.",
        f"**The open need takes its next step**, when its day has come: one pull is drawn ({pulls}), the "
        "visit takes place, and it ends in an order, in giving up or in a wait, after at most "
        f"{MAX_STEPS} steps."
        + (
            " A visit to web or app that falls into an outage is lost."
            if scenario.incidents.is_on
            else ""
        ),
        "**An order** fills its basket from what is there, chooses account, coupon and fulfilment, and is "
        "settled at once; its parcel, return and survey get their times.",
    ]
    after = [
        "Records that follow from what happened and act on nothing: shipments, payments, points, coupons, "
        "contacts, ratings, posts, web events.",
        "Stock by location and product, day by day; media costs, traffic, signals and market totals.",
        "The other worlds, each the same year of the same persons without log; then effects as differences.",
    ]
    texts = [
        "Time goes in days. Persons do not act on each other, so their order does not matter: each lives the "
        "whole horizon, and blocks of persons may run at once."
        if not scenario.interference.is_on
        else "Time goes in days. The year is run once without log, week by week, all persons together: sales, "
        "spend and visitors of a week settle stock, budgets and queues of the next. With these settled every "
        "person lives the same year again with a log, in any order.",
        "",
        "For every person and day:",
        "",
        *(f"{k}. {step}" for k, step in enumerate(day, start=1)),
        "",
        "After the last day:",
        "",
        *(f"{k}. {step}" for k, step in enumerate(after, start=1)),
        "",
        *_others(scenario),
        "State changes as each event happens, not at the end of a step.\n",
    ]
    return "\n".join(texts)


def _others(scenario: Scenario) -> list[str]:
    """Who does not live a customer's day."""
    others = [
        name
        for name, is_there in (
            ("Fake buyers", scenario.fraud.is_on),
            ("crawlers", scenario.tracking.is_on),
        )
        if is_there
    ]
    text = " and ".join(others)
    return [f"{text[0].upper()}{text[1:]} have days of their own instead.", ""] if others else []


def _initialization(scenario: Scenario) -> str:
    people, members = scenario.population, scenario.membership
    texts = [
        f"Day 0 is {scenario.horizon.start_date}. {people.n_customers:,} persons are drawn with their "
        "traits, each at addresses of its own, so that one more changes nobody. A share of "
        f"{people.account_share:g} holds an account"
        + (
            ", frequent buyers more often."
            if members.loyal_join_first > 0
            else ", everybody alike."
        ),
        "Nobody has an open need, pressure, or an order of before; cookies have an age. Stores, catchments, "
        "prices and popularity are drawn once.",
    ]
    if scenario.interference.is_on:
        texts.append(
            f"Shelves hold {scenario.interference.initial_cover_days:g} days of expected sales."
        )
    else:
        texts.append("Shelves are as full or empty as on any later day.")
    texts.append("Other initial states are other seeds; nothing is read from real data.\n")
    return " ".join(texts)


def _input_data(scenario: Scenario) -> str:
    festivals = [
        (name, f"{month:02d}-{day:02d}", f"{half} days")
        for name, month, day, half in FESTIVALS[scenario.market.locale]
    ]
    return (
        "No time series from outside drives the simulation. It reads lists of names, cities and phrases of "
        f"the market `{scenario.market.locale}`, and its calendar of festivals:\n\n"
        + markdown_table(("festival", "peak (month-day)", "half-width"), festivals)
        + "\nWhat happens at given times is planned in the scenario: campaigns, promotions, shocks, "
        "experiments, waves of the roll-out (see their submodels).\n"
    )
