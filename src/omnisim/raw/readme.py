"""The page a data engineer starts from, made from the declarations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from omnisim.raw.declare import Export
from omnisim.raw.retailer import Retailer
from omnisim.schema.dictionary import markdown_table

_HEAD = """\
# Raw exports

{first} to {last}, {currency}. The year of one retailer as its systems export it: each with keys, clocks,
encodings and names of its own, and with the defects such exports have. `manifest.json` lists every
file with its rows, bytes and SHA-256.

* Rows may come twice, come in the file after theirs, or be missing for a whole day; cells may be empty,
  mistyped, written in another format, unit or encoding. Some CRM records exist twice under two numbers,
  and some web sessions are those of machines.
* Identifiers: `C` customer, `L` loyalty card, `T` payment token, `D` device, `A` e-mail address or phone,
  `R` receipt, `W-` shop order, `#` marketplace order, `S` site, `P` payment,
  `V` shipment, `E` purchase order. `crm/contact_points` says which customer
  an identifier belongs to; `erp/items` translates article and EAN, `erp/sites` explains sites.
* Empty cells of CSV and `null` of JSON mean: nothing there.
* CSV is quoted as in RFC 4180, with the delimiter of the table below; lines end with CR LF, cells may hold
  line breaks. JSON Lines have one object per line.
* The ledger of all defects, for whoever teaches or scores: `../truth/raw_defects`. Keys go back to ids of the
  clean tables with `omnisim.raw.clean_ids` and the seed in the manifest.
"""


def readme_text(exports: Sequence[Export], retailer: Retailer) -> str:
    """The page in Markdown."""
    head = _HEAD.format(
        first=retailer.first_date,
        last=retailer.last_date,
        currency=retailer.scenario.market.currency,
    )
    return "\n".join([head, _overview(exports), *_pages(exports)])


def _overview(exports: Sequence[Export]) -> str:
    lines = [
        (
            f"`{export.system}/{export.name}`",
            {"day": "daily", "month": "monthly", "all": "one"}[export.period],
            _format_words(export),
            export.time_zone,
        )
        for export in exports
    ]
    return "## Files\n\n" + markdown_table(("export", "files", "format", "time zone"), lines)


def _pages(exports: Sequence[Export]) -> Iterator[str]:
    for export in exports:
        lines = [
            (f"`{name}`", column.kind, column.about) for name, column in export.columns.items()
        ]
        totals = " Each file ends with a row of totals." if export.has_totals else ""
        yield (
            f"## `{export.system}/{export.name}`\n\n{export.about} Key: `{export.key}`.{totals}\n\n"
            + markdown_table(("column", "type", "meaning"), lines)
        )


def _format_words(export: Export) -> str:
    form = export.format
    if form.kind == "parquet":
        return "Parquet"
    delimiter = {",": "comma", ";": "semicolon", "|": "bar", "\t": "tab"}[form.delimiter]
    words = f"CSV, {delimiter}" if form.kind == "csv" else "JSON Lines"
    encoding = "utf-8 with BOM" if form.encoding == "utf-8-sig" else form.encoding
    return f"{words}, {encoding}" + (", gzip" if form.is_gzip else "")
