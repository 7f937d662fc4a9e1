"""The gallery of exhibits: its page from the register, its pictures and captions from a run.

`docs/build.py` writes the page; `docs/build.py --gallery RUN` first takes the pictures of a run anew.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

from omnisim.figures.gallery import ENTRIES, GROUPS
from omnisim.figures.gallery_entry import Entry
from omnisim.figures.roadmap import roadmap, roadmap_title
from omnisim.figures.translated import drawn_in
from omnisim.language import in_language, remember
from omnisim.report import picks, programme_rows
from omnisim.report.loading import load_run
from omnisim.results import Exhibit, Result

HERE = Path(__file__).parent
PICTURES = HERE / "images" / "gallery"
CAPTIONS = HERE / "gallery.json"
ROADMAP = "gallery-roadmap"
_WIDTH = 480  # pixels, as wide as one of two columns is shown
_ACTIONS = 6  # recommendations on the roadmap: the first ones
_COLOURS = 24  # of the palette, those furthest apart: thin lines keep theirs

_HEAD = """<!-- written by docs/build.py from omnisim.figures.gallery -->
# Gallery of exhibits

Every drawing function of `omnisim.figures`, with when to use it and when not. They take data and give a
figure; none computes an analysis or carries a title. The pictures come from the notebooks on a simulated
retailer ({dataset}, {first} to {last}); each title below is the message that the notebook made by rule from
its numbers. One look for all: colours that readers of all kinds tell apart, labels at the marks, no legend
where a label does, signs beside colours, the zero where lengths are compared. `Recorder.figure` writes each
as SVG and PNG, in English and, with the extra `zh`, in Chinese; the same data give the same bytes.
"""


def take(run: Path) -> None:
    """Pictures and captions of a run folder, small enough to be committed."""
    results = [
        Result.from_json(file.read_text(encoding="utf-8"))
        for file in sorted((run / "results").glob("*.json"))
    ]
    for result in results:
        for english, chinese in result.translations["zh"].items():
            remember(english, zh=chinese)
    exhibits = {
        Path(exhibit.path).name: (run / exhibit.path, _caption(exhibit))
        for result in results
        for exhibit in result.exhibits
        if exhibit.kind == "figure"
    }
    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    exhibits[ROADMAP] = _roadmap(run)
    pictures = {}
    for name in [entry.picture for entry in ENTRIES if entry.picture]:
        if name not in exhibits:
            raise SystemExit(f"error: {run} has no figure {name}; run all notebooks")
        path, caption = exhibits[name]
        sides = [path.with_name(f"{path.name}{lang}.png").read_bytes() for lang in ("", ".zh")]
        for side, lang in zip(sides, ("", ".zh"), strict=True):
            if not lang or (side != sides[0] and caption["title_zh"] != caption["title"]):
                (PICTURES / f"{name}{lang}.png").write_bytes(_shrunk(side))
        pictures[name] = caption
    source = results[0].source
    about = {"dataset": source.dataset, "first": source.first_date, "last": source.last_date}
    captions = {"source": about, "pictures": pictures}
    CAPTIONS.write_text(json.dumps(captions, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _roadmap(run: Path) -> tuple[Path, dict[str, Any]]:
    """The one picture that no notebook records: the recommendations of all of them, as the report times them."""
    actions = picks.recommendations(load_run(run))[:_ACTIONS]
    grid = programme_rows.gantt_grid(actions)
    periods = [str(name) for name in grid.header[2:]]
    marked = [[k for k, cell in enumerate(row[2:]) if cell] for row in grid.rows]
    frame = pd.DataFrame(
        {
            "action": [pick.finding.recommendation for pick in actions],
            "owner": [pick.finding.owner_role for pick in actions],
            "start": [places[0] for places in marked],
            "length": [len(places) for places in marked],
            "effort": [pick.finding.effort for pick in actions],
        }
    )
    figure, path = roadmap(frame, periods=periods), PICTURES / ROADMAP
    figure.savefig(path.with_suffix(".png"), dpi=200, metadata={"Software": None})
    with drawn_in(figure, "zh"):
        figure.savefig(path.with_suffix(".zh.png"), dpi=200, metadata={"Software": None})
    title, alt = roadmap_title(frame, periods=periods), "Bars of the actions over the periods."
    caption = {"title": title, "title_zh": in_language(title, "zh") or title, "alt": alt}
    return path, {
        **caption,
        "alt_zh": in_language(alt, "zh") or alt,
        "source": "first recommendations of all notebooks",
        "n": len(frame),
        "n_of": "actions",
    }


def gallery_page() -> str:
    """The page, from the register and the captions taken last."""
    captions = json.loads(CAPTIONS.read_text(encoding="utf-8"))
    parts = [_HEAD.format(**captions["source"])]
    for group in GROUPS:
        parts.append(f"## {group}\n")
        parts += [
            _section(entry, captions["pictures"].get(entry.picture))
            for entry in ENTRIES
            if entry.group == group
        ]
    return "\n".join(parts)


def _section(entry: Entry, caption: dict[str, Any] | None) -> str:
    lines = [f"### {entry.name}\n", f"`{entry.path}`: {entry.purpose}\n"]
    lines += [f"- **When**: {entry.use}", f"- **When not**: {entry.avoid}"]
    lines.append(f"- **Data**: {entry.data}")
    if entry.source:
        lines.append(f"- **Reference**: {entry.source}")
    if caption is None:
        return "\n".join([*lines, ""])
    lines.append(f"- **Here**: {caption['source']}; n = {caption['n']:,} {caption['n_of']}\n")
    sides = [
        (caption[f"title{end}"], caption[f"alt{end}"], f"{entry.picture}{lang}.png")
        for lang, end in (("", ""), (".zh", "_zh"))
        if (PICTURES / f"{entry.picture}{lang}.png").is_file()
    ]
    images = [f"![{alt}](images/gallery/{name})" for _, alt, name in sides]
    lines += [_row([title for title, _, _ in sides]), "|---" * len(sides) + "|", _row(images), ""]
    return "\n".join(lines)


def _caption(exhibit: Exhibit) -> dict[str, Any]:
    return {
        "title": exhibit.title,
        "title_zh": in_language(exhibit.title, "zh") or exhibit.title,
        "alt": exhibit.alt,
        "alt_zh": in_language(exhibit.alt, "zh") or exhibit.alt,
        "source": exhibit.source,
        "n": exhibit.n,
        "n_of": exhibit.n_of,
    }


def _shrunk(picture: bytes) -> bytes:
    """A picture as wide as a column of the page, with few colours."""
    with Image.open(io.BytesIO(picture)) as large:
        height = round(large.height * _WIDTH / large.width)
        small = large.convert("RGB").resize((_WIDTH, height), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    few = small.quantize(
        _COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE
    )
    few.save(out, format="PNG", optimize=True)
    return out.getvalue()


def _row(cells: list[str]) -> str:
    """A row of a table in Markdown."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
