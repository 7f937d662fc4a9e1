"""The engagement file that ``omnisim new`` writes: every field with what it means."""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from omnisim.errors import EngagementError

FILE_NAME = "engagement.yml"
_UNWRITABLE = re.compile("[\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")

_TEXT = """# For whom the documents are written, how they look and what they show. Everything has a default.
# `omnisim check engagement.yml` finds mistakes; `omnisim report` reads it.
{client}  # name on the cover
{sector}  # fashion, beauty, grocery, electronics, home_furnishing, made_to_order, other
{logo}  # PNG, JPEG or SVG in this folder, at most 1 MB
{language}  # en, zh
{currency}  # code as in the data; the name is for the cover
# audience: "the executive committee"
# author: "Jane Doe"
# confidentiality: "Strictly confidential"

# Dark enough to be read on white: a contrast of 4.5 or more.
{colours}  # also ink, muted, alert
# fonts: {{family: "Brand Sans", files: [fonts/BrandSans-Regular.ttf, fonts/BrandSans-Bold.ttf]}}

# Targets agreed with the client, in place of those of the literature; shares between 0 and 1:
# sync_error, account_orders, stock_out_rate, on_time_in_full, satisfied_customers, repeat_rate, members_share
# targets: {{stock_out_rate: 0.04}}

# Where the business stands, and how the blocks of its measures are weighed there; they sum to 1.
# stage: {{name: retention, weights: {{sales: 0.3, customers: 0.4, operations: 0.2, channels: 0.1}}}}

# What was agreed on recommendations, by <question>.<number that sizes it>; an unknown name lists those there are.
# actions: {{ab_test.sales_per_year: {{cost: 25000, owner: "Jane Doe", by: 2026-03-31}}}}

# questions: [overview, attribution, ab_test, effect_evaluation, risk]   # all where nothing is given
# truth: hidden   # leaves out every comparison with the truth of simulated data
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What is known of an engagement when it begins; empty where it is not."""

    client: str = ""
    sector: str = ""
    currency: str = ""
    language: str = ""
    accent: str = ""
    logo: Path | None = None


def engagement_text(brief: Brief) -> str:
    """The file as text, checked to be one that can be read.

    Raises
    ------
    EngagementError
        Naming the field, the value and what is allowed.
    """
    text = _TEXT.format(
        client=_line("client", brief.client, "Acme Ltd."),
        sector=_line("sector", brief.sector, "fashion"),
        logo=_line("logo", logo_name(brief.logo) if brief.logo else "", "logo.svg"),
        language=_line("language", brief.language, "en"),
        currency=_inner("currency", "code", brief.currency, 'code: "USD", name: "US dollars"'),
        colours=_inner("colours", "accent", brief.accent, 'accent: "#0B7A75"'),
    )
    _check(text, brief.logo)
    return text


def logo_name(logo: Path) -> str:
    """Name of the logo in the engagement's folder."""
    return f"logo{logo.suffix.lower()}"


def _line(field: str, value: str, example: str) -> str:
    return f"{field}: {quoted(value)}" if value else f"# {field}: {quoted(example)}"


def _inner(field: str, name: str, value: str, example: str) -> str:
    return f"{field}: {{{name}: {quoted(value)}}}" if value else f"# {field}: {{{example}}}"


def quoted(text: str) -> str:
    """Text in double quotes, as YAML and JSON both read it.

    Examples
    --------
    >>> print(quoted('Café "A": 1'))
    "Café \\"A\\": 1"
    """
    # YAML takes no control characters, and bytes that are no text have no place in a file of text.
    return _UNWRITABLE.sub(
        lambda sign: f"\\u{ord(sign[0]):04x}", json.dumps(text, ensure_ascii=False)
    )


def _check(text: str, logo: Path | None) -> None:
    """Read the file as `omnisim report` will, beside the logo it names."""
    from omnisim.report.engagement import read_engagement
    from omnisim.report.logo import read_logo

    if logo is not None:
        read_logo(logo, where=f"logo = {str(logo)!r}")
    with tempfile.TemporaryDirectory(prefix="omnisim-") as scratch:
        file = Path(scratch) / FILE_NAME
        file.write_text(text, encoding="utf-8")
        if logo is not None:
            (Path(scratch) / logo_name(logo)).write_bytes(logo.read_bytes())
        try:
            read_engagement(file)
        except EngagementError as error:
            raise EngagementError(str(error).replace(f"{FILE_NAME}: ", "")) from None
