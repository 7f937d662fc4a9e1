"""Contacts, ratings, comments and the brand survey: what drives them, and the bias of silence."""

import numpy as np
import pandas as pd
import pytest

from omnisim.engine.codes import CARRY_OUT
from omnisim.engine.records.accounts import Accounts, genuine
from omnisim.engine.records.brand import brand_columns, brand_counts
from omnisim.engine.records.comments import comment_columns
from omnisim.engine.records.desk import find_contacts
from omnisim.engine.records.ratings import RECEIVE, SERVICE, find_ratings
from omnisim.engine.records.reasons import COMPLAINT, WHERE
from omnisim.engine.state import NO_TIME
from omnisim.schema.members import (
    COMMENT_LANGUAGES,
    COMMENT_SENTIMENTS,
    COMMENT_TOPICS,
)
from omnisim.world.comments import comment_texts


@pytest.fixture(scope="module")
def contacts(log):
    return find_contacts(log, Accounts.of(log))


@pytest.fixture(scope="module")
def ratings(log, contacts):
    return find_ratings(log, contacts)


def csat(ratings):
    """Share of satisfied (4 or 5): of everybody asked, and of those who answered; and its error."""
    satisfied = ratings.score >= 4
    answered = ratings.answered != NO_TIME
    share = satisfied[answered].mean()
    return satisfied.mean(), share, np.sqrt(share * (1 - share) / answered.sum())


def test_silence_flatters_and_does_not_once_it_says_nothing(log, contacts, ratings, under):
    """The trap and its twin: the same questions and the same opinions, another silence."""
    true, naive, error = csat(ratings)
    assert 0.05 < naive - true < 0.20  # the naive CSAT is too high by 5 to 20 points
    assert naive - true > 4 * error
    twin = find_ratings(under(voice={"answer_bias": 0.0}), contacts)
    assert np.array_equal(twin.number, ratings.number)
    assert np.array_equal(twin.score, ratings.score)
    true, naive, error = csat(twin)
    assert abs(naive - true) < 3 * error


def test_a_late_order_costs_its_penalty(under, contacts, ratings):
    """Same persons, same moods: without the penalty nobody rates lower, the late rate higher."""
    spared = find_ratings(under(voice={"late_penalty": 0.0}), contacts)
    late = ratings.is_late
    assert late.sum() > 30
    assert np.array_equal(spared.score[~late], ratings.score[~late])
    lost = (spared.score - ratings.score)[late]
    assert set(lost) <= {0, 1, 2}  # 1.2 points, cut to whole ones on a scale that ends
    assert 0.8 < lost.mean() < 1.3


def test_waiting_and_no_help_cost_points(under, contacts, ratings):
    patient = find_ratings(under(voice={"wait_penalty": 0.0}), contacts)
    changed = patient.score != ratings.score
    assert set(ratings.stage[changed]) == {SERVICE}
    failed = contacts.number[contacts.is_long | ~contacts.is_first]
    assert set(ratings.contact[changed]) <= set(failed)


def test_stages_follow_what_happened(log, ratings):
    carried = log.orders["id"][log.orders["fulfilment"] == CARRY_OUT]
    received = ratings.order[ratings.stage == RECEIVE]
    assert received.size > 100
    assert not np.isin(received, carried).any()
    assert genuine(log, ratings.row).all()


def test_late_orders_are_asked_about_at_their_share(log, contacts):
    orders, end = log.orders, log.end
    fulfilled = np.where(orders["fulfilled"] == NO_TIME, end, orders["fulfilled"])
    late = (orders["reason"] < 0) & (fulfilled > orders["promised"]) & genuine(log, orders["row"])
    late &= orders["promised"] < end
    asked = np.isin(orders["id"], contacts.order[contacts.reason == WHERE])
    share = log.world.scenario.service.late_share
    error = np.sqrt(share * (1 - share) / late.sum())
    assert late.sum() > 40
    # those asked about while in time raise it by nothing; those near the end may still be to come
    assert abs(asked[late].mean() - share) < 3 * error
    others = (orders["reason"] < 0) & ~late & (orders["fulfilment"] != CARRY_OUT)
    assert asked[others].mean() < share / 3


def test_complaints_take_longer_than_questions(contacts):
    done = contacts.resolved != NO_TIME
    hours = (contacts.resolved - contacts.opened) / 3600
    of_complaints = hours[done & (contacts.reason == COMPLAINT)]
    assert of_complaints.size > 15
    assert of_complaints.mean() > 1.5 * hours[done & (contacts.reason == WHERE)].mean()


def test_no_cause_no_contact(under):
    """Every share at nothing: nobody calls."""
    shares = {
        name: 0.0 for name in type(under().world.scenario.service).model_fields if "_share" in name
    }
    silent = under(service=shares)
    assert find_contacts(silent, Accounts.of(silent)).row.size == 0


def test_comments_say_what_their_labels_say(log, ratings):
    found = comment_columns(log, ratings)
    comments, labels = found["survey_comments"], found["comment_labels"]
    text = pd.Series(comments["comment_text"].codes, comments["survey_comment_id"])
    pool = comment_texts()
    kinds = {
        pool.first[i, j, k] + n: (i, j, k)
        for i, j, k in np.ndindex(pool.first.shape)
        for n in range(pool.sentences[i, j, k] * pool.remarks[i, k])
    }
    assert set(kinds) == set(range(len(pool.texts)))  # every text has one kind
    for number, *label in zip(
        labels["survey_comment_id"],
        labels["language"].codes,
        labels["topic"].codes,
        labels["sentiment"].codes,
        strict=True,
    ):
        assert kinds[text[number]] == tuple(label)
    assert len(text) > 100
    assert set(labels["language"].codes) == {0, 1, 2}
    assert set(labels["topic"].codes) == set(range(len(COMMENT_TOPICS)))
    assert set(labels["sentiment"].codes) == set(range(len(COMMENT_SENTIMENTS)))


def test_the_markets_language_prevails(under, ratings):
    chinese = under(market={"locale": "zh_CN"}, voice={"foreign_share": 0.1})
    codes = comment_columns(chinese, ratings)["comment_labels"]["language"].codes
    names = np.array(COMMENT_LANGUAGES)[codes]
    assert set(names) == {"zh", "en"}
    # 10 %, give or take three binomial standard errors
    assert abs((names == "en").mean() - 0.1) < 3 * np.sqrt(0.09 / names.size)


def test_asking_everybody_gives_the_truth(under):
    everybody = brand_counts(under(brand={"ask_share": 1.0}))
    assert np.array_equal(everybody[0], everybody[1])


def test_the_survey_is_right_within_its_error(under):
    counts = brand_counts(under(brand={"ask_share": 0.3})).sum(axis=2)
    true = counts[0, :, 1] / counts[0, :, 0]
    asked = counts[1, :, 1] / counts[1, :, 0]
    # a sample without replacement of about 140 of 480 persons in each wave
    error = np.sqrt(true * (1 - true) / counts[1, :, 0])
    assert (np.abs(asked - true) < 3.5 * error).all()


def test_contacts_make_the_brand_known(under, log):
    counts = brand_counts(log).sum(axis=2)[0]
    assert counts[-2, 1] > counts[0, 1] * 1.1  # known to more people than after a month
    unseen = brand_counts(under(brand={"half_contacts": 1000.0})).sum(axis=2)[0]
    assert (unseen[:, 1:] <= counts[:, 1:]).all()
    assert unseen[-1, 1] < counts[-1, 1]
    table = brand_columns(log.world, brand_counts(log))["brand_truth"]
    assert table["n_persons"].sum() == counts[:, 0].sum()
