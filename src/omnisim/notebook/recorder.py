"""What a notebook writes: one result with its tables and figures, into the run folder.

    out = om.Recorder("attribution", question="Which channels ...?", dataset=dataset)
    out.add(estimate, check, finding, truth_comparison)
    out.table("credit", frame, title=..., subtitle=..., alt=..., source=..., n=..., n_of=...)
    out.figure("flow", fig, title=..., ...)
    out.finish("The answer in one or two sentences.")

The run folder comes from the environment variable `OMNISIM_RUN` (the runner sets it); by hand and
under nbval it is a temporary folder, so reading a notebook never overwrites a run.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omnisim.errors import DesignError, ResultError
from omnisim.language import LANGUAGES, known, say
from omnisim.results import (
    Check,
    Estimate,
    Exhibit,
    Finding,
    Result,
    Source,
    TruthComparison,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from omnisim.storage import Dataset

RUN_VARIABLE = "OMNISIM_RUN"

_KINDS: dict[type, str] = {
    Estimate: "estimates",
    Check: "checks",
    Finding: "findings",
    TruthComparison: "truth",
}


def run_folder() -> Path:
    """The run folder notebooks write to; a new temporary one when no run is going on."""
    named = os.environ.get(RUN_VARIABLE)
    return Path(named) if named else Path(tempfile.mkdtemp(prefix="omnisim-run-"))


class Recorder:
    """Collects the parts of one result and writes them.

    Parameters
    ----------
    question_id : str
        Name of the result file, e.g. ``attribution``.
    question : str
        The question in one sentence.
    dataset : Dataset
        Where the numbers come from.
    parameters : dict, optional
        The notebook's parameters, recorded with the result.
    """

    def __init__(
        self,
        question_id: str,
        *,
        question: str,
        dataset: Dataset,
        parameters: dict[str, Any] | None = None,
    ) -> None:
        self.question_id = question_id
        self.question = question
        self.source = Source(
            dataset=dataset.name,
            dataset_hash=dataset.dataset_hash,
            is_simulated=dataset.is_simulated,
            currency=dataset.currency,
            locale=dataset.locale,
            first_date=dataset.first_date.isoformat(),
            last_date=dataset.last_date.isoformat(),
        )
        self.parameters = dict(parameters or {})
        self.folder = run_folder()
        self._parts: dict[str, list[Any]] = {name: [] for name in _KINDS.values()}
        self._exhibits: list[Exhibit] = []
        self._seen: dict[str, dict[str, str]] = {lang: {} for lang in LANGUAGES[1:]}  # in tables
        self._words: dict[str, list[str]] = {"assumptions": [], "limitations": [], "methods": []}

    def add(self, *items: Estimate | Check | Finding | TruthComparison) -> None:
        """Add numbers, checks, findings or comparisons with the truth."""
        for item in items:
            kind = _KINDS.get(type(item))
            if kind is None:
                raise ResultError(f"cannot record a {type(item).__name__}; give {list(_KINDS)}")
            self._parts[kind].append(item)

    def assume(self, *sentences: str) -> None:
        """What must hold for the answer to be right."""
        self._words["assumptions"] += sentences

    def limit(self, *sentences: str) -> None:
        """What the answer does not cover."""
        self._words["limitations"] += sentences

    def method(self, *sentences: str) -> None:
        """How it was done, with the reference."""
        self._words["methods"] += sentences

    def table(self, name: str, frame: pd.DataFrame, **about: Any) -> Exhibit:
        """Write a table; `about` are the words of :class:`~omnisim.results.Exhibit`.

        Column names are written for people: they become the header in the report.
        """
        path = Path("tables") / f"{self.question_id}-{name}.parquet"
        for lang, seen in self._seen.items():  # now: the same word may mean another thing later
            seen |= known(table_texts(frame), lang)
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        frame.reset_index(drop=True).to_parquet(self.folder / path, index=False)
        return self._keep(name, "table", path.as_posix(), about)

    def figure(self, name: str, figure: Figure, **about: Any) -> Exhibit:
        """Write a figure as SVG and PNG, the same bytes for the same figure.

        Where there are fonts for it, the figure is drawn in the other languages as well, as
        ``<name>.zh.svg``.
        """
        import matplotlib as mpl

        from omnisim.figures.house import can_write
        from omnisim.figures.translated import drawn_in

        path = Path("figures") / f"{self.question_id}-{name}"
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with mpl.rc_context({"svg.hashsalt": "omnisim", "svg.fonttype": "path"}):
            _save(figure, target)
            for lang in filter(can_write, LANGUAGES[1:]):
                with drawn_in(figure, lang):
                    _save(figure, target.with_name(f"{target.name}.{lang}"))
        return self._keep(name, "figure", path.as_posix(), about)

    @contextmanager
    def unless_missing(self) -> Iterator[None]:
        """Run a part of a notebook that the data may not allow.

        When a measure refuses because a table or its rows are missing, the notebook says so in place
        of the exhibit, the sentence joins the limitations, and the next cell goes on. Errors of any
        other kind stay errors.

            with out.unless_missing():
                tiers = metrics.tiers(data)
                display(charts.tiers_chart(tiers))
        """
        try:
            yield
        except DesignError as error:
            from IPython.display import Markdown, display

            sentence = say("Not shown: {reason}.", reason=str(error))
            if sentence not in self._words["limitations"]:
                self.limit(sentence)
            display(Markdown(f"*{sentence}*"))  # type: ignore[no-untyped-call]

    def _keep(self, name: str, kind: Any, path: str, about: dict[str, Any]) -> Exhibit:
        exhibit = Exhibit(name=name, kind=kind, path=path, **about)
        self._exhibits.append(exhibit)
        return exhibit

    def finish(self, answer: str) -> Result:
        """Write ``results/<question_id>.json`` and return the result."""
        parts: dict[str, Any] = {key: tuple(items) for key, items in self._parts.items()}
        words: dict[str, Any] = {key: tuple(items) for key, items in self._words.items()}
        result = Result(
            question_id=self.question_id,
            question=self.question,
            answer=answer,
            source=self.source,
            exhibits=tuple(self._exhibits),
            parameters=self.parameters,
            **parts,
            **words,
        )
        texts = result.texts()
        translations = {lang: known(texts, lang) | seen for lang, seen in self._seen.items()}
        result = replace(result, translations=translations)
        target = self.folder / "results" / f"{self.question_id}.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".json.partial")
        partial.write_text(result.to_json(), encoding="utf-8")
        partial.replace(target)
        return result


def table_texts(frame: pd.DataFrame) -> list[str]:
    """Headers and cells of a table that are texts, each once."""
    headers = [name for name in frame.columns if isinstance(name, str)]
    cells = [
        value
        for name in frame.columns
        if frame[name].dtype.kind not in "biufcmM"
        for value in frame[name].unique()
        if isinstance(value, str)
    ]
    return list(dict.fromkeys([*headers, *cells]))


def _save(figure: Figure, target: Path) -> None:
    """As SVG and PNG; the name may hold a full stop."""
    for suffix, how in (
        ("svg", {"metadata": {"Date": None, "Creator": None}}),
        ("png", {"dpi": 200, "metadata": {"Software": None}}),
    ):
        figure.savefig(target.with_name(f"{target.name}.{suffix}"), **how)
