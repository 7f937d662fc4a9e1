"""``omnisim scenario``: list, show, diff; and the market of a simulation."""

from __future__ import annotations

from pathlib import Path

import pytest

from omnisim.cli import main
from omnisim.cli.scenario import parse_scenario
from omnisim.cli.simulate import default_folder
from omnisim.errors import ScenarioError
from omnisim.scenario import load_scenario, preset_names

PRESET = "omnichannel_fashion"


@pytest.fixture
def call(capsys):
    """Run a command; exit code, standard output, error lines."""

    def run(*words: str) -> tuple[int, str, list[str]]:
        code = main(list(words))
        told = capsys.readouterr()
        return code, told.out, told.err.splitlines()

    return run


@pytest.mark.parametrize("command", ["list", "show", "diff", "odd"])
def test_help_has_an_example(call, command):
    code, out, _ = call("scenario", command, "--help")
    assert code == 0
    assert f"omnisim scenario {command}" in out.split("Example:")[1]


def test_list_names_every_preset_with_its_sizes(call):
    code, out, _ = call("scenario", "list")
    assert code == 0
    for name in preset_names():
        line = next(line for line in out.splitlines() if line.startswith(f"{name} "))
        assert load_scenario(name).description[:30] in line
        assert "tiny 2k" in line
        assert "zh_CN" in line


def test_show_prints_a_scenario_file(call, tmp_path):
    code, out, _ = call("scenario", "show", PRESET, "--size", "tiny", "--market", "zh_CN")
    assert code == 0
    path = tmp_path / "shown.yaml"
    path.write_text(out, encoding="utf-8")
    assert load_scenario(path) == load_scenario(PRESET, size="tiny", market="zh_CN")


def test_show_explains(call):
    _, out, _ = call("scenario", "show", PRESET, "--block", "horizon", "--explain")
    assert "n_days: 365  # length [days]" in out


def test_diff_of_sizes(call):
    code, out, _ = call("scenario", "diff", PRESET, f"{PRESET}@tiny")
    assert code == 0
    row = next(line.split() for line in out.splitlines() if line.startswith("population"))
    assert row == ["population.n_customers", "20000", "2000"]


def test_diff_of_files_and_markets(call, tmp_path):
    path = tmp_path / "mine@home.yaml"  # an @ in a file's name is no size
    path.write_text(f"extends: {PRESET}\nname: mine\nseed: 9\n", encoding="utf-8")
    code, out, _ = call("scenario", "diff", str(path), f"{PRESET}@zh_CN")
    assert code == 0
    assert "9" in next(line for line in out.splitlines() if line.startswith("seed"))
    assert "CNY" in next(line for line in out.splitlines() if line.startswith("market.currency"))


def test_diff_of_the_same(call):
    code, out, _ = call("scenario", "diff", PRESET, f"{PRESET}@small")
    assert (code, out) == (0, f"{PRESET} and {PRESET}@small make the same data\n")


@pytest.mark.parametrize(
    "words, told",
    [
        (("show", "fashion"), "no scenario 'fashion'; presets are"),
        (("show", PRESET, "--size", "huge"), "no size 'huge'; has ['large'"),
        (("show", PRESET, "--market", "fr_FR"), "no market 'fr_FR'; has ['en_US', 'zh_CN']"),
        (("show", PRESET, "--block", "demnd"), "did you mean 'demand'?"),
        (("diff", PRESET, f"{PRESET}@huge"), "'huge' is no further market or size of"),
        (("diff", PRESET, f"{PRESET}@tiny@small"), "'small' is no further market or size"),
        (("diff", PRESET), "Missing argument"),
        ((), "Missing command"),
    ],
)
def test_bad_input_is_a_sentence(call, words, told):
    code, out, errors = call("scenario", *words)
    assert (code, out) == (2, "")
    assert errors[0].startswith("error: ")
    assert told in errors[0]


def test_market_and_size_in_any_order():
    wanted = load_scenario(PRESET, size="tiny", market="zh_CN")
    assert (
        parse_scenario(f"{PRESET}@tiny@zh_CN") == parse_scenario(f"{PRESET}@zh_CN@tiny") == wanted
    )
    with pytest.raises(ScenarioError, match="no further market"):
        parse_scenario(f"{PRESET}@zh_CN@en_US")


def test_datasets_of_markets_do_not_replace_each_other(monkeypatch, tmp_path):
    monkeypatch.setenv("OMNISIM_DATA", str(tmp_path))
    fashion = load_scenario(PRESET)
    assert default_folder(PRESET, None, None, fashion) == tmp_path / "small"
    assert default_folder(PRESET, "tiny", "zh_CN", fashion) == tmp_path / "tiny-zh_CN"
    other = load_scenario("sample")
    assert default_folder("sample", None, "zh_CN", other) == Path(tmp_path / "sample-zh_CN")


def test_odd_prints_the_protocol_of_the_size_and_market(call):
    code, out, _ = call("scenario", "odd", "grocery", "--size", "tiny", "--market", "zh_CN")
    assert code == 0
    assert out.startswith("# ODD protocol of `grocery`\n")
    chosen = load_scenario("grocery", size="tiny", market="zh_CN")
    assert f"| `population.n_customers` | `{chosen.population.n_customers}` |" in out
    assert "| `market.locale` | `zh_CN` |" in out


def test_odd_writes_a_file_once_and_replaces_it_when_told(call, tmp_path):
    path = tmp_path / "odd.md"
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        f"extends: {PRESET}\nname: mine\ndemand: {{need_rate: 9.5}}\n", encoding="utf-8"
    )
    code, out, _ = call("scenario", "odd", str(mine), "--out", str(path))
    assert code == 0
    assert str(path) in out
    written = path.read_text(encoding="utf-8")
    assert "| `demand.need_rate` | `9.5` |" in written
    code, _, err = call("scenario", "odd", PRESET, "--out", str(path))
    assert code != 0
    assert "exists" in err[-1]
    assert path.read_text(encoding="utf-8") == written
    assert call("scenario", "odd", PRESET, "--out", str(path), "--force")[0] == 0
    assert path.read_text(encoding="utf-8") != written


def test_odd_into_a_folder_that_is_not_there_is_one_error(call, tmp_path):
    code, _, err = call("scenario", "odd", PRESET, "--out", str(tmp_path / "no" / "odd.md"))
    assert code != 0
    assert len(err) == 1
    assert "cannot be written" in err[0]
