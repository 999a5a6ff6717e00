"""A version as a file that other tools read, with its terms on board where the format can."""

from chengmo.catalog.export.request import ExportFormat, ExportOptions, ExportRequest
from chengmo.catalog.export.writing import export_rows

__all__ = ["ExportFormat", "ExportOptions", "ExportRequest", "export_rows"]
