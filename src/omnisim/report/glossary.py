"""Terms and abbreviations a reader may not know; the report explains those it uses."""

from __future__ import annotations

import re

from omnisim.language import catalog, say_as
from omnisim.report.tables import Grid
from omnisim.report.wording import worded

# Term, the words by which the text uses it, meaning.
_TERMS = (
    ("A/B test", "A/B", "Two versions shown to groups drawn by lot, compared at the end"),
    ("ATT", "ATT", "Average effect on the treated: on the stores or customers that had the change"),
    ("Attribution", "[Aa]ttribution", "Rules that divide the credit for a sale among the touchpoints before it"),
    ("Bootstrap", "[Bb]ootstrap", "Interval found by drawing the data again many times"),
    ("Click-and-collect", "[Cc]lick-and-collect", "Ordered online, collected in a store"),
    ("Confidence interval", "interval", "Range that holds the true value in 95 of 100 repetitions of such a study; in risks the middle 90% of simulated outcomes"),
    ("Credit", "[Cc]redit", "Share of a sale given to a channel because it touched the buyer; not an effect"),
    ("CRM", "CRM", "Customer relationship management: the system that holds customer accounts"),
    ("CUPED", "CUPED", "Adjusting a test by each customer's sales before it, which narrows the interval"),
    ("DCMM", "DCMM", "Chinese national standard of data management maturity, GB/T 36073-2018: levels 1 to 5"),
    ("Event study", "[Ee]vent study", "Effect week by week before and after a start"),
    ("Expert prior", "[Ee]xpert (?:prior|range)", "Range that experts gave before the data were seen"),
    ("Gate", "[Gg]ates?", "Check that must pass before a number is used or a stage begins"),
    ("Hold-out group", "[Hh]old-out", "Customers left without a contact, drawn by lot, to see what happens without it"),
    ("Incremental effect", "[Ii]ncremental|[Ee]ffect", "What would not have happened without the cause"),
    ("KPI", "KPIs?", "Key performance indicator: a measure by which a business is steered"),
    ("Loss exceedance", "[Ee]xceed(?:ance|ed)|costs more", "Probability that the yearly loss is larger than an amount"),
    ("Markov chain", "Markov", "Model of journeys in which the next contact depends only on the present one"),
    ("Net promoter score (NPS)", "NPS|[Nn]et promoter", "Share of customers who would recommend the retailer less the share who would not, in points"),
    ("Net sales", "[Nn]et sales", "Paid by customers after discounts, before returns"),
    ("Omnichannel", "[Oo]mnichannel", "One customer, one stock, one price in all channels"),
    ("On time and in full", "[Oo]n time and in full|OTIF", "Delivered by the promised time with nothing missing"),
    ("p", r"\bp =|\| p \|", "Probability of a difference at least as large if there were none"),
    ("P95", "P95|[Bb]ad year", "Amount exceeded in one case of twenty"),
    ("RFM", "RFM", "Recency, frequency and monetary value of a customer's purchases"),
    ("ROAS", "ROAS", "Return on ad spend: sales per unit of media spend"),
    ("Ship-from-store", "ship-from-store", "Online orders sent to the customer from a store"),
    ("SKU", "SKUs?|[Ss]tock keeping units?", "Stock keeping unit: the smallest item for which stock is kept"),
    ("SMS", "SMS", "Short text message to a phone"),
    ("Stock-out rate", "[Ss]tock-out", "Share of demand that meets empty shelves"),
    ("Touchpoint, contact", "[Tt]ouchpoints?|[Cc]ontacts?", "A meeting of customer and brand: advertisement, mail, visit, call"),
    ("Two-way fixed effects", "[Tt]wo-way fixed effects|TWFE", "Usual regression with one level per store and per week (TWFE); misleads when effects differ"),
    ("UTC", "UTC", "Coordinated universal time"),
    ("Wave", "[Ww]aves?", "Stores that got the service in the same week"),
)  # fmt: skip


def glossary_grid(text: str, *, lang: str = "en") -> Grid:
    """The terms that `text` uses, with their meaning: in alphabetical order of English.

    A text in another language uses a term when it holds one of the words the catalogue gives for it.

    Parameters
    ----------
    text : str
        All other sections.
    lang : str
        Their language.

    Examples
    --------
    >>> [row[0] for row in glossary_grid("ROAS by channel, from an A/B test").rows]
    ['A/B test', 'ROAS']
    >>> [row[0] for row in glossary_grid("各渠道的归因份额", lang="zh").rows]
    ['Attribution', 'Credit']
    """
    found = [
        (say_as("term", term), meaning)
        for term, words, meaning in _TERMS
        if _uses(text, words if lang == "en" else _names_in(term, lang))
    ]
    return Grid(("Term", "Meaning"), tuple(sorted(found, key=_alphabet)), ("left", "left"))


def _names_in(term: str, lang: str) -> str:
    """The words by which a text in another language uses a term, as a pattern."""
    names = catalog(lang).get(f"words: {term}") or worded(say_as("term", term), lang)
    return "|".join(re.escape(name) for name in re.split("[（）、]", names) if name)


def _uses(text: str, words: str) -> bool:
    return re.search(rf"(?<![A-Za-z0-9])(?:{words})(?![A-Za-z0-9])", text) is not None


def _alphabet(row: tuple[str, ...]) -> str:
    return row[0].lower()
