"""The program's first lines: nothing is loaded before Ctrl-C can be answered."""

from __future__ import annotations

import sys
from collections.abc import Sequence

STOPPED = 130  # 128 + SIGINT, as shells count


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code: 0 done, 1 failed, 2 bad input, 130 stopped.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after ``omnisim``; those of the process by default.
    """
    try:
        from omnisim.cli.app import run_command

        return run_command(list(sys.argv[1:] if arguments is None else arguments))
    except KeyboardInterrupt:
        sys.stderr.write(
            "stopped; run the same command again to continue (simulate: with --resume)\n"
        )
        return STOPPED
