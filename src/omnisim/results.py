"""What a measurement hands on: results are the contract between notebooks and reports.

A report reads results and never computes, so a result states for every number its unit, interval,
base, method and source. Serialises to plain JSON and back without loss.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from omnisim.errors import ResultError
from omnisim.language import chinese_number, chinese_range, remember, say
from omnisim.language.numbers import three_figures

RESULTS_VERSION = 1

Role = Literal["credit", "incremental", "descriptive", "risk", "diagnostic", "assumption"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One number with everything a reader needs to judge it.

    Attributes
    ----------
    name : str
        Machine name, unique within the result, e.g. ``att_per_store_week``.
    label : str
        Name for people.
    value : float
        The point estimate.
    unit : str
        ``USD``, ``USD/year``, ``orders``, ``share``, ``%``, ``points``, ...; a share stays a share.
    role : str
        ``credit`` (who touched), ``incremental`` (who caused), ``descriptive``, ``risk``,
        ``diagnostic``, ``assumption`` (what experts say). Credit is never called an effect.
    ci_low, ci_high : float or None
        Interval at `ci_level`; None only where no sampling is involved (then say so in `note`).
    n : int
        How many units the number rests on; `n_of` names them (``orders``, ``stores``).
    method, source : str
        How it was computed; which tables it came from.
    """

    name: str
    label: str
    value: float
    unit: str
    role: Role
    n: int
    n_of: str
    method: str
    source: str
    ci_low: float | None = None
    ci_high: float | None = None
    std_error: float | None = None
    ci_level: float = 0.95
    note: str = ""

    def __post_init__(self) -> None:
        for key in ("value", "ci_low", "ci_high", "std_error"):
            number = getattr(self, key)
            if number is not None and not math.isfinite(number):
                raise ResultError(f"estimate {self.name}: {key} = {number}: give a finite number")
        if (self.ci_low is None) != (self.ci_high is None):
            raise ResultError(f"estimate {self.name}: give both ends of the interval or neither")
        if self.ci_low is not None and self.ci_high is not None and self.ci_low > self.ci_high:
            raise ResultError(
                f"estimate {self.name}: interval [{self.ci_low}, {self.ci_high}] is upside down"
            )
        if self.std_error is not None and self.std_error < 0:
            raise ResultError(f"estimate {self.name}: std_error = {self.std_error}: give 0 or more")
        if not 0 < self.ci_level < 1:
            raise ResultError(
                f"estimate {self.name}: ci_level = {self.ci_level}: give a share between 0 and 1"
            )
        if self.n < 0:
            raise ResultError(f"estimate {self.name}: n = {self.n}: give 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One design check: what was looked at, what was allowed, whether it passed.

    A failed check with ``is_gate`` blocks the numbers behind it.
    """

    name: str
    label: str
    passed: bool
    sentence: str
    value: float | None = None
    threshold: float | None = None
    is_gate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One figure or table of the run folder.

    `title` is the message, `subtitle` says what is drawn and in which unit; `path` is relative to
    the run folder and has no suffix for figures (``.svg`` and ``.png`` exist), ``.parquet`` for
    tables.
    """

    name: str
    kind: Literal["figure", "table"]
    title: str
    subtitle: str
    path: str
    alt: str
    source: str
    n: int
    n_of: str
    note: str = ""

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """How a notebook shows that it was recorded: by its message."""
        printer.text(f"recorded {self.kind}: {self.title}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Situation, finding, so-what and recommendation in the words of the reader.

    Numbers in the sentences come from formatted estimates, never typed.

    Attributes
    ----------
    headline : str
        The message as a full sentence with a verb: becomes a section title.
    finding, so_what : str
        What was found with range and base; why it matters.
    recommendation : str
        What to do; empty when nothing follows.
    value_name : str
        Name of the estimate that sizes it in money; empty when it cannot be sized.
    cost_name : str
        Name of the estimate that says what the recommendation costs; empty when that is not known.
    owner_role : str
        Role that decides, e.g. ``Head of e-commerce``.
    effort : str
        ``low``, ``medium`` or ``high``.
    confidence : str
        ``low``, ``medium`` or ``high``, and `confidence_why` says from which checks.
    """

    headline: str
    finding: str
    so_what: str
    recommendation: str
    value_name: str
    owner_role: str
    effort: Literal["low", "medium", "high"]
    confidence: Literal["low", "medium", "high"]
    confidence_why: str
    horizon: Literal["now", "next", "later"] = "next"
    cost_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthComparison:
    """An estimate beside the value known from re-simulated worlds."""

    name: str
    label: str
    estimate: float
    truth: float
    truth_std_error: float
    unit: str
    semantics: str
    ci_low: float | None = None
    ci_high: float | None = None

    @property
    def error(self) -> float:
        """Estimate minus truth, in `unit`."""
        return self.estimate - self.truth

    @property
    def is_covered(self) -> bool | None:
        """Whether the interval holds the truth; None without an interval."""
        if self.ci_low is None or self.ci_high is None:
            return None
        return self.ci_low <= self.truth <= self.ci_high


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which dataset the numbers come from."""

    dataset: str
    dataset_hash: str
    is_simulated: bool
    currency: str
    locale: str
    first_date: str
    last_date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The answer to one question.

    Attributes
    ----------
    translations : mapping
        By language, what the English texts of the result and its tables are there; see
        :mod:`omnisim.language`.
    """

    question_id: str
    question: str
    answer: str
    source: Source
    estimates: tuple[Estimate, ...] = ()
    checks: tuple[Check, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    findings: tuple[Finding, ...] = ()
    truth: tuple[TruthComparison, ...] = ()
    assumptions: tuple[str, ...] = ()
    limitations: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    version: int = RESULTS_VERSION

    def __post_init__(self) -> None:
        for part in ("estimates", "checks", "exhibits", "truth"):
            names = [item.name for item in getattr(self, part)]
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ResultError(f"result {self.question_id}: {part} named twice: {twice}")
        known = {e.name for e in self.estimates}
        for finding in self.findings:
            for how, name in (("sized", finding.value_name), ("costed", finding.cost_name)):
                if name and name not in known:
                    raise ResultError(
                        f"result {self.question_id}: finding {how} by {name!r}, "
                        f"which is not one of its estimates {sorted(known)}"
                    )

    def estimate(self, name: str) -> Estimate:
        """The estimate called `name`."""
        for item in self.estimates:
            if item.name == name:
                return item
        raise ResultError(
            f"result {self.question_id}: no estimate {name!r}; "
            f"has {[e.name for e in self.estimates]}"
        )

    def texts(self) -> tuple[str, ...]:
        """Every text a reader may see, each once, in order."""
        parts: list[Any] = [self.question, self.answer]
        parts += [*self.estimates, *self.checks, *self.exhibits, *self.findings, *self.truth]
        parts += [*self.assumptions, *self.limitations, *self.methods]
        found = [text for part in parts for text in _texts_of(part)]
        return tuple(dict.fromkeys(text for text in found if text))

    def to_json(self) -> str:
        """JSON text, keys in declaration order, no NaN."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str, *, where: str = "result") -> Result:
        """Read what :meth:`to_json` wrote.

        Raises
        ------
        ResultError
            When the text is not JSON, has unknown or missing fields, or another version.
        """
        try:
            raw = json.loads(text)
        except json.JSONDecodeError as error:
            raise ResultError(f"{where}: not JSON ({error})") from None
        if not isinstance(raw, dict) or raw.get("version") != RESULTS_VERSION:
            found = raw.get("version") if isinstance(raw, dict) else type(raw).__name__
            raise ResultError(f"{where}: results version {found}; this is {RESULTS_VERSION}")
        parts: dict[str, Any] = {
            "estimates": Estimate,
            "checks": Check,
            "exhibits": Exhibit,
            "findings": Finding,
            "truth": TruthComparison,
        }
        try:
            made: dict[str, Any] = {
                key: tuple(kind(**item) for item in raw.pop(key)) for key, kind in parts.items()
            }
            source = Source(**raw.pop("source"))
            for key in ("assumptions", "limitations", "methods"):
                raw[key] = tuple(raw[key])
            unknown = set(raw) - {f.name for f in fields(cls)}
            if unknown:
                raise ResultError(f"{where}: unknown fields {sorted(unknown)}")
            return cls(source=source, **made, **raw)
        except (KeyError, TypeError) as error:
            raise ResultError(f"{where}: not a result file ({error})") from None


# Machine words among the texts of a part: names, paths, and choices the report words by itself.
_NOT_READ = (
    "name",
    "path",
    "kind",
    "role",
    "unit",
    "value_name",
    "cost_name",
    "effort",
    "confidence",
    "horizon",
)


def _texts_of(part: Any) -> list[str]:
    if isinstance(part, str):
        return [part]
    named = [(f.name, getattr(part, f.name)) for f in fields(part)]
    return [value for name, value in named if isinstance(value, str) and name not in _NOT_READ]


def format_number(value: float, unit: str) -> str:
    """A number with its unit as English readers expect it, three significant figures.

    Examples
    --------
    >>> format_number(1234567, "USD/year"), format_number(0.1234, "share")
    ('USD 1.23 million a year', '12.3%')
    >>> format_number(-35.2, "points"), format_number(15321, "orders")
    ('−35.2 points', '15,300 orders')
    """
    return remember(_english_number(value, unit), zh=chinese_number(value, unit))


def _english_number(value: float, unit: str) -> str:
    sign = "−" if value < 0 else ""
    size = abs(value)
    if unit in ("share", "%"):
        percent = size * 100 if unit == "share" else size
        return f"{sign}{three_figures(percent)}%"
    money, _, per = unit.partition("/")
    if len(money) == 3 and money.isupper():
        tail = {"": "", "year": " a year"}.get(per, f" per {per}")
        for scale, name in ((1e9, " billion"), (1e6, " million")):
            if size >= scale * 0.9995:
                return f"{money} {sign}{three_figures(size / scale)}{name}{tail}"
        return f"{money} {sign}{three_figures(size)}{tail}"
    return f"{sign}{three_figures(size)} {unit}".rstrip()


def format_range(low: float, high: float, unit: str) -> str:
    """Two ends of a range, the unit written once.

    Examples
    --------
    >>> format_range(150_000, 1_200_000, "USD/year"), format_range(0.461, 0.475, "share")
    ('USD 150,000 to 1.20 million a year', '46.1% to 47.5%')
    """
    start, end = (_english_number(value, unit).split(" ") for value in (low, high))
    shared = 0  # words of the unit at the end of both
    while shared < min(len(start), len(end)) - 1 and start[-1 - shared] == end[-1 - shared]:
        shared += 1
    prefix = 1 if len(end) > 1 and start[0] == end[0] and start[0].isalpha() else 0
    english = " ".join([*start[: len(start) - shared], "to", *end[prefix:]])
    return remember(english, zh=chinese_range(low, high, unit))


def format_estimate(estimate: Estimate) -> str:
    """Value with its range in words, e.g. ``USD 1.20 million (95% interval 0.90 to 1.50)``."""
    text = format_number(estimate.value, estimate.unit)
    if estimate.ci_low is None or estimate.ci_high is None:
        return text
    reach = format_range(estimate.ci_low, estimate.ci_high, estimate.unit)
    return say(
        "{value} ({level} interval {reach})",
        value=text,
        level=f"{estimate.ci_level:.0%}",
        reach=reach,
    )
