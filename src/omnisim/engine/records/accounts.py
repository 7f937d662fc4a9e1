"""The accounts of a block, and which account a row belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.plan import KEY_CUSTOMER
from omnisim.engine.records.log import BlockLog, IntArray
from omnisim.engine.state import NO_TIME
from omnisim.world.persons import COUPON_ABUSER

_OFFLINE = 0.45  # who leans less to online opened older accounts at a till, as in `customers`


@dataclass(frozen=True, slots=True, eq=False)
class Accounts:
    """Accounts in order of person and slot.

    Attributes
    ----------
    row : array, shape (n,)
        Position of the person in the block.
    slot : array, shape (n,)
        Which of the person's accounts it is: 0 online, 1 a separate one of the store, and further.
    person, number : array, shape (n,)
        Person; public id.
    joined_at : array, shape (n,)
        Seconds from day 0; below 0 where it is older than the data.
    in_store : array of bool, shape (n,)
        Whether it was opened at a till.
    """

    row: IntArray
    slot: IntArray
    person: IntArray
    number: IntArray
    joined_at: IntArray
    in_store: NDArray[np.bool_]
    _by_number: IntArray

    @classmethod
    def of(cls, log: BlockLog) -> Accounts:
        """All accounts opened by the last evening."""
        row, slot = np.nonzero(log.state["joined_at"] != NO_TIME)
        joined = log.state["joined_at"][row, slot].astype(np.int64)
        person = log.people["person"][row].astype(np.int64)
        number = log.ids(KEY_CUSTOMER, person, slot)
        at_till = np.where(
            joined < 0,
            log.people["digital"][row] < _OFFLINE,
            log.state["joined_in_store"][row, slot] == 1,
        )
        return cls(row, slot, person, number, joined, at_till, np.argsort(number))

    def __len__(self) -> int:
        return self.row.size

    def find(self, customer: NDArray[Any]) -> IntArray:
        """Account of each public id, -1 where there is none."""
        if not len(self):
            return np.full(customer.size, -1, np.int64)
        ordered = self.number[self._by_number]
        place = np.minimum(np.searchsorted(ordered, customer), len(self) - 1)
        return np.where(ordered[place] == customer, self._by_number[place], -1)


def genuine(log: BlockLog, row: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether rows are of people rather than of fake buyers and machines."""
    return np.asarray(log.people["kind"][row] <= COUPON_ABUSER)
