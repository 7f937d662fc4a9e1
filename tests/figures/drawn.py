"""A figure as the bytes of its drawing."""

from __future__ import annotations

import io

import matplotlib as mpl


def svg(figure):
    """The drawing without what differs from day to day: equal figures give equal bytes."""
    out = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "omnisim"}):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()
