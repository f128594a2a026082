"""One adaptation, from the files of a job to the files of the result."""

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from torch import nn

from SegmentL3Lib.errors import UsageError
from SegmentL3Lib.files import check_writable_folder
from SegmentL3Lib.inference import Box, choose_device, predict
from SegmentL3Lib.inference.allocation import kept_memory
from SegmentL3Lib.models import SegmentationModel
from SegmentL3Lib.orientation import axial_order
from SegmentL3Lib.progress import Progress, part
from SegmentL3Lib.volume import LabelMap, Volume
from SegmentL3Lib.writing import write_segmentation

from ..jobs import AdaptJob
from .catalog import find_method
from .guard import Guard, Verdict
from .images import image_hash, make_pool, read_label_maps, read_scans
from .methods import adapt, require_effect
from .model import AdaptableModel, find_model
from .package import remove_adapted, write_adapted
from .pictures import colored_slice, fullest_slice, gray_slice, side_by_side
from .pool import Pool
from .report import DOUBTFUL, GOOD, Table, figure_table, number, without_nan, write_json, write_page
from .resuming import begin, end
from .structures import with_new_structures
from .task import Metric, Task

ACCOUNT, REPORT, PACKAGE = "adaptation.json", "adaptation.html", "model"
_KEPT_ASIDE = 4  # one labeled case in so many is not learned from
_MOST_SLICES = 20  # of a scan that are segmented before and after, where the network is 2D
logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class LabeledScans:
    """Scans with their label maps (None where they are not known)."""

    scans: Sequence[Volume]
    labels: Sequence[np.ndarray] | None

    def chosen(self, numbers: Sequence[int]) -> "LabeledScans":
        """Some of them."""
        labels = None if self.labels is None else [self.labels[number] for number in numbers]
        return LabeledScans([self.scans[number] for number in numbers], labels)

    def pool(self, adaptable: AdaptableModel) -> Pool | None:
        """What the network sees of them; None where there are none."""
        return make_pool(self.scans, adaptable, self.labels) if self.scans else None


class Run:
    """One adaptation on its way."""

    def __init__(self, job: AdaptJob, progress: Progress, metric: Metric):
        """Take a job, and who is told of it."""
        self._job, self._progress, self._metric = job, progress, metric
        self._method = find_method(job.method)
        self._settings = self._method.settings_with(job.settings or {})

    @kept_memory()
    def do(self) -> dict:
        """Do all of it; returns what the result says, see ``work.do_adapt``."""
        job, began = self._job, time.perf_counter()
        folder = check_writable_folder(job.out)
        self._progress(0.0, "Loading the model")
        adaptable, transfer = find_model(job.model, job.models_dir), None
        if job.structures:
            adaptable, transfer = with_new_structures(adaptable, job.structures, job.seed)
        require_effect(job.method, adaptable.network)
        self._progress(0.02, "Reading the images")
        target = LabeledScans(read_scans(job.target, adaptable), None)
        source = _read(job.source, job.source_labels, adaptable)
        validation = _read(job.validation, job.validation_labels, adaptable)
        provenance = self._provenance(adaptable, target, source, validation)
        if transfer is not None:
            provenance |= {"structures": list(job.structures), "transfer": transfer.sentence()}
        checkpoint = self._prepare_folder(folder, provenance)
        learned, judged = _split(validation, self._method.needs_labels)
        task = Task(
            network=adaptable.network,
            target=target.pool(adaptable),
            source=source.pool(adaptable),
            labeled=learned.pool(adaptable),
            checkpoint=checkpoint,
            device=choose_device(job.device).type,
            seed=job.seed,
            progress=part(self._progress, 0.1, 0.7),
            metric=self._metric,
        )
        adapted = adapt(job.method, task, self._settings)
        self._progress(0.7, "Judging")
        guard = Guard(task, judged.pool(adaptable))
        verdict, package = self._judged(guard, adaptable, adapted.network, folder, provenance)
        after = package or adaptable.with_network(adapted.network)
        before_files, shown_before = self._segment(adaptable, adaptable.model, target, folder / "before", 0.75)
        after_files, shown_after = self._segment(adaptable, after, target, folder / "after", 0.87)
        account = {
            **provenance,
            "kept": verdict.kept,
            "sentence": verdict.sentence,
            "before": dict(verdict.before),
            "after": dict(verdict.after),
            "evidence": dict(adapted.evidence),
            "seconds": time.perf_counter() - began,
        }
        if any(_shown_part(scan, adaptable) for scan in target.scans):
            account["slices_segmented"] = _MOST_SLICES
        write_json(folder / ACCOUNT, account)
        picture = _picture(adaptable, target.scans[0], shown_before, shown_after)
        self._write_page(folder / REPORT, adaptable, account, verdict, picture)
        end(folder)
        self._progress(1.0, "Done")
        return without_nan(
            {
                "kept": verdict.kept,
                "sentence": verdict.sentence,
                "model": str(folder / PACKAGE if verdict.kept else adaptable.folder),
                "report": str(folder / REPORT),
                "json": str(folder / ACCOUNT),
                "before": before_files,
                "after": after_files,
                "figures": {"before": dict(verdict.before), "after": dict(verdict.after), **adapted.evidence},
            }
        )

    def _provenance(
        self, adaptable: AdaptableModel, target: LabeledScans, source: LabeledScans, validation: LabeledScans
    ) -> dict:
        return {
            "parent": adaptable.model.describe(),
            "method": self._method.name,
            "reference": self._method.reference,
            "settings": self._settings,
            "seed": self._job.seed,
            "target_images_sha256": [image_hash(scan) for scan in target.scans],
            "source_images_sha256": [image_hash(scan) for scan in source.scans],
            "source_labels_known": source.labels is not None,
            "validation_images_sha256": [image_hash(scan) for scan in validation.scans],
            "software": {name: version(name) for name in ("torch", "monai", "numpy")},
        }

    def _prepare_folder(self, folder: Path, provenance: Mapping) -> Path:
        """Take away what an earlier adaptation has left; returns the path of the checkpoint."""
        checkpoint = begin(folder, provenance, self._job.resume)
        remove_adapted(folder / PACKAGE)
        for name in (ACCOUNT, REPORT):
            (folder / name).unlink(missing_ok=True)
        return checkpoint

    def _judged(
        self, guard: Guard, adaptable: AdaptableModel, network: nn.Module, folder: Path, provenance: Mapping
    ) -> tuple[Verdict, SegmentationModel | None]:
        """The verdict; and the model as its package gives it, where it is kept."""
        verdict = guard.judge(network)
        if not verdict.kept:
            return verdict, None
        figures = {"verdict": verdict.sentence, "before": dict(verdict.before), "after": dict(verdict.after)}
        title = f"{adaptable.model.title} adapted ({self._method.title})"
        record = without_nan({**provenance, **figures})
        return verdict, write_adapted(adaptable.files, network, folder / PACKAGE, title, record)

    def _segment(
        self, adaptable: AdaptableModel, model: SegmentationModel, target: LabeledScans, folder: Path, start: float
    ) -> tuple[list[str], np.ndarray]:
        """Label maps of all target images, and that of the first."""
        check_writable_folder(folder)
        paths, first, share = [], None, 0.12 / len(target.scans)
        for done, scan in enumerate(target.scans):
            self._progress(start + done * share, f"Segmenting image {done + 1} of {len(target.scans)}")
            labels = predict(model, [scan], device=self._job.device, region=_shown_part(scan, adaptable)).labels
            path = folder / f"{done + 1:03d}.seg.nrrd"
            write_segmentation(LabelMap(labels.array, scan.geometry), adaptable.labels, path)
            paths.append(str(path))
            first = labels.array if first is None else first
        return paths, first

    def _write_page(
        self, path: Path, adaptable: AdaptableModel, account: Mapping, verdict: Verdict, picture: bytes
    ) -> None:
        facts = [
            ("Model", adaptable.model.title),
            ("Method", self._method.title),
            ("Images of the new scanner", str(len(account["target_images_sha256"]))),
            ("Images of the old scanner", str(len(account["source_images_sha256"]))),
            ("Time", f"{account['seconds']:.0f} s"),
            *((name.replace("_", " ").capitalize(), number(value)) for name, value in account["evidence"].items()),
            *((f"Setting: {name}", number(value)) for name, value in account["settings"].items()),
        ]
        notes = [f"Method: {self._method.reference}."]
        if len(account["target_images_sha256"]) == 1:
            notes.append("A single image was adapted to: the model may now suit this patient rather than the scanner.")
        if "slices_segmented" in account:
            count = account["slices_segmented"]
            notes.append(f"Of longer scans the {count} slices in the middle were segmented before and after.")
        if "transfer" in account:
            notes.append(account["transfer"])
        write_page(
            path,
            f"Adaptation of {adaptable.model.title}",
            verdict.sentence,
            GOOD if verdict.kept else DOUBTFUL,
            {"Before and after": picture},
            [figure_table(verdict.before, verdict.after), Table("What was done", ("", ""), facts)],
            notes,
        )


def adapted_package(folder: Path) -> Path:
    """Package that an adaptation has left.

    Raises:
        UsageError: there is none, or the adapted model was judged worse than the original.
    """
    try:
        account = json.loads((folder / ACCOUNT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"There is no finished adaptation in {folder}.") from error
    if not account["kept"]:
        raise UsageError(f"There is nothing to keep. {account['sentence']}")
    return folder / PACKAGE


def _read(paths: Sequence[str], labels: Sequence[str], adaptable: AdaptableModel) -> LabeledScans:
    scans = read_scans(paths, adaptable)
    return LabeledScans(scans, read_label_maps(labels, scans, adaptable) if labels else None)


def _shown_part(scan: Volume, adaptable: AdaptableModel) -> Box | None:
    """The middle of a long scan where the network sees slice after slice, so that this does not take the most time."""
    axis = axial_order(scan.geometry).axes[0]
    first, stop = [0, 0, 0], list(scan.array.shape)
    if len(adaptable.model.stages[0].window.patch_size) == 3 or stop[axis] <= _MOST_SLICES:
        return None
    first[axis] = (stop[axis] - _MOST_SLICES) // 2
    stop[axis] = first[axis] + _MOST_SLICES
    return Box(tuple(first), tuple(stop))


def _split(validation: LabeledScans, learning: bool) -> tuple[LabeledScans, LabeledScans]:
    """Labeled scans that are learned from, and those that are only measured."""
    nothing = LabeledScans([], None)
    if not learning:
        return nothing, validation
    numbers = range(len(validation.scans))
    aside = [number for number in numbers if number % _KEPT_ASIDE == 0] if len(numbers) > 1 else []
    return validation.chosen([number for number in numbers if number not in aside]), validation.chosen(aside)


def _picture(adaptable: AdaptableModel, scan: Volume, before: np.ndarray, after: np.ndarray) -> bytes:
    index = fullest_slice(np.maximum(before, after))
    return side_by_side(
        [
            ("image", gray_slice(scan, index)),
            ("original", colored_slice(scan, before, index, adaptable.labels)),
            ("adapted", colored_slice(scan, after, index, adaptable.labels)),
        ]
    )
