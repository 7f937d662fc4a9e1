"""What must hold before credit is shown, and what it rests on."""

from __future__ import annotations

from omnisim.attribution.readout import Readout
from omnisim.language import say
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
    off = float(abs(readout.table.value.sum(axis=1) - journeys.total_value).max())
    untracked = journeys.untracked_share
    unlinked = counts.n_unlinked_identities / max(counts.n_identities, 1)
    moved = dict(
        zip(readout.sensitivity["changed"], readout.sensitivity["share_moved"], strict=True)
    )
    days = readout.rules.lookback_days
    return (
        Check(
            name="orders_accounted",
            label="Every order in one journey",
            passed=journeys.n_conversions + n_left_out == n_completed,
            sentence=_accounts(journeys.n_conversions, n_completed, n_left_out),
            value=float(journeys.n_conversions),
            threshold=float(n_completed),
            is_gate=True,
        ),
        Check(
            name="credit_adds_up",
            label="Credit adds up",
            # Sums of as many doubles as there are orders: a cent is far above rounding.
            passed=off < 0.01,
            sentence=say(
                "Under every model the credit adds up to the sales of {sales}.",
                sales=format_number(journeys.total_value, readout.currency),
            )
            if off < 0.01
            else say(
                "Credit differs from sales by {amount}.",
                amount=format_number(off, readout.currency),
            ),
            value=off,
            threshold=0.01,
            is_gate=True,
        ),
        Check(
            name="tracked_orders",
            label="Orders with a contact on record",
            passed=untracked <= UNTRACKED_LIMIT,
            sentence=say(
                "{share} of orders have no contact on record ({n_unidentified} without any identity, "
                "{n_untouched} without a contact in the {days} days before).",
                share=format_number(untracked, "share"),
                n_unidentified=f"{counts.n_unidentified:,}",
                n_untouched=f"{counts.n_untouched:,}",
                days=f"{days:g}",
            ),
            value=untracked,
            threshold=UNTRACKED_LIMIT,
        ),
        Check(
            name="linked_identities",
            label="Identities linked to an account",
            passed=unlinked <= UNTRACKED_LIMIT,
            sentence=say(
                "{share} of {n} identities were never linked to an account; journeys across them stay "
                "broken.",
                share=format_number(unlinked, "share"),
                n=f"{counts.n_identities:,}",
            ),
            value=unlinked,
            threshold=UNTRACKED_LIMIT,
        ),
        Check(
            name="stitching_matters_little",
            label="Credit does not hang on joining identities",
            passed=moved["stitching"] <= CONVENTION_LIMIT,
            sentence=say(
                "Without joining identities, {share} of the credit moves to other channels.",
                share=format_number(moved["stitching"], "share"),
            )
            if readout.rules.stitch_identities
            else say(
                "With joining identities, {share} of the credit moves to other channels.",
                share=format_number(moved["stitching"], "share"),
            ),
            value=moved["stitching"],
            threshold=CONVENTION_LIMIT,
        ),
        Check(
            name="lookback_matters_little",
            label="Credit does not hang on the window",
            passed=moved["lookback"] <= CONVENTION_LIMIT,
            sentence=say(
                "With a window of {half} instead of {days} days, {share} of the credit moves to other "
                "channels.",
                half=f"{days / 2:g}",
                days=f"{days:g}",
                share=format_number(moved["lookback"], "share"),
            ),
            value=moved["lookback"],
            threshold=CONVENTION_LIMIT,
        ),
    )


def _accounts(n_in: int, n_completed: int, n_left_out: int) -> str:
    """Where the completed orders are."""
    n, of = f"{n_in:,}", f"{n_completed:,}"
    if not n_left_out:
        return say("{n} of {of} completed orders are in exactly one journey.", n=n, of=of)
    return say(
        "{n} of {of} completed orders are in exactly one journey; {n_left_out} are left out by the "
        "rules asked for.",
        n=n,
        of=of,
        n_left_out=f"{n_left_out:,}",
    )
