"""Files that a run leaves behind: JSON, CSV, picture, report and segmentation."""

from .csv_file import write_csv
from .files import FILE_NAMES, write_all
from .html_file import write_report_html
from .json_file import json_document, write_json
from .overview import draw_overview, write_overview_png

__all__ = [
    "FILE_NAMES",
    "draw_overview",
    "json_document",
    "write_all",
    "write_csv",
    "write_json",
    "write_overview_png",
    "write_report_html",
]
