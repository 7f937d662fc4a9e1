"""The ODD protocol of a scenario: what is simulated, written from what runs."""

from omnisim.odd.page import odd_page
from omnisim.odd.parameters import Parameter, parameters, unit_of

__all__ = ["Parameter", "odd_page", "parameters", "unit_of"]
