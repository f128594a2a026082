"""The inference engine beside nnU-Net's own predictor and MONAI's sliding window: time, memory, labels, growth.

    python Testing/benchmarks/benchmark_inference.py [--full] [--json FILE]

Same weights, patch, step and CT for all, each in a process of its own. nnU-Net lies in a folder of its own, which is
filled by pip once (``--peers`` names another one). See README.md in this folder for what the columns mean.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from inference_case import NETWORK_MM, SCAN_MM, make_scan, write_model

HERE = Path(__file__).resolve().parent
PEERS = HERE.parents[1] / "build" / "benchmark-peers"
CLASSES = 8


@dataclass(frozen=True)
class Case:
    """A scan of cubic voxels and a window."""

    shape: tuple[int, int, int]
    patch: tuple[int, int, int]
    voxel_mm: float = SCAN_MM


QUICK, FULL = Case((150, 128, 128), (64, 64, 64)), Case((300, 256, 256), (128, 128, 128))
# As a scanner delivers an abdomen.  Without nnU-Net, which keeps the values of all classes of all voxels.
CLINICAL = Case((300, 512, 512), (128, 128, 128), 0.8)
# Growth is measured with a network so small that the largest scan takes a minute or two.
GROWTH_FEATURES, GROWTH_PATCH, GROWTH_MM = (8, 16, 32), (64, 64, 64), 1.0
GROWTH_PLANE, GROWTH_SLICES = (512, 512), (125, 250, 500, 1000)

# Roles of inference_case.py: who is measured, and against whom time and labels are held.
OPPONENTS = {
    "ours": ("nnunet", "nnunet_float32"),
    "ours_as_monai": ("monai", "monai"),
    "ours_as_monai_default": ("monai_default", "monai_default"),
}
NNUNET = ("nnunet", "nnunet_float32")
TITLES = {
    "ours": "ours",
    "nnunet": "nnU-Net v2",
    "nnunet_float32": "nnU-Net v2, adding up in float32",
    "ours_as_monai": "ours, windows of MONAI (half)",
    "monai": "MONAI, windows overlap by half",
    "ours_as_monai_default": "ours, windows of MONAI (default)",
    "monai_default": "MONAI, default windows",
}
# What is asked for: share of equal labels; of the full case also times as fast as nnU-Net in processor seconds, and
# memory as a share of its.
LEAST_RATIO, LEAST_AGREEMENT, MOST_MEMORY = 1.5, 0.999, 1.0
LEAST_CLINICAL_RATIO = 3.0  # to MONAI, with windows that overlap by half
# The last windows along an axis may overlap more than the others.
MOST_GROWTH = 1.5


@dataclass
class Report:
    """All that was measured."""

    machine: dict
    is_full: bool = False
    is_clinical: bool = False
    rows: list[dict] = field(default_factory=list)
    graphics: list[dict] = field(default_factory=list)
    growth: list[dict] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


class Bench:
    """A folder with a scan and a model, and the processes that work on them."""

    def __init__(self, folder: Path, threads: int, peers: Path | None):
        self.folder = folder
        self.has_nnunet = peers is not None
        self._threads = threads
        self._peers = peers

    def run(self, role: str, *, name: str = "", voxel_mm: float = SCAN_MM, device: str = "cpu", **environment) -> dict:
        """Facts of a role; its labels are kept under its name.

        Raises:
            subprocess.CalledProcessError: it failed.
        """
        out = self.folder / (name or role)
        paths = [str(self.folder / "scan.npy"), str(self.folder / "model"), str(out)]
        options = ["--threads", str(self._threads), "--voxel-mm", str(voxel_mm), "--device", device]
        command = [sys.executable, str(HERE / "inference_case.py"), role, *paths, *options]
        variables = {**os.environ, "OMP_NUM_THREADS": str(self._threads), **environment}
        if role in NNUNET:
            variables["PYTHONPATH"] = str(self._peers)
        subprocess.run(command, check=True, env=variables, stdout=subprocess.DEVNULL)
        return json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))

    def agreement(self, first: str, second: str) -> float:
        """Share of voxels with the same label in two results."""
        labels = [np.load(self.folder / f"{name}.npy") for name in (first, second)]
        return float((labels[0] == labels[1]).mean())


def install_peers(folder: Path) -> str:
    """Fill the folder of the peers, unless it is; returns why that cannot be done, or nothing."""
    if (folder / "nnunetv2").is_dir():
        return ""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder)]
    result = subprocess.run([*command, "-r", str(HERE / "peers.txt")], capture_output=True, text=True, check=False)
    last = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
    return "" if result.returncode == 0 else f"nnU-Net cannot be installed: {last}"


def compare(bench: Bench, case: Case, report: Report) -> None:
    """Measure all who can be measured on one case."""
    make_scan(bench.folder / "scan.npy", case.shape)
    write_model(bench.folder / "model", case.patch, CLASSES)
    report.machine["peak_gflops"] = bench.run("matrix_peak")["operations_a_second"] / 1e9
    work = bench.run("work", voxel_mm=case.voxel_mm)
    report.machine.update(case=asdict(case), windows=work["windows"], operations=work["operations"])
    roles = [role for role in TITLES if role not in NNUNET or bench.has_nnunet]
    facts = {role: bench.run(role, voxel_mm=case.voxel_mm) for role in roles}
    for role in roles:
        report.rows.append(_row(bench, role, facts, work["operations"], report.machine["peak_gflops"]))


def _row(bench: Bench, role: str, facts: dict, operations: float, peak_gflops: float) -> dict:
    found = facts[role]
    row = {
        "role": role,
        "wall_s": found["seconds"],
        "processor_s": found["processor_seconds"],
        "whole_processor_s": found["whole_processor_seconds"],
        "peak_gb": found["peak_gb"],
        "precision": found.get("precision", "fp32"),
        "share_of_peak": operations / found["processor_seconds"] / 1e9 / peak_gflops,
    }
    opponent, reference = OPPONENTS.get(role, (None, None))
    if opponent in facts:
        row["times_as_fast_wall"] = facts[opponent]["seconds"] / found["seconds"]
        row["times_as_fast_processor"] = facts[opponent]["processor_seconds"] / found["processor_seconds"]
        whole = facts[opponent]["whole_processor_seconds"] / found["whole_processor_seconds"]
        row["times_as_fast_whole"] = whole
        row["memory_share"] = found["peak_gb"] / facts[opponent]["peak_gb"] if found["peak_gb"] else None
        row["agreement"] = bench.agreement(role, reference)
    elif role == "nnunet":
        row["agreement"] = bench.agreement(role, "nnunet_float32")
    return row


def compare_graphics(bench: Bench, report: Report) -> None:
    """Seconds on an NVIDIA graphics card, where there is one; nnU-Net with and without compiling."""
    if not torch.cuda.is_available():
        report.left_out.append("graphics card: PyTorch finds none")
        return
    report.graphics.append({"role": "ours", **bench.run("ours", name="ours_cuda", device="cuda")})
    for compiled in ("f", "t") if bench.has_nnunet else ():
        facts = bench.run("nnunet", name=f"nnunet_cuda_{compiled}", device="cuda", nnUNet_compile=compiled)
        report.graphics.append({"role": f"nnU-Net v2, compile {'on' if compiled == 't' else 'off'}", **facts})


def measure_growth(bench: Bench, slices: Sequence[int], report: Report) -> None:
    """Time and memory of scans of more and more slices."""
    write_model(bench.folder / "model", GROWTH_PATCH, CLASSES, GROWTH_FEATURES)
    make_scan(bench.folder / "slab.npy", (slices[0], *GROWTH_PLANE))
    slab = np.load(bench.folder / "slab.npy")
    for count in slices:
        scan = np.resize(slab, (count, *GROWTH_PLANE))  # the slab again and again
        np.save(bench.folder / "scan.npy", scan)
        voxels = scan.size
        del scan
        facts = bench.run("ours", voxel_mm=GROWTH_MM)
        report.growth.append(
            {
                "slices": count,
                "mvoxels": voxels / 1e6,
                "processor_s": facts["processor_seconds"],
                "ns_per_voxel": facts["processor_seconds"] / voxels * 1e9,
                "peak_gb": facts["peak_gb"],
            }
        )


def lines(report: Report) -> Iterator[str]:
    """The report as Markdown."""
    machine = report.machine
    if report.rows:
        shape, patch = (" x ".join(map(str, machine["case"][key])) for key in ("shape", "patch"))
        operations, peak = machine["operations"] / 1e12, machine["peak_gflops"]
        yield f"CT of {shape} voxels of {machine['case']['voxel_mm']} mm;"
        yield f"network at {NETWORK_MM} mm, windows of {patch}:"
        yield f"{machine['windows']} windows, {operations:.2f} T operations; {machine['threads']} thread(s),"
        yield f"of which one multiplies matrices at {peak:.0f} G operations a second."
        yield ""
        yield from _table(report.rows, _ROW_COLUMNS)
    if report.graphics:
        yield from _table(report.graphics, _GRAPHICS_COLUMNS)
    if report.growth:
        yield "Growth with the scan (512 x 512 x slices, 1 mm), small network:"
        yield ""
        yield from _table(report.growth, _GROWTH_COLUMNS)
    yield from (f"Left out: {text}." for text in report.left_out)


_ROW_COLUMNS = {
    "": lambda row: TITLES[row["role"]],
    "wall s": lambda row: f"{row['wall_s']:.1f}",
    "processor s": lambda row: f"{row['processor_s']:.1f}",
    "times as fast (wall)": lambda row: _number(row.get("times_as_fast_wall"), ".2f"),
    "times as fast (processor)": lambda row: _number(row.get("times_as_fast_processor"), ".2f"),
    "whole process s": lambda row: f"{row['whole_processor_s']:.1f}",
    "times as fast (whole)": lambda row: _number(row.get("times_as_fast_whole"), ".2f"),
    "peak GB": lambda row: _number(row["peak_gb"], ".2f"),
    "same labels": lambda row: _number(row.get("agreement"), ".6f"),
    "precision": lambda row: row["precision"],
    "share of matrix peak": lambda row: f"{row['share_of_peak']:.0%}",
}
_GRAPHICS_COLUMNS = {
    "graphics card": lambda row: row["role"],
    "wall s": lambda row: f"{row['seconds']:.1f}",
    "precision": lambda row: row.get("precision", "fp16"),
}
_GROWTH_COLUMNS = {
    "slices": lambda row: str(row["slices"]),
    "million voxels": lambda row: f"{row['mvoxels']:.0f}",
    "processor s": lambda row: f"{row['processor_s']:.1f}",
    "ns per voxel": lambda row: f"{row['ns_per_voxel']:.0f}",
    "peak GB": lambda row: _number(row["peak_gb"], ".2f"),
}


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def _table(rows: Sequence[dict], columns: dict) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(make(row) for make in columns.values())} |"
    yield ""


def failures(report: Report) -> list[str]:
    """What falls short of the limits."""
    found = []
    for row in report.rows:
        if row.get("agreement", 1.0) < LEAST_AGREEMENT and row["role"] in OPPONENTS:
            found.append(f"{TITLES[row['role']]}: {row['agreement']:.6f} of the labels are the same")
        if row["role"] == "ours" and report.is_full and "times_as_fast_processor" in row:
            if row["times_as_fast_processor"] < LEAST_RATIO:
                found.append(f"only {row['times_as_fast_processor']:.2f} times as fast as nnU-Net")
            if (row["memory_share"] or 0) > MOST_MEMORY:
                found.append(f"{row['memory_share']:.2f} times the memory of nnU-Net")
        ratio = row.get("times_as_fast_processor", 0.0)
        if row["role"] == "ours_as_monai" and report.is_clinical and ratio < LEAST_CLINICAL_RATIO:
            found.append(f"only {ratio:.2f} times as fast as MONAI")
    if report.growth:
        costs = [row["ns_per_voxel"] for row in report.growth]
        if costs[-1] > MOST_GROWTH * costs[0]:
            found.append(f"a voxel of the largest scan takes {costs[-1] / costs[0]:.2f} times as long")
    return found


def main() -> int:
    """Measure and print; returns 1 where a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--full", action="store_true", help="a CT of 300 x 256 x 256 instead of a small one")
    sizes.add_argument("--clinical", action="store_true", help="a CT of 300 x 512 x 512, MONAI alone")
    parser.add_argument("--peers", type=Path, default=PEERS, help="folder that nnU-Net is, or is to be, installed in")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--no-comparison", action="store_true", help="measure the growth alone")
    parser.add_argument("--no-growth", action="store_true", help="leave the growth out")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    arguments = parser.parse_args()
    machine = {"threads": arguments.threads, "torch": torch.__version__}
    report = Report(machine, arguments.full, arguments.clinical)
    size = CLINICAL if arguments.clinical else FULL if arguments.full else QUICK
    with tempfile.TemporaryDirectory() as folder:
        if not arguments.no_comparison:
            obstacle = "" if arguments.clinical else install_peers(arguments.peers)
            report.left_out += filter(None, [obstacle])
            peers = None if obstacle or arguments.clinical else arguments.peers
            (case := Path(folder, "case")).mkdir()
            bench = Bench(case, arguments.threads, peers)
            compare(bench, size, report)
            compare_graphics(bench, report)
        if not arguments.no_growth:
            (case := Path(folder, "growth")).mkdir()
            measure_growth(Bench(case, arguments.threads, None), GROWTH_SLICES, report)
    print("\n".join(lines(report)))
    if arguments.json:
        arguments.json.write_text(json.dumps(asdict(report), indent=2) + "\n", encoding="utf-8")
    missed = failures(report)
    for text in missed:
        print(f"Falls short: {text}.")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
