"""Write the generated pages of this folder.

    python docs/build.py [--sizes DATASET] [--mechanisms] [--gallery RUN]

With `--sizes`, the folder of a dataset, the rows and bytes in the data dictionary are measured anew and
kept in `sizes.json`; with `--mechanisms`, the page of traps, whose numbers are measured within a minute;
with `--gallery`, the folder of a run with every notebook, the pictures of the gallery are taken from it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import gallery
from mechanisms import measured, mechanisms_page

from omnisim.odd import odd_page
from omnisim.scenario import load_scenario
from omnisim.scenario.pages import BASE, preset_pages
from omnisim.scenario.reference import reference_page, schema_text
from omnisim.schema.dictionary import Sizes, dictionary_page
from omnisim.storage import Dataset
from omnisim.study import pages as studies

HERE = Path(__file__).parent


def measured_sizes(dataset: Dataset) -> Sizes:
    """Rows and bytes from a dataset's manifest."""
    manifest = dataset.manifest
    if manifest.scenario is None:
        raise SystemExit(f"error: {dataset.name} was not simulated: its customers are not counted")
    entries = {**manifest.tables, **manifest.truth}
    return Sizes(
        scenario=manifest.scenario["name"],
        n_customers=manifest.scenario["population"]["n_customers"],
        n_days=dataset.n_days,
        tables={name: (e.rows, sum(part.bytes for part in e.parts)) for name, e in entries.items()},
    )


def data_dictionary() -> str:
    """The data dictionary with the sizes measured last."""
    return dictionary_page(Sizes.from_json((HERE / "sizes.json").read_text(encoding="utf-8")))


PAGES = {
    "data-dictionary.md": data_dictionary,
    "gallery.md": gallery.gallery_page,
    "odd.md": lambda: odd_page(load_scenario(BASE)),
    "scenario.md": reference_page,
    "scenario.schema.json": schema_text,
    "studies.md": studies.study_page,
    "study.schema.json": studies.schema_text,
}


def main() -> None:
    """Write the pages."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", metavar="DATASET")
    parser.add_argument("--mechanisms", action="store_true")
    parser.add_argument("--gallery", metavar="RUN", type=Path)
    asked = parser.parse_args()
    if asked.sizes:
        sizes = measured_sizes(Dataset.open(asked.sizes))
        (HERE / "sizes.json").write_text(sizes.to_json(), encoding="utf-8")
    if asked.gallery:
        gallery.take(asked.gallery)
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
    (HERE / "presets").mkdir(exist_ok=True)
    for name, text in preset_pages().items():
        (HERE / "presets" / name).write_text(text, encoding="utf-8")
    if asked.mechanisms:
        (HERE / "mechanisms.md").write_text(mechanisms_page(measured()), encoding="utf-8")


if __name__ == "__main__":
    main()
