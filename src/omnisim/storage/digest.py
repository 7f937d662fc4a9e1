"""The digest of a table's content: a sum of row hashes, so order and files do not matter.

A row's hash has two lanes of 64 bits. A cell adds ``mix(value, column key)`` to both, a missing cell
adds two constants of its column; the finished lanes are mixed once more and summed over rows modulo
``2**128``. Keys come from BLAKE2b of the names. Integers enter by value, so their width does not
matter; strings by the BLAKE2b of their bytes, so codes do not matter; floats by their bits, with
-0.0 as 0.0. The arithmetic is of whole numbers only: any machine gives the same digest.

The mixing is fast, not cryptographic: it tells contents apart, it does not stop a forger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np

from omnisim.jit import njit

_ROWS_AT_ONCE = 32768  # two lanes of 256 kB stay in the second-level cache
_SMALL_LIST = 1000  # longer lists of strings are not worth remembering

# Odd constants with balanced bits: the golden ratio, and the multipliers of SplitMix64
# (Steele, Lea & Flood, 2014. Fast splittable pseudorandom number generators. OOPSLA).
_A = np.uint64(0x9E3779B97F4A7C15)
_B = np.uint64(0xBF58476D1CE4E5B9)
_C = np.uint64(0x94D049BB133111EB)
_27, _29, _31, _32 = np.uint64(27), np.uint64(29), np.uint64(31), np.uint64(32)


@dataclass(frozen=True, slots=True)
class Codes:
    """A column of strings as positions in a list of distinct strings.

    Attributes
    ----------
    codes : array of int8, int16 or int32
        Position in `names`; -1 is missing.
    names : tuple of str
        Distinct strings.
    """

    codes: Any
    names: tuple[str, ...]

    @classmethod
    def of(cls, values: Sequence[str]) -> Codes:
        """Codes of a few strings, in order of first appearance.

        Examples
        --------
        >>> Codes.of(["b", "a", "b"]).names
        ('b', 'a')
        """
        names = tuple(dict.fromkeys(values))
        position = {name: k for k, name in enumerate(names)}
        return cls(np.array([position[value] for value in values], np.int32), names)

    def __len__(self) -> int:
        return len(self.codes)


def row_digest(
    table: str, columns: Mapping[str, Any], nulls: Mapping[str, Any] | None = None
) -> int:
    """Sum of the hashes of the given rows, modulo ``2**128``.

    Parameters
    ----------
    table : str
        Name of the table; other tables give other digests for the same rows.
    columns : mapping of str to array or Codes
        Integers, booleans or floats, all of one length; strings as :class:`Codes`.
    nulls : mapping of str to array of bool, optional
        Where a column has no value; what lies under it does not count.

    Returns
    -------
    int
        In ``[0, 2**128)``. Digests of parts of a table add up: see :func:`combine`.

    Examples
    --------
    >>> whole = row_digest("t", {"a": np.array([1, 2, 3])})
    >>> parts = [row_digest("t", {"a": np.array(part)}) for part in ([3], [2, 1])]
    >>> whole == combine(parts)
    True
    """
    given = nulls or {}
    n_rows = len(next(iter(columns.values()))) if columns else 0
    lanes = np.empty((2, min(n_rows, _ROWS_AT_ONCE)), np.uint64)
    prepared = [_prepare(name, column, given.get(name)) for name, column in columns.items()]
    row_keys = _keys(f"table {table}")
    total = 0
    with np.errstate(over="ignore"):  # wrapping is meant; only plain Python would warn
        for start in range(0, n_rows, _ROWS_AT_ONCE):
            rows = slice(start, min(start + _ROWS_AT_ONCE, n_rows))
            block = lanes[:, : rows.stop - start]
            block[:] = 0
            for column in prepared:
                column.add(block, rows)
            low, high = _finish(block[0], block[1], row_keys[0], row_keys[1])
            total += (int(high) << 64) + int(low)
    return total % 2**128


def combine(digests: Iterable[int]) -> int:
    """Digest of a table from those of its parts, in any order.

    Examples
    --------
    >>> combine([2**128 - 1, 2])
    1
    """
    return sum(digests) % 2**128


def digest_text(digest: int) -> str:
    """A digest as it stands in the manifest: 32 hex digits.

    Examples
    --------
    >>> digest_text(255)
    '000000000000000000000000000000ff'
    """
    return f"{digest:032x}"


@dataclass(frozen=True, slots=True)
class _Values:
    values: Any  # int64-like or narrower
    is_null: Any  # bool, or empty when nothing is missing
    keys: Any  # two for values, two for a missing one

    def add(self, lanes: Any, rows: slice) -> None:
        values = np.ascontiguousarray(self.values[rows], np.int64).view(np.uint64)
        if self.is_null.size:
            _add_nullable(values, _writable(self.is_null[rows]), lanes[0], lanes[1], self.keys)
        else:
            _add(_writable(values), lanes[0], lanes[1], self.keys)


@dataclass(frozen=True, slots=True)
class _Strings:
    codes: Any
    hashes: Any  # (2, n + 1); the first is that of a missing string

    def add(self, lanes: Any, rows: slice) -> None:
        codes = np.ascontiguousarray(self.codes[rows], np.int64)
        _add_looked_up(_writable(codes), lanes[0], lanes[1], self.hashes[0], self.hashes[1])


def _prepare(name: str, column: Any, is_null: Any) -> _Values | _Strings:
    if isinstance(column, Codes):
        if len(column.names) <= _SMALL_LIST:
            return _Strings(column.codes, _remembered_hashes(name, column.names))
        return _Strings(column.codes, _hashes(name, column.names))
    values = np.asarray(column)
    if values.dtype.kind == "f":
        values = np.asarray(values, np.float64) + 0.0  # turns -0.0 into 0.0
        values[np.isnan(values)] = np.nan  # of the many NaNs, one
        values = values.view(np.int64)
    nothing = np.empty(0, bool) if is_null is None else np.asarray(is_null)
    return _Values(values, nothing, _keys(f"column {name}"))


def _writable(values: Any) -> Any:
    """One array type for the compiler: Arrow's buffers are read-only, NumPy's are not."""
    contiguous = np.ascontiguousarray(values)
    return contiguous if contiguous.flags.writeable else contiguous.copy()


@lru_cache(maxsize=4096)
def _keys(name: str) -> Any:
    digest = blake2b(name.encode(), digest_size=32).digest()
    return np.frombuffer(digest, "<u8").astype(np.uint64)


def _hashes(name: str, strings: tuple[str, ...]) -> Any:
    """Lanes of each distinct string, shape (2, n + 1)."""
    keyed = blake2b(f"string {name}\n".encode(), digest_size=16)
    found = bytearray()
    for string in strings:
        one = keyed.copy()
        one.update(string.encode())
        found += one.digest()
    lanes = np.empty((2, len(strings) + 1), np.uint64)
    lanes[:, 1:] = np.frombuffer(bytes(found), "<u8").reshape(-1, 2).T
    lanes[:, 0] = _keys(f"column {name}")[2:]
    return lanes


_remembered_hashes = lru_cache(maxsize=1024)(_hashes)


@njit
def _add(values: Any, lane0: Any, lane1: Any, keys: Any) -> None:
    """Add the hash of each value to its row."""
    key0, key1 = keys[0], keys[1]
    for row in range(values.size):
        first = (values[row] ^ key0) * _A
        first = (first ^ (first >> _32)) * _B
        second = (first ^ (first >> _29) ^ key1) * _C
        lane0[row] += first
        lane1[row] += second ^ (second >> _32)


@njit
def _add_nullable(values: Any, is_null: Any, lane0: Any, lane1: Any, keys: Any) -> None:
    """Add the hash of each value, or that of a missing one, to its row."""
    key0, key1, null0, null1 = keys[0], keys[1], keys[2], keys[3]
    for row in range(values.size):
        first = (values[row] ^ key0) * _A
        first = (first ^ (first >> _32)) * _B
        second = (first ^ (first >> _29) ^ key1) * _C
        second ^= second >> _32
        lane0[row] += null0 if is_null[row] else first
        lane1[row] += null1 if is_null[row] else second


@njit
def _add_looked_up(codes: Any, lane0: Any, lane1: Any, hash0: Any, hash1: Any) -> None:
    """Add the hash of each string to its row; code -1 finds the first entry."""
    for row in range(codes.size):
        place = np.uint64(codes[row] + 1)
        lane0[row] += hash0[place]
        lane1[row] += hash1[place]


@njit
def _finish(lane0: Any, lane1: Any, key0: Any, key1: Any) -> tuple[Any, Any]:
    """Mix each row's lanes and sum the rows: the low and the high half of a 128-bit number."""
    low, high = np.uint64(0), np.uint64(0)
    for row in range(lane0.size):
        first = (lane0[row] + key0) * _A
        first = (first ^ (first >> _31)) * _B
        first ^= first >> _27
        second = ((lane1[row] ^ first) + key1) * _C
        second = (second ^ (second >> _31)) * _B
        second ^= second >> _29
        low += first
        if low < first:
            high += np.uint64(1)
        high += second
    return low, high
