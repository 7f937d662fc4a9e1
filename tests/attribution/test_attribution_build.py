"""Journeys from tables: conventions by hand, laws by hypothesis."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnisim.attribution import JourneyRules, Journeys, build_journeys
from omnisim.errors import DesignError, SchemaError

DAY = 86_400_000


def touches(*rows) -> pd.DataFrame:
    """Rows of (day, identity, customer or None, channel, kind)."""
    day, identity, customer, channel, kind = zip(*rows, strict=True) if rows else [()] * 5
    return pd.DataFrame(
        {
            "touched_at": at(day),
            "touchpoint_id": np.arange(len(rows)) + 100,
            "identity_id": np.array(identity, dtype=np.int64),
            "customer_id": pd.array(customer, dtype="Int64"),
            "channel": pd.array(channel, dtype=object),
            "touch_kind": pd.array(kind, dtype=object),
        }
    )


def orders(*rows) -> pd.DataFrame:
    """Rows of (day, identity or None, customer or None, order_channel, status, net_amount)."""
    day, identity, customer, channel, status, net = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "ordered_at": at(day),
            "order_id": np.arange(len(rows)) + 1,
            "identity_id": pd.array(identity, dtype="Int64"),
            "customer_id": pd.array(customer, dtype="Int64"),
            "order_channel": channel,
            "status": status,
            "net_amount": np.array(net, dtype=float),
        }
    )


def identities(links: dict) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "identity_id": np.array(list(links), dtype=np.int64),
            "customer_id": pd.array(list(links.values()), dtype="Int64"),
        }
    )


def at(days) -> pd.Series:
    ms = (np.array(days, dtype=float) * DAY).astype("int64").astype("datetime64[ms]")
    return pd.Series(pd.DatetimeIndex(ms).tz_localize("UTC"))


def paths(journeys: Journeys) -> list:
    """(path, order id or -1) of each journey, readable."""
    names = [journeys.channels[code] for code in journeys.codes]
    cuts = journeys.offsets
    return [
        (names[cuts[j] : cuts[j + 1]], int(journeys.order_id[j]))
        for j in range(journeys.n_journeys)
    ]


def test_each_order_closes_a_journey_and_the_rest_converts_nothing():
    t = touches(
        (1, 7, None, "email", "click"),
        (2, 7, None, "direct", "click"),
        (3, 7, None, "email", "click"),
        (5, 7, None, "sms", "click"),
    )
    o = orders(
        (2.5, 7, None, "web", "completed", 50),
        (4, 7, None, "web", "completed", 30),
    )
    found = build_journeys(t, o, identities({7: None}))
    assert paths(found) == [(["email", "direct"], 1), (["email"], 2), (["sms"], -1)]
    assert found.value.tolist() == [50, 30, 0]
    assert found.days_before_end.tolist() == [1.5, 0.5, 1.0, 0.0]


def test_contact_in_the_same_millisecond_comes_before_the_order():
    t = touches((2, 7, None, "email", "click"))
    o = orders((2, 7, None, "web", "completed", 50))
    assert paths(build_journeys(t, o, identities({7: None}))) == [(["email"], 1)]


def test_lookback_keeps_old_contacts_as_a_journey_without_order():
    t = touches(
        (1, 7, None, "email", "click"),
        (20, 7, None, "sms", "click"),
        (38, 7, None, "direct", "click"),
    )
    o = orders((40, 7, None, "web", "completed", 50))
    found = build_journeys(t, o, identities({7: None}), JourneyRules(lookback_days=10))
    # email and sms are both too old, and 19 days of silence lie between them.
    assert paths(found) == [(["email"], -1), (["sms"], -1), (["direct"], 1)]
    assert found.counts.n_expired == 2
    exactly = build_journeys(t, o, identities({7: None}), JourneyRules(lookback_days=39))
    assert paths(exactly) == [(["email", "sms", "direct"], 1)]


def test_order_whose_contacts_are_all_too_old_is_untouched():
    t = touches((1, 7, None, "email", "click"))
    o = orders((40, 7, None, "web", "completed", 50))
    found = build_journeys(t, o, identities({7: None}))
    assert paths(found) == [(["email"], -1), ([], 1)]
    assert found.counts.n_untouched == 1
    assert found.untracked_share == 1


def test_silence_ends_a_journey_without_order():
    t = touches(
        (1, 7, None, "email", "click"),
        (10, 7, None, "sms", "click"),
        (80, 7, None, "direct", "click"),
    )
    o = orders((1, 8, None, "web", "completed", 50))
    found = build_journeys(t, o, identities({7: None, 8: None}))
    assert paths(found)[:2] == [(["email", "sms"], -1), (["direct"], -1)]


def test_stitching_joins_cookies_of_one_account_and_only_then():
    t = touches(
        (1, 7, None, "email", "click"),  # cookie linked to account 3 later
        (2, 8, 3, "direct", "click"),  # logged in
        (3, 9, None, "sms", "click"),  # somebody unknown
    )
    o = orders((4, 8, 3, "web", "completed", 50))
    known = identities({7: 3, 8: 3, 9: None})
    assert sorted(paths(build_journeys(t, o, known))) == [(["email", "direct"], 1), (["sms"], -1)]
    apart = build_journeys(t, o, known, JourneyRules(stitch_identities=False))
    assert sorted(paths(apart)) == [(["direct"], 1), (["email"], -1), (["sms"], -1)]
    assert apart.counts.n_identities == 3
    assert apart.counts.n_unlinked_identities == 1


def test_identity_and_account_of_the_same_number_stay_two_persons():
    t = touches((1, 3, None, "email", "click"))
    o = orders((2, None, 3, "store", "completed", 50))
    found = build_journeys(t, o, identities({3: None}))
    assert paths(found) == [(["email"], -1), ([], 1)]


def test_orders_without_identity_are_persons_of_their_own():
    o = orders(
        (1, None, None, "store", "completed", 10),
        (2, None, None, "store", "completed", 20),
        (3, 7, None, "web", "completed", 30),
    )
    t = touches((2.5, 7, None, "email", "click"))
    found = build_journeys(t, o, identities({7: None}))
    assert sorted(found.order_id.tolist()) == [1, 2, 3]
    assert (found.counts.n_unidentified, found.counts.n_untouched) == (2, 0)
    assert found.n_customers == 3
    assert found.untracked_share == pytest.approx(2 / 3)


def test_cancelled_orders_close_nothing():
    t = touches((1, 7, None, "email", "click"), (3, 7, None, "sms", "click"))
    o = orders(
        (2, 7, None, "web", "cancelled", 50),
        (4, 7, None, "web", "completed", 30),
    )
    found = build_journeys(t, o, identities({7: None}))
    assert paths(found) == [(["email", "sms"], 2)]
    assert found.counts.n_not_completed == 1


def test_kinds_duplicates_and_repeats_are_counted():
    t = touches(
        (1, 7, None, "email", "sent"),
        (2, 7, None, "email", "click"),
        (2, 7, None, "email", "click"),  # logged twice
        (3, 7, None, "email", "click"),
        (4, 7, None, "direct", "click"),
    )
    o = orders((5, 7, None, "web", "completed", 30))
    known = identities({7: None})
    assert paths(build_journeys(t, o, known)) == [(["email", "email", "direct"], 1)]
    found = build_journeys(t, o, known, JourneyRules(collapse_repeats=True))
    assert paths(found) == [(["email", "direct"], 1)]
    assert found.days_before_end.tolist() == [3, 1]  # the first contact of the run stays
    c = found.counts
    assert (c.n_other_kinds, c.n_duplicates, c.n_collapsed, c.n_touches) == (1, 1, 1, 2)
    everything = JourneyRules(touch_kinds=("sent", "click"), merge_duplicates=False)
    assert len(build_journeys(t, o, known, everything).codes) == 5


@st.composite
def worlds(draw):
    n_people = draw(st.integers(1, 4))
    touch = st.tuples(
        st.integers(0, 60),
        st.integers(1, n_people),
        st.none() | st.integers(1, 2),
        st.sampled_from(["email", "direct", "sms"]),
        st.sampled_from(["click", "visit", "sent"]),
    )
    order = st.tuples(
        st.integers(0, 60),
        st.none() | st.integers(1, n_people),
        st.none() | st.integers(1, 2),
        st.sampled_from(["web", "store"]),
        st.sampled_from(["completed", "cancelled"]),
        st.integers(0, 100),
    )
    t = touches(*draw(st.lists(touch, max_size=15)))
    o = orders(
        *draw(st.lists(order, min_size=1, max_size=8)), (9, None, None, "web", "completed", 1)
    )
    links = draw(st.lists(st.none() | st.integers(1, 2), min_size=n_people, max_size=n_people))
    return t, o, identities(dict(enumerate(links, start=1)))


def slow_journeys(t, o, ids, lookback) -> set:
    """The conventions once more, person by person in plain Python."""
    link = dict(zip(ids["identity_id"], ids["customer_id"], strict=True))

    def person(row):
        if not pd.isna(row.customer_id):
            return ("account", row.customer_id)
        if pd.isna(row.identity_id):
            return ("order", row.order_id)
        account = link[row.identity_id]
        return ("identity", row.identity_id) if pd.isna(account) else ("account", account)

    t = t[t["touch_kind"].isin(["click", "visit", "call"])]
    t = t.drop_duplicates(["identity_id", "touched_at", "channel", "touch_kind"])
    events: dict = {}
    for row in t.itertuples():
        event = (row.touched_at, 0, row.touchpoint_id, row.channel)
        events.setdefault(person(row), []).append(event)
    for row in o[o["status"] == "completed"].itertuples():
        events.setdefault(person(row), []).append((row.ordered_at, 1, row.order_id, None))
    limit = pd.Timedelta(days=lookback)
    found = []

    def idle(seen):
        path = []
        for when, _, _, channel in seen:
            if path and when - path[-1][0] > limit:
                found.append((tuple(c for _, c in path), -1))
                path = []
            path.append((when, channel))
        if path:
            found.append((tuple(c for _, c in path), -1))

    for rows in events.values():
        waiting = []
        for event in sorted(rows):
            if event[1] == 0:
                waiting.append(event)
                continue
            fresh = [e for e in waiting if event[0] - e[0] <= limit]
            idle([e for e in waiting if event[0] - e[0] > limit])
            found.append((tuple(e[3] for e in fresh), event[2]))
            waiting = []
        idle(waiting)
    return sorted(found)


@given(world=worlds(), lookback=st.sampled_from([1, 7, 30]))
@settings(max_examples=150, deadline=None)
def test_law_same_as_plain_python_and_nothing_is_lost(world, lookback):
    t, o, ids = world
    found = build_journeys(t, o, ids, JourneyRules(lookback_days=lookback))
    assert sorted((tuple(p), order) for p, order in paths(found)) == slow_journeys(
        t, o, ids, lookback
    )
    c, completed = found.counts, o[o["status"] == "completed"]
    assert sorted(found.order_id[found.order_id >= 0]) == sorted(completed["order_id"])
    assert found.total_value == completed["net_amount"].sum()
    assert c.n_touchpoints == c.n_other_kinds + c.n_duplicates + c.n_collapsed + c.n_touches
    assert c.n_orders == c.n_not_completed + c.n_conversions
    assert c.n_unidentified + c.n_untouched == (~found.has_touch).sum()


@given(world=worlds(), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_law_row_order_does_not_matter(world, seed):
    t, o, ids = world
    mixed = build_journeys(
        t.sample(frac=1, random_state=seed), o.sample(frac=1, random_state=seed), ids[::-1]
    )
    straight = build_journeys(t, o, ids)
    assert paths(mixed) == paths(straight)
    assert mixed.counts == straight.counts


def test_inputs_stay_untouched():
    t = touches((1, 7, None, "email", "click"))
    o = orders((2, 7, None, "web", "completed", 50))
    ids = identities({7: 3})
    before = [frame.copy(deep=True) for frame in (t, o, ids)]
    build_journeys(t, o, ids)
    for frame, copy in zip((t, o, ids), before, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


def good():
    t = touches((1, 7, None, "email", "click"))
    o = orders((2, 7, None, "web", "completed", 50))
    return {"touchpoints": t, "orders": o, "identities": identities({7: 3})}


@pytest.mark.parametrize(
    "table, change, error, words",
    [
        ("touchpoints", {"channel": None}, SchemaError, "without a channel"),
        ("touchpoints", {"channel": "(start)"}, SchemaError, "reserved"),
        ("touchpoints", {"channel": "Null"}, SchemaError, "reserved"),
        ("touchpoints", {"touched_at": pd.NaT}, SchemaError, "missing times"),
        ("touchpoints", {"touched_at": "2025-01-01"}, SchemaError, "not a timestamp"),
        ("touchpoints", {"identity_id": 12}, SchemaError, "identity_id 12: not in identities"),
        ("orders", {"net_amount": np.nan}, SchemaError, "net_amount"),
        ("orders", {"net_amount": np.inf}, SchemaError, "net_amount"),
        ("orders", {"net_amount": -1.0}, SchemaError, "net_amount"),
        ("orders", {"status": "cancelled"}, DesignError, "none of 1 is completed"),
    ],
)
def test_refusals(table, change, error, words):
    tables = good()
    tables[table] = tables[table].assign(**change)
    if "touched_at" in change and change["touched_at"] is pd.NaT:
        tables[table]["touched_at"] = pd.to_datetime(tables[table]["touched_at"], utc=True)
    with pytest.raises(error, match=words):
        build_journeys(**tables)


def test_refuses_missing_column_and_double_rows():
    tables = good()
    with pytest.raises(SchemaError, match=r"orders: no column \['status'\]"):
        build_journeys(**{**tables, "orders": tables["orders"].drop(columns="status")})
    twice = pd.concat([tables["orders"]] * 2)
    with pytest.raises(SchemaError, match="order_id: 1 occurs twice"):
        build_journeys(**{**tables, "orders": twice})
    with pytest.raises(SchemaError, match=r"identities\.identity_id"):
        build_journeys(**{**tables, "identities": pd.concat([tables["identities"]] * 2)})


@pytest.mark.parametrize(
    "field, value",
    [
        ("lookback_days", 0),
        ("lookback_days", float("nan")),
        ("touch_kinds", ()),
        ("touch_kinds", ("tap",)),
        ("ties", "coin"),
        ("several_orders", "both"),
        ("untouched_orders", "drop"),
    ],
)
def test_rules_refuse(field, value):
    with pytest.raises(DesignError, match=field):
        JourneyRules(**{field: value})


def test_types_of_a_stored_dataset_give_the_same_journeys():
    """Categories with unseen values, times in milliseconds: as `Dataset.read` returns them."""
    tables = good()
    stored = {name: frame.copy() for name, frame in tables.items()}
    stored["touchpoints"]["channel"] = pd.Categorical(["email"], categories=["direct", "email"])
    stored["touchpoints"]["touch_kind"] = pd.Categorical(["click"], categories=["click", "visit"])
    stored["orders"]["status"] = pd.Categorical(
        ["completed"], categories=["completed", "cancelled"]
    )
    stored["orders"]["order_channel"] = pd.Categorical(["web"], categories=["store", "web"])
    nano = {name: frame.copy() for name, frame in tables.items()}
    nano["touchpoints"]["touched_at"] = nano["touchpoints"]["touched_at"].astype(
        "datetime64[ns, UTC]"
    )
    plain = build_journeys(**tables)
    for other in (build_journeys(**stored), build_journeys(**nano)):
        assert other.channels == plain.channels == ("email",)
        assert other.order_channels == plain.order_channels == ("web",)
        assert paths(other) == paths(plain)
        assert other.days_before_end.tolist() == plain.days_before_end.tolist() == [1.0]


STORY = (
    (1, 7, None, "email", "click"),
    (2, 7, None, "direct", "click"),
    (3, 7, None, "store_visit", "visit"),
    (5, 7, None, "sms", "click"),
    (6, 7, None, "call_centre", "call"),
)
BOUGHT = ((2.5, 7, None, "web", "completed", 50), (4, 7, None, "web", "completed", 30))


def story(**switches) -> Journeys:
    return build_journeys(
        touches(*STORY), orders(*BOUGHT), identities({7: None}), JourneyRules(**switches)
    )


@pytest.mark.parametrize(
    "switches, expected",
    [
        ({}, [(["email", "direct"], 1), (["store_visit"], 2), (["sms", "call_centre"], -1)]),
        (
            {"several_orders": "reuse"},
            [
                (["email", "direct"], 1),
                (["email", "direct", "store_visit"], 2),
                (["sms", "call_centre"], -1),
            ],
        ),
        (
            {"several_orders": "first"},
            [(["email", "direct"], 1), (["store_visit", "sms", "call_centre"], -1)],
        ),
        ({"after_last_order": "left_out"}, [(["email", "direct"], 1), (["store_visit"], 2)]),
        (
            {"direct_contacts": "only_if_alone"},
            [(["email"], 1), (["store_visit"], 2), (["sms", "call_centre"], -1)],
        ),
        (
            {"store_touches": False},
            [(["email", "direct"], 1), ([], 2), (["sms", "call_centre"], -1)],
        ),
        (
            {"call_touches": False},
            [(["email", "direct"], 1), (["store_visit"], 2), (["sms"], -1)],
        ),
        (
            {"store_touches": False, "untouched_orders": "left_out"},
            [(["email", "direct"], 1), (["sms", "call_centre"], -1)],
        ),
    ],
)
def test_each_switch_by_hand(switches, expected):
    assert paths(story(**switches)) == expected


def test_ties_can_go_either_way():
    t, o = touches((2, 7, None, "email", "click")), orders((2, 7, None, "web", "completed", 50))
    found = build_journeys(t, o, identities({7: None}), JourneyRules(ties="order_first"))
    assert paths(found) == [([], 1), (["email"], -1)]


def test_reuse_stops_at_the_window_and_at_other_persons():
    t = touches(
        (0, 7, None, "email", "click"),
        (20, 7, None, "sms", "click"),
        (21, 8, None, "direct", "click"),
    )
    o = orders(
        (21, 7, None, "web", "completed", 1),
        (35, 7, None, "web", "completed", 1),
        (36, 8, None, "web", "completed", 1),
    )
    rules = JourneyRules(several_orders="reuse")
    found = build_journeys(t, o, identities({7: None, 8: None}), rules)
    assert paths(found) == [(["email", "sms"], 1), (["sms"], 2), (["direct"], 3)]
    assert found.counts.n_reused == 1
    assert found.days_before_end.tolist() == [21, 1, 15, 15]


def test_a_contact_without_a_channel_can_be_a_channel_of_its_own():
    t = touches((1, 7, None, "email", "click"), (2, 7, None, None, "click"))
    o = orders((3, 7, None, "web", "completed", 50))
    rules = JourneyRules(unknown_channel="keep")
    for frame in (t, t.assign(channel=t["channel"].astype("category"))):
        found = build_journeys(frame, o, identities({7: None}), rules)
        assert paths(found) == [(["email", "(unknown)"], 1)]
        assert found.counts.n_unknown_channel == 1


@given(
    world=worlds(),
    several=st.sampled_from(["split", "reuse", "first"]),
    after=st.sampled_from(["journey", "left_out"]),
    direct=st.sampled_from(["keep", "only_if_alone"]),
    untouched=st.sampled_from(["keep", "left_out"]),
    ties=st.sampled_from(["touch_first", "order_first"]),
    collapse=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_law_accounts_add_up_whatever_the_switches(
    world, several, after, direct, untouched, ties, collapse
):
    rules = JourneyRules(
        lookback_days=7,
        several_orders=several,
        after_last_order=after,
        direct_contacts=direct,
        untouched_orders=untouched,
        ties=ties,
        collapse_repeats=collapse,
    )
    found = build_journeys(*world, rules)
    c = found.counts
    left = c.n_other_kinds + c.n_other_channels + c.n_duplicates + c.n_after_last_order
    assert c.n_touchpoints + c.n_reused == left + c.n_direct + c.n_collapsed + c.n_touches
    assert c.n_touches == len(found.codes)
    gone = c.n_not_completed + c.n_later_orders + c.n_untouched_left_out
    assert c.n_orders == gone + c.n_conversions
    assert c.n_conversions == found.n_conversions == (found.order_id >= 0).sum()
    assert (found.days_before_end >= 0).all()
    assert (np.diff(found.customer) >= 0).all()
    if several != "reuse":
        assert c.n_reused == 0


@pytest.mark.parametrize(
    "times",
    [
        ["2025-01-01 10:00+01:00", "2025-01-02 10:00-05:00"],
        ["2025-01-01", "yesterday"],
    ],
)
def test_times_of_several_zones_or_of_words_are_refused(times):
    t = touches((1, 7, None, "email", "click"), (2, 7, None, "email", "click"))
    mixed = t.assign(touched_at=[pd.Timestamp(x) if "+" in x or "-05" in x else x for x in times])
    o = orders((3, 7, None, "web", "completed", 50))
    with pytest.raises(SchemaError, match="not a timestamp of one time zone"):
        build_journeys(mixed, o, identities({7: None}))


def test_a_zone_here_and_none_there_is_refused_but_other_zones_are_the_same_instant():
    t, o = touches((1, 7, None, "email", "click")), orders((2, 7, None, "web", "completed", 50))
    known = identities({7: None})
    bare = t.assign(touched_at=t["touched_at"].dt.tz_localize(None))
    with pytest.raises(SchemaError, match=r"orders\.ordered_at has a time zone and touchpoints"):
        build_journeys(bare, o, known)
    local = o.assign(ordered_at=o["ordered_at"].dt.tz_convert("Asia/Shanghai"))
    assert build_journeys(t, local, known).days_before_end.tolist() == [1.0]
    neither = o.assign(ordered_at=o["ordered_at"].dt.tz_localize(None))
    assert build_journeys(bare, neither, known).days_before_end.tolist() == [1.0]


def test_two_hundred_channels_and_a_journey_of_ten_thousand_contacts():
    names = [f"channel_{k % 200:03d}" for k in range(10_000)]
    t = touches(*((k / 1000, 7, None, name, "click") for k, name in enumerate(names)))
    o = orders((11, 7, None, "web", "completed", 50))
    found = build_journeys(t, o, identities({7: None}))
    assert (found.n_channels, found.lengths.tolist()) == (200, [10_000])
    assert [found.channels[c] for c in found.codes[:3]] == names[:3]
