"""The figures that a model card shows."""

from pathlib import Path

from SegmentL3Lib.files import check_writable_folder
from SegmentL3Lib.models.shipped import FETAL_BRAIN_MODEL, FETAL_ORGANS_MODEL, LESION_MODEL, TISSUE_MODEL

from ..training.packaging import package
from ..training.recipe import read_recipe
from .crf_choice import choose_refinement, lesion_patients, organ_patients
from .cut_scans import cut_scans
from .evaluate import (
    PHANTOMS,
    evaluate_cut_level,
    evaluate_level,
    evaluate_phantom_level,
    evaluate_phantom_tissue,
    evaluate_tissue,
)
from .fetal import evaluate_fetal
from .fetal_organs import evaluate_organs, organ_scans
from .fetal_scans import left_out_scans
from .lesion_scans import read_lesion_scans
from .lesions import evaluate_lesions
from .level_table import measured_scans
from .phantom_slices import measured_phantom_slices
from .phantom_spines import measured_phantom_scans
from .tissue_table import measured_slices


def card_sections(name: str, data: Path | None, work: Path, workers: int = 0) -> dict[str, str]:
    """Measure the weights of a recipe.

    Args:
        name: name of the recipe.
        data: folder with the reference scans; None for a model that is made of shapes alone.
        work: folder with the weights; tables and pictures are written to ``evaluation`` in it.
        workers: processes that generate patients beside the measuring.

    Returns:
        Markdown by placeholder of the card: "figures" of weights on real patients that they have not seen, "phantoms"
        of the final weights on generated patients, "cuts" of the first ones on scans made to end near L3, "refinement"
        what the conditional random field does there.
    """
    out = check_writable_folder(work / "evaluation")
    final = package(name, "final", work)
    recipe = read_recipe(name)
    if name == LESION_MODEL:
        return {
            "figures": evaluate_lesions(read_lesion_scans(data), final, out),
            "refinement": choose_refinement(lesion_patients(final, recipe, work), recipe["refinement_choices"]),
        }
    if name == FETAL_ORGANS_MODEL:
        return {
            "figures": evaluate_organs(organ_scans(recipe), final, out),
            "refinement": choose_refinement(organ_patients(final, recipe, work), recipe["refinement_choices"]),
        }
    if name == FETAL_BRAIN_MODEL:
        return {"figures": evaluate_fetal(left_out_scans(data, recipe["left_out"]), final, out)}
    if name == TISSUE_MODEL:
        return {
            "figures": evaluate_tissue(measured_slices(data, work), out),
            "phantoms": evaluate_phantom_tissue(measured_phantom_slices(final, PHANTOMS, workers), out),
        }
    return {
        "figures": evaluate_level(measured_scans(data, work), out),
        "cuts": evaluate_cut_level(measured_scans(data, work, versions=cut_scans), out),
        "phantoms": evaluate_phantom_level(measured_phantom_scans(final, PHANTOMS, workers), out),
    }
