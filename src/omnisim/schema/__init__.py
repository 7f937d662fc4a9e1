"""Declarations of tables and channels: the only things both sides of the wall share."""

from omnisim.schema.channels import CHANNEL_ID, CHANNEL_NAMES, CHANNELS, Channel
from omnisim.schema.raw import RAW_TRUTH
from omnisim.schema.tables import TABLES, TRUTH_TABLES
from omnisim.schema.types import SCHEMA_VERSION, Column, DType, Table

__all__ = [
    "CHANNELS",
    "CHANNEL_ID",
    "CHANNEL_NAMES",
    "RAW_TRUTH",
    "SCHEMA_VERSION",
    "TABLES",
    "TRUTH_TABLES",
    "Channel",
    "Column",
    "DType",
    "Table",
]
