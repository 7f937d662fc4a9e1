"""A page per preset in Markdown: its own words, and numbers from the resolved scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median

from omnisim.scenario.describe import differences, yaml_value
from omnisim.scenario.files import load_scenario, preset_names, scenario_markets, scenario_sizes
from omnisim.scenario.model import Scenario
from omnisim.schema import CHANNELS
from omnisim.schema.dictionary import markdown_table

BASE = "omnichannel_fashion"
_WRITTEN = (
    "Written by `make docs` from `src/omnisim/scenario/presets/{name}.yaml`: change it there."
)

# label with unit -> value; the same rows on every page, so that pages can be compared
_FACTS: tuple[tuple[str, Callable[[Scenario], object]], ...] = (
    ("Needs per person and year", lambda s: s.demand.need_rate),
    ("Needs with intent to buy [share]", lambda s: s.demand.serious_share),
    ("Chance to buy per step with intent", lambda s: s.demand.serious_conversion),
    ("Chance to give up per step with intent", lambda s: s.demand.serious_abandonment),
    ("Days between two steps, mean", lambda s: s.demand.mean_gap_days),
    ("Pull of the store beside other touches", lambda s: _pull(s, "store_visit")),
    ("Pull of marketplaces beside other touches", lambda s: _pull(s, "marketplace")),
    ("Needs at the peak of a festival, factor", lambda s: s.demand.festival_factor),
    ("Yearly wave of needs, half peak to trough", lambda s: s.demand.season_amplitude),
    ("List price of the middle category [currency]", lambda s: median(s.assortment.categories.values())),
    ("Lines per order, mean", lambda s: s.assortment.mean_lines),
    ("Landed cost [share of list price]", lambda s: s.assortment.cost_share),
    ("Lines returned, online [share]", lambda s: s.assortment.return_share_online),
    ("Lines returned, stores [share]", lambda s: s.assortment.return_share_store),
    ("Days promised for parcels", lambda s: s.fulfilment.promise_days),
    ("Days of a parcel, median", lambda s: s.fulfilment.median_days),
    ("Lead time of goods made to order [days]", lambda s: _lead_time(s)),
    ("SKU-location-days out of stock [share]", lambda s: s.stock.stock_out_share),
)  # fmt: skip
_WORDS = ("about", "sector", "assortment.categories", "assortment.styles", "assortment.variants",
          "assortment.tiers", "campaigns", "promotions", "shocks")  # fmt: skip


def preset_pages() -> dict[str, str]:
    """Each preset's page by the name of its file, and the list of all as ``README.md``."""
    pages = {f"{name}.md": preset_page(name) for name in preset_names()}
    return {"README.md": presets_list(), **pages}


def presets_list() -> str:
    """The list of presets.

    Examples
    --------
    >>> presets_list().splitlines()[0]
    '# Presets'
    """
    rows = [(f"[`{name}`]({name}.md)", load_scenario(name).description) for name in preset_names()]
    head = (
        "# Presets\n\nWritten by `make docs`. `omnisim scenario list` prints them, `omnisim scenario "
        "show NAME --explain` says all of one, `omnisim scenario diff A B` compares two.\n\n"
    )
    return head + markdown_table(("preset", "what it is"), rows)


def preset_page(name: str) -> str:
    """The page of one preset.

    Examples
    --------
    >>> preset_page("grocery").splitlines()[0]
    '# Preset `grocery`'
    """
    scenario = load_scenario(name)
    parts = [
        f"# Preset `{name}`\n\n{scenario.description}\n\n{scenario.about}\n\n"
        + _WRITTEN.format(name=name)
        + f"\n\n```sh\nomnisim simulate {name} --size tiny\n```\n",
        "## In numbers\n\n" + _facts(name),
        "## What it sells\n\n" + _goods(name),
        "## What happens in its year\n\n" + _year(scenario),
        "## Sizes\n\n" + _sizes(name),
    ]
    if name != BASE:
        parts.append(f"## All that differs from `{BASE}`\n\n" + _differences(name))
    return "\n".join(parts)


def _facts(name: str) -> str:
    """The facts of each market, beside those of the base preset."""
    columns = {f"{name}, {market}": load_scenario(name, market=market) for market in _markets(name)}
    if name != BASE:
        columns[BASE] = load_scenario(BASE)
    rows = [
        (label, *(_number(value(scenario)) for scenario in columns.values()))
        for label, value in _FACTS
    ]
    return markdown_table(("", *columns), rows)


def _goods(name: str) -> str:
    rows = []
    for market in _markets(name):
        scenario = load_scenario(name, market=market)
        goods, currency = scenario.assortment, scenario.market.currency
        listed = ", ".join(f"{category} {price:g}" for category, price in goods.categories.items())
        rows.append((market, currency, listed, ", ".join(goods.tiers)))
    return markdown_table(
        ("market", "currency", "categories and median list prices", "tiers"), rows
    )


def _year(scenario: Scenario) -> str:
    rows = [
        *(
            (c.name, "campaign", c.first_day, c.n_days, f"{c.channel}, reach times {c.reach_factor:g}")
            for c in scenario.campaigns
        ),
        *(
            (p.name, "promotion", p.first_day, p.n_days, f"{p.category or 'all'}, {p.discount:.0%} off")
            for p in scenario.promotions
        ),
        *(
            (s.kind, "shock", s.first_day, s.n_days, f"{s.channel or s.region or 'all'}, {s.effect:+.0%}")
            for s in scenario.shocks
        ),
    ]  # fmt: skip
    if not rows:
        return "Nothing but seasons and festivals.\n"
    rows.sort(key=lambda row: row[2])
    text = [(what, kind, str(day), _days(n), detail) for what, kind, day, n, detail in rows]
    return markdown_table(("what", "kind", "first day", "days", "how"), text)


def _sizes(name: str) -> str:
    rows = []
    for size in scenario_sizes(name):
        s = load_scenario(name, size=size)
        counts = (s.population.n_customers, s.stores.n_stores, s.assortment.n_products)
        rows.append((size, *(f"{count:,}" for count in counts), str(s.horizon.n_days)))
    return markdown_table(("size", "customers", "stores", "products", "days"), rows)


def _differences(name: str) -> str:
    """Fields with both values, those already in words above left out."""
    rows = [
        (f"`{item.field}`", _value(item.left), _value(item.right))
        for item in differences(load_scenario(BASE), load_scenario(name))
        if not item.field.startswith(_WORDS)
    ]
    return markdown_table(("field", f"`{BASE}`", f"`{name}`"), rows)


def _markets(name: str) -> Iterator[str]:
    """The market of the preset's own first."""
    own = load_scenario(name).market.locale
    yield from sorted(scenario_markets(name), key=lambda market: (market != own, market))


def _pull(scenario: Scenario, channel: str) -> float:
    """Weight of a pull among the weights of all pulls [share]."""
    channels = scenario.marketing.channels
    pulls = [channels[c.channel].reach for c in CHANNELS if not c.is_push]
    return channels[channel].reach / sum(pulls)


def _lead_time(scenario: Scenario) -> float | None:
    custom = scenario.made_to_order
    return custom.lead_time_days if custom.is_on else None


def _days(n_days: int) -> str:
    return "for good" if n_days > 1830 else str(n_days)


def _number(value: object) -> str:
    return "—" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)


def _value(value: object) -> str:
    return "" if value is None else f"`{yaml_value(value)}`"
