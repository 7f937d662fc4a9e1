"""What we ask for: scenario files and their checked form."""

from omnisim.scenario.describe import Difference, differences, scenario_yaml
from omnisim.scenario.files import (
    load_scenario,
    preset_names,
    scenario_markets,
    scenario_sizes,
)
from omnisim.scenario.model import Scenario, json_schema

__all__ = [
    "Difference",
    "Scenario",
    "differences",
    "json_schema",
    "load_scenario",
    "preset_names",
    "scenario_markets",
    "scenario_sizes",
    "scenario_yaml",
]
