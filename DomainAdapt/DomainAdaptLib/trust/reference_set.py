"""The reference slices and the label auto-encoder that are shipped."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch

from SegmentL3Lib.files import check_writable_folder
from SegmentL3Lib.models.shipped import TISSUE_MODEL
from SegmentL3Lib.refine import gate, return_blurred_fat
from SegmentL3Lib.trust.aligned import lay_on_grid
from SegmentL3Lib.trust.plausibility import SHIPPED as PLAUSIBILITY
from SegmentL3Lib.trust.plausibility import LabelAutoEncoder, structure_shares, write_autoencoder
from SegmentL3Lib.trust.references import SHIPPED as REFERENCES
from SegmentL3Lib.trust.references import Reference, write_references

from ..evaluation.phantom_slices import phantom_slice
from ..evaluation.slices import TrueSlice
from ..evaluation.tissue_table import true_slice
from ..experiments.descent import Descent
from ..experiments.variants import fit_autoencoder
from ..synthesis.render import PIXEL_MM, render_slice
from ..training.make_model import prepare
from ..training.material import DrawnSlice, load_drawn
from .recipe import read_trust_recipe

logger = logging.getLogger(__name__)


def make_known_slices(data: Path, work: Path, out: Path) -> None:
    """Write the references and the label auto-encoder.

    Args:
        data: folder with the reference scans.
        work: folder with the material of the tissue recipe, which is made where it is missing.
        out: folder of the files.
    """
    prepare(TISSUE_MODEL, data, work)
    make_references(load_drawn(work / "drawn.npz"), out)
    make_autoencoder(work / "lumbar.npz", out)


def make_references(drawn: Iterable[DrawnSlice], out: Path) -> None:
    """Write the shipped references: drawn slices, the lowest and the highest of each patient, and phantoms.

    Args:
        drawn: slices whose license lets them be shipped.
        out: folder of the file.
    """
    settings = read_trust_recipe()["references"]
    chosen = [true_slice(item) for item in _outermost(drawn, settings["slices_per_patient"])]
    first = settings["first_phantom"]
    chosen += [phantom_slice(number) for number in range(first, first + settings["phantoms"])]
    references = [_reference(item) for item in chosen]
    write_references(references, check_writable_folder(out) / REFERENCES[-1])
    logger.info("%d references written", len(references))


def make_autoencoder(maps: Path, out: Path) -> None:
    """Train the label auto-encoder on phantoms and write it.

    Args:
        maps: label maps of random patients of ``training.material.make_maps``.
        out: folder of the file.
    """
    settings = read_trust_recipe()["plausibility"]
    with np.load(maps, allow_pickle=False) as file:
        chosen = file["maps"][: settings["phantoms"], 0]
    shares = torch.from_numpy(structure_shares(np.stack(list(_phantom_label_maps(chosen)))))
    network = fit_autoencoder(shares, settings["features"], Descent(**settings["descent"]), settings["seed"])
    weights = LabelAutoEncoder(**{name: values.numpy() for name, values in network.state_dict().items()})
    write_autoencoder(weights, check_writable_folder(out) / PLAUSIBILITY[-1])


def _outermost(drawn: Iterable[DrawnSlice], count: int) -> list[DrawnSlice]:
    by_case: dict[str, list[DrawnSlice]] = {}
    for item in drawn:
        by_case.setdefault(item.case, []).append(item)
    chosen = []
    for case in sorted(by_case):
        own = sorted(by_case[case], key=lambda item: item.slice_index)
        places = np.unique(np.linspace(0, len(own) - 1, count).round().astype(int))
        chosen += [own[place] for place in places]
    return chosen


def _reference(item: TrueSlice) -> Reference:
    laid = lay_on_grid(item.hu, [item.drawn], (item.pixel_mm, item.pixel_mm))
    return Reference(f"{item.case}, {item.place}", item.case, laid.image, laid.label_maps[0])


def _phantom_label_maps(maps: np.ndarray) -> Iterator[np.ndarray]:
    for number, fine in enumerate(maps):
        image, regions = render_slice(fine, number)
        hu = image.numpy()
        tissues = gate(return_blurred_fat(regions.numpy().astype(np.uint8), hu), hu)
        yield lay_on_grid(hu, [tissues], (PIXEL_MM, PIXEL_MM)).label_maps[0]
