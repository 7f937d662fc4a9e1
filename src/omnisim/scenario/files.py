"""Scenario files: YAML with `extends`, named sizes and named markets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from omnisim.errors import ScenarioError
from omnisim.scenario.model import Scenario
from omnisim.scenario.problems import Layer, all_problems, in_lines, unknown_fields
from omnisim.scenario.reading import read_yaml

PRESETS = Path(__file__).parent / "presets"
DEFAULT_SIZE = "small"
OVERLAYS = ("markets", "sizes")  # sections of named overrides, in the order in which they are laid


def preset_names() -> list[str]:
    """Names of the scenarios that come with the package."""
    return sorted(path.stem for path in PRESETS.glob("*.yaml"))


def load_scenario(
    name_or_path: str | Path,
    *,
    size: str | None = None,
    market: str | None = None,
    seed: int | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Scenario:
    """Read a preset or a file, apply market, size, overrides and seed, and check the whole.

    Parameters
    ----------
    name_or_path : str or Path
        A preset's name, or a YAML file.
    size : str, optional
        One of the file's `sizes`; ``small`` where the file has it, else nothing.
    market : str, optional
        One of the file's `markets`, e.g. ``zh_CN``; the file's own `market` by default.
    seed : int, optional
        Takes the place of the file's seed.
    overrides : mapping, optional
        Nested fields that win over all others, e.g. ``{"horizon": {"n_days": 90}}``.

    Raises
    ------
    ScenarioError
        Names the file, the field, the value and what is allowed.

    Examples
    --------
    >>> load_scenario("omnichannel_fashion", size="tiny").horizon.n_days
    90
    >>> load_scenario("omnichannel_fashion", market="zh_CN").market.currency
    'CNY'
    """
    path = _find(name_or_path)
    layers = _layers(path, seen=())
    names = {section: _named(layers, section) for section in OVERLAYS}
    if size is None and DEFAULT_SIZE in names["sizes"]:
        size = DEFAULT_SIZE
    laid: list[Layer] = []
    for label, values in layers:
        laid.append((label, {key: value for key, value in values.items() if key not in OVERLAYS}))
    for section, chosen in zip(OVERLAYS, (market, size), strict=True):
        if chosen is None:
            continue
        if chosen not in names[section]:
            there = sorted(names[section]) or "none"
            raise ScenarioError(f"{path.name}: no {section[:-1]} {chosen!r}; has {there}")
        for label, values in layers:
            if chosen in values.get(section, {}):
                laid.append((f"{label}{section}.{chosen}.", values[section][chosen]))
    laid.append((f"{path.name}: overrides.", overrides or {}))
    merged: dict[str, Any] = {}
    for _, values in laid:
        merged = _merged(merged, values)
    if seed is not None:
        merged["seed"] = seed
        laid.append((f"{path.name}: ", {"seed": seed}))
    try:
        # through JSON: there lists are tuples and ISO dates are dates even in strict models
        return Scenario.model_validate_json(json.dumps(merged, default=_plain))
    except ValidationError as error:
        raise ScenarioError(all_problems(error, laid)) from None


def scenario_sizes(name_or_path: str | Path) -> list[str]:
    """Names of the sizes a preset or a file declares, those it extends included."""
    return _named(_layers(_find(name_or_path), seen=()), "sizes")


def scenario_markets(name_or_path: str | Path) -> list[str]:
    """Names of the markets a preset or a file declares, those it extends included."""
    return _named(_layers(_find(name_or_path), seen=()), "markets")


def _named(layers: list[Layer], section: str) -> list[str]:
    """Names of all overlays of a section, each checked for unknown fields, also those not chosen."""
    names: dict[str, None] = {}
    for label, values in layers:
        overlays = values.get(section, {})
        if not isinstance(overlays, Mapping):
            raise ScenarioError(f"{label}{section} = {overlays!r}: give named sets of overrides")
        for name, fields in overlays.items():
            where = f"{label}{section}.{name}"
            if not isinstance(fields, Mapping):
                raise ScenarioError(
                    f"{where} = {fields!r}: give fields and values, or {{}} for none"
                )
            problems = [f"{where}.{problem}" for problem in unknown_fields(fields)]
            if problems:
                raise ScenarioError(in_lines(problems))
            names[name] = None
    return list(names)


def _find(name_or_path: str | Path, *, asked_by: str = "") -> Path:
    text = str(name_or_path)
    if text in preset_names():
        return PRESETS / f"{text}.yaml"
    path = Path(text)
    try:
        if path.is_file():
            return path
        is_folder = len(path.parts) > 0 and path.is_dir()
    except OSError as error:
        raise ScenarioError(f"{asked_by}{text[:80]}: cannot be read ({error.strerror})") from None
    if is_folder:
        raise ScenarioError(f"{asked_by}{text}: a folder; give a YAML file")
    if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        raise ScenarioError(f"{asked_by}{text}: no such file")
    raise ScenarioError(
        f"{asked_by}no scenario {text!r}; presets are {preset_names()}, or give a YAML file"
    )


def _layers(path: Path, *, seen: tuple[Path, ...]) -> list[Layer]:
    """The file's values after those of the files it extends."""
    here = path.resolve()
    if here in seen:
        chain = " -> ".join(p.name for p in (*seen, here))
        raise ScenarioError(f"{path.name}: extends itself ({chain})")
    values = read_yaml(path)
    parent = values.pop("extends", None)
    layer = (f"{path.name}: ", values)
    if parent is None:
        return [layer]
    if not isinstance(parent, str):
        raise ScenarioError(f"{path.name}: extends = {parent!r}: give a preset or a file")
    beside = path.parent / parent
    base = beside if beside.is_file() else _find(parent, asked_by=f"{path.name}: extends: ")
    return [*_layers(base, seen=(*seen, here)), layer]


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid on `base`: blocks are merged, everything else replaced."""
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        # the categories of another assortment replace, they do not mix
        if isinstance(old, Mapping) and isinstance(value, Mapping) and key != "categories":
            result[key] = _merged(old, value)
        else:
            result[key] = value
    return result


def _plain(value: object) -> object:
    """Values of overrides and dates as JSON knows them."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, np.generic):
        return value.item()
    raise ScenarioError(f"{value!r} is {type(value).__name__}: give numbers, texts, lists or dates")
