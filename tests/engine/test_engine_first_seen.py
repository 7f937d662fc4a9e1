"""Nothing is seen before it is first seen, or after it is last seen."""

import numpy as np
import pytest

from omnisim.engine.columns import fact_columns, people_columns
from omnisim.engine.records import BlockLog
from omnisim.engine.state import NO_TIME


@pytest.fixture(scope="module")
def columns(world, base):
    log = BlockLog.of(world, *base)
    return people_columns(world, log.people, log.state) | fact_columns(log)


def test_touches_lie_within_the_life_of_their_identity(columns):
    seen, touches = columns["identities"], columns["touchpoints"]
    order = np.argsort(seen["identity_id"])
    place = order[np.searchsorted(seen["identity_id"][order], touches["identity_id"])]
    assert (touches["touched_at"] >= seen["first_seen_at"][place]).all()
    assert (touches["touched_at"] <= seen["last_seen_at"][place]).all()


def test_nobody_is_known_as_a_customer_before_joining(columns, base):
    assert (base[1]["joined_at"] != NO_TIME).any()
    joined, touches = columns["customers"], columns["touchpoints"]
    number, is_null = touches["customer_id"]
    order = np.argsort(joined["customer_id"])
    place = order[np.searchsorted(joined["customer_id"][order], number[~is_null])]
    assert (touches["touched_at"][~is_null] >= joined["joined_at"][place]).all()
