"""The partner lint: what a partner would send back, found before he reads it."""

from omnisim.report.lint.checking import lint_report
from omnisim.report.lint.outline import Remark
from omnisim.report.registry import document_sources

__all__ = ["Remark", "document_sources", "lint_report"]
