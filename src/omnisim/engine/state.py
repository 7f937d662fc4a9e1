"""What changes while the kernel runs: customers' state, tallies, and the log."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.plan import MAX_LINES, N_ACCOUNTS, N_CHANNELS, N_IDENTITIES, Plan
from omnisim.timeline import n_weeks
from omnisim.world.persons import Persons
from omnisim.world.places import NEVER

NO_TIME = -(2**31)

TOUCH, SESSION, ORDER, LINE, RETURN, SURVEY = range(6)
N_LOGS = 6
# Rows a person writes in a year, generously; a block that needs more is run again with more room.
_ROWS_PER_YEAR = (150, 45, 5, 8, 2, 2)

# One customer on some day. Times are seconds from day 0.
STATE = np.dtype(
    [
        ("row", np.int64),  # position in the block
        ("pressure", np.float64, (N_CHANNELS,)),  # contacts, decayed to `pressure_day`
        ("pressure_day", np.int32, (N_CHANNELS,)),
        ("n_contacts", np.int32, (N_CHANNELS,)),
        ("first_contact", np.int32, (N_CHANNELS,)),  # its day
        ("need_day", np.int32),  # day the open need arose, -1 = none
        ("step", np.int32),
        ("next_day", np.int32),  # day of the next step
        ("is_serious", np.int32),
        ("is_custom", np.int32),  # 1 = wants it made to order
        ("saw_in_store", np.int32),  # 1 = looked at it in the store and goes to buy it online
        ("last_visit", np.int32),
        ("last_order", np.int32),
        ("n_orders", np.int32),
        ("n_online", np.int32),
        ("counters", np.int32, (N_LOGS,)),  # rows written: the ordinals of ids
        ("joined_at", np.int32, (N_ACCOUNTS,)),  # NO_TIME = not opened
        ("joined_in_store", np.int8, (N_ACCOUNTS,)),
        ("seen_first", np.int32, (N_IDENTITIES,)),
        ("seen_last", np.int32, (N_IDENTITIES,)),
        ("seen_link", np.int8, (N_IDENTITIES,)),  # account linked to the identity, -1 = none
        ("basket_sku", np.int64, (MAX_LINES,)),  # scratch: the order being placed
        ("basket_units", np.int64, (MAX_LINES,)),
        ("has_left", np.bool_),
        ("was_turned_away", np.bool_),  # came to the shop during an outage: a touch without contact
    ],
    align=True,
)

_TIME, _ID, _CODE, _CENTS, _COUNT, _FLAG = (
    np.int32,
    np.int64,
    np.int8,
    np.int64,
    np.int32,
    np.bool_,
)
# Rows of the log; `row` is the person's position in the block. Codes index the lists of the schema;
# -1 = missing, for ids too.
TOUCH_ROW = np.dtype(
    [
        ("at", _TIME),
        ("row", _COUNT),
        ("id", _ID),
        ("identity", _ID),
        ("customer", _ID),
        ("channel", _CODE),
    ]
    + [("kind", _CODE), ("session", _ID), ("consent", _FLAG)],
    align=True,
)
SESSION_ROW = np.dtype(
    [
        ("at", _TIME),
        ("row", _COUNT),
        ("id", _ID),
        ("identity", _ID),
        ("customer", _ID),
        ("channel", _CODE),
    ]
    + [("platform", _CODE), ("pages", np.int16), ("cart", _FLAG), ("checkout", _FLAG)]
    + [("order", _FLAG), ("intent", _CODE), ("release", _CODE)],
    align=True,
)
ORDER_ROW = np.dtype(
    [
        ("at", _TIME),
        ("row", _COUNT),
        ("id", _ID),
        ("customer", _ID),
        ("identity", _ID),
        ("payment", _ID),
    ]
    + [("session", _ID), ("channel", _CODE), ("fulfilment", _CODE), ("location", _ID)]
    + [("catchment", _ID), ("reason", _CODE), ("coupon", _CODE), ("units", _COUNT)]
    + [("gross", _CENTS), ("discount", _CENTS), ("cost", _CENTS), ("shipping", _CENTS)]
    + [("promised", _TIME), ("fulfilled", _TIME), ("cancelled", _TIME)]
    + [("label", _CODE)],  # truth: -1 genuine, 0 fake, 1 coupon abuse
    align=True,
)
LINE_ROW = np.dtype(
    [("at", _TIME), ("row", _COUNT), ("id", _ID), ("order", _ID), ("sku", _ID), ("units", _COUNT)]
    + [("gross", _CENTS), ("discount", _CENTS), ("cost", _CENTS)],
    align=True,
)
RETURN_ROW = np.dtype(
    [
        ("at", _TIME),
        ("row", _COUNT),
        ("id", _ID),
        ("order", _ID),
        ("line", _ID),
        ("sku", _ID),
        ("units", _COUNT),
    ]
    + [("refund", _CENTS), ("channel", _CODE), ("location", _ID), ("reason", _CODE)],
    align=True,
)
SURVEY_ROW = np.dtype(
    [
        ("at", _TIME),
        ("row", _COUNT),
        ("id", _ID),
        ("order", _ID),
        ("customer", _ID),
        ("answered", _TIME),
    ]
    + [("score", np.int16)],
    align=True,
)
_ROWS = (TOUCH_ROW, SESSION_ROW, ORDER_ROW, LINE_ROW, RETURN_ROW, SURVEY_ROW)


class Output(NamedTuple):
    """What the kernel writes for a block.

    Attributes
    ----------
    week : array, shape (n, n_weeks, 3)
        Completed genuine orders of each person: net cents, net cents in stores, orders.
    test : array, shape (n, 3)
        By accounts in the test, within it: net cents, orders; and accounts in the test.
    pages : array, shape (n, 3)
        The same for the factorial.
    contacts : array, shape (2, n_channels, n_days)
        Impressions and messages; clicks.
    visitors : array, shape (n_stores, n_days)
        Store visits.
    needs : array, shape (n_stores, n_days)
        Needs that arose in the store's catchment; nobody sees them.
    wanted : array, shape (2, n_locations, n_products, n_months)
        Units wanted; units lost.
    sold : array, shape (n_locations, n_products)
        Units taken from stock, over all days run; their days stand in the log.
    is_logged : bool
        Whether rows are kept.
    is_counted : bool
        Whether counts other than `week`, `test` and `pages` are kept.
    n : array, shape (N_LOGS,)
        Rows asked for, also those beyond the room.
    touches, sessions, orders, lines, returns, surveys : record arrays
        The room for rows.
    """

    week: NDArray[np.int64]
    test: NDArray[np.int64]
    pages: NDArray[np.int64]
    contacts: NDArray[np.int64]
    visitors: NDArray[np.int64]
    needs: NDArray[np.int64]
    wanted: NDArray[np.int32]
    sold: NDArray[np.int64]
    is_logged: bool
    is_counted: bool
    n: NDArray[np.int64]
    touches: Any
    sessions: Any
    orders: Any
    lines: Any
    returns: Any
    surveys: Any

    @property
    def has_room(self) -> bool:
        """Whether every row fitted."""
        logs = (self.touches, self.sessions, self.orders, self.lines, self.returns, self.surveys)
        return all(asked <= log.size for asked, log in zip(self.n, logs, strict=True))


def new_state(people: Persons) -> Any:
    """Customers on the morning of day 0, one record of STATE each."""
    state = np.zeros(people.size, STATE).view(np.recarray)
    state["row"] = np.arange(people.size)
    state["joined_at"] = NO_TIME
    known = people["account_at"] < NEVER
    state["joined_at"][known, 0] = people["account_at"][known]
    state["need_day"] = state["next_day"] = state["last_order"] = state["seen_link"] = -1
    state["last_visit"] = -10_000
    state["seen_first"] = state["seen_last"] = NO_TIME
    return state


def default_room(plan: Plan, n: int) -> tuple[int, ...]:
    """Rows to prepare for a block of `n` persons."""
    n_days = max(plan.n_days, 60)
    return tuple(int(n * rate * n_days / 365) + 256 for rate in _ROWS_PER_YEAR)


def new_output(plan: Plan, n: int, room: tuple[int, ...] = (), *, counted: bool = False) -> Output:
    """Empty counts and room for rows; without `room` only outcomes are kept, or counts too."""
    counted = counted or bool(room)
    n_locations, n_products, _ = plan.availability.shape
    n_days = plan.n_days
    days = n_days if counted else 0
    months = int(plan.days["month"][n_days - 1]) + 1 if counted else 0
    sizes = room or (0,) * N_LOGS
    logs = [np.recarray(size, dtype) for size, dtype in zip(sizes, _ROWS, strict=True)]
    return Output(
        np.zeros((n, n_weeks(n_days), 3), np.int64),
        np.zeros((n, 3), np.int64),
        np.zeros((n, 3), np.int64),
        np.zeros((2, N_CHANNELS, days), np.int64),
        np.zeros((n_locations - 1, days), np.int64),
        np.zeros((n_locations - 1, days), np.int64),
        np.zeros((2, n_locations, n_products, months), np.int32),
        np.zeros((n_locations, n_products if counted else 0), np.int64),
        bool(room),
        counted,
        np.zeros(N_LOGS, np.int64),
        *logs,
    )
