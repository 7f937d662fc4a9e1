"""Numbers with units as Chinese readers expect them: by ten thousand (万) and a hundred million (亿)."""

from __future__ import annotations

import math

from omnisim.language.catalog import catalog

_SCALES = ((1e8, "亿"), (1e4, "万"))


def three_figures(size: float) -> str:
    """Three significant figures, thousands separated, never in exponent form.

    Examples
    --------
    >>> three_figures(0.01234), three_figures(9.996), three_figures(15321)
    ('0.0123', '10.0', '15,300')
    """
    if size == 0:
        return "0"
    digits = 2 - math.floor(math.log10(size))
    rounded = round(size, digits)
    if rounded:  # 9.996 rounds up to 10.0: one decimal less
        digits = 2 - math.floor(math.log10(rounded))
    return f"{rounded:,.{min(max(digits, 0), 6)}f}"


def chinese_number(value: float, unit: str) -> str:
    """A number with its unit, three significant figures.

    Examples
    --------
    >>> chinese_number(1234567, "USD/year"), chinese_number(0.1234, "share")
    ('123万美元/年', '12.3%')
    >>> chinese_number(-35.2, "points"), chinese_number(15321, "orders")
    ('−35.2分', '1.53万单')
    """
    if unit in ("share", "%"):
        return _signed(value * 100 if unit == "share" else value, three_figures) + "%"
    return _signed(value, _scaled) + chinese_unit(unit)


def chinese_range(low: float, high: float, unit: str) -> str:
    """Two ends of a range, the unit written once.

    Examples
    --------
    >>> chinese_range(150_000, 1_200_000, "USD/year"), chinese_range(0.461, 0.475, "share")
    ('15.0万至120万美元/年', '46.1%至47.5%')
    """
    tail = "" if unit in ("share", "%") else chinese_unit(unit)
    start = chinese_number(low, unit)
    return f"{start.removesuffix(tail) if tail else start}至{chinese_number(high, unit)}"


def chinese_short(amount: float) -> str:
    """Short amount for an axis or a mark, up to three significant figures.

    Examples
    --------
    >>> chinese_short(1234.0), chinese_short(12_000.0), chinese_short(-3e8)
    ('1,230', '1.2万', '−3亿')
    """
    size, sign = abs(amount), "−" if amount < 0 else ""
    for scale, name in _SCALES:
        if size >= scale * 0.9995:
            return f"{sign}{float(f'{size / scale:.3g}'):,.6g}{name}"
    return f"{sign}{float(f'{size:.3g}'):,.6g}"


def chinese_unit(unit: str) -> str:
    """A unit behind its number: ``USD/store-week`` is dollars per store and week.

    Examples
    --------
    >>> chinese_unit("USD/order"), chinese_unit("orders"), chinese_unit("")
    ('美元/单', '单', '')
    """
    head, _, per = unit.replace(" per ", "/").partition("/")
    first = _word(head)
    return f"{first}/{_word(per)}" if per else first


def _word(unit: str) -> str:
    words = catalog("zh")
    return words.get(f"unit: {unit}") or words.get(unit) or unit


def _scaled(size: float) -> str:
    for scale, name in _SCALES:
        if size >= scale * 0.9995:
            return three_figures(size / scale) + name
    return three_figures(size)


def _signed(value: float, write: object) -> str:
    text: str = write(abs(value))  # type: ignore[operator]
    return f"−{text}" if value < 0 else text
