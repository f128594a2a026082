"""Pictures of the panel and the views for the README, made in the stand-in host.

    python Testing/screenshots.py CT RESULT_FOLDER OUTPUT_FOLDER [--sex female|male] [--height-cm H] [--weight-kg W]

CT: scan whose pictures may be published, for example the phantom. RESULT_FOLDER: what ``segment-l3 run`` wrote for it.
The panel runs as a user would run it, with a worker that hands over this result. Writes ``Screenshot-panel.png`` and
``Screenshot-views.png``.
"""

import argparse
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / "SegmentL3"), str(FOLDER.parent / "DomainAdapt")]

import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402

from host import Host, pump_for, pump_until, save_window  # noqa: E402

CAPTION = "stand-in host, not the 3D Slicer application"
COPY_RESULT = """
import json, shutil, sys
job = json.load(open(sys.argv[2], encoding="utf-8"))
shutil.copytree(sys.argv[1], job["output"], dirs_exist_ok=True)
"""
VIEW_SIZE = (520, 580)
VIEWS_ALONE_SIZE = (560, 420)
PANEL_WIDTH = 500
PICTURE_WIDTH = 1280
PLAIN_BACKGROUND = (0.76, 0.78, 0.91)  # the usual gradient would need a color for each of its lines
GRAYS = 128
COLORS = 128
COLOR_STEP = 4
GRAY_SPREAD = 10  # largest difference of red, green and blue in a gray
CAMERA_FROM = (-0.35, 0.9, 0.75)  # RAS direction in which the camera stands: the slice is seen from above and in front


def make_pictures(arguments) -> None:
    """Run the panel on the scan and save both pictures."""
    host = Host()
    try:
        from SegmentL3Lib.mrml.volumes import add_volume_node
        from SegmentL3Lib.reading import read_volume

        add_volume_node(read_volume(arguments.scan), arguments.scan.parent.name)
        loaded = host.load_module("SegmentL3")
        _run(loaded.widget, arguments)
        _save_panel(host, loaded, arguments.output / "Screenshot-panel.png")
        _save_views(host, arguments.output / "Screenshot-views.png")
    finally:
        host.close()


def _run(widget, arguments):
    parameters = widget._parameterNode
    if arguments.sex:
        parameters.sex = type(parameters.sex)(arguments.sex)
    parameters.heightCm = arguments.height_cm
    parameters.weightKg = arguments.weight_kg
    copying = [sys.executable, "-c", COPY_RESULT, str(arguments.result)]
    widget.logic.workerCommand = lambda: copying
    widget.ui.applyButton.click()
    pump_until(lambda: not widget.logic.isRunning, 60, "the end of the run")
    pump_for(1.0)
    parameters.outputSegmentation.CreateClosedSurfaceRepresentation()


def _save_panel(host, loaded, path):
    views = host.make_views(VIEW_SIZE)
    _frame(host, views)
    height = loaded.panel.sizeHint().height() + 90
    save_window(path, loaded.panel, views, caption=CAPTION, panel_width=PANEL_WIDTH, height=height)
    _make_small(path)


def _save_views(host, path):
    from PySide6 import QtWidgets

    views = host.make_views(VIEWS_ALONE_SIZE)
    _frame(host, views)
    save_window(path, QtWidgets.QWidget(), views, caption=CAPTION, panel_width=0, height=2 * VIEWS_ALONE_SIZE[1] + 60)
    _make_small(path)


def _frame(host, views):
    for name in ("Red", "Green", "Yellow"):
        widget = host.app.layoutManager().sliceWidget(name)
        center = widget.mrmlSliceNode().GetSliceOffset()
        widget.sliceLogic().FitSliceToBackground()
        widget.mrmlSliceNode().SetSliceOffset(center)
    _point_camera(host, views)


def _point_camera(host, views):
    views.three_d.node.SetBackgroundColor(PLAIN_BACKGROUND)
    views.three_d.node.SetBackgroundColor2(PLAIN_BACKGROUND)
    camera = host.logics["cameras"].GetViewActiveCameraNode(views.three_d.node)
    focus = camera.GetFocalPoint()
    camera.SetPosition(*(center + 500 * step for center, step in zip(focus, CAMERA_FROM, strict=True)))
    camera.SetViewUp(0, 0, 1)
    views.three_d.reset_camera()


def _make_small(path):
    """Fewer pixels and colors: pictures of CT are noisy, and the repository is to stay small."""
    with Image.open(path) as picture:
        height = round(picture.height * PICTURE_WIDTH / picture.width)
        small = picture.convert("RGB").resize((PICTURE_WIDTH, height), Image.Resampling.LANCZOS)
    small.quantize(palette=_palette(small), dither=Image.Dither.NONE).save(path, optimize=True)


def _palette(picture):
    """Half of the palette for grays, half for the colors that occur, however rare they are."""
    pixels = np.asarray(picture).reshape(-1, 3)
    colored = pixels[np.ptp(pixels, axis=1) > GRAY_SPREAD]
    strip = Image.fromarray(np.unique(colored // COLOR_STEP * COLOR_STEP, axis=0)[None])
    colors = strip.quantize(COLORS, dither=Image.Dither.NONE).getpalette()[: 3 * COLORS]
    grays = [level for level in range(0, 256, 256 // GRAYS) for _ in "rgb"]
    palette = Image.new("P", (1, 1))
    palette.putpalette(grays + colors)
    return palette


def parse() -> argparse.Namespace:
    """Arguments of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scan", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--sex", choices=["female", "male"])
    parser.add_argument("--height-cm", type=float, default=0.0)
    parser.add_argument("--weight-kg", type=float, default=0.0)
    return parser.parse_args()


if __name__ == "__main__":
    make_pictures(parse())
