"""Whom a channel or a test was ever going to reach: truth, since nobody records what was not seen."""

from __future__ import annotations

from typing import Any

import numpy as np

from omnisim.engine.experiments import Columns, designs, enrolled
from omnisim.schema import CHANNEL_NAMES
from omnisim.storage import Codes
from omnisim.timeline import epoch_day
from omnisim.world import Persons, World


def exposure_columns(world: World, people: Persons, state: Any) -> Columns:
    """Columns of truth/exposures: one row per person and cause that selected the person.

    A channel selects whom it contacts, a test whoever has an account in either arm. Without
    interference a person without a row lives the same year in the world without the cause.

    Parameters
    ----------
    state : record array of STATE
        Each person on the last evening.
    """
    tests = designs(world)
    names = (*CHANNEL_NAMES, *(design.name for design in tests))
    row, channel = np.nonzero(state["n_contacts"])
    parts = [
        (row, channel, state["n_contacts"][row, channel], state["first_contact"][row, channel])
    ]
    for k, design in enumerate(tests, start=len(CHANNEL_NAMES)):
        found = enrolled(world, people, state, design)
        who = np.unique(found.row)
        treated = np.bincount(found.row[found.is_treated], minlength=people.size)[who]
        parts.append((who, np.full_like(who, k), treated, np.full_like(who, design.first_day)))
    row, cause, n, day = (np.concatenate([part[k] for part in parts]) for k in range(4))
    by_name = np.argsort(np.argsort(np.array(names)))  # rank of each cause in the alphabet
    order = np.lexsort((by_name[cause], people["person"][row]))
    return {
        "person_id": people["person"][row[order]],
        "cause": Codes(cause[order].astype(np.int16), names),
        "n_exposures": n[order].astype(np.int32),
        "first_date": (day[order] + epoch_day(world.scenario.horizon.start_date)).astype(np.int32),
    }
