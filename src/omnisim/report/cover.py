"""Metadata of a report folder: what the cover and the running heads say, the look, and the numbers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from omnisim.language import say
from omnisim.report import narrative, rows
from omnisim.report.engagement import Colours, OpenedEngagement
from omnisim.report.escape import escape, key, plain
from omnisim.report.font_files import BRAND_FAMILY
from omnisim.report.loading import BRIEF, Run
from omnisim.report.tables import long_date
from omnisim.results import format_estimate, format_number

_TINT = 0.93  # how much white is in the ground of a message


def metadata(run: Run, opened: OpenedEngagement) -> dict[str, Any]:
    """What ``_generated/results.yml`` holds, texts already escaped."""
    return {**_cover(run, opened), **_look(opened), "results": _numbers(run)}


def _cover(run: Run, opened: OpenedEngagement) -> dict[str, Any]:
    engagement, source = opened.engagement, run.source
    first, last = _days(run)
    simulated = f"Simulated retailer ({source.dataset})"
    default = simulated if source.is_simulated else source.dataset
    client = plain(engagement.client) or plain(run.info.get("client") or "") or default
    secrecy = engagement.confidentiality or run.info.get("confidentiality") or "Confidential"
    amounts = source.currency
    if engagement.currency.name:
        amounts = f"{engagement.currency.name} ({source.currency})"
    cover = {
        "client": escape(client),
        "audience": _said(
            say("Prepared for {name}", name=engagement.audience), engagement.audience
        ),
        "prepared-by": _said(say("Prepared by {name}", name=engagement.author), engagement.author),
        "om-author": escape(engagement.author),
        "report-date": escape(long_date(last)),
        "confidentiality": escape(secrecy),
        "data-line": escape(
            f"Data: {source.dataset}, {long_date(first)} to {long_date(last)} "
            f"({(last - first).days + 1:,} days), amounts in {amounts}"
        ),
    }
    if source.is_simulated:
        cover["simulated-mark"] = "Simulated data"
        cover["subject"] = "Simulated data"
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


def _said(sentence: str, about: str) -> str:
    """A line of the cover; none about nobody."""
    return escape(sentence) if plain(about) else ""


def _days(run: Run) -> tuple[dt.date, dt.date]:
    return (
        dt.date.fromisoformat(run.source.first_date),
        dt.date.fromisoformat(run.source.last_date),
    )


def _numbers(run: Run) -> dict[str, Any]:
    source = run.source
    first, last = _days(run)
    answered = {name: r for name, r in run.results.items() if not name.endswith(BRIEF)}
    numbers: dict[str, Any] = {
        "dataset": escape(source.dataset),
        "dataset_hash": escape(source.dataset_hash),
        "currency": escape(source.currency),
        "period": escape(f"{long_date(first)} to {long_date(last)}"),
        "n_days": f"{(last - first).days + 1:,}",
        "n_questions": str(len(answered)),
        "n_findings": str(len(narrative.top_findings(replace(run, results=answered)))),
    }
    for name, result in run.results.items():
        numbers[key(name)] = {
            "answer": escape(result.answer),
            **{
                key(e.name): {
                    "value": escape(format_number(e.value, e.unit)),
                    "range": escape(rows.range_text(e)),
                    "text": escape(format_estimate(e)),
                    "base": escape(f"{e.n:,} {e.n_of}".strip()),
                }
                for e in result.estimates
            },
        }
    return numbers
