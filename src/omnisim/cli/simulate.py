"""``omnisim simulate``: make a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omnisim.cli.console import View, note, tell
from omnisim.cli.places import dataset_home, shown

if TYPE_CHECKING:
    from omnisim.scenario import Scenario

COMMAND = "simulate"
HELP = """Make a dataset from a scenario.

SCENARIO is a preset or a YAML file; the dataset goes to data/synthetic/<name>.

`omnisim scenario list` names the presets.

An interrupted run keeps its finished blocks: the same command with --resume goes on from them.

\b
Example:  omnisim simulate grocery --market zh_CN --size tiny --seed 7

\b
Example:  omnisim simulate omnichannel_fashion --size tiny --raw

\b
Example:  omnisim simulate --size large --scheduler tcp://10.0.0.5:8786 --out s3://bucket/large

\b
Example:  omnisim simulate --size tiny --truth channels,pairs --semantics substitute --shapley 20"""

PRESET = "omnichannel_fashion"
SIZES = "tiny (2 000 customers), small (20 000), medium (200 000), large (2 million)"


def command(
    scenario: Annotated[str, typer.Argument(help="Preset or YAML file.")] = PRESET,
    size: Annotated[
        str | None, typer.Option(help=f"A size the scenario declares: {SIZES}.")
    ] = None,
    market: Annotated[
        str | None, typer.Option(help="A market the scenario declares: en_US or zh_CN.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of all luck.")] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Threads or processes; the data do not depend on it."),
    ] = None,
    scheduler: Annotated[
        str,
        typer.Option(
            metavar="threads|processes|local|tcp://HOST:PORT",
            help="Who does the work: this process, processes, a Dask cluster on this machine, or an "
            "existing Dask scheduler (docs/cluster.md); the data do not depend on it.",
        ),
    ] = "threads",
    out: Annotated[
        str | None,
        typer.Option(metavar="DIR|URL", help="Folder of the dataset, or a URL such as s3://a/b."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on from the finished blocks of an interrupted run."),
    ] = False,
    truth: Annotated[
        str,
        typer.Option(
            metavar="none|default|all|LIST",
            help="Which true effects to find, by re-simulating. Default: channels, experiments, "
            "rollouts, campaigns, promotions, incidents, programmes. Further: additions (one channel "
            "alone), pairs (synergy), budgets (marginal ROAS), segments (ATT and CATE of tests), "
            "lost_demand, treatments (of risks).",
        ),
    ] = "default",
    semantics: Annotated[
        str,
        typer.Option(
            metavar="LIST",
            help="What 'without a channel' means: ghost (no effect), substitute (another touch takes "
            "the slot), reallocated (its money moves to other channels).",
        ),
    ] = "ghost",
    shapley: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Also find Shapley values of channels from N sampled orders (4 to 1000); each takes "
            "up to 16 worlds.",
        ),
    ] = None,
    raw: Annotated[
        bool,
        typer.Option(
            "--raw",
            help="Also write raw/: the year as exports of the source systems (tills, shop, web, app, "
            "CRM, ...) with their defects; the ledger of defects is truth/raw_defects.",
        ),
    ] = False,
) -> None:
    """Make a dataset."""
    from omnisim.scenario import load_scenario

    chosen = load_scenario(scenario, size=size, market=market, seed=seed)
    folder = out or default_folder(scenario, size, market, chosen)
    # loads the compiler: after what can be refused at once
    from omnisim.truth import simulate, unfinished_blocks

    n_finished = unfinished_blocks(folder)
    if n_finished and not resume:
        note(
            f"begins anew; an interrupted run left {n_finished} finished blocks, which --resume keeps"
        )
    if n_finished and resume:
        note(f"goes on from {n_finished} finished blocks")
    try:
        with View() as view:
            dataset = simulate(
                chosen,
                out=folder,
                seed=seed,
                workers=workers,
                scheduler=scheduler,
                truth=truth,
                semantics=semantics,
                shapley=shapley,
                force=force,
                resume=resume,
                raw=raw,
                progress=view.phase,
            )
    except KeyboardInterrupt as stopped:  # typer ends it without a word
        note(*getattr(stopped, "__notes__", ()))
        raise
    tell(
        f"dataset  {shown(dataset.path)}",
        f"         {dataset.first_date} to {dataset.last_date}, {dataset.dataset_hash}",
        f"next     omnisim run {shown(dataset.path)}",
    )


def default_folder(asked: str, size: str | None, market: str | None, scenario: Scenario) -> Path:
    """Where a dataset goes by default: its size names one of the main preset."""
    from omnisim.scenario.files import DEFAULT_SIZE

    name = (size or DEFAULT_SIZE) if asked == PRESET else scenario.name
    return dataset_home() / (f"{name}-{market}" if market else name)
