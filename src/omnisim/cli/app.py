"""The command line: its commands, and how their errors are told.

Only typer is loaded here. Each command loads what it needs when it runs, so that ``--help`` answers
at once.
"""

from __future__ import annotations

import os
import sys
import traceback
from importlib.metadata import version
from typing import Annotated, cast

import typer

from omnisim.cli import check, demo, doctor, new, report, run, scenario, simulate, study
from omnisim.errors import OmnisimError

DONE, FAILED, BAD_INPUT, STOPPED = 0, 1, 2, 130

# Typer's errors about options and arguments: what BadParameter and its relatives derive from.
_UsageError = cast("type[Exception]", typer.BadParameter.__mro__[2])

app = typer.Typer(
    name="omnisim",
    help="Simulate an omnichannel retailer whose truth is known, measure it as an analyst would, "
    "and write the client report.\n\nBegin with:  omnisim demo",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (new, simulate, run, report, demo, study, check, doctor):
    app.command(module.COMMAND, help=module.HELP)(module.command)
app.add_typer(scenario.app, name=scenario.NAME, help=scenario.HELP)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"omnisim {version('omnisim')}")
        raise typer.Exit


@app.callback()
def _options(
    show_version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True),
    ] = False,
    debug: Annotated[
        bool,
        typer.Option("--debug", help="Show tracebacks, and keep the logs of notebooks."),
    ] = False,
) -> None:
    """Options before the command."""


def run_command(given: list[str]) -> int:
    """Run the command that some words name, and tell its errors; see :func:`omnisim.cli.main`."""
    debug = "--debug" in given
    words = [word for word in given if word != "--debug"] or ["--help"]
    try:
        code = app(words, prog_name="omnisim", standalone_mode=False, obj=debug) or DONE
    except OmnisimError as error:
        told = "\n".join([str(error), *getattr(error, "__notes__", ())])
        return _fail(told, error.exit_code, debug=debug)
    except typer.Abort:  # how older versions of typer tell Ctrl-C
        raise KeyboardInterrupt from None
    except BrokenPipeError:  # `omnisim check ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        notes = "".join(f"\n{line}" for line in getattr(error, "__notes__", ()))
        return _fail(f"{where}{error.strerror or error}{notes}", FAILED, debug=debug)
    except MemoryError:
        return _fail("not enough memory; try a smaller --size or --jobs 1", FAILED, debug=debug)
    except _UsageError as error:
        return _fail(_usage(error), BAD_INPUT, debug=False)
    except Exception as error:  # noqa: BLE001 - the outermost edge: here a bug becomes a sentence
        told = f"unexpected {type(error).__name__}: {error}".splitlines()[0]
        return _fail(f"{told}\nthis is a bug; --debug shows where it is", FAILED, debug=debug)
    if code == STOPPED:  # how recent versions of typer tell Ctrl-C
        raise KeyboardInterrupt
    return int(code)


def _usage(error: Exception) -> str:
    """What is wrong with the words of a command, and where to read more."""
    told = getattr(error, "format_message", lambda: str(error))()
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "omnisim"
    return f"{told}\nsee: {path} --help"


def _fail(told: str, code: int, *, debug: bool) -> int:
    """Tell an error in as few lines as it has."""
    if debug:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.write(f"error: {told}\n")
    return code
