"""Stand-ins for the extensions manager and for the PyTorch extension (module PyTorchUtils)."""

import sys
import types


class ExtensionsManagerModel:
    """`slicer.app.extensionsManagerModel()`: installations are recorded and succeed as `succeeds` says."""

    interactive = True
    succeeds = True

    def __init__(self):
        self.requested = []

    def installExtensionFromServer(self, name, restart=True):
        self.requested.append(name)
        return self.succeeds

    def isExtensionInstalled(self, name):
        return name == "PyTorch" and "PyTorchUtils" in sys.modules


class PyTorchUtilsLogic:
    """Records what it is asked to install; torch counts as installed when it can be imported."""

    calls = []  # keyword arguments of each installTorch

    def torchInstalled(self):
        return any(call["installed"] for call in self.calls) or "torch" in sys.modules

    def installTorch(
        self,
        askConfirmation=False,
        forceComputationBackend=None,
        torchVersionRequirement=None,
        torchvisionVersionRequirement=None,
    ):
        self.calls.append(
            {
                "askConfirmation": askConfirmation,
                "forceComputationBackend": forceComputationBackend,
                "torchVersionRequirement": torchVersionRequirement,
                "installed": True,
            }
        )
        return types.ModuleType("torch")


def install_pytorch_extension():
    """Make `import PyTorchUtils` work. Returns the list that collects the calls of `installTorch`."""
    PyTorchUtilsLogic.calls = []
    python = types.ModuleType("PyTorchUtils")
    python.PyTorchUtilsLogic = PyTorchUtilsLogic
    sys.modules["PyTorchUtils"] = python
    return PyTorchUtilsLogic.calls


def remove_pytorch_extension():
    """Undo `install_pytorch_extension`."""
    sys.modules.pop("PyTorchUtils", None)
