"""Installing what is missing, through the PyTorch extension and pip, after the user has agreed."""

import importlib
import inspect

import slicer
from slicer.i18n import tr as _

from ..errors import SegmentL3Error
from .requirements import TORCH, PackageState, packageState, parseRequirement

REQUESTER = "SegmentL3"


class InstallationError(SegmentL3Error):
    """The installation cannot go on; the text says why and what to do."""


def question(missing: list[PackageState]) -> str:
    """What the user is asked before anything is changed."""
    names = "\n".join(f"  \u2022 {state.requirement}" for state in missing)
    return _(
        "These Python packages will be downloaded and installed into 3D Slicer:\n\n{names}\n\n"
        "PyTorch is large (up to 3 GB with GPU support) and may take several minutes."
    ).format(names=names)


def install(missing: list[PackageState]) -> None:
    """Install packages; asks nothing.

    Raises:
        InstallationError: PyTorch cannot be installed without the PyTorch extension, or 3D Slicer must be restarted.
        Exception: whatever pip reports.
    """
    torch = parseRequirement(TORCH).name
    if any(state.requirement.name == torch for state in missing):
        _installTorch()
    _installPackages([str(state.requirement) for state in missing if state.requirement.name != torch])


def _installTorch():
    try:
        import PyTorchUtils
    except ImportError:
        _installTorchExtension()
    else:
        logic = PyTorchUtils.PyTorchUtilsLogic()
        known = inspect.signature(logic.installTorch).parameters
        version = TORCH.removeprefix("torch")
        wanted = {"askConfirmation": False, "torchVersionRequirement": version}
        logic.installTorch(**{name: value for name, value in wanted.items() if name in known})
        importlib.invalidate_caches()
        state = packageState(parseRequirement(TORCH))
        if not state.isMet:
            raise InstallationError(
                _("{state}. Open the PyTorch Utils module and install PyTorch {version} there.").format(
                    state=state.text, version=version
                )
            )


def _installTorchExtension():
    model = slicer.app.extensionsManagerModel()
    model.interactive = False
    restart = False
    if not model.installExtensionFromServer("PyTorch", restart):
        raise InstallationError(
            _(
                "The PyTorch extension could not be installed. Install it in the Extensions Manager, "
                "restart 3D Slicer, then click Install again."
            )
        )
    raise InstallationError(
        _("The PyTorch extension has been installed. Restart 3D Slicer, then click Install again to get PyTorch.")
    )


def _installPackages(requirements: list[str]):
    if not requirements:
        return
    try:
        packaging = importlib.import_module("slicer.packaging")
    except ImportError:  # before 3D Slicer 5.12
        slicer.util.pip_install(requirements)
    else:
        packaging.pip_ensure(requirements, prompt_install=False, requester=REQUESTER)
