"""Time and memory of ``segment-l3 run`` on a CT of 512 x 512 x 300, beside those of reading the file alone.

    python Testing/benchmarks/benchmark_pipeline.py

The limits are 6 s and 4 GB on two cores.  Times depend on the machine; the ratio to plain reading with SimpleITK, taken
in the same run, does so less.  Of several runs the one in the middle counts.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from scipy import ndimage

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = [str(ROOT / "SegmentL3"), str(ROOT / "DomainAdapt")]
SLICES, SLICE_MM, PHANTOM_SLICE_MM, PIXEL_MM = 300, 1.0, 10.0, 0.8
LIMIT_SECONDS, LIMIT_GB = 6.0, 4.0
SAMPLING_SECONDS = 0.02
READ = "import sys, SimpleITK; SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(sys.argv[1]))"


@dataclass(frozen=True)
class Cost:
    """What a process took."""

    seconds: float
    peak_gb: float


def make_scan(path: Path, seed: int) -> None:
    """Write a phantom of 300 slices: a coarse one, interpolated along the body, with noise of its own in each slice."""
    from DomainAdaptLib.synthesis.phantom import phantom_volume
    from SegmentL3Lib.volume import Geometry, Volume
    from SegmentL3Lib.writing import write_volume

    half_mm = SLICES * SLICE_MM / 2
    coarse, _, _ = phantom_volume(
        seed, slice_mm=PHANTOM_SLICE_MM, pixel_mm=PIXEL_MM, z_range_mm=(-half_mm, half_mm), noise_hu=0.0
    )
    rng = np.random.default_rng(seed)
    fine = np.empty((SLICES, *coarse.shape[1:]), np.int16)
    for index in range(SLICES):
        below, share = divmod(index * SLICE_MM / PHANTOM_SLICE_MM, 1)
        pair = coarse[int(below) : int(below) + 2].astype(np.float32)
        noise = ndimage.gaussian_filter(rng.standard_normal(pair.shape[1:], dtype=np.float32), 0.7) * 30
        fine[index] = np.round((1 - share) * pair[0] + share * pair[-1] + noise)
    write_volume(Volume(fine, Geometry(spacing=(PIXEL_MM, PIXEL_MM, SLICE_MM)), modality="CT"), path)


def measure(command: list[str]) -> Cost:
    """Run a command and its children to the end.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(LIBRARIES)}
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    peaks: list[int] = [0]
    watcher = threading.Thread(target=_watch, args=(process.pid, peaks))
    watcher.start()
    code = process.wait()
    seconds = time.perf_counter() - began
    watcher.join()
    if code != 0:
        raise subprocess.CalledProcessError(code, command)
    return Cost(seconds, max(peaks) / 1e9)


def _watch(pid: int, peaks: list[int]) -> None:
    """Collect the memory that a process and its children hold, until it ends."""
    try:
        process = psutil.Process(pid)
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            family = [process, *process.children(recursive=True)]
            peaks.append(sum(member.memory_info().rss for member in family))
            time.sleep(SAMPLING_SECONDS)
    except psutil.NoSuchProcess:
        return


def main() -> int:
    """Measure and print; returns 1 where a limit is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--scan", type=Path, help="measure on this scan instead of a phantom")
    arguments = parser.parse_args()
    sys.path[:0] = LIBRARIES
    with tempfile.TemporaryDirectory() as folder:
        scan = arguments.scan or Path(folder, "ct.nii.gz")
        if arguments.scan is None:
            make_scan(scan, arguments.seed)
        reading_command = [sys.executable, "-c", READ, str(scan)]
        command = [sys.executable, "-m", "SegmentL3Lib.cli", "run", str(scan), "--out", str(Path(folder, "out"))]
        reading, run = (
            sorted((measure(each) for _ in range(arguments.runs)), key=lambda cost: cost.seconds)[arguments.runs // 2]
            for each in (reading_command, command)
        )
    print(f"{'':<24}{'seconds':>10}{'peak GB':>10}")
    print(f"{'reading (SimpleITK)':<24}{reading.seconds:>10.1f}{reading.peak_gb:>10.2f}")
    print(f"{'segment-l3 run':<24}{run.seconds:>10.1f}{run.peak_gb:>10.2f}")
    print(f"{'ratio':<24}{run.seconds / reading.seconds:>10.1f}{run.peak_gb / reading.peak_gb:>10.1f}")
    print(f"{'limit':<24}{LIMIT_SECONDS:>10.1f}{LIMIT_GB:>10.2f}")
    return int(run.seconds > LIMIT_SECONDS or run.peak_gb > LIMIT_GB)


if __name__ == "__main__":
    sys.exit(main())
