"""The keys of the source systems: every system numbers the same things in its own way.

A key is a keyed bijection of the clean id (the Feistel rounds of :mod:`omnisim.rng.ids`, under a key
of the system's own), so nobody can join systems by luck, and whoever knows the seed can go back:
:func:`clean_ids`. No table of keys is needed to score an integration.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from omnisim.errors import DatasetError
from omnisim.rng import id_key
from omnisim.rng.ids import HALF_BITS, MULTIPLIERS, round_keys, values_of


class RawKey(IntEnum):
    """Who numbers what; permanent numbers, below 98 with 52 bits, from there with 9 digits."""

    RECEIPT = 80  # orders.order_id of the tills
    SHOP_ORDER = 81  # orders.order_id of the web shop, the app and the call centre
    MARKET_ORDER = 82  # orders.order_id of the marketplace
    LINE = 83  # order_lines.order_line_id
    RETURN = 84  # returns.return_id
    CLIENT = 85  # identities.identity_id of cookies
    DEVICE = 86  # identities.identity_id of apps
    SESSION = 87  # sessions.session_id
    # ids of touchpoints, shipments, payments, purchase orders, service contacts, comments and bookings
    EVENT = 88
    CUSTOMER = 89  # customers.customer_id
    SECOND_RECORD = 90  # customers.customer_id of the second record of a customer
    CARD = 91  # identities.identity_id of loyalty cards
    TOKEN = 92  # identities.identity_id of payment tokens
    ADDRESS = 93  # identities.identity_id of e-mail addresses and telephones
    BOT_CLIENT = 94  # sessions.session_id of which a machine's session is modelled
    INVITATION = 95  # survey_invitations.survey_invitation_id
    BOT_SESSION = 96  # sessions.session_id, as above
    BUYER = 97  # identities.identity_id of buyers at the marketplace
    ITEM = 98  # products.sku
    SITE = 99  # locations.location_id


_SHORT = 10**9
_SHORT_FROM = RawKey.ITEM
_HALF = (1 << HALF_BITS) - 1
# One round of rng.ids on the right half of the state `s` under the part `k` of the key.
_PRODUCT = f"xor(s & {_HALF}::UBIGINT, k) * {MULTIPLIERS[0]}::UBIGINT"
_MIXED = (
    f"((xor({_PRODUCT}, ({_PRODUCT}) >> 29) & {(1 << 38) - 1}::UBIGINT) "
    f"* {MULTIPLIERS[1]}::UBIGINT >> 20) & {_HALF}::UBIGINT"
)


def key_macros(seed: int) -> Iterator[str]:
    """SQL that defines one macro per kind of key: ``key_receipt(order_id)`` and so on."""
    for kind in RawKey:
        name = f"key_{kind.name.lower()}"
        if kind >= _SHORT_FROM:
            factor, shift = _short(seed, kind)
            yield f"CREATE MACRO {name}(i) AS (i * {factor}::BIGINT + {shift}) % {_SHORT}"
            continue
        # A lambda per round: written out, the expression would double with every round.
        keys = ", ".join(f"{part}::UBIGINT" for part in round_keys(id_key(seed, kind)))
        yield (
            f"CREATE MACRO {name}(i) AS list_reduce([i::UBIGINT, {keys}], lambda s, k: "
            f"((s & {_HALF}::UBIGINT) << {HALF_BITS}) | xor(s >> {HALF_BITS}, {_MIXED}))::BIGINT"
        )


def clean_ids(kind: RawKey, keys: Iterable[str | int], *, seed: int) -> NDArray[np.int64]:
    """Ids of the clean tables that stand behind keys of a source system.

    Parameters
    ----------
    kind : RawKey
        Who made the keys.
    keys : iterable of str or int
        Keys as exported; letters and signs around the digits do not matter.
    seed : int
        Seed of the dataset, as in its manifest.

    Returns
    -------
    array of int64

    Examples
    --------
    >>> clean_ids(RawKey.SITE, ["S123456789"], seed=7).shape
    (1,)
    """
    numbers = np.array([_number(key) for key in keys], np.uint64)
    if kind >= _SHORT_FROM:
        factor, shift = _short(seed, kind)
        back = pow(factor, -1, _SHORT)
        return np.array([(int(n) - shift) * back % _SHORT for n in numbers], np.int64)
    return values_of(id_key(seed, kind), numbers)


def _number(key: str | int) -> int:
    digits = "".join(sign for sign in str(key) if "0" <= sign <= "9")
    if not digits or int(digits) >= 1 << 52:
        raise DatasetError(f"{key!r} is no key of a source system: give one with up to 16 digits")
    return int(digits)


def _short(seed: int, kind: RawKey) -> tuple[int, int]:
    """Factor (coprime to 10) and shift of a bijection of nine digits."""
    key = int(id_key(seed, kind))
    return (key % 80_000_000) * 10 + 100_000_007, (key >> 32) % _SHORT
