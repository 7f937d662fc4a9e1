"""Local time in SQL: the offsets of a time zone over the horizon, from the zone's own rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

# The simulated day, with its opening hours, is kept in UTC; shops' clocks lie around it. In China all
# clocks show the same.
_ZONES = {
    "en_US": ("Etc/GMT-1", "UTC", "Etc/GMT+1", "Etc/GMT+2"),
    "zh_CN": ("UTC",),
}
_MARGIN = timedelta(days=400)  # fulfilment and answers may lie beyond the horizon


def region_zones(locale: str, regions: Sequence[str], chosen: Sequence[str] = ()) -> dict[str, str]:
    """Time zone of each region's tills.

    Examples
    --------
    >>> region_zones("zh_CN", ["North", "South"])
    {'North': 'UTC', 'South': 'UTC'}
    """
    zones = tuple(chosen) or _ZONES[locale]
    return {region: zones[k % len(zones)] for k, region in enumerate(regions)}


def offsets(zone: str, first: datetime, last: datetime) -> list[tuple[int, int]]:
    """Moments [ms] from which an offset to UTC [ms] holds, the first one at `first`.

    Examples
    --------
    >>> spring = offsets("America/New_York", datetime(2025, 3, 1), datetime(2025, 4, 1))
    >>> [offset // 3_600_000 for _, offset in spring]
    [-5, -4]
    """
    info = ZoneInfo(zone)
    day = timedelta(days=1)  # clocks change at most once a day, on a quarter of an hour
    at, end = first.replace(tzinfo=UTC), last.replace(tzinfo=UTC)
    found = [(_ms(at), _offset_ms(info, at))]
    while at < end:
        offset = _offset_ms(info, at + day)
        if offset != found[-1][1]:
            exact = at
            while _offset_ms(info, exact) != offset:
                exact += timedelta(minutes=15)
            found.append((_ms(exact), offset))
        at += day
    return found


def clock_macros(zones: dict[str, str], first_date: date, last_date: date) -> list[str]:
    """SQL macros ``utc(at)`` and ``local(at, region)``: timestamps without a zone."""
    begin = datetime.combine(first_date, datetime.min.time()) - _MARGIN
    end = datetime.combine(last_date, datetime.min.time()) + _MARGIN
    by_zone = {zone: _case(offsets(zone, begin, end)) for zone in dict.fromkeys(zones.values())}
    regions = " ".join(
        f"WHEN {text(region)} THEN {by_zone[zone]}" for region, zone in zones.items()
    )
    return [
        "CREATE MACRO utc(t) AS make_timestamp_ms(epoch_ms(t))",
        "CREATE MACRO local(t, region) AS "
        f"make_timestamp_ms(epoch_ms(t) + CASE region {regions} ELSE 0 END)",
    ]


def text(value: str) -> str:
    """A SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def _case(steps: list[tuple[int, int]]) -> str:
    whens = " ".join(
        f"WHEN epoch_ms(t) < {until} THEN {offset}" for (_, offset), (until, _) in pairwise(steps)
    )
    return f"CASE {whens} ELSE {steps[-1][1]} END" if whens else str(steps[-1][1])


def _offset_ms(info: ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(info).utcoffset() or timedelta()
    return int(offset.total_seconds()) * 1000


def _ms(at: datetime) -> int:
    return int(at.timestamp()) * 1000
