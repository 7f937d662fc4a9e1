"""Finding notebooks, their order, and what a run's parameters reach."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from omnisim.errors import NotebookError, ParameterError
from omnisim.notebook.parameters import read_declarations
from omnisim.notebook.project import notebook_folder, project_root
from omnisim.notebook.sources import (
    Notebook,
    checked_parameters,
    choose,
    in_order,
    parse_assignments,
    read_notebooks,
)


def notebook(name: str, *needs: str, cell: str = "") -> Notebook:
    parameters = read_declarations(cell, where=name)
    return Notebook(name=name, path=Path(name), needs=needs, parameters=parameters)


def test_order_follows_needs_then_names():
    given = [notebook("03_c"), notebook("01_a", "03_c"), notebook("02_b"), notebook("04_d", "01_a")]
    assert [n.name for n in in_order(given)] == ["02_b", "03_c", "01_a", "04_d"]


def test_a_circle_is_named():
    circle = [notebook("01_a", "02_b"), notebook("02_b", "03_c"), notebook("03_c", "01_a")]
    with pytest.raises(
        NotebookError, match=r"need each other: 0\d_\w -> 0\d_\w -> 0\d_\w -> 0\d_\w"
    ):
        in_order(circle)
    with pytest.raises(NotebookError, match="01_a -> 01_a"):
        in_order([notebook("01_a", "01_a")])


def test_choice_brings_what_it_needs():
    notebooks = {n.name: n for n in (notebook("01_a"), notebook("02_b"), notebook("03_c", "01_a"))}
    assert [n.name for n in choose(notebooks, None)] == ["01_a", "02_b", "03_c"]
    assert [n.name for n in choose(notebooks, ["03"])] == ["01_a", "03_c"]
    assert [n.name for n in choose(notebooks, ["02_b", "02_b.ipynb"])] == ["02_b"]
    for wrong in (["3"], ["c"], [""], []):
        with pytest.raises(ParameterError, match=r"there are \['01_a', '02_b', '03_c'\]"):
            choose(notebooks, wrong)


def test_parameters_reach_who_declares_them():
    both = [
        notebook("01_a", cell="alpha: float = 0.1\nn: int = 1"),
        notebook("02_b", cell="alpha: float = 0.2"),
    ]
    assert checked_parameters(both, {"02_b.alpha": 0.5, "alpha": 0.3, "n": 2}) == {
        "01_a": {"alpha": 0.3, "n": 2},
        "02_b": {"alpha": 0.5},
    }
    assert parse_assignments(["02_b.alpha=0.5", "alpha=0.3", "n=2"], both) == {
        "01_a.alpha": 0.3,
        "02_b.alpha": 0.5,
        "01_a.n": 2,
    }
    with pytest.raises(ParameterError, match=r"no parameter 'n' in 02_b; there are \['alpha'\]"):
        checked_parameters(both, {"02_b.n": 1})
    with pytest.raises(ParameterError, match="no notebook '07_x'"):
        checked_parameters(both, {"07_x.n": 1})
    for text in ("alpha", "=1", " =1"):
        with pytest.raises(ParameterError, match="write name=value"):
            parse_assignments([text], both)


def test_unreadable_notebooks_are_named(tmp_path):
    with pytest.raises(NotebookError, match="no notebooks"):
        read_notebooks(tmp_path)
    path = tmp_path / "01_a.ipynb"
    for text in ("{", "[]", '{"nbformat": 3, "cells": []}', "\udcff"):
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        with pytest.raises(NotebookError, match=r"01_a\.ipynb"):
            read_notebooks(tmp_path)
    for needs in ("02_b", [1], {"a": 1}):
        body = {"nbformat": 4, "cells": [], "metadata": {"omnisim": {"needs": needs}}}
        path.write_text(json.dumps(body), encoding="utf-8")
        with pytest.raises(NotebookError, match=r"needs = .*give a list"):
            read_notebooks(tmp_path)
    body["metadata"]["omnisim"]["needs"] = ["02_b"]
    path.write_text(json.dumps(body), encoding="utf-8")
    with pytest.raises(NotebookError, match=r"01_a needs \['02_b'\]; there are \['01_a'\]"):
        read_notebooks(tmp_path)


def test_digest_is_of_what_is_done_not_of_outputs(tmp_path):
    def digest(source: object, **more: object) -> str:
        cell = {"cell_type": "code", "source": source, "metadata": {"collapsed": True}, **more}
        path = tmp_path / "01_a.ipynb"
        path.write_text(json.dumps({"nbformat": 4, "cells": [cell], "metadata": {}}))
        return Notebook.read(path).digest

    plain = digest("a = 1\nb = 2")
    assert digest(["a = 1\n", "b = 2"], outputs=[{"x": 1}], execution_count=7, id="z") == plain
    assert digest("a = 1\nb = 3") != plain


def test_an_engagement_s_own_notebooks_win(tmp_path, monkeypatch, make_notebook):
    own = notebook_folder(Path("/"))
    assert own.name == "notebooks"
    (tmp_path / "data" / "synthetic").mkdir(parents=True)
    inner = tmp_path / "reports"
    inner.mkdir()
    monkeypatch.chdir(inner)
    assert project_root() == tmp_path
    assert notebook_folder() == own, "no notebook of its own yet"
    make_notebook("01_mine", "a = 1")
    assert notebook_folder() == tmp_path / "notebooks"


def test_on_request_runs_only_where_named_or_needed(make_notebook):
    path = make_notebook("01_a", "a = 1")
    make_notebook("02_b", "b = 1")
    raw = json.loads(path.read_text(encoding="utf-8"))
    raw["metadata"]["omnisim"]["on_request"] = True
    path.write_text(json.dumps(raw), encoding="utf-8")
    found = read_notebooks(path.parent)
    assert [n.name for n in choose(found, None)] == ["02_b"]
    assert [n.name for n in choose(found, ["01"])] == ["01_a"]
    make_notebook("03_c", "c = 1", needs=["01_a"])
    assert [n.name for n in choose(read_notebooks(path.parent), None)] == ["01_a", "02_b", "03_c"]
    raw["metadata"]["omnisim"]["on_request"] = "later"
    path.write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(NotebookError, match="on_request = 'later': give true or false"):
        Notebook.read(path)
