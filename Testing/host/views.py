"""Slice and 3D views drawn off screen by Slicer's own displayable managers, as PNG or pixels; no Qt needed.

A view attaches to the slice or view logic that a layout manager made, so that code which moves `sliceWidget("Red")`
moves the picture. Software rendering takes 0.05 to 1 s a picture; text and marker edges may differ between OpenGL
libraries.

Limits: no interaction, no slice controller, no light box. The system packages are listed in `environment`.
"""

import itertools

from . import environment

environment.prepare()

import numpy as np  # noqa: E402
import slicer  # noqa: E402
import vtk  # noqa: E402
from vtkmodules.util.numpy_support import vtk_to_numpy  # noqa: E402

SLICE_MANAGERS = (
    "vtkMRMLVolumeGlyphSliceDisplayableManager",
    "vtkMRMLModelSliceDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager2D",
    "vtkMRMLMarkupsDisplayableManager",
    "vtkMRMLTransformsDisplayableManager2D",
    "vtkMRMLCrosshairDisplayableManager",
    "vtkMRMLOrientationMarkerDisplayableManager",
    "vtkMRMLRulerDisplayableManager",
    "vtkMRMLScalarBarDisplayableManager",
    "vtkMRMLColorLegendDisplayableManager",
)
THREE_D_MANAGERS = (
    "vtkMRMLCameraDisplayableManager",
    "vtkMRMLViewDisplayableManager",
    "vtkMRMLModelDisplayableManager",
    "vtkMRMLThreeDReformatDisplayableManager",
    "vtkMRMLCrosshairDisplayableManager3D",
    "vtkMRMLOrientationMarkerDisplayableManager",
    "vtkMRMLRulerDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager3D",
    "vtkMRMLMarkupsDisplayableManager",
    "vtkMRMLTransformsDisplayableManager3D",
    "vtkMRMLVolumeRenderingDisplayableManager",
    "vtkMRMLColorLegendDisplayableManager",
)


class View:
    """Render window, renderer and displayable managers of one view node.

    Attributes:
        node: the slice or view node.
        size: (width, height) in pixels.
    """

    def __init__(self, app_logic, factory_class, managers, node, size):
        self.node = node
        self.size = size
        self._window = vtk.vtkRenderWindow()
        self._window.SetOffScreenRendering(1)
        self._window.SetMultiSamples(0)
        self._window.SetSize(*size)
        self._renderer = vtk.vtkRenderer()
        self._window.AddRenderer(self._renderer)
        self._interactor = vtk.vtkGenericRenderWindowInteractor()
        self._interactor.SetRenderWindow(self._window)
        self._interactor.Initialize()
        self._prepare_renderer()

        factory = factory_class.GetInstance()
        factory.SetMRMLApplicationLogic(app_logic)
        for name in itertools.filterfalse(factory.IsDisplayableManagerRegistered, managers):
            factory.RegisterDisplayableManager(name)
        self._managers = slicer.vtkMRMLDisplayableManagerGroup()
        self._managers.SetRenderer(self._renderer)
        self._managers.Initialize(factory, self._renderer)
        self._managers.SetMRMLDisplayableNode(node)

    def _prepare_renderer(self):
        """Add what has to lie behind the displayable managers' actors."""

    def image(self):
        """Draw and return the picture as vtkImageData (rows run from bottom to top)."""
        self._window.Render()
        grabber = vtk.vtkWindowToImageFilter()
        grabber.SetInput(self._window)
        grabber.ReadFrontBufferOff()
        grabber.Update()
        return grabber.GetOutput()

    def pixels(self):
        """Draw and return the picture as (height, width, 3) uint8, first row at the top."""
        image = self.image()
        width, height, _ = image.GetDimensions()
        return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, -1)[::-1, :, :3].copy()

    def save_png(self, path):
        """Draw and write a PNG file."""
        writer = vtk.vtkPNGWriter()
        writer.SetFileName(str(path))
        writer.SetInputData(self.image())
        if not writer.Write():
            raise OSError(f"cannot write {path}")


class SliceView(View):
    """The picture of one slice view."""

    def __init__(self, app_logic, slice_logic, size=(400, 400)):
        self.logic = slice_logic
        super().__init__(
            app_logic,
            slicer.vtkMRMLSliceViewDisplayableManagerFactory,
            SLICE_MANAGERS,
            slice_logic.GetSliceNode(),
            size,
        )
        self.node.SetDimensions(*size, 1)
        self.logic.AddObserver(vtk.vtkCommand.ModifiedEvent, self._update_image)
        self._update_image()

    def _prepare_renderer(self):
        self._mapper = vtk.vtkImageMapper()
        self._mapper.SetColorLevel(255 / 2)  # bytes pass unchanged; the volume's window and level are applied before
        self._mapper.SetColorWindow(255)
        self._actor = vtk.vtkActor2D()
        self._actor.GetProperty().SetDisplayLocationToBackground()
        self._actor.SetMapper(self._mapper)
        self._renderer.AddViewProp(self._actor)  # before any segment actor, otherwise 2D fills blend with black

    def _update_image(self, *_):
        connection = self.logic.GetImageDataConnection()
        self._mapper.SetInputConnection(connection)
        self._actor.SetVisibility(connection is not None)

    def show(self, volume):
        """Show a volume node in the background, fitted to the view and snapped to its slices."""
        self.logic.GetSliceCompositeNode().SetBackgroundVolumeID(volume.GetID())
        self.logic.FitSliceToBackground()
        self.logic.SnapSliceOffsetToIJK()

    def jump_to(self, ras):
        """Center the view on a RAS position in mm."""
        self.node.JumpSliceByCentering(*ras)

    def pixel_of(self, ras):
        """(row, column) in `pixels()` of the pixel that shows a RAS position in mm.

        Raises:
            ValueError: the position lies outside the picture or more than 1 mm off the shown plane.
        """
        xy_to_ras = slicer.util.arrayFromVTKMatrix(self.node.GetXYToRAS())
        x, y, depth = np.linalg.solve(xy_to_ras, [*ras, 1])[:3]
        column, row = round(x), self.size[1] - 1 - round(y)
        off_plane_mm = abs(depth) * np.linalg.norm(xy_to_ras[:3, 2])
        if off_plane_mm > 1 or not (0 <= row < self.size[1] and 0 <= column < self.size[0]):
            raise ValueError(f"{tuple(ras)} is not shown: pixel {row}, {column}, {off_plane_mm:.1f} mm off the plane")
        return row, column

    def color_at(self, ras):
        """RGB color, 3 integers of 0..255, of the pixel that shows a RAS position in mm (see `pixel_of`)."""
        row, column = self.pixel_of(ras)
        return self.pixels()[row, column].astype(int)


class ThreeDView(View):
    """The picture of one 3D view."""

    def __init__(self, app_logic, view_logic, view_node, size=(400, 400)):
        self.logic = view_logic
        super().__init__(
            app_logic, slicer.vtkMRMLThreeDViewDisplayableManagerFactory, THREE_D_MANAGERS, view_node, size
        )
        self.node.SetBoxVisible(0)
        self.node.SetAxisLabelsVisible(0)
        self._renderer.SetUseDepthPeeling(1)

    def reset_camera(self):
        """Fit everything visible into the view."""
        self._renderer.ResetCamera()


class Views:
    """The four views of a layout manager, drawn: `red`, `green`, `yellow`, `three_d`."""

    def __init__(self, app_logic, layout_manager, size=(400, 400)):
        self.red, self.green, self.yellow = (
            self._draw_slice(app_logic, layout_manager.sliceWidget(name), size) for name in ("Red", "Green", "Yellow")
        )
        widget = layout_manager.threeDWidget(0)
        self.three_d = ThreeDView(app_logic, widget.viewLogic(), widget.mrmlViewNode(), size)
        widget.threeDView().renderer = self.three_d

    @staticmethod
    def _draw_slice(app_logic, widget, size):
        view = SliceView(app_logic, widget.sliceLogic(), size)
        widget.sliceView().renderer = view
        return view

    def __iter__(self):
        """In the order of Slicer's four-up layout."""
        return iter((self.red, self.three_d, self.green, self.yellow))

    def show(self, volume):
        """Show a volume node in the three slice views."""
        for view in (self.red, self.green, self.yellow):
            view.show(volume)

    def jump_to(self, ras):
        """Center the three slice views on a RAS position in mm."""
        for view in (self.red, self.green, self.yellow):
            view.jump_to(ras)
