"""A picture of a module's panel beside drawn views, as an illustration of tests and documentation.

The panel is drawn by stand-in widgets, so the picture must say that it is not Slicer: the caption is required.
"""

import numpy as np
from PySide6 import QtCore, QtGui, QtWidgets

from .qtmodules import application


def pixmap_of(view):
    """A drawn view as QPixmap."""
    pixels = np.ascontiguousarray(view.pixels())
    height, width, _ = pixels.shape
    return QtGui.QPixmap.fromImage(
        QtGui.QImage(pixels.data, width, height, 3 * width, QtGui.QImage.Format_RGB888).copy()
    )


def save_window(path, panel, views=(), caption="", panel_width=440, height=840):
    """Write a PNG with the panel on the left, the views in two columns on the right and the caption below.

    Args:
        path: PNG file.
        panel: module panel (a top-level QWidget); it goes back to where it was.
        views: drawn views, such as a `Views` object.
        caption: one line that says what the picture is, for example "stand-in host, synthetic phantom".
        panel_width: pixels.
        height: pixels of the whole window.

    Raises:
        ValueError: empty caption.
        OSError: the file cannot be written.
    """
    if not caption:
        raise ValueError("a picture of stand-in widgets needs a caption that says so")
    window = QtWidgets.QWidget()
    rows = QtWidgets.QVBoxLayout(window)
    columns = QtWidgets.QHBoxLayout()
    rows.addLayout(columns, 1)
    holder = QtWidgets.QScrollArea()
    holder.setWidgetResizable(True)
    holder.setFixedWidth(panel_width)
    holder.setWidget(panel)
    columns.addWidget(holder)
    columns.addLayout(_grid(views), 1)
    rows.addWidget(_caption(caption))
    window.resize(panel_width + (20 if not list(views) else 20 + _grid_width(views)), height)
    panel.show()
    window.show()
    application.processEvents()
    saved = window.grab().save(str(path))
    holder.takeWidget()
    window.deleteLater()
    if not saved:
        raise OSError(f"cannot write {path}")


def _grid(views):
    grid = QtWidgets.QGridLayout()
    grid.setSpacing(2)
    for index, view in enumerate(views):
        label = QtWidgets.QLabel()
        label.setPixmap(pixmap_of(view))
        label.setAlignment(QtCore.Qt.AlignCenter)
        grid.addWidget(label, index // 2, index % 2)
    return grid


def _grid_width(views):
    widths = [view.size[0] for view in views]
    return max(widths) * min(2, len(widths))


def _caption(text):
    label = QtWidgets.QLabel(text)
    label.setStyleSheet("color: #555; padding: 2px")
    label.setSizePolicy(QtWidgets.QSizePolicy.Preferred, QtWidgets.QSizePolicy.Fixed)
    return label
