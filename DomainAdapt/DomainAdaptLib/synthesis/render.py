"""What a scanner would show: CT numbers, texture, partial volume, noise and artifacts for a map of structures.

Domain randomization as in SynthSeg (Billot et al., Medical Image Analysis 2023), narrowed to what CT scanners do.
"""

import numpy as np
import torch
from scipy import ndimage
from torch.nn import functional

from .structures import MUSCLES, Structure, tissue_classes

GRID = (352, 448)  # rows, columns of a training sample
PIXEL_MM = 0.875
MAP_MM = 1.0  # pixels of the label maps that are rendered
_NATIVE_SHARE = 0.38  # of scans, without intravenous contrast
_LONG = 16.0  # correlation length, pixels, from which a field may be made coarsely first


def smooth_field(generator: torch.Generator, shape: tuple[int, int], length: float, channels: int = 1) -> torch.Tensor:
    """Random field (channels, rows, columns), unit variance at its nodes, with a correlation length in pixels."""
    rows, columns = shape
    size = (1, channels, max(2, int(rows / length) + 2), max(2, int(columns / length) + 2))
    field = torch.randn(*size, generator=generator)
    if length >= _LONG and min(shape) >= _LONG:  # bicubic interpolation is what rendering spends most of its time on
        field = functional.interpolate(field, size=(rows // 4, columns // 4), mode="bicubic", align_corners=True)
        return functional.interpolate(field, size=shape, mode="bilinear", align_corners=True)[0]
    return functional.interpolate(field, size=shape, mode="bicubic", align_corners=True)[0]


def gaussian_blur(image: torch.Tensor, sigma: float) -> torch.Tensor:
    """Blur a (rows, columns) image; sigma in pixels."""
    if sigma < 0.15:
        return image
    half = max(1, int(3 * sigma + 0.5))
    kernel = torch.exp(-0.5 * (torch.arange(-half, half + 1) / sigma) ** 2)
    kernel = kernel / kernel.sum()
    image = functional.pad(image[None, None], (half, half, half, half), mode="replicate")
    image = functional.conv2d(image, kernel.view(1, 1, 1, -1))
    return functional.conv2d(image, kernel.view(1, 1, -1, 1))[0, 0]


def random_hu(rng: np.random.Generator, contrast: bool | None = None) -> np.ndarray:
    """Mean CT number of each structure in one random scan (HU, float32, indexed by structure).

    Args:
        contrast: with or without intravenous contrast; None: left to chance.
    """
    draw, normal = rng.uniform, rng.standard_normal
    s = Structure
    hu = np.zeros(len(Structure), np.float32)
    hu[s.AIR] = -1000
    hu[s.SUBCUTANEOUS_FAT] = sat = draw(-118, -88)
    hu[s.VISCERAL_FAT] = vat = sat + draw(-5, 18)
    hu[s.INTERMUSCULAR_FAT] = vat + draw(0, 28)
    hu[s.RENAL_SINUS_FAT] = vat + draw(0, 20)
    hu[s.FAT_SEPTUM] = draw(-80, 10)
    muscle = draw(5, 75)
    for structure in MUSCLES:
        hu[structure] = muscle + 6 * normal()
    hu[s.APONEUROSIS] = muscle + draw(-30, 10)
    hu[s.DIAPHRAGM] = muscle + draw(-10, 10)
    hu[s.SKIN] = draw(-40, 60)
    hu[s.CORTICAL_BONE] = draw(280, 1000)
    hu[s.TRABECULAR_BONE] = draw(110, 330) if draw() < 0.75 else draw(40, 120)
    hu[s.RIB], hu[s.HIP_BONE], hu[s.SACRUM] = draw(150, 700), draw(60, 400), draw(40, 330)
    hu[s.COSTAL_CARTILAGE] = draw(60, 160)
    hu[s.INTERVERTEBRAL_DISC] = muscle + draw(5, 60)
    hu[s.SPINAL_CANAL] = draw(-5, 45)
    hu[s.LUNG] = draw(-900, -700)
    phase = draw(0, 1)
    if contrast is not None:
        phase = _NATIVE_SHARE + (1 - _NATIVE_SHARE) * phase if contrast else _NATIVE_SHARE * phase
    native = phase < _NATIVE_SHARE
    if native:
        aorta, cava, kidney, liver, wall = draw(25, 55), draw(25, 50), draw(22, 42), draw(10, 68), draw(15, 50)
    elif phase < 0.78:  # portal venous
        aorta, cava, kidney, liver, wall = draw(110, 200), draw(70, 190), draw(130, 230), draw(50, 130), draw(35, 120)
    else:  # arterial
        aorta, cava, kidney, liver, wall = draw(200, 420), draw(40, 150), draw(110, 230), draw(40, 100), draw(35, 130)
    hu[s.AORTA], hu[s.INFERIOR_VENA_CAVA], hu[s.HEART] = aorta, cava, aorta * draw(0.6, 1)
    hu[s.RENAL_CORTEX], hu[s.RENAL_MEDULLA] = kidney, kidney * draw(0.3, 1.1)
    hu[s.LIVER], hu[s.SPLEEN], hu[s.PANCREAS] = liver, liver * draw(0.9, 1.3), wall + draw(-15, 15)
    hu[s.VESSEL] = draw(0, 50) if native else draw(0, 180)
    hu[s.BOWEL_WALL] = wall
    hu[s.BOWEL_FLUID] = draw(-10, 45) if draw(0, 1) < 0.8 else draw(-60, 90)
    hu[s.STOOL], hu[s.BOWEL_GAS], hu[s.ORAL_CONTRAST] = draw(-90, 70), draw(-1000, -700), draw(100, 800)
    hu[s.ASCITES], hu[s.MASS], hu[s.MASS_NODULE] = draw(-8, 30), draw(-5, 75), draw(10, 110)
    hu[s.CALCIFICATION], hu[s.METAL], hu[s.TABLE] = draw(300, 1200), draw(1500, 3000), draw(-800, 250)
    hu[s.ARM_SOFT_TISSUE], hu[s.ARM_FAT], hu[s.ARM_BONE] = draw(20, 70), sat, 500
    if draw(0, 1) < 0.25:
        soft = (hu > -200) & (hu < 250)
        hu += np.where(soft, 10 * rng.standard_normal(len(hu)), 0).astype(np.float32)
    return hu


def _random_grid(map_shape: tuple[int, int], rng, generator) -> torch.Tensor:
    """Sampling grid of a random affine and elastic deformation of a label map onto ``GRID``."""
    draw, normal = rng.uniform, rng.standard_normal
    angle = np.radians(6 * normal()) if draw() < 0.85 else np.radians(draw(-25, 25))
    scale, stretch, shear = np.exp(0.10 * normal()), np.exp(0.08 * normal()), 0.05 * normal()
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = rotation @ np.array([[1, shear], [0, 1]]) @ np.diag([1 / scale / stretch, 1 / scale * stretch])
    if draw() < 0.12:  # situs inversus, mirrored headers
        matrix = matrix @ np.diag([-1, 1])
    y, x = (torch.arange(size) * PIXEL_MM - (size - 1) * PIXEL_MM / 2 for size in GRID)
    y, x = torch.meshgrid(y, x, indexing="ij")
    bend = smooth_field(generator, GRID, 90, 2) * draw(0, 9) + smooth_field(generator, GRID, 28, 2) * draw(0, 2.5)
    map_x = float(matrix[0, 0]) * x + float(matrix[0, 1]) * y + 8 * normal() + bend[0]
    map_y = float(matrix[1, 0]) * x + float(matrix[1, 1]) * y + 8 * normal() + bend[1]
    half_rows, half_columns = (MAP_MM * size / 2 for size in map_shape)
    return torch.stack([map_x / half_columns, map_y / half_rows], -1)[None].float()


def _deform(fine: np.ndarray, grid: torch.Tensor) -> torch.Tensor:
    source = torch.from_numpy(fine.astype(np.float32))[None, None]
    deformed = functional.grid_sample(source, grid, mode="nearest", padding_mode="zeros", align_corners=False)
    return deformed[0, 0].long()


def _among(fine: torch.Tensor, structures) -> torch.Tensor:
    table = torch.zeros(len(Structure), dtype=torch.bool)
    table[list(structures)] = True
    return table[fine]


def _add_texture(image, fine, rng, generator):
    draw, shape = rng.uniform, tuple(fine.shape)
    muscle = _among(fine, MUSCLES)
    fat = _among(fine, (Structure.SUBCUTANEOUS_FAT, Structure.VISCERAL_FAT, Structure.INTERMUSCULAR_FAT))
    grain = smooth_field(generator, shape, draw(3, 14))[0]
    image = image + muscle * grain * draw(2, 16) + fat * grain * draw(0, 5)
    spongy = _among(fine, (Structure.TRABECULAR_BONE, Structure.SACRUM, Structure.HIP_BONE))
    image = image + spongy * smooth_field(generator, shape, 6)[0] * draw(5, 60)
    lumpy = _among(fine, (Structure.STOOL, Structure.MASS))
    image = image + lumpy * smooth_field(generator, shape, draw(3, 9))[0] * draw(2, 45)
    if draw() < 0.3:  # myosteatosis, mostly above the -29 HU gate
        spots = torch.relu(smooth_field(generator, shape, draw(4, 10))[0] - draw(0.3, 1.5))
        image = torch.where(muscle, image - spots * draw(10, 60), image)
    if draw() < 0.15:  # edema of subcutaneous and visceral fat
        haze = torch.relu(smooth_field(generator, shape, draw(8, 40))[0]) * draw(5, 40)
        image = torch.where(fat, image + haze, image)
    if draw() < 0.2:
        image = soak_back(image, _among(fine, (Structure.SUBCUTANEOUS_FAT,)), rng, generator)
    drift = smooth_field(generator, shape, 200)[0] * draw(0, 6)
    return image + torch.where(image > -400, drift, torch.zeros(()))


def soak_back(
    image: torch.Tensor, subcutaneous: torch.Tensor, rng: np.random.Generator, generator: torch.Generator
) -> torch.Tensor:
    """Edema where a patient lies on it: the fat of the back takes up water, up to all but water.

    Args:
        image: CT numbers (HU), shape (rows, columns), the back below.
        subcutaneous: where subcutaneous fat is, same shape.
    """
    shape, draw = tuple(image.shape), rng.uniform
    behind = (torch.arange(shape[0]) / shape[0] - draw(0.5, 0.75)).clamp(min=0)[:, None]
    water = torch.relu(smooth_field(generator, shape, draw(12, 50))[0] + draw(0, 1)) * behind * draw(100, 500)
    return torch.where(subcutaneous, torch.minimum(image + water, image.clamp(min=15)), image)


def add_subfascial_fat(fine: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Part of the fat behind the erector spinae comes to lie under its fascia, where it is intermuscular.

    Args:
        fine: structures, uint8 (rows, columns), pixels of ``MAP_MM``.

    Returns:
        Structures with a layer of fat of varying thickness and a thin fascia behind it.
    """
    erector = fine == Structure.ERECTOR_SPINAE
    if not erector.any():
        return fine
    waves = rng.standard_normal(8)
    columns = np.linspace(0, 7, fine.shape[1])
    thickness = np.clip(rng.uniform(2, 11) * (0.7 + 0.6 * np.interp(columns, np.arange(8), waves)), 0, 13) / MAP_MM
    fascia = rng.uniform(0.8, 2) / MAP_MM
    behind = np.logical_or.accumulate(erector, axis=0)
    loose = behind & np.isin(fine, (Structure.SUBCUTANEOUS_FAT, Structure.FAT_SEPTUM, Structure.APONEUROSIS))
    distance = ndimage.distance_transform_edt(~erector)
    changed = fine.copy()
    changed[loose & (distance < thickness + fascia) & (thickness > fascia)] = Structure.APONEUROSIS
    changed[loose & (distance < thickness) & (thickness > fascia)] = Structure.INTERMUSCULAR_FAT
    return changed


def _mix_through_plane(image, rng, generator):
    """Average with a slightly displaced copy, as a thick slice does."""
    rows, columns = image.shape
    amplitude = rng.uniform(0, 2.2) / PIXEL_MM
    shift = smooth_field(generator, (rows, columns), 40, 2) * amplitude
    x = (torch.arange(columns) + 0.5)[None, :] + shift[0]
    y = (torch.arange(rows) + 0.5)[:, None] + shift[1]
    grid = torch.stack([x, y], -1) / torch.tensor([columns / 2, rows / 2]) - 1
    displaced = functional.grid_sample(
        image[None, None], grid[None].float(), padding_mode="border", align_corners=False
    )[0, 0]
    share = rng.uniform(0.25, 0.5)
    return (1 - share) * image + share * displaced


def add_noise(
    image: torch.Tensor, rng: np.random.Generator, generator: torch.Generator, strongest=45.0
) -> torch.Tensor:
    """Correlated noise, stronger in the middle; streaks; low resolution; sharp kernel."""
    draw, (rows, columns) = rng.uniform, image.shape
    y = torch.arange(rows)[:, None] - rows / 2
    x = torch.arange(columns)[None] - columns / 2
    deviation = np.exp(draw(np.log(2), np.log(strongest)))
    noise = gaussian_blur(torch.randn(rows, columns, generator=generator), draw(0.3, 2))
    noise = noise / noise.std() * deviation
    if draw() < 0.4:
        noise = noise * (1 + draw(0, 1) * torch.exp(-(y**2 / 120**2 + x**2 / 160**2)))
    if draw() < 0.15:  # horizontal streaks
        streaks = smooth_field(generator, (rows, 2), draw(2.4, 8))[0][:, :1] * draw(2, 22)
        noise = noise + streaks * torch.exp(-(((x - draw(-100, 100)) / draw(120, 280)) ** 2))
    image = image + noise
    if draw() < 0.3:
        factor = draw(1.05, 3.5)
        small = (int(rows / factor), int(columns / factor))
        image = functional.interpolate(image[None, None], size=small, mode="bilinear", align_corners=False)
        image = functional.interpolate(image, size=(rows, columns), mode="bilinear", align_corners=False)[0, 0]
    if draw() < 0.3:
        image = image + draw(0.2, 1.2) * (image - gaussian_blur(image, draw(0.8, 2.5)))
    return image


def cut_field_of_view(image: torch.Tensor, classes: torch.Tensor, rng: np.random.Generator):
    """Blank what lies outside a circular field of view."""
    rows, columns = image.shape
    y = torch.arange(rows) - rows / 2 - 20 * rng.standard_normal()
    x = torch.arange(columns) - columns / 2 - 20 * rng.standard_normal()
    y, x = torch.meshgrid(y, x, indexing="ij")
    outside = torch.hypot(y, x) * PIXEL_MM > rng.uniform(140, 230)
    fill = -1000.0 if rng.uniform() < 0.5 else -2000.0
    image = torch.where(outside, torch.full((), fill), image)
    return image, torch.where(outside, torch.zeros((), dtype=classes.dtype), classes)


def render_slice(fine: np.ndarray, seed: int, neighbor: np.ndarray | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """Make a training pair from a label map.

    Args:
        fine: structures, uint8 (rows, columns), pixels of ``MAP_MM``.
        seed: the same map and seed give the same pair.
        neighbor: map of the same patient a few millimeters away, which a thick slice shows too.

    Returns:
        CT numbers (HU, float32) and tissue classes (int64), both of shape ``GRID`` with pixels of ``PIXEL_MM``.
    """
    rng = np.random.default_rng(seed)
    draw = rng.uniform
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    grid = _random_grid(fine.shape, rng, generator)
    hu = torch.from_numpy(random_hu(rng))
    if draw() < 0.5:
        layer = int(rng.integers(2**31))
        fine, neighbor = (
            None if labels is None else add_subfascial_fat(labels, np.random.default_rng(layer))
            for labels in (fine, neighbor)
        )
    fine = _deform(fine, grid)
    image = _add_texture(hu[fine], fine, rng, generator)
    if neighbor is not None and draw() < 0.7:
        share = draw(0, 0.5)
        image = (1 - share) * image + share * hu[_deform(neighbor, grid)]
    elif draw() < 0.6:
        image = _mix_through_plane(image, rng, generator)
    image = add_noise(gaussian_blur(image, draw(0.3, 1.6)), rng, generator)
    # The skin rim is measured after the deformation, so that it stays 2 mm in the image.
    classes = torch.from_numpy(tissue_classes(fine.numpy(), PIXEL_MM).astype(np.int64))
    if draw() < 0.2:
        image, classes = cut_field_of_view(image, classes, rng)
    return image.float(), classes
