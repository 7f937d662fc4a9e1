"""Where estimates meet the truth: the only reader of a dataset's truth folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from omnisim.errors import DatasetError, DesignError
from omnisim.language import say, say_as
from omnisim.results import Estimate, TruthComparison
from omnisim.schema import TRUTH_TABLES
from omnisim.storage import Dataset, read_parts

_ROW_FIELDS = ("estimand", "cause", "semantics", "outcome", "scope")


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What re-simulated worlds say about a dataset.

    Attributes
    ----------
    effects : DataFrame
        One row per effect: ``truth/effects`` of the schema.
    dataset_hash : str
        The dataset it belongs to.
    """

    effects: pd.DataFrame
    dataset_hash: str

    def find(self, **fields: str) -> pd.Series[Any]:
        """The one effect with these fields.

        Raises
        ------
        DesignError
            When a field is unknown, or no effect or several have them.

        Examples
        --------
        >>> rows = pd.DataFrame({"estimand": ["total"], "cause": ["email"], "semantics": ["ghost"],
        ...                      "outcome": ["net_amount"], "scope": ["all"], "value": [12.0]})
        >>> float(Truth(rows, "").find(cause="email").value)
        12.0
        """
        unknown = sorted(set(fields) - set(_ROW_FIELDS))
        if unknown:
            raise DesignError(f"truth has no field {unknown[0]!r}; give some of {_ROW_FIELDS}")
        found = self.effects
        for field, value in fields.items():
            found = found[found[field].astype(str) == value]
        if found.empty:
            raise DesignError(
                f"no effect in the truth has {fields}; "
                f"causes are {sorted(self.effects['cause'].astype(str).unique())}"
            )
        if len(found) > 1:
            open_fields = {
                field: sorted(found[field].astype(str).unique())
                for field in _ROW_FIELDS
                if found[field].nunique() > 1
            }
            raise DesignError(
                f"{len(found)} effects in the truth have {fields}; choose among {open_fields}"
            )
        return found.iloc[0]


def open_truth(dataset: Dataset) -> Truth:
    """The truth of a simulated dataset.

    Raises
    ------
    DatasetError
        When the dataset has none: a client's data, or simulated with ``--truth none``.
    """
    entry = dataset.manifest.truth.get("effects")
    if entry is None or entry.rows == 0:
        raise DatasetError(
            f"{dataset.name}: no truth to compare with; simulate with --truth default"
        )
    parts = [dataset.path / part.path for part in entry.parts]
    missing = [part for part in entry.parts if not (dataset.path / part.path).is_file()]
    if missing:
        raise DatasetError(
            f"{dataset.name}: {missing[0].path} is missing, though the manifest lists it"
        )
    effects = read_parts(
        parts,
        TRUTH_TABLES["effects"],
        currency=dataset.currency,
    )
    return Truth(effects, dataset.dataset_hash)


def compare(
    estimates: Iterable[Estimate], truth: Truth, *, matches: Mapping[str, Mapping[str, str]]
) -> list[TruthComparison]:
    """Put estimates beside the truth they aim at.

    Parameters
    ----------
    estimates : iterable of Estimate
        May hold more than are matched.
    truth : Truth
        From :func:`open_truth`.
    matches : mapping of str to mapping
        Name of an estimate to the fields of its effect, e.g. ``{"ate": {"estimand": "ate",
        "outcome": "net_amount"}}``.

    Returns
    -------
    list of TruthComparison
        In the order of `matches`.

    Raises
    ------
    DesignError
        When a name is not among the estimates, an effect is not found, or units differ.
    """
    by_name: dict[str, Estimate] = {}
    for estimate in estimates:
        if estimate.name in by_name:
            raise DesignError(f"two estimates are named {estimate.name!r}: names must differ")
        by_name[estimate.name] = estimate
    rows = []
    for name, fields in matches.items():
        if name not in by_name:
            raise DesignError(f"no estimate {name!r} to compare; has {sorted(by_name)}")
        estimate, effect = by_name[name], truth.find(**fields)
        if str(effect["unit"]) != estimate.unit:
            raise DesignError(
                f"estimate {name!r} is in {estimate.unit!r}, the truth in {effect['unit']!r}: "
                "compare like with like"
            )
        rows.append(
            TruthComparison(
                name=name,
                label=estimate.label,
                estimate=estimate.value,
                truth=float(effect["value"]),
                truth_std_error=float(effect["std_error"]),
                unit=estimate.unit,
                semantics=say(
                    "{estimand}, {semantics}",
                    estimand=say_as("estimand", str(effect["estimand"])),
                    semantics=say_as("semantics", str(effect["semantics"])),
                ),
                ci_low=estimate.ci_low,
                ci_high=estimate.ci_high,
            )
        )
    return rows


def frame(comparisons: Iterable[TruthComparison]) -> pd.DataFrame:
    """Comparisons as a table for people, one row each."""
    return pd.DataFrame(
        [
            {
                "What": row.label,
                "Estimate": row.estimate,
                "Low": row.ci_low,
                "High": row.ci_high,
                "Truth": row.truth,
                "Error": row.error,
                "Covers the truth": row.is_covered,
                "Unit": row.unit,
            }
            for row in comparisons
        ]
    )
