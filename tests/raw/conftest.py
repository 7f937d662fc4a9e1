"""One small retailer, exported three times: with many defects, with none, and in Chinese."""

import pytest

from omnisim.scenario import load_scenario
from omnisim.truth import simulate

WORLD = {
    "horizon": {"n_days": 63},
    "population": {"n_customers": 220},
    "demand": {"need_rate": 40.0},
    "stores": {"n_stores": 5},
    "assortment": {"n_products": 10},
    "experiment": {"is_on": False},
    "rollout": {"is_on": False},
    # names that only quoting, or no code page, survives
    "market": {"regions": ['No;rth, "cold"', "East|side\twind", "Łódź\nWest"]},
}
MANY = {
    "duplicate_share": 0.05,
    "gap_days": 3,
    "late_share": 0.08,
    "missing_share": 0.06,
    "typo_share": 0.08,
    "wrong_format_share": 0.06,
    "unit_error_share": 0.03,
    "encoding_share": 0.2,
    "record_share": 0.1,
    "bot_share": 0.1,
}
NONE = {**dict.fromkeys(MANY, 0.0), "gap_days": 0}


def scenario(raw, **more):
    return load_scenario("sample", overrides={**WORLD, "raw": raw, **more})


@pytest.fixture(scope="session")
def small():
    """Make the scenario of the small retailer; by default with many defects."""
    return lambda raw=MANY, **more: scenario(raw, **more)


@pytest.fixture(scope="session")
def dirty(tmp_path_factory):
    """The retailer with many defects of every kind."""
    out = tmp_path_factory.mktemp("raw") / "dirty"
    return simulate(scenario(MANY), out=out, truth="none", raw=True, workers=1)


@pytest.fixture(scope="session")
def clean(tmp_path_factory):
    """The same year, exported without defects."""
    out = tmp_path_factory.mktemp("raw") / "clean"
    return simulate(scenario(NONE), out=out, truth="none", raw=True, workers=1)


@pytest.fixture(scope="session")
def chinese(tmp_path_factory):
    """Another retailer, whose tills write GB18030."""
    out = tmp_path_factory.mktemp("raw") / "chinese"
    market = {"market": {"locale": "zh_CN", "currency": "CNY"}}
    return simulate(scenario(MANY, **market), out=out, truth="none", raw=True, workers=1)
