"""The curves of an adaptation, point by point as the worker tells them."""

from slicer.i18n import tr as _

from SegmentL3Lib.mrml import paired_views, plots

COLORS = ((0.12, 0.47, 0.71), (0.84, 0.15, 0.16), (0.17, 0.63, 0.17), (1.0, 0.5, 0.05), (0.58, 0.4, 0.74))


class LiveCurves:
    """One chart with a curve for each series; the layout changes to one with a plot view at the first point."""

    def __init__(self):
        self._chart = None
        self._curves = {}
        self._title = ""

    def begin(self, title: str) -> None:
        """Remove the curves of the run before; those of this run come under a title."""
        plots.remove_chart(self._chart)
        self.forget()
        self._title = title

    def isAbout(self, title: str) -> bool:
        """Whether the curves that are shown have this title."""
        return self._chart is not None and title == self._title

    def forget(self) -> None:
        """Let go of the nodes, because the scene has been closed."""
        self._chart = None
        self._curves = {}

    def add(self, series: str, step: float, value: float) -> None:
        """Add a point to a series, named as the worker names it."""
        if self._chart is None:
            self._chart = plots.add_chart(self._title, _("Step"))
            if paired_views.show_layout():
                plots.show_chart(self._chart)
        if series not in self._curves:
            color = COLORS[len(self._curves) % len(COLORS)]
            self._curves[series] = plots.add_curve(self._chart, _nameOf(series), _("Step"), color)
        plots.append_point(self._curves[series], step, value)


def _nameOf(series):
    names = {
        "segmentation_loss": _("Segmentation loss"),
        "discriminator_accuracy": _("Discriminator accuracy"),
        "target_agreement": _("Agreement on new scans"),
    }
    return names.get(series) or series.replace("_", " ").capitalize()
