"""The daily model: recovery of a known effect, samples of days, refusals."""

import numpy as np
import pandas as pd
import pytest

from omnisim.attribution import GFormula, build_journeys, hazard, incremental
from omnisim.errors import DesignError

DAY = 86_400_000


def world(seed, *, n=700, n_days=70):
    """Contacts at random; `ad` raises the odds of ordering on the days after, `idle` does nothing."""
    rng = np.random.default_rng(seed)
    seen = rng.random((2, n, n_days)) < 0.12
    pressure, caused = np.zeros((2, n)), 0.0
    touch, order = [], []
    for day in range(n_days):
        base = -3.5
        chance = 1 / (1 + np.exp(-(base + 0.9 * np.log1p(pressure[0]))))
        buys = rng.random(n) < chance
        if day >= 7:
            caused += float((chance - 1 / (1 + np.exp(-base))).sum())
        order += [(day, who) for who in np.flatnonzero(buys)]
        for code, name in enumerate(("ad", "idle")):
            touch += [(day, who, name) for who in np.flatnonzero(seen[code, :, day])]
        pressure = 0.8 * pressure + seen[:, :, day]
    day, who, channel = zip(*touch, strict=True)
    touchpoints = pd.DataFrame(
        {
            "touched_at": at(np.array(day) * DAY + rng.integers(0, DAY // 2, len(day))),
            "touchpoint_id": np.arange(len(day)),
            "identity_id": who,
            "customer_id": pd.array([pd.NA] * len(day), dtype="Int64"),
            "channel": channel,
            "touch_kind": "click",
        }
    )
    day, who = zip(*order, strict=True)
    orders = pd.DataFrame(
        {
            "ordered_at": at(np.array(day) * DAY + DAY - 1),
            "order_id": np.arange(len(day)),
            "customer_id": pd.array([pd.NA] * len(day), dtype="Int64"),
            "identity_id": who,
            "order_channel": "web",
            "status": "completed",
            "net_amount": 10.0,
        }
    )
    identities = pd.DataFrame(
        {"identity_id": np.arange(n), "customer_id": pd.array([pd.NA] * n, dtype="Int64")}
    )
    return build_journeys(touchpoints, orders, identities), caused


def at(ms):
    return pd.Series(pd.to_datetime(np.asarray(ms) + 20_000 * DAY, unit="ms", utc=True))


def of(made, channel):
    row = made.frame.set_index("channel").loc[channel]
    return row["incremental_conversions"], row["incremental_conversions_std_error"]


def test_recovers_what_contacts_at_random_caused():
    z = {"ad": [], "idle": []}
    for seed in range(12):
        journeys, caused = world(seed)
        made = incremental(journeys)
        assert made.unit == "person_day"
        assert made.converged
        for channel, truth in (("ad", caused), ("idle", 0.0)):
            found, error = of(made, channel)
            z[channel].append((found - truth) / error)
    for deviations in z.values():
        # Twelve standard normal deviates: their mean stays within 3 / sqrt 12, their size below 2.
        assert abs(np.mean(deviations)) < 3 / np.sqrt(12)
        assert np.std(deviations) < 2
    found, error = of(made, "ad")
    assert found > 5 * error


def test_the_journey_unit_takes_long_waiting_for_a_hindrance():
    """Why days are the default: the same channel looks useless or harmful by journeys."""
    journeys, caused = world(1)
    by_day, _ = of(incremental(journeys), "ad")
    by_journey, _ = of(incremental(journeys, GFormula(unit="journey")), "ad")
    assert abs(by_day - caused) < abs(by_journey - caused)


def test_samples_of_days_and_persons_are_scaled_up(monkeypatch):
    journeys, _ = world(2)
    whole, error = of(incremental(journeys), "ad")
    monkeypatch.setattr(hazard, "MOST_QUIET", 10_000)
    fewer, wider = of(incremental(journeys), "ad")
    assert wider >= error * 0.95
    assert abs(fewer - whole) < 4 * wider
    monkeypatch.setattr(hazard, "MOST_PERSONS", 350)
    half, _ = of(incremental(journeys), "ad")
    assert abs(half - whole) < 6 * wider
    again, _ = of(incremental(journeys), "ad")
    assert half == again


def test_refusals():
    journeys, _ = world(3, n=40, n_days=20)
    with pytest.raises(DesignError, match="the daily model needs 28"):
        incremental(journeys)
    for field, value in (("unit", "week"), ("retention", 1.0)):
        with pytest.raises(DesignError, match=field):
            GFormula(**{field: value})
    from omnisim.attribution import Journeys

    rows = pd.DataFrame({"path": ["a", "b"], "conversions": [1, 1], "nulls": [1, 1]})
    with pytest.raises(DesignError, match="built from tables"):
        incremental(Journeys.from_paths(rows, value=None), GFormula(unit="person_day"))
