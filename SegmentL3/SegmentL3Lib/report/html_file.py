"""The result as one page for people."""

from base64 import b64encode
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..files import atomic_path
from ..labels import Label
from ..resources import resource_path
from ..results import Result
from .tables import References, cutoff_rows, index_groups, not_computed, quality_rows, tissue_rows

_TEMPLATE = "report.html.jinja"


def write_report_html(result: Result, labels: tuple[Label, ...], overview_png: bytes, path: str | Path) -> None:
    """Write the report, a single file without references to other files, for the screen and for one A4 page.

    Args:
        result: the result.
        labels: the label table with the colors.
        overview_png: picture of :func:`..overview.overview_png`.
        path: the file.

    Raises:
        InputError: the file cannot be written; nothing half-written stays.
    """
    text = report_html(result, labels, overview_png)
    with atomic_path(path) as temporary:
        Path(temporary).write_text(text, encoding="utf-8")


def report_html(result: Result, labels: tuple[Label, ...], overview_png: bytes) -> str:
    """The report as text."""
    folder = resource_path("Report")
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    references = References()
    return environment.get_template(_TEMPLATE).render(
        result=result,
        qualities=quality_rows(result.quality, labels),
        coverage=_percent(result.quality.coverage),
        tissues=tissue_rows(result.measurements, labels),
        cutoffs=cutoff_rows(result.measurements, references),
        groups=index_groups(result, references),
        not_computed=not_computed(result.measurements),
        references=references.texts,
        overview=b64encode(overview_png).decode("ascii"),
    )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:g} %"
