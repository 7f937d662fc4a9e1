"""What must hold between the rows of a dataset, as SQL that counts what breaks it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from omnisim.schema import TABLES, TRUTH_TABLES, Table
from omnisim.storage.rule import Rule
from omnisim.storage.rules_context import CONTEXT_RULES
from omnisim.storage.rules_members import MEMBER_RULES
from omnisim.storage.rules_operations import OPERATION_RULES


def rules(present: Collection[str]) -> list[Rule]:
    """The rules whose tables are all present; a client's data may lack some."""
    every = {**TABLES, **TRUTH_TABLES}
    found = [
        *_unique_keys(every),
        *_references(every),
        *_IDENTITIES,
        *_order_of_events(),
        *OPERATION_RULES,
        *MEMBER_RULES,
        *CONTEXT_RULES,
    ]
    return [rule for rule in found if set(rule.needs) <= set(present)]


def _unique_keys(tables: dict[str, Table]) -> Iterator[Rule]:
    for name, table in tables.items():
        key = ", ".join(table.key)
        yield Rule(
            name,
            f"{key} must be unique",
            (name,),
            f"SELECT count(*) FROM (SELECT 1 FROM {name} GROUP BY {key} HAVING count(*) > 1)",
        )


def _references(tables: dict[str, Table]) -> Iterator[Rule]:
    for name, table in tables.items():
        for column, declared in table.columns.items():
            if declared.references is None:
                continue
            other, target = declared.references.split(".")
            yield Rule(
                name,
                f"{column} must be one of {declared.references}",
                (name, other),
                f"SELECT count(*) FROM {name} AS one WHERE one.{column} IS NOT NULL "
                f"AND NOT EXISTS (SELECT 1 FROM {other} AS o WHERE o.{target} = one.{column})",
            )


def _order_of_events() -> Iterator[Rule]:
    within = (
        ("orders", "fulfilled_at", "ordered_at"),
        ("orders", "cancelled_at", "ordered_at"),
        ("orders", "promised_at", "ordered_at"),
        ("identities", "last_seen_at", "first_seen_at"),
        ("survey_invitations", "answered_at", "invited_at"),
        ("incidents", "ended_at", "started_at"),
        ("experiments", "ended_date", "started_date"),
    )
    for table, later, earlier in within:
        yield Rule(
            table,
            f"{later} must not be before {earlier}",
            (table,),
            f"SELECT count(*) FROM {table} WHERE {later} < {earlier}",
        )
    for table, later in (("returns", "returned_at"), ("survey_invitations", "invited_at")):
        yield Rule(
            table,
            f"{later} must not be before ordered_at",
            (table, "orders"),
            f"SELECT count(*) FROM {table} AS t JOIN orders AS o USING (order_id) "
            f"WHERE t.{later} < o.ordered_at",
        )
    yield Rule(
        "order_lines",
        "ordered_at must be that of the order",
        ("order_lines", "orders"),
        "SELECT count(*) FROM order_lines AS l JOIN orders AS o USING (order_id) "
        "WHERE l.ordered_at <> o.ordered_at",
    )


_SUMMED = (
    "n_units",
    "gross_amount_cents",
    "discount_amount_cents",
    "net_amount_cents",
    "cost_amount_cents",
)

_IDENTITIES = (
    Rule(
        "orders",
        "units and amounts must be the sums of the order's lines",
        ("orders", "order_lines"),
        "SELECT count(*) FROM orders AS o LEFT JOIN (SELECT order_id, "
        + ", ".join(f"sum({column}) AS {column}" for column in _SUMMED)
        + " FROM order_lines GROUP BY order_id) AS l USING (order_id) WHERE "
        + " OR ".join(f"o.{column} IS DISTINCT FROM l.{column}" for column in _SUMMED),
    ),
    *(
        Rule(
            table,
            "net must be gross less discount",
            (table,),
            f"SELECT count(*) FROM {table} "
            "WHERE net_amount_cents <> gross_amount_cents - discount_amount_cents",
        )
        for table in ("orders", "order_lines")
    ),
    Rule(
        "orders",
        "cancel_reason and cancelled_at must stand on cancelled orders and on no other",
        ("orders",),
        "SELECT count(*) FROM orders WHERE (status = 'cancelled') <> (cancel_reason IS NOT NULL) "
        "OR (status = 'cancelled') <> (cancelled_at IS NOT NULL)",
    ),
    Rule(
        "returns",
        "no more units may come back than the line had",
        ("returns", "order_lines"),
        "SELECT count(*) FROM (SELECT order_line_id, sum(n_units) AS n_back FROM returns "
        "GROUP BY order_line_id) AS r JOIN order_lines AS l USING (order_line_id) "
        "WHERE r.n_back > l.n_units",
    ),
    Rule(
        "inventory_snapshots",
        "n_on_hand must be the previous one plus received and returned, less sold and transferred, "
        "plus adjusted",
        ("inventory_snapshots",),
        "SELECT count(*) FROM (SELECT n_on_hand, "
        "n_received + n_returned - n_sold - n_transferred + n_adjusted AS change, "
        "lag(n_on_hand) OVER (PARTITION BY location_id, sku ORDER BY snapshot_date) AS before "
        "FROM inventory_snapshots) WHERE n_on_hand <> before + change",
    ),
)
