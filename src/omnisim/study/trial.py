"""One trial: a world with one seed, its truth, and what every method makes of its tables."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from time import perf_counter
from typing import Any

import pandas as pd

from omnisim.errors import DesignError, OmnisimError, StudyError
from omnisim.scenario import Scenario
from omnisim.storage import Tables
from omnisim.storage.trouble import named_trouble
from omnisim.study.catalogue import find_method
from omnisim.study.comparison import Truth
from omnisim.study.registry import Target
from omnisim.truth import simulate
from omnisim.truth.causes import KnownEffect
from omnisim.truth.memory import MEMORY_TABLES, live_world

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodCall:
    """A method by name, with its parameters; `key` tells it from any other call."""

    method: str
    parameters: Mapping[str, Any]
    target: Target

    @property
    def key(self) -> str:
        """Hash of all that decides what it does, the package's sources apart."""
        return digest([self.method, dict(self.parameters), asdict(self.target)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A world to run and the methods to hold against it.

    Attributes
    ----------
    point : int
        Number of the design point.
    scenario : Scenario
        With its seed.
    effects : tuple of KnownEffect
        Whose truth is wanted.
    outcome : str
        What is counted.
    across : str
        ``cause`` for one true value per channel, ``scope`` for one per part, else empty.
    calls : tuple of MethodCall
        Methods to run.
    sources : str
        Digest of package and libraries.
    folder : Path
        Where records lie.
    """

    point: int
    scenario: Scenario
    effects: tuple[KnownEffect, ...]
    outcome: str
    across: str
    calls: tuple[MethodCall, ...]
    sources: str
    folder: Path

    @property
    def key(self) -> str:
        """Names the record: the same key means the same world, truth and code."""
        effects = [asdict(effect) for effect in self.effects]
        told = [self.scenario.canonical(), effects, self.outcome, self.across, self.sources]
        return digest(told)

    @property
    def path(self) -> Path:
        """File of the record."""
        return self.folder / f"{self.key}.json"


def digest(told: object) -> str:
    """Hash of plain values."""
    text = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=16).hexdigest()


def run_trial(trial: Trial) -> None:
    """Run what is missing of a trial and write its record whole.

    A method that refuses (any error omnisim raises on purpose) leaves its sentence in the record.

    Raises
    ------
    StudyError
        A method crashed: a bug, named with world, seed and method.
    """
    record = read_record(trial.path) or {"methods": {}}
    calls = [call for call in trial.calls if call.key not in record["methods"]]
    if not calls and "truth" in record:
        return
    start = perf_counter()
    tables = sorted({name for call in calls for name in find_method(call.method).tables})
    with tempfile.TemporaryDirectory(prefix="omnisim-study-") as folder:
        data, effects = _world(trial, tables, Path(folder))
        record["truth"], record["no_truth"] = _truth(trial, effects)
        record["world_seconds"] = round(perf_counter() - start, 4)
        for call in calls:
            record["methods"][call.key] = _measured(trial, call, data)
    write_record(trial.path, record)


def read_record(path: Path) -> Record | None:
    """The record of a file; None where there is none, or a half one after a power cut."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) and "methods" in found else None


def write_record(path: Path, record: Record) -> None:
    """Write a record whole or not at all."""
    partial = path.with_suffix(".partial")
    with named_trouble(path, "write the record of a world"):
        try:
            partial.write_text(json.dumps(record, allow_nan=False), encoding="utf-8")
            partial.replace(path)
        except OSError:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise


def _world(trial: Trial, tables: Sequence[str], folder: Path) -> tuple[Tables, pd.DataFrame]:
    """Tables of the world and its true effects; on disk only where a table needs it."""
    if MEMORY_TABLES.issuperset(tables):
        lived = live_world(trial.scenario, tables=tables, effects=trial.effects)
        return lived.tables, lived.effects
    dataset = simulate(trial.scenario, out=folder / "world", truth="none", workers=1)
    # no more worlds than asked for: a kind of truth would run those of all its causes
    return dataset, live_world(trial.scenario, tables=(), effects=trial.effects).effects


def _truth(trial: Trial, effects: pd.DataFrame) -> tuple[dict[str, Any], str]:
    """True value by part, and why there is none; parts without a truth are left out."""
    truth = Truth(effects, "")
    found, why = {}, ""
    for effect in trial.effects:
        for scope in effect.scopes:
            part = {"cause": effect.cause, "scope": scope}.get(trial.across, "")
            try:
                row = truth.find(
                    estimand=effect.estimand,
                    cause=effect.cause,
                    semantics=effect.semantics,
                    outcome=trial.outcome,
                    scope=scope,
                )
            except DesignError as error:
                why = str(error)
            else:
                found[part] = _true_value(row)
    return found, "" if found else why


def _true_value(row: pd.Series[Any]) -> dict[str, Any]:
    return {
        "value": float(row["value"]),
        "std_error": float(row["std_error"]),
        "unit": str(row["unit"]),
    }


def _measured(trial: Trial, call: MethodCall, data: Tables) -> dict[str, Any]:
    """What a method made of the tables: estimates by part, or why it refused."""
    start = perf_counter()
    estimates: dict[str, Any] = {}
    failure = ""
    try:
        measured = find_method(call.method).measure(data, call.target, **call.parameters)
        for found in measured:
            estimates[found.name if trial.across else ""] = {
                "value": found.value,
                "std_error": found.std_error,
                "ci_low": found.ci_low,
                "ci_high": found.ci_high,
                "n": found.n,
                "unit": found.unit,
            }
    except OmnisimError as error:
        failure = str(error) or type(error).__name__
    except Exception as error:
        raise StudyError(
            f"method {call.method} crashed in world {trial.point}, seed {trial.scenario.seed}: "
            f"{type(error).__name__}: {error}; this is a bug"
        ) from error
    return {
        "estimates": estimates,
        "failure": failure,
        "seconds": round(perf_counter() - start, 4),
    }
