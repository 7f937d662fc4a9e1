"""Which mechanisms are at work in a scenario: switches, dials at zero, confounding dials, lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from omnisim.odd.parameters import Parameter, blocks_in, parameters
from omnisim.scenario import Scenario
from omnisim.scenario.block import Block
from omnisim.schema.dictionary import markdown_table

_SWITCH = ".is_on"
_DIAL = "confounding dial: "
_NOTHING = "0 = "  # how a description says what a dial does at zero


@dataclass(frozen=True, slots=True)
class Mechanism:
    """Something that is on or off.

    Attributes
    ----------
    where : str
        The block, field or list that decides.
    is_on : bool
        Whether it changes anything.
    state : str
        In words.
    about : str
        What it is.
    """

    where: str
    is_on: bool
    state: str
    about: str


def mechanisms(scenario: Scenario) -> list[Mechanism]:
    """All mechanisms of a scenario that its declarations say can be off."""
    found = [*_switches(scenario), *_lists(scenario)]
    found += _dials(list(parameters(scenario, "", scenario.market.currency)))
    return sorted(found, key=lambda m: (not m.is_on, m.where))


def mechanism_table(scenario: Scenario) -> str:
    """A line per mechanism, those at work first."""
    return markdown_table(
        ("decided by", "state", "what it is"),
        ((f"`{m.where}`", m.state, m.about) for m in mechanisms(scenario)),
    )


def _switches(scenario: Scenario) -> Iterator[Mechanism]:
    """Blocks with a switch."""
    for name in type(scenario).model_fields:
        block = getattr(scenario, name)
        if isinstance(block, Block) and hasattr(block, "is_on"):
            about = (type(block).__doc__ or "").partition("\n")[0].replace("``", "`")
            yield Mechanism(name + _SWITCH, block.is_on, "on" if block.is_on else "off", about)


def _lists(scenario: Scenario) -> Iterator[Mechanism]:
    """Lists of causes of the scenario itself."""
    for name, field in type(scenario).model_fields.items():
        value = getattr(scenario, name)
        if isinstance(value, tuple):
            n = len(blocks_in(value))
            yield Mechanism(name, n > 0, f"{n} planned" if n else "off", field.description or "")


def _dials(found: list[Parameter]) -> Iterator[Mechanism]:
    """Dials that declare what zero means, and confounding dials."""
    off = {p.path.removesuffix(_SWITCH) for p in found if p.path.endswith(_SWITCH) and not p.value}
    for p in found:
        numeric = isinstance(p.value, (int, float)) and not isinstance(p.value, bool)
        if not numeric or _NOTHING not in p.meaning:
            continue
        is_on = p.value != 0 and p.path.rpartition(".")[0] not in off
        state = f"at {p.text}" if p.value else f"0: {p.meaning.partition(_NOTHING)[2]}"
        if p.value and not is_on:
            state += ", its block is off"
        yield Mechanism(p.path, is_on, state, p.meaning.removeprefix(_DIAL))
