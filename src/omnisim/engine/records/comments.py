"""Short comments left with answers: templated sentences whose sentiment and topic are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.codes import NO_STOCK
from omnisim.engine.plan import KEY_SURVEY
from omnisim.engine.records.accounts import genuine
from omnisim.engine.records.columns import codes, find_rows, maybe_id
from omnisim.engine.records.log import BlockLog, IntArray, by_time, ordinals
from omnisim.engine.records.ratings import (
    BUY,
    CONSIDER,
    DISCOVER,
    RECEIVE,
    RETURN,
    SERVICE,
    USE,
    Ratings,
)
from omnisim.engine.state import NO_TIME
from omnisim.rng import Stream, share_table
from omnisim.schema.members import (
    COMMENT_LANGUAGES,
    COMMENT_SENTIMENTS,
    COMMENT_TOPICS,
)
from omnisim.storage import Codes
from omnisim.world.comments import comment_texts

KEY_COMMENT = 38
NEGATIVE, NEUTRAL, POSITIVE = range(3)  # of COMMENT_SENTIMENTS
_DELIVERY = COMMENT_TOPICS.index("delivery")
_STOCK = COMMENT_TOPICS.index("stock")
_OF_NPS, _OF_RATING = 0, 1
# what people write about, by stage; weights in the order of COMMENT_TOPICS: delivery, product,
# price, staff, website, stock, returns, service
_WEIGHTS = {
    DISCOVER: [0, 2, 2, 0, 6, 0, 0, 0],
    CONSIDER: [0, 2, 3, 0, 4, 2, 0, 0],
    BUY: [0, 2, 3, 2, 3, 1, 0, 0],
    RECEIVE: [7, 2, 0, 0, 0, 1, 0, 0],
    USE: [0, 8, 2, 0, 0, 0, 0, 0],
    RETURN: [0, 1, 0, 1, 0, 0, 8, 0],
    SERVICE: [0, 0, 0, 1, 0, 0, 0, 9],
}
_NPS_WEIGHTS = [3, 4, 3, 2, 2, 1, 1, 1]
# languages by market: its own, then the others that appear
_SPOKEN = {"en_US": ("en", "es", "zh"), "zh_CN": ("zh", "en")}


@dataclass(frozen=True, slots=True, eq=False)
class _Answers:
    """Answers that may carry a comment."""

    source: int  # part of the address of the draws
    row: IntArray
    ordinal: IntArray
    at: IntArray
    sentiment: IntArray
    topic: IntArray  # a fact that calls for a topic, -1 = none
    weights: NDArray[Any]  # row of `_topic_tables`
    invitation: IntArray
    rating: IntArray


def comment_columns(log: BlockLog, ratings: Ratings) -> dict[str, dict[str, Any]]:
    """The table of comments, and their labels."""
    plan, locale = log.world.scenario.voice, log.world.scenario.market.locale
    parts = [_drawn(log, answers) for answers in (_of_surveys(log), _of_ratings(log, ratings))]
    source, row, ordinal, at, sentiment, topic, invitation, rating = (
        np.concatenate(column).astype(np.int64)
        for column in zip(*(p[:8] for p in parts), strict=True)
    )
    u, v = (np.concatenate([part[k] for part in parts]) for k in (8, 9))
    person = log.people["person"][row].astype(np.int64)
    number = log.ids(KEY_COMMENT, person, ordinal * 2 + source)
    spoken = [COMMENT_LANGUAGES.index(name) for name in _SPOKEN[locale]]
    other = np.minimum(
        (u[:, 1] / max(plan.foreign_share, 1e-9) * (len(spoken) - 1)), len(spoken) - 2
    )
    foreign = u[:, 1] < plan.foreign_share
    language = np.where(foreign, np.array(spoken[1:])[other.astype(np.int64)], spoken[0])
    texts = comment_texts()
    which = texts.choose(language, topic, sentiment, v[:, 0], v[:, 1])
    order = by_time(at, number)
    by_id = np.argsort(number)
    return {
        "survey_comments": {
            "commented_at": log.milliseconds(at[order]),
            "survey_comment_id": number[order],
            "survey_invitation_id": maybe_id(invitation[order]),
            "touchpoint_rating_id": maybe_id(rating[order]),
            "comment_text": Codes(which[order].astype(np.int32), texts.texts),
        },
        "comment_labels": {
            "survey_comment_id": number[by_id],
            "language": codes(language[by_id], COMMENT_LANGUAGES),
            "topic": codes(topic[by_id], COMMENT_TOPICS),
            "sentiment": codes(sentiment[by_id], COMMENT_SENTIMENTS),
        },
    }


def _drawn(log: BlockLog, a: _Answers) -> tuple[NDArray[Any], ...]:
    """Those answers that carry a comment, with its topic and further draws."""
    person = log.people["person"][a.row].astype(np.int64)
    u = log.draw(Stream.COMMENT, person, a.ordinal, step=a.source * 2)
    kept = np.flatnonzero((u[:, 0] < log.world.scenario.voice.comment_share) & genuine(log, a.row))
    u, person = u[kept], person[kept]
    v = log.draw(Stream.COMMENT, person, a.ordinal[kept], step=a.source * 2 + 1)
    tables = np.stack([share_table(w) for w in (*_WEIGHTS.values(), _NPS_WEIGHTS)])
    drawn = tables[a.weights[kept], (v[:, 2] * tables.shape[1]).astype(np.int64)]
    # most who had a reason to complain write about it
    topic = np.where((a.topic[kept] >= 0) & (v[:, 3] < 0.7), a.topic[kept], drawn)
    return (
        np.full(kept.size, a.source),
        a.row[kept],
        a.ordinal[kept],
        a.at[kept],
        a.sentiment[kept],
        topic,
        a.invitation[kept],
        a.rating[kept],
        u,
        v,
    )


def _of_surveys(log: BlockLog) -> _Answers:
    surveys = log.surveys
    answered = (surveys["score"] >= 0) & (surveys["answered"] != NO_TIME)
    rows = surveys[answered]
    order = log.orders[find_rows(log.orders["id"], rows["order"])]
    late = (order["fulfilled"] != NO_TIME) & (order["fulfilled"] > order["promised"])
    score = rows["score"]
    n = len(rows)
    return _Answers(
        source=_OF_NPS,
        row=rows["row"].astype(np.int64),
        ordinal=log.numbers(KEY_SURVEY, surveys)[answered],
        at=rows["answered"].astype(np.int64),
        sentiment=np.where(score >= 9, POSITIVE, np.where(score >= 7, NEUTRAL, NEGATIVE)),
        topic=np.where(late, _DELIVERY, -1),
        weights=np.full(n, len(_WEIGHTS)),
        invitation=np.asarray(rows["id"]),
        rating=np.full(n, -1, np.int64),
    )


def _of_ratings(log: BlockLog, ratings: Ratings) -> _Answers:
    said = np.flatnonzero(ratings.answered != NO_TIME)
    score = ratings.score[said]
    order = find_rows(log.orders["id"], ratings.order[said])
    refused = (order >= 0) & (ratings.stage[said] == RECEIVE)
    if len(log.orders):
        refused &= log.orders["reason"][np.maximum(order, 0)] == NO_STOCK
    return _Answers(
        source=_OF_RATING,
        row=ratings.row[said],
        ordinal=ordinals(ratings.row)[said],
        at=ratings.answered[said],
        sentiment=np.where(score >= 4, POSITIVE, np.where(score == 3, NEUTRAL, NEGATIVE)),
        topic=np.where(refused, _STOCK, np.where(ratings.is_late[said], _DELIVERY, -1)),
        weights=ratings.stage[said],
        invitation=np.full(said.size, -1, np.int64),
        rating=ratings.number[said],
    )
