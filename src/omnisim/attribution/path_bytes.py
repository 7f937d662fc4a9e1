"""Path texts cut into channel codes, straight from the bytes: one pass, no Python strings.

Each contact is found, hashed and looked up in words of eight bytes. The separator's first byte is
searched a word at a time (Mycroft 1987). A hash only says where to look: two contacts count as the
same when their bytes are. UTF-8 needs no care, as no character's bytes occur within another's.

References
----------
Mycroft, A. (1987). Zero-byte detection. comp.arch; in Warren, H. S. (2012), Hacker's Delight, 6-1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from omnisim.jit import njit

MOST_NAMES = 32_767  # what an int16 code can tell apart
TOO_MANY_NAMES = -1
_SLOT_BITS = 16  # at most half of the slots are taken
_ONES = np.uint64(0x0101010101010101)
_HIGH = np.uint64(0x8080808080808080)
_MIX = np.uint64(0x9E3779B97F4A7C15)  # the golden ratio: odd, with balanced bits
_0, _1, _8, _32, _56 = np.uint64(0), np.uint64(1), np.uint64(8), np.uint64(32), np.uint64(56)
_TO_SLOT = np.uint64(64 - _SLOT_BITS)

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]


def cut_paths(
    text: Bytes, ends: Places, separator: bytes, bare: bytes
) -> tuple[npt.NDArray[np.int16], Places, list[bytes]] | None:
    """Contacts of paths that lie one after the other.

    Parameters
    ----------
    text : array of uint8
        Bytes of all paths.
    ends : array, shape (n_paths + 1,)
        Path `j` is ``text[ends[j]:ends[j + 1]]``.
    separator : bytes
        What stands between two contacts, not empty.
    bare : bytes
        The path that has no contact.

    Returns
    -------
    codes : array, shape (n_touches,)
        Place of each contact's name in `names`.
    offsets : array, shape (n_paths + 1,)
        Contacts of path `j` are ``codes[offsets[j]:offsets[j + 1]]``.
    names : list of bytes
        Distinct names in order of appearance.

    None when there are more than `MOST_NAMES` names.

    Examples
    --------
    >>> text = np.frombuffer(b"b>a>bc", np.uint8)
    >>> codes, offsets, names = cut_paths(text, np.array([0, 5, 6]), b">", b"-")
    >>> codes.tolist(), offsets.tolist(), names
    ([0, 1, 0, 2], [0, 3, 4], [b'b', b'a', b'c'])
    """
    room = int(ends[-1] - ends[0]) // len(separator) + len(ends) - 1
    codes = np.empty(room, dtype=np.int16)
    offsets = np.empty(len(ends), dtype=np.int64)
    marks = (np.frombuffer(separator, np.uint8), np.frombuffer(bare, np.uint8))
    # A word may be read wherever a path has a byte, so the last few paths need room behind them.
    safe = max(int(np.searchsorted(ends, len(text) - 8, side="right")) - 1, 0)
    tail = np.concatenate([text[ends[safe] : ends[-1]], np.zeros(8, dtype=np.uint8)])
    n_first, first = _cut_part(text, ends[: safe + 1], marks, codes, offsets[: safe + 1])
    if n_first == TOO_MANY_NAMES:
        return None
    n_last, last = _cut_part(tail, ends[safe:] - ends[safe], marks, codes[n_first:], offsets[safe:])
    names = list(dict.fromkeys([*first, *last]))
    if n_last == TOO_MANY_NAMES or len(names) > MOST_NAMES:
        return None
    offsets[safe:] += n_first
    place = {name: k for k, name in enumerate(names)}
    new = np.array([place[name] for name in last], dtype=np.int16)
    rename(codes[n_first : n_first + n_last], new)
    codes.resize(n_first + n_last, refcheck=False)
    return codes, offsets, names


def _cut_part(
    text: Bytes, ends: Places, marks: tuple[Bytes, Bytes], codes: Any, offsets: Places
) -> tuple[int, list[bytes]]:
    """Fill `codes` and `offsets` of paths with room behind them; gives number and names."""
    given, ends = text.view(), ends.view()
    given.flags.writeable = ends.flags.writeable = False  # one compiled version for all owners
    spans = np.empty((MOST_NAMES, 2), dtype=np.int64)
    # The eight bytes from each place on.
    words = np.ndarray(max(len(given) - 7, 0), dtype="<u8", buffer=given, strides=(1,))
    n_touches, n_names = _cut(given, words, ends, *marks, codes, offsets, spans)
    return n_touches, [given[a:b].tobytes() for a, b in spans[:n_names]]


@njit
def rename(codes: npt.NDArray[np.int16], new: npt.NDArray[np.int16]) -> None:
    """Put ``new[code]`` in place of every code."""
    for k in range(len(codes)):
        codes[k] = new[codes[k]]


@njit(inline="always")
def _word(words: Any, place: Any, n: Any) -> Any:
    """The `n` bytes from a place, at most eight, the first one lowest; zeros beyond them."""
    word = words[np.uint64(place)]
    beyond = np.uint64(8 * max(8 - n, 0))
    return (word << beyond) >> beyond


@njit(inline="always")
def _mixed(key: Any, word: Any) -> Any:
    key = (key ^ word) * _MIX
    return key ^ (key >> _32)


@njit
def _begins_with(text: Any, start: Any, end: Any, wanted: Any) -> bool:
    """Whether `wanted` stands at `start`, before `end`."""
    if start + len(wanted) > end:
        return False
    for k in range(len(wanted)):  # noqa: SIM110 (compiled code is faster so)
        if text[np.uint64(start + k)] != wanted[np.uint64(k)]:
            return False
    return True


@njit
def _is_same(words: Any, one: Any, other: Any, n: Any) -> bool:
    """Whether the `n` bytes from two places are the same."""
    for k in range(0, n, 8):  # nothing to compare when n <= 0
        if _word(words, one + k, n - k) != _word(words, other + k, n - k):
            return False
    return True


@njit
def _contact(text: Any, words: Any, start: Any, end: Any, separator: Any) -> Any:
    """Where the contact from `start` ends, its first two words, and the hash of the rest."""
    pattern = np.uint64(separator[0]) * _ONES
    first, second, rest = _0, _0, _0
    place = start
    while place < end:
        word = _word(words, place, end - place)
        other = word ^ pattern
        found = (other - _ONES) & ~other & _HIGH  # the lowest bit set marks a first byte
        stop = end
        while found != _0:
            below = ((found & (~found + _1)) - _1) & _ONES
            n = np.int64((below * _ONES) >> _56) - 1  # bytes before it
            if _begins_with(text, place + n, end, separator):
                stop = place + n
                word &= (_1 << (_8 * np.uint64(n))) - _1
                break
            found &= found - _1  # bits above the first may be false, and are tried like any other
        if place == start:
            first = word
        elif place == start + 8:
            second = word
        elif stop > place:
            rest = _mixed(rest, word)
        if stop < end:
            return stop, first, second, rest
        place += 8
    return end, first, second, rest


@njit
def _cut(
    text: Any,
    words: Any,
    ends: Any,
    separator: Any,
    bare: Any,
    codes: Any,
    offsets: Any,
    spans: Any,
) -> Any:
    """Fill `codes`, `offsets` and the bytes of each name; gives the number of contacts and names."""
    n_slots = 1 << _SLOT_BITS
    slots = np.full(n_slots, -1, dtype=np.int16)
    firsts = np.empty(len(spans), dtype=np.uint64)
    seconds = np.empty(len(spans), dtype=np.uint64)
    n_touches, n_names = 0, 0
    for path in range(len(ends) - 1):
        offsets[path] = n_touches
        start, end = ends[path], ends[path + 1]
        if end - start == len(bare) and _begins_with(text, start, end, bare):
            continue
        while True:
            stop, first, second, rest = _contact(text, words, start, end, separator)
            n = stop - start
            key = (first ^ np.uint64(n) ^ rest) * _MIX ^ second
            key = (key ^ (key >> _32)) * _MIX
            slot = np.int64(key >> _TO_SLOT)
            code = slots[slot]
            while code >= 0 and not (
                firsts[code] == first
                and seconds[code] == second
                and spans[code, 1] - spans[code, 0] == n
                and _is_same(words, start + 16, spans[code, 0] + 16, n - 16)
            ):
                slot = (slot + 1) & (n_slots - 1)
                code = slots[slot]
            if code < 0:
                if n_names == len(spans):
                    return TOO_MANY_NAMES, n_names
                code = np.int16(n_names)
                slots[slot] = code
                firsts[code] = first
                seconds[code] = second
                spans[code, 0], spans[code, 1] = start, stop
                n_names += 1
            codes[n_touches] = code
            n_touches += 1
            if stop == end:
                break
            start = stop + len(separator)
    offsets[len(ends) - 1] = n_touches
    return n_touches, n_names
