"""One rule between the rows of a dataset."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes
    ----------
    table : str
        Table blamed when it is broken.
    text : str
        The rule in words.
    needs : tuple of str
        Tables the query reads.
    sql : str
        Counts the rows that break it: a single number.
    """

    table: str
    text: str
    needs: tuple[str, ...]
    sql: str
