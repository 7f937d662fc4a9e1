"""What we ask for: scenario files and their checked form."""

from omnisim.scenario.files import load_scenario, preset_names
from omnisim.scenario.model import Scenario, json_schema

__all__ = ["Scenario", "json_schema", "load_scenario", "preset_names"]
