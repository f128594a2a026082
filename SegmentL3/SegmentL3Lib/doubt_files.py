"""Maps of uncertainty as files beside a result."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from .errors import InputError
from .itk_images import quiet
from .volume import Geometry, Volume
from .writing import write_volume

PREFIX, SUFFIX = "doubt-", ".nrrd"


def doubt_path(folder: Path, name: str) -> Path:
    """File of the map of that name."""
    return folder / f"{PREFIX}{name}{SUFFIX}"


def write_doubt(maps: Mapping[str, Volume], folder: Path) -> dict[str, Path]:
    """Write each map; returns the files by name.

    Raises:
        InputError: a file cannot be written.
    """
    paths = {name: doubt_path(folder, name) for name in maps}
    for name, volume in maps.items():
        write_volume(volume, paths[name])
    return paths


def remove_other_doubt(maps: Mapping[str, Volume], folder: Path) -> None:
    """Remove maps of an earlier run that has been replaced by one with only these."""
    for path in set(folder.glob(f"{PREFIX}*{SUFFIX}")) - {doubt_path(folder, name) for name in maps}:
        path.unlink(missing_ok=True)


def read_doubt(folder: Path) -> dict[str, Volume]:
    """The maps in a folder, by name; none where there are none.

    Raises:
        InputError: a map is damaged.
    """
    paths = sorted(folder.glob(f"{PREFIX}*{SUFFIX}"))
    return {path.name.removeprefix(PREFIX).removesuffix(SUFFIX): _read(path) for path in paths}


def _read(path: Path) -> Volume:
    try:
        with quiet():
            image = sitk.ReadImage(str(path))
    except RuntimeError as error:
        raise InputError(f"The map of uncertainty {path.name} is damaged. Run the computation again.") from error
    geometry = Geometry(image.GetOrigin(), image.GetSpacing(), image.GetDirection())
    return Volume(sitk.GetArrayFromImage(image).astype(np.float32), geometry)
