"""Notebooks as the runner sees them: name, parameters, needs, and the order that follows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from omnisim.errors import NotebookError, ParameterError
from omnisim.notebook.parameters import Parameter, declared_parameters
from omnisim.notebook.project import numbered_notebooks


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """A notebook that can be run.

    Attributes
    ----------
    name : str
        File name without suffix, e.g. ``03_ab_test``.
    needs : tuple of str
        Names of the notebooks whose results it reads.
    digest : str
        Hash of cells and metadata, without outputs.
    on_request : bool
        Runs only where it is named or needed: a run of all leaves it out.
    """

    name: str
    path: Path
    needs: tuple[str, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    digest: str = ""
    on_request: bool = False

    @classmethod
    def read(cls, path: Path) -> Notebook:
        """Read a notebook file.

        Raises
        ------
        NotebookError
            When the file is no notebook of format 4, or its metadata are not usable.
        """
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise NotebookError(f"{path}: cannot be read as a notebook ({error})") from None
        if (
            not isinstance(raw, dict)
            or raw.get("nbformat") != 4
            or not isinstance(raw.get("cells"), list)
        ):
            raise NotebookError(f"{path}: not a notebook of format 4")
        about = raw.get("metadata", {}).get("omnisim", {})
        needs = about.get("needs", []) if isinstance(about, dict) else None
        if not isinstance(needs, list) or not all(isinstance(item, str) for item in needs):
            raise NotebookError(
                f"{path.name}: metadata omnisim.needs = {needs!r}: give a list of notebook names"
            )
        on_request = about.get("on_request", False)
        if not isinstance(on_request, bool):
            raise NotebookError(
                f"{path.name}: metadata omnisim.on_request = {on_request!r}: give true or false"
            )
        return cls(
            name=path.stem,
            path=path.resolve(),
            needs=tuple(needs),
            parameters=declared_parameters(raw["cells"], where=path.stem),
            digest=_digest(raw["cells"], needs),
            on_request=on_request,
        )


def read_notebooks(folder: Path) -> dict[str, Notebook]:
    """All numbered notebooks of a folder, by name, in the order of their names.

    Raises
    ------
    NotebookError
        When there is none, one cannot be read, or one needs what does not exist.
    """
    found = {path.stem: Notebook.read(path) for path in numbered_notebooks(folder)}
    if not found:
        raise NotebookError(f"{folder}: no notebooks; their names are like 03_ab_test.ipynb")
    for notebook in found.values():
        if missing := [need for need in notebook.needs if need not in found]:
            raise NotebookError(f"{notebook.name} needs {missing}; there are {list(found)}")
    in_order(found.values())
    return found


def choose(notebooks: Mapping[str, Notebook], only: Iterable[str] | None) -> list[Notebook]:
    """The named notebooks and all they need, in the order of running.

    When `only` is None these are all but those that run on request. A name is the full name or its number: ``03_ab_test`` or ``03``.
    """
    wanted: list[str] = []
    if only is None:
        wanted = [name for name, notebook in notebooks.items() if not notebook.on_request]
    for name in only or ():
        matches = [n for n in notebooks if name in (n, n.partition("_")[0], f"{n}.ipynb")]
        if len(matches) != 1:
            raise ParameterError(f"no notebook {name!r}; there are {list(notebooks)}")
        wanted += matches
    if not wanted:
        raise ParameterError(f"no notebook chosen; there are {list(notebooks)}")
    chosen: dict[str, Notebook] = {}
    while wanted:
        name = wanted.pop()
        if name not in chosen:
            chosen[name] = notebooks[name]
            wanted += notebooks[name].needs
    return in_order(chosen.values())


def in_order(notebooks: Iterable[Notebook]) -> list[Notebook]:
    """Each notebook after those it needs, by name where there is a choice.

    Raises
    ------
    NotebookError
        When notebooks need each other in a circle; it names the circle.
    """
    by_name = {notebook.name: notebook for notebook in notebooks}
    sorter = TopologicalSorter({name: sorted(by_name[name].needs) for name in sorted(by_name)})
    try:
        sorter.prepare()
    except CycleError as error:
        raise NotebookError(f"notebooks need each other: {' -> '.join(error.args[1])}") from None
    order: list[Notebook] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += [by_name[name] for name in ready if name in by_name]
        sorter.done(*ready)
    return order


def checked_parameters(
    notebooks: Sequence[Notebook], given: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """What to inject into each notebook, checked: notebook -> name -> value.

    Parameters
    ----------
    notebooks : sequence of Notebook
        The notebooks that will run.
    given : mapping
        ``name`` reaches every notebook that declares it, ``03_ab_test.name`` only that one.

    Raises
    ------
    ParameterError
        For a name no notebook declares, or a value of another type than declared.
    """
    by_name = {notebook.name: notebook for notebook in notebooks}
    checked: dict[str, dict[str, Any]] = {name: {} for name in by_name}
    # The general first, so that what is said about one notebook wins.
    for key, value in sorted(given.items(), key=_is_for_one):
        for notebook, name in _targets(key, by_name):
            checked[notebook.name][name] = notebook.parameters[name].check(value)
    return checked


def parse_assignments(texts: Iterable[str], notebooks: Sequence[Notebook]) -> dict[str, Any]:
    """Command-line texts ``name=value`` as parameters for :func:`checked_parameters`."""
    by_name = {notebook.name: notebook for notebook in notebooks}
    pairs: list[tuple[str, str]] = []
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign or not key.strip():
            raise ParameterError(f"-p {text}: write name=value, e.g. -p ci_level=0.9")
        pairs.append((key.strip(), value))
    parsed: dict[str, Any] = {}
    for key, value in sorted(pairs, key=_is_for_one):
        for notebook, name in _targets(key, by_name):
            parsed[f"{notebook.name}.{name}"] = notebook.parameters[name].parse(value)
    return parsed


def _targets(key: str, notebooks: Mapping[str, Notebook]) -> list[tuple[Notebook, str]]:
    """The notebooks a parameter is meant for, with the bare name."""
    where, dot, name = key.rpartition(".")
    if dot and where not in notebooks:
        raise ParameterError(f"parameter {key}: no notebook {where!r}; there are {list(notebooks)}")
    candidates = [notebooks[where]] if dot else list(notebooks.values())
    found = [(notebook, name) for notebook in candidates if name in notebook.parameters]
    if not found:
        known = sorted({p for notebook in candidates for p in notebook.parameters} - {"dataset"})
        raise ParameterError(f"no parameter {name!r} in {_names(candidates)}; there are {known}")
    if name == "dataset":
        raise ParameterError("parameter dataset is set by the run: give the dataset itself")
    return found


def _is_for_one(pair: tuple[str, Any]) -> bool:
    """Whether a pair (key, value) names its notebook: those come last, so that they win."""
    return "." in pair[0]


def _names(notebooks: Sequence[Notebook]) -> str:
    return ", ".join(notebook.name for notebook in notebooks)


def _digest(cells: Sequence[Mapping[str, Any]], needs: Sequence[str]) -> str:
    """Hash of what a notebook does; outputs, ids and counters are not part of it."""
    told = [
        (
            cell.get("cell_type"),
            "".join(cell.get("source", "")),
            cell.get("metadata", {}).get("tags", []),
        )
        for cell in cells
    ]
    text = json.dumps([told, list(needs)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
