"""Files: quoting, encodings, late rows, the same bytes however the work is cut."""

import csv
import gzip
import io
import json

import numpy as np
import pyarrow as pa
import pytest

from omnisim.raw.declare import Export, Field, Format
from omnisim.raw.defects import Dials
from omnisim.raw.files import ExportFiles
from omnisim.raw.formats import json_template
from omnisim.scenario.blocks_raw import Raw

HOSTILE = [
    "a;b,c|d\te",
    'say "no"',
    "two\r\nlines",
    "one\nline",
    "Zoë",
    "王小明",
    " '=1+1",
    "\\n%s",
]
NO_DEFECTS = Raw().without_defects()


class Book:
    """A ledger that remembers."""

    def __init__(self):
        self.entries = []

    def add(self, system, file, defects):
        self.entries += [(file, defect) for defect in defects]


def export_of(form, period="all", names=("key", "text"), kinds=("text", "text"), **field):
    columns = {
        name: Field(name, "", kind=kind, **(field if name != "key" else {}))
        for name, kind in zip(names, kinds, strict=True)
    }
    return Export(
        number=1,
        system="pos",
        name="x",
        about="",
        tables=(),
        source="",
        row="",
        at="",
        time_zone="",
        period=period,
        format=form,
        key="key",
        columns=columns,
    )


def batch_of(columns, periods=None, days=None, first_row=0):
    n = len(columns[0])
    hidden = [
        np.asarray(periods if periods is not None else [0] * n, np.int64),
        np.asarray(days if days is not None else [0] * n, np.int64),
        np.arange(n, dtype=np.int64),
        np.arange(first_row, first_row + n, dtype=np.int64),
    ]
    arrays = [pa.array(h) for h in hidden] + [pa.array(c, pa.string()) for c in columns]
    return pa.RecordBatch.from_arrays(arrays, [f"c{k}" for k in range(len(arrays))])


def write(folder, export, batches, raw=NO_DEFECTS, lost=(), last="2025-03-31"):
    from datetime import date

    book = Book()
    dials = Dials(raw, seed=7, currency="USD")
    out = ExportFiles(export, folder, dials, book, frozenset(lost), date.fromisoformat(last))
    for batch in batches:
        out.write(batch)
    return out.close(), book.entries


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_hostile_texts_survive_csv(tmp_path, delimiter, encoding):
    export = export_of(Format(kind="csv", delimiter=delimiter, encoding=encoding))
    keys = [str(k) for k in range(len(HOSTILE))]
    (file,), _ = write(tmp_path, export, [batch_of([keys, HOSTILE])])
    text = (tmp_path / file.path).read_bytes().decode(encoding)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    assert rows == [["key", "text"], *map(list, zip(keys, HOSTILE, strict=True))]


def test_hostile_texts_survive_json(tmp_path):
    export = export_of(
        Format(kind="jsonl", is_gzip=True),
        names=("key", "a.text", "a.n"),
        kinds=("text", "text", "number"),
    )
    keys = [str(k) for k in range(len(HOSTILE))]
    (file,), _ = write(tmp_path, export, [batch_of([keys, HOSTILE, ["12.50"] * len(keys)])])
    lines = gzip.decompress((tmp_path / file.path).read_bytes()).decode().split("\n")[:-1]
    assert [json.loads(line)["a"] for line in lines] == [
        {"text": text, "n": 12.5} for text in HOSTILE
    ]


def test_a_letter_that_a_code_page_lacks_is_in_the_ledger(tmp_path):
    export = export_of(Format(kind="csv", encoding="cp1252", delimiter=";"))
    (file,), entries = write(tmp_path, export, [batch_of([["1", "2"], ["Łódź", "Zoë"]])])
    assert (tmp_path / file.path).read_bytes().decode("cp1252").split("\r\n")[1:3] == [
        "1;?ód?",
        "2;Zoë",
    ]
    ((path, defect),) = entries
    assert (path, defect.kind, defect.row_number, defect.column, defect.true_value) == (
        "pos/x.csv",
        "encoding",
        1,
        "text",
        "Łódź",
    )


def test_gzip_holds_neither_time_nor_name(tmp_path):
    export = export_of(Format(kind="jsonl", is_gzip=True))
    (file,), _ = write(tmp_path, export, [batch_of([["1"], ["a"]])])
    head = (tmp_path / file.path).read_bytes()[:8]
    assert head[3] == 0  # no name
    assert head[4:8] == b"\0\0\0\0"  # no time


def test_late_rows_come_on_top_of_the_next_file_and_not_after_the_last(tmp_path):
    export = export_of(Format(kind="csv"), period="day")
    late = NO_DEFECTS.model_copy(update={"late_share": 1.0})
    day = 20_175  # 2025-03-28
    batch = batch_of([["a", "b", "c"], ["x", "y", "z"]], [day, day, day + 3], [day, day, day + 3])
    files, entries = write(tmp_path, export, [batch], late, lost=(day + 1,))
    # the day after is lost: its job never ran, so what came late is in the file of the 30th
    assert [(file.path[-12:-4], file.rows) for file in files] == [("20250330", 2), ("20250331", 1)]
    assert [(d.row_number, d.row_key, d.true_value[-12:-4]) for _, d in entries] == [
        (1, "a", "20250328"),
        (2, "b", "20250328"),
    ]


def test_lost_rows_are_kept_by_the_ledger_alone(tmp_path):
    export = export_of(Format(kind="csv"), period="day")
    files, entries = write(
        tmp_path, export, [batch_of([["a", "b"], ["x", None]], [9, 10], [9, 10])], lost=(10,)
    )
    assert [file.rows for file in files] == [1]
    ((path, defect),) = entries
    assert path == "pos/x_19700111.csv"
    assert (defect.kind, defect.row_number, defect.true_value) == ("gap", None, '["b",null]')


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_bytes_do_not_depend_on_the_batches(tmp_path, kind):
    export = export_of(
        Format(kind=kind, is_gzip=kind == "jsonl"),
        period="month",
        defects=("missing", "typo", "wrong_format"),
        spelling="code",
    )
    shares = dict.fromkeys(("duplicate_share", "late_share", "missing_share", "typo_share"), 0.1)
    raw = NO_DEFECTS.model_copy(update=shares)
    n = 3000
    columns = [[str(k) for k in range(n)], [f"Word {k % 17}" for k in range(n)]]
    months = [24_300 + k // 1000 for k in range(n)]
    whole = batch_of(columns, months, months)
    files, entries = write(tmp_path / "one", export, [whole], raw)
    cuts = [whole.slice(k, 7) for k in range(0, n, 7)]
    again, others = write(tmp_path / "many", export, cuts, raw)
    assert again == files
    key = lambda entry: (entry[0], entry[1].row_number, entry[1].column or "")  # noqa: E731
    assert sorted(others, key=key) == sorted(entries, key=key)
    assert len(entries) > 500


def test_the_template_of_a_line_is_an_object():
    names = ["a", "b.c", "b.d.e", "b.d.f", "g", "h.i"]
    line = json_template(names) % tuple("123456")
    assert json.loads(line) == {
        "a": 1,
        "b": {"c": 2, "d": {"e": 3, "f": 4}},
        "g": 5,
        "h": {"i": 6},
    }
