"""``omnisim new``: a folder to work in, for one engagement."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Annotated

import typer

from omnisim.cli.console import tell
from omnisim.cli.engagement_file import FILE_NAME, Brief, engagement_text, logo_name, quoted
from omnisim.errors import InputError, StorageError

COMMAND = "new"
_DEFAULT_CURRENCY = "USD"  # of the presets
HELP = """Make a folder for an engagement: notebooks, report sources, a scenario, engagement.yml.

\b
Example:  omnisim new acme --client "Acme Ltd." --sector fashion --accent "#7A1F5C" --logo acme.svg"""

README = """# {name}

Made with omnisim {version}.

    omnisim simulate scenario.yaml    # a world like the client's, into data/synthetic/{slug}
    omnisim run {slug}
    omnisim report {slug}

| here | what |
|---|---|
| `engagement.yml` | client, logo, colours, language, agreed targets: how the report looks and what it shows |
| `scenario.yaml` | what is simulated; it extends a preset and changes what you write down |
| `notebooks/` | one question each; change them, they are yours |
| `reports/` | the sources of the report |
| `data/synthetic/` | datasets, one folder each |
| `runs/` | results, tables, figures and executed notebooks |

`omnisim check .` tells whether all of it is whole.
"""

SCENARIO = """# Fields that are not here come from the preset; `omnisim check scenario.yaml` finds mistakes.
extends: {preset}
name: {slug}
description: {description}
# seed: 7
{market}market: {{locale: {locale}, currency: {currency}}}
# horizon: {{n_days: 365}}
# population: {{n_customers: 20000}}
"""

DATA_README = """# Datasets

One folder per dataset: `tables/` is what a retailer could see, `truth/` what really caused what,
and `manifest.json` tells how it was made. A folder without a manifest is not a whole dataset.

`omnisim simulate` writes here; notebooks and `omnisim run` find a dataset by the name of its folder.
"""

IGNORED = """/data/synthetic/*
!/data/synthetic/README.md
/runs/
.ipynb_checkpoints/
"""


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
    client: Annotated[str, typer.Option(help="Name on the cover.")] = "",
    sector: Annotated[
        str,
        typer.Option(
            help="fashion, beauty, grocery, electronics, home_furnishing, made_to_order, other."
        ),
    ] = "",
    currency: Annotated[
        str, typer.Option(help="Currency of the amounts, three capital letters: USD, CNY, EUR.")
    ] = "",
    lang: Annotated[str, typer.Option(help="Language of the documents: en, zh.")] = "",
    accent: Annotated[str, typer.Option(help="Colour of headings: '#0B7A75'.")] = "",
    logo: Annotated[
        Path | None, typer.Option(metavar="FILE", help="PNG, JPEG or SVG below 1 MB.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Also into a folder with files; none is overwritten.")
    ] = False,
) -> None:
    """Make an engagement folder."""
    brief = Brief(
        client=client, sector=sector, currency=currency, language=lang, accent=accent, logo=logo
    )
    made = scaffold(folder, brief=brief, force=force)
    tell(
        f"engagement  {made}",
        f"next        cd {made}",
        "            omnisim simulate scenario.yaml --size tiny",
    )


def scaffold(folder: Path, *, brief: Brief | None = None, force: bool = False) -> Path:
    """Write an engagement folder; files that exist are left as they are.

    Raises
    ------
    InputError
        When the folder has files and `force` is off, or is a file, or the brief holds what an
        engagement file cannot hold.
    StorageError
        When it cannot be written.
    """
    from importlib.metadata import version

    from omnisim.notebook.project import numbered_notebooks, project_source
    from omnisim.report.escape import plain
    from omnisim.report.project import project_files

    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file; give a folder")
    if folder.is_dir() and any(folder.iterdir()) and not force:
        raise InputError(f"{folder}: is not empty; --force adds what is missing")
    name = folder.resolve().name
    brief = brief or Brief()
    engagement = engagement_text(brief)
    words = {
        "name": plain(name),
        "description": quoted(f"A retailer like {plain(name)}."),
        "slug": slug(name),
        "version": version("omnisim"),
        **_world(brief),
    }
    texts = {
        FILE_NAME: engagement,
        "README.md": README.format(**words),
        "scenario.yaml": SCENARIO.format(**words),
        "data/synthetic/README.md": DATA_README,
        ".gitignore": IGNORED,
    }
    try:
        for relative, text in texts.items():
            target = folder / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                target.write_text(text, encoding="utf-8")
        if brief.logo is not None:
            _copy(brief.logo, folder / logo_name(brief.logo))
        for path in numbered_notebooks(project_source("notebooks")):
            _copy(path, folder / "notebooks" / path.name)
        for relative, path in project_files().items():
            _copy(path, folder / "reports" / relative)
    except OSError as error:
        raise StorageError(f"{folder}: cannot be written ({error.strerror})") from None
    return folder


def _world(brief: Brief) -> dict[str, str]:
    """The preset and market that are most like the client's."""
    from omnisim.scenario import preset_names

    preset = brief.sector if brief.sector in preset_names() else "omnichannel_fashion"
    currency = brief.currency or _DEFAULT_CURRENCY
    return {
        "preset": preset,
        "market": "# " if currency == _DEFAULT_CURRENCY else "",
        "locale": "zh_CN" if currency == "CNY" else "en_US",
        "currency": currency,
    }


def slug(name: str) -> str:
    """A scenario's name from a folder's: small letters, digits, underscores.

    Examples
    --------
    >>> slug("ACME Ltd. 2025"), slug("2025 数据")
    ('acme_ltd_2025', 'engagement_2025')
    """
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return (plain if plain[:1].isalpha() else f"engagement_{plain}".rstrip("_"))[:60]


def _copy(source: Path, target: Path) -> None:
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
