"""Journeys in compact form: one flat array of channel codes, cut by offsets."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from omnisim.attribution.columns import (
    FloatArray,
    IntArray,
    finite_amounts,
    read_paths,
    require_columns,
    whole_numbers,
)
from omnisim.attribution.counts import JourneyCounts
from omnisim.attribution.rules import NO_TOUCH
from omnisim.errors import DesignError, SchemaError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Journeys:
    """Paths of channels, each with how often it ended in an order and in nothing.

    Attributes
    ----------
    channels : tuple of str
        Names of the codes.
    codes : array, shape (n_touches,)
        Channel code of each contact; contacts of one journey are adjacent and in order of time.
    offsets : array, shape (n_journeys + 1,)
        Contacts of journey `j` are ``codes[offsets[j]:offsets[j + 1]]``; none for an order
        nobody saw coming.
    conversions, nulls : array, shape (n_journeys,)
        How often the path ended in an order, and how often in nothing.
    value : array, shape (n_journeys,)
        Money of the conversions, in the currency of the orders.
    customer : array, shape (n_journeys,), or None
        Person index from 0; None for aggregated tables, where nobody knows who is who.
    days_before_end : array, shape (n_touches,), or None
        Days from the contact to the end of its journey; None for aggregated tables.
    ended_ms : array, shape (n_journeys,), or None
        When the journey ended, by the order or by its last contact: UTC milliseconds since 1970.
    order_id : array, shape (n_journeys,), or None
        Order that closed the journey, -1 for none.
    order_channels, order_channel : tuple of str, array of shape (n_journeys,) or None
        Where that order was placed, as a code into the names, -1 for none.
    counts : JourneyCounts or None
        What became of the rows of the tables it was built from.
    """

    channels: tuple[str, ...]
    codes: npt.NDArray[np.int16]
    offsets: IntArray
    conversions: IntArray
    nulls: IntArray
    value: FloatArray
    customer: IntArray | None = None
    days_before_end: FloatArray | None = None
    ended_ms: IntArray | None = None
    order_id: IntArray | None = None
    order_channels: tuple[str, ...] = ()
    order_channel: npt.NDArray[np.int16] | None = None
    counts: JourneyCounts | None = None

    @property
    def n_journeys(self) -> int:
        """Number of journeys (rows, for aggregated tables)."""
        return len(self.offsets) - 1

    @property
    def n_channels(self) -> int:
        """Number of channels that have a code."""
        return len(self.channels)

    @property
    def lengths(self) -> IntArray:
        """Contacts per journey."""
        return np.diff(self.offsets)

    @property
    def has_touch(self) -> npt.NDArray[np.bool_]:
        """Which journeys have at least one contact."""
        return self.lengths > 0

    @property
    def n_conversions(self) -> int:
        """Orders, with and without contacts."""
        return int(self.conversions.sum())

    @property
    def n_tracked_conversions(self) -> int:
        """Orders with at least one contact."""
        return int(self.conversions[self.has_touch].sum())

    @property
    def total_value(self) -> float:
        """Money of all orders."""
        return float(self.value.sum())

    @property
    def tracked_value(self) -> float:
        """Money of the orders with at least one contact."""
        return float(self.value[self.has_touch].sum())

    @property
    def untracked_share(self) -> float:
        """Share of orders without any contact, in [0, 1]."""
        total = self.n_conversions
        if total == 0:
            raise DesignError("journeys hold no completed order: nothing to credit")
        return 1 - self.n_tracked_conversions / total

    @property
    def n_customers(self) -> int:
        """Persons as far as they can be told apart; journeys for aggregated tables."""
        if self.customer is None:
            return int(self.conversions.sum() + self.nulls.sum())
        return int(self.customer.max()) + 1 if self.customer.size else 0

    @classmethod
    def from_paths(
        cls,
        frame: pd.DataFrame,
        *,
        path: str = "path",
        conversions: str = "conversions",
        nulls: str | None = "nulls",
        value: str | None = "value",
        separator: str = " > ",
    ) -> Journeys:
        """Journeys from a table with one row per path.

        The path ``(none)`` stands for orders without a contact. Rows with the same path add up.

        Parameters
        ----------
        frame : DataFrame
            One row per path.
        path, conversions, nulls, value : str
            Columns: channel names joined by `separator`; how often the path ended in an order; how
            often in nothing (None: never); money of all its orders (None: each order counts 1).
        separator : str
            What stands between two channels.

        Raises
        ------
        SchemaError
            Missing column, empty path or channel, channel named like a state of the journey, and
            counts or values that are missing, infinite, negative or fractional.

        Examples
        --------
        >>> table = pd.DataFrame({"path": ["email > direct", "email"], "conversions": [2, 0],
        ...                       "nulls": [1, 3], "value": [90.0, 0.0]})
        >>> journeys = Journeys.from_paths(table)
        >>> journeys.channels, journeys.codes.tolist(), journeys.offsets.tolist()
        (('direct', 'email'), [1, 0, 1], [0, 2, 3])
        """
        wanted = [c for c in (path, conversions, nulls, value) if c is not None]
        require_columns(frame, wanted, table="paths")
        if frame.empty:
            raise SchemaError("paths: the table has no rows; give at least one path")
        codes, offsets, channels = read_paths(frame[path], separator, where=f"paths.{path}")
        n_conversions = whole_numbers(frame, conversions)
        n_nulls = whole_numbers(frame, nulls) if nulls is not None else np.zeros_like(n_conversions)
        money = (
            finite_amounts(frame[value], where=f"paths.{value}")
            if value is not None
            else n_conversions.astype(float)
        )
        if ((n_conversions + n_nulls) == 0).any():
            row = frame.index[(n_conversions + n_nulls) == 0][0]
            raise SchemaError(f"paths, row {row}: neither conversions nor nulls; drop the row")
        if ((n_conversions == 0) & (money > 0)).any():
            row = frame.index[(n_conversions == 0) & (money > 0)][0]
            raise SchemaError(f"paths.{value}, row {row}: value without a conversion")
        return cls(
            channels=channels,
            codes=codes,
            offsets=offsets,
            conversions=n_conversions,
            nulls=n_nulls,
            value=money,
        )

    def without_repeats(self) -> Journeys:
        """Unbroken runs of one channel become their first contact.

        Examples
        --------
        >>> table = pd.DataFrame({"path": ["a > a > b"], "conversions": [1]})
        >>> Journeys.from_paths(table, nulls=None, value=None).without_repeats().codes.tolist()
        [0, 1]
        """
        owner = np.repeat(np.arange(self.n_journeys), self.lengths)
        keep = np.ones(len(self.codes), dtype=bool)
        keep[1:] = (self.codes[1:] != self.codes[:-1]) | (owner[1:] != owner[:-1])
        lengths = np.bincount(owner[keep], minlength=self.n_journeys)
        days = self.days_before_end
        return replace(
            self,
            codes=self.codes[keep],
            offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            days_before_end=None if days is None else days[keep],
        )

    def to_first_orders(self) -> Journeys:
        """Journeys up to each person's first order; later ones are left out.

        Raises
        ------
        DesignError
            For aggregated paths, which do not say who is who.
        """
        if self.customer is None:
            raise DesignError("first orders: aggregated paths do not say who is who")
        bought = np.cumsum(self.conversions) - self.conversions
        starts = np.ones(self.n_journeys, dtype=bool)
        starts[1:] = self.customer[1:] != self.customer[:-1]
        first = np.flatnonzero(starts)[np.cumsum(starts) - 1]
        return self.select(bought == bought[first])

    def repeated(self) -> Journeys:
        """Aggregated rows as single journeys, one for each order and each end in nothing.

        Money is split equally among the orders of a row. Every journey is a person of its own.
        """
        if self.customer is not None:
            return self
        bought, left = self.conversions, self.nulls
        row = np.repeat(np.arange(self.n_journeys), bought + left)
        nth = np.arange(len(row)) - np.repeat(
            np.cumsum(bought + left) - bought - left, bought + left
        )
        is_order = nth < bought[row]
        lengths = self.lengths[row]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        inside = np.arange(offsets[-1]) - np.repeat(offsets[:-1] - self.offsets[row], lengths)
        return replace(
            self,
            codes=self.codes[inside],
            offsets=offsets,
            conversions=is_order.astype(np.int64),
            nulls=(~is_order).astype(np.int64),
            value=np.where(is_order, self.value[row] / np.maximum(bought[row], 1), 0.0),
            customer=np.arange(len(row)),
        )

    def to_paths(self, *, separator: str = " > ") -> pd.DataFrame:
        """One row per path: path, conversions, nulls, value; the format of other tools.

        Orders without a contact are one row with the path ``(none)``. Equal paths are added up.

        Examples
        --------
        >>> table = pd.DataFrame({"path": ["b", "a > b", "b"], "conversions": [1, 1, 0],
        ...                       "nulls": [0, 2, 5], "value": [8.0, 9.0, 0.0]})
        >>> Journeys.from_paths(table).to_paths().values.tolist()
        [['a > b', 1, 2, 9.0], ['b', 1, 5, 8.0]]
        """
        place = self.path_index()
        rows = np.unique(place, return_index=True)[1]
        n = len(rows)
        names = np.array(self.channels, dtype=object)
        texts = [
            separator.join(names[self.codes[self.offsets[j] : self.offsets[j + 1]]]) or NO_TOUCH
            for j in rows
        ]
        frame = pd.DataFrame(
            {
                "path": texts,
                "conversions": np.bincount(place, self.conversions, n).astype(np.int64),
                "nulls": np.bincount(place, self.nulls, n).astype(np.int64),
                "value": np.bincount(place, self.value, n),
            }
        )
        return frame.sort_values("path", kind="stable", ignore_index=True)

    def path_index(self) -> IntArray:
        """Number of the path of each journey, shape (n_journeys,): equal paths, equal numbers.

        Paths are told apart exactly: contact by contact, the number so far and the next channel
        make the next number.
        """
        index = np.zeros(self.n_journeys, dtype=np.int64)
        lengths = self.lengths
        base = self.n_channels + 1
        live = np.flatnonzero(lengths > 0)
        place, n_known = 0, 1  # 0 is the empty path
        while len(live):
            step = self.codes[self.offsets[live] + place].astype(np.int64) + 1
            prefix = index[live]
            new = np.unique(prefix * base + step, return_inverse=True)[1]
            index[live] = n_known + new
            n_known += int(new.max()) + 1
            place += 1
            live = live[lengths[live] > place]
        return np.unique(index, return_inverse=True)[1].astype(np.int64)

    def select(self, keep: npt.NDArray[np.bool_]) -> Journeys:
        """Only the journeys where `keep`, shape (n_journeys,), is true; counts are dropped."""
        parts: dict[str, object] = {}
        for item in fields(self):
            data = getattr(self, item.name)
            if isinstance(data, np.ndarray) and len(data) == self.n_journeys:
                parts[item.name] = data[keep]
        lengths = self.lengths
        touch = np.repeat(keep, lengths)
        parts["codes"] = self.codes[touch]
        if self.days_before_end is not None:
            parts["days_before_end"] = self.days_before_end[touch]
        parts["offsets"] = np.concatenate([[0], np.cumsum(lengths[keep])]).astype(np.int64)
        if self.customer is not None:  # numbered from 0 without gaps again
            kept = np.unique(self.customer[keep], return_inverse=True)[1]
            parts["customer"] = kept.astype(np.int64)
        rest = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in parts}
        return Journeys(**{**rest, **parts, "counts": None})
