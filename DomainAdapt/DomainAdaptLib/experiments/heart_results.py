"""Results of small heart networks, good and bad, with their true Dice and what can be seen of it without the truth."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from SegmentL3Lib.trust.aligned import AlignedSlice
from SegmentL3Lib.trust.doubt import ENTROPY, MUTUAL_INFORMATION, Doubt, entropy
from SegmentL3Lib.trust.evidence import atlas_figures, reverse_figures, sample_figures
from SegmentL3Lib.trust.overlap import dice
from SegmentL3Lib.trust.references import Reference
from SegmentL3Lib.trust.reverse import compare_with_references

from ..adaptation.disturbance import disturb
from ..trust.ruined_masks import MASK_RUINS
from .adaptation_networks import learn, real_samples, small_network
from .adaptation_pairs import Case, pool_of
from .results import Row

STRUCTURES = {1: "right ventricle", 2: "myocardium", 3: "left ventricle"}
UNCHANGED, IMAGE, MASK, MODEL = "undisturbed", "image spoiled", "mask spoiled", "shorter training"
# Those that mean the same for any labels.
_RUINS = ("shifted", "stretched", "swollen", "shrunken", "part missing", "speckled")
_LARGEST_SHIFT = 2  # pixels
_COPY_STRENGTH = 0.5


def heart_rows(
    hearts: Mapping[str, Sequence[Case]], held_out: Sequence[str], settings: Mapping, seed: int
) -> list[Row]:
    """Networks learn from some patients; their results on the others, a row for each structure that is in a mask.

    The references are slices of the patients that the networks learned from.

    Args:
        hearts: phases by patient.
        held_out: patients that the results are of.
        settings: of ``Resources/Experiments/heart_trust.json``, and "folder", where a training keeps its checkpoint.
        seed: of all that is left to chance.

    Returns:
        "patient", "case", "kind", "structure", "dice", and "figures".
    """
    known = [name for name in hearts if name not in held_out]
    networks = _networks([case for name in known for case in hearts[name]], settings, seed)
    references = [
        Reference(f"{name}, {number}", name, _gray(image[0].numpy()), labels)
        for name in known
        for number, case in enumerate(hearts[name])
        for image, labels in (_middle_slice(case),)
    ]
    rows = []
    for name in held_out:
        for number, case in enumerate(hearts[name]):
            rng = np.random.default_rng((seed, sorted(hearts).index(name), number))
            for row in _case_rows(case, networks, references, settings, rng):
                rows.append({"patient": name, "case": f"{name}, {number}", **row})
    return rows


def _networks(cases: Sequence[Case], settings: Mapping, seed: int) -> list[nn.Module]:
    """Networks that have learned for ever longer."""
    training = settings["training"]
    sample = real_samples(pool_of(cases, labeled=True), seed, training["disturbance"])
    loop = {name: training[name] for name in ("batch", "learning_rate")}
    return [
        learn(
            small_network(1 + len(STRUCTURES), training["widths"], seed),
            sample,
            {**loop, "steps": steps},
            seed,
            Path(settings["folder"], f"heart-{steps}.checkpoint"),
        )
        for steps in training["steps"]
    ]


def _case_rows(case: Case, networks, references, settings: Mapping, rng: np.random.Generator) -> Iterator[Row]:
    image, true = _middle_slice(case)
    masks, doubts, kinds = [], [], []
    for network in networks:
        doubts.append(_doubt(network, image, settings["answers"]))
        masks.append(_probabilities(network, image).argmax(0).astype(np.uint8))
        kinds.append(UNCHANGED if network is networks[-1] else MODEL)
    if masks[-1].any():
        for ruin in rng.permutation(_RUINS)[: settings["masks_spoiled"]]:
            masks.append(MASK_RUINS[ruin](masks[len(networks) - 1], settings["pixel_mm"], rng))
            doubts.append(doubts[len(networks) - 1])
            kinds.append(MASK)
    yield from _rows(image, true, masks, doubts, kinds, references)
    for strength in settings["disturbances"]:
        spoiled = disturb(image[None], rng, strength)[0]
        mask = _probabilities(networks[-1], spoiled).argmax(0).astype(np.uint8)
        doubt = _doubt(networks[-1], spoiled, settings["answers"])
        yield from _rows(spoiled, true, [mask], [doubt], [IMAGE], references)


def _rows(image, true, masks, doubts, kinds, references) -> Iterator[Row]:
    laid = AlignedSlice(_gray(image[0].numpy()), np.stack(masks))
    middle = tuple((size - 1) / 2 for size in true.shape)
    compared = compare_with_references(laid, references, values=list(STRUCTURES), center_yx=middle)
    for number, (mask, doubt, kind) in enumerate(zip(masks, doubts, kinds, strict=True)):
        for place, (value, name) in enumerate(STRUCTURES.items()):
            structure = mask == value
            if not structure.any():
                continue
            figures = (
                *reverse_figures(compared.reverse_dice[number, :, place]),
                *atlas_figures(structure, compared.atlas == value),
                *sample_figures(structure, doubt, value),
                structure.mean(),
                *(value == other for other in STRUCTURES),
            )
            yield {
                "kind": kind,
                "structure": name,
                "dice": float(dice(structure, true == value)),
                "figures": [float(figure) for figure in figures],
            }


def _middle_slice(case: Case) -> tuple[torch.Tensor, np.ndarray]:
    middle = len(case.images) // 2
    return case.images[middle], case.labels[middle].numpy().astype(np.uint8)


def _gray(image: np.ndarray) -> np.ndarray:
    """Gray values from 0 to 1; nothing is as dark as the air around a body."""
    low, high = np.percentile(image, (1, 99))
    return np.clip((image - low) / max(high - low, 1e-6), 0.03, 1).astype(np.float32)


@torch.no_grad()
def _probabilities(network: nn.Module, image: torch.Tensor) -> np.ndarray:
    return network(image[None])[0].softmax(0).numpy()


def _doubt(network: nn.Module, image: torch.Tensor, count: int) -> Doubt:
    """Answers to copies that are shifted by up to two pixels, with other gray values; the same copies every time."""
    masks, total, mean_entropy = [], 0.0, 0.0
    for number in range(count):
        rng = np.random.default_rng(number)
        shift = tuple(int(step) for step in rng.integers(-_LARGEST_SHIFT, _LARGEST_SHIFT + 1, 2))
        copy = torch.roll(disturb(image[None], rng, _COPY_STRENGTH)[0], shift, (1, 2))
        answer = np.roll(_probabilities(network, copy), (-shift[0], -shift[1]), (1, 2))
        masks.append(answer.argmax(0).astype(np.uint8))
        total = total + answer / count
        mean_entropy = mean_entropy + entropy(answer) / count
    whole = entropy(total)
    return Doubt(np.stack(masks), {ENTROPY: whole, MUTUAL_INFORMATION: np.maximum(whole - mean_entropy, 0)})
