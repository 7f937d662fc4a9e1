"""Who looked at customers' records: the work of every day, and among it what nobody was entitled to.

Rightful work is not always tidy: people work late, marketers take out lists, systems copy whole tables
at night. Whoever searches the log for leaks by one rule alone finds these too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.context_exports import MAX_ACCESSES, build_exports
from omnisim.rng import N_BINS, Stream, id_key, ids_of, lognormal_table, uniform_block
from omnisim.schema import context as words
from omnisim.storage import Codes
from omnisim.timeline import DAYS_PER_WEEK, SECONDS_PER_DAY, epoch_day
from omnisim.world import World

IntArray = NDArray[np.int64]
KEY_ACCESS = 53
_SLOTS = 3  # rightful accesses of an account per day, at most
_ORDINALS_PER_DAY = 4
_FIRST_STORE = 64  # accounts of stores begin here: one more at the head office renumbers none
_EXPORT_ENTITIES = 2**20  # above every account
_HOUR = 3_600
_LATE = 21 * _HOUR  # late work: from here to midnight
_STEP = 900  # seconds between the accesses of one export, about
_CUSTOMERS = words.ACCESS_TABLES.index("customers")
_READ, _EXPORT = (words.ACCESS_ACTIONS.index(k) for k in ("read", "export"))


@dataclass(frozen=True, slots=True)
class _Role:
    """How an account of a role works.

    Attributes
    ----------
    n_accounts : int
        Accounts at the head office.
    system, purpose : str
        Where and why it reads.
    tables : tuple of str
        What it reads, each alike often.
    hours : (float, float)
        Working hours.
    n_records : float
        Records per access, median; as a share of all customers when below 1.
    export_share : float
        Accesses that take records out.
    can_mask : bool
        Whether the work can be done with masked names and addresses.
    """

    n_accounts: int
    system: str
    purpose: str
    tables: tuple[str, ...]
    hours: tuple[float, float]
    n_records: float
    export_share: float
    can_mask: bool


_ROLES = {
    "service_agent": _Role(
        4,
        "service_desk",
        "customer_service",
        ("customers", "orders", "returns"),
        (8, 20),
        2,
        0,
        False,
    ),
    "marketer": _Role(3, "crm", "marketing", ("customers",), (9, 18), 0.02, 0.2, True),
    "analyst": _Role(
        2, "warehouse", "analysis", ("orders", "sessions", "identities"), (9, 18), 0.1, 0.05, True
    ),
    "admin": _Role(1, "warehouse", "maintenance", words.ACCESS_TABLES, (8, 18), 20, 0.02, False),
    "store_manager": _Role(
        0, "pos", "store_operations", ("orders", "returns", "customers"), (9, 20), 12, 0, True
    ),
}
_COPIES = (
    ("batch-crm", "crm", False),
    ("batch-warehouse", "warehouse", True),
)  # name, system, masked


class _Accesses(NamedTuple):
    """Rows of the log; codes are positions in the lists of the schema."""

    at: IntArray
    id: IntArray
    account: IntArray
    role: IntArray
    system: IntArray
    table: IntArray
    purpose: IntArray
    action: IntArray
    n_records: IntArray
    is_masked: NDArray[np.bool_]
    export: IntArray  # number of the unlawful export, 0 = rightful


class _Staff(NamedTuple):
    """An account and its place in the addresses of draws."""

    entity: int
    name: str
    role: str


def access_columns(world: World) -> dict[str, dict[str, Any]]:
    """Columns of `access_log` and of the labels of `access_labels`."""
    s = world.scenario
    staff = _staff(world)
    groups = [_nothing()]
    if s.privacy.is_on:
        groups += [*_work(world, staff), _copies(world, staff), _unlawful(world, staff)]
    rows = _rows(np.concatenate(columns) for columns in zip(*groups, strict=True))
    order = np.lexsort((rows.id, rows.at))
    rows = _rows(column[order] for column in rows)
    origin = epoch_day(s.horizon.start_date) * SECONDS_PER_DAY
    names = tuple(one.name for one in staff)
    marked = np.flatnonzero(rows.export > 0)
    marked = marked[np.argsort(rows.id[marked])]
    exports = build_exports(s)
    number = rows.export[marked]
    return {
        "access_log": {
            "accessed_at": (rows.at + origin) * 1000,
            "access_id": rows.id,
            "staff_account": Codes(rows.account.astype(np.int16), names),
            "staff_role": Codes(rows.role.astype(np.int8), words.STAFF_ROLES),
            "system": Codes(rows.system.astype(np.int8), words.ACCESS_SYSTEMS),
            "table_name": Codes(rows.table.astype(np.int8), words.ACCESS_TABLES),
            "purpose": Codes(rows.purpose.astype(np.int8), words.ACCESS_PURPOSES),
            "action": Codes(rows.action.astype(np.int8), words.ACCESS_ACTIONS),
            "n_records": rows.n_records,
            "is_masked": rows.is_masked,
        },
        "access_labels": {
            "access_id": rows.id[marked],
            "label": Codes(exports.kind[number - 1].astype(np.int8), words.ACCESS_LABELS),
            "export_number": number.astype(np.int32),
            "is_detected": exports.noticed[number - 1] < s.horizon.n_days * SECONDS_PER_DAY,
        },
    }


def _staff(world: World) -> list[_Staff]:
    """All accounts: head office, stores, systems."""
    found: list[_Staff] = []
    for role, plan in _ROLES.items():
        for number in range(1, plan.n_accounts + 1):
            found.append(_Staff(len(found), f"{role.replace('_', '-')}-{number}", role))
    head_office = len(found)
    found += [_Staff(head_office + k, name, "system") for k, (name, _, _) in enumerate(_COPIES)]
    found += [
        _Staff(_FIRST_STORE + k, f"store-{k + 1:03d}", "store_manager")
        for k in range(world.places.n_stores)
    ]
    return found


def _n_customers(world: World) -> int:
    """Accounts there are to read, about."""
    people = world.scenario.population
    return max(1, int(people.n_customers * people.account_share))


def _rows(columns: Iterable[Any]) -> _Accesses:
    return _Accesses(*columns)


def _nothing() -> _Accesses:
    empty = np.zeros(0, np.int64)
    return _rows(empty.astype(bool) if name == "is_masked" else empty for name in _Accesses._fields)


def _work(world: World, staff: list[_Staff]) -> Iterator[_Accesses]:
    """Rightful accesses, account by account."""
    s = world.scenario
    day = np.arange(s.horizon.n_days)
    weekday = (s.horizon.start_date.weekday() + day) % DAYS_PER_WEEK
    for account, one in enumerate(staff):
        if one.role in _ROLES:
            works = np.ones(day.size, bool) if one.role == "store_manager" else weekday < 5
            for slot in range(_SLOTS):
                yield _slot(world, account, one, day[works], slot)


def _slot(world: World, account: int, one: _Staff, day: IntArray, slot: int) -> _Accesses:
    s, plan, role = world.scenario, world.scenario.privacy, _ROLES[one.role]
    entity = np.full(day.size, one.entity)

    def draw(stream: Stream) -> NDArray[np.float64]:
        return uniform_block(s.seed, entity, stream=stream, occasions=day, step=slot)

    u, v = draw(Stream.ACCESS), draw(Stream.ACCESS_KIND)
    happens = u[:, 0] < plan.accesses_per_day / _SLOTS
    u, v, day = u[happens], v[happens], day[happens]
    first, last = role.hours
    second = ((first + (last - first) * u[:, 1]) * _HOUR).astype(np.int64)
    late = _LATE + (v[:, 3] * (SECONDS_PER_DAY - _LATE)).astype(np.int64)
    at = day * SECONDS_PER_DAY + np.where(v[:, 2] < plan.late_work_share, late, second)
    most = _n_customers(world)
    median = role.n_records * most if role.n_records < 1 else role.n_records
    spread = lognormal_table(1.0)[(u[:, 2] * N_BINS).astype(np.int64)]
    tables = np.array([words.ACCESS_TABLES.index(name) for name in role.tables])
    n = day.size
    return _Accesses(
        at=at,
        id=_ids(s.seed, np.full(n, one.entity), day * _ORDINALS_PER_DAY + slot),
        account=np.full(n, account),
        role=np.full(n, words.STAFF_ROLES.index(one.role)),
        system=np.full(n, words.ACCESS_SYSTEMS.index(role.system)),
        table=tables[(v[:, 0] * tables.size).astype(np.int64)],
        purpose=np.full(n, words.ACCESS_PURPOSES.index(role.purpose)),
        action=np.where(v[:, 1] < role.export_share, _EXPORT, _READ),
        n_records=np.clip(np.floor(median * spread).astype(np.int64), 1, most),
        is_masked=(u[:, 3] < plan.masked_share) & role.can_mask,
        export=np.zeros(n, np.int64),
    )


def _copies(world: World, staff: list[_Staff]) -> _Accesses:
    """Systems copy the customer table every night."""
    s = world.scenario
    day = np.arange(s.horizon.n_days)
    found = []
    for account, one in enumerate(staff):
        if one.role != "system":
            continue
        _, system, is_masked = next(copy for copy in _COPIES if copy[0] == one.name)
        entity = np.full(day.size, one.entity)
        u = uniform_block(s.seed, entity, stream=Stream.ACCESS, occasions=day)
        found.append(
            _Accesses(
                at=day * SECONDS_PER_DAY + 2 * _HOUR + (u[:, 1] * _HOUR).astype(np.int64),
                id=_ids(s.seed, entity, day * _ORDINALS_PER_DAY),
                account=np.full(day.size, account),
                role=np.full(day.size, words.STAFF_ROLES.index("system")),
                system=np.full(day.size, words.ACCESS_SYSTEMS.index(system)),
                table=np.full(day.size, _CUSTOMERS),
                purpose=np.full(day.size, words.ACCESS_PURPOSES.index("data_transfer")),
                action=np.full(day.size, _READ),
                n_records=np.full(day.size, _n_customers(world)),
                is_masked=np.full(day.size, is_masked),
                export=np.zeros(day.size, np.int64),
            )
        )
    return _rows(np.concatenate(columns) for columns in zip(*found, strict=True))


def _unlawful(world: World, staff: list[_Staff]) -> _Accesses:
    """Exports by accounts of the head office, in a few accesses each."""
    s = world.scenario
    exports = build_exports(s)
    number, step = np.nonzero(np.arange(MAX_ACCESSES) < exports.n_accesses[:, None])
    office = [k for k, one in enumerate(staff) if one.role not in ("system", "store_manager")]
    account = np.array(office)[(exports.account * len(office)).astype(np.int64)][number]
    roles = [staff[k].role for k in account]
    entity = _EXPORT_ENTITIES + number
    v = uniform_block(s.seed, entity, stream=Stream.ACCESS, occasions=step)
    at = exports.start[number] + step * _STEP + np.where(step > 0, v[:, 1] * _STEP, 0).astype(int)
    inside = at < s.horizon.n_days * SECONDS_PER_DAY
    share = exports.share[number] / exports.n_accesses[number] * (0.7 + 0.6 * v[:, 2])
    rows = _Accesses(
        at=at,
        id=_ids(s.seed, entity, step),
        account=account,
        role=np.array([words.STAFF_ROLES.index(role) for role in roles], np.int64),
        system=np.array(
            [words.ACCESS_SYSTEMS.index(_ROLES[role].system) for role in roles], np.int64
        ),
        table=np.full(number.size, _CUSTOMERS),
        purpose=np.array(
            [words.ACCESS_PURPOSES.index(_ROLES[role].purpose) for role in roles], np.int64
        ),
        action=np.full(number.size, _EXPORT),
        n_records=np.maximum(np.floor(share * _n_customers(world)).astype(np.int64), 1),
        is_masked=np.zeros(number.size, bool),
        export=number + 1,
    )
    return _rows(column[inside] for column in rows)


def _ids(seed: int, entity: IntArray, ordinal: IntArray) -> IntArray:
    return ids_of(id_key(seed, KEY_ACCESS), entity, ordinal)
