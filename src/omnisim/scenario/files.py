"""Scenario files: YAML with `extends` and named sizes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from omnisim.errors import ScenarioError
from omnisim.scenario.model import Scenario

PRESETS = Path(__file__).parent / "presets"
DEFAULT_SIZE = "small"
_MAX_BYTES = 1_000_000


def preset_names() -> list[str]:
    """Names of the scenarios that come with the package."""
    return sorted(path.stem for path in PRESETS.glob("*.yaml"))


def load_scenario(
    name_or_path: str | Path,
    *,
    size: str | None = None,
    seed: int | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Scenario:
    """Read a preset or a file, apply size, overrides and seed, and check the whole.

    Parameters
    ----------
    name_or_path : str or Path
        A preset's name, or a YAML file.
    size : str, optional
        One of the file's `sizes`; ``small`` where the file has it, else nothing.
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
    """
    path = _find(name_or_path)
    values = _read(path, seen=())
    sizes = values.pop("sizes", {})
    if not isinstance(sizes, dict):
        raise ScenarioError(f"{path.name}: sizes = {sizes!r}: give named sets of overrides")
    chosen = size or (DEFAULT_SIZE if DEFAULT_SIZE in sizes else None)
    if chosen is not None:
        if chosen not in sizes:
            raise ScenarioError(f"{path.name}: no size {chosen!r}; has {sorted(sizes)}")
        values = _merged(values, sizes[chosen])
    values = _merged(values, overrides or {})
    if seed is not None:
        values["seed"] = seed
    try:
        # through JSON: there lists are tuples and ISO dates are dates even in strict models
        return Scenario.model_validate_json(json.dumps(values, default=str))
    except ValidationError as error:
        raise ScenarioError(f"{path.name}: {_first_problem(error)}") from None


def scenario_sizes(name_or_path: str | Path) -> list[str]:
    """Names of the sizes a preset or a file declares, those it extends included."""
    sizes = _read(_find(name_or_path), seen=()).get("sizes", {})
    return list(sizes) if isinstance(sizes, dict) else []


def _find(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    if text in preset_names():
        return PRESETS / f"{text}.yaml"
    path = Path(text)
    if path.is_file():
        return path
    if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        raise ScenarioError(f"{text}: no such file")
    raise ScenarioError(f"no scenario {text!r}; presets are {preset_names()}, or give a YAML file")


def _read(path: Path, *, seen: tuple[Path, ...]) -> dict[str, Any]:
    """The file's values laid over those it extends."""
    here = path.resolve()
    if here in seen:
        chain = " -> ".join(p.name for p in (*seen, here))
        raise ScenarioError(f"{path.name}: extends itself ({chain})")
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ScenarioError(f"{path.name}: larger than 1 MB; is it a scenario file?")
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise ScenarioError(f"{path.name}: not YAML{where}: {_one_line(error)}") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"{path.name}: not UTF-8 text") from None
    except OSError as error:
        raise ScenarioError(f"{path.name}: cannot be read ({error.strerror})") from None
    if not isinstance(values, dict):
        raise ScenarioError(f"{path.name}: holds {type(values).__name__}; give fields and values")
    parent = values.pop("extends", None)
    if parent is None:
        return values
    if not isinstance(parent, str):
        raise ScenarioError(f"{path.name}: extends = {parent!r}: give a preset or a file")
    beside = path.parent / parent
    base = _read(beside if beside.is_file() else _find(parent), seen=(*seen, here))
    return _merged(base, values)


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid on `base`: blocks are merged, everything else replaced."""
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        # the categories of another assortment replace, they do not mix
        result[key] = _merged(old, value) if both and key != "categories" else value  # type: ignore[arg-type]
    return result


def _first_problem(error: ValidationError) -> str:
    problems = error.errors(include_url=False)
    first = problems[0]
    field = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        message = "unknown field"
        text = f"{field}: {message}"
    elif first["type"] == "missing":
        text = f"{field}: missing"
    elif field and first["type"] != "value_error":
        text = f"{field} = {str(first['input'])[:80]!r}: {message}"
    else:
        text = f"{field}: {message}" if field else message
    more = len(problems) - 1
    return text + (f" (and {more} more)" if more else "")


def _one_line(error: BaseException) -> str:
    return " ".join(str(getattr(error, "problem", None) or error).split())
