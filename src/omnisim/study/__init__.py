"""Where methods meet the truth: the only package that holds both sides of the wall."""

from omnisim.study.comparison import Truth, compare, frame, open_truth

__all__ = ["Truth", "compare", "frame", "open_truth"]
