"""Sentences about the current state, made from the scorecard."""

from __future__ import annotations

from omnisim.language import join_sentences, join_texts, listed, respelled, say
from omnisim.metrics.maturity import DomainMaturity, domain_name
from omnisim.metrics.scorecard import Scorecard
from omnisim.metrics.titles import DIMENSION_OK, growth_words, number_text
from omnisim.results import Check, Finding, format_estimate, format_number, format_range

STOCK_OUT_TARGET = 0.05  # the literature's target for location-SKU-days
SYNC_TARGET = 0.01  # and for units wrong in the system
OTIF_TARGET = 0.95
FEW_ANSWERS = 0.30  # below, silence says more than the score


def overview_answer(card: Scorecard, profile: tuple[DomainMaturity, ...]) -> str:
    """What this retailer looks like, in two or three sentences."""
    if not card.has("aov"):
        return say("The data hold no completed orders, so what the retailer sells cannot be said.")
    sentences = [_sales_sentence(card)]
    if card.has("identities_per_account") and card.has("account_order_share"):
        sentences.append(
            say(
                "One account appears as {identities} on average, and {share} of orders carry an"
                " account.",
                identities=number_text(card, "identities_per_account"),
                share=number_text(card, "account_order_share"),
            )
        )
    failed = [domain_name(d.domain) for d in profile if d.possible < DIMENSION_OK]
    if failed:
        names = [respelled(name, name.lower()) for name in failed]
        sentences.append(
            say(
                "Measured evidence already rules out level {level} for {names}.",
                level=DIMENSION_OK,
                names=join_texts(names, by=", ", zh="、"),
            )
        )
    return join_sentences(*sentences)


def _sales_sentence(card: Scorecard) -> str:
    """How much is sold, where, in how many orders, and whether it grows."""
    aov = card.metric("aov")
    yearly = number_text(card, "annual_net_sales")
    parts = [
        say(
            "The retailer sells {yearly}, {share} of it outside stores",
            yearly=yearly,
            share=number_text(card, "online_share"),
        )
        if card.has("online_share")
        else say("The retailer sells {yearly}", yearly=yearly),
        say(
            "the data hold {orders} of {each} each",
            orders=number_text(card, "orders"),
            each=format_number(aov.value, aov.unit.partition("/")[0]),
        ),
    ]
    if card.has("growth"):
        parts.append(growth_words(card.metric("growth")))
    return say("{text}.", text=join_texts(parts, by="; ", zh="；"))


def overview_checks(card: Scorecard) -> tuple[Check, ...]:
    """Whether the numbers are believable and complete."""
    verdicts = card.plausibility()
    odd = verdicts[verdicts["verdict"] == "implausible"]["name"].tolist()
    labels = {m.name: m.label for m in card.metrics}
    missing = [item.reason for item in card.unmeasured]
    return (
        Check(
            name="plausible",
            label=say("Measures lie inside published bounds"),
            passed=not odd,
            value=float(len(odd)),
            threshold=0.0,
            sentence=(
                say("All {n} measures with published bounds lie inside them.", n=len(verdicts))
                if not odd
                else say(
                    "Outside all published bounds: {names}.",
                    names=join_texts([labels[name] for name in odd], by=", ", zh="、"),
                )
            ),
        ),
        Check(
            name="complete",
            label=say("Every measure could be taken"),
            passed=not missing,
            value=float(len(missing)),
            threshold=0.0,
            sentence=(
                say("Every measure of the scorecard could be taken.")
                if not missing
                else say("Not taken: {reasons}.", reasons=join_texts(missing, by="; ", zh="；"))
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
        say(
            "One customer is seen as {identities}: the data are in pieces",
            identities=number_text(card, "identities_per_account"),
        )
        if fragmented
        else say("Most customers are seen as one")
    )
    linked = {
        "identities": format_estimate(per.estimate()),
        "share": format_number(share.value, "share"),
    }
    finding = (
        say(
            "An account is linked to {identities} on average; {share} of orders carry an account, and"
            " {twins} of accounts share name, birth year and city with another one.",
            twins=number_text(card, "duplicate_account_share"),
            **linked,
        )
        if card.has("duplicate_account_share")
        else say(
            "An account is linked to {identities} on average; {share} of orders carry an account.",
            **linked,
        )
    )
    so_what = (
        say(
            "Budgets, tests and segments that count identities instead of people will be wrong; sales"
            " of {sales} cannot be tied to any account.",
            sales=number_text(card, "annual_sales_without_account"),
        )
        if sized
        else say(
            "Budgets, tests and segments that count identities instead of people will be wrong."
        )
    )
    return Finding(
        headline=headline,
        finding=finding,
        so_what=so_what,
        recommendation=(
            say(
                "Link accounts, cards and devices in one customer view; measure precision and recall"
                " on a labelled sample before using it for decisions."
            )
            if fragmented or low < 0.6
            else say("Keep the share of recognised orders as a KPI of each channel.")
        ),
        value_name="annual_sales_without_account" if sized else "",
        owner_role=say("Chief data officer"),
        effort="high" if fragmented else "low",
        confidence="high" if share.n >= 1000 else "medium",
        confidence_why=say(
            "counted over {orders} orders and {accounts} accounts; duplicates by exact match only, so"
            " a lower limit",
            orders=f"{share.n:,}",
            accounts=f"{per.n:,}",
        ),
        horizon="now" if fragmented else "later",
    )


def _stock_finding(card: Scorecard) -> Finding:
    out, sync = card.metric("stock_out_rate"), card.metric("sync_error")
    misses = []
    if (out.ci_low or 0) > STOCK_OUT_TARGET:
        misses.append(
            say("stock-outs above {target}", target=format_number(STOCK_OUT_TARGET, "share"))
        )
    if (sync.ci_low or 0) > SYNC_TARGET:
        misses.append(
            say("a sync error above {target}", target=format_number(SYNC_TARGET, "share"))
        )
    if card.has("otif") and (card.metric("otif").ci_high or 1) < OTIF_TARGET:
        misses.append(
            say(
                "fewer than {target} of orders on time and in full",
                target=format_number(OTIF_TARGET, "share"),
            )
        )
    found = {
        "out": format_estimate(out.estimate()),
        "wrong": format_estimate(sync.estimate()),
    }
    finding = (
        say(
            "{out} of location-SKU-days could not be sold; the system is wrong by {wrong} of the"
            " units counted; {punctual} of orders due came on time.",
            punctual=format_estimate(card.metric("otif").estimate()),
            **found,
        )
        if card.has("otif")
        else say(
            "{out} of location-SKU-days could not be sold; the system is wrong by {wrong} of the"
            " units counted.",
            **found,
        )
    )
    return Finding(
        headline=(
            say("Stock and delivery miss their targets: {misses}", misses=listed(misses))
            if misses
            else say("Stock and delivery show no proven miss of their targets")
        ),
        finding=finding,
        so_what=(
            say(
                "Demand is lost where it cannot be served, and the loss is invisible in sales; the"
                " risk assessment sizes it."
            )
            if misses
            else say("Integration can build on this stock data; pooling still needs its own case.")
        ),
        recommendation=(
            say("Bring stock into one real-time pool before promising more to customers.")
            if misses
            else say("Keep counting, and hold the targets as gates of the roadmap.")
        ),
        value_name="",
        owner_role=say("Head of supply chain"),
        effort="high" if misses else "low",
        confidence="high",
        confidence_why=say(
            "{skus} SKUs in the snapshots and {counts} stock counts",
            skus=f"{out.n:,}",
            counts=f"{sync.n:,}",
        ),
        horizon="now" if misses else "later",
    )


def _nps_finding(card: Scorecard) -> Finding:
    nps, rate = card.metric("nps"), card.metric("nps_response_rate")
    few = rate.value < FEW_ANSWERS
    low, high = nps.ci_low or 0.0, nps.ci_high or 0.0
    if low > 0:
        verdict = say("More customers recommend the retailer than advise against it")
    elif high < 0:
        verdict = say("More customers advise against the retailer than recommend it")
    else:
        verdict = say("Recommenders and critics are too close to tell apart")
    if few:
        verdict = say(
            "{verdict}, but only {share} answered",
            verdict=verdict,
            share=format_number(rate.value, "share"),
        )
    return Finding(
        headline=verdict,
        finding=say(
            "The net promoter score is {score} (95% interval {reach}) from {answers} answers to"
            " {invited} invitations.",
            score=format_number(nps.value, "points"),
            reach=format_range(low, high, "points"),
            answers=f"{nps.n:,}",
            invited=f"{rate.n:,}",
        ),
        so_what=(
            say(
                "The interval covers who was drawn, not who kept silent: the score of all customers"
                " may lie outside it."
            )
            if few
            else say("The score can serve as a baseline for changes of this size.")
        ),
        recommendation=(
            say("Follow up a random sample of the silent before acting on the score.")
            if few
            else say("Track the net promoter score by channel, with its interval.")
        ),
        value_name="",
        owner_role=say("Head of customer experience"),
        effort="low",
        confidence="low" if few else "medium",
        confidence_why=say("response rate {share}", share=format_number(rate.value, "share")),
        horizon="next",
    )
