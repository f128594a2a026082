"""Recording stand-ins for installations, and the PythonSlicer launcher."""

import subprocess

import pytest


def test_requirements_are_read_without_comments_and_options(host, tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_text("# comment\n-c constraints.txt\nnumpy>=1.20\n\nscipy\n")
    assert [str(each) for each in host.pip.load_requirements(path)] == ["numpy>=1.20", "scipy"]


def test_nothing_is_installed_when_nothing_is_missing(host):
    import slicer.packaging

    host.app.testing = False
    slicer.packaging.pip_ensure("numpy>=1.20")
    assert host.pip.calls == [("pip_ensure", [])]
    assert host.dialogs.texts == []


def test_an_absent_package_is_asked_for_and_then_counts_as_installed(host):
    import slicer.packaging

    host.app.testing = False
    host.pip.absent.add("scipy")
    assert not slicer.packaging.pip_check("scipy")
    slicer.packaging.pip_ensure(["scipy>=1.11"], requester="SegmentL3")
    assert host.dialogs.shown[0].title == "SegmentL3 - Install Python Packages"
    assert ("pip_install", ["scipy>=1.11"]) in host.pip.calls
    assert slicer.packaging.pip_check("scipy")


def test_a_refusal_raises_as_in_slicer(host):
    import qt
    import slicer.packaging

    host.app.testing = False
    host.pip.absent.add("scipy")
    host.dialogs.answers.append(qt.QMessageBox.Cancel)
    with pytest.raises(RuntimeError, match="declined"):
        slicer.packaging.pip_ensure("scipy")


def test_the_pytorch_extension_is_absent_until_installed(host):
    import slicer

    with pytest.raises(ImportError):
        import PyTorchUtils
    model = slicer.app.extensionsManagerModel()
    model.interactive = False
    assert model.installExtensionFromServer("PyTorch", False)
    assert host.requested_extensions == ["PyTorch"]
    calls = host.install_pytorch_extension()
    import PyTorchUtils

    PyTorchUtils.PyTorchUtilsLogic().installTorch(torchVersionRequirement=">=2.10")
    assert calls[0]["torchVersionRequirement"] == ">=2.10"


def test_python_slicer_is_a_launcher_with_a_child(host):
    command = ["PythonSlicer", "-c", "import os; print(os.getppid()); raise SystemExit(3)"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        output, _ = process.communicate(timeout=30)
    assert int(output) == process.pid
    assert process.returncode == 3
