"""Domain Adapt: making and changing models. Only announced so far."""

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)

#
# DomainAdapt
#


class DomainAdapt(ScriptedLoadableModule):
    """Describes the module to the application."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("Domain Adapt")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.dependencies = []
        self.parent.contributors = ["SegmentL3 developers"]
        self.parent.helpText = _("Will adapt the models of Segment L3 to other scanners. It cannot be used yet.")
        self.parent.helpText += self.getDefaultModuleDocumentationLink()
        self.parent.acknowledgementText = ""


#
# DomainAdaptWidget
#


class DomainAdaptWidget(ScriptedLoadableModuleWidget):
    """A panel that says what is to come, and has nothing to press but a way to what works."""

    def setup(self):
        """Called when the user opens the module for the first time."""
        ScriptedLoadableModuleWidget.setup(self)
        panel = slicer.util.loadUI(self.resourcePath("UI/DomainAdapt.ui"))
        self.layout.addWidget(panel)
        self.ui = slicer.util.childWidgetVariables(panel)
        panel.setMRMLScene(slicer.mrmlScene)
        self.ui.openSegmentL3Button.connect("clicked(bool)", self.onOpenSegmentL3)

    def onOpenSegmentL3(self, _checked=False):
        """Go to the module that uses models."""
        slicer.util.selectModule("SegmentL3")


#
# DomainAdaptTest
#


class DomainAdaptTest(ScriptedLoadableModuleTest):
    """Self-test inside the application."""

    def runTest(self):
        """Run all parts."""
        self.test_panel_opens()

    def test_panel_opens(self):
        """The panel can be made."""
        self.assertIsNotNone(slicer.modules.domainadapt.widgetRepresentation())
