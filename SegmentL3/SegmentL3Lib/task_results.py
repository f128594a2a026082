"""What a task of the catalog finds in 3D: labels, volumes, lesions and how far they can be trusted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .results import QualityReport
from .structure_volumes import StructureVolume
from .volume import LabelMap


@dataclass(frozen=True)
class Lesion:
    """One lesion: a connected part of a label.

    Attributes:
        number: from 1, the largest first.
        label: id of the label.
        voxels: how many.
        volume_ml: milliliters.
        longest_diameter_mm: largest distance of two points of its surface.
        axial_diameter_mm: the same within one axial slice of the scan.
        centroid_lps_mm: mean position of its voxels (LPS, mm).
        place_lps_mm: a voxel of it near the centroid, which may lie outside of a bent lesion (LPS, mm).
    """

    number: int
    label: str
    voxels: int
    volume_ml: float
    longest_diameter_mm: float
    axial_diameter_mm: float
    centroid_lps_mm: tuple[float, float, float]
    place_lps_mm: tuple[float, float, float]


@dataclass(frozen=True)
class Consistency:
    """Mean Dice of adjacent slices of a label before and after postprocessing; None where it has less than two."""

    before: float | None
    after: float | None


@dataclass(frozen=True, eq=False)
class TaskResult:
    """Everything that one run of a task in 3D found.

    Attributes:
        task: its id.
        segmentation: labels on the voxels of the first image.
        volumes: the labels and their size.
        lesions: largest first; empty where there are none or the task measures none.
        consistency: of the slices, by id of the label.
        quality: how far it can be trusted; its reasons are ``QualityReason``.
        inputs: what became of each input image: "given", "resampled" or "missing", by name.
        model: name, version, hash ... of the model.
        seconds: time taken, by step.
        device: where the network ran.
        precision: of the numbers there.
        software: versions by name.
    """

    task: str
    segmentation: LabelMap
    volumes: tuple[StructureVolume, ...]
    lesions: tuple[Lesion, ...]
    consistency: Mapping[str, Consistency]
    quality: QualityReport
    inputs: Mapping[str, str] = field(default_factory=dict)
    model: Mapping[str, str] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    device: str = ""
    precision: str = ""
    software: Mapping[str, str] = field(default_factory=dict)

    @property
    def total_lesion_ml(self) -> float:
        """Volume of all lesions together, ml."""
        return sum(lesion.volume_ml for lesion in self.lesions)
