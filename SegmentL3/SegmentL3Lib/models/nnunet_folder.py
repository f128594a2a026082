"""Where the parts of an nnU-Net result folder lie: configurations, folds, checkpoints."""

import re
from pathlib import Path

from ..errors import ModelError
from .folder import PackageFolder
from .values import file_name

PLANS, DATASET = "plans.json", "dataset.json"
CASCADE = "3d_cascade_fullres"
FINAL_CHECKPOINT = "checkpoint_final.pth"
# What is taken where a data set has several configurations and the user names none.
PREFERENCE = ("3d_fullres", CASCADE, "3d_lowres", "2d")
_FOLD = re.compile(r"fold_(\d{1,3}|all)")
_MOST_WRAPPERS = 3


def is_result_folder(folder: PackageFolder) -> bool:
    """Whether it is ``Trainer__Plans__configuration``: one trained configuration."""
    return folder.has(PLANS) and folder.has(DATASET)


def find_result_folder(
    folder: PackageFolder, configuration: str | None
) -> tuple[PackageFolder, tuple[str, ...]] | None:
    """The result folder of a configuration in a package, and the names of the others; None where there is none.

    Args:
        folder: a result folder, that of a data set, or one around it.
        configuration: name such as "3d_fullres"; None takes the first of ``PREFERENCE``.

    Raises:
        ModelError: the configuration is missing, or there for several trainers or plans.
    """
    for _ in range(_MOST_WRAPPERS):
        if is_result_folder(folder):
            return folder, ()
        inside = folder.subfolders()
        trained = [path for path in inside if path.name.count("__") >= 2 and is_result_folder(PackageFolder(path))]
        if trained:
            return _chosen(folder, trained, configuration)
        if len(inside) != 1:
            return None
        folder = PackageFolder(inside[0])
    return None


def configuration_of(path: Path) -> str:
    """Configuration in the name of a result folder; empty where the folder has another name."""
    parts = path.name.split("__", 2)
    return parts[2] if len(parts) == 3 else ""


def previous_stage_folder(folder: PackageFolder, previous: str) -> PackageFolder:
    """Result folder of the earlier stage of a cascade, beside that of the later one.

    Raises:
        ModelError: it is not there.
    """
    stem = folder.name.rpartition("__")[0]
    wanted = folder.root.resolve().parent / f"{stem}__{file_name(previous, 'previous_stage in plans.json')}"
    if not stem or wanted.is_symlink() or not wanted.is_dir():
        raise ModelError(
            f"{folder.name} is the second stage of a cascade and needs the folder {wanted.name} beside it. "
            "Import the folder of the whole data set, with both."
        )
    return PackageFolder(wanted)


def find_folds(folder: PackageFolder, folds, checkpoint: str) -> list[str]:
    """Names of the folders of the folds that have the checkpoint, ascending; "fold_all" only where it is alone.

    Args:
        folds: numbers, or "all", that are wanted; None takes those that are there.
        checkpoint: name of the file.

    Raises:
        ModelError: a wanted one is missing, or there is none.
    """
    checkpoint = file_name(checkpoint, "The checkpoint")
    if folds is not None:
        wanted = [f"fold_{fold}" for fold in ([folds] if isinstance(folds, str | int) else folds)]
        missing = [name for name in wanted if not _FOLD.fullmatch(name) or not folder.has(f"{name}/{checkpoint}")]
        if missing or not wanted:
            raise ModelError(f"The model package {folder.name} has no {'/'.join([*missing[:1], checkpoint])}.")
        return wanted
    names = [path.name for path in folder.subfolders() if _FOLD.fullmatch(path.name)]
    present = [name for name in names if folder.has(f"{name}/{checkpoint}")]
    numbered = sorted((name for name in present if name != "fold_all"), key=lambda name: int(name[5:]))
    if not present:
        others = sorted({path.name for name in names for path in (folder.root / name).glob("checkpoint_*.pth")})
        there = f" There is {', '.join(others)}." if others else ""
        raise ModelError(f"No fold of the model package {folder.name} has a {checkpoint}.{there}")
    return numbered or present


def _chosen(folder: PackageFolder, trained: list[Path], configuration: str | None):
    names = sorted({configuration_of(path) for path in trained})
    wanted = configuration or next((name for name in PREFERENCE if name in names), names[0])
    fitting = [path for path in trained if configuration_of(path) == wanted]
    if not fitting:
        raise ModelError(f'{folder.name} has no configuration "{wanted}"; there is {", ".join(names)}.')
    if len(fitting) > 1:
        raise ModelError(
            f"{folder.name} has the configuration {wanted} of several trainers or plans; choose one of the folders "
            f"{', '.join(path.name for path in fitting)}."
        )
    return PackageFolder(fitting[0]), tuple(name for name in names if name != wanted)
