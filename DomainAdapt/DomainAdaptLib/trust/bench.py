"""Results of every quality with their true Dice, and what can be seen of it without the truth."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from SegmentL3Lib.files import atomic_path, check_writable_folder
from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.models import Bundle, shipped_model
from SegmentL3Lib.models.shipped import TISSUE_MODEL
from SegmentL3Lib.refine import refine
from SegmentL3Lib.segment import segment_slice
from SegmentL3Lib.trust.aligned import body_window
from SegmentL3Lib.trust.doubt import gather
from SegmentL3Lib.trust.evidence import FIGURES, gather_evidence
from SegmentL3Lib.trust.overlap import dice
from SegmentL3Lib.trust.plausibility import shipped_autoencoder
from SegmentL3Lib.trust.references import shipped_references
from SegmentL3Lib.trust.samples import sampled_probabilities

from ..evaluation.held_out import held_out_models
from ..evaluation.phantom_slices import FIRST_SEED, phantom_slice, phantom_slice_at
from ..evaluation.slices import TrueSlice
from ..evaluation.tissue_table import true_slice
from ..training.material import read_drawn_slices
from ..training.packaging import package
from .recipe import read_trust_recipe
from .ruined_images import IMAGE_RUINS
from .ruined_masks import MASK_RUINS
from .weakened import weakened

UNCHANGED, OTHER_LEVEL, THICK = "unchanged", "other level", "thick slice"
IMAGE, MASK, MODEL, LEVEL = "image", "mask", "model", "level"
DRAWN, PHANTOM = "drawn", "phantom"
MASK_RUINS_PER_SLICE = 4
_WEAK_LEVELS = (0.3, 0.6, 0.9)  # ends of the ranges of the weaker and of the weakest networks
_THICK_MM = (-8.0, 8.0)
_OTHER_LEVELS_MM = (95.0, 135.0)  # above or below the middle of L3: the thorax, or the pelvis
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Result:
    """A structure of a result of the bench.

    Attributes:
        case: image that the result belongs to.
        patient: patient.
        source: "drawn" or "phantom".
        kind: what was spoiled: "unchanged", "image", "mask", "model" or "level".
        ruin: how.
        structure: id of the label.
        dice: true overlap.
        area_cm2, true_cm2: area of the result and of the truth, both by the pixel size in the file.
        figures: of ``evidence.FIGURES``.
    """

    case: str
    patient: str
    source: str
    kind: str
    ruin: str
    structure: str
    dice: float
    area_cm2: float
    true_cm2: float
    figures: tuple[float, ...]


@dataclass(frozen=True)
class _Task:
    """An image of the bench, made when it is needed, and the models whose results on it are wanted."""

    key: str
    patient: str
    source: str
    kind: str
    ruin: str
    make: Callable[[], TrueSlice]
    models: Mapping[str, Callable[[], Bundle]]
    spoil_masks: bool
    seed: tuple[int, ...]


def run_bench(data: Path, work: Path) -> list[Result]:
    """Measure every result of the bench; those whose files are in ``work`` are not measured again.

    Args:
        data: folder with the reference scans.
        work: folder with the weights of the tissue recipe's runs; the bench is kept in ``trust`` in it.

    Raises:
        InputError: a file cannot be read or written.
        ModelError: weights that are needed are not there.
    """
    folder = check_writable_folder(work / "trust")
    tasks = list(_tasks(data, work))
    results = []
    for number, task in enumerate(tasks, start=1):
        path = folder / f"{task.key}.json"
        if not path.exists():
            _write(_measure(task), path)
            logger.info("%d of %d images of the bench measured", number, len(tasks))
        results += _read(path)
    return results


def _tasks(data: Path, work: Path) -> Iterator[_Task]:
    """All images, unchanged ones first, patients taking turns."""
    tasks = [*_drawn_tasks(data, work), *_phantom_tasks(work)]
    return iter(sorted(tasks, key=lambda task: (int(task.key.split("-")[0]), task.key)))


def _drawn_tasks(data: Path, work: Path) -> Iterator[_Task]:
    seed = read_trust_recipe()["bench"]["seed"]
    generated = cache(lambda: _generated_only(work))
    items = sorted(map(true_slice, read_drawn_slices(data)), key=lambda item: (item.case, int(item.place)))
    for model, cases in held_out_models(TISSUE_MODEL, work):
        for number, item in enumerate(items):
            if item.case in cases:
                yield from _tasks_of(
                    item.case, item.place, DRAWN, lambda item=item: item, model, generated, (seed, 0, number)
                )


def _phantom_tasks(work: Path) -> Iterator[_Task]:
    settings = read_trust_recipe()["bench"]
    generated = cache(lambda: _generated_only(work))
    model = shipped_model(TISSUE_MODEL)
    for number in range(settings["phantoms"]):
        phantom = settings["first_phantom"] + number
        seed = settings["seed"], 1, number
        patient = f"phantom {FIRST_SEED + phantom}"
        yield from _tasks_of(
            patient, "", PHANTOM, lambda phantom=phantom: phantom_slice(phantom), model, generated, seed
        )
        for ruin, kind, make in ((THICK, IMAGE, _thick), (OTHER_LEVEL, LEVEL, _other_level)):
            if number % 4 == 2 * (ruin == THICK):
                yield _Task(
                    f"1-{patient}-{ruin}".replace(" ", "_"),
                    patient,
                    PHANTOM,
                    kind,
                    ruin,
                    lambda phantom=phantom, make=make: make(FIRST_SEED + phantom),
                    {UNCHANGED: lambda: model},
                    False,
                    (*seed, 99),
                )


def _tasks_of(patient, place, source, make, model, generated, seed) -> Iterator[_Task]:
    rng = np.random.default_rng(seed)
    name = f"{patient}-{place}".strip("-").replace(" ", "_")
    low, middle, high = _WEAK_LEVELS
    levels = rng.uniform(low, middle), rng.uniform(middle, high)
    models = {
        UNCHANGED: lambda: model,
        "weights that no real image has trained": generated,
        **{
            f"weights with noise of {level:.2f}": lambda level=level: weakened(model, level, seed[-1])
            for level in (levels if source == DRAWN else levels[1:])
        },
    }
    yield _Task(f"0-{name}", patient, source, UNCHANGED, UNCHANGED, make, models, True, (*seed, 0))
    ruin = str(rng.choice(list(IMAGE_RUINS)))
    spoiled_seed = (*seed, 1)

    def spoiled() -> TrueSlice:
        return IMAGE_RUINS[ruin](make(), np.random.default_rng(spoiled_seed))

    key = f"1-{name}-{ruin}".replace(" ", "_")
    yield _Task(key, patient, source, IMAGE, ruin, spoiled, {UNCHANGED: lambda: model}, False, spoiled_seed)


def _generated_only(work: Path) -> Bundle:
    return package(TISSUE_MODEL, "first", work)


def _thick(seed: int) -> TrueSlice:
    """The mean of three slices 8 mm apart, too thick for others beside it; the truth is that of the middle."""
    middle = phantom_slice_at(seed, 0.0, "L3")
    others = [phantom_slice_at(seed, z_mm, "L3").hu for z_mm in _THICK_MM]
    return replace(middle, hu=np.mean([middle.hu, *others], axis=0).round().astype(np.int16), beside=())


def _other_level(seed: int) -> TrueSlice:
    rng = np.random.default_rng((seed, 5))
    return phantom_slice_at(seed, rng.choice((-1, 1)) * rng.uniform(*_OTHER_LEVELS_MM), OTHER_LEVEL)


def _measure(task: _Task) -> list[Result]:
    item = _cropped(task.make())
    spacing = item.pixel_mm, item.pixel_mm
    masks, doubts, names = [], [], []
    for name, make_model in task.models.items():
        model = make_model()
        masks.append(refine(segment_slice(item.hu, spacing, model, beside=item.beside), item.hu, spacing))
        doubts.append(gather(sampled_probabilities(item.hu, spacing, model), item.hu, spacing))
        names.append((task.kind, task.ruin) if name == UNCHANGED else (MODEL, name))
    if task.spoil_masks:
        rng = np.random.default_rng(task.seed)
        for ruin in rng.permutation(list(MASK_RUINS))[:MASK_RUINS_PER_SLICE]:
            masks.append(MASK_RUINS[ruin](masks[0], item.pixel_mm, rng))
            doubts.append(doubts[0])
            names.append((MASK, str(ruin)))
    references = [reference for reference in shipped_references() if reference.patient != task.patient]
    try:
        evidence = gather_evidence(item.hu, spacing, masks, doubts, references, shipped_autoencoder())
    except ValueError:
        logger.warning("%s shows no body; it is left out", task.key)
        return []
    return [
        result
        for name, mask, figures in zip(names, masks, evidence, strict=True)
        for result in _results(task, item, name, mask, figures)
    ]


def _cropped(item: TrueSlice) -> TrueSlice:
    window = body_window(item.hu, (item.pixel_mm, item.pixel_mm))
    beside = tuple(replace(each, hu=each.hu[window]) for each in item.beside)
    return replace(item, hu=item.hu[window], drawn=item.drawn[window], beside=beside)


def _results(task: _Task, item: TrueSlice, name: tuple[str, str], mask, figures) -> Iterator[Result]:
    pixel_cm2 = item.pixel_mm**2 / 100
    for label, values in zip(load_labels(), figures, strict=True):
        found, drawn = mask == label.value, item.drawn == label.value
        if not found.any() and not drawn.any():
            continue
        yield Result(
            case=task.key,
            patient=task.patient,
            source=task.source,
            kind=name[0],
            ruin=name[1],
            structure=label.id,
            dice=dice(found, drawn),
            area_cm2=float(found.sum() * pixel_cm2),
            true_cm2=float(drawn.sum() * pixel_cm2),
            figures=tuple(float(value) for value in values),
        )


def _write(results: Sequence[Result], path: Path) -> None:
    rows = [{**vars(result), "figures": dict(zip(FIGURES, result.figures, strict=True))} for result in results]
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(rows), encoding="utf-8")


def _read(path: Path) -> list[Result]:
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [Result(**{**row, "figures": tuple(row["figures"][name] for name in FIGURES)}) for row in rows]
