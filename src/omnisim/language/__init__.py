"""Sentences in more than one language: said once in English, known in the others by their template.

    text = say("Sales of {name} rose by {change}", name="Store 3", change=format_number(...))
    in_language(text, "zh")

A text is a plain English string everywhere. What it is in another language is remembered beside it, and a
result takes that along when it is written, so a report in Chinese reads the same results as one in English.
"""

from omnisim.language.catalog import LANGUAGES, catalog
from omnisim.language.dates import long_date, long_period
from omnisim.language.numbers import chinese_number, chinese_range, chinese_short, chinese_unit
from omnisim.language.say import (
    in_language,
    join_sentences,
    join_texts,
    known,
    known_parts,
    listed,
    lower_first,
    own_memory,
    remember,
    respelled,
    say,
    say_as,
)

__all__ = [
    "LANGUAGES",
    "catalog",
    "chinese_number",
    "chinese_range",
    "chinese_short",
    "chinese_unit",
    "in_language",
    "join_sentences",
    "join_texts",
    "known",
    "known_parts",
    "listed",
    "long_date",
    "long_period",
    "lower_first",
    "own_memory",
    "remember",
    "respelled",
    "say",
    "say_as",
]
