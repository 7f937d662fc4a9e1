"""Declarations of what was simulated beside the tables: worlds, their dials, whom causes select."""

from __future__ import annotations

from omnisim.schema.declare import id_column
from omnisim.schema.types import Column, Table

WORLD_KINDS = (
    "base",
    "channels",
    "experiments",
    "rollouts",
    "campaigns",
    "promotions",
    "incidents",
    "programmes",
    # only where they were asked for
    "additions",
    "pairs",
    "shapley",
    "budgets",
    "segments",
    "lost_demand",
    "treatments",
)

WORLD_TRUTH: dict[str, Table] = {
    "worlds": Table(
        about="One world that was simulated: the one the tables tell of, and each beside it.",
        key=("world",),
        sort_by=("world",),
        side="truth",
        columns={
            "world": Column("string", "`base`, or what was changed in it"),
            "world_kind": Column(
                "category", "kind of truth it was first run for", allowed=WORLD_KINDS
            ),
            "cause": Column("string", "what differs in it, as in effects; `base` for base"),
            "n_persons": Column("int64", "persons there are", low=0),
            "n_lived": Column(
                "int64",
                "persons who lived this world; the others cannot differ from base",
                low=0,
            ),
        },
    ),
    "exposures": Table(
        about="One cause that selected a person in the base world: would have been exposed. Without "
        "interference, who has no row lives the same year in the world without the cause.",
        key=("person_id", "cause"),
        sort_by=("person_id", "cause"),
        side="truth",
        columns={
            "person_id": id_column("person", references="persons.person_id"),
            "cause": Column("string", "channel or experiment"),
            "n_exposures": Column(
                "int32",
                "contacts of a channel, seen by the retailer or not; accounts in the treated arm of "
                "an experiment: 0 = held out",
                low=0,
            ),
            "first_date": Column("date", "day of the first contact; first day of the experiment"),
        },
    ),
    "parameters": Table(
        about="One dial of the scenario that made the dataset.",
        key=("parameter",),
        sort_by=("parameter",),
        side="truth",
        columns={
            "parameter": Column("string", "where it stands, as `marketing.channels.email.reach`"),
            "value": Column("string", "its value, as JSON"),
        },
    ),
}
