"""Parts are made again singly, and only where they come out as they were."""

from __future__ import annotations

import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from omnisim.cli import main
from omnisim.errors import RepairError
from omnisim.scenario import load_scenario
from omnisim.storage import Dataset, check_dataset
from omnisim.storage.manifest import content_hash, read_manifest
from omnisim.truth import repair as module
from omnisim.truth import simulate
from omnisim.truth.repair import repair

from .worlds_to_run import N_BLOCKS, request, small


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return simulate(small(), **request(tmp_path_factory.mktemp("whole") / "world"))


@pytest.fixture
def copy(made, tmp_path):
    """The dataset, to be damaged."""
    return Dataset.open(shutil.copytree(made.path, tmp_path / "world"))


def damage(dataset, name):
    file = dataset.path / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def refuse_blocks(monkeypatch, allowed):
    """Let only some blocks run."""
    run, numbers = module.finish_block, []

    def noted(prepared, sink, block):
        numbers.append(block.number)
        assert block.number in allowed
        return run(prepared, sink, block)

    monkeypatch.setattr(module, "finish_block", noted)
    return numbers


def test_parts_of_blocks_cost_their_blocks(copy, made, monkeypatch):
    bad = ("tables/orders/part-00003.parquet", "truth/order_labels/part-00006.parquet")
    damage(copy, bad[0])
    (copy.path / bad[1]).unlink()
    assert [p.where for p in check_dataset(copy.path)] == [*bad]
    numbers = refuse_blocks(monkeypatch, {3, 6})
    assert repair(copy.path) == bad
    assert numbers == [3, 6]
    assert check_dataset(copy.path) == []
    assert read_manifest(copy.path) == made.manifest
    for name in bad:  # the same libraries pack the same bytes
        assert (copy.path / name).read_bytes() == (made.path / name).read_bytes()
    assert repair(copy.path) == ()


@pytest.mark.parametrize(
    "name",
    [
        "tables/inventory_movements/part-00000.parquet",
        "tables/media_costs/part-00000.parquet",
        f"tables/community_posts/part-{N_BLOCKS:05d}.parquet",
        "truth/effects/part-00000.parquet",
    ],
)
def test_what_is_made_from_sums_is_made_again_too(copy, made, name):
    damage(copy, name)
    assert repair(copy.path) == (name,)
    assert check_dataset(copy.path) == []
    assert (copy.path / name).read_bytes() == (made.path / name).read_bytes()


def test_other_bytes_of_the_same_rows_are_written_into_the_manifest(copy, monkeypatch):
    """As another version of Parquet would pack them: rows decide, the manifest follows."""
    from omnisim.storage import part_writer

    name = "tables/orders/part-00001.parquet"
    (copy.path / name).unlink()
    real = part_writer.encode

    def packed_otherwise(table, columns):
        content = pq.read_table(pa.BufferReader(real(table, columns)))
        sink = pa.BufferOutputStream()
        pq.write_table(content, sink, compression="snappy")
        return sink.getvalue()

    monkeypatch.setattr(part_writer, "encode", packed_otherwise)
    assert repair(copy.path) == (name,)
    mended = read_manifest(copy.path)
    assert mended != copy.manifest
    assert mended.dataset_hash == copy.dataset_hash
    assert check_dataset(copy.path) == []


def test_a_version_that_makes_other_rows_is_refused_and_nothing_changes(copy, monkeypatch):
    name = "tables/orders/part-00001.parquet"
    damage(copy, name)
    before = (copy.path / name).read_bytes()
    prepare = module.prepare
    monkeypatch.setattr(
        module,
        "prepare",
        lambda asked: prepare(
            type(asked)(
                scenario=asked.scenario.with_seed(99),
                asked=asked.asked,
                block_size=asked.block_size,
            )
        ),
    )
    with pytest.raises(RepairError, match=r"makes other rows of tables/orders than .*Nothing was"):
        repair(copy.path)
    assert (copy.path / name).read_bytes() == before
    assert read_manifest(copy.path) == copy.manifest


def test_a_scenario_of_another_version_is_refused(copy):
    file = copy.path / "manifest.json"
    told = json.loads(file.read_text())
    told["scenario"]["moon_phase"] = 3
    told["scenario_hash"] = content_hash(told["scenario"])
    file.write_text(json.dumps(told))
    damage(copy, "tables/orders/part-00001.parquet")
    with pytest.raises(RepairError, match="whose scenarios this version reads otherwise"):
        repair(copy.path)


def test_data_of_a_client_and_raw_exports_are_refused(copy, tmp_path):
    file = copy.path / "manifest.json"
    of_client = {"is_simulated": False, "scenario": None, "scenario_hash": None}
    file.write_text(json.dumps(json.loads(file.read_text()) | of_client))
    (copy.path / "tables/orders/part-00000.parquet").unlink()
    with pytest.raises(RepairError, match="is a client's data, not simulated; put tables/orders/"):
        repair(copy.path)
    tiny = load_scenario("sample", overrides={"population": {"n_customers": 100}})
    raw = simulate(tiny, out=tmp_path / "raw", truth="none", raw=True)
    damage(raw, raw.manifest.truth["raw_defects"].parts[0].path)
    with pytest.raises(RepairError, match="raw exports, which are not made again singly"):
        repair(raw.path)


def test_on_the_command_line(copy, capsys):
    name = "tables/sessions/part-00002.parquet"
    damage(copy, name)
    assert main(["check", str(copy.path)]) == 1
    assert name in capsys.readouterr().out
    main(["check", str(copy.path), "--repair"])  # so small a world may be implausible
    told = capsys.readouterr().out
    assert f"made again  {name}" in told
    assert "files, columns, digests, keys and sums agree" in told
