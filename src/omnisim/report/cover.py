"""Metadata of a report folder: what the cover and the running heads say, the look, and the numbers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from omnisim.language import long_date, long_period, say
from omnisim.report import picks, rows
from omnisim.report.engagement import Colours, OpenedEngagement
from omnisim.report.escape import escape, key, plain
from omnisim.report.font_files import BRAND_FAMILY
from omnisim.report.lint.foreign import NAMES
from omnisim.report.loading import BRIEF, Run
from omnisim.report.wording import counted, worded
from omnisim.results import format_estimate, format_number

_TINT = 0.93  # how much white is in the ground of a message


def metadata(run: Run, opened: OpenedEngagement, *, lang: str = "en") -> dict[str, Any]:
    """What ``results.yml`` beside the generated parts holds, texts already escaped."""
    names = {} if lang == "en" else {NAMES: _names(run, opened)}
    return {
        **_cover(run, opened, lang),
        "om-date": run.source.last_date,  # of the finished files, whoever makes them
        **_look(opened),
        **names,
        "results": _numbers(run, lang),
    }


def _names(run: Run, opened: OpenedEngagement) -> list[str]:
    """What stays as it is in every language: names given by the client, and that of the data."""
    given = opened.engagement
    names = [given.client, given.audience, given.author, given.confidentiality]
    names += [given.currency.name, given.stage.name, run.source.dataset]
    names += [str(run.info.get(key) or "") for key in ("client", "confidentiality")]
    return [name for name in dict.fromkeys(map(plain, names)) if name]


def _cover(run: Run, opened: OpenedEngagement, lang: str) -> dict[str, Any]:
    def words(text: str) -> str:
        return escape(worded(text, lang))

    engagement, source = opened.engagement, run.source
    first, last = _days(run)
    simulated = words(say("Simulated retailer ({dataset})", dataset=source.dataset))
    default = simulated if source.is_simulated else escape(source.dataset)
    client = plain(engagement.client) or plain(run.info.get("client") or "")
    secrecy = engagement.confidentiality or run.info.get("confidentiality")
    amounts = source.currency
    if engagement.currency.name:
        amounts = say("{name} ({code})", name=engagement.currency.name, code=source.currency)
    data = say(
        "Data: {dataset}, {first} to {last} ({n_days} days), amounts in {currency}",
        dataset=source.dataset,
        first=long_date(first),
        last=long_date(last),
        n_days=f"{(last - first).days + 1:,}",
        currency=amounts,
    )
    audience, author = plain(engagement.audience), plain(engagement.author)
    cover = {
        "client": escape(client) or default,
        "audience": words(say("Prepared for {name}", name=audience)) if audience else "",
        "prepared-by": words(say("Prepared by {name}", name=author)) if author else "",
        "om-author": escape(engagement.author),
        "report-date": words(long_date(last)),
        "confidentiality": words(secrecy or say("Confidential")),
        "data-line": words(data),
    }
    if source.is_simulated:
        cover["simulated-mark"] = words(say("Simulated data"))
        cover["subject"] = cover["simulated-mark"]
    return {name: text for name, text in cover.items() if text}


def _look(opened: OpenedEngagement) -> dict[str, str]:
    """What differs from the usual look: colours as red, green and blue, the font, the logo."""
    colours, usual = opened.engagement.colours, Colours()
    look = {
        f"om-{name}": _channels(getattr(colours, name))
        for name in Colours.model_fields
        if getattr(colours, name) != getattr(usual, name)
    }
    if "om-accent" in look:
        look["om-tint"] = _channels(colours.accent, white=_TINT)
    if opened.engagement.fonts.family != BRAND_FAMILY:
        look["mainfont"] = opened.engagement.fonts.family
    if opened.logo is not None:
        look["om-logo"] = f"_generated/{opened.logo.name}"
        look["om-logo-width"] = f"{opened.logo.width:g}mm"
    return look


def _channels(colour: str, *, white: float = 0.0) -> str:
    """``#0B7A75`` as ``11, 122, 117``, which CSS and Typst both read, mixed with white."""
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return ", ".join(str(round(part + (255 - part) * white)) for part in parts)


def _days(run: Run) -> tuple[dt.date, dt.date]:
    return (
        dt.date.fromisoformat(run.source.first_date),
        dt.date.fromisoformat(run.source.last_date),
    )


def _numbers(run: Run, lang: str) -> dict[str, Any]:
    def words(text: str) -> str:
        return escape(worded(text, lang))

    source = run.source
    first, last = _days(run)
    period = long_period(first, last)
    answered = {name: r for name, r in run.results.items() if not name.endswith(BRIEF)}
    numbers: dict[str, Any] = {
        "dataset": escape(source.dataset),
        "dataset_hash": escape(source.dataset_hash),
        "currency": escape(source.currency),
        "period": words(period),
        "n_days": f"{(last - first).days + 1:,}",
        "n_questions": str(len(answered)),
        "n_findings": str(len(picks.top_findings(replace(run, results=answered)))),
    }
    for name, result in run.results.items():
        numbers[key(name)] = {
            "answer": words(result.answer),
            **{
                key(e.name): {
                    "value": words(format_number(e.value, e.unit)),
                    "range": words(rows.range_text(e)),
                    "text": words(format_estimate(e)),
                    "base": words(counted(e.n, e.n_of)),
                }
                for e in result.estimates
            },
        }
    return numbers
