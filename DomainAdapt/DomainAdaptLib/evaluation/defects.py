"""The defects that the checks of ``SegmentL3Lib.quality`` have to notice, as changes of a generated scan."""

from dataclasses import replace

import numpy as np
from scipy import ndimage

from ..synthesis.canvas import Noise, depth_inside
from ..synthesis.structures import MUSCLES, TISSUES, Structure
from .check_scans import PIXEL_MM, SIZE, SLICE_MM, SLICES, Change, Defect, Scan, sound_hu

_MIDDLE = SLICES // 2
_MUSCLE, _BONE, _SUBCUTANEOUS, _VISCERAL = (
    TISSUES.index(name) for name in ("skeletal_muscle", "bone", "subcutaneous_fat", "visceral_fat")
)


def _arms(scan: Scan, gap_mm: float) -> None:
    """Draw arms beside the trunk at the height of its middle, a gap away (an overlap where it is negative)."""
    body = ~np.isin(scan.structures, (Structure.AIR, Structure.TABLE))
    row = int(np.nonzero(body.any(axis=1))[0].mean() + scan.rng.uniform(-15, 15) / PIXEL_MM)
    edges = np.nonzero(body[row])[0][[0, -1]]
    rows, columns = np.indices(body.shape)
    for edge, side in zip(edges, (-1, 1), strict=True):
        radius = scan.rng.uniform(32, 42) / PIXEL_MM
        distance = np.hypot(rows - row, columns - edge - side * (radius + gap_mm / PIXEL_MM))
        for share, structure in (
            (1.0, Structure.ARM_FAT),
            (0.8, Structure.ARM_SOFT_TISSUE),
            (0.25, Structure.ARM_BONE),
        ):
            scan.structures[(distance < share * radius) & ~body] = structure


def _arms_apart(scan: Scan) -> None:
    _arms(scan, scan.rng.uniform(6, 15))


def _arms_touching(scan: Scan) -> None:
    _arms(scan, scan.rng.uniform(-8, -3))


def _contrast(scan: Scan) -> None:
    scan.hu_of = sound_hu(scan.rng, contrast=True)


def _ascites(scan: Scan) -> None:
    scan.torso.organs.ascites = scan.rng.uniform(20, 45), True, Noise(scan.rng, 50), -1.0


def _edema(scan: Scan) -> None:
    """Half to most of the fat under the skin is swollen, more at the flanks and the back as in patients who lie."""
    under_skin = np.isin(scan.structures, (Structure.SUBCUTANEOUS_FAT, Structure.FAT_SEPTUM))
    depth = depth_inside(~np.isin(scan.structures, (Structure.AIR, Structure.TABLE)), PIXEL_MM)
    waves = Noise(scan.rng, 25.0).at(0.0, scan.structures.shape)
    scan.structures = np.where(under_skin & (depth < 15) & (waves > -0.6), Structure.ASCITES, scan.structures)


def _metal(scan: Scan) -> None:
    scan.torso.metal = -100.0, 200.0
    scan.hu_of[Structure.METAL] = 2900


def _fatty_muscle(scan: Scan) -> None:
    scan.hu_of[list(MUSCLES)] = scan.rng.uniform(-25, -5)


def _chest(scan: Scan) -> None:
    scan.z = 200.0


def _cut(scan: Scan) -> None:
    """A circular field of view that leaves out 8 to 25 mm of both flanks."""
    body = scan.regions > 0
    columns = np.nonzero(body.any(axis=0))[0]
    rows = np.nonzero(body.any(axis=1))[0]
    radius = (columns[-1] - columns[0]) / 2 - scan.rng.uniform(8, 25) / PIXEL_MM
    y, x = np.indices(body.shape)
    outside = np.hypot(y - rows.mean(), x - columns.mean()) > radius
    scan.image[outside], scan.regions[outside] = -2000, 0


def _noise(scan: Scan) -> None:
    grain = ndimage.gaussian_filter(scan.rng.standard_normal(scan.image.shape, dtype=np.float32), 0.7)
    noisy = scan.image + grain * np.float32(scan.rng.uniform(38, 60) / grain.std())
    scan.image = np.clip(np.round(noisy), -1024, 3071).astype(np.int16)


def _streaks(scan: Scan) -> None:
    lines = ndimage.gaussian_filter(scan.rng.standard_normal(scan.image.shape, dtype=np.float32), (0.8, 60))
    streaked = scan.image + lines * np.float32(scan.rng.uniform(25, 45) / lines.std()) * (scan.image > -300)
    scan.image = np.clip(np.round(streaked), -1024, 3071).astype(np.int16)


def _upside_down(scan: Scan) -> None:
    scan.image, scan.regions = scan.image[::-1].copy(), scan.regions[::-1].copy()


def _table_in_front(scan: Scan) -> None:
    table = scan.structures == Structure.TABLE
    scan.structures[table] = Structure.AIR
    rows = np.nonzero((scan.structures != Structure.AIR).any(axis=1))[0]
    top = max(2, rows[0] - 8)
    middle = scan.structures.shape[1] // 2
    scan.structures[top - 3 : top, middle - 200 : middle + 200] = Structure.TABLE


def _without_rescale(scan: Scan) -> None:
    scan.image = scan.image + np.int16(1024)


def _warm_fat(scan: Scan) -> None:
    for structure in (Structure.SUBCUTANEOUS_FAT, Structure.VISCERAL_FAT, Structure.INTERMUSCULAR_FAT):
        scan.hu_of[structure] = scan.rng.uniform(-64, -52)


def _without_muscle_of_one_side(scan: Scan) -> None:
    scan.labels[:, : SIZE // 2][scan.labels[:, : SIZE // 2] == _MUSCLE] = 0


def _without_bone(scan: Scan) -> None:
    scan.labels[scan.labels == _BONE] = 0


def _most_muscle_missing(scan: Scan) -> None:
    rows, columns = np.nonzero(scan.labels == _MUSCLE)
    lost = rows < np.percentile(rows, 90)
    scan.labels[rows[lost], columns[lost]] = 0


def _labels_front_to_back(scan: Scan) -> None:
    rows = np.flatnonzero(scan.labels.any(axis=1))
    part = scan.labels[rows[0] : rows[-1] + 1]
    part[:] = part[::-1].copy()


def _fat_exchanged(scan: Scan) -> None:
    subcutaneous, visceral = scan.labels == _SUBCUTANEOUS, scan.labels == _VISCERAL
    scan.labels[subcutaneous], scan.labels[visceral] = _VISCERAL, _SUBCUTANEOUS


def _pixels_of(pixel_mm: float) -> Change:
    def change(scan: Scan) -> None:
        scan.geometry = replace(scan.geometry, spacing=(pixel_mm, pixel_mm, SLICE_MM))

    return change


def _fact(**values) -> Change:
    def change(scan: Scan) -> None:
        scan.acquisition.update(values)

    return change


def _found(**values) -> Change:
    def change(scan: Scan) -> None:
        scan.level = replace(scan.level, **values)

    return change


def _in_pounds(scan: Scan) -> None:
    scan.patient = replace(scan.patient, weight_kg=round(2.2046 * scan.patient.weight_kg, 1))


def _too_small(scan: Scan) -> None:
    scan.patient = replace(scan.patient, height_cm=scan.patient.height_cm / 1.8, weight_kg=None)


def _set(**values) -> Change:
    def change(scan: Scan) -> None:
        for name, value in values.items():
            setattr(scan, name, value)

    return change


def _slices_of(thickness_mm: float) -> Change:
    def change(scan: Scan) -> None:
        scan.geometry = replace(scan.geometry, spacing=(PIXEL_MM, PIXEL_MM, thickness_mm))
        scan.acquisition["slice_thickness_mm"] = thickness_mm

    return change


DEFECTS = (
    Defect("NOT_CT", "the file says MR", of_facts=_set(modality="MR")),
    Defect("AIR_OFF_SCALE", "values without rescale", of_image=_without_rescale),
    Defect("FAT_OFF_SCALE", "fat of -64 to -52 HU", of_patient=_warm_fat),
    Defect("FIELD_OF_VIEW_CUT", "both flanks cut by 8 to 25 mm", of_image=_cut),
    Defect("LEVEL_BY_HAND", "no level looked for", of_facts=_set(level=None)),
    Defect("LEVEL_NOT_FOUND", "level not found", of_facts=_found(found=False)),
    Defect("LEVEL_TRANSITIONAL", "a vertebra more", of_facts=_found(transitional=True)),
    Defect("LEVEL_UNCERTAIN", "certainty of 30 %", of_facts=_found(certainty=0.3)),
    Defect("SLICE_OFF_LEVEL", "15 mm below the level", of_facts=_set(index=_MIDDLE - 3)),
    Defect("SINGLE_SLICE", "one slice", of_facts=_set(slices=1, index=0, level=None)),
    Defect("SCAN_ENDS", "5 mm above the lower end", of_facts=_set(index=1)),
    Defect("SLICE_THICK", "slices of 8 mm", of_facts=_slices_of(8.0)),
    Defect("SLICES_APART", "slices 12 mm apart", of_facts=_slices_of(12.0)),
    Defect("PIXELS_LARGE", "pixels of 2.4 mm in the file", of_facts=_pixels_of(2.4)),
    Defect("BODY_WIDTH", "pixels of half their size in the file", of_facts=_pixels_of(PIXEL_MM / 2)),
    Defect("TISSUE_MISSING", "no bone labeled", of_labels=_without_bone),
    Defect("AREA_IMPLAUSIBLE", "all muscle but the rearmost tenth not labeled", of_labels=_most_muscle_missing),
    Defect("MUSCLE_DENSITY", "muscle of -25 to -5 HU", of_patient=_fatty_muscle),
    Defect("MUSCLE_ASYMMETRIC", "muscle of one side not labeled", of_labels=_without_muscle_of_one_side),
    Defect("MUSCLE_FOR_SIZE", "height too small by a factor of 1.8", of_facts=_too_small),
    Defect("BODY_FOR_SIZE", "weight in pounds", of_facts=_in_pounds),
    Defect("CONTRAST", "contrast that the file does not mention", of_patient=_contrast),
    Defect("TUBE_VOLTAGE", "80 kV", of_facts=_fact(kvp=80.0)),
    Defect("SHARP_KERNEL", "kernel for bone", of_facts=_fact(convolution_kernel="Br64d")),
    Defect("NOISE", "38 to 60 HU of noise more", of_image=_noise),
    Defect("METAL", "rods beside the spine", of_patient=_metal),
    Defect("STREAKS", "streaks of 25 to 45 HU", of_image=_streaks),
    Defect("ARMS_IN_FIELD", "arms 6 to 15 mm beside the trunk", of_structures=_arms_apart),
    Defect("ARMS_IN_FIELD", "arms that touch the trunk", of_structures=_arms_touching),
    Defect("NOT_SUPINE", "the file says prone", of_facts=_fact(patient_position="HFP")),
    Defect("NOT_SUPINE", "table in front", of_structures=_table_in_front),
    Defect("NOT_SUPINE", "image upside down", of_image=_upside_down),
    Defect("ASCITES", "free fluid of 20 to 45 mm", of_patient=_ascites),
    Defect("EDEMA", "swollen fat under the skin", of_structures=_edema),
    Defect("UNLIKE_TRAINING", "slice through the chest", of_patient=_chest),
    Defect("UNLIKE_LABEL_MAPS", "labels front to back", of_labels=_labels_front_to_back),
    Defect("UNLIKE_LABEL_MAPS", "subcutaneous and visceral fat exchanged", of_labels=_fat_exchanged),
    Defect("FILE_WARNING", "warning of the reader", of_facts=_set(warnings=("The slices lie unevenly.",))),
)
