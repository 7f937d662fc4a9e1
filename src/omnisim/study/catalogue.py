"""All registered methods; loading this module loads those that register them."""

from __future__ import annotations

from omnisim.errors import DesignError
from omnisim.study import (
    methods_attribution,
    methods_causal,
    methods_experiment,
    methods_members,
    methods_risk,
)
from omnisim.study.registry import METHODS, Method

MODULES = (
    methods_attribution, methods_causal, methods_experiment, methods_members, methods_risk,
)  # fmt: skip


def registered() -> dict[str, Method]:
    """All methods by name, sorted."""
    return dict(sorted(METHODS.items()))


def find_method(name: str) -> Method:
    """The method of a name.

    Raises
    ------
    DesignError
        There is none; the message lists those there are.
    """
    if name not in METHODS:
        raise DesignError(f"no method {name!r}; there are {', '.join(registered())}")
    return METHODS[name]
