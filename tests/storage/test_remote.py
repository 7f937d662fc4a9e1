"""Datasets at URLs: fsspec's memory stands for an object store."""

from __future__ import annotations

import errno
import os
import pickle

import pytest

from omnisim.errors import DatasetError, OutputExistsError, StorageError
from omnisim.schema import TRUTH_TABLES
from omnisim.storage import Dataset, DatasetWriter, check_dataset, read_parts, write_frames
from omnisim.storage.remote import RemotePath, files_below, is_url, place_of, put_whole

fsspec = pytest.importorskip("fsspec", reason="needs the extra cluster")


@pytest.fixture
def bucket(tmp_path):
    """A place of its own for every test."""
    url = f"memory://bucket{tmp_path.name}"
    yield url
    RemotePath(url).remove_all()


def test_a_url_is_used_like_a_path(bucket):
    place = place_of(bucket)
    file = place / "a" / "b.txt"
    assert str(file) == f"{bucket}/a/b.txt"
    assert (file.name, file.parent) == ("b.txt", place / "a")
    assert not file.exists()
    put_whole(file, b"four")
    assert file.is_file()
    assert (place / "a").is_dir()
    assert file.stat().st_size == 4
    assert file.read_bytes() == b"four"
    assert files_below(place) == ["a/b.txt"]
    assert [child.name for child in place.children()] == ["a"]
    assert pickle.loads(pickle.dumps(file)) == file
    file.unlink()
    file.unlink(missing_ok=True)
    with pytest.raises(FileNotFoundError):
        file.stat()


def test_what_is_a_url(tmp_path):
    assert is_url("s3://bucket/folder")
    assert not is_url("data/synthetic/sample")
    assert place_of(f"file://{tmp_path}") == tmp_path
    with pytest.raises(StorageError, match="nonsense://x: Protocol not known"):
        place_of("nonsense://x")


def test_a_dataset_at_a_url_reads_like_one_on_disk(bucket, shop, frames, facts):
    there = write_frames(f"{bucket}/shop", frames, facts)
    assert str(there.path) == f"{bucket}/shop"
    assert there.dataset_hash == shop.dataset_hash
    assert check_dataset(f"{bucket}/shop") == []
    opened = Dataset.open(f"{bucket}/shop")
    for table in shop.tables:
        assert opened.read(table).equals(shop.read(table))
    sql = "select count(*) as n, sum(o.net_amount) as net from orders o join order_lines using (order_id)"
    assert opened.query(sql).equals(shop.query(sql))
    left = [name for name in files_below(opened.path) if "journal" in name or "lock" in name]
    assert left == []


def test_a_query_reaches_the_tables_only(bucket, frames, facts):
    dataset = write_frames(f"{bucket}/shop", frames, facts)
    put_whole(RemotePath(f"{bucket}/secret.csv"), b"a\n1\n")
    with pytest.raises(DatasetError, match="the query failed"):
        dataset.query(f"select * from read_csv('{bucket}/secret.csv')")


def test_without_manifest_there_is_no_dataset(bucket, frames, facts):
    with pytest.raises(DatasetError, match=f"no dataset at {bucket}/shop"):
        Dataset.open(f"{bucket}/shop")
    with DatasetWriter(place_of(f"{bucket}/shop")) as writer:
        writer.keep_unfinished()
        put_whole(writer.folder / "tables" / "orders" / "part-00000.parquet", b"some")
        with pytest.raises(DatasetError, match="writing it was interrupted or still runs"):
            Dataset.open(f"{bucket}/shop")
        with pytest.raises(StorageError, match=rf"process {os.getpid()} on .* is writing it"):
            write_frames(f"{bucket}/shop", frames, facts)
    assert write_frames(f"{bucket}/shop", frames, facts).tables


def test_leaving_early_leaves_nothing(bucket):
    with DatasetWriter(place_of(f"{bucket}/shop")) as writer:
        put_whole(writer.folder / "tables" / "x", b"some")
    assert files_below(place_of(bucket)) == []


def test_force_replaces_a_dataset_and_nothing_else(bucket, frames, facts):
    write_frames(f"{bucket}/shop", frames, facts)
    with pytest.raises(OutputExistsError, match="use --force to replace it"):
        write_frames(f"{bucket}/shop", frames, facts)
    fewer = {name: frame for name, frame in frames.items() if name != "returns"}
    assert "returns" not in write_frames(f"{bucket}/shop", fewer, facts, force=True).tables
    assert not any("returns" in name for name in files_below(place_of(bucket)))
    put_whole(RemotePath(f"{bucket}/thesis/chapter.tex"), b"years of work")
    with pytest.raises(OutputExistsError, match="is not a dataset"):
        write_frames(f"{bucket}/thesis", frames, facts, force=True)


def test_storage_without_permission_is_told(bucket, frames, facts, monkeypatch):
    system = fsspec.filesystem("memory")

    def refuse(self, path, *_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    monkeypatch.setattr(type(system), "_open", refuse)
    with pytest.raises(StorageError, match=r"shop.*: cannot start the dataset: Permission denied"):
        write_frames(f"{bucket}/shop", frames, facts)


def test_a_part_that_is_missing_or_changed_is_named(bucket, frames, facts):
    dataset = write_frames(f"{bucket}/shop", frames, facts)
    part = dataset.path / dataset.manifest.tables["orders"].parts[0].path
    content = part.read_bytes()
    put_whole(part, content[:-1] + b"!")
    (problem,) = (p for p in check_dataset(dataset.path) if p.where.startswith("tables/orders"))
    assert "was changed after it was written" in problem.what
    part.unlink()
    with pytest.raises(DatasetError, match=r"orders.*is missing"):
        Dataset.open(dataset.path)


def test_truth_is_read_too(bucket, tmp_path):
    from omnisim import study
    from omnisim.scenario import load_scenario
    from omnisim.truth import simulate

    tiny = load_scenario("sample", overrides={"population": {"n_customers": 200}})
    here = simulate(tiny, out=tmp_path / "world", truth="rollouts")
    there = simulate(tiny, out=f"{bucket}/world", truth="rollouts")
    assert there.dataset_hash == here.dataset_hash
    assert check_dataset(f"{bucket}/world") == []
    assert study.open_truth(there).effects.equals(study.open_truth(here).effects)
    parts = [there.path / part.path for part in there.manifest.truth["order_labels"].parts]
    assert len(read_parts(parts, TRUTH_TABLES["order_labels"], currency="USD")) > 0
    with pytest.raises(StorageError, match="raw exports are written to a local folder only"):
        simulate(tiny, out=f"{bucket}/raw", raw=True)


def test_an_interrupted_run_at_a_url_is_resumed(bucket):
    from omnisim.scenario import load_scenario
    from omnisim.truth import simulate, unfinished_blocks

    tiny = load_scenario("sample", overrides={"population": {"n_customers": 500}})

    def stop(phase, done, total):
        if phase == "customers" and done == 2:
            raise KeyboardInterrupt

    asked = {"out": f"{bucket}/world", "truth": "none", "block_size": 128, "workers": 1}
    with pytest.raises(KeyboardInterrupt):
        simulate(tiny, **asked, progress=stop)
    assert unfinished_blocks(f"{bucket}/world") == 2
    resumed = simulate(tiny, **asked, resume=True)
    assert check_dataset(resumed.path) == []
    assert (
        resumed.dataset_hash == simulate(tiny, **{**asked, "out": f"{bucket}/again"}).dataset_hash
    )
    assert {c.name for c in resumed.path.children()} == {"manifest.json", "tables", "truth"}


def test_processes_need_a_place_that_all_reach(bucket):
    from omnisim.errors import SchedulerError
    from omnisim.scenario import load_scenario
    from omnisim.truth import simulate

    tiny = load_scenario("sample", overrides={"population": {"n_customers": 200}})
    told = "give an output that all processes reach, not one of this process"
    with pytest.raises(SchedulerError, match=told):
        simulate(tiny, out=f"{bucket}/world", scheduler="processes", workers=1)
    assert files_below(place_of(bucket)) == []
