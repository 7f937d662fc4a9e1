"""One command per job; see ``omnisim --help``."""

from omnisim.cli.entry import main

__all__ = ["main"]
