"""Time and memory to adapt the shipped tissue model to ten generated scans, from images to the kept or discarded model.

    python Testing/benchmarks/benchmark_adaptation.py [--methods NAME ...] [--scans N] [--threads N] [--work DIR]

Each method that can act on the model runs with its default settings in a process of its own. The limit is 600 s on two
cores; on a machine that has other work to do, processor seconds of one thread, divided by two, tell more.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODEL = "l3_tissue_2d"
LIMIT_S, CORES = 600.0, 2
KNOWN_SCANS = 4
TARGET_NOISE_HU, SOURCE_NOISE_HU = 45.0, 8.0
HALF_HEIGHT_MM = 20.0  # around the middle of L3


def write_scans(folder: Path, first_seed: int, count: int, noise_hu: float) -> None:
    """CT scans of random patients (9 slices of 5 mm, 512 x 512) and their label maps; what is there is kept."""
    from DomainAdaptLib.synthesis.phantom import phantom_volume
    from SegmentL3Lib.volume import Geometry, Volume
    from SegmentL3Lib.writing import write_volume

    geometry = Geometry(spacing=(0.9, 0.9, 5.0))
    for number in range(count):
        if (folder / "labels" / f"{number:02d}.nii.gz").exists():
            continue
        heights = -HALF_HEIGHT_MM, HALF_HEIGHT_MM
        hu, labels, _ = phantom_volume(first_seed + number, z_range_mm=heights, noise_hu=noise_hu)
        for name, array in (("images", hu), ("labels", labels)):
            (folder / name).mkdir(parents=True, exist_ok=True)
            write_volume(Volume(array, geometry), folder / name / f"{number:02d}.nii.gz")


def run_method(method: str, scans: Path, threads: int) -> None:
    """Do one adaptation in this process and print its figures as JSON."""
    import torch

    from DomainAdaptLib.evaluation.peak_memory import PeakMemory
    from DomainAdaptLib.jobs import AdaptJob
    from DomainAdaptLib.work import do_adapt

    torch.set_num_threads(threads)
    job = AdaptJob(
        model=MODEL,
        method=method,
        target=[str(scans / "target" / "images")],
        source=[str(scans / "source" / "images")],
        source_labels=[str(scans / "source" / "labels")],
        validation=[str(scans / "target" / "images")] if method == "fine_tuning" else (),
        validation_labels=[str(scans / "target" / "labels")] if method == "fine_tuning" else (),
        out=str(scans / method),
        device="cpu",
    )
    began, worked = time.perf_counter(), time.process_time()
    with PeakMemory() as memory:
        result = do_adapt(job)
    figures = {"wall_s": time.perf_counter() - began, "processor_s": time.process_time() - worked, "gb": memory.gb}
    print(json.dumps({**figures, "kept": result["kept"], "sentence": result["sentence"]}))


def able_methods() -> list[str]:
    """Methods that can act on the model."""
    from DomainAdaptLib.adaptation.catalog import load_methods
    from DomainAdaptLib.adaptation.methods import require_effect
    from DomainAdaptLib.adaptation.model import find_model
    from SegmentL3Lib.errors import UsageError

    network, able = find_model(MODEL).network, []
    for method in load_methods():
        try:
            require_effect(method.name, network)
        except UsageError:
            continue
        able.append(method.name)
    return able


def main() -> int:
    """Print the figures; 1 where a method takes longer than the limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--methods", nargs="*", help="all that can act on the model")
    parser.add_argument("--scans", type=int, default=10, help="scans of the new scanner")
    parser.add_argument("--threads", type=int, default=CORES)
    parser.add_argument("--work", type=Path, help="folder for scans and results; a temporary one without it")
    parser.add_argument("--only", nargs=2, metavar=("METHOD", "DIR"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only:
        run_method(arguments.only[0], Path(arguments.only[1]), arguments.threads)
        return 0
    slowest = 0.0
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.work or Path(scratch)
        write_scans(folder / "target", 500, arguments.scans, TARGET_NOISE_HU)
        write_scans(folder / "source", 600, KNOWN_SCANS, SOURCE_NOISE_HU)
        for method in arguments.methods or able_methods():
            command = [sys.executable, __file__, "--threads", str(arguments.threads), "--only", method, str(folder)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            figures = json.loads(done.stdout.splitlines()[-1])
            slowest = max(slowest, min(figures["wall_s"], figures["processor_s"] / CORES))
            print(
                f"{method:<14}{figures['wall_s']:>8.0f} s{figures['processor_s']:>8.0f} processor s"
                f"{figures['gb']:>7.2f} GB  {figures['sentence']}",
                flush=True,
            )
    return int(slowest > LIMIT_S)


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "SegmentL3"), str(ROOT / "DomainAdapt")]
    sys.exit(main())
