"""Results to documents: one editable source, rendered by Quarto or by the embedded engine."""

from omnisim.report.writer import Report, write_report

__all__ = ["Report", "write_report"]
