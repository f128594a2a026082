"""The one reader of model packages: a folder of either kind in, a model or its description out."""

from pathlib import Path

from ..errors import ModelError, UsageError
from .folder import PackageFolder
from .monai_model import is_bundle, load_monai_bundle
from .nnunet_folder import FINAL_CHECKPOINT
from .nnunet_model import load_result_folder
from .package_info import PackageInfo
from .plan import SegmentationModel

_MOST_WRAPPERS = 3


def load_model(
    path: str | Path, *, folds=None, checkpoint: str | None = None, configuration: str | None = None
) -> SegmentationModel:
    """Read a model package without running anything of it.

    Args:
        path: folder of a MONAI bundle, an nnU-Net v2 result folder, that of its data set, or one around any of them.
        folds: nnU-Net only: numbers of the folds, or "all"; None takes those that are there.
        checkpoint: nnU-Net only: name of the weights file of each fold; None takes the final one.
        configuration: nnU-Net only: such as "3d_fullres"; None takes the only one or the most usual.

    Returns:
        The model, its networks in evaluation mode, float32, on the CPU.

    Raises:
        ModelError: missing, damaged, not understood, or needing code; key or file is named.
        UsageError: folds, a checkpoint or a configuration of a MONAI bundle.
    """
    folder = PackageFolder(path)
    bundle = _find_bundle(folder)
    if bundle is not None:
        if any(choice is not None for choice in (folds, checkpoint, configuration)):
            raise UsageError(f"{bundle.name} is a MONAI bundle; only nnU-Net models have folds to choose.")
        return load_monai_bundle(bundle)
    checkpoint = FINAL_CHECKPOINT if checkpoint is None else checkpoint
    model = load_result_folder(folder, folds=folds, checkpoint=checkpoint, configuration=configuration)
    if model is None:
        raise ModelError(
            f"{folder.name} is no model package: it has neither configs/metadata.json, as MONAI bundles have, nor "
            "plans.json and dataset.json, as nnU-Net v2 result folders have."
        )
    return model


def inspect_package(path: str | Path) -> PackageInfo:
    """What a list says of a model package; its weights are read and checked, its network is not run.

    Raises:
        ModelError: as ``load_model``.
    """
    model = load_model(path)
    networks = [network for stage in model.stages for network in stage.networks]
    return PackageInfo(
        identifier=PackageFolder(path).name,
        title=model.title,
        kind=model.kind,
        description=model.description,
        modality=model.modality,
        inputs=model.inputs,
        structures=tuple(structure.name for structure in model.structures),
        license=model.license,
        version=model.version,
        size_bytes=PackageFolder(path).size_bytes(),
        sha256=model.sha256,
        parameters=sum(parameter.numel() for network in networks for parameter in network.parameters()),
        notes=model.notes,
    )


def _find_bundle(folder: PackageFolder) -> PackageFolder | None:
    for _ in range(_MOST_WRAPPERS):
        if is_bundle(folder):
            return folder
        inside = folder.subfolders()
        if len(inside) != 1:
            return None
        folder = PackageFolder(inside[0])
    return None
