"""Lesions as people read them: rows of table, report and picture."""

from dataclasses import dataclass

from ..task_results import Lesion, TaskResult


@dataclass(frozen=True)
class LesionRow:
    """One lesion in text."""

    number: str
    structure: str
    volume_ml: str
    longest_mm: str
    axial_mm: str
    centroid: str


def lesion_rows(result: TaskResult) -> list[LesionRow]:
    """One row for each lesion, the largest first."""
    names = {volume.label.id: volume.label.name for volume in result.volumes}
    return [
        LesionRow(
            number=str(lesion.number),
            structure=names[lesion.label],
            volume_ml=volume_text(lesion.volume_ml),
            longest_mm=f"{lesion.longest_diameter_mm:.1f}",
            axial_mm=f"{lesion.axial_diameter_mm:.1f}",
            centroid=", ".join(f"{value:.1f}" for value in lesion.centroid_lps_mm),
        )
        for lesion in result.lesions
    ]


def volume_text(volume_ml: float) -> str:
    """Milliliters, with more decimals the smaller they are."""
    return f"{volume_ml:.1f}" if volume_ml >= 10 else f"{volume_ml:.2f}" if volume_ml >= 0.1 else f"{volume_ml:.3f}"


def count_text(lesions: tuple[Lesion, ...]) -> str:
    """Such as "3 lesions, together 12.4 ml"."""
    if not lesions:
        return "No lesion was found"
    total = volume_text(sum(lesion.volume_ml for lesion in lesions))
    return f"1 lesion, {total} ml" if len(lesions) == 1 else f"{len(lesions)} lesions, together {total} ml"
