"""A part of a notebook that the data do not allow is told, recorded and passed over."""

from __future__ import annotations

import pytest

from omnisim.errors import DesignError
from omnisim.notebook import Recorder
from omnisim.storage import Dataset


@pytest.fixture
def out(make_dataset, tmp_path, monkeypatch):
    monkeypatch.setenv("OMNISIM_RUN", str(tmp_path / "run"))
    return Recorder("tour", question="What?", dataset=Dataset.open(make_dataset()))


def test_what_is_missing_is_said_and_becomes_a_limitation(out, capsys):
    for _ in range(2):  # said twice, recorded once
        with out.unless_missing():
            raise DesignError("tiers: needs the tables ['loyalty_tiers']")
    with out.unless_missing():
        out.limit("Accounts, not people.")
    result = out.finish("An answer.")
    assert result.limitations == (
        "Not shown: tiers: needs the tables ['loyalty_tiers'].",
        "Accounts, not people.",
    )
    assert capsys.readouterr().out.count("Markdown object") == 2


def test_other_errors_stay_errors(out):
    with pytest.raises(KeyError, match="tier"), out.unless_missing():
        raise KeyError("tier")
    assert out.finish("An answer.").limitations == ()
