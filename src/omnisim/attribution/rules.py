"""The conventions by which contacts become journeys."""

from __future__ import annotations

import math
from dataclasses import dataclass

from omnisim.errors import DesignError
from omnisim.schema.channels import TOUCH_KINDS

NO_TOUCH = "(none)"

# Names that would be mistaken for a state of the journey.
RESERVED_CHANNELS = frozenset(
    {NO_TOUCH, "(start)", "start", "(null)", "null", "(conversion)", "conversion"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyRules:
    """How contacts and orders are joined into journeys.

    Fixed conventions: every completed order closes one journey, so a person may have several; a
    contact in the same millisecond as an order comes before it; contacts after the last order, and
    contacts too old for the order they precede, form non-converting journeys; a completed order
    without contacts stays as an empty journey, credited to ``(none)``; cancelled orders close
    nothing. Thus every completed order and every counted contact is in exactly one journey.

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
