"""The glossary explains the words the report uses, and no others."""

from __future__ import annotations

import re

from omnisim.report.document import client_assessment
from omnisim.report.glossary import glossary_grid
from omnisim.report.loading import load_run

# Capitals that are no abbreviations a reader must look up.
_PLAIN = {"USD", "ID", "ISO", "GB", "OK"}


def terms(text: str) -> list[str]:
    return [row[0] for row in glossary_grid(text).rows]


def test_only_words_in_use_are_explained_in_alphabetical_order():
    assert terms("TWFE weights and the ATT; SKUs") == ["ATT", "SKU", "Two-way fixed effects"]
    assert terms("the platter") == []  # no "ATT" inside a word


def test_no_term_is_listed_twice():
    every = terms(
        "A/B ATT Attribution bootstrap click-and-collect interval credit CRM CUPED DCMM event study "
        "expert prior gate hold-out effect KPI exceedance Markov NPS net sales omnichannel OTIF p = 0 "
        "P95 RFM ROAS ship-from-store SKU SMS stock-out contact TWFE UTC waves"
    )
    assert len(every) == len(set(every)) == 34


def test_every_abbreviation_of_the_example_is_explained(run_folder):
    parts = client_assessment(load_run(run_folder), lang="en").parts
    text = " ".join(body for name, body in parts.items() if name != "glossary")
    text = re.sub(r"\{[^}]*\}|\([^)]*/[^)]*\)", " ", text)  # attributes and addresses
    used = {word.rstrip("s") for word in re.findall(r"\b[A-Z]{3,5}s?\b", text)} - _PLAIN
    explained = set(re.findall(r"[A-Z]{3,5}", parts["glossary"]))
    assert used <= explained, used - explained
