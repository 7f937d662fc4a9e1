import os
import struct
import subprocess
import sys
from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnisim.storage import digest as digest_module
from omnisim.storage.digest import Codes, combine, row_digest

MASK = 2**64 - 1
A, B, C = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def keys(name):
    return struct.unpack("<4Q", blake2b(name.encode(), digest_size=32).digest())


def reference(table, columns):
    """The definition in plain integers; columns hold ints, floats, strings or None."""
    total = 0
    table_keys = keys(f"table {table}")
    for row in zip(*columns.values(), strict=True):
        lane0 = lane1 = 0
        for name, value in zip(columns, row, strict=True):
            key = keys(f"column {name}")
            if value is None:
                first, second = key[2], key[3]
            elif isinstance(value, str):
                text = f"string {name}\n".encode() + value.encode()
                first, second = struct.unpack("<2Q", blake2b(text, digest_size=16).digest())
            else:
                if isinstance(value, float):
                    value = struct.unpack("<q", struct.pack("<d", value + 0.0))[0]
                first = ((int(value) & MASK) ^ key[0]) * A & MASK
                first = (first ^ (first >> 32)) * B & MASK
                second = (first ^ (first >> 29) ^ key[1]) * C & MASK
                second ^= second >> 32
            lane0, lane1 = (lane0 + first) & MASK, (lane1 + second) & MASK
        first = (lane0 + table_keys[0]) * A & MASK
        first = (first ^ (first >> 31)) * B & MASK
        first ^= first >> 27
        second = ((lane1 ^ first) + table_keys[1]) * C & MASK
        second = (second ^ (second >> 31)) * B & MASK
        second ^= second >> 29
        total += (second << 64) + first
    return total % 2**128


INTS = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))
FLOATS = st.floats(allow_nan=False)
WORDS = st.one_of(st.none(), st.text(max_size=5))
ROWS = st.lists(st.tuples(INTS, FLOATS, WORDS, st.booleans()), max_size=12)


def arrays(rows):
    """The same rows as NumPy columns and Codes."""
    ints, floats, words, flags = ([row[i] for row in rows] for i in range(4))
    names = tuple(dict.fromkeys(word for word in words if word is not None))
    codes = np.array([-1 if w is None else names.index(w) for w in words], np.int16)
    columns = {
        "n": np.array([value or 0 for value in ints], np.int64),
        "x": np.array(floats, np.float64),
        "word": Codes(codes, names),
        "flag": np.array(flags, bool),
    }
    return columns, {"n": np.array([value is None for value in ints], bool)}


def plain(rows):
    return dict(
        zip(("n", "x", "word", "flag"), ([row[i] for row in rows] for i in range(4)), strict=True)
    )


@given(rows=ROWS)
@settings(deadline=None)
def test_agrees_with_the_definition_in_plain_integers(rows):
    assert row_digest("t", *arrays(rows)) == reference("t", plain(rows))


@given(rows=ROWS, data=st.data())
@settings(deadline=None)
def test_law_neither_order_nor_parts_matter(rows, data):
    shuffled = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows)))
    parts = [row_digest("t", *arrays(part)) for part in (shuffled[:cut], shuffled[cut:])]
    assert combine(parts) == row_digest("t", *arrays(rows))


def test_blocks_of_rows_do_not_matter(monkeypatch):
    rng = np.random.default_rng(3)
    columns = {"n": rng.integers(-5, 5, 1000), "k": rng.integers(0, 9, 1000).astype(np.int32)}
    whole = row_digest("t", columns)
    monkeypatch.setattr(digest_module, "_ROWS_AT_ONCE", 7)
    assert row_digest("t", columns) == whole


def test_codes_widths_and_column_order_do_not_matter():
    one = row_digest("t", {"c": Codes(np.array([0, 1], np.int8), ("a", "b")), "n": np.arange(2)})
    two = row_digest(
        "t",
        {
            "n": np.arange(2, dtype=np.int16),
            "c": Codes(np.array([2, 0], np.int32), ("b", "unused", "a")),
        },
    )
    assert one == two


def test_long_lists_of_names_hash_like_short_ones():
    names = tuple(f"name {i}" for i in range(digest_module._SMALL_LIST + 1))
    long = row_digest("t", {"c": Codes(np.array([3], np.int32), names)})
    assert long == row_digest("t", {"c": Codes(np.array([0], np.int8), ("name 3",))})


def test_negative_zero_is_zero_and_what_lies_under_null_does_not_count():
    assert row_digest("t", {"x": np.array([-0.0])}) == row_digest("t", {"x": np.array([0.0])})
    null = {"x": np.array([True])}
    assert row_digest("t", {"x": np.array([1.0])}, null) == row_digest(
        "t", {"x": np.array([2.0])}, null
    )


@pytest.mark.parametrize(
    ("table", "columns", "nulls"),
    [
        ("other", {"a": np.array([1, 2]), "b": np.array([0, 3])}, None),  # the table's name
        ("t", {"z": np.array([1, 2]), "b": np.array([0, 3])}, None),  # a column's name
        ("t", {"a": np.array([1, 2]), "b": np.array([0, 4])}, None),  # a value
        ("t", {"a": np.array([0, 3]), "b": np.array([1, 2])}, None),  # columns swapped
        ("t", {"a": np.array([1, 2]), "b": np.array([3, 0])}, None),  # values swapped in a column
        ("t", {"a": np.array([1, 2]), "b": np.array([0, 3])}, {"b": np.array([True, False])}),
        ("t", {"a": np.array([1, 2, 2]), "b": np.array([0, 3, 3])}, None),  # a row twice
    ],
)
def test_sees_every_change(table, columns, nulls):
    before = row_digest("t", {"a": np.array([1, 2]), "b": np.array([0, 3])})
    assert row_digest(table, columns, nulls) != before


def test_read_only_and_strided_arrays_are_fine():
    values = np.arange(10)
    frozen = values.copy()
    frozen.flags.writeable = False
    assert row_digest("t", {"a": frozen}) == row_digest("t", {"a": values})
    assert row_digest("t", {"a": values[::2]}) == row_digest("t", {"a": values[::2].copy()})


def test_plain_python_gives_the_same_digest():
    code = (
        "import numpy as np\n"
        "from omnisim.storage.digest import Codes, row_digest\n"
        "r = np.random.default_rng(1)\n"
        "c = {'n': r.integers(-2**63, 2**63 - 1, 200), 'x': r.normal(size=200),\n"
        "     's': Codes(r.integers(-1, 3, 200).astype(np.int8), ('a', 'b', 'c'))}\n"
        "print(row_digest('t', c, {'n': r.random(200) < 0.5}))\n"
    )
    found = [
        subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            env={**os.environ, "NUMBA_DISABLE_JIT": off},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for off in ("0", "1")
    ]
    assert found[0] == found[1] != ""
