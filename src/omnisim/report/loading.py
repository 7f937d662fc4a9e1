"""Reading a run folder: results that belong together, or an error that says why they do not."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from omnisim.errors import ResultError
from omnisim.report.wording import remember_results
from omnisim.results import Exhibit, Result, Source

if TYPE_CHECKING:
    from omnisim.report.engagement import Agreed

# Question id -> its short name in the report, and what it asks.
QUESTIONS: Mapping[str, tuple[str, str]] = {
    "overview": ("Current state", "How large is the business, and how do its channels work?"),
    "attribution": ("Attribution", "Which channels touch and carry the sales?"),
    "ab_test": ("A/B test", "Does the tested change work?"),
    "effect_evaluation": ("Effect evaluation", "What did the roll-out cause?"),
    "risk": ("Risks", "Which risks matter, and what may they cost?"),
}


@dataclass(frozen=True, slots=True)
class Run:
    """The results of one run and where their tables and figures are.

    Attributes
    ----------
    folder : Path
        The run folder.
    results : dict
        Question id to result, in the order of :data:`QUESTIONS`, others after them.
    info : dict
        What ``run.json`` says; empty when there is none.
    asked : tuple of str
        Ids of the questions that a reader expects to be answered.
    agreed : dict
        Name of an action to what was agreed on it.
    notebooks : dict
        Question id to the executed notebook that answers it, where the run folder has it.
    """

    folder: Path
    results: Mapping[str, Result]
    info: Mapping[str, Any] = field(default_factory=dict)
    asked: tuple[str, ...] = tuple(QUESTIONS)
    agreed: Mapping[str, Agreed] = field(default_factory=dict)
    notebooks: Mapping[str, Path] = field(default_factory=dict)

    @property
    def source(self) -> Source:
        """The dataset all results come from."""
        return next(iter(self.results.values())).source

    @property
    def missing(self) -> tuple[str, ...]:
        """Ids of the questions that were not run."""
        return tuple(name for name in self.asked if name not in self.results)

    def exhibits(self, question_id: str) -> tuple[Exhibit, ...]:
        """Exhibits of one result; none when it was not run."""
        result = self.results.get(question_id)
        return result.exhibits if result else ()

    def holds(self, exhibit: Exhibit, suffix: str) -> bool:
        """Whether the run folder has a file of an exhibit."""
        return (self.folder / (exhibit.path + suffix)).is_file()

    def file(self, exhibit: Exhibit, suffix: str = "") -> Path:
        """The file of an exhibit, checked to exist and to lie inside the run folder."""
        path = (self.folder / (exhibit.path + suffix)).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise ResultError(
                f"exhibit {exhibit.name}: path {exhibit.path!r} leaves the run folder"
            )
        if not path.is_file():
            raise ResultError(f"exhibit {exhibit.name}: {path} is missing; run the notebook again")
        return path


_NAME = re.compile(r"\w[\w-]*")  # of a notebook or question: it becomes the name of a file

# Results for a document of their own: they repeat what other results of the run say.
BRIEF = "_brief"
EVERY = "*"  # all results, briefs among them


def load_run(folder: str | Path, *, only: str | None = None) -> Run:
    """Read the results of a run folder; what their texts are in other languages is known from then on.

    Parameters
    ----------
    folder : path
        The run folder.
    only : str, optional
        Question id of the one result to read, e.g. ``attribution_brief``, or :data:`EVERY`; by
        default all but the briefs.

    Raises
    ------
    ResultError
        When the folder has no results, one cannot be read, or they come from different datasets.
    """
    root = Path(folder)
    if not root.is_dir():
        raise ResultError(f"{root}: no such run folder; make one with `omnisim run DATASET`")
    files = sorted((root / "results").glob("*.json"))
    if not files:
        raise ResultError(f"{root}: no results/*.json; run the notebooks first (`omnisim run`)")
    if only is None:
        files = [file for file in files if not file.stem.endswith(BRIEF)]
    elif only != EVERY:
        files = [file for file in files if file.stem == only]
    if not files:
        wanted = "but briefs" if only is None else f"called {only!r}"
        raise ResultError(f"{root}: no result {wanted}; run the notebooks first (`omnisim run`)")
    results: dict[str, Result] = {}
    for file in files:
        result = _result(file)
        if result.question_id in results:
            raise ResultError(f"{file}: question {result.question_id!r} is answered twice")
        results[result.question_id] = result
    order = [*QUESTIONS, *sorted(set(results) - set(QUESTIONS))]
    results = {name: results[name] for name in order if name in results}
    _check_same_dataset(results)
    remember_results(results.values())
    info = _run_info(root)
    return Run(root, results, info, notebooks=_notebooks(root, info, results))


def _result(file: Path) -> Result:
    """One result file, each value of the type that is declared; errors name the file."""
    text = _text(file)
    try:
        result = Result.from_json(text, where=str(file))
        _types().validate_json(text, strict=True)
    except ResultError as error:
        told = str(error)
        raise ResultError(told if told.startswith(str(file)) else f"{file}: {told}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        wanted = first["msg"].replace("Input should", "should")
        raise ResultError(f"{file}: {field} = {first['input']!r:.80}: {wanted}") from None
    except (ValueError, AttributeError, RecursionError) as error:
        raise ResultError(f"{file}: not a result file ({error})") from None
    if not _NAME.fullmatch(result.question_id):
        raise ResultError(
            f"{file}: question_id = {result.question_id!r:.80}: give a plain name of letters, digits, "
            "_ and -, e.g. 'ab_test'"
        )
    return result


@cache
def _types() -> TypeAdapter[Result]:
    return TypeAdapter(Result)


def _notebooks(
    root: Path, info: Mapping[str, Any], results: Mapping[str, Result]
) -> dict[str, Path]:
    """Which executed notebook wrote which result, as ``run.json`` says."""
    steps = info.get("steps")
    found: dict[str, Path] = {}
    for name, step in steps.items() if isinstance(steps, dict) else ():
        written = step.get("files") if isinstance(step, dict) else None
        file = root / "notebooks" / f"{name}.ipynb"
        if not isinstance(written, dict) or not _NAME.fullmatch(name) or not file.is_file():
            continue
        for path in written:
            question_id = path.removeprefix("results/").removesuffix(".json")
            if question_id in results and path == f"results/{question_id}.json":
                found[question_id] = file
    return found


def _check_same_dataset(results: Mapping[str, Result]) -> None:
    first_name, first = next(iter(results.items()))
    for name, result in results.items():
        for part in (
            "dataset_hash",
            "dataset",
            "currency",
            "is_simulated",
            "first_date",
            "last_date",
        ):
            mine, theirs = getattr(first.source, part), getattr(result.source, part)
            if mine != theirs:
                raise ResultError(
                    f"results of different datasets: {part} is {mine!r} in {first_name} "
                    f"and {theirs!r} in {name}; run all notebooks on one dataset"
                )


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ResultError(f"{file}: cannot be read, is no UTF-8 text") from None
    except OSError as error:
        raise ResultError(f"{file}: cannot be read ({error.strerror or error})") from None


def _run_info(root: Path) -> dict[str, Any]:
    file = root / "run.json"
    if not file.is_file():
        return {}
    try:
        info = json.loads(_text(file))
    except json.JSONDecodeError as error:
        raise ResultError(f"{file}: not JSON ({error})") from None
    if not isinstance(info, dict):
        raise ResultError(f"{file}: a JSON object is expected, found {type(info).__name__}")
    return info
