"""The page on studies: an example, every field and method from their declarations, every column."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import get_args

from pydantic.fields import FieldInfo

from omnisim.scenario import load_scenario
from omnisim.scenario.block import Block
from omnisim.schema.dictionary import markdown_table
from omnisim.study.catalogue import registered
from omnisim.study.load import EXAMPLES, load_study, study_names
from omnisim.study.model import (
    Dial,
    EstimandChoice,
    MethodChoice,
    StudyFile,
    Window,
    Worlds,
    json_schema,
)
from omnisim.truth.causes import KnownEffect, further_effects, known_effects

_EXAMPLE = "ab_test"
_FEW = 8
_HEAD = """\
# Studies: methods against the truth

Written by `make docs` from the declarations in `omnisim.study`.

A study simulates many small worlds, with and without the cause in question, and lets every method see the
tables of each. What the methods say is then held against what was true. So one learns how often an interval
keeps its promise, which method sees effects that are not there, and where each of them fails.

```sh
omnisim study --list              # studies that come with omnisim
omnisim study --methods           # methods a study can name
omnisim study ab_test --seeds 20  # run one; results go to studies/ab_test
omnisim study my_study.yaml       # run one's own
```

```python
from omnisim import study

done = study.run_study(study.load_study("ab_test", seeds=20), out="studies/ab_test")
study.by_method(done.summary)
```

**Shared luck.** Every design point runs the same seeds, and all draws have an address: two worlds with the
same seed differ by what their dials do and by nothing else. Differences between design points and between
methods are therefore much better known than each number by itself.

**Stop and go on.** Each world and seed leaves one small record in `records/`, written whole, named by a hash
of scenario, seed, estimand and package sources. A second run reads what is there and runs what is new: more
seeds, more dials, more methods. Ctrl-C loses only the worlds it interrupts. After a change of the package all
worlds are run again.

**The wall holds.** A method is given the tables it declares and nothing else. Those tables are made in memory
and are equal, row by row, to the written ones; a method that reads further tables gets its worlds over the disk,
which takes longer. Only the worlds that the estimand needs are run beside the base world.

**A refusal is a result.** When a method refuses (too few accounts, a failed gate), its sentence stands in
`failure` and it counts in `n_refused`. Shares and errors are of the worlds in which it answered, so read them
together. A crash stops the study and names world, seed and method.

## What to hold a method against

`truth: of_seed` holds each estimate against the effect in its own world: these customers with this luck.
`truth: mean` holds all seeds of a design point against their mean truth, which is nearer to what a method
promises when one small world says little, as with the sales a single channel caused; the error of that mean is in
`truth_std_error`.

With `across: cause` the estimand has a value per channel, with `across: scope` one per part of the units: per week
since the start (`scope: event_week`), wave, region. Each is a part with measures of its own; the part `(all)` takes
the mean over parts, world by world, and says how well their order is found.

`semantics` says what a channel's absence means: [semantics.md](semantics.md). `window` counts some weeks of the
horizon only. Whatever is asked, only the worlds that show it are run: two for a channel, four for a synergy.

```yaml
estimand: {estimand: total, across: cause, semantics: substitute}       # another touch takes the slot
estimand: {estimand: shapley, across: cause, orders: 40}                # against sampled Shapley values
estimand: {estimand: synergy, cause: paid_social+email}                 # beyond what each brings
estimand: {estimand: marginal_roas, across: cause, scope: +10%}         # of the next money
estimand: {estimand: att, across: scope, scope: event_week}             # an event study
estimand: {estimand: total, across: cause, window: {first_day: 84, n_days: 28}}
estimand: {estimand: total, cause: coupon_limits, outcome: margin_amount}  # a risk that is treated
```

## Who runs it

`--scheduler threads` (default), `processes` or `local` (a Dask cluster) give the same table. One run at a time works in
a folder; a second one is told which process is at it. What a killed run leaves is taken over. On a full disk the study
stops with the path and the free space, and goes on from the finished worlds when there is room.

## A study file
"""
_ASKED = """\
## What can be asked for

In the scenario `omnichannel_fashion`; others have their own causes. A name that is not there is answered with those
that are.
"""
_FILES = """\
## What is in the folder

| file | what |
| --- | --- |
| `results.parquet`, `results.csv` | one row per world, seed, method and part |
| `summary.parquet`, `summary.csv` | one row per world, method and part |
| `figures/` | bias against spread, each measure along each dial, RMSE over two dials; SVG and PNG |
| `records/` | one record per world and seed, for the next run |
| `study.json` | the file that was run, with versions |

### Columns of `results`
"""
RESULT_COLUMNS = {
    "world": "number of the design point, from 1",
    "seed": "luck of the world",
    "*dials*": "one column per dial with its value",
    "method": "label of the method",
    "part": "channel or part of the units, for `across`; else empty",
    "estimate, std_error, ci_low, ci_high": "what the method says, in `unit`; missing where it refused or "
    "gives no interval",
    "n": "units behind the estimate",
    "truth, truth_std_error": "the true effect; its standard error says how it varies over other customers, or, "
    "with `truth: mean`, how well the mean is known",
    "error": "estimate less truth",
    "unit": "unit of estimate and truth",
    "seconds": "time of the method; the only column that differs between two runs",
    "failure": "why there is no estimate; empty otherwise",
}
SUMMARY_COLUMNS = {
    "world, *dials*, method, part": "as above; part `(all)` is the mean over parts, world by world",
    "n, n_refused": "seeds with an estimate, and without",
    "mean_truth": "mean true effect over the seeds",
    "bias": "mean error",
    "empirical_se": "standard deviation of the error over seeds",
    "rmse": "root of the mean squared error",
    "n_intervals, coverage": "estimates with an interval, and the share of these that hold the truth",
    "n_zero, type_1_error": "intervals where the truth is 0, and the share of these that leave out 0",
    "power": "share of the other intervals that leave out 0",
    "rank_agreement": "Kendall's tau-b of estimated and true order, mean over seeds; part `(all)` only",
    "*measure*_mc_error": "Monte-Carlo standard error of each: how far the measure itself may be off with so "
    "many seeds (Morris, White and Crowther 2019, Statistics in Medicine 38(11), table 6)",
}
_TAIL = """
The speed of a study is measured by `benchmarks/bench_study.py`.
"""


def study_page() -> str:
    """The page in Markdown.

    Examples
    --------
    >>> study_page().splitlines()[0]
    '# Studies: methods against the truth'
    """
    example = (EXAMPLES / f"{_EXAMPLE}.yaml").read_text(encoding="utf-8")
    return "\n".join(
        [
            _HEAD,
            f"```yaml\n{example}```\n",
            "Editors check and complete with [study.schema.json](study.schema.json). Studies of the package:\n",
            markdown_table(
                ("study", "question", "worlds x seeds"),
                [
                    (
                        f"`{name}`",
                        found.file.question,
                        f"{len(found.points)} x {len(found.seeds)}",
                    )
                    for name, found in ((name, load_study(name)) for name in study_names())
                ],
            ),
            *_fields(),
            _ASKED,
            markdown_table(("estimand", "semantics", "cause", "outcome", "scope"), _effects()),
            "## Methods\n",
            markdown_table(
                ("method", "what it is", "estimand", "outcomes", "tables", "parameters"),
                [
                    (
                        f"`{found.name}`",
                        found.about,
                        found.measures,
                        ", ".join(found.outcomes),
                        ", ".join(found.tables),
                        ", ".join(f"{k} = {v!r}" for k, v in found.defaults.items()),
                    )
                    for found in registered().values()
                ],
            ),
            _FILES,
            markdown_table(("column", "meaning"), _columns(RESULT_COLUMNS)),
            "### Columns of `summary`\n",
            markdown_table(("column", "meaning"), _columns(SUMMARY_COLUMNS)),
            _TAIL.strip() + "\n",
        ]
    )


def schema_text() -> str:
    """The JSON schema of study files, as it stands in a file for editors.

    Examples
    --------
    >>> schema_text()[0]
    '{'
    """
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


def _columns(columns: dict[str, str]) -> list[tuple[str, str]]:
    rows = []
    for names, meaning in columns.items():
        shown = [n if n.startswith("*") else f"`{n}`" for n in names.split(", ")]
        rows.append((", ".join(shown), meaning))
    return rows


def _fields() -> Iterator[str]:
    """A table of fields for the file and each of its blocks."""
    sections: tuple[tuple[str, type[Block]], ...] = (
        ("The file", StudyFile),
        ("`worlds`", Worlds),
        ("`worlds.dials.<field>`", Dial),
        ("`methods[]`", MethodChoice),
        ("`estimand`", EstimandChoice),
        ("`estimand.window`", Window),
    )
    for title, block in sections:
        rows = [
            (f"`{name}`", _default(field), field.description or "")
            for name, field in block.model_fields.items()
            if field.description
        ]
        yield f"## {title}\n"
        yield markdown_table(("field", "default", "meaning"), rows)


def _effects() -> list[tuple[str, ...]]:
    """What a scenario has a truth for, causes of one sort together."""
    scenario = load_scenario("omnichannel_fashion")
    sorts: dict[tuple[str, ...], list[KnownEffect]] = {}
    for effect in (*known_effects(scenario), *further_effects(scenario)):
        same = (effect.estimand, effect.semantics, effect.kind, *effect.outcomes, *effect.scopes)
        sorts.setdefault(same, []).append(effect)
    return [
        (
            f"`{some[0].estimand}`",
            f"`{some[0].semantics}`",
            _few([effect.cause for effect in some]),
            ", ".join(some[0].outcomes),
            _few(some[0].scopes),
        )
        for some in sorts.values()
    ]


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_FEW])
    return shown if len(names) <= _FEW else f"{shown}, ... ({len(names)})"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    allowed = [repr(value) for value in get_args(field.annotation) if isinstance(value, str)]
    shown = "" if field.default in ("", None, (), {}) else f"`{field.default}`"
    return f"{shown} (of {', '.join(allowed)})".strip() if allowed else shown
