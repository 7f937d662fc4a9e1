"""The documents there are, and what each is made of.

To add a document: an entry in :data:`DOCUMENTS`; its skeleton ``templates/<lang>/<stem>.qmd.j2``, which
holds title and headings and includes every section; a template for each section that has none yet
(``<section>.qmd.j2``, shared, or ``<document>/<section>.qmd.j2``, its own). Sections are filled with the
values of :mod:`omnisim.report.values`, made from the results that the document reads. Its deck is made of
the sections named in `slides`, whose templates stand in ``templates/<lang>/deck/``.

A section whose result is missing says what was not run; a section that does not apply is empty text and
brings its own heading, so that no heading stands over nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from omnisim.errors import InputError
from omnisim.language import LANGUAGES

ALL = "all"
GENERATED = "_generated"  # of a report folder; the parts of other languages lie below
APPENDIX = "appendix"  # of a report folder; pages of the executed notebooks


def generated(lang: str) -> str:
    """Folder of the generated parts of a language, below the report folder.

    Examples
    --------
    >>> generated("en"), generated("zh")
    ('_generated', '_generated/zh')
    """
    return GENERATED if lang == "en" else f"{GENERATED}/{lang}"


def appendix_file(notebook: Path, lang: str = "en") -> str:
    """Where the page of a notebook is, relative to the report folder.

    Examples
    --------
    >>> appendix_file(Path("runs/small/notebooks/03_ab_test.ipynb"))
    'appendix/03_ab_test.html'
    >>> appendix_file(Path("03_ab_test.ipynb"), "zh")
    'appendix/03_ab_test.zh.html'
    """
    return f"{APPENDIX}/{notebook.stem}{'' if lang == 'en' else f'.{lang}'}.html"


def appendix_pages(folder: Path, lang: str) -> list[Path]:
    """Pages of one language in an appendix; those that are not English say theirs in their name."""
    others = tuple(f".{other}.html" for other in LANGUAGES[1:])
    return [
        page
        for page in sorted(folder.glob("*.html"))
        if page.name.endswith(f".{lang}.html") or (lang == "en" and not page.name.endswith(others))
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind:
    """One kind of document.

    Attributes
    ----------
    name : str
        What ``--document`` calls it.
    stem : str
        Name of its English source and files in the report folder, without suffix.
    about : str
        What it is, for people.
    sections : tuple of str
        Templates of its sections, in order; the glossary, where there is one, comes last.
    reads : tuple of str
        Ids of the questions it reads; all of the run where none is named.
    needs : tuple of str
        Of these at least one must have a result; no document is made about nothing.
    own_exhibits : tuple of str
        Questions whose exhibits stand in a section of their own, not under findings.
    cards : tuple of str
        Names of estimates for the key numbers of the summary, in order of preference.
    slides : tuple of str
        Templates of the sections of its deck, in order.
    is_deck : bool
        Whether this is the deck.
    """

    name: str
    stem: str
    about: str
    sections: tuple[str, ...]
    reads: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    own_exhibits: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    slides: tuple[str, ...] = ()
    is_deck: bool = False

    def as_deck(self) -> DocumentKind:
        """The same document told on slides: a source and files of its own.

        Examples
        --------
        >>> deck = DOCUMENTS["risk"].as_deck()
        >>> deck.stem, deck.part("deck/risks")
        ('risk-deck', 'risk-deck-risks')
        """
        return replace(self, stem=f"{self.stem}-deck", sections=self.slides, is_deck=True)

    def stem_in(self, lang: str) -> str:
        """Name of the source and the files in a language, without suffix.

        Examples
        --------
        >>> DOCUMENTS["risk"].stem_in("en"), DOCUMENTS["risk"].stem_in("zh")
        ('risk', 'risk.zh')
        """
        return self.stem if lang == "en" else f"{self.stem}.{lang}"

    def part(self, section: str) -> str:
        """Name of the generated part of a section, unique in the report folder.

        Examples
        --------
        >>> DOCUMENTS["risk"].part("risk/register"), DOCUMENTS["assessment"].part("risks")
        ('risk-register', 'risks')
        """
        last = section.rpartition("/")[2]
        last = f"deck-{last}" if self.is_deck else last
        return last if self.name == "assessment" else f"{self.name}-{last}"


# Slides of a document that is about one question.
_ON_ONE_QUESTION = (
    "deck/summary",
    "deck/findings",
    "deck/exhibits",
    "deck/programme",
    "deck/methods",
    "deck/truth",
)
DOCUMENTS: dict[str, DocumentKind] = {
    kind.name: kind
    for kind in (
        DocumentKind(
            name="assessment",
            stem="report",
            about="client assessment",
            sections=(
                "summary",
                "background",
                "goals",
                "current-state",
                "causes",
                "risks",
                "recommendations",
                "resources",
                "roadmap",
                "effect",
                "acceptance",
                "methods",
                "limitations",
                "exhibits",
                "truth",
                "glossary",
            ),
            own_exhibits=("overview", "risk"),
            slides=(
                "deck/summary",
                "deck/current",
                "deck/findings",
                "deck/risks",
                "deck/programme",
                "deck/roadmap",
                "deck/effect",
                "deck/acceptance",
                "deck/methods",
                "deck/truth",
            ),
        ),
        DocumentKind(
            name="experiment",
            stem="experiment",
            about="experiment readout",
            sections=(
                "summary",
                "experiment/design",
                "findings",
                "experiment/effects",
                "recommendations",
                "methods",
                "limitations",
                "exhibits",
                "truth",
                "glossary",
            ),
            reads=("ab_test",),
            needs=("ab_test",),
            cards=(
                "effect_net_amount",
                "lift_net_amount",
                "sales_per_year",
                "detectable_net_amount",
            ),
            slides=_ON_ONE_QUESTION,
        ),
        DocumentKind(
            name="attribution",
            stem="attribution",
            about="attribution brief",
            sections=(
                "summary",
                "attribution/reading",
                "findings",
                "exhibits",
                "recommendations",
                "methods",
                "limitations",
                "truth",
                "glossary",
            ),
            reads=("attribution", "journeys"),
            needs=("attribution",),
            cards=("tracked_value", "untracked_share", "media_spend", "budget_move_share"),
            slides=_ON_ONE_QUESTION,
        ),
        DocumentKind(
            name="risk",
            stem="risk",
            about="risk register",
            sections=(
                "summary",
                "risk/register",
                "findings",
                "risk/response",
                "risk/numbers",
                "methods",
                "limitations",
                "truth",
                "glossary",
            ),
            reads=("risk",),
            needs=("risk",),
            own_exhibits=("risk",),
            cards=("eal_total", "annual_loss", "p95_total", "plan_net_benefit", "eal_fake_orders"),
            slides=(
                "deck/summary",
                "deck/risks",
                "deck/findings",
                "deck/exhibits",
                "deck/programme",
                "deck/methods",
                "deck/truth",
            ),
        ),
        DocumentKind(
            name="research",
            stem="research",
            about="research note",
            sections=(
                "research/abstract",
                "research/estimates",
                "truth",
                "methods",
                "limitations",
                "glossary",
            ),
            slides=("deck/questions", "deck/estimates", "deck/truth", "deck/methods"),
        ),
    )
}


def every_source() -> tuple[DocumentKind, ...]:
    """All documents, then the decks of all."""
    return (*DOCUMENTS.values(), *(kind.as_deck() for kind in DOCUMENTS.values()))


def document_kinds(names: str | Sequence[str]) -> tuple[DocumentKind, ...]:
    """The documents of one or more names, each once; ``all`` stands for all of them.

    Raises
    ------
    InputError
        For a name that there is not.

    Examples
    --------
    >>> [kind.stem for kind in document_kinds("assessment")]
    ['report']
    """
    given = [names] if isinstance(names, str) else list(names)
    unknown = [name for name in given if name not in (ALL, *DOCUMENTS)]
    if unknown or not given:
        raise InputError(f"document = {unknown or given}: give one or more of {[*DOCUMENTS, ALL]}")
    wanted = list(DOCUMENTS) if ALL in given else given
    return tuple(DOCUMENTS[name] for name in dict.fromkeys(wanted))


def document_sources(folder: Path) -> list[Path]:
    """Sources of the documents and decks a report folder holds, language by language in the registry's order."""
    files = [folder / f"{kind.stem_in(lang)}.qmd" for lang in LANGUAGES for kind in every_source()]
    return [file for file in files if file.is_file()]
