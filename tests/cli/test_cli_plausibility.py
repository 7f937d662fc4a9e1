"""What ``omnisim check`` says about how believable a dataset is."""

from __future__ import annotations

from pathlib import Path

import pytest

from omnisim.cli import main
from omnisim.cli import plausibility as cli_plausibility
from omnisim.metrics import Measurement, bounds, judge

SAMPLE = Path(__file__).parents[2] / "data" / "synthetic" / "sample"
BOUND = bounds()["online_conversion_per_session"]
WILD = judge(BOUND, Measurement(0.5, 10_000))
ODD = judge(BOUND, Measurement(0.05, 10_000))
THIN = judge(BOUND, Measurement(0.5, 10))


def test_a_row_says_value_verdict_bands_and_source():
    assert cli_plausibility.verdict_row(WILD) == (
        "failed",
        "Online conversion per session",
        "50% implausible",
        "2% to 3%",
        "1% to 4%",
        "0.3% to 8%",
        "Invesp 2.58 % (2023); Monetate 1-4 %",
    )
    assert cli_plausibility.verdict_row(THIN)[2] == "not measurable"
    assert cli_plausibility.verdict_row(THIN)[-1] == "10 sessions, needs 1,000"


@pytest.mark.parametrize(
    "verdicts, is_simulated, fails",
    [
        ((WILD,), True, True),
        ((WILD,), False, False),  # a client's data are what they are
        ((ODD, THIN), True, False),
    ],
)
def test_what_fails_the_check(capsys, verdicts, is_simulated, fails):
    assert cli_plausibility.show_verdicts(verdicts, is_simulated=is_simulated) == fails
    assert "Online conversion per session" in capsys.readouterr().out


def test_check_of_the_sample_shows_the_table(capsys):
    assert main(["check", str(SAMPLE)]) == 0
    out = capsys.readouterr().out.split("plausibility")[1]
    assert all(bound.label[:20] in out for bound in bounds().values() if not bound.is_truth)
    assert bounds()["retargeting_purchase_lift"].label in out


def test_an_implausible_dataset_fails(capsys, monkeypatch):
    monkeypatch.setattr(cli_plausibility, "dataset_verdicts", lambda dataset: (WILD,))
    assert main(["check", str(SAMPLE / "manifest.json")]) == 1
    assert "implausible" in capsys.readouterr().out


def test_a_scenario_has_no_plausibility(capsys):
    assert main(["check", "sample"]) == 0
    assert "plausibility" not in capsys.readouterr().out
