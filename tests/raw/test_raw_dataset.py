"""Raw exports are part of a dataset: whole or not there, checked, and never part of its hash."""

import errno
import shutil

import pytest

from omnisim.cli.check import check
from omnisim.errors import ScenarioError, StorageError
from omnisim.raw import formats
from omnisim.storage import check_dataset
from omnisim.storage.raw_manifest import read_raw_manifest
from omnisim.truth import simulate


@pytest.fixture
def copy(dirty, tmp_path):
    """A copy of the dataset that may be damaged."""
    return shutil.copytree(dirty.path, tmp_path / "copy")


def told(folder):
    return [str(problem) for problem in check_dataset(folder)]


@pytest.fixture(scope="module")
def first_file(dirty):
    return read_raw_manifest(dirty.path).files[1].path


def test_whole_datasets_pass_the_check(dirty, clean, chinese):
    assert told(dirty.path) == told(clean.path) == told(chinese.path) == []


def test_the_command_tells_of_the_exports(dirty):
    manifest = read_raw_manifest(dirty.path)
    n_rows = sum(file.rows for file in manifest.files)
    assert ("done", "raw", f"{len(manifest.files)} files, {n_rows:,} rows") in list(
        check(str(dirty.path))
    )


def test_exports_do_not_rename_the_dataset(small, dirty, clean, tmp_path):
    plain = simulate(small(), out=tmp_path / "plain", truth="none")
    assert plain.dataset_hash == dirty.dataset_hash == clean.dataset_hash
    assert not (plain.path / "raw").exists()
    assert "raw_defects" not in plain.manifest.truth


def test_same_bytes_however_the_work_is_cut(small, dirty, tmp_path, monkeypatch):
    monkeypatch.setattr("omnisim.raw.write._ROWS_PER_BATCH", 2048)
    monkeypatch.setattr("omnisim.raw.ledger._ROWS_PER_PART", 100)
    again = simulate(
        small(), out=tmp_path / "x", truth="none", raw=True, workers=2, block_size=1024
    )
    assert read_raw_manifest(again.path) == read_raw_manifest(dirty.path)
    assert len(again.manifest.truth["raw_defects"].parts) > 1
    one, other = (d.manifest.truth["raw_defects"] for d in (again, dirty))
    assert (one.rows, one.digest) == (other.rows, other.digest)


def test_another_seed_has_other_keys(small, dirty, tmp_path):
    other = simulate(small(), out=tmp_path / "x", truth="none", raw=True, seed=5)
    items = [
        {line.split("|")[0] for line in (d.path / "raw/erp/items.csv").read_text().splitlines()[1:]}
        for d in (dirty, other)
    ]
    assert not items[0] & items[1]


def test_a_changed_file_is_found(copy, first_file):
    path = copy / "raw" / first_file
    path.write_bytes(path.read_bytes().replace(b"R", b"r", 1))
    assert [line.split(":")[0] for line in told(copy)] == [f"raw/{first_file}"]


def test_a_missing_and_a_stray_file_are_found(copy, first_file):
    (copy / "raw" / first_file).unlink()
    (copy / "raw" / "notes.txt").write_text("mine")
    assert told(copy) == [
        f"raw/{first_file}: is missing",
        "raw/notes.txt: is not in the manifest of the raw exports",
    ]


def test_a_changed_manifest_is_found(copy):
    path = copy / "raw" / "manifest.json"
    path.write_text(path.read_text().replace('"gap_days": 3', '"gap_days": 0'))
    assert told(copy) == ["raw/manifest.json: was changed after it was written"]
    path.write_text("{")
    assert any("Invalid JSON" in line for line in told(copy))


def test_exports_that_were_removed_are_missed(copy):
    shutil.rmtree(copy / "raw")
    assert told(copy) == ["raw/manifest.json: is missing; make the dataset again with --raw"]


def test_exports_of_another_dataset_do_not_belong(clean, copy, tmp_path, small):
    shutil.rmtree(copy / "raw")
    shutil.copytree(clean.path / "raw", copy / "raw")
    assert any("was changed" in line for line in told(copy))


def test_a_dataset_with_exports_can_be_replaced(small, tmp_path):
    out = tmp_path / "x"
    for raw in (False, True):
        made = simulate(small(), out=out, truth="none", raw=raw, force=True)
        assert (out / "raw").exists() == raw
    assert told(made.path) == []


def test_a_full_disk_keeps_what_is_finished(small, tmp_path, monkeypatch):
    written = []

    def full(sink, content):
        written.append(len(content))
        if len(written) > 40:
            raise OSError(errno.ENOSPC, "No space left on device")
        return len(content)

    with monkeypatch.context() as patch:
        patch.setattr(formats.Sink, "write", full)
        with pytest.raises(StorageError, match="raw exports: No space left") as caught:
            simulate(small(), out=tmp_path / "x", truth="none", raw=True)
    assert "1 of 1 blocks are finished and kept" in caught.value.__notes__[0]
    assert [p.name for p in tmp_path.iterdir()] == ["x.partial"]
    with_exports = simulate(small(), out=tmp_path / "x", truth="none", raw=True, resume=True)
    assert told(with_exports.path) == []
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_a_resumed_run_without_exports_has_none(small, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(formats.Sink, "write", lambda *_: pytest.fail("stop here"))
        with pytest.raises(pytest.fail.Exception):
            simulate(small(), out=tmp_path / "x", truth="none", raw=True)
    assert told(simulate(small(), out=tmp_path / "x", truth="none", resume=True).path) == []


def test_room_for_the_exports_is_asked_for_first(small, tmp_path, monkeypatch):
    needed = 220 * 63 / 365 * 2_800
    usage = shutil.disk_usage(tmp_path)._replace(free=int(needed * 1.5))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(StorageError, match="are free"):
        simulate(small(), out=tmp_path / "x", truth="none", raw=True)
    assert list(tmp_path.iterdir()) == []


def test_the_readme_names_every_column(dirty):
    page = (dirty.path / "raw" / "README.md").read_text(encoding="utf-8")
    manifest = read_raw_manifest(dirty.path)
    for export in manifest.exports:
        assert f"`{export.export}`" in page
        for column in export.columns:
            assert f"`{column.name}`" in page
            assert column.about
    assert sum(e.rows for e in manifest.exports) == sum(f.rows for f in manifest.files)


def test_tills_of_each_market_have_their_code_page(dirty, chinese):
    by_hand = {e.export: e for e in read_raw_manifest(chinese.path).exports}
    assert by_hand["pos/receipts"].encoding == "gb18030"
    files = sorted((chinese.path / "raw/pos").glob("receipts_*.csv"))
    receipts = b"".join(file.read_bytes() for file in files)
    with pytest.raises(UnicodeDecodeError):
        receipts.decode("utf-8")
    assert any(ord(sign) > 0x4E00 for sign in receipts.decode("gb18030"))
    assert (dirty.path / "raw/crm/customers.csv").read_bytes()[:3] == b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("gap_days", 63, "raw.gap_days = 63: give fewer than horizon.n_days = 63"),
        ("late_share", 1.5, "raw.late_share"),
        ("store_time_zones", ["Mars/Olympus"], "raw.store_time_zones.*no time zone"),
        ("store_time_zones", ["../../etc/passwd"], "no time zone"),
        ("dupes", 0.1, "dupes"),
    ],
)
def test_impossible_dials_are_refused(small, field, value, message):
    with pytest.raises(ScenarioError, match=message):
        small({field: value})
