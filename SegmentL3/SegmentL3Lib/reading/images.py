"""NRRD and MetaImage files."""

from pathlib import Path

import SimpleITK as sitk

from ..errors import InputError
from ..itk_images import quiet
from ..volume import Volume
from .geometry import UNORIENTED, image_geometry
from .values import rescaled, without_gaps

_CUT_SHORT = "The file is cut short or damaged, or a data file that belongs to it is missing. Copy or export it again."
_MODALITIES = {"CT": "CT", "MET_MOD_CT": "CT", "MR": "MR", "MET_MOD_MR": "MR", "DWMRI": "MR"}
_HEADER_LIMIT_BYTES = 2**20


def is_nrrd(path: Path) -> bool:
    """Whether a file starts as an NRRD file."""
    with open(path, "rb") as file:
        return file.read(4) == b"NRRD"


def is_metaimage(path: Path) -> bool:
    """Whether a file starts as a MetaImage file."""
    with open(path, "rb") as file:
        return file.read(256).lstrip().startswith((b"ObjectType", b"NDims", b"Comment"))


def read_image(path: Path) -> Volume:
    """Read an NRRD (``.nrrd``, ``.nhdr``) or MetaImage (``.mha``, ``.mhd``) file.

    Raises:
        InputError: it is cut short, in color, of more than three dimensions, or does not say how large its voxels are.
    """
    nrrd = is_nrrd(path)
    header = _header(path)
    _check_spacing_said(header, nrrd)
    reader = sitk.ImageFileReader()
    reader.SetImageIO("NrrdImageIO" if nrrd else "MetaImageIO")
    reader.SetFileName(str(path))
    with quiet():
        try:
            reader.ReadImageInformation()
            _check_one_volume(reader)
            image = reader.Execute()
        except RuntimeError as error:
            raise _read_error(error) from error
    geometry, warnings = image_geometry(image.GetOrigin(), image.GetSpacing(), image.GetDirection())
    if not header.keys() & {"space", "space dimension", "transformmatrix", "rotation", "orientation"}:
        warnings.append(UNORIENTED)
    stored = sitk.GetArrayFromImage(image)
    del image  # frees its memory
    stored = stored.reshape((1, 1, *stored.shape)[-3:])  # a fourth dimension of size 1 comes first
    array, missing = without_gaps(rescaled(stored))
    modality = _MODALITIES.get(header.get("modality", "").upper())
    return Volume(array, geometry, modality, warnings=(*warnings, *missing))


def _header(path: Path) -> dict[str, str]:
    """The text lines before the voxels, as lower-case names with their values."""
    fields = {}
    with open(path, "rb") as file:
        for line in file.read(_HEADER_LIMIT_BYTES).split(b"\n"):
            text = line.decode("latin-1").strip()
            if not text and fields:  # NRRD: an empty line ends the header
                break
            name, separator, value = text.replace(":=", ":").partition(":" if ":" in text else "=")
            if separator:
                fields[name.strip().lower()] = value.strip()
            if name.strip().lower() == "elementdatafile":  # MetaImage: this line ends the header
                break
    return fields


def _check_spacing_said(header: dict[str, str], nrrd: bool) -> None:
    names = ("space directions", "spacings") if nrrd else ("elementspacing", "elementsize")
    said = next((header[name] for name in names if name in header), None)
    if said is None or "nan" in said.lower():
        raise InputError("The scan does not say how large its voxels are (spacing missing or 0). Export it again.")


def _check_one_volume(reader: sitk.ImageFileReader) -> None:
    if reader.GetNumberOfComponents() > 1:
        raise InputError(
            "This is a color picture, or it has several values in each voxel; a CT has one. Choose the original scan."
        )
    volumes = 1
    for size in reader.GetSize()[3:]:
        volumes *= size
    if volumes > 1:
        raise InputError(f"The scan has {volumes} volumes, but one is needed. Export a single volume.")


def _read_error(error: RuntimeError) -> InputError:
    text = str(error).lower()
    if "spacing" in text:
        return InputError("The scan does not say how large its voxels are (spacing missing or 0). Export it again.")
    return InputError(_CUT_SHORT)
