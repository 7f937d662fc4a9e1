"""What became of every row that went into journeys."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyCounts:
    """What became of every row that went in.

    Attributes
    ----------
    n_touchpoints : int
        Contacts given. `n_touchpoints` + `n_reused` = `n_other_kinds` + `n_other_channels` +
        `n_duplicates` + `n_after_last_order` + `n_direct` + `n_collapsed` + `n_touches`.
    n_other_kinds, n_other_channels, n_duplicates : int
        Contacts left out because of their kind, their channel (store, calls), as double records.
    n_after_last_order, n_direct, n_collapsed : int
        Contacts left out as after-sales, as direct beside others, as repeats of a channel.
    n_reused : int
        How often a contact stands in a further journey (``several_orders="reuse"``).
    n_unknown_channel : int
        Counted contacts without a channel.
    n_touches : int
        Contacts inside journeys.
    n_expired : int
        Of these, contacts too old for the order they precede (in non-converting journeys).
    n_orders : int
        Orders given = `n_not_completed` + `n_later_orders` + `n_untouched_left_out` +
        `n_conversions`.
    n_not_completed, n_conversions : int
        Cancelled orders; completed orders in journeys.
    n_later_orders, n_untouched_left_out : int
        Completed orders left out: a person's later ones, those without a contact.
    n_unidentified, n_untouched : int
        Conversions without any identity; identified ones without a contact in the window.
    n_identities, n_unlinked_identities : int
        Identities among the counted contacts; those not linked to an account.
    """

    n_touchpoints: int = 0
    n_other_kinds: int = 0
    n_other_channels: int = 0
    n_duplicates: int = 0
    n_after_last_order: int = 0
    n_direct: int = 0
    n_collapsed: int = 0
    n_reused: int = 0
    n_unknown_channel: int = 0
    n_touches: int = 0
    n_expired: int = 0
    n_orders: int = 0
    n_not_completed: int = 0
    n_later_orders: int = 0
    n_untouched_left_out: int = 0
    n_conversions: int = 0
    n_unidentified: int = 0
    n_untouched: int = 0
    n_identities: int = 0
    n_unlinked_identities: int = 0
