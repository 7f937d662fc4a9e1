"""What the exports must know of the retailer, and the SQL words they are written in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from omnisim.raw.clocks import clock_macros, region_zones
from omnisim.raw.declare import Format
from omnisim.raw.keys import key_macros
from omnisim.scenario import Scenario
from omnisim.storage.physical import minor_per_major


@dataclass(frozen=True, slots=True)
class Retailer:
    """The market, the horizon and the dials of one scenario."""

    scenario: Scenario

    @property
    def first_date(self) -> date:
        """First day of the horizon."""
        return self.scenario.horizon.start_date

    @property
    def last_date(self) -> date:
        """Last day of the horizon, included."""
        return self.first_date + timedelta(days=self.scenario.horizon.n_days - 1)

    @property
    def zones(self) -> dict[str, str]:
        """Time zone of the tills of each region."""
        market = self.scenario.market
        return region_zones(market.locale, market.regions, self.scenario.raw.store_time_zones)

    @property
    def is_chinese(self) -> bool:
        """Whether the systems speak Chinese."""
        return self.scenario.market.locale == "zh_CN"

    @property
    def till_format(self) -> Format:
        """Tills are old: a code page of their country, semicolons, a decimal comma."""
        return Format(
            kind="csv", encoding="gb18030" if self.is_chinese else "cp1252", delimiter=";"
        )

    @property
    def form_date(self) -> str:
        """How the CRM's forms write dates, as strftime has it."""
        return "%Y/%m/%d" if self.is_chinese else "%m/%d/%Y"

    @property
    def form_date_words(self) -> str:
        """The same in words."""
        return "YYYY/MM/DD" if self.is_chinese else "MM/DD/YYYY"

    def macros(self) -> Iterator[str]:
        """SQL macros that every export may use."""
        yield from key_macros(self.scenario.seed)
        yield from clock_macros(self.zones, self.first_date, self.last_date)
        minor = minor_per_major(self.scenario.market.currency)
        digits = len(str(minor)) - 1
        sign = "CASE WHEN c < 0 THEN '-' ELSE '' END"
        rest = f"|| sep || lpad((abs(c) % {minor})::VARCHAR, {digits}, '0')" if digits else ""
        yield (f"CREATE MACRO amount(c, sep) AS {sign} || (abs(c) // {minor})::VARCHAR {rest}")
        yield (
            f"CREATE MACRO grouped(c, sep) AS {sign} || format('{{:,}}', abs(c) // {minor}) {rest}"
        )
        yield "CREATE MACRO ms(t) AS epoch_ms(t)"
        yield "CREATE MACRO iso(t) AS strftime(utc(t), '%Y-%m-%dT%H:%M:%S.%gZ')"
        yield "CREATE MACRO day_number(d) AS (d - DATE '1970-01-01')::BIGINT"
        yield "CREATE MACRO digits(n) AS lpad(n::VARCHAR, 16, '0')"
        yield "CREATE MACRO site_code(i) AS 'S' || lpad(key_site(i)::VARCHAR, 9, '0')"
        yield "CREATE MACRO item_code(i) AS 'ART-' || lpad(key_item(i)::VARCHAR, 9, '0')"
        yield _EAN
        yield "CREATE MACRO client_code(n) AS left(digits(n), 8) || '.' || right(digits(n), 8)"
        yield "CREATE MACRO customer_code(i) AS 'C' || digits(key_customer(i))"
        yield _PUBLIC_ID
        yield _ORDER_CODE


_SUM = " + ".join(f"{1 if k % 2 == 0 else 3} * substr(t, {k + 1}, 1)::INTEGER" for k in range(12))
# GS1: prefixes 200-299 are for numbers that a retailer gives itself.
_EAN = (
    "CREATE MACRO ean(i) AS list_transform(['200' || lpad(key_item(i)::VARCHAR, 9, '0')], "
    f"lambda t: t || ((10 - ({_SUM}) % 10) % 10)::VARCHAR)[1]"
)
_PUBLIC_ID = """CREATE MACRO public_id(kind, i) AS CASE kind
    WHEN 'cookie' THEN client_code(key_client(i))
    WHEN 'app' THEN 'D' || digits(key_device(i))
    WHEN 'loyalty_card' THEN 'L' || digits(key_card(i))
    WHEN 'payment_token' THEN 'T' || digits(key_token(i))
    ELSE 'A' || digits(key_address(i)) END"""
_ORDER_CODE = """CREATE MACRO order_code(channel, i) AS CASE channel
    WHEN 'store' THEN 'R' || digits(key_receipt(i))
    WHEN 'marketplace' THEN '#' || digits(key_market_order(i))
    ELSE 'W-' || digits(key_shop_order(i)) END"""
