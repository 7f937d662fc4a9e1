"""Sentences about the current state, made from the scorecard."""

from __future__ import annotations

from omnisim.metrics.maturity import DomainMaturity
from omnisim.metrics.scorecard import Scorecard
from omnisim.metrics.titles import DIMENSION_OK, growth_words
from omnisim.results import Check, Finding, format_estimate, format_number, format_range

STOCK_OUT_TARGET = 0.05  # the literature's target for location-SKU-days
SYNC_TARGET = 0.01  # and for units wrong in the system
OTIF_TARGET = 0.95
FEW_ANSWERS = 0.30  # below, silence says more than the score


def overview_answer(card: Scorecard, profile: tuple[DomainMaturity, ...]) -> str:
    """What this retailer looks like, in two or three sentences."""
    if not card.has("aov"):
        return "The data hold no completed orders, so what the retailer sells cannot be said."
    aov = card.metric("aov")
    parts = [f"The retailer sells {_text(card, 'annual_net_sales')}"]
    if card.has("online_share"):
        parts.append(f", {_text(card, 'online_share')} of it outside stores")
    parts.append(
        f"; the data hold {_text(card, 'orders')} of"
        f" {format_number(aov.value, aov.unit.partition('/')[0])} each"
    )
    if card.has("growth"):
        parts.append(f"; {growth_words(card.metric('growth'))}")
    sentences = "".join(parts) + "."
    if card.has("identities_per_account") and card.has("account_order_share"):
        sentences += (
            f" One account appears as {_text(card, 'identities_per_account')} on average, and "
            f"{_text(card, 'account_order_share')} of orders carry an account."
        )
    failed = [d for d in profile if d.possible < DIMENSION_OK]
    if failed:
        names = ", ".join(d.domain.name.lower() for d in failed)
        sentences += f" Measured evidence already rules out level {DIMENSION_OK} for {names}."
    return sentences


def overview_checks(card: Scorecard) -> tuple[Check, ...]:
    """Whether the numbers are believable and complete."""
    verdicts = card.plausibility()
    odd = verdicts[verdicts["verdict"] == "implausible"]["name"].tolist()
    labels = {m.name: m.label for m in card.metrics}
    missing = [item.reason for item in card.unmeasured]
    return (
        Check(
            name="plausible",
            label="Measures lie inside published bounds",
            passed=not odd,
            value=float(len(odd)),
            threshold=0.0,
            sentence=(
                f"All {len(verdicts)} measures with published bounds lie inside them."
                if not odd
                else "Outside all published bounds: "
                + ", ".join(labels[name] for name in odd)
                + "."
            ),
        ),
        Check(
            name="complete",
            label="Every measure could be taken",
            passed=not missing,
            value=float(len(missing)),
            threshold=0.0,
            sentence=(
                "Every measure of the scorecard could be taken."
                if not missing
                else "Not taken: " + "; ".join(missing) + "."
            ),
        ),
    )


def overview_findings(card: Scorecard) -> tuple[Finding, ...]:
    """Findings about data, stock and customers, where the tables allow them."""
    made = []
    if card.has("identities_per_account") and card.has("account_order_share"):
        made.append(_identity_finding(card))
    if card.has("stock_out_rate") and card.has("sync_error"):
        made.append(_stock_finding(card))
    if card.has("nps"):
        made.append(_nps_finding(card))
    return tuple(made)


def _identity_finding(card: Scorecard) -> Finding:
    per, share = card.metric("identities_per_account"), card.metric("account_order_share")
    sized = card.has("annual_sales_without_account")
    low = share.ci_low if share.ci_low is not None else share.value
    fragmented = per.value >= 2
    headline = (
        f"One customer is seen as {_text(card, 'identities_per_account')}: the data are in pieces"
        if fragmented
        else "Most customers are seen as one"
    )
    finding = (
        f"An account is linked to {format_estimate(per.estimate())} on average; "
        f"{format_number(share.value, 'share')} of orders carry an account"
    )
    if card.has("duplicate_account_share"):
        finding += (
            f", and {_text(card, 'duplicate_account_share')} of accounts share name, birth year and "
            "city with another one"
        )
    so_what = "Budgets, tests and segments that count identities instead of people will be wrong"
    if sized:
        so_what += f"; sales of {_text(card, 'annual_sales_without_account')} cannot be tied to any account"
    return Finding(
        headline=headline,
        finding=finding + ".",
        so_what=so_what + ".",
        recommendation=(
            "Link accounts, cards and devices in one customer view; measure precision and recall on "
            "a labelled sample before using it for decisions."
            if fragmented or low < 0.6
            else "Keep the share of recognised orders as a KPI of each channel."
        ),
        value_name="annual_sales_without_account" if sized else "",
        owner_role="Chief data officer",
        effort="high" if fragmented else "low",
        confidence="high" if share.n >= 1000 else "medium",
        confidence_why=f"counted over {share.n:,} orders and {per.n:,} accounts; duplicates by exact "
        "match only, so a lower limit",
        horizon="now" if fragmented else "later",
    )


def _stock_finding(card: Scorecard) -> Finding:
    out, sync = card.metric("stock_out_rate"), card.metric("sync_error")
    misses = []
    if (out.ci_low or 0) > STOCK_OUT_TARGET:
        misses.append(f"stock-outs above {format_number(STOCK_OUT_TARGET, 'share')}")
    if (sync.ci_low or 0) > SYNC_TARGET:
        misses.append(f"a sync error above {format_number(SYNC_TARGET, 'share')}")
    if card.has("otif") and (card.metric("otif").ci_high or 1) < OTIF_TARGET:
        misses.append(
            f"fewer than {format_number(OTIF_TARGET, 'share')} of orders on time and in full"
        )
    finding = (
        f"{format_estimate(out.estimate())} of location-SKU-days could not be sold; the system is "
        f"wrong by {format_estimate(sync.estimate())} of the units counted"
    )
    if card.has("otif"):
        finding += f"; {format_estimate(card.metric('otif').estimate())} of orders due came on time"
    return Finding(
        headline=(
            f"Stock and delivery miss their targets: {_list(misses)}"
            if misses
            else "Stock and delivery show no proven miss of their targets"
        ),
        finding=finding + ".",
        so_what=(
            "Demand is lost where it cannot be served, and the loss is invisible in sales; the risk "
            "assessment sizes it."
            if misses
            else "Integration can build on this stock data; pooling still needs its own case."
        ),
        recommendation=(
            "Bring stock into one real-time pool before promising more to customers."
            if misses
            else "Keep counting, and hold the targets as gates of the roadmap."
        ),
        value_name="",
        owner_role="Head of supply chain",
        effort="high" if misses else "low",
        confidence="high",
        confidence_why=f"{out.n:,} SKUs in the snapshots and {sync.n:,} stock counts",
        horizon="now" if misses else "later",
    )


def _nps_finding(card: Scorecard) -> Finding:
    nps, rate = card.metric("nps"), card.metric("nps_response_rate")
    few = rate.value < FEW_ANSWERS
    low, high = nps.ci_low or 0.0, nps.ci_high or 0.0
    if low > 0:
        verdict = "More customers recommend the retailer than advise against it"
    elif high < 0:
        verdict = "More customers advise against the retailer than recommend it"
    else:
        verdict = "Recommenders and critics are too close to tell apart"
    if few:
        verdict += f", but only {format_number(rate.value, 'share')} answered"
    return Finding(
        headline=verdict,
        finding=(
            f"The net promoter score is {format_number(nps.value, 'points')} (95% interval "
            f"{format_range(low, high, 'points')}) from {nps.n:,} answers to {rate.n:,} "
            "invitations."
        ),
        so_what=(
            "The interval covers who was drawn, not who kept silent: the score of all customers may "
            "lie outside it."
            if few
            else "The score can serve as a baseline for changes of this size."
        ),
        recommendation=(
            "Follow up a random sample of the silent before acting on the score."
            if few
            else "Track it by channel with its interval."
        ),
        value_name="",
        owner_role="Head of customer experience",
        effort="low",
        confidence="low" if few else "medium",
        confidence_why=f"response rate {format_number(rate.value, 'share')}",
        horizon="next",
    )


def _text(card: Scorecard, name: str) -> str:
    metric = card.metric(name)
    return format_number(metric.value, metric.unit)


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
