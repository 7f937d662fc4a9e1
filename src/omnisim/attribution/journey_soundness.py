"""What must hold before anything is said about journeys."""

from __future__ import annotations

from omnisim.attribution.journey_story import JourneyStory
from omnisim.language import say
from omnisim.results import Check


def journey_checks(story: JourneyStory, *, n_completed: int) -> tuple[Check, ...]:
    """A gate on the accounts, and how far journeys can be seen at all."""
    journeys, counts = story.journeys, story.journeys.counts
    assert counts is not None
    n_in = counts.n_conversions + counts.n_later_orders + counts.n_untouched_left_out
    untracked = journeys.untracked_share
    gone = counts.n_other_kinds + counts.n_other_channels + counts.n_duplicates
    gone += counts.n_after_last_order + counts.n_direct + counts.n_collapsed
    adds_up = counts.n_touchpoints + counts.n_reused == gone + counts.n_touches
    best = story.memory
    return (
        Check(
            name="orders_accounted",
            label="Every order accounted for",
            passed=n_in == n_completed,
            sentence=say(
                "{n} of {of} completed orders are in a journey or left out by a rule that was asked "
                "for.",
                n=f"{n_in:,}",
                of=f"{n_completed:,}",
            ),
            value=float(n_in),
            threshold=float(n_completed),
            is_gate=True,
        ),
        Check(
            name="contacts_accounted",
            label="Every contact accounted for",
            passed=adds_up,
            sentence=say(
                "Of {n} contacts {n_in} are in journeys; {gone} are left out by their kind, as "
                "duplicates, or by a rule.",
                n=f"{counts.n_touchpoints:,}",
                n_in=f"{counts.n_touches:,}",
                gone=f"{gone:,}",
            ),
            value=float(gone + counts.n_touches),
            threshold=float(counts.n_touchpoints + counts.n_reused),
            is_gate=True,
        ),
        Check(
            name="tracked_orders",
            label="Orders with a contact on record",
            passed=untracked <= 0.5,
            sentence=say(
                "{share} of orders have no contact on record; their journeys are unknown.",
                share=f"{untracked:.1%}",
            ),
            value=untracked,
            threshold=0.5,
        ),
        Check(
            name="short_memory",
            label="The next step depends on the last contact alone",
            passed=best.simplest == 1,
            sentence=say(
                "Remembering one contact predicts new customers' next steps as well as remembering "
                "more."
            )
            if best.simplest == 1
            else say(
                "Remembering {n} contacts predicts new customers' next steps better than one; a "
                "first-order chain loses something.",
                n=best.simplest,
            ),
            value=float(best.simplest),
            threshold=1.0,
        ),
    )
