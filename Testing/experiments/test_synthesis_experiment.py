"""The experiment with a learned generator, on drawn slices of generated patients."""

import numpy as np

from DomainAdaptLib.experiments import synthesis
from DomainAdaptLib.experiments.settings import read_settings
from DomainAdaptLib.training.material import DrawnSlice, save_drawn


def drawn(case, seed):
    """A slice with fat around muscle."""
    zones = np.zeros((96, 96), np.uint8)
    zones[16:80, 16:80] = 1
    zones[28:68, 28:68] = 3
    noise = np.random.default_rng(seed).normal(0, 10, zones.shape)
    hu = (np.array([-1000, -100, 0, 50])[zones] + noise).astype(np.int16)
    return DrawnSlice(case, seed, hu, zones, zones, 4.0)


def test_each_seed_leaves_patients_out_and_compares_three_models(tmp_path):
    save_drawn([drawn(f"case{number % 3}", number) for number in range(6)], tmp_path / "work" / "drawn.npz")
    settings = read_settings("synthesis")
    settings["training"]["steps"] = settings["generator"]["steps"] = 2
    page = synthesis.run_experiment(tmp_path, tmp_path / "work", tmp_path / "out", 1, settings)
    assert all(f"| {name} |" in page for name in (synthesis.REAL, synthesis.LEARNED, synthesis.RANDOM))
    rows = (tmp_path / "out" / "synthesis.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1 + 3
    assert (tmp_path / "out" / "synthesis-seed-0.png").read_bytes().startswith(b"\x89PNG")
    assert not list((tmp_path / "out").glob("*.checkpoint"))
    assert synthesis.run_experiment(tmp_path, tmp_path / "work", tmp_path / "out", 1, settings) == page
