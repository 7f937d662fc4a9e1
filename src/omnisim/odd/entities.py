"""Element 2 of the protocol: entities, their state variables, and scales."""

from __future__ import annotations

from typing import Any

import numpy as np

from omnisim.engine.plan import PRODUCT, STORE
from omnisim.engine.state import NO_TIME, STATE
from omnisim.scenario import Scenario
from omnisim.schema import CHANNELS, TABLES, Table
from omnisim.schema.dictionary import markdown_table
from omnisim.timeline import SECONDS_PER_DAY, n_weeks
from omnisim.world.persons import PERSON, PERSON_KINDS

# What each field of the records that the simulation runs on means, with its unit.
TRAITS = {
    "person": "number of the person; address of all its draws",
    "kind": f"one of {', '.join(PERSON_KINDS)}",
    "store": "nearest store",
    "need_rate": "needs before season and marketing [per day]",
    "digital": "digital affinity [share]",
    "price_sensitivity": "price sensitivity [share]",
    "account_at": "when an account of day 0 was opened [seconds from day 0]",
    "withdrawal_day": "day on which consent is withdrawn [day]",
    "cookie_life": "life of a cookie [days]",
    "cookie_phase": "age of the first cookie on day 0 [days]",
    "birth_year": "year of birth",
    "susceptibility": "pressure that one contact adds, by channel [contacts]",
    "has_two_accounts": "keeps an account for the shop and one for the store",
    "shares_home_with_member": "the other person of the home had an account on day 0",
    "has_app": "has the app",
    "has_email_consent": "agrees to e-mail",
    "has_sms_consent": "agrees to SMS",
    "is_in_community": "belongs to the private community",
}
STATES = {
    "row": "position in its block; means nothing",
    "pressure": "advertising pressure by channel, as of `pressure_day` [contacts]",
    "pressure_day": "day of the last contact that added pressure, by channel [day]",
    "n_contacts": "contacts so far, by channel",
    "first_contact": "day of the first contact, by channel [day]",
    "need_day": "day on which the open need arose; -1 = none [day]",
    "step": "steps taken for the open need",
    "next_day": "day of the next step [day]",
    "is_serious": "the open need has the intent to buy",
    "is_custom": "the open need is for something made to order",
    "saw_in_store": "looked at it in a store and goes to buy it online",
    "last_visit": "day of the last online visit [day]",
    "last_order": "day of the last order; -1 = none [day]",
    "n_orders": "orders so far",
    "n_online": "orders so far in web and app",
    "counters": "rows of each kind written so far: they number ids",
    "joined_at": "when each account was opened [seconds from day 0]",
    "joined_in_store": "whether each account was opened at a till",
    "seen_first": "when each identity was first seen [seconds from day 0]",
    "seen_last": "when each identity was last seen [seconds from day 0]",
    "seen_link": "account each identity is linked to; -1 = none",
    "basket_sku": "products of the order being placed",
    "basket_units": "units of the order being placed",
    "has_left": "has left for good",
    "was_turned_away": "came to the shop during an outage",
}
SHOPS = {
    "service_day": "first day of click-and-collect [day]",
    "strength": "size of its effect beside other waves [factor]",
    "region": "sales region",
    "local": "factor on needs of the catchment, by week [factor]",
    "queue": "factor on conversion in the store, by week [factor]",
}
GOODS = {
    "price": "list price [minor currency units]",
    "cost": "landed cost [minor currency units]",
    "category": "category",
}
# Tables that list entities as the retailer knows them.
_LISTED = (
    "customers",
    "identities",
    "locations",
    "products",
    "channels",
    "campaigns",
    "promotions",
)


def entities(scenario: Scenario) -> str:
    """The section on entities, state variables and scales."""
    counts = (
        ("person", f"{scenario.population.n_customers:,}", "who may buy; lives by itself"),
        (
            "store",
            f"{scenario.stores.n_stores:,}",
            "with a catchment of persons, in one of "
            f"{len(scenario.market.regions)} regions ({', '.join(scenario.market.regions)})",
        ),
        ("distribution centre", "1", "ships parcels"),
        (
            "product",
            f"{scenario.assortment.n_products:,}",
            f"in {len(scenario.assortment.categories)} categories",
        ),
        ("channel", f"{len(CHANNELS)}", "a way to meet the retailer, with a permanent number"),
    )
    parts = [
        "The persons of the simulation act; stores, products and channels are what they act on. The "
        "retailer is no entity: what it does stands in the scenario.\n",
        markdown_table(("entity", "number", "what it is"), counts),
        "**Channels**\n",
        markdown_table(
            ("channel", "for people", "where", "who begins", "media money"),
            (
                (
                    f"`{c.channel}`",
                    c.label,
                    "online" if c.is_online else "offline",
                    "the retailer (push)" if c.is_push else "the customer (pull)",
                    "per contact" if c.is_paid and c.is_push else "per click" if c.is_paid else "none",
                )
                for c in CHANNELS
            ),
        ),
        "**Traits of a person**, drawn on day 0 and fixed\n",
        _fields(PERSON, TRAITS),
        "**State of a person**, changed by the processes\n",
        _fields(STATE, STATES),
        "**State of a store**\n",
        _fields(STORE, SHOPS),
        "**State of a product**\n",
        _fields(PRODUCT, GOODS),
        "What the retailer knows of them are other things, with their own columns:\n",
        markdown_table(
            ("table", "a row is", "columns"), (_listed(name, TABLES[name]) for name in _LISTED)
        ),
        _scales(scenario),
    ]  # fmt: skip
    return "\n".join(parts)


def _fields(dtype: np.dtype[Any], meanings: dict[str, str]) -> str:
    """A line per field of a record."""
    lines = []
    for name in dtype.names or ():
        base, shape = dtype[name].base, dtype[name].shape
        size = " × ".join(str(n) for n in shape)
        lines.append((f"`{name}`", base.name + (f", {size}" if size else ""), meanings[name]))
    return markdown_table(("variable", "type", "meaning"), lines)


def _listed(name: str, table: Table) -> tuple[str, str, str]:
    columns = ", ".join(f"`{column}`" for column in table.columns)
    return f"`{name}`", table.about, columns


def _scales(scenario: Scenario) -> str:
    """Scales of time, space and money."""
    horizon, market = scenario.horizon, scenario.market
    return (
        f"**Scales.** One step is one day. The horizon has {horizon.n_days} days from "
        f"{horizon.start_date} on, {n_weeks(horizon.n_days)} weeks begun; a year has 365. Within a day, "
        f"events carry a second out of {SECONDS_PER_DAY:,}; a day is a day of UTC. A time that never "
        f"comes is {NO_TIME}. Space is the set of catchments: every person belongs to one store; "
        "coordinates are for maps and decide nothing. Money is whole minor units of "
        f"{market.currency}.\n"
    )
