"""Jinja templates whose every value is put into the document's language and escaped.

Only what says that it is Markdown already is left alone. Values are English texts in every language; the
templates of a language use the same values and filters.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import jinja2

from omnisim.errors import ReportError
from omnisim.language import long_date
from omnisim.language.catalog import check_language
from omnisim.report.deck.words import message, points
from omnisim.report.escape import escape
from omnisim.report.rows import title_of
from omnisim.report.tables import Markdown
from omnisim.report.wording import counted, worded


def fill(name: str, lang: str, values: Mapping[str, Any]) -> str:
    """The template ``<lang>/<name>.j2`` with values put in.

    Raises
    ------
    InputError
        For a language that there is not.
    ReportError
        When the template names a value that does not exist.
    """
    environment = _environment(check_language(lang))
    try:
        text = environment.get_template(f"{lang}/{name}.j2").render({"lang": lang, **values})
    except jinja2.TemplateError as error:
        raise ReportError(f"template {lang}/{name}.j2: {error}") from None
    return _tidy(text)


@cache
def _environment(lang: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("omnisim.report"),
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: (
            value if isinstance(value, Markdown) else escape(worded(value, lang))
        ),
        autoescape=False,
        comment_start_string="<%#",  # "{#" opens a heading's identifier in Markdown
        comment_end_string="#%>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        md=lambda value: Markdown(value),
        counted=counted,
        question_title=title_of,
        message=lambda text: message(text, lang),
        points=lambda text: points(text, lang),
        date=lambda day: worded(long_date(day), lang),
        **(_ENGLISH if lang == "en" else _CHINESE),
    )
    environment.globals.update(
        meta=lambda name: Markdown("{{< meta " + name + " >}}"),
    )
    return environment


def lower_first(text: str) -> str:
    """A label inside a sentence: first letter small unless the word is a name or an acronym.

    Examples
    --------
    >>> lower_first("Net sales a year"), lower_first("NPS")
    ('net sales a year', 'NPS')
    """
    first = text.split(" ")[0]
    return text if len(first) < 2 or not first[1:].islower() else text[:1].lower() + text[1:]


def sentence(text: str) -> str:
    """A phrase as a sentence: first letter large, a stop at the end.

    Examples
    --------
    >>> sentence("8 events; unit costs: expert prior"), sentence("counted in full")
    ('8 events; unit costs: expert prior.', 'Counted in full.')
    """
    line = text.strip()
    line = line[:1].upper() + line[1:]
    return line if not line or line[-1] in ".!?" else f"{line}."


def chinese_sentence(text: str) -> str:
    """A phrase as a Chinese sentence; what nobody knows in Chinese as an English one.

    Examples
    --------
    >>> chinese_sentence("Net sales")
    '净销售额。'
    """
    line = worded(text, "zh").strip()
    if line == text.strip():
        return sentence(line)
    return line if not line or line[-1] in "。！？" else f"{line}。"


# Filters that change letters: Chinese has neither large ones nor small ones.
_ENGLISH = {
    "capital": lambda text: text[:1].upper() + text[1:],
    "lower_first": lower_first,
    "sentence": sentence,
}
_CHINESE = {
    "capital": lambda text: text,
    "lower_first": lambda text: text,
    "sentence": chinese_sentence,
}


def _tidy(text: str) -> str:
    """No trailing blanks, never more than one empty line, one line end at the end."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    body = "\n".join(lines).strip("\n")
    return body + "\n" if body else ""
