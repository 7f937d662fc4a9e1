"""Sentences people write, by language, topic and sentiment; they lie beside this file as words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from omnisim.schema.members import COMMENT_LANGUAGES, COMMENT_SENTIMENTS, COMMENT_TOPICS

_FILE = Path(__file__).parent / "pools" / "comments.json"


@dataclass(frozen=True, slots=True, eq=False)
class CommentTexts:
    """All texts, and where those of a kind stand.

    Attributes
    ----------
    texts : tuple of str
        Distinct texts: a sentence on a topic, with or without a closing remark.
    first : array, shape (languages, topics, sentiments)
        Position of the first text of a kind.
    sentences : array of the same shape
        Sentences of the kind.
    remarks : array, shape (languages, sentiments)
        Closing remarks that fit; each sentence is followed by its texts with every one of them.
    """

    texts: tuple[str, ...]
    first: NDArray[np.int64]
    sentences: NDArray[np.int64]
    remarks: NDArray[np.int64]

    def choose(
        self,
        language: NDArray[np.int64],
        topic: NDArray[np.int64],
        sentiment: NDArray[np.int64],
        u: NDArray[np.float64],
        v: NDArray[np.float64],
    ) -> NDArray[np.int64]:
        """Position of a text of each kind, by a uniform for the sentence and one for the remark."""
        remarks = self.remarks[language, sentiment]
        sentence = (u * self.sentences[language, topic, sentiment]).astype(np.int64)
        remark = (v * remarks).astype(np.int64)
        return np.asarray(self.first[language, topic, sentiment] + sentence * remarks + remark)


@cache
def comment_texts() -> CommentTexts:
    """Read the pool once."""
    pool = json.loads(_FILE.read_text(encoding="utf-8"))
    shape = (len(COMMENT_LANGUAGES), len(COMMENT_TOPICS), len(COMMENT_SENTIMENTS))
    first, sentences = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    remarks = np.zeros((shape[0], shape[2]), np.int64)
    texts: list[str] = []
    for i, language in enumerate(COMMENT_LANGUAGES):
        words = pool[language]
        for k, sentiment in enumerate(COMMENT_SENTIMENTS):
            closing = ["", *words["remarks"][sentiment]]
            remarks[i, k] = len(closing)
            for j, topic in enumerate(COMMENT_TOPICS):
                said = words["topics"][topic][sentiment]
                first[i, j, k], sentences[i, j, k] = len(texts), len(said)
                texts += [
                    sentence + (words["joiner"] + remark if remark else "")
                    for sentence in said
                    for remark in closing
                ]
    return CommentTexts(tuple(texts), first, sentences, remarks)
