"""The command line: help, exit codes, errors in a sentence."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from omnisim.cli import main
from omnisim.cli.report import parse_formats, parse_languages
from omnisim.errors import InputError

STOPPED = "stopped; run the same command again to continue (simulate: with --resume)"
COMMANDS = ("new", "scenario", "simulate", "run", "report", "demo", "check", "doctor")
PARAMETERS = 'dataset: str = "toy"  # name or path\nvalue: float = 1.0  # what is recorded'


@pytest.fixture
def call(capsys):
    """Run a command; exit code, standard output, error lines."""

    def run(*words: str) -> tuple[int, str, list[str]]:
        code = main(list(words))
        told = capsys.readouterr()
        return code, told.out, told.err.splitlines()

    return run


@pytest.fixture
def project(tmp_path, monkeypatch, make_dataset, make_notebook, writes):
    """A project with a toy dataset and one notebook, and the working directory in it."""
    make_dataset()
    make_notebook("01_first", PARAMETERS, writes("first", "value"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OMNISIM_DATA", raising=False)
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(call, command):
    code, out, _ = call(command, "--help")
    assert code == 0
    assert f"omnisim {command}" in out.split("Example:")[1]
    # each example stands on lines of its own, as it is typed
    assert all(
        line.count("omnisim ") == 1 for line in out.splitlines() if f" omnisim {command} " in line
    )


def test_help_lists_commands_and_loads_nothing_heavy():
    code = (
        "import sys; from omnisim.cli import main; assert main(['--help']) == 0\n"
        "heavy = {'numpy', 'pandas', 'pydantic', 'papermill', 'numba', 'duckdb', 'matplotlib'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert all(f"\n  {command}" in done.stdout for command in COMMANDS)


def test_no_words_are_answered_with_help(call):
    code, out, errors = call()
    assert (code, errors) == (0, [])
    assert "Begin with:  omnisim demo" in out


def test_version(call):
    from omnisim import __version__

    assert call("--version")[:2] == (0, f"omnisim {__version__}\n")


@pytest.mark.parametrize(
    "words, told",
    [
        (["runn"], "No such command 'runn'"),
        (["run", "--nope"], "No such option: --nope"),
        (["simulate", "--seed", "x"], "Invalid value for '--seed'"),
        (["simulate", "--workers", "0"], "Invalid value for '--workers'"),
        (["simulate", "--seed", "-1"], "Invalid value for '--seed'"),
        (["simulate", "sample", "--truth", "channel"], "no 'channel'; give none, default, all"),
        (["simulate", "sample", "--semantics", "gone"], "'gone' is none of them"),
        (["simulate", "sample", "--shapley", "0"], "shapley = 0: give 4 to 1,000 orders"),
        (["simulate", "sample", "--shapley", "x"], "Invalid value for '--shapley'"),
        (["report"], "Missing argument"),
        (["report", "r", "--engine", "latex"], "Invalid value for '--engine'"),
        (["report", "r", "--to", "odp"], "--to odp: give some of html,pdf,docx,pptx"),
        (["report", "r", "--to", ""], "give some of html,pdf,docx,pptx"),
        (["report", "r", "--document", ","], "--document: give the name of a document, or all"),
        (["report", "r", "--document", "risk,nope"], "document = ['nope']: give one or more of"),
        (["report", "r", "--document", "nope", "--lint"], "document = ['nope']: give one or more"),
        (["report", "r", "--lang", "en,fr"], "lang = 'fr': no such language"),
        (["report", "r", "--lang", "fr", "--lint"], "lang = 'fr': no such language"),
        (["report", "r", "--lang", ","], "--lang: give en, zh or en,zh"),
        (["report", "nowhere"], "no run 'nowhere'"),
        (["demo", "--lang", "en,fr"], "lang = 'fr': no such language"),
        (["demo", "--to", "pdf,txt"], "--to pdf,txt"),
        (["demo", "--size", "huge"], "no size 'huge'; has ['large', 'medium', 'small', 'tiny']"),
        (["simulate", "no_such"], "no scenario 'no_such'; presets are"),
        (["simulate", "no_such.yaml"], "no_such.yaml: no such file"),
        (["run", "no_such"], "no dataset 'no_such'"),
        (["run", ""], "no dataset is given"),
        (["demo", "--size", ""], "no size is given"),
        (["check", "no_such"], "no_such: no such file or folder"),
    ],
)
def test_bad_input_is_told_in_two_lines(call, words, told, project):
    code, out, errors = call(*words)
    assert code == 2
    assert out == ""
    assert errors[0].startswith("error: ")
    assert told in errors[0]
    assert len(errors) <= 2


def test_unexpected_errors_are_a_sentence_unless_debug(call, monkeypatch, project):
    import omnisim.scenario

    def broken(*_, **__):
        raise KeyError("sku")

    monkeypatch.setattr(omnisim.scenario, "load_scenario", broken)
    code, _, errors = call("simulate")
    assert code == 1
    assert errors[0] == "error: unexpected KeyError: 'sku'"
    assert len(errors) == 2
    code, _, errors = call("simulate", "--debug")
    assert code == 1
    assert any("Traceback" in line for line in errors)


@pytest.mark.parametrize(
    "error, code, told",
    [
        (KeyboardInterrupt(), 130, STOPPED),
        (OSError(28, "No space left on device", "x.bin"), 1, "x.bin: No space left on device"),
        (MemoryError(), 1, "error: not enough memory"),
    ],
)
def test_trouble_of_the_machine(call, monkeypatch, error, code, told, project):
    import omnisim.scenario

    def broken(*_, **__):
        raise error

    monkeypatch.setattr(omnisim.scenario, "load_scenario", broken)
    found, _, errors = call("simulate")
    assert (found, len(errors)) == (code, 1)
    assert told in errors[0]


def test_formats():
    assert parse_formats(" PDF, docx,pdf ") == ("pdf", "docx")
    with pytest.raises(InputError, match="--to pdf,odt"):
        parse_formats("pdf,odt")


def test_languages():
    assert parse_languages(None) is None
    assert parse_languages(["en,zh"]) == parse_languages(["EN", " zh", "en"]) == ("en", "zh")


def test_run_and_check(call, project):
    code, out, errors = call("run", "toy", "-p", "value=2.5", "--jobs", "1")
    assert code == 0, errors
    assert out.splitlines()[0].startswith("run      runs/toy  (1 results")
    assert any("01_first" in line for line in errors), "progress goes to the error stream"
    assert call("check", "runs/toy")[0] == 0

    result = project / "runs" / "toy" / "results" / "first.json"
    assert json.loads(result.read_text(encoding="utf-8"))["estimates"][0]["value"] == 2.5
    assert call("check", str(result))[0] == 0
    result.write_text("{}", encoding="utf-8")
    code, out, _ = call("check", "runs/toy/run.json")
    assert code == 1
    assert "results/first.json was changed after the run" in out
    assert call("check", str(result))[0] == 1


def test_a_run_of_another_version_names_the_command_that_makes_it_again(call, project):
    assert call("run", "toy", "--jobs", "1")[0] == 0
    ledger = project / "runs" / "toy" / "run.json"
    raw = json.loads(ledger.read_text(encoding="utf-8"))
    ledger.write_text(json.dumps({**raw, "version": 0}), encoding="utf-8")
    code, _, errors = call("report", "toy", "--force")
    assert code == 2
    command = errors[0].split("`")[1]
    assert command.startswith("omnisim run DATASET --out ")
    assert call(*command.replace("DATASET", "toy").split()[1:])[0] == 0
    assert json.loads(ledger.read_text(encoding="utf-8"))["version"] == raw["version"]


@pytest.mark.parametrize(
    "words, told",
    [
        (["-p", "value=x"], "parameter value = 'x': declared as float"),
        (["-p", "valeu=1"], "no parameter 'valeu' in 01_first; there are ['value']"),
        (["-p", "value"], "write name=value"),
        (["--only", "07"], "no notebook '07'; there are ['01_first']"),
    ],
)
def test_run_refuses(call, project, words, told):
    code, _, errors = call("run", "toy", *words)
    assert code == 2
    assert told in errors[-1]
    assert not (project / "runs").exists()


def test_failing_notebook_is_named(call, project, make_notebook):
    make_notebook("02_bad", PARAMETERS, "1 / 0")
    code, _, errors = call("run", "toy", "--only", "01,02_bad")
    assert code == 1
    assert errors[-1].startswith(
        "error: 02_bad failed in cell 3 (In [3]): ZeroDivisionError: division by zero; kept as "
    )
    code, out, _ = call("check", "runs/toy")
    assert code == 1
    assert "ZeroDivisionError" in out


def test_interrupted_run_continues(project, make_notebook, writes):
    make_notebook("02_slow", PARAMETERS, "import time\ntime.sleep(60)", writes("slow"))
    code = "import sys; from omnisim.cli import main; sys.exit(main(['run', 'toy', '--jobs', '2']))"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    result = project / "runs" / "toy" / "results" / "first.json"
    deadline = time.monotonic() + 60
    while not result.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.splitlines()[-1] == STOPPED
    assert "Traceback" not in errors, errors
    assert not (project / "runs" / "toy" / ".work").exists()
    assert not (project / "runs" / "toy" / "run.lock").exists()


def test_full_disk_leaves_the_run_as_it_was(call, project):
    """A limit on the size of files stands for the disk: writing fails in the middle of a file."""
    assert call("run", "toy")[0] == 0
    before = (project / "runs" / "toy" / "run.json").read_bytes()
    code = (
        "import resource, sys; from omnisim.cli import main\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))\n"
        "sys.exit(main(['run', 'toy', '--force']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert (project / "runs" / "toy" / "run.json").read_bytes() == before
    assert call("run", "toy")[0] == 0
    assert call("check", "runs/toy")[0] == 0


def test_check_names_what_is_wrong(call, project):
    scenario = project / "mine.yaml"
    scenario.write_text("extends: omnichannel_fashion\nname: mine\n", encoding="utf-8")
    code, out, _ = call("check", str(scenario))
    assert code == 0
    assert "size tiny" in out
    scenario.write_text("extends: omnichannel_fashion\nname: mine\nn_custs: 5\n", encoding="utf-8")
    code, out, _ = call("check", str(scenario))
    assert code == 1
    assert "n_custs: unknown field" in out
    assert call("check", "omnichannel_fashion")[0] == 0
    code, out, _ = call("check", "notebooks/01_first.ipynb")
    assert code == 0
    assert "what is recorded" in out
    # The toy dataset lacks all tables, and a simulated one has every table.
    assert call("check", "data/synthetic/toy")[0] == 1
    (project / "empty").mkdir()
    assert call("check", "empty")[0] == 2


def test_new_makes_a_folder_that_checks(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call("new", "acme & co")[0] == 0
    made = tmp_path / "acme & co"
    assert "name: acme_co" in (made / "scenario.yaml").read_text(encoding="utf-8")
    monkeypatch.chdir(made)
    code, out, _ = call("check", ".")
    assert code == 0, out
    monkeypatch.chdir(tmp_path)
    code, _, errors = call("new", "acme & co")
    assert code == 2
    assert "is not empty; --force adds what is missing" in errors[0]
    (made / "README.md").write_text("mine", encoding="utf-8")
    (made / "scenario.yaml").unlink()
    assert call("new", "acme & co", "--force")[0] == 0
    assert (made / "README.md").read_text(encoding="utf-8") == "mine"
    assert (made / "scenario.yaml").is_file()
    (tmp_path / "file").write_text("")
    assert call("new", "file")[0] == 2


def test_new_simulates_in_the_currency_of_the_engagement(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call("new", "acme", "--currency", "EUR")[0] == 0
    scenario = (tmp_path / "acme" / "scenario.yaml").read_text(encoding="utf-8")
    assert "\nmarket: {locale: en_US, currency: EUR}" in scenario
    assert call("check", "acme/scenario.yaml")[0] == 0


@pytest.mark.parametrize("name", ["we: ird", "new\nline", "a - {x} #1 %", "'q\"'", "\x7f\x85"])
def test_new_takes_a_folder_of_any_name(call, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    code, _, errors = call("new", name, "--client", name)
    assert code == 0, errors
    monkeypatch.chdir(tmp_path / name)
    code, out, _ = call("check", ".")
    assert code == 0, out


def test_new_writes_the_engagement_it_is_told(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 10"><rect width="9"/></svg>'
    (tmp_path / "Our Logo.SVG").write_text(drawing, encoding="utf-8")
    client = 'Café "A & B" {{< include x >}} #import'
    words = ["--client", client, "--sector", "grocery", "--currency", "CNY", "--lang", "en"]
    assert call("new", "acme", *words, "--accent", "#7A1F5C", "--logo", "Our Logo.SVG")[0] == 0
    made = tmp_path / "acme"
    assert (made / "logo.svg").read_text(encoding="utf-8") == drawing
    scenario = (made / "scenario.yaml").read_text(encoding="utf-8")
    assert "extends: grocery" in scenario
    assert "\nmarket: {locale: zh_CN, currency: CNY}" in scenario
    code, out, _ = call("check", "acme/engagement.yml")
    assert code == 0
    assert client in " ".join(out.split())
    assert call("check", "acme")[0] == 0
    (made / "engagement.yml").write_text("sector: books", encoding="utf-8")
    code, out, _ = call("check", "acme")
    assert code == 1
    assert "engagement.yml: sector = 'books'" in " ".join(out.split())


@pytest.mark.parametrize(
    "words, told",
    [
        (["--accent", "teal"], "colours.accent = 'teal': give # and six hexadecimal digits"),
        (["--sector", "books"], "sector = 'books': should be 'fashion'"),
        (["--currency", "yuan"], "currency.code = 'yuan': give three capital letters"),
        (["--lang", "fr"], "language = 'fr': should be 'en' or 'zh'"),
        (["--logo", "none.png"], "logo = 'none.png': cannot be read"),
        (["--client", "Caf\udce9"], "client = 'Caf\\udce9': should be a valid string"),
    ],
)
def test_new_refuses_what_an_engagement_cannot_hold(call, tmp_path, monkeypatch, words, told):
    monkeypatch.chdir(tmp_path)
    code, _, errors = call("new", "acme", *words)
    assert code == 2
    assert told in errors[0]
    assert not (tmp_path / "acme").exists()


def test_doctor_tells_what_is_missing(call, monkeypatch, project):
    from omnisim.cli import doctor

    code, out, _ = call("doctor")
    assert code == 0, out
    assert "embedded" in out
    monkeypatch.setattr(doctor, "_pandoc", lambda: None)
    monkeypatch.setenv("PATH", "")  # no Quarto either
    code, out, _ = call("doctor")
    assert code == 1
    assert "pip install pypandoc_binary" in out


def test_the_module_gives_the_exit_code_of_the_command():
    command = [sys.executable, "-m", "omnisim", "check", "no_such_thing"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "no_such_thing" in done.stderr
