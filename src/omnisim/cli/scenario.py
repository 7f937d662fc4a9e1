"""``omnisim scenario``: which presets there are, what is in a scenario, how two differ, its protocol."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omnisim.cli.console import show_table, tell
from omnisim.errors import ScenarioError, StorageError

if TYPE_CHECKING:
    from omnisim.scenario import Scenario

NAME = "scenario"
HELP = """List presets, show a scenario with everything resolved, compare two, describe one.

Example:  omnisim scenario list"""

LIST_HELP = """List the presets: what they are, their markets, sizes and customers.

Example:  omnisim scenario list"""

SHOW_HELP = """Print a scenario with all it extends, its market and its size applied, as YAML.

SCENARIO is a preset or a YAML file. What is printed is a scenario file itself.

Example:  omnisim scenario show grocery --size tiny --block demand --explain"""

DIFF_HELP = """Print the fields in which two scenarios differ, with both values.

A and B are presets or YAML files; @ adds a market or a size. The exit code is 0 either way.

Example:  omnisim scenario diff grocery@tiny grocery@tiny@zh_CN"""

ODD_HELP = """Describe a scenario by the ODD protocol (Grimm et al. 2020), as Markdown.

SCENARIO is a preset or a YAML file. Every parameter, unit, table and switch on the page comes from the
scenario and from the declarations the simulation reads. Printed, or written with --out.

Example:  omnisim scenario odd grocery --size tiny --out grocery-odd.md"""

app = typer.Typer(rich_markup_mode=None)


@app.command("list", help=LIST_HELP)
def list_presets() -> None:
    """Show every preset in a line."""
    from omnisim.scenario import load_scenario, preset_names, scenario_markets, scenario_sizes

    rows = []
    for name in preset_names():
        sizes = [
            f"{size} {_short(load_scenario(name, size=size).population.n_customers)}"
            for size in scenario_sizes(name)
        ]
        about = load_scenario(name).description
        rows.append((name, about, ", ".join(scenario_markets(name)), ", ".join(sizes)))
    show_table(["preset", "what it is", "markets", "sizes and customers"], rows)


@app.command("show", help=SHOW_HELP)
def show(
    scenario: Annotated[str, typer.Argument(help="Preset or YAML file.")],
    size: Annotated[str | None, typer.Option(help="A size the scenario declares.")] = None,
    market: Annotated[str | None, typer.Option(help="A market the scenario declares.")] = None,
    block: Annotated[
        str | None, typer.Option(help="Only this part of it, e.g. demand or stores.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what each field means, with its unit.")
    ] = False,
) -> None:
    """Print a resolved scenario."""
    from omnisim.scenario import load_scenario, scenario_yaml

    chosen = load_scenario(scenario, size=size, market=market)
    tell(scenario_yaml(chosen, block=block, explain=explain).rstrip("\n"))


@app.command("diff", help=DIFF_HELP)
def diff(
    left: Annotated[str, typer.Argument(metavar="A", help="Preset or file, e.g. beauty@tiny.")],
    right: Annotated[str, typer.Argument(metavar="B", help="Preset or file to compare with.")],
) -> None:
    """Print what two scenarios differ in."""
    from omnisim.scenario import differences
    from omnisim.scenario.describe import yaml_value

    found = differences(parse_scenario(left), parse_scenario(right))
    if not found:
        tell(f"{left} and {right} make the same data")
        return
    rows = []
    for item in found:
        values = (item.left, item.right)
        rows.append((item.field, *("" if value is None else yaml_value(value) for value in values)))
    show_table(["field", left, right], rows)


@app.command("odd", help=ODD_HELP)
def odd(
    scenario: Annotated[str, typer.Argument(help="Preset or YAML file.")],
    size: Annotated[str | None, typer.Option(help="A size the scenario declares.")] = None,
    market: Annotated[str | None, typer.Option(help="A market the scenario declares.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; printed when not given.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Print or write the protocol of a scenario."""
    from omnisim.odd import odd_page
    from omnisim.scenario import load_scenario

    page = odd_page(load_scenario(scenario, size=size, market=market))
    if out is None:
        tell(page.rstrip("\n"))
        return
    if out.exists() and not force:
        raise StorageError(f"{out}: exists; give --force to replace it")
    try:
        out.write_text(page, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{out}: cannot be written ({error.strerror})") from None
    tell(f"written: {out}")


def parse_scenario(text: str) -> Scenario:
    """The scenario that ``NAME[@MARKET][@SIZE]`` names.

    Raises
    ------
    ScenarioError
        When the scenario cannot be, or has no such market or size.
    """
    from omnisim.scenario import load_scenario, scenario_markets, scenario_sizes

    if Path(text).is_file():  # a file may have an @ in its name
        return load_scenario(text)
    name, *parts = text.split("@")
    size = market = None
    for part in parts:
        if part in scenario_sizes(name) and size is None:
            size = part
        elif part in scenario_markets(name) and market is None:
            market = part
        else:
            raise ScenarioError(
                f"{text}: {part!r} is no further market or size of {name}; markets are "
                f"{scenario_markets(name)}, sizes are {scenario_sizes(name)}"
            )
    return load_scenario(name, size=size, market=market)


def _short(count: int) -> str:
    """A round number of customers.

    Examples
    --------
    >>> _short(2_000), _short(2_000_000), _short(1_300)
    ('2k', '2M', '1.3k')
    """
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if count >= unit:
            return f"{count / unit:g}{name}"
    return str(count)
