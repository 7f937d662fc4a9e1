"""What a block of persons answers to a question, in the form that travels and is written down.

A question may have thousands of worlds with long names. Whoever asked knows them, so an answer holds
their numbers only, in the order of the question's worlds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omnisim.truth.lives import Question, Sums
from omnisim.truth.tally import OUTCOMES, Moments


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Sums over some persons; adding in any order gives the same.

    Attributes
    ----------
    moments : tuple of dict of str to Moments
        For each contrast, by scope.
    totals : array, shape (n_worlds, 3)
        Outcomes of the year.
    n_lived : array, shape (n_worlds,)
        Persons who lived each world.
    contacts : array, shape (n_counted, 2, n_channels, n_days)
        Of the worlds whose contacts are wanted.
    """

    moments: tuple[dict[str, Moments], ...]
    totals: NDArray[np.int64]
    n_lived: NDArray[np.int64]
    contacts: NDArray[np.integer]

    @classmethod
    def of(cls, sums: Sums) -> Answer:
        """The answer of a block: so few persons that a day's contacts fit into 32 bits."""
        counted = list(sums.contacts.values())
        return cls(
            sums.moments,
            np.array(list(sums.totals.values()), np.int64).reshape(-1, len(OUTCOMES)),
            np.array(list(sums.n_lived.values()), np.int64),
            np.stack(counted).astype(np.int32) if counted else np.zeros((0, 2, 0, 0), np.int32),
        )

    def __add__(self, other: Answer) -> Answer:
        return Answer(
            tuple(
                {scope: found + theirs[scope] for scope, found in mine.items()}
                for mine, theirs in zip(self.moments, other.moments, strict=True)
            ),
            self.totals + other.totals,
            self.n_lived + other.n_lived,
            np.add(self.contacts, other.contacts, dtype=np.int64),
        )

    def sums(self, question: Question) -> Sums:
        """The same by name of world."""
        names = list(question.lives)
        counted = [name for name in names if name in question.counted]
        return Sums(
            self.moments,
            {name: tuple(row) for name, row in zip(names, self.totals.tolist(), strict=True)},
            dict(zip(names, self.n_lived.tolist(), strict=True)),
            {
                name: contacts.astype(np.int64)
                for name, contacts in zip(counted, self.contacts, strict=True)
            },
        )
