import datetime as dt
import errno
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from omnisim.errors import OutputExistsError, SchemaError, StorageError
from omnisim.schema import TABLES, TRUTH_TABLES
from omnisim.storage import Codes, Dataset, DatasetWriter, check_dataset, lock, writer
from omnisim.storage import folder as whole_folder
from omnisim.storage.part_writer import MONTHLY_FROM_ROWS

JANUARY = 1_735_689_600_000  # 2025-01-01 00:00 UTC [ms]
DAY = 86_400_000


def incidents(n=3, seed=0):
    rng = np.random.default_rng(seed)
    started = np.sort(rng.integers(JANUARY, JANUARY + 90 * DAY, n))
    return {
        "started_at": started,
        "incident_id": np.arange(n) + 1000 * seed,
        "incident_kind": Codes(np.zeros(n, np.int8), ("supplier_delay",)),
        "ended_at": started + 1,
        "is_peak": rng.random(n) < 0.5,
    }


def invitations(n):
    silent = np.arange(n) % 2 == 0
    return {
        "invited_at": np.full(n, JANUARY),
        "survey_invitation_id": np.arange(n),
        "order_id": np.arange(n),
        "customer_id": np.arange(n),
        "answered_at": (np.where(silent, -1, JANUARY), silent),
        "nps_score": (np.where(silent, -99, 7).astype(np.int16), silent),
    }


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_simulated_dataset_with_truth(tmp_path, facts):
    simulated = writer.DatasetFacts(
        name="sample",
        currency="USD",
        locale="en_US",
        first_date=dt.date(2025, 1, 1),
        last_date=dt.date(2025, 3, 31),
        scenario={"size": "tiny", "share": 0.25},
        scenario_name="omnichannel_fashion",
        seed=7,
        rng_scheme=1,
    )
    with DatasetWriter(tmp_path / "sample") as out:
        out.write_part("incidents", "tables", 0, incidents())
        people = {"customer_id": np.arange(3), "person_id": np.arange(3)}
        out.write_part("customer_map", "truth", 0, people)
        dataset = out.finish(simulated, wall_seconds={"write": 0.5})
    assert names_in(tmp_path) == ["sample"]
    assert names_in(dataset.path) == ["manifest.json", "tables", "truth"]
    assert dataset.is_simulated
    assert not dataset.has_truth  # without effects there is nothing to compare with
    assert dataset.tables == ("incidents",)
    manifest = dataset.manifest
    part = manifest.tables["incidents"].parts[0]
    content = (dataset.path / part.path).read_bytes()
    assert (part.rows, part.bytes) == (3, len(content))
    assert part.sha256 == hashlib.sha256(content).hexdigest()
    assert manifest.wall_seconds == {"write": 0.5}
    assert {"python", "numpy", "numba", "pyarrow", "omnisim"} <= manifest.versions.keys()
    assert manifest.truth["customer_map"].rows == 3
    assert manifest.scenario == {"size": "tiny", "share": 0.25}
    text = (dataset.path / "manifest.json").read_text()
    assert text == manifest.to_json()
    assert list(json.loads(text)) == sorted(json.loads(text))


def test_the_hash_names_the_content_and_nothing_else(tmp_path, facts):
    def make(folder, parts, seconds, **other):
        with DatasetWriter(tmp_path / folder) as out:
            for index, columns in parts:
                out.write_part("incidents", "tables", index, columns)
            given = {f: getattr(facts, f) for f in facts.__dataclass_fields__} | other
            return out.finish(writer.DatasetFacts(**given), wall_seconds={"all": seconds})

    one, two = incidents(5, seed=1), incidents(4, seed=2)
    base = make("base", [(0, one), (1, two)], 1.0)
    assert make("order", [(7, two), (3, one)], 2.0, name="other").dataset_hash == base.dataset_hash
    assert make("less", [(0, one)], 1.0).dataset_hash != base.dataset_hash
    assert make("seed", [(0, one), (1, two)], 1.0, seed=1).dataset_hash != base.dataset_hash
    scenario = make("scenario", [(0, one), (1, two)], 1.0, scenario={})
    assert scenario.dataset_hash != base.dataset_hash


def test_missing_values_come_back_missing(tmp_path, facts):
    with DatasetWriter(tmp_path / "d") as out:
        out.write_part("survey_invitations", "tables", 0, invitations(4))
        found = out.finish(facts).read("survey_invitations")
    assert found["nps_score"].isna().tolist() == [True, False, True, False]
    assert str(found["nps_score"].dtype) == "Int16"
    assert found["nps_score"].tolist()[1] == 7
    assert found["answered_at"].isna().tolist() == [True, False, True, False]


def test_files_are_encoded_as_decided(tmp_path, facts):
    n = MONTHLY_FROM_ROWS
    with DatasetWriter(tmp_path / "d") as out:
        out.write_part("incidents", "tables", 0, incidents(n))
        out.write_part("incidents", "tables", 1, incidents(10, seed=1))
        dataset = out.finish(facts)
    large, small = (
        pq.ParquetFile(dataset.path / part.path)
        for part in dataset.manifest.tables["incidents"].parts
    )
    assert small.num_row_groups == 1
    assert large.num_row_groups == 3  # January to March
    for group in range(3):
        started = large.read_row_group(group)["started_at"].to_numpy()
        assert len(set(started.astype("datetime64[M]"))) == 1
    columns = [large.metadata.row_group(0).column(i) for i in range(large.metadata.num_columns)]
    by_name = {column.path_in_schema: column for column in columns}
    assert {column.compression for column in columns} == {"ZSTD"}
    assert all(column.is_stats_set for column in columns)
    assert "DELTA_BINARY_PACKED" in by_name["started_at"].encodings
    assert "PLAIN" in by_name["incident_id"].encodings
    assert not by_name["incident_id"].has_dictionary_page
    assert by_name["incident_kind"].has_dictionary_page


@pytest.mark.parametrize("side", ["tables", "truth"])
def test_every_declared_table_can_be_empty(tmp_path, facts, side):
    declared = {"tables": TABLES, "truth": TRUTH_TABLES}[side]
    kinds = {
        "float64": np.float64,
        "bool": bool,
        "int32": np.int32,
        "int16": np.int16,
        "date": "i4",
    }
    with DatasetWriter(tmp_path / "d") as out:
        for name, table in declared.items():
            columns = {
                column: pa.array([], pa.string())
                if c.dtype in ("category", "string")
                else np.empty(0, kinds.get(c.dtype, np.int64))
                for column, c in table.columns.items()
            }
            out.write_part(name, side, 0, columns)
        manifest = out.finish(facts).manifest
    entries = manifest.tables if side == "tables" else manifest.truth
    assert {entry.rows for entry in entries.values()} == {0}
    assert entries.keys() == declared.keys()


def test_parts_may_come_from_threads(tmp_path, facts):
    with DatasetWriter(tmp_path / "d") as out:
        threads = [
            threading.Thread(
                target=out.write_part, args=("incidents", "tables", i, incidents(50, seed=i))
            )
            for i in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        dataset = out.finish(facts)
    assert dataset.manifest.tables["incidents"].rows == 400
    assert check_dataset(dataset.path) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"started_at": None}, "incidents: column started_at is missing"),
        ({"mood": np.zeros(3)}, "incidents: column mood is not declared"),
        ({"incident_id": np.arange(3.0)}, "incidents.incident_id: found float64, expected .*int64"),
        ({"incident_id": [1, 2, 3]}, "incidents.incident_id: found list"),
        ({"incident_id": np.arange(4)}, "unequal length"),
        ({"incident_id": np.array([1, 2, -3])}, "incident_id: -3 is below 0"),
        ({"incident_id": np.array([1, 2, 2**53])}, "incident_id: 9007199254740992 is above"),
        ({"incident_id": (np.arange(3), np.array([True, False, False]))}, "1 missing values"),
        ({"incident_id": (np.arange(3), np.zeros(2, bool))}, "a mask of shape"),
        ({"incident_id": (np.arange(3), np.zeros(3))}, "must be an array of bool"),
        ({"started_at": np.array([3, 2, 4])}, "not sorted by started_at"),
        ({"incident_kind": Codes(np.zeros(3, np.int8), ("flood",))}, "'flood' is not allowed"),
        ({"incident_kind": Codes(np.zeros(3), ("supplier_delay",))}, "codes are float64"),
        ({"incident_kind": Codes(np.array([0, 1, 0], np.int8), ("supplier_delay",))}, "0 to 1"),
        ({"incident_kind": Codes(np.array([0, -1, 0], np.int8), ("supplier_delay",))}, "1 missing"),
        ({"incident_kind": Codes(np.zeros(3, np.int8), ("supplier_delay",) * 2)}, "twice"),
        ({"incident_kind": np.array(["supplier_delay"] * 3)}, "expected Codes"),
    ],
)
def test_wrong_columns_are_refused(tmp_path, change, complaint):
    columns = {k: v for k, v in (incidents() | change).items() if v is not None}
    with DatasetWriter(tmp_path / "d") as out, pytest.raises(SchemaError, match=complaint):
        out.write_part("incidents", "tables", 0, columns)
    assert names_in(tmp_path) == []


def test_floats_must_be_finite_and_within_bounds(tmp_path):
    people = {
        "person_id": np.arange(1),
        "home_location_id": np.arange(1),
        "need_rate": np.array([0.1]),
        "digital_affinity": np.array([0.5]),
        "price_sensitivity": np.array([0.5]),
        "person_kind": Codes(np.zeros(1, np.int8), ("shopper",)),
        "n_orders": np.zeros(1, np.int32),
    }
    with DatasetWriter(tmp_path / "d") as out:
        cases = ((np.nan, "not finite"), (np.inf, "not finite"), (1.5, "above 1"))
        for part, (value, complaint) in enumerate(cases):
            wrong = people | {"digital_affinity": np.array([value])}
            with pytest.raises(SchemaError, match=f"digital_affinity.*{complaint}"):
                out.write_part("persons", "truth", part, wrong)


def test_wrong_tables_and_repeated_parts_are_refused(tmp_path, facts):
    with DatasetWriter(tmp_path / "d") as out:
        with pytest.raises(SchemaError, match="'persons' is not a table of 'tables'"):
            out.write_part("persons", "tables", 0, {})
        with pytest.raises(SchemaError, match="side = 'secret'"):
            out.write_part("persons", "secret", 0, {})
        out.write_part("incidents", "tables", 0, incidents())
        with pytest.raises(StorageError, match="part 0 is negative or given twice"):
            out.write_part("incidents", "tables", 0, incidents())
        out.finish(facts)
        with pytest.raises(StorageError, match="finished or given up"):
            out.write_part("incidents", "tables", 1, incidents())


def test_a_part_that_failed_cannot_be_forgotten(tmp_path, facts):
    with DatasetWriter(tmp_path / "d") as out:
        with pytest.raises(SchemaError):
            out.write_part("incidents", "tables", 0, {})
        with pytest.raises(StorageError, match="begun but not written"):
            out.finish(facts)


@pytest.mark.parametrize("trouble", [ValueError, KeyboardInterrupt])
def test_leaving_early_leaves_nothing(tmp_path, trouble):
    def leave_early():
        with DatasetWriter(tmp_path / "d") as out:
            out.write_part("incidents", "tables", 0, incidents())
            raise trouble

    with pytest.raises(trouble):
        leave_early()
    assert names_in(tmp_path) == []


def write(out, facts, seed, *, force=False):
    with DatasetWriter(out, force=force) as writing:
        writing.write_part("incidents", "tables", 0, incidents(seed=seed))
        return writing.finish(facts)


def test_an_existing_output_needs_force(tmp_path, facts):
    old = write(tmp_path / "d", facts, seed=1)
    with pytest.raises(OutputExistsError, match="exists; use --force to replace it") as caught:
        DatasetWriter(tmp_path / "d")
    assert caught.value.exit_code == 2
    assert Dataset.open(old.path).dataset_hash == old.dataset_hash
    new = write(tmp_path / "d", facts, seed=2, force=True)
    assert Dataset.open(old.path).dataset_hash == new.dataset_hash != old.dataset_hash
    assert names_in(tmp_path) == ["d"]
    assert names_in(new.path) == ["manifest.json", "tables"]


def test_replacing_works_where_folders_cannot_be_swapped(tmp_path, facts, monkeypatch):
    write(tmp_path / "d", facts, seed=1)
    monkeypatch.setattr(whole_folder, "_exchange", lambda one, other: False)
    new = write(tmp_path / "d", facts, seed=2, force=True)
    assert Dataset.open(tmp_path / "d").dataset_hash == new.dataset_hash
    assert names_in(tmp_path) == ["d"]


def test_a_failed_replacement_keeps_the_old_one(tmp_path, facts):
    old = write(tmp_path / "d", facts, seed=1)
    with pytest.raises(SchemaError), DatasetWriter(tmp_path / "d", force=True) as out:
        out.write_part("incidents", "tables", 0, {})
    assert Dataset.open(tmp_path / "d").dataset_hash == old.dataset_hash


def test_force_never_removes_what_is_not_a_dataset(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputExistsError, match="is not a dataset"):
        DatasetWriter(home, force=True)
    with pytest.raises(OutputExistsError, match="is a file"):
        DatasetWriter(home / "thesis.tex", force=True)
    assert names_in(home) == ["thesis.tex"]


def test_a_replacement_killed_half_way_is_mended(tmp_path, facts):
    old = write(tmp_path / "d", facts, seed=1)
    old.path.rename(tmp_path / "d.replaced")
    with pytest.raises(OutputExistsError):
        DatasetWriter(tmp_path / "d")
    assert names_in(tmp_path) == ["d"]
    assert Dataset.open(tmp_path / "d").dataset_hash == old.dataset_hash


def test_two_writers_do_not_share_an_output(tmp_path, facts):
    with DatasetWriter(tmp_path / "d") as first:
        with pytest.raises(StorageError, match=rf"process {os.getpid()} on .* is writing it"):
            DatasetWriter(tmp_path / "d", force=True)
        first.write_part("incidents", "tables", 0, incidents())
        first.finish(facts)


@pytest.mark.parametrize(
    ("number", "reason"), [(errno.ENOSPC, "No space left"), (errno.EACCES, "Permission denied")]
)
def test_disk_trouble_is_named(tmp_path, facts, monkeypatch, number, reason):
    def refuse(self, content):
        raise OSError(number, os.strerror(number), str(self))

    pattern = rf"part-00000\.parquet: cannot write part 0 of tables/incidents: {reason}.*MB free"
    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(StorageError, match=pattern), DatasetWriter(tmp_path / "d") as out:
        out.write_part("incidents", "tables", 0, incidents())
    assert names_in(tmp_path) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file: cannot start the dataset: "):
        DatasetWriter(tmp_path / "file" / "d")


def test_a_full_disk_at_the_end_leaves_the_old_dataset(tmp_path, facts, monkeypatch):
    old = write(tmp_path / "d", facts, seed=1)

    def refuse(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(whole_folder, "_sync", refuse)
    with pytest.raises(StorageError, match="cannot finish the dataset: No space left"):
        write(tmp_path / "d", facts, seed=2, force=True)
    assert names_in(tmp_path) == ["d"]
    assert Dataset.open(tmp_path / "d").dataset_hash == old.dataset_hash


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import test_writer_help as help
from omnisim.storage import folder
die = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
moment = {moment!r}
if moment == "before manifest":
    help.writer.DatasetWriter._manifest = die
elif moment == "while syncing":
    folder._sync = die
elif moment == "after swap":
    folder._remove = die
elif moment == "between renames":
    folder._exchange = lambda one, other: False
    rename = Path.rename
    Path.rename = lambda self, to: die() if self.name == "d.partial" else rename(self, to)
help.write(Path({out!r}), help.facts(), seed=2, force=True)
"""


@pytest.mark.parametrize(
    "moment", ["before manifest", "while syncing", "after swap", "between renames"]
)
def test_kill_at_any_moment_leaves_a_whole_dataset_and_a_rerun_completes(tmp_path, facts, moment):
    out = tmp_path / "out" / "d"
    old = write(out, facts, seed=1)
    wanted = write(tmp_path / "wanted", facts, seed=2)
    (tmp_path / "test_writer_help.py").write_text(
        "import importlib.util, datetime as dt\n"
        f"spec = importlib.util.spec_from_file_location('w', {str(Path(__file__))!r})\n"
        "module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module)\n"
        "write, writer = module.write, module.writer\n"
        "def facts():\n"
        "    return writer.DatasetFacts(name='corner_shop', currency='USD', locale='en_US',\n"
        "        first_date=dt.date(2025, 1, 1), last_date=dt.date(2025, 1, 31))\n"
    )
    code = KILLED.format(tests=str(tmp_path), moment=moment, out=str(out))
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    expected = wanted if moment == "after swap" else old
    assert Dataset.open(out).dataset_hash == expected.dataset_hash
    assert check_dataset(out) == []
    again = write(out, facts, seed=2, force=True)
    assert again.dataset_hash == wanted.dataset_hash
    assert names_in(out.parent) == ["d"]


def test_remains_of_a_killed_first_run_are_not_a_dataset_and_are_removed(tmp_path, facts):
    code = (
        "import time\nfrom pathlib import Path\nfrom omnisim.storage import DatasetWriter\n"
        f"w = DatasetWriter(Path({str(tmp_path / 'd')!r}))\nprint('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        with pytest.raises(StorageError, match=f"process {process.pid} on .* is writing it"):
            DatasetWriter(tmp_path / "d")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert names_in(tmp_path) == ["d.partial"]
    write(tmp_path / "d", facts, seed=1)
    assert names_in(tmp_path) == ["d"]


def test_a_lock_of_another_process_with_a_reused_number_is_dead(tmp_path, facts):
    partial = tmp_path / "d.partial"
    partial.mkdir()
    owner = lock._self() | {"birth": "of another process"}
    (partial / whole_folder.LOCK_NAME).write_text(json.dumps(owner))
    write(tmp_path / "d", facts, seed=1)
    assert names_in(tmp_path) == ["d"]


@pytest.mark.parametrize("resume", [False, True])
def test_a_lock_of_another_machine_is_respected(tmp_path, facts, resume):
    partial = tmp_path / "d.partial"
    (partial / whole_folder.JOURNAL_NAME).mkdir(parents=True)
    file = partial / whole_folder.LOCK_NAME
    file.write_text(json.dumps(lock._self() | {"host": "elsewhere", "pid": 4711}))
    told = (
        rf"{file}: process 4711 on elsewhere is writing .*d\.partial, and from {socket.gethostname()} "
        r"it cannot be seen .*\(ps -p 4711\)\. If it has ended, remove this file .*with --resume"
    )
    with pytest.raises(StorageError, match=told):
        DatasetWriter(tmp_path / "d", resume=resume)
    assert names_in(partial) == [whole_folder.JOURNAL_NAME, whole_folder.LOCK_NAME]
    file.unlink()  # as it says
    with DatasetWriter(tmp_path / "d", resume=resume) as writer:
        assert writer.is_resumed == resume


@pytest.mark.parametrize("birth", ["of a process that has ended", None])
def test_a_lock_of_this_machine_whose_process_has_ended_means_nothing(tmp_path, birth):
    partial = tmp_path / "d.partial"
    (partial / whole_folder.JOURNAL_NAME).mkdir(parents=True)
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    # its number is free, or another process has it by now
    owner = lock._self() | {"birth": birth or "gone", **({"pid": ended.pid} if not birth else {})}
    (partial / whole_folder.LOCK_NAME).write_text(json.dumps(owner))
    with DatasetWriter(tmp_path / "d", resume=True) as writer:
        assert writer.is_resumed
        assert lock.lock_owner(partial)["pid"] == os.getpid()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the clock tells births")
def test_a_writer_lives_whatever_happens_to_the_clock(tmp_path, monkeypatch):
    import psutil

    with DatasetWriter(tmp_path / "d"):
        monkeypatch.setattr(time, "time", lambda: 1.0)
        monkeypatch.setattr(psutil, "boot_time", lambda: 1.0)
        with pytest.raises(StorageError, match="is writing it"):
            DatasetWriter(tmp_path / "d", force=True)


def test_of_two_who_resume_one_succeeds(tmp_path):
    with DatasetWriter(tmp_path / "d") as first:
        (first.folder / whole_folder.JOURNAL_NAME).mkdir()
        first.keep_unfinished()
    with DatasetWriter(tmp_path / "d", resume=True) as second:
        assert second.is_resumed
        with pytest.raises(StorageError, match=rf"process {os.getpid()} on .* is writing it"):
            DatasetWriter(tmp_path / "d", resume=True)
    assert names_in(tmp_path) == ["d.partial"]  # a resumed one is kept until it is whole


def test_a_claim_that_comes_too_late_gives_way(tmp_path, monkeypatch):
    """Both found the writer dead; the other one was quicker."""
    lock.write_lock(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(lock, "refuse_living", lambda *_: None)
        with pytest.raises(StorageError, match="another process has just begun to write it"):
            lock.claim(tmp_path, "d")
    assert names_in(tmp_path) == [whole_folder.LOCK_NAME]
    assert lock.is_alive(lock.lock_owner(tmp_path))
