"""What must hold before credit is shown, and what it rests on."""

from __future__ import annotations

from omnisim.attribution.readout import Readout
from omnisim.results import Check, format_number

# More than this share of orders unseen: credit describes a minority of the business.
UNTRACKED_LIMIT = 0.5
# A convention that moves more than this share of credit is a choice the reader must know.
CONVENTION_LIMIT = 0.10


def checks(readout: Readout, *, n_completed: int) -> tuple[Check, ...]:
    """Gates on the accounts, then how much rests on what cannot be seen and on conventions.

    Parameters
    ----------
    readout : Readout
        What was found.
    n_completed : int
        Completed orders counted independently, in the table itself.
    """
    journeys, counts = readout.journeys, readout.journeys.counts
    assert counts is not None  # a readout is always built from tables
    n_left_out = counts.n_later_orders + counts.n_untouched_left_out
    left_out = f"; {n_left_out:,} are left out by the rules asked for" if n_left_out else ""
    off = float(abs(readout.table.value.sum(axis=1) - journeys.total_value).max())
    untracked = journeys.untracked_share
    unlinked = counts.n_unlinked_identities / max(counts.n_identities, 1)
    moved = dict(
        zip(readout.sensitivity["changed"], readout.sensitivity["share_moved"], strict=True)
    )
    toggled = "without" if readout.rules.stitch_identities else "with"
    half = readout.rules.lookback_days / 2
    return (
        Check(
            name="orders_accounted",
            label="Every order in one journey",
            passed=journeys.n_conversions + n_left_out == n_completed,
            sentence=f"{journeys.n_conversions:,} of {n_completed:,} completed orders are in exactly "
            f"one journey{left_out}.",
            value=float(journeys.n_conversions),
            threshold=float(n_completed),
            is_gate=True,
        ),
        Check(
            name="credit_adds_up",
            label="Credit adds up",
            # Sums of as many doubles as there are orders: a cent is far above rounding.
            passed=off < 0.01,
            sentence=f"Under every model the credit adds up to the sales of "
            f"{format_number(journeys.total_value, readout.currency)}."
            if off < 0.01
            else f"Credit differs from sales by {format_number(off, readout.currency)}.",
            value=off,
            threshold=0.01,
            is_gate=True,
        ),
        Check(
            name="tracked_orders",
            label="Orders with a contact on record",
            passed=untracked <= UNTRACKED_LIMIT,
            sentence=f"{format_number(untracked, 'share')} of orders have no contact on record "
            f"({counts.n_unidentified:,} without any identity, {counts.n_untouched:,} without a "
            f"contact in the {readout.rules.lookback_days:g} days before).",
            value=untracked,
            threshold=UNTRACKED_LIMIT,
        ),
        Check(
            name="linked_identities",
            label="Identities linked to an account",
            passed=unlinked <= UNTRACKED_LIMIT,
            sentence=f"{format_number(unlinked, 'share')} of {counts.n_identities:,} identities were "
            "never linked to an account; journeys across them stay broken.",
            value=unlinked,
            threshold=UNTRACKED_LIMIT,
        ),
        Check(
            name="stitching_matters_little",
            label="Credit does not hang on joining identities",
            passed=moved["stitching"] <= CONVENTION_LIMIT,
            sentence=f"{toggled.capitalize()} joining identities, "
            f"{format_number(moved['stitching'], 'share')} of the credit moves to other channels.",
            value=moved["stitching"],
            threshold=CONVENTION_LIMIT,
        ),
        Check(
            name="lookback_matters_little",
            label="Credit does not hang on the window",
            passed=moved["lookback"] <= CONVENTION_LIMIT,
            sentence=f"With a window of {half:g} instead of {readout.rules.lookback_days:g} days, "
            f"{format_number(moved['lookback'], 'share')} of the credit moves to other channels.",
            value=moved["lookback"],
            threshold=CONVENTION_LIMIT,
        ),
    )
