"""All columns that a block of customers gives, for every table that is written block by block."""

from __future__ import annotations

from collections.abc import Iterator

from omnisim.engine.columns import (
    Columns,
    fact_columns,
    intent_columns,
    label_columns,
    people_columns,
)
from omnisim.engine.experiments import assignment_columns
from omnisim.engine.exposures import exposure_columns
from omnisim.engine.records import BlockLog, record_columns


def block_tables(log: BlockLog) -> Iterator[dict[str, Columns]]:
    """Columns by table, a few tables at a time: each can be written and let go before the next."""
    yield people_columns(log.world, log.people, log.state)
    yield fact_columns(log)
    yield {
        "experiment_assignments": assignment_columns(log.world, log.people, log.state),
        "exposures": exposure_columns(log.world, log.people, log.state),
        "order_labels": label_columns(log.orders),
        "session_intents": intent_columns(log.sessions),
    }
    yield record_columns(log)
