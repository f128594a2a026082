"""Reference volumes for the level finder: vertebral bodies, ribs and hip bones on a coarse grid.

Classes, shared with the model: see ``LEVEL_CLASSES``.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from SegmentL3Lib.spine_views import COLUMN_MM, ROW_MM

from ..synthesis.spine import VERTEBRAE
from ..synthesis.structures import Structure
from .material import ATLAS_SPACING_FACTOR

LEVEL_CLASSES = (
    "background",
    "S1",
    "L5",
    "L4",
    "L3",
    "L2",
    "L1",
    "T12",
    "T11",
    "T10_and_above",
    "sacrum",
    "rib",
    "hip_bone",
)
RANDOM_PATIENT = "phantom"  # case of every random patient
# An additional vertebra has no class of its own; that two in a row look like the same one tells it.
LOOKS_LIKE = {"L6": "L5", "T13": "T12"}
_CLASS = {name: number for number, name in enumerate(LEVEL_CLASSES)}
# Label values of the 117 classes of TotalSegmentator v2.
_TOTALSEG_CORD, _TOTALSEG_SACRUM, _TOTALSEG_S1 = 79, 25, 26
_TOTALSEG_VERTEBRAE = {27 + number: name for number, name in enumerate(("L5", "L4", "L3", "L2", "L1", "T12", "T11"))}
_ATLAS_VERTEBRAE = {505: "L5", 504: "L4", 503: "L3", 502: "L2", 501: "L1", 412: "T12", 411: "T11"}


def phantom_classes(labels: np.ndarray, bodies: np.ndarray) -> np.ndarray:
    """Classes, uint8, of a coarse phantom: its structures and the vertebral bodies (index in ``VERTEBRAE`` + 1)."""
    table = np.zeros(len(VERTEBRAE) + 1, np.uint8)
    for number, name in enumerate(VERTEBRAE, start=1):
        sacral = name in ("S2", "S3")
        name = LOOKS_LIKE.get(name, name)
        table[number] = _CLASS["sacrum"] if sacral else _CLASS.get(name, _CLASS["T10_and_above"])
    classes = table[bodies]
    empty = classes == 0
    classes[empty & (labels == Structure.SACRUM)] = _CLASS["sacrum"]
    classes[empty & (labels == Structure.RIB)] = _CLASS["rib"]
    classes[empty & (labels == Structure.HIP_BONE)] = _CLASS["hip_bone"]
    return classes


@dataclass(frozen=True, eq=False)
class LevelReference:
    """A real anatomy on the voxels of ``coarse_volume``, (z, y, x), foot to head, front first, right first.

    Attributes:
        case: pseudonym.
        hu: CT numbers, int16; None where only structures are known.
        structures: fine structures for rendering, uint8; None where the CT is known.
        classes: indices into ``LEVEL_CLASSES``, uint8.
    """

    case: str
    hu: np.ndarray | None
    structures: np.ndarray | None
    classes: np.ndarray


def _resample(array: np.ndarray, spacing_zyx, order: int) -> np.ndarray:
    zoom = np.asarray(spacing_zyx, float) / (ROW_MM, COLUMN_MM, COLUMN_MM)
    if order:
        array = ndimage.gaussian_filter(array.astype(np.float32), np.maximum(0, 0.42 * (1 / zoom**2 - 1)) ** 0.5)
    return ndimage.zoom(array, zoom, order=order, mode="nearest", grid_mode=True)


def _in_front_of_canal(vertebra: np.ndarray, canal: np.ndarray, margin: float) -> np.ndarray:
    """Part of a vertebra in front of the spinal canal, slice by slice: its body."""
    body = np.zeros_like(vertebra)
    rows = np.arange(vertebra.shape[1])[:, None]
    for z in np.flatnonzero(vertebra.any((1, 2))):
        if canal[z].any():
            body[z] = vertebra[z] & (rows < np.nonzero(canal[z])[0].mean() - margin)
    return body


def read_totalseg_reference(data: Path) -> LevelReference:
    """CT of the TotalSegmentator example with its pseudo-labels."""
    import SimpleITK as sitk

    folder = data / "totalseg-example"
    ct, labels = (
        sitk.DICOMOrient(sitk.ReadImage(str(folder / name)), "LPS") for name in ("ct.nii.gz", "labels117.nii.gz")
    )
    spacing = ct.GetSpacing()[::-1]
    values = sitk.GetArrayFromImage(labels)
    canal = values == _TOTALSEG_CORD
    classes = np.zeros(values.shape, np.uint8)
    classes[(values >= 92) & (values <= 115)] = _CLASS["rib"]
    classes[np.isin(values, (77, 78))] = _CLASS["hip_bone"]
    classes[values == _TOTALSEG_SACRUM] = _CLASS["sacrum"]
    classes[_s1_body(values == _TOTALSEG_S1, values == 27)] = _CLASS["S1"]
    for value, name in _TOTALSEG_VERTEBRAE.items():
        classes[_in_front_of_canal(values == value, canal, 8 / spacing[1])] = _CLASS[name]
    hu = _resample(sitk.GetArrayFromImage(ct), spacing, 1).round().astype(np.int16)
    return LevelReference("totalseg-example", hu, None, _resample(classes, spacing, 0))


def _s1_body(s1: np.ndarray, l5: np.ndarray) -> np.ndarray:
    """Middle third of the first sacral segment: its body without the wings."""
    columns = np.nonzero(l5)[2]
    middle, half = (columns.min() + columns.max()) / 2, (columns.max() - columns.min()) / 3.2
    x = np.arange(s1.shape[2])
    return s1 & (np.abs(x - middle) < half)


def read_atlas_reference(data: Path) -> LevelReference:
    """Structures of the SPL abdominal atlas; fat and skin are not labeled there and filled in by rendering."""
    import SimpleITK as sitk

    image = sitk.DICOMOrient(sitk.ReadImage(str(data / "spl-atlas" / "labels_full.nii.gz")), "LPS")
    values = sitk.GetArrayFromImage(image)
    spacing = [size * ATLAS_SPACING_FACTOR for size in image.GetSpacing()[::-1]]
    classes = np.zeros(values.shape, np.uint8)
    classes[(values >= 681) & (values <= 692)] = _CLASS["rib"]
    classes[values == 299] = _CLASS["hip_bone"]
    classes[values == 600] = _CLASS["sacrum"]
    top = np.flatnonzero((values == 600).any((1, 2))).max()
    sacral = values == 600
    sacral[: max(0, top - int(28 / spacing[0]))] = False
    classes[_s1_body(sacral, values == 505)] = _CLASS["S1"]
    for value, name in _ATLAS_VERTEBRAE.items():
        vertebra = values == value
        classes[_front_part(vertebra, 30 / spacing[1])] = _CLASS[name]
    for value in range(401, 411):
        classes[_front_part(values == value, 28 / spacing[1])] = _CLASS["T10_and_above"]
    structures = _atlas_structures(values)
    return LevelReference("spl-atlas", None, _resample(structures, spacing, 0), _resample(classes, spacing, 0))


def _front_part(vertebra: np.ndarray, depth: float) -> np.ndarray:
    if not vertebra.any():
        return vertebra
    rows = np.nonzero(vertebra)[1]
    front = np.percentile(rows, 1)
    return vertebra & (np.arange(vertebra.shape[1])[:, None] < front + depth)


def _atlas_structures(values: np.ndarray) -> np.ndarray:
    s = Structure
    known = {2: s.RIB, 3: s.LIVER, 4: s.SPLEEN, 6: s.PANCREAS, 7: s.AORTA, 8: s.INFERIOR_VENA_CAVA, 9: s.STOOL}
    known |= {10: s.ASCITES, 13: s.BOWEL_FLUID, 51: s.RENAL_CORTEX, 52: s.RENAL_CORTEX, 32: s.RECTUS_ABDOMINIS}
    known |= {299: s.HIP_BONE, 600: s.SACRUM}
    for side in (100, 200):
        known |= {side + 31: s.PSOAS, side + 33: s.QUADRATUS_LUMBORUM, side + 35: s.EXTERNAL_OBLIQUE}
        known |= {side + 36: s.INTERNAL_OBLIQUE, side + 37: s.ERECTOR_SPINAE, side + 38: s.PSOAS}
        known |= {side + muscle: s.GLUTEAL_MUSCLE for muscle in (39, 40, 41, 43)}
    known |= {rib: s.RIB for rib in range(681, 693)} | {disc: s.INTERVERTEBRAL_DISC for disc in range(551, 560)}
    structures = np.zeros(values.shape, np.uint8)
    for value, structure in known.items():
        structures[values == value] = structure
    structures[((values >= 401) & (values <= 412)) | ((values >= 501) & (values <= 505))] = s.TRABECULAR_BONE
    labeled = structures > 0
    for z in range(len(values)):
        inside = ndimage.binary_fill_holes(ndimage.binary_closing(labeled[z], iterations=12))
        near = ndimage.binary_dilation(inside, iterations=6)
        structures[z][near & ~labeled[z]] = s.SUBCUTANEOUS_FAT
        structures[z][inside & ~labeled[z]] = s.VISCERAL_FAT
    return structures


def save_references(references: list[LevelReference], path: Path) -> None:
    """Write references to one file that ``load_references`` reads without an image library."""
    arrays = {}
    for item in references:
        arrays[f"{item.case}/classes"] = item.classes
        name, source = ("hu", item.hu) if item.hu is not None else ("structures", item.structures)
        arrays[f"{item.case}/{name}"] = source
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)


def load_references(path: Path) -> list[LevelReference]:
    """Read what ``save_references`` wrote."""
    with np.load(path, allow_pickle=False) as file:
        cases = sorted({name.split("/")[0] for name in file.files})
        return [
            LevelReference(
                case,
                file[f"{case}/hu"] if f"{case}/hu" in file.files else None,
                file[f"{case}/structures"] if f"{case}/structures" in file.files else None,
                file[f"{case}/classes"],
            )
            for case in cases
        ]
