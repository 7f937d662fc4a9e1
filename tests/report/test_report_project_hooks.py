"""What Quarto runs before and after rendering: with omnisim a check and a finish, without it nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from docx import Document

from omnisim.report import project_hooks, write_report
from omnisim.report.inspect_tree import read_checked
from omnisim.report.pandoc import convert, pandoc_program
from omnisim.report.project import project_sources

HOOK = project_sources() / "_brand" / "hook.lua"


@pytest.fixture
def quarto_calls_the_hook(tmp_path):
    """Runs the hook as Quarto runs a Lua script: as a filter of its Pandoc, in the project's folder."""
    programs = tmp_path / "bin"
    programs.mkdir()

    def call(python: str, **named: str) -> subprocess.CompletedProcess[str]:
        program = programs / "python3"
        program.write_text(f"#!/bin/sh\n{python}\n", encoding="utf-8")
        program.chmod(0o755)
        return subprocess.run(
            [pandoc_program(), "--from", "markdown", "--to", "plain", "--lua-filter", str(HOOK)],
            input="",
            text=True,
            capture_output=True,
            cwd=tmp_path,
            check=False,
            env={"PATH": f"{programs}:/usr/bin:/bin", "HERE": str(tmp_path), **named},
        )

    return call


def test_without_omnisim_nothing_happens(quarto_calls_the_hook):
    done = quarto_calls_the_hook("exit 1")  # neither this python3 nor any other knows omnisim
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("named", "moment"),
    [
        ({"QUARTO_PROJECT_INPUT_FILES": "a.qmd"}, "before"),
        ({"QUARTO_PROJECT_OUTPUT_FILES": "a.docx"}, "after"),
    ],
)
def test_the_hook_knows_its_moment(quarto_calls_the_hook, tmp_path, named, moment):
    done = quarto_calls_the_hook('[ "$1" = -c ] || echo "$@" > "$HERE/said"', **named)
    assert done.returncode == 0
    said = (tmp_path / "said").read_text(encoding="utf-8")
    assert said.strip() == f"-m omnisim.report.project_hooks {moment}"


def test_a_hook_that_fails_ends_the_rendering(quarto_calls_the_hook):
    failing = quarto_calls_the_hook('[ "$1" = -c ] || { echo "omnisim: a.qmd:3: no" >&2; exit 1; }')
    assert failing.returncode == 1
    assert "omnisim: a.qmd:3: no" in failing.stderr


def test_a_hook_can_be_turned_off(quarto_calls_the_hook):
    assert quarto_calls_the_hook('[ "$1" = -c ]', OMNISIM_HOOKS="off").returncode == 0


def test_before_names_the_line_that_goes_beyond_the_subset(tmp_path, monkeypatch, capsys):
    (tmp_path / "good.qmd").write_text("# Fine\n", encoding="utf-8")
    (tmp_path / "bad.qmd").write_text("# Run\n\n```{python}\n1\n```\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUARTO_PROJECT_INPUT_FILES", "good.qmd\nREADME.md")
    assert project_hooks.main("before") == 0
    monkeypatch.setenv("QUARTO_PROJECT_INPUT_FILES", "good.qmd\nbad.qmd")
    assert project_hooks.main("before") == 1
    assert (
        "bad.qmd:3: executable cells such as {python} are not part of a report"
        in capsys.readouterr().err
    )


def test_after_makes_word_files_of_equal_bytes(run_folder, tmp_path, monkeypatch):
    folder = write_report(run_folder, out=tmp_path / "r", lang="zh", to=["html"]).folder
    made = folder / "report.zh.docx"
    monkeypatch.chdir(folder)
    monkeypatch.setenv("QUARTO_PROJECT_OUTPUT_FILES", "report.zh.docx\nreport.zh.html")
    found = []
    for _ in range(2):
        subprocess.run(  # as Quarto does it: the same Pandoc, filter and reference document
            [
                *(pandoc_program(), "report.zh.qmd", "-o", made.name),
                "--reference-doc=_brand/reference.docx",
            ],
            cwd=folder,
            check=True,
            capture_output=True,
        )
        assert project_hooks.main("after") == 0
        found.append(made.read_bytes())
    assert found[0] == found[1]
    core = Document(str(made)).core_properties
    # The last day of the data, and the words of the running heads.
    assert (core.created.date().isoformat(), core.language) == ("2025-12-31", "zh-CN")
    assert core.title == "全渠道运营评估"


def test_a_long_list_comes_in_a_file(tmp_path, monkeypatch):
    (tmp_path / "list").write_text("bad.qmd\n", encoding="utf-8")
    (tmp_path / "bad.qmd").write_text("![](https://example.org/a.png)\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUARTO_USE_FILE_FOR_PROJECT_INPUT_FILES", str(tmp_path / "list"))
    assert project_hooks.main("before") == 1


def test_the_module_can_be_called_as_the_hook_calls_it(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "omnisim.report.project_hooks", "before"],
        cwd=tmp_path,
        check=False,
        env={**os.environ, "QUARTO_PROJECT_INPUT_FILES": ""},
    )
    assert done.returncode == 0


def test_after_lays_out_decks_as_the_embedded_engine_does(run_folder, tmp_path, monkeypatch):
    report = write_report(run_folder, out=tmp_path / "r", to=["pptx"], engine="embedded")
    folder, made = report.folder, report.files["pptx"]
    wanted = parts_of(made)
    _, tree = read_checked(folder / "report-deck.qmd")
    tree["meta"] = {k: v for k, v in tree["meta"].items() if k not in ("results", "format")}
    convert(  # as Quarto does it: the same Pandoc, filter and reference document
        tree,
        "pptx",
        [
            *("--slide-level=2", f"--output={made}", "--reference-doc=_brand/reference.pptx"),
            "--lua-filter=_brand/omnisim.lua",
        ],
        cwd=folder,
        sandbox=False,
    )
    assert parts_of(made) != wanted
    monkeypatch.chdir(folder)
    monkeypatch.setenv("QUARTO_PROJECT_OUTPUT_FILES", made.name)
    assert project_hooks.main("after") == 0
    assert parts_of(made) == wanted


def parts_of(file: Path) -> dict[str, bytes]:
    """The parts of an office file but the one that says which engine made it."""
    with zipfile.ZipFile(file) as parts:
        return {n: parts.read(n) for n in parts.namelist() if n != "docProps/custom.xml"}
