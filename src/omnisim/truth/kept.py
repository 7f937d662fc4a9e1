"""What a process keeps between the blocks of a simulation: its world, and what its stage needs."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

from omnisim.truth.prepare import Prepared, Request, prepare

_Made = TypeVar("_Made")

_N_KEPT = 2  # worlds a process keeps: two simulations may share a cluster


@dataclass(slots=True)
class _Kept:
    prepared: Prepared | None = None
    stage: Hashable = None
    made: Any = None


_kept: OrderedDict[str, _Kept] = OrderedDict()
_lock = threading.Lock()


def kept(
    request: Request, stage: Hashable, make: Callable[[Prepared], _Made], *, is_last: bool = False
) -> _Made:
    """What `make` makes of the world of a request, once per process and stage.

    A simulation goes through its stages one after the other: what an earlier one needed is let go,
    and in the last one the world itself, but for what was made of it. Equal stages make equal things.
    """
    name = f"{request.scenario.content_hash} {request.asked} {request.superstep}"
    with _lock:  # other threads of this process wait rather than make it again
        one = _kept.setdefault(name, _Kept())
        _kept.move_to_end(name)
        while len(_kept) > _N_KEPT:
            _kept.popitem(last=False)
        if one.stage != stage:
            one.stage, one.made = None, None
            prepared = one.prepared or prepare(request)
            one.prepared = None if is_last else prepared
            one.made, one.stage = make(prepared), stage
        made: _Made = one.made
        return made
