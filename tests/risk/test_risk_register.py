import pytest
import yaml

from omnisim.errors import DesignError
from omnisim.metrics import kpi_definitions
from omnisim.risk import MEASURES, default_register, read_register


def raw():
    return default_register().model_dump(mode="json")


def test_the_eight_risks_are_measured():
    keys = [r.key for r in default_register().risks]
    assert len(keys) == 8
    assert set(keys) == set(MEASURES)


def test_every_assumption_has_a_source_and_every_name_a_translation():
    register = default_register()
    for risk in register.risks:
        assert risk.zh
        assert all(a.source for a in risk.assumptions)
    for treatment in register.treatments:
        assert treatment.zh
        assert treatment.cost.source
        assert all(e.source for e in treatment.effects)


def test_kris_that_are_business_measures_exist():
    own = {"fake_burst_order_share", "coupon_repeat_share", "outage_hours"}
    assert {r.kri.metric for r in default_register().risks} - own <= set(kpi_definitions())


def test_yaml_round_trip():
    assert read_register(yaml.safe_dump(raw(), allow_unicode=True)) == default_register()


@pytest.mark.parametrize(
    "path, value, words",
    [
        (("risks", 0, "categry"), "x", "categry"),
        (("risks", 0, "category"), "weather", "category"),
        (("risks", 1, "id"), "R07", "R07"),
        (("risks", 0, "assumptions", 0, "low"), 0.9, "must rise"),
        (("matrix", "levels", "edges_margin_share"), [0.02, 0.005, 0.1], "rising"),
        (("treatments", 0, "effects", 0, "risk"), "R99", "R99"),
        (("treatments", 0, "effects", 0, "high"), 0.1, "low < reduction < high"),
        (("appetite", "max_probability"), 2.0, "max_probability"),
        (("schema_version",), 7, "schema_version"),
        (("treatments",), [], "treatments"),
    ],
)
def test_refusals_name_the_field(path, value, words):
    register = raw()
    place = register
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(DesignError, match=words):
        read_register(yaml.safe_dump(register, allow_unicode=True), where="mine.yaml")


def test_not_a_mapping_and_not_yaml():
    with pytest.raises(DesignError, match="mapping"):
        read_register("- a\n- b\n")
    with pytest.raises(DesignError, match="not YAML"):
        read_register("risks: [")
