"""Element 4 of the protocol: the eleven design concepts, with what the scenario switches on."""

from __future__ import annotations

from collections.abc import Callable

from omnisim.odd.mechanisms import mechanism_table, mechanisms
from omnisim.rng import RNG_SCHEME, Stream
from omnisim.scenario import Scenario
from omnisim.schema import RAW_TRUTH, TABLES, TRUTH_TABLES
from omnisim.schema.dictionary import markdown_table
from omnisim.world.persons import RING_SIZE

# Ranges of stream numbers as the registry keeps them: first number, what they are for.
_STREAMS = (
    (1, "persons"),
    (10, "contacts of a day"),
    (20, "needs, steps and visits"),
    (30, "orders and what follows"),
    (40, "fake buyers"),
    (50, "arms of experiments"),
    (60, "places, goods, media, incidents and names"),
    (80, "programmes, releases and what else the kernel draws"),
    (100, "goods and money"),
    (120, "members, service and voice"),
    (160, "what surrounds the sale"),
    (200, "exports of source systems"),
    (240, "truth"),
)


def design_concepts(scenario: Scenario) -> str:
    """The section on design concepts."""
    return "\n".join(
        f"### 4.{k} {title}\n\n{text(scenario)}\n"
        for k, (title, text) in enumerate(CONCEPTS.items(), start=1)
    )


def _basic_principles(scenario: Scenario) -> str:
    found = mechanisms(scenario)
    n_on = sum(m.is_on for m in found)
    return (
        "Demand follows the negative binomial model of purchases: needs arise at rates that differ between "
        "persons by a gamma law. What a person does about a need is a walk with absorbing ends, along which "
        "advertising works as carried-over, saturating pressure. Causes act by multiplying a chance or a "
        "rate. A true effect is never a formula: it is the difference between two simulated worlds that "
        "share every draw.\n\n"
        f"Of {len(found)} mechanisms that can be switched off, {n_on} are at work here:\n\n"
        + mechanism_table(scenario)
    )


def _emergence(scenario: Scenario) -> str:
    return (
        "Sales by day, store and product, paths and their lengths, conversion by channel, repeat purchase, "
        "the credit any attribution gives, stock-outs seen by customers, and every effect emerge from single "
        "decisions. Imposed are the shapes of distributions, the calendar, the causes planned in the scenario"
        + (
            "."
            if scenario.interference.is_on
            else ", and, with interference off, which shelf is empty when."
        )
    )


def _adaptation(scenario: Scenario) -> str:
    texts = [
        "A customer's next touch depends on digital affinity and on what was tried before: the choice is a "
        "random race whose weights respond, no search for a best outcome."
    ]
    if scenario.marketing.intent_follows > 0:
        texts.append("With intent, brand search pulls more at every step.")
    if scenario.demand.showrooming_share > 0:
        texts.append("Some who looked in the store go home and buy online.")
    if scenario.rollout.is_on:
        texts.append("Where orders can be collected, the store pulls less.")
    return " ".join(texts)


def _objectives(_: Scenario) -> str:
    return (
        "None. Customers maximise nothing and the retailer follows the plan of the scenario; chances and "
        "weights stand in for preferences."
    )


def _learning(_: Scenario) -> str:
    return (
        "None: no rule changes with experience. Memory there is: pressure by channel, the last visit, the "
        "last order, accounts and linked identities."
    )


def _prediction(scenario: Scenario) -> str:
    if scenario.interference.is_on:
        return (
            "Customers predict nothing. The retailer orders stock for "
            f"{scenario.interference.target_cover_days:g} days as recent weeks sold."
        )
    return (
        "Customers predict nothing. Stock is accounted after the fact, so the retailer's deliveries agree "
        "with what was sold instead of foreseeing it."
    )


def _sensing(scenario: Scenario) -> str:
    texts = [
        "Customers notice contacts, prices, coupons they hold, and shelves that are empty when they buy. "
        "The retailer sees identities, not persons, and only what the tables hold."
    ]
    if scenario.tracking.is_on:
        texts.append("Its log is faulty: clicks are logged twice, and crawlers visit.")
    return " ".join(texts)


def _interaction(scenario: Scenario) -> str:
    texts = []
    if scenario.interference.is_on:
        texts.append(
            "Customers act on each other through units on hand, media budgets and full stores; what one week "
            "leaves acts in the next."
        )
    else:
        texts.append(
            "With interference off customers do not act on each other: who buys takes nothing from anybody."
        )
    if scenario.experiment.is_on and scenario.experiment.spillover_share > 0:
        texts.append("A tested page leaks to the other member of a household.")
    if scenario.fraud.is_on:
        texts.append(f"Fake buyers act in rings of {RING_SIZE}.")
    if scenario.referrals.is_on:
        texts.append("Who brought a new account is booked; it changes no behaviour.")
    return " ".join(texts)


def _stochasticity(scenario: Scenario) -> str:
    groups = []
    firsts = [first for first, _ in _STREAMS]
    for (first, words), end in zip(_STREAMS, [*firsts[1:], 2**32], strict=True):
        names = ", ".join(f"`{s.name}`" for s in sorted(Stream) if first <= s < end)
        if names:
            groups.append((words, names))
    return (
        f"All luck comes from seed {scenario.seed} by the scheme `{RNG_SCHEME}`: a counter-based generator "
        "that gives a number for an address (stream, who, when, which time) and has no state. Hence two "
        "worlds share every draw a cause does not touch, and nothing depends on the order of work. "
        f"The {len(Stream)} streams:\n\n" + markdown_table(("what is drawn", "streams"), groups)
    )


def _collectives(scenario: Scenario) -> str:
    texts = [
        f"Catchments of {scenario.stores.n_stores} stores and {len(scenario.market.regions)} regions share "
        "shocks of demand."
    ]
    if scenario.population.community_share > 0:
        texts.append("Members of the private community receive its messages.")
    if scenario.experiment.spillover_share > 0:
        texts.append("Persons 2k and 2k + 1 share a home.")
    if scenario.fraud.is_on:
        texts.append(f"{RING_SIZE} persons make a ring of fake buyers.")
    return " ".join(texts)


def _observation(_: Scenario) -> str:
    truth = [name for name in TRUTH_TABLES if name not in RAW_TRUTH]
    return (
        f"The retailer's view is {len(TABLES)} tables: {_names(TABLES)}. Kept apart as truth are "
        f"{len(truth)}: {_names(truth)}. On demand the same facts come as exports of source systems, with "
        f"their defects ({_names(RAW_TRUTH)}). Every column is in the data dictionary."
    )


def _names(tables: object) -> str:
    return ", ".join(f"`{name}`" for name in tables)  # type: ignore[attr-defined]


CONCEPTS: dict[str, Callable[[Scenario], str]] = {
    "Basic principles": _basic_principles,
    "Emergence": _emergence,
    "Adaptation": _adaptation,
    "Objectives": _objectives,
    "Learning": _learning,
    "Prediction": _prediction,
    "Sensing": _sensing,
    "Interaction": _interaction,
    "Stochasticity": _stochasticity,
    "Collectives": _collectives,
    "Observation": _observation,
}
