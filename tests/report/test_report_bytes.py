"""The same results and sources give the same bytes, in every format and in another folder."""

from __future__ import annotations

import hashlib
import zipfile

import pytest

from omnisim.report import write_report
from omnisim.report.writer import FORMATS

EDITED = (
    "\n# A section of the consultant\n\nIts text, with {{< meta results.n_findings >}} findings.\n"
)


@pytest.fixture(scope="module")
def twice(run_folder, tmp_path_factory):
    """Two reports with the same edit, written into folders of other names."""
    reports = []
    for name in ("a", "other-name"):
        out = tmp_path_factory.mktemp("bytes") / name
        write_report(run_folder, out=out, to=["html"], engine="embedded")
        with (out / "report.qmd").open("a", encoding="utf-8") as source:
            source.write(EDITED)
        reports.append(write_report(run_folder, out=out, engine="embedded"))
    return reports


@pytest.mark.parametrize("name", FORMATS)
def test_equal_results_and_sources_give_equal_bytes(twice, name):
    first, second = (report.files[name].read_bytes() for report in twice)
    if first != second and zipfile.is_zipfile(twice[0].files[name]):
        assert _parts(twice[0].files[name]) == _parts(twice[1].files[name])  # names the part
    assert hashlib.sha256(first).hexdigest() == hashlib.sha256(second).hexdigest()


def test_generated_sources_are_equal_too(twice):
    first, second = (
        {
            file.relative_to(report.folder): file.read_bytes()
            for file in sorted((report.folder / "_generated").rglob("*"))
            if file.is_file()
        }
        for report in twice
    )
    assert first == second


def test_another_result_gives_other_bytes(twice, make_run, tmp_path):
    other = write_report(make_run(("overview",)), out=tmp_path / "r", engine="embedded")
    for name in FORMATS:
        assert other.files[name].read_bytes() != twice[0].files[name].read_bytes()


def _parts(file):
    with zipfile.ZipFile(file) as archive:
        return {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
