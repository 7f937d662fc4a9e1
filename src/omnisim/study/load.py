"""From a study file to worlds and methods that are known to fit, or one error that says what does not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from omnisim.errors import DesignError, InputError, ScenarioError
from omnisim.scenario import Scenario, load_scenario
from omnisim.scenario.problems import all_problems, in_lines
from omnisim.scenario.reading import read_yaml
from omnisim.study.catalogue import find_method
from omnisim.study.design import Range, Value, grid, nested, spread
from omnisim.study.estimand import family, true_effects
from omnisim.study.model import EstimandChoice, StudyFile, Worlds
from omnisim.study.registry import Method, Target
from omnisim.truth.causes import KnownEffect

EXAMPLES = Path(__file__).parent / "examples"


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignPoint:
    """One setting of the dials, and the scenario it makes; seeds are laid on it."""

    number: int
    dials: Mapping[str, Value]
    scenario: Scenario
    effects: tuple[KnownEffect, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenMethod:
    """A method with its parameters, under the name it has in the study."""

    label: str
    method: Method
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A study that can be run.

    Attributes
    ----------
    file : StudyFile
        As written.
    source : str
        What the file is called in messages.
    points : tuple of DesignPoint
        Worlds without their seed.
    methods : tuple of ChosenMethod
        In the order of the file.
    """

    file: StudyFile
    source: str
    points: tuple[DesignPoint, ...]
    methods: tuple[ChosenMethod, ...]

    @property
    def name(self) -> str:
        """Name of the study."""
        return self.file.name

    @property
    def seeds(self) -> tuple[int, ...]:
        """The same at every design point: worlds then differ by their dials alone."""
        return self.file.seed_list

    @property
    def dials(self) -> dict[str, str]:
        """Dials with their names for people."""
        return {name: dial.label or name for name, dial in self.file.worlds.dials.items()}

    @property
    def target(self) -> Target:
        """What the methods are asked for."""
        wanted = self.file.estimand
        window = wanted.window
        return Target(
            estimand=wanted.estimand,
            outcome=wanted.outcome,
            cause=wanted.cause,
            scope=wanted.scope,
            window=None if window is None else (window.first_day, window.n_days),
        )


def study_names() -> list[str]:
    """Names of the studies that come with the package."""
    return sorted(path.stem for path in EXAMPLES.glob("*.yaml"))


def load_study(name_or_path: str | Path, *, seeds: int | Sequence[int] | None = None) -> Study:
    """Read a study and check all of it before anything runs.

    Parameters
    ----------
    name_or_path : str or Path
        A study that comes with the package, or a YAML file.
    seeds : int or sequence of int, optional
        Takes the place of the file's seeds.

    Raises
    ------
    InputError
        Names the file, the field, the value and what is allowed.

    Examples
    --------
    >>> study = load_study("ab_test", seeds=2)
    >>> study.seeds, study.target.estimand
    ((1, 2), 'ate')
    """
    path = _find(name_or_path)
    values = read_yaml(path)
    if seeds is not None:
        values["seeds"] = seeds if isinstance(seeds, int) else list(seeds)
    return checked_study(values, source=path.name, beside=path.parent)


def checked_study(values: Mapping[str, Any], *, source: str, beside: Path | None = None) -> Study:
    """A study from the values of a file; `beside` is where relative scenario files are looked for."""
    methods = values.get("methods")
    if isinstance(methods, list):  # a name alone is a method without parameters
        values = dict(values) | {
            "methods": [{"method": m} if isinstance(m, str) else m for m in methods]
        }
    try:
        # through JSON, as scenarios: there lists are tuples even in strict models
        file = StudyFile.model_validate_json(json.dumps(values, default=str))
    except ValidationError as error:
        told: dict[str, str] = {}
        for problem in error.errors(include_url=False):
            where = ".".join(str(part) for part in problem["loc"] if not _is_type(part))
            told.setdefault(where, _told(where, problem))  # one field of two types is one problem
        raise InputError(in_lines([f"{source}: {problem}" for problem in told.values()])) from None
    methods, points = _methods(file, source), _points(file, source, beside)
    _check_kinds(methods, points, source)
    return Study(file=file, source=source, methods=methods, points=points)


def _find(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    if text in study_names():
        return EXAMPLES / f"{text}.yaml"
    path = Path(text)
    if path.is_file():
        return path
    if path.is_dir():
        raise InputError(f"{text}: a folder; give a YAML file of a study")
    if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        raise InputError(f"{text}: no such file")
    raise InputError(f"no study {text!r}; there are {study_names()}, or give a YAML file")


def _is_type(part: int | str) -> bool:
    """Whether a step of a place is a type that pydantic tried rather than a field."""
    return isinstance(part, str) and (part in ("bool", "int", "float", "str") or "[" in part)


def _told(where: str, problem: Any) -> str:
    """One problem in one line, the field first."""
    message = problem["msg"].removeprefix("Value error, ").replace("Input should", "should")
    if problem["type"] == "extra_forbidden":
        return f"{where}: unknown field"
    if problem["type"] == "missing":
        return f"{where}: missing"
    if problem["type"] == "value_error":
        return f"{where}: {message}" if where else message
    return f"{where} = {str(problem['input'])[:80]!r}: {message}"


def _methods(file: StudyFile, source: str) -> tuple[ChosenMethod, ...]:
    chosen = []
    for k, (choice, label) in enumerate(zip(file.methods, file.labels(), strict=True)):
        where = f"{source}: methods.{k}"
        try:
            found = find_method(choice.method)
        except DesignError as error:
            raise InputError(f"{where}.method: {error}") from None
        if misfit := _misfit(found, file.estimand):
            raise InputError(f"{where}.method = {found.name!r}: {misfit}")
        try:
            parameters = found.check(choice.parameters)
        except DesignError as error:
            raise InputError(f"{where}.parameters.{error}") from None
        chosen.append(ChosenMethod(label=label, method=found, parameters=parameters))
    return tuple(chosen)


def _misfit(found: Method, wanted: EstimandChoice) -> str:
    """Why a method does not measure what is asked for; empty where it does."""
    fields = (
        ("estimand", wanted.estimand, found.estimands),
        ("across", wanted.across, (found.across,)),
        ("outcome", wanted.outcome, found.outcomes),
        ("scope", family(wanted.scope), found.scopes),
    )
    wrong = [field for field, value, allowed in fields if value not in allowed]
    if wrong:
        measures = [f"{name}: {_one_of(allowed)}" for name, _, allowed in fields if name in wrong]
        asked = [f"{name}: {value or 'none'}" for name, value, _ in fields if name in wrong]
        return f"measures {', '.join(measures)}; the study asks for {', '.join(asked)}"
    if wanted.window is not None and not found.has_windows:
        return "measures the whole window of a cause; the study asks for estimand.window"
    return ""


def _one_of(allowed: Sequence[str]) -> str:
    return allowed[0] or "none" if len(allowed) == 1 else f"one of {list(allowed)}"


def _check_kinds(
    methods: Sequence[ChosenMethod], points: Sequence[DesignPoint], source: str
) -> None:
    """Refuse a method that measures other kinds of causes than the one in question."""
    for k, chosen in enumerate(methods):
        for effect in (effect for point in points for effect in point.effects):
            if effect.kind not in chosen.method.kinds:
                raise InputError(
                    f"{source}: methods.{k}.method = {chosen.method.name!r}: measures causes of kind "
                    f"{_one_of(chosen.method.kinds)}; {effect.cause!r} is of kind {effect.kind!r}"
                )


def _points(file: StudyFile, source: str, beside: Path | None) -> tuple[DesignPoint, ...]:
    worlds = file.worlds
    local = beside / worlds.scenario if beside else None
    named = local if local is not None and local.is_file() else worlds.scenario
    try:
        base = load_scenario(
            named, size=worlds.size, market=worlds.market, overrides=worlds.overrides
        )
    except ScenarioError as error:
        raise InputError(f"{source}: worlds: {error}") from None
    plain = json.loads(base.model_dump_json())
    kinds = {name: _kind(plain, name, f"{source}: worlds.dials.{name}") for name in worlds.dials}
    points = []
    for number, dials in enumerate(_settings(worlds, kinds), start=1):
        where = f"{source}: worlds.dials at point {number}: "
        scenario = _scenario(plain, dials, where)
        points.append(
            DesignPoint(
                number=number,
                dials=dials,
                scenario=scenario,
                effects=true_effects(file.estimand, scenario, source=source),
            )
        )
    return tuple(points)


def _kind(plain: Mapping[str, Any], name: str, where: str) -> type:
    """Type of the value a dial turns."""
    place: Any = plain
    seen: list[str] = []
    for part in name.split("."):
        if not isinstance(place, Mapping):
            raise InputError(f"{where}: {'.'.join(seen)} holds no fields; a dial is a single value")
        if part not in place:
            near = get_close_matches(part, list(place), n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(place)}"
            inside = f" in {'.'.join(seen)}" if seen else ""
            raise InputError(f"{where}: the scenario has no field {part!r}{inside}; {hint}")
        place = place[part]
        seen.append(part)
    if isinstance(place, (Mapping, list)):
        raise InputError(f"{where}: holds several values; a dial is a single value")
    return type(place)


def _settings(worlds: Worlds, kinds: Mapping[str, type]) -> list[dict[str, Value]]:
    """Dials of every design point."""
    ranges = {
        name: Range(
            low=dial.low, high=dial.high, is_log=dial.scale == "log", is_whole=kinds[name] is int
        )
        for name, dial in worlds.dials.items()
        if dial.low is not None and dial.high is not None
    }
    if worlds.design != "grid":
        return spread(worlds.design, ranges, n=worlds.n_points, seed=worlds.design_seed)
    values: dict[str, Sequence[Value]] = {}
    for name, dial in worlds.dials.items():
        steps = dial.steps or 0
        shares = np.linspace(0.0, 1.0, steps)
        values[name] = dial.values or list(dict.fromkeys(ranges[name].at(shares)))
    return grid(values)


def _scenario(plain: Mapping[str, Any], dials: Mapping[str, Value], where: str) -> Scenario:
    laid = nested(dials)
    merged = _laid_on(plain, laid)
    try:
        return Scenario.model_validate_json(json.dumps(merged))
    except ValidationError as error:
        raise InputError(all_problems(error, [(where, laid)])) from None


def _laid_on(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(base)
    for name, value in over.items():
        old = made.get(name)
        is_block = isinstance(value, Mapping) and isinstance(old, Mapping)
        made[name] = _laid_on(old, value) if is_block else value  # type: ignore[arg-type]
    return made
