"""One command per job; see ``omnisim --help``."""

from omnisim.cli.app import main

__all__ = ["main"]
