"""Training material on disk: label maps of random patients, drawn reference slices, reference volumes."""

import functools
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from SegmentL3Lib.body import body_mask, depth_mm
from SegmentL3Lib.refine import SKIN_RIM_MM, gate
from SegmentL3Lib.regions import Region
from SegmentL3Lib.segment import SliceBeside, slices_beside
from SegmentL3Lib.spine_views import COLUMN_MM, ROW_MM

from ..processes import single_threaded_pool
from ..synthesis.phantom import phantom_levels
from ..synthesis.render import MAP_MM
from ..synthesis.spine import VARIANTS
from ..synthesis.torso import Torso

LUMBAR_Z_MM = (-95.0, 85.0)  # L5 to L1 in most patients
NEIGHBOR_MM = (1.0, 5.0)  # distance of the other slice that a thick slice shows
SPINE_Z_MM = (-170.0, 225.0)
ATLAS_SPACING_FACTOR = 1.5  # the spacing in the atlas files is too small by about this
_ISLAND_CM2 = 0.15
_DRAWN_FILES = ("_label", "_vat190")
logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class DrawnSlice:
    """A slice of real CT with hand-drawn tissues.

    Attributes:
        case: patient, a pseudonym of the public collection.
        slice_index: slice of the CT file.
        hu: CT numbers, int16 (y, x), front first, the patient's right first.
        drawn: tissues as drawn, with HU gates (indices into ``structures.TISSUES``), uint8 (y, x).
        zones: the same regions before the gates, as far as they can be told; what the network learns.
        pixel_mm: pixel size.
        beside: slices near it; ``save_drawn`` does not keep them.
    """

    case: str
    slice_index: int
    hu: np.ndarray
    drawn: np.ndarray
    zones: np.ndarray
    pixel_mm: float
    beside: tuple[SliceBeside, ...] = ()


def _lumbar_map(seed: int) -> np.ndarray:
    """A slice and one a few millimeters away, uint8 (2, rows, columns)."""
    rng = np.random.default_rng((seed, 2))
    z = rng.uniform(*LUMBAR_Z_MM)
    torso = Torso(seed)
    heights = z, z + rng.choice((-1, 1)) * rng.uniform(*NEIGHBOR_MM)
    return np.stack([torso.slice_at(height, MAP_MM).labels for height in heights])


def _level_map(seed: int, variant_every: int) -> tuple[np.ndarray, np.ndarray]:
    return phantom_levels(seed, ROW_MM, COLUMN_MM, SPINE_Z_MM, variant_of(seed, variant_every))


def variant_of(seed: int, variant_every: int) -> str | None:
    """Variant of the spine of a patient: each in turn for one patient in so many, none for 0."""
    if not variant_every or seed % variant_every:
        return None
    return VARIANTS[seed // variant_every % len(VARIANTS)]


def make_maps(
    kind: str, seeds: Sequence[int], path: Path, processes: int | None = None, variant_every: int = 0
) -> None:
    """Write label maps of random patients to a compressed ``.npz``.

    Args:
        kind: "lumbar" (two near slices a patient, pixels of 1 mm) or "levels" (coarse volume a patient).
        seeds: one patient each.
        path: file to write; nothing is done if it is there.
        processes: worker processes; all cores if None.
        variant_every: one patient in so many has a variant of the spine ("levels" only); none for 0.
    """
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with single_threaded_pool(processes) as pool:
        make = _lumbar_map if kind == "lumbar" else functools.partial(_level_map, variant_every=variant_every)
        maps = pool.map(make, seeds, chunksize=4)
    logger.info("%d label maps of kind %s made", len(maps), kind)
    part = path.with_suffix(".part.npz")
    if kind == "lumbar":
        np.savez_compressed(part, maps=np.stack(maps))
    else:
        labels, bodies = zip(*maps, strict=True)
        np.savez_compressed(part, maps=np.stack(labels), bodies=np.stack(bodies))
    part.rename(path)


@dataclass(frozen=True, eq=False)
class AxialScan:
    """A real CT whose slices lie as the drawn ones do.

    Attributes:
        case: patient, a pseudonym of the public collection.
        hu: CT numbers, int16 (z, y, x), front first, the patient's right first; slices as in the file.
        pixel_mm: pixel size.
        step_mm: distance of the slices.
        rim_too_wide: skin was drawn by a spacing that is too small.
    """

    case: str
    hu: np.ndarray
    pixel_mm: float
    step_mm: float
    rim_too_wide: bool


def read_axial_scan(data: Path, case: str) -> AxialScan:
    """Read the CT that the drawn slices of a patient are from."""
    import SimpleITK as sitk

    atlas = data / case / "upper52_ct.nii.gz"
    image = sitk.ReadImage(str(atlas if atlas.exists() else data / case / "ct.nii.gz"))
    pixel_mm = image.GetSpacing()[0] * (ATLAS_SPACING_FACTOR if atlas.exists() else 1)
    hu = _axial(sitk.GetArrayFromImage(image), image)
    return AxialScan(case, hu, float(pixel_mm), float(image.GetSpacing()[2]), atlas.exists())


def read_drawn_slices(data: Path) -> list[DrawnSlice]:
    """Read all hand-drawn slices below ``data``: ``<case>/slices/<case>_z<index>_label.nii.gz`` beside the CT."""
    by_case: dict[str, list[Path]] = {}
    for path in sorted(data.glob("*/slices/*_label.nii.gz")):
        by_case.setdefault(path.parent.parent.name, []).append(path)
    scans = ((read_axial_scan(data, case), paths) for case, paths in by_case.items())
    return [_read_drawn(path, scan) for scan, paths in scans for path in paths]


def _read_drawn(path: Path, scan: AxialScan) -> DrawnSlice:
    import SimpleITK as sitk

    index = int(re.fullmatch(r".+_z(\d+)_label\.nii\.gz", path.name).group(1))
    hu = np.ascontiguousarray(scan.hu[index])
    drawn, wide = (
        _axial(np.squeeze(sitk.GetArrayFromImage(image)), image)
        for image in (sitk.ReadImage(str(path.with_name(path.name.replace("_label", kind)))) for kind in _DRAWN_FILES)
    )
    drawn = drawn.astype(np.uint8)
    if scan.rim_too_wide:
        drawn = with_true_rim(drawn, hu, scan.pixel_mm)
    zones, beside = drawn_zones(drawn, wide > 0, scan.pixel_mm), slices_beside(scan.hu, index, scan.step_mm)
    return DrawnSlice(scan.case, index, hu, drawn, zones, scan.pixel_mm, beside)


def with_true_rim(drawn: np.ndarray, hu: np.ndarray, pixel_mm: float) -> np.ndarray:
    """Tissues whose skin was drawn as a rim of 2 mm by a spacing that is too small: what is deeper is fat again."""
    depth = depth_mm(body_mask(hu, (pixel_mm, pixel_mm)), (pixel_mm, pixel_mm))
    drawn_rim = (depth > SKIN_RIM_MM) & (depth <= SKIN_RIM_MM * ATLAS_SPACING_FACTOR)
    fat = gate(np.full_like(drawn, Region.SUBCUTANEOUS), hu)
    return np.where(drawn_rim & (drawn == Region.OTHER), fat, drawn)


def _axial(plane: np.ndarray, image) -> np.ndarray:
    """Front first, the patient's right first."""
    direction = np.array(image.GetDirection()).reshape(3, 3)
    if direction[1, 1] < 0:
        plane = plane[..., ::-1, :]
    if direction[0, 0] < 0:
        plane = plane[..., ::-1]
    return plane


def drawn_zones(drawn: np.ndarray, visceral_wide: np.ndarray, pixel_mm: float) -> np.ndarray:
    """Regions behind drawn tissues: pixels that failed a HU gate go back to the tissue that surrounds them."""
    other = 7
    zones = drawn.copy()
    zones[visceral_wide & np.isin(drawn, (0, other))] = 2
    smallest = _ISLAND_CM2 * 100 / pixel_mm**2
    body = ndimage.binary_fill_holes(drawn > 0)
    loose = body & np.isin(zones, (0, other))
    parts, count = ndimage.label(loose)
    sizes = ndimage.sum(loose, parts, range(1, count + 1))
    small = np.isin(parts, 1 + np.flatnonzero(sizes < smallest))
    nearest = ndimage.distance_transform_edt(loose, return_distances=False, return_indices=True)
    zones[small] = zones[tuple(nearest)][small]
    return zones


def save_drawn(slices: list[DrawnSlice], path: Path) -> None:
    """Write drawn slices to one file that ``load_drawn`` reads without an image library."""
    arrays = {}
    for number, item in enumerate(slices):
        arrays |= {f"{number}_hu": item.hu, f"{number}_drawn": item.drawn, f"{number}_zones": item.zones}
    table = [(item.case, str(item.slice_index), repr(item.pixel_mm)) for item in slices]
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, table=np.array(table), **arrays)


def load_drawn(path: Path) -> list[DrawnSlice]:
    """Read what ``save_drawn`` wrote."""
    with np.load(path, allow_pickle=False) as file:
        return [
            DrawnSlice(case, int(index), *(file[f"{number}_{name}"] for name in ("hu", "drawn", "zones")), float(pixel))
            for number, (case, index, pixel) in enumerate(file["table"])
        ]
