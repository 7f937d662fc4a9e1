"""Write the generated pages of this folder.

    python docs/build.py [--sizes DATASET] [--mechanisms]

With `--sizes`, the folder of a dataset, the measured sizes are written anew as well; with
`--mechanisms`, the page of traps, whose numbers are measured within a minute.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from mechanisms import measured, mechanisms_page

from omnisim.scenario.pages import preset_pages
from omnisim.scenario.reference import reference_page, schema_text
from omnisim.schema.dictionary import dictionary_page, sizes_page
from omnisim.storage import Dataset

HERE = Path(__file__).parent
PAGES = {
    "data-dictionary.md": dictionary_page,
    "scenario.md": reference_page,
    "scenario.schema.json": schema_text,
}


def measured_sizes(dataset: Dataset) -> str:
    """The page of sizes from a dataset's manifest."""
    manifest = dataset.manifest
    if manifest.scenario is None:
        raise SystemExit(f"error: {dataset.name} was not simulated: its customers are not counted")
    entries = {**manifest.tables, **manifest.truth}
    return sizes_page(
        {name: (e.rows, sum(part.bytes for part in e.parts)) for name, e in entries.items()},
        n_customers=manifest.scenario["population"]["n_customers"],
        n_days=dataset.n_days,
        name=dataset.name,
    )


def main() -> None:
    """Write the pages."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", metavar="DATASET")
    parser.add_argument("--mechanisms", action="store_true")
    asked = parser.parse_args()
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
    (HERE / "presets").mkdir(exist_ok=True)
    for name, text in preset_pages().items():
        (HERE / "presets" / name).write_text(text, encoding="utf-8")
    if asked.sizes:
        page = measured_sizes(Dataset.open(asked.sizes))
        (HERE / "sizes.md").write_text(page, encoding="utf-8")
    if asked.mechanisms:
        (HERE / "mechanisms.md").write_text(mechanisms_page(measured()), encoding="utf-8")


if __name__ == "__main__":
    main()
