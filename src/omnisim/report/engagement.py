"""The engagement file: for whom a report is written, how it looks and what it shows.

``engagement.yml`` lies in the folder of the project. Everything in it has a default; a mistake is an
error that names file, field, value and what is allowed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from omnisim.errors import EngagementError
from omnisim.report.benchmarks import TARGETS
from omnisim.report.font_files import BRAND_FAMILY, families_of
from omnisim.report.logo import Logo, read_logo

FILE_NAME = "engagement.yml"
_MAX_BYTES = 100_000
_MAX_SHOWN = 5  # problems of one file that are told at once
_MAX_COST = 1e12  # more than any programme costs in any currency; beyond it a digit was held down
_LEAST_CONTRAST = 4.5  # with white, for text of any size: WCAG 2.2, success criterion 1.4.3
_SHARES_AGREE = 1e-6  # weights are typed by hand: 0.33 + 0.33 + 0.34
Sector = Literal[
    "fashion", "beauty", "grocery", "electronics", "home_furnishing", "made_to_order", "other"
]
Share = Annotated[float, Field(gt=0, lt=1)]
Text = Annotated[str, Field(max_length=500)]
Hex = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
_Tuple = BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value)


class _Part(BaseModel):
    """Frozen; refuses unknown fields, NaN and values of the wrong type."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class Colours(_Part):
    """Colours of a report; text is set in them, so each must be dark enough on white."""

    accent: Hex = Field("#0B7A75", description="headings, rules and bars")
    ink: Hex = Field("#1B2A41", description="text")
    muted: Hex = Field("#5C6B80", description="notes and running heads")
    alert: Hex = Field("#B34730", description="what failed, and the mark of simulated data")

    @field_validator("accent", "ink", "muted", "alert")
    @classmethod
    def _readable(cls, value: str) -> str:
        contrast = _contrast_with_white(value)
        if contrast < _LEAST_CONTRAST:
            raise ValueError(
                f"has a contrast of {contrast:.1f} with white; text needs {_LEAST_CONTRAST} or "
                "more: give a darker shade"
            )
        return value


class Fonts(_Part):
    """The typeface of a report."""

    family: str = Field(
        BRAND_FAMILY, pattern=r"^[A-Za-z0-9 ]{1,60}$", description="name of the typeface"
    )
    files: Annotated[tuple[str, ...], _Tuple] = Field(
        (), max_length=12, description="its .ttf or .otf files, beside this file"
    )


class Currency(_Part):
    """How amounts are named; they are never converted."""

    code: str | None = Field(
        None, pattern=r"^[A-Z]{3}$", description="three capital letters, as in the data"
    )
    name: Text = Field("", description="in words, for the cover: US dollars")


class Stage(_Part):
    """Where the business stands, and how its measures are weighed there."""

    name: Text = Field("", description="acquisition, retention, …")
    weights: dict[Literal["sales", "customers", "operations", "channels"], Share] = Field(
        default_factory=dict, description="share of each block of the index of measures, sum 1"
    )

    @field_validator("weights")
    @classmethod
    def _whole(cls, value: dict[str, float]) -> dict[str, float]:
        if value and abs(sum(value.values()) - 1) > _SHARES_AGREE:
            raise ValueError(f"sum to {sum(value.values()):g}; they must sum to 1")
        return value

    @property
    def weights_text(self) -> str:
        """The weights as the parameter `stage_weights` of a notebook takes them; empty without any.

        Examples
        --------
        >>> Stage(weights={"sales": 0.6, "channels": 0.4}).weights_text
        'sales=0.6, channels=0.4'
        """
        return ", ".join(f"{block}={weight!r}" for block, weight in self.weights.items())


class Agreed(_Part):
    """What was agreed with the client on one recommendation, in place of what the results say."""

    cost: Annotated[float, Field(ge=0, le=_MAX_COST)] | None = Field(
        None, description="amount in all, in the currency of the results"
    )
    owner: Text = Field("", description="who leads it, by name or role")
    by: dt.date | None = Field(None, description="day it is done, as 2026-03-31")


class Engagement(_Part):
    """For whom a report is written, how it looks and what it shows.

    Examples
    --------
    >>> Engagement(client="Acme").truth
    'shown'
    """

    client: Text = Field("", description="name on the cover")
    sector: Sector | None = Field(None, description="trade of the client")
    logo: str | None = Field(None, description="PNG, JPEG or SVG file beside this file")
    colours: Colours = Field(default_factory=Colours)
    fonts: Fonts = Field(default_factory=Fonts)
    currency: Currency = Field(default_factory=Currency)
    language: Literal["en", "zh"] = Field("en", description="language of the documents")
    audience: Text = Field("", description="for whom it is written, on the cover")
    confidentiality: Text = Field("", description="Confidential where nothing is given")
    author: Text = Field("", description="who wrote it, on the cover")
    stage: Stage = Field(default_factory=Stage)
    targets: dict[str, Share] = Field(
        default_factory=dict, description="agreed targets in place of those of the literature"
    )
    actions: dict[str, Agreed] = Field(
        default_factory=dict, description="cost, owner and day agreed for recommendations"
    )
    questions: Annotated[tuple[str, ...], _Tuple] = Field(
        (), description="which results are shown; all where nothing is given"
    )
    truth: Literal["shown", "hidden"] = Field(
        "shown", description="whether estimates stand beside the truth of simulated data"
    )

    @field_validator("targets")
    @classmethod
    def _known(cls, value: dict[str, float]) -> dict[str, float]:
        known = [target.name for target in TARGETS]
        for name in value:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
                raise ValueError(f"has {name!r}, which is no target; {hint}")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedEngagement:
    """An engagement with the files it names.

    Attributes
    ----------
    engagement : Engagement
        What the file says.
    logo : Logo or None
        The picture of the cover.
    fonts : tuple of Path
        Files of the typeface.
    """

    engagement: Engagement = field(default_factory=Engagement)
    logo: Logo | None = None
    fonts: tuple[Path, ...] = ()


def read_engagement(file: str | Path) -> OpenedEngagement:
    """Read and check an engagement file and the files it names.

    Parameters
    ----------
    file : path
        A YAML file. The logo and the fonts lie in its folder or below.

    Raises
    ------
    EngagementError
        Naming the file, the field, the value and what is allowed.
    """
    path = Path(file)
    try:
        engagement = Engagement.model_validate(_values(path))
    except ValidationError as error:
        raise EngagementError("\n".join(_lines(path.name, error))) from None
    logo = None
    if engagement.logo is not None:
        place = _beside(path, "logo", engagement.logo)
        logo = read_logo(place, where=f"{path.name}: logo = {engagement.logo!r:.80}")
    return OpenedEngagement(engagement=engagement, logo=logo, fonts=_fonts(path, engagement.fonts))


def engagement_of(run: Path) -> Path | None:
    """The engagement file of the project a run ``<project>/runs/<name>`` lies in, if any."""
    here = run.resolve()
    file = here.parent.parent / FILE_NAME
    is_there = file.exists() or file.is_symlink()  # what cannot be read is an error, not an absence
    return file if here.parent.name == "runs" and is_there else None


def _values(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise EngagementError(f"{path.name}: larger than 100 kB; is it an engagement file?")
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise EngagementError(f"{path.name}: not UTF-8 text") from None
    except OSError as error:
        raise EngagementError(f"{path}: cannot be read ({error.strerror})") from None
    try:
        values = yaml.load(text, Loader=_OnceLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        what = " ".join(str(getattr(error, "problem", None) or error).split())
        raise EngagementError(f"{path.name}{line}: not YAML: {what}") from None
    except RecursionError:
        raise EngagementError(f"{path.name}: not an engagement file: nested too deeply") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise EngagementError(f"{path.name}: give fields and values, found {values!r:.40}")
    return values


class _OnceLoader(yaml.SafeLoader):
    """Plain values, no references, every field once: YAML itself keeps the last and says nothing."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(
                problem="references (*name) are not used here", problem_mark=event.start_mark
            )
        return super().compose_node(parent, index)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except ValueError as error:  # a 30th of February
            raise yaml.MarkedYAMLError(
                problem=f"{node.value!r:.60} is no value: {error}", problem_mark=node.start_mark
            ) from None

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key.value, str) or key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"field {key.value!r:.60} is given twice or is no text",
                    problem_mark=key.start_mark,
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _lines(name: str, error: ValidationError) -> Iterator[str]:
    problems = error.errors(include_url=False)
    for problem in problems[:_MAX_SHOWN]:
        yield f"{name}: {_told(problem)}"
    if len(problems) > _MAX_SHOWN:
        yield f"and {len(problems) - _MAX_SHOWN} more"


def _told(problem: ErrorDetails) -> str:
    place = [str(part) for part in problem["loc"] if part != "[key]"]
    where = ".".join(place)
    block, description = _declared(place)
    if problem["type"] == "extra_forbidden":
        near = get_close_matches(place[-1], block.model_fields, n=1)
        known = ", ".join(block.model_fields)
        return f"{where}: unknown field; " + (
            f"did you mean {near[0]!r}?" if near else f"known are {known}"
        )
    given = problem["input"]
    shown = repr(given if isinstance(given, (int, float, str)) else str(given))[:80]
    message = problem["msg"].removeprefix("Value error, ").replace("Input should", "should")
    if problem["type"] == "string_type" and not isinstance(given, (dict, list)):
        message = "give a text, in quotes"
    elif problem["type"] in ("model_type", "dict_type"):
        message = "give fields and values, {name: value}"
        if block is not Engagement:
            message += f"; known are {', '.join(block.model_fields)}"
    elif problem["type"] == "tuple_type":
        message = "give a list: [a, b]"
    elif problem["type"] == "string_pattern_mismatch":
        message = _PATTERNS.get(place[-1], message)
    return f"{where} = {shown}: {message}" + (f" ({description})" if description else "")


_PATTERNS = {
    **dict.fromkeys(Colours.model_fields, "give # and six hexadecimal digits in quotes: '#0B7A75'"),
    "family": "give letters, digits and spaces",
    "code": "give three capital letters, e.g. USD",
}


def _declared(place: list[str]) -> tuple[type[BaseModel], str]:
    """The innermost part a place lies in, and what its field means."""
    block: type[BaseModel] = Engagement
    description = ""
    if place[:1] == ["actions"] and len(place) > 1:  # actions.<name of the action>.<field>
        block, place = Agreed, place[2:]
    for part in place:
        found = block.model_fields.get(part)
        if found is None:
            break
        description = found.description or ""
        if isinstance(found.annotation, type) and issubclass(found.annotation, BaseModel):
            block = found.annotation
    return block, description


def _beside(file: Path, where: str, name: str) -> Path:
    """A file named by the engagement file: never one of another folder."""
    folder = file.parent.resolve()
    place = (folder / name).resolve() if "\x00" not in name else folder.parent
    if not place.is_relative_to(folder):
        raise EngagementError(
            f"{file.name}: {where} = {name!r:.80}: give a file in the folder of {file.name}"
        )
    return place


def _fonts(file: Path, fonts: Fonts) -> tuple[Path, ...]:
    places = tuple(_beside(file, "fonts.files", name) for name in fonts.files)
    found = {
        family
        for place, name in zip(places, fonts.files, strict=True)
        for family in families_of(place, where=f"{file.name}: fonts.files = {name!r:.80}")
    }
    if fonts.family not in {*found, BRAND_FAMILY}:
        there = f"the files hold {', '.join(sorted(found))}" if found else "no font file is given"
        raise EngagementError(
            f"{file.name}: fonts.family = {fonts.family!r}: {there}; name its files under "
            f"fonts.files, or leave it at {BRAND_FAMILY!r}"
        )
    return places


def _contrast_with_white(colour: str) -> float:
    """Contrast of a colour and white, 1 to 21, as WCAG 2.2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    luminance = sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return 1.05 / (luminance + 0.05)
