"""The issue's list of bad input: a named error or a documented result, under every model."""

import numpy as np
import pandas as pd
import pytest

from omnisim.attribution import (
    DEFAULT_MODELS,
    Custom,
    JourneyRules,
    Journeys,
    Markov,
    Shapley,
    TimeDecay,
    bootstrap_credit,
    build_journeys,
    credit,
    path_frequency,
    step_matrix,
    transitions,
)
from omnisim.errors import DesignError, SchemaError

# Aggregated paths carry no times, so all but time decay.
MODELS = (
    *(m for m in DEFAULT_MODELS if not isinstance(m, TimeDecay)),
    Markov(order=2),
    Markov(order=3),
    Markov(order=4),
    Shapley("rate"),
    Shapley("rate_organic"),
    Custom(by_place=(3.0, 1.0)),
)
DAY = pd.Timestamp("2025-03-01", tz="UTC")


def paths(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["path", "conversions", "nulls", "value"])


def tables(n=3, **changes):
    touch = pd.DataFrame(
        {
            "touched_at": DAY + pd.to_timedelta(np.arange(n), unit="h"),
            "touchpoint_id": np.arange(n),
            "identity_id": 7,
            "customer_id": pd.array([pd.NA] * n, dtype="Int64"),
            "channel": ["email", "direct", "sms"][:n],
            "touch_kind": "click",
        }
    )
    orders = pd.DataFrame(
        {
            "ordered_at": [DAY + pd.Timedelta(days=1)],
            "order_id": [1],
            "customer_id": pd.array([pd.NA], dtype="Int64"),
            "identity_id": pd.array([7], dtype="Int64"),
            "order_channel": ["web"],
            "status": ["completed"],
            "net_amount": [50.0],
        }
    )
    known = pd.DataFrame({"identity_id": [7], "customer_id": pd.array([pd.NA], dtype="Int64")})
    return {"touchpoints": touch, "orders": orders, "identities": known, **changes}


def credited(table: pd.DataFrame):
    """Credit under every model; each adds up to the orders and the money."""
    journeys = Journeys.from_paths(table)
    found = credit(journeys, MODELS)
    np.testing.assert_allclose(found.conversions.sum(axis=1), journeys.n_conversions)
    np.testing.assert_allclose(found.value.sum(axis=1), journeys.total_value)
    assert np.isfinite(found.value).all()
    return found


def test_empty_path_and_empty_table():
    for empty in ("", "   "):
        with pytest.raises(SchemaError, match="empty path"):
            Journeys.from_paths(paths((empty, 1, 0, 5.0)))
    with pytest.raises(SchemaError, match="no rows"):
        Journeys.from_paths(paths())
    # No contact at all: the order stays, as one that nobody saw coming, and no model can credit it.
    bare = build_journeys(**tables(n=0))
    assert (bare.n_conversions, bare.untracked_share) == (1, 1.0)
    with pytest.raises(DesignError, match="no order has a contact"):
        credit(bare)
    with pytest.raises(DesignError, match="nothing to describe"):
        step_matrix(bare)
    none = tables()
    with pytest.raises(DesignError, match="none of 0 is completed"):
        build_journeys(**{**none, "orders": none["orders"][:0]})


def test_the_path_of_an_order_without_a_contact():
    table = paths(("a", 1, 1, 10.0), ("(none)", 2, 0, 30.0))
    found = credited(table)
    assert (found.value[:, -1] == 30).all()
    journeys = Journeys.from_paths(table)
    pd.testing.assert_frame_equal(
        journeys.to_paths(), table.sort_values("path", ignore_index=True), check_dtype=False
    )
    with pytest.raises(SchemaError, match="reserved"):
        Journeys.from_paths(paths(("a > (none)", 1, 0, 1.0)))


def test_no_conversion_and_only_conversions():
    with pytest.raises(DesignError, match="no completed order"):
        credit(Journeys.from_paths(paths(("a > b", 0, 9, 0.0))), MODELS)
    only = credited(paths(("a > b", 3, 0, 30.0), ("b", 1, 0, 5.0)))
    assert (only.conversions >= -1e-12).all()
    moves = transitions(Journeys.from_paths(paths(("a > b", 0, 9, 0.0))))
    assert moves.loc[moves["to"] == "(nothing)", "share"].tolist() == [1.0]


def test_one_channel_gets_all_under_every_model():
    found = credited(paths(("a", 3, 7, 30.0), ("a > a > a", 1, 2, 9.0)))
    np.testing.assert_allclose(found.value, [[39.0, 0.0]] * len(MODELS))


@pytest.mark.parametrize(
    "row, words",
    [
        (("a", -1, 2, 0.0), "conversions, row 0: -1"),
        (("a", 1.5, 0, 0.0), "conversions, row 0: 1.5; give a whole number"),
        (("a", 1, 0.5, 0.0), "nulls, row 0: 0.5"),
        (("a", 1, 0, float("nan")), "value, row 0: nan"),
        (("a", 1, 0, float("inf")), "value, row 0: inf"),
        (("a > null", 1, 0, 1.0), "reserved"),
        (("(start) > a", 1, 0, 1.0), "reserved"),
        (("a > Conversion", 1, 0, 1.0), "reserved"),
    ],
)
def test_impossible_rows_are_named(row, words):
    with pytest.raises(SchemaError, match=words.replace("(", r"\(").replace(")", r"\)")):
        Journeys.from_paths(paths(row))


def test_unordered_times_are_put_in_order_and_missing_ones_refused():
    given = tables()
    mixed = {**given, "touchpoints": given["touchpoints"].iloc[[2, 0, 1]]}
    one, other = build_journeys(**given), build_journeys(**mixed)
    assert [one.channels[c] for c in one.codes] == ["email", "direct", "sms"]
    assert one.codes.tolist() == other.codes.tolist()
    late = given["touchpoints"].assign(touched_at=[DAY, pd.NaT, DAY])
    with pytest.raises(SchemaError, match=r"touchpoints\.touched_at: 1 missing times"):
        build_journeys(**{**given, "touchpoints": late})
    never = pd.Series([pd.NaT], dtype="datetime64[ms, UTC]")
    unknown = given["orders"].assign(ordered_at=never)
    with pytest.raises(SchemaError, match=r"orders\.ordered_at: 1 missing times"):
        build_journeys(**{**given, "orders": unknown})


def test_two_hundred_channels_and_ten_thousand_contacts_under_every_model():
    rng = np.random.default_rng(1)
    names = np.array([f"c{k:03d}" for k in range(200)])
    short = [(" > ".join(rng.choice(names, 2)), 1, 1, 4.0) for _ in range(300)]
    found = credited(paths(*short))
    assert found.value.shape[1] > 150
    few = [" > ".join(rng.choice(names[:4], 10_000)), " > ".join(names[:4])]
    found = credited(paths((few[0], 1, 0, 50.0), (few[1], 2, 3, 8.0)))
    assert (found.share <= 1 + 1e-12).all()
    assert path_frequency(Journeys.from_paths(paths((few[0], 1, 0, 1.0))))["n"].tolist() == [1]


def test_duplicated_rows_add_up_in_paths_and_count_once_in_tables():
    once = paths(("a > b", 2, 4, 20.0), ("b", 1, 1, 5.0))
    twice = paths(("a > b", 1, 3, 15.0), ("b", 1, 1, 5.0), ("a > b", 1, 1, 5.0))
    np.testing.assert_allclose(credited(once).value, credited(twice).value)
    pd.testing.assert_frame_equal(
        Journeys.from_paths(twice).to_paths(), Journeys.from_paths(once).to_paths()
    )
    given = tables()
    double = {**given, "touchpoints": pd.concat([given["touchpoints"]] * 2)}
    found = build_journeys(**double)
    assert (found.counts.n_duplicates, len(found.codes)) == (3, 3)
    kept = build_journeys(**double, rules=JourneyRules(merge_duplicates=False))
    assert len(kept.codes) == 6


def test_small_samples_are_drawn_without_a_crash():
    journeys = Journeys.from_paths(paths(("a > b", 1, 0, 5.0)))
    draws = bootstrap_credit(journeys, MODELS, rng=np.random.default_rng(0), n_replicates=20)
    assert np.isfinite(draws.value).all()
    assert np.isfinite(draws.share).all()
