"""The conventions by which contacts become journeys."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Literal, get_args, get_type_hints

from omnisim.errors import DesignError
from omnisim.schema.channels import TOUCH_KINDS

NO_TOUCH = "(none)"
UNKNOWN_CHANNEL = "(unknown)"
STORE_CHANNEL, CALL_CHANNEL = "store_visit", "call_centre"

# Names that would be mistaken for a state of the journey.
RESERVED_CHANNELS = frozenset(
    {NO_TOUCH, "(start)", "start", "(null)", "null", "(conversion)", "conversion"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyRules:
    """How contacts and orders are joined into journeys.

    Fixed conventions: every completed order that counts closes one journey; contacts too old for
    the order they precede form non-converting journeys; cancelled orders close nothing. By default
    every completed order and every counted contact is in exactly one journey; what a switch leaves
    out is counted in :class:`~omnisim.attribution.JourneyCounts`, so the accounts always add up.

    Attributes
    ----------
    lookback_days : float
        A contact can be credited for an order at most so many days later, > 0. A non-converting
        journey also ends after so many days of silence.
    stitch_identities : bool
        Join identities that the retailer linked to one account. Without it each cookie or card is
        a person of its own.
    touch_kinds : tuple of str
        Kinds of contact that count. Impressions and messages sent are left out by default: they
        are logged whether or not anybody looked.
    ties : str
        A contact in the same millisecond as an order comes before it (``touch_first``: the click
        that ends in the order is often logged with it) or after it (``order_first``).
    several_orders : str
        ``split``: a contact belongs to the next order only. ``reuse``: each order sees all contacts
        within the lookback, also those before an earlier order, so a contact may be in several
        journeys. ``first``: only a person's first order counts (acquisition); later ones are left
        out and counted.
    after_last_order : str
        Contacts after a person's last order form journeys without an order (``journey``), or are
        left out as after-sales contacts (``left_out``).
    direct_contacts : str
        ``keep``, or ``only_if_alone``: direct contacts are ignored in journeys that have any other
        contact (the last-non-direct convention, for every model).
    store_touches, call_touches : bool
        Whether recognised visits to stores and calls are contacts.
    unknown_channel : str
        A contact without a channel is an error (``refuse``) or a contact of the channel
        ``(unknown)`` (``keep``).
    untouched_orders : str
        Orders without a contact stay as empty journeys credited to ``(none)`` (``keep``), or are
        left out (``left_out``), as tools do that know no untracked sales.
    collapse_repeats : bool
        Keep only the first contact of an unbroken run of the same channel.
    merge_duplicates : bool
        Count a contact once when identity, channel, kind and millisecond are all the same.

    Examples
    --------
    >>> JourneyRules(lookback_days=7).touch_kinds
    ('click', 'visit', 'call')
    """

    lookback_days: float = 30.0  # the default window of the large advertising platforms
    stitch_identities: bool = True
    touch_kinds: tuple[str, ...] = ("click", "visit", "call")
    ties: Literal["touch_first", "order_first"] = "touch_first"
    several_orders: Literal["split", "reuse", "first"] = "split"
    after_last_order: Literal["journey", "left_out"] = "journey"
    direct_contacts: Literal["keep", "only_if_alone"] = "keep"
    store_touches: bool = True
    call_touches: bool = True
    unknown_channel: Literal["refuse", "keep"] = "refuse"
    untouched_orders: Literal["keep", "left_out"] = "keep"
    collapse_repeats: bool = False
    merge_duplicates: bool = True

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lookback_days) and self.lookback_days > 0):
            raise DesignError(
                f"lookback_days = {self.lookback_days}: give a number of days > 0, e.g. 30"
            )
        unknown = sorted(set(self.touch_kinds) - set(TOUCH_KINDS))
        if unknown or not self.touch_kinds:
            raise DesignError(
                f"touch_kinds = {self.touch_kinds}: give one or more of {list(TOUCH_KINDS)}"
            )
        hints = get_type_hints(type(self))
        for item in fields(self):
            value, allowed = getattr(self, item.name), get_args(hints[item.name])
            if isinstance(value, str) and value not in allowed:
                raise DesignError(f"{item.name} = {value!r}: give one of {list(allowed)}")

    @property
    def left_out_channels(self) -> tuple[str, ...]:
        """Channels whose contacts do not count."""
        places = ((self.store_touches, STORE_CHANNEL), (self.call_touches, CALL_CHANNEL))
        return tuple(channel for counts, channel in places if not counts)
