"""The raw layer: the same year as the retailer's separate systems would export it, defects included."""

from omnisim.raw.keys import RawKey, clean_ids
from omnisim.raw.restore import restore_export
from omnisim.raw.write import RAW_BYTES_PER_CUSTOMER_YEAR, write_raw

__all__ = [
    "RAW_BYTES_PER_CUSTOMER_YEAR",
    "RawKey",
    "clean_ids",
    "restore_export",
    "write_raw",
]
