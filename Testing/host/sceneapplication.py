"""`slicer.app` without Qt: what `slicer.util` and the module logics ask for."""


class SceneApplication:
    """Stand-in for the application in tests that need a scene and no panel."""

    applicationName = "Slicer"

    def __init__(self, host):
        self._host = host
        self.temporaryPath = host.temporary_folder

    def applicationLogic(self):
        return self._host.app_logic

    def coreIOManager(self):
        return self._host.io_manager

    def layoutManager(self):
        return None

    def testingEnabled(self):
        return True

    def translate(self, context, text):
        return text

    def processEvents(self, *_):
        """There is no event loop."""

    pauseRender = resumeRender = processEvents
