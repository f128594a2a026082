"""Installing goes through the PyTorch extension and Slicer's own pip functions."""

import importlib.metadata
import sys
import types

import pytest
import slicer

from SegmentL3Lib.gui.requirements import PackageState, Requirement

TORCH = PackageState(Requirement("torch", "2.10"), None)
MONAI = PackageState(Requirement("monai", "1.5"), None)


def torch_utils(calls):
    module = types.ModuleType("PyTorchUtils")

    class PyTorchUtilsLogic:
        def installTorch(self, askConfirmation=False, forceComputationBackend=None, torchVersionRequirement=None):
            calls.append((askConfirmation, torchVersionRequirement))

    module.PyTorchUtilsLogic = PyTorchUtilsLogic
    return module


def test_torch_comes_from_its_extension_and_the_rest_from_pip(host, monkeypatch):
    from SegmentL3Lib.gui import installer

    calls = []
    monkeypatch.setitem(sys.modules, "PyTorchUtils", torch_utils(calls))
    host.pip.absent.add("monai")
    installer.install([TORCH, MONAI])
    assert calls == [(False, ">=2.10")]
    assert host.pip.calls[0] == ("pip_ensure", ["monai>=1.5"])


def test_torch_that_is_still_too_old_is_reported(host, monkeypatch):
    from SegmentL3Lib.gui import installer

    monkeypatch.setitem(sys.modules, "PyTorchUtils", torch_utils([]))
    monkeypatch.setattr(importlib.metadata, "version", lambda _name: "2.2.2")
    with pytest.raises(installer.InstallationError, match="torch 2.2.2 is too old"):
        installer.install([TORCH])


@pytest.mark.parametrize(("success", "words"), [(True, "Restart 3D Slicer"), (False, "Extensions Manager")])
def test_missing_pytorch_extension_is_installed_first(host, monkeypatch, success, words):
    from SegmentL3Lib.gui import installer

    asked = []
    model = types.SimpleNamespace(
        interactive=True, installExtensionFromServer=lambda name, restart: asked.append((name, restart)) or success
    )
    app = types.SimpleNamespace(extensionsManagerModel=lambda: model, translate=lambda _context, text: text)
    monkeypatch.setattr(slicer, "app", app)
    monkeypatch.setitem(sys.modules, "PyTorchUtils", None)
    with pytest.raises(installer.InstallationError, match=words):
        installer.install([TORCH, MONAI])
    assert asked == [("PyTorch", False)]
    assert host.pip.calls == []


def test_older_slicer_without_packaging_uses_pip_install(host, monkeypatch):
    from SegmentL3Lib.gui import installer

    installed = []
    monkeypatch.setitem(sys.modules, "slicer.packaging", None)
    monkeypatch.setattr(slicer.util, "pip_install", installed.extend)
    installer.install([MONAI])
    assert installed == ["monai>=1.5"]


def test_question_names_every_package(host):
    from SegmentL3Lib.gui import installer

    text = installer.question([TORCH, MONAI])
    assert "torch>=2.10" in text
    assert "monai>=1.5" in text
