"""Paths cut straight from their bytes say what a plain split of strings says."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from omnisim.attribution import Journeys
from omnisim.attribution.path_bytes import MOST_NAMES, cut_paths
from omnisim.errors import SchemaError

NONE = "(none)"
# Few characters, so that separators, near misses and repeats are frequent; 1 to 4 bytes each.
LETTERS = st.sampled_from(["a", "b", "c", "\0", " ", ">", "-", "é", "一", "👍", "\u3000"])
WORDS = st.sampled_from(
    ["a", "email", "paid_search_brand", "paid_search_generic", "电子邮件", NONE]
)


def cut(paths: list[str], separator: str) -> list[list[str]]:
    """What `cut_paths` finds, as strings."""
    raw = [path.encode() for path in paths]
    ends = np.concatenate([[0], np.cumsum([len(path) for path in raw])]).astype(np.int64)
    text = np.frombuffer(b"".join(raw), np.uint8)
    found = cut_paths(text, ends, separator.encode(), NONE.encode())
    assert found is not None
    codes, offsets, names = found
    assert len(set(names)) == len(names)
    steps = [names[code].decode() for code in codes]
    return [steps[a:b] for a, b in pairwise(offsets)]


def split(paths: list[str], separator: str) -> list[list[str]]:
    """The same in plain Python."""
    return [[] if path == NONE else path.split(separator) for path in paths]


@settings(deadline=None)  # the first example compiles
@given(
    paths=st.lists(st.text(LETTERS, max_size=40), max_size=6),
    separator=st.text(LETTERS, min_size=1, max_size=4),
)
@example(paths=["aaa", "aa"], separator="aa")  # separators that overlap
@example(paths=["bca"], separator="ba")  # the byte after a first byte may look like one
@example(paths=["a"], separator="一")
@example(paths=[], separator=">")
@example(paths=["\0\0\0", "\0"], separator="\0\0")
def test_law_any_text_is_cut_as_by_a_split(paths, separator):
    assert cut(paths, separator) == split(paths, separator)


@settings(deadline=None)  # the first example compiles
@given(
    paths=st.lists(st.lists(WORDS, min_size=1, max_size=6), min_size=1, max_size=6),
    separator=st.sampled_from([" > ", ">", ", ", " -> ", "一", " >>>>>>>> "]),
)
def test_law_paths_of_names_come_back(paths, separator):
    texts = [separator.join(path) for path in paths]
    assert cut(texts, separator) == split(texts, separator)


@settings(deadline=None)  # the first example compiles
@given(
    names=st.lists(st.integers(0, 60), min_size=1, max_size=8),
    change=st.integers(0, 60),
)
def test_law_names_that_differ_in_one_byte_or_in_length_are_told_apart(names, change):
    long = ["x" * n + "y" * (n > change) + "z" for n in names]
    assert cut([">".join(long)], ">") == [long]


def test_every_path_may_end_at_the_last_byte():
    """The last words of a text are shorter than eight bytes."""
    for n in range(1, 40):
        for separator in (">", " > "):
            paths = [separator.join(["ab", "c" * n]), "c" * n]
            assert cut(paths, separator) == split(paths, separator)


def test_a_thousand_names_share_slots_and_stay_apart():
    names = [f"campaign_{k}" for k in range(20_000)]
    assert cut([" > ".join(names)] * 2, " > ") == [names, names]


def test_more_names_than_codes_are_refused():
    table = pd.DataFrame({"path": [f"c{k}" for k in range(MOST_NAMES + 1)], "conversions": 1})
    with pytest.raises(SchemaError, match="more than 32767 different channels; does ' > ' stand"):
        Journeys.from_paths(table, nulls=None, value=None)
    kept = Journeys.from_paths(table[:MOST_NAMES], nulls=None, value=None)
    assert kept.codes.min() == 0
    assert kept.codes.max() == MOST_NAMES - 1


PATHS = ["left out", "email > é", "é", "一 >  email ", NONE]
FORMS = {
    "object": lambda: pd.Series(PATHS, dtype=object),
    "str": lambda: pd.Series(PATHS, dtype="str"),
    "python": lambda: pd.Series(PATHS, dtype="string[python]"),
    "string": lambda: pd.Series(PATHS, dtype=pd.ArrowDtype(pa.string())),
    "large_string": lambda: pd.Series(PATHS, dtype=pd.ArrowDtype(pa.large_string())),
    "string_view": lambda: pd.Series(PATHS, dtype=pd.ArrowDtype(pa.string_view())),
    "category": lambda: pd.Series(PATHS, dtype="category"),
    "dictionary": lambda: pd.Series(
        PATHS, dtype=pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))
    ),
    "chunks": lambda: pd.Series(
        pd.arrays.ArrowExtensionArray(pa.chunked_array([PATHS[:2], PATHS[2:]]))
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_text_column_reads_the_same(form):
    column = FORMS[form]()
    before = column.tolist()
    found = Journeys.from_paths(
        pd.DataFrame({"path": column, "conversions": 1})[1:], nulls=None, value=None
    )
    assert found.channels == ("email", "é", "一")
    assert found.codes.tolist() == [0, 1, 1, 2, 0]
    assert found.offsets.tolist() == [0, 2, 3, 5, 5]
    assert column.tolist() == before


@pytest.mark.parametrize(
    "bad, words",
    [
        (None, "missing or non-text"),
        (float("nan"), "nan is a missing"),
        (pd.NA, "<NA> is a missing"),
        (5, "5 is a missing or non-text"),
        ("a\ud800", "ud800' is a missing or non-text"),
        ("a >   > b", "empty path or channel in 'a >   > b'"),
        (" \t", "empty path or channel"),
        ("a > ", "empty path or channel in 'a > '"),
    ],
)
def test_a_bad_path_is_named_with_its_row(bad, words):
    column = pd.Series(["a", NONE, bad, bad], index=list("wxyz"), dtype=object)
    with pytest.raises(SchemaError, match=f"paths.path, row y: .*{words}"):
        Journeys.from_paths(
            pd.DataFrame({"path": column, "conversions": 1}), nulls=None, value=None
        )
