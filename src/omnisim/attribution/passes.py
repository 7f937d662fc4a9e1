"""One pass over the contacts of all journeys: moves of a Markov chain, sets of channels, sums.

Journeys come as in :class:`~omnisim.attribution.Journeys`: codes cut by offsets, one number of
orders, of ends in nothing and one amount of money each. Sums are filled in the order of the
journeys, so they are the same to the last bit on every machine.
"""

from __future__ import annotations

from typing import Any

from omnisim.jit import njit

BITS = 62  # channels per word of a set; with 63 and 64 a word would be negative


@njit
def add_moves(
    codes: Any,
    offsets: Any,
    conversions: Any,
    nulls: Any,
    value: Any,
    start: Any,
    inner: Any,
    ends: Any,
) -> None:
    """Add every journey's walk to `start` (n,), `inner` (n, n) and `ends` (3, n).

    The rows of `ends` are orders, ends in nothing and money, by the last channel.
    """
    for journey in range(len(offsets) - 1):
        first, stop = offsets[journey], offsets[journey + 1]
        if first == stop:
            continue
        runs = conversions[journey] + nulls[journey]
        here = codes[first]
        start[here] += runs
        for place in range(first + 1, stop):
            following = codes[place]
            inner[here, following] += runs
            here = following
        ends[0, here] += conversions[journey]
        ends[1, here] += nulls[journey]
        ends[2, here] += value[journey]


@njit
def mark_channels(codes: Any, offsets: Any, words: Any) -> None:
    """Set the bits of a journey's channels, one row of `words` per journey with a contact."""
    for word in range(words.shape[1]):
        lowest = word * BITS
        row = 0
        for journey in range(len(offsets) - 1):
            bits = 0
            for place in range(offsets[journey], offsets[journey + 1]):
                bit = codes[place] - lowest
                if 0 <= bit < BITS:
                    bits |= 1 << bit
            if offsets[journey] < offsets[journey + 1]:
                words[row, word] = bits
                row += 1


@njit
def add_by_set(
    index: Any, offsets: Any, conversions: Any, nulls: Any, value: Any, sums: Any
) -> None:
    """Add orders, journeys and money to `sums` (3, n_sets); `index` is of journeys with a contact."""
    row = 0
    for journey in range(len(offsets) - 1):
        if offsets[journey] == offsets[journey + 1]:
            continue
        place = index[row]
        sums[0, place] += conversions[journey]
        sums[1, place] += conversions[journey] + nulls[journey]
        sums[2, place] += value[journey]
        row += 1


@njit
def add_unit_moves(
    codes: Any, offsets: Any, unit: Any, ends: Any, n_channels: Any, table: Any
) -> None:
    """Add each journey's ends to its unit's row, in column ``from * n_channels + to`` of a move."""
    for journey in range(len(offsets) - 1):
        row = table[unit[journey]]
        for place in range(offsets[journey] + 1, offsets[journey + 1]):
            row[codes[place - 1] * n_channels + codes[place]] += ends[journey]


@njit
def add_entries(unit: Any, ends: Any, journey: Any, column: Any, amount: Any, table: Any) -> None:
    """Add each entry's amount to its column and its journey's unit; the journey's ends if none."""
    for entry in range(len(journey)):
        whose = journey[entry]
        if len(amount):
            table[unit[whose], column[entry]] += amount[entry]
        else:
            table[unit[whose], column[entry]] += ends[whose]
