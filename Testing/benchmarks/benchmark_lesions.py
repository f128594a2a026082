"""Time and memory of the dense CRF over a whole brain, and of the brain lesion model with it on four contrasts.

    python Testing/benchmarks/benchmark_lesions.py [--model DIR] [--classes 2 5]

The limits on two cores are 60 s and 4 GB for the field over 182 x 218 x 182 voxels, and 90 s and 6 GB for a patient
with four contrasts, network and field.  Processor seconds (of all threads) depend less on what else the machine does.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage

ROOT = Path(__file__).resolve().parents[2]
SHAPE = (182, 218, 182)  # of the MNI template, 1 mm
CRF_LIMIT, CASE_LIMIT = (60.0, 4.0), (90.0, 6.0)
CORES = 2


def make_brain(contrasts: int, seed: int = 0) -> tuple[list[np.ndarray], np.ndarray]:
    """Contrasts (float32, 0 outside the brain) and lesions of an ellipsoid with smooth tissues, as large as a brain."""
    rng = np.random.default_rng(seed)
    offsets = np.ix_(*((np.arange(size) - size / 2) / (0.4 * size) for size in SHAPE))
    brain = sum(offset**2 for offset in offsets) < 1
    tissues = ndimage.gaussian_filter(rng.standard_normal(SHAPE, np.float32), 4)
    tissues = np.digitize(tissues / tissues.std(), (-0.5, 0.5)).astype(np.float32)
    lesions = brain & (ndimage.gaussian_filter(rng.standard_normal(SHAPE, np.float32), 3) * 190 > 9)
    images = []
    for _ in range(contrasts):
        levels = rng.permutation(3).astype(np.float32)[tissues.astype(int)] + 3 * lesions
        images.append(np.where(brain, 5 + levels + 0.3 * rng.standard_normal(SHAPE, np.float32), 0).astype(np.float32))
    return images, lesions


def run_crf(classes: int) -> tuple[float, float, float]:
    """Seconds, processor seconds and peak GB of the field over every voxel of the brain, four contrasts."""
    from DomainAdaptLib.evaluation.peak_memory import PeakMemory
    from SegmentL3Lib.refinement import CrfParameters, dense_crf
    from SegmentL3Lib.tasks import find_task

    images, lesions = make_brain(4)
    rng = np.random.default_rng(1)
    logits = rng.standard_normal((classes, *SHAPE), np.float32)
    logits[1] += 3 * lesions
    logits[0] += 2
    probabilities = np.exp(logits)
    probabilities /= probabilities.sum(0)
    del logits
    known = find_task("brain_lesions_3d").refinement.parameters
    own = CrfParameters(**{name: known[name] for name in CrfParameters.__dataclass_fields__})
    began = time.perf_counter(), time.process_time()
    with PeakMemory() as memory:
        dense_crf(probabilities, images, images[0] != 0, (1.0, 1.0, 1.0), own)
    return time.perf_counter() - began[0], time.process_time() - began[1], memory.gb


def run_case(folder: Path) -> tuple[float, float, float]:
    """Seconds, processor seconds and peak GB of a patient with four contrasts, images in memory to refined labels."""
    from DomainAdaptLib.evaluation.peak_memory import PeakMemory
    from SegmentL3Lib.inference import predict
    from SegmentL3Lib.models import load_model
    from SegmentL3Lib.refinement import refine_with_crf
    from SegmentL3Lib.tasks import find_task
    from SegmentL3Lib.volume import Geometry, Volume

    images = [Volume(image, Geometry()) for image in make_brain(4)[0]]
    began = time.perf_counter(), time.process_time()
    with PeakMemory() as memory:
        prediction = predict(load_model(folder), images, device="cpu", with_probabilities=True)
        refine_with_crf(prediction.probabilities, images, find_task("brain_lesions_3d").refinement.parameters)
    return time.perf_counter() - began[0], time.process_time() - began[1], memory.gb


def main() -> int:
    """Print the figures; 1 where one is beyond its limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    shipped = ROOT / "SegmentL3" / "Resources" / "Models" / "brain_lesions_3d"
    parser.add_argument("--model", type=Path, default=shipped, help="package of the model")
    parser.add_argument("--classes", type=int, nargs="*", default=[2, 5], help="classes of the field")
    arguments = parser.parse_args()
    sys.path[:0] = [str(ROOT / "SegmentL3"), str(ROOT / "DomainAdapt")]
    torch.set_num_threads(CORES)
    rows = [(f"CRF, {classes} classes", *run_crf(classes), *CRF_LIMIT) for classes in arguments.classes]
    rows.append(("network and CRF", *run_case(arguments.model), *CASE_LIMIT))
    for name, seconds, processor_s, peak_gb, most_s, most_gb in rows:
        times = f"{seconds:>8.1f} s (limit {most_s:.0f}){processor_s:>8.1f} processor s"
        print(f"{name:<18}{times}{peak_gb:>8.2f} GB (limit {most_gb:.0f})")
    return int(any(row[1] > row[4] or row[3] > row[5] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
