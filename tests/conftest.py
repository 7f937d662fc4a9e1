"""What several folders of tests share: datasets and notebooks for the runner, a retailer by hand."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from omnisim.language import in_language
from omnisim.metrics import FrameWarehouse
from omnisim.results import _texts_of

WRITES = """
import datetime, types
from omnisim.notebook import Recorder
from omnisim.results import Estimate
from omnisim.storage import Dataset
data = Dataset.open(dataset)
out = Recorder("{name}", question="What?", dataset=data)
out.add(Estimate(name="x", label="X", value=float({value}), unit="orders", role="descriptive",
                 n=1, n_of="orders", method="none", source="orders"))
result = out.finish("An answer.")
"""


@pytest.fixture
def make_dataset(tmp_path: Path) -> Callable[..., Path]:
    """Write a whole dataset without tables; its hash is the letter given, repeated."""

    def make(name: str = "toy", letter: str = "a", *, truth: bool = False) -> Path:
        folder = tmp_path / "data" / "synthetic" / name
        folder.mkdir(parents=True)
        effects = {}
        if truth:  # nobody opens it: that it is listed and lies there is what counts
            part = "truth/effects/part-00000.parquet"
            (folder / part).parent.mkdir(parents=True)
            (folder / part).write_bytes(b"effects")
            named = {"path": part, "rows": 1, "bytes": 7, "sha256": "0" * 64}
            effects = {"effects": {"rows": 1, "digest": "0" * 32, "parts": [named]}}
        manifest = {
            "name": name,
            "schema_version": 1,
            "is_simulated": True,
            "currency": "USD",
            "locale": "en_US",
            "first_date": "2025-01-01",
            "last_date": "2025-03-31",
            "dataset_hash": letter * 32,
            "tables": {},
            "truth": effects,
        }
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        return folder

    return make


@pytest.fixture
def make_notebook(tmp_path: Path) -> Callable[..., Path]:
    """Write a notebook from its code cells; the first one is tagged `parameters`."""

    def make(name: str, *cells: str, needs: Sequence[str] = ()) -> Path:
        notebook = nbformat.v4.new_notebook()
        notebook.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
        notebook.metadata["omnisim"] = {"needs": list(needs)}
        notebook.cells = [nbformat.v4.new_markdown_cell("# What?")]
        notebook.cells += [nbformat.v4.new_code_cell(cell.strip()) for cell in cells]
        notebook.cells[1].metadata["tags"] = ["parameters"]
        path = tmp_path / "notebooks" / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, path)
        return path

    return make


@pytest.fixture
def writes() -> Callable[..., str]:
    """Source of a cell that records one number under a name."""

    def cell(name: str, value: object = 1) -> str:
        return WRITES.format(name=name, value=value)

    return cell


# --- a retailer by hand, for measures and risks ---------------------------------------------------

FIRST = dt.date(2025, 1, 1)
ORDER = {
    "customer_id": None,
    "identity_id": None,
    "payment_identity_id": None,
    "session_id": None,
    "order_channel": "web",
    "fulfilment": "ship_from_dc",
    "location_id": 1,
    "catchment_location_id": 2,
    "status": "completed",
    "cancel_reason": None,
    "coupon_code": None,
    "n_units": 1,
    "gross_amount": 100.0,
    "discount_amount": 0.0,
    "net_amount": 100.0,
    "cost_amount": 60.0,
    "shipping_cost": 5.0,
    "promised_at": None,
    "fulfilled_at": None,
    "cancelled_at": None,
}
IDS = ("customer_id", "identity_id", "payment_identity_id", "session_id")
TIMES = ("ordered_at", "promised_at", "fulfilled_at", "cancelled_at")


def _at(day, hour=12.0):
    return pd.Timestamp(FIRST, tz="UTC") + pd.Timedelta(days=day, hours=hour)


def _orders(*rows):
    """Orders from (day, {changed columns}); ids count from 1."""
    made = []
    for number, (day, changes) in enumerate(rows, start=1):
        row = {"ordered_at": _at(day), "order_id": number} | ORDER
        row |= {"promised_at": _at(day + 3), "fulfilled_at": _at(day + 2)}
        made.append(row | changes)
    frame = pd.DataFrame(made)
    for name in IDS:
        frame[name] = frame[name].astype("Int64")
    for name in TIMES:
        frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[ms, UTC]")
    return frame


@pytest.fixture(scope="session")
def at():
    """Moment of a day of the hand-made retailer."""
    return _at


@pytest.fixture(scope="session")
def orders():
    """Build orders by hand."""
    return _orders


@pytest.fixture(scope="session")
def warehouse():
    """Build a warehouse from frames by hand."""

    def build(n_days=28, **frames):
        last = FIRST + dt.timedelta(days=n_days - 1)
        return FrameWarehouse(frames, FIRST, last, currency="USD")

    return build


@pytest.fixture
def unknown_in_chinese() -> Callable[..., list[str]]:
    """Gives those texts of results, or of parts of results, that nobody knows in Chinese."""

    def unknown(*parts: object) -> list[str]:
        texts = [text for part in parts for text in _texts_of(part)]
        return [text for text in texts if in_language(text, "zh") is None]

    return unknown
