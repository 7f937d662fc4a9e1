"""What a reader must know about how credit was computed."""

from __future__ import annotations

from omnisim.attribution.readout import Readout
from omnisim.attribution.rules import JourneyRules
from omnisim.language import join_texts, say, say_as

METHODS = (
    "Journeys: contacts and completed orders of one person in order of time; each order closes a "
    "journey, contacts that lead to no order form journeys of their own, orders without a contact "
    "stay as '(none)'.",
    "Rules: last contact, last non-direct contact, first contact, linear, time decay (half-life 7 "
    "days) and position 40/20/40 split each order among the contacts before it.",
    "Markov chain of first order: credit in proportion to the sales the chain loses when a channel "
    "is removed, all removals exactly from one fundamental matrix (Anderl et al. 2016, International "
    "Journal of Research in Marketing 33). Sales are weighted by their amount.",
    "Shapley value of the cumulative game: each order is split equally among the distinct channels of "
    "its journey (Zhao et al. 2018, arXiv:1804.05327).",
    "Intervals: Poisson bootstrap over customers (Chamandy et al. 2012), percentiles; beyond 16,384 "
    "customers random groups of customers are drawn. Spend is taken as exact.",
    "Credited return on ad spend (ROAS): credited net sales (before returns) divided by media spend. Unless given, the break-even is "
    "what the margin after goods and shipping needs: net sales / (net sales - goods - shipping).",
)

LIMITATIONS = (
    "Credit says who touched a customer before an order. A channel that follows people who would buy "
    "anyway, such as brand search or retargeting, gets credit without causing the sale.",
    "Contacts that were not recognised (anonymous store visits, expired cookies, a second account) "
    "are missing, so journeys are cut short and channels at their start get too little credit.",
    "Journeys that began before the first day or were still open on the last day are cut.",
    "Store visits are recognised mostly when somebody pays, so journeys with a store visit look more "
    "successful than they are.",
    "Credited ROAS uses net sales before returns; the break-even leaves out overheads.",
)


def assumptions(readout: Readout) -> tuple[str, ...]:
    """What must hold for the credit to be right as credit."""
    rules = readout.rules
    return (
        say(
            "A contact can matter for {days} days; contacts that count: {kinds}.",
            days=f"{rules.lookback_days:g}",
            kinds=kinds_listed(rules),
        ),
        stitching(rules),
        say("Markov chain: where a customer goes next depends only on the contact before."),
        say("Customers decide independently of each other."),
    )


def kinds_listed(rules: JourneyRules) -> str:
    """Kinds of contact that count, in a row."""
    kinds = [say_as("touch kind", kind) for kind in rules.touch_kinds]
    return join_texts(kinds, by=", ", zh="、")


def stitching(rules: JourneyRules) -> str:
    """Whether identities are joined."""
    if rules.stitch_identities:
        return say("Identities linked to one account belong to one person.")
    return say("Every cookie, app or card is a person of its own.")
