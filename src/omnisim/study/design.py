"""Design points: which worlds a study runs, spread over its dials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.stats import qmc

from omnisim.errors import DesignError

FloatArray = npt.NDArray[np.float64]
Value = bool | int | float | str
Kind = Literal["grid", "latin_hypercube", "sobol"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A dial with a range.

    Attributes
    ----------
    low, high : float
        Ends, both can be reached.
    is_log : bool
        Even on the log scale rather than on the plain one.
    is_whole : bool
        Values are rounded to whole numbers.
    """

    low: float
    high: float
    is_log: bool = False
    is_whole: bool = False

    def at(self, share: FloatArray) -> list[int | float]:
        """Values at shares of the way from low to high, shape (n,).

        Examples
        --------
        >>> Range(low=1, high=100, is_log=True).at(np.array([0.0, 0.5, 1.0]))
        [1.0, 10.0, 100.0]
        >>> Range(low=10, high=20, is_whole=True).at(np.array([0.26]))
        [13]
        """
        if self.is_log:
            raw = self.low * (self.high / self.low) ** share
        else:
            raw = self.low + (self.high - self.low) * share
        if self.is_whole:
            return [int(value) for value in np.rint(raw)]
        # twelve digits: so that a file, a table and a figure show the same number
        return [float(f"{value:.12g}") for value in raw]


def grid(values: Mapping[str, Sequence[Value]]) -> list[dict[str, Value]]:
    """All combinations, the last dial running fastest.

    Examples
    --------
    >>> grid({"a": [0, 1], "b": ["x"]})
    [{'a': 0, 'b': 'x'}, {'a': 1, 'b': 'x'}]
    """
    return [
        dict(zip(values, combination, strict=True)) for combination in product(*values.values())
    ]


def spread(kind: Kind, dials: Mapping[str, Range], *, n: int, seed: int) -> list[dict[str, Value]]:
    """`n` points that fill the box of the ranges.

    Latin hypercube: each of `n` slices of every dial is hit once. Sobol: scrambled, a power of two
    of points keeps its balance.

    References
    ----------
    McKay, M. D., Beckman, R. J., Conover, W. J. (1979). A comparison of three methods for selecting
    values of input variables. Technometrics, 21(2).
    Owen, A. B. (1998). Scrambling Sobol' and Niederreiter-Xing points. Journal of Complexity, 14(4).

    Raises
    ------
    DesignError
        Sobol points that are not a power of two.
    """
    if kind == "latin_hypercube":
        shares = qmc.LatinHypercube(d=len(dials), rng=np.random.default_rng(seed)).random(n)
    else:
        if n & (n - 1):
            raise DesignError(f"n = {n}: Sobol points keep their balance for 2, 4, 8, 16, 32, ...")
        sobol = qmc.Sobol(d=len(dials), scramble=True, rng=np.random.default_rng(seed))
        shares = sobol.random_base2(n.bit_length() - 1)
    columns = [dial.at(shares[:, k]) for k, dial in enumerate(dials.values())]
    return [dict(zip(dials, row, strict=True)) for row in zip(*columns, strict=True)]


def nested(dials: Mapping[str, Value]) -> dict[str, Any]:
    """Dotted names as nested fields.

    Examples
    --------
    >>> nested({"demand.need_rate": 9.0, "demand.need_shape": 0.4})
    {'demand': {'need_rate': 9.0, 'need_shape': 0.4}}
    """
    made: dict[str, Any] = {}
    for name, value in dials.items():
        *blocks, field = name.split(".")
        place = made
        for block in blocks:
            place = place.setdefault(block, {})
        place[field] = value
    return made
