"""The experiment: how good is a model that has learned from generated images, beside one that learned from real ones?

Drawn slices of real CT are divided by patients. A generator and a model learn from the same pairs of image and label
map; other models learn from images that the generator made of these label maps, or from images of random contrast; all
are measured on the patients left out.
"""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from SegmentL3Lib.files import atomic_path, check_writable_folder
from SegmentL3Lib.networks import build_network

from ..adaptation.guard import probabilities
from ..adaptation.outputs import mean_dice
from ..adaptation.pool import Pool
from ..adaptation.task import Task
from ..evaluation.tables import Column, markdown_table, write_csv, write_markdown
from ..resources import resource_path
from ..synthesis.learned import generator_definition, make_images
from ..synthesis.randomized import randomized_image
from ..synthesis.structures import TISSUES
from ..training.generator import train_generator
from ..training.material import DrawnSlice, load_drawn, read_drawn_slices, save_drawn
from ..training.moving import moved
from .adaptation_networks import Sample, kept_network, learn, real_samples, small_network
from .page import fill_tables
from .results import Row, kept_rows
from .settings import read_settings

PAGE = "synthesis.md"
REAL, LEARNED, RANDOM = "real images", "images of the learned generator", "images of random contrast"
COLUMNS = (
    Column("variant", "Learned from"),
    Column("seed", "Seed"),
    Column("slices", "Slices"),
    Column("dice", "Dice", ".3f"),
    *(Column(name, name.replace("_", " ").capitalize(), ".3f") for name in TISSUES[1:]),
)
_AIR_HU, _CHANNELS = -1024, len(TISSUES)
_FOLDS, _PICTURED = 3, 3
logger = logging.getLogger(__name__)


def run_experiment(data: Path, work: Path, out: Path, seeds: int, settings: Mapping | None = None) -> str:
    """Run what is not done yet, and write page, table and pictures.

    Args:
        data: folder with the reference scans.
        work: folder with the drawn slices of the tissue recipe; they are made there if they are missing.
        out: folder for the results; rows of seeds that it holds are not made again.
        seeds: number of seeds; each leaves out the next third of the patients.
        settings: sizes and steps; those of ``Resources/Experiments/synthesis.json`` without it.

    Returns:
        The page, Markdown.

    Raises:
        InputError: data are missing, or nothing can be written to a folder.
    """
    settings = settings or read_settings("synthesis")
    out = check_writable_folder(out)
    if not (work / "drawn.npz").exists():
        save_drawn(read_drawn_slices(data), work / "drawn.npz")
    drawn = load_drawn(work / "drawn.npz")
    rows = []
    for seed in range(seeds):
        stem = out / f"synthesis-seed-{seed}"
        rows += kept_rows(
            stem.with_suffix(".json"), dict(settings), lambda s=seed, p=stem: _seed_rows(drawn, settings, s, p)
        )
        logger.info("seed %d done", seed)
    write_csv(rows, COLUMNS, out / "synthesis.csv")
    tables = {"comparison": _comparison(rows)}
    page = fill_tables(resource_path("Experiments", PAGE).read_text(encoding="utf-8"), tables)
    write_markdown(page, out / PAGE)
    return page


def _seed_rows(drawn: Sequence[DrawnSlice], settings: Mapping, seed: int, stem: Path) -> list[Row]:
    """Rows of all models of one seed; what is trained is kept in files that begin so."""
    patients = sorted({item.case for item in drawn})
    left_out = patients[seed % _FOLDS :: _FOLDS]
    known = _pool([_prepared(item, settings) for item in drawn if item.case not in left_out], settings["patch"])
    tested = [_prepared(item, settings) for item in drawn if item.case in left_out]
    generator = _generator(known, settings, seed, stem)
    samples = {
        REAL: real_samples(known, seed, settings["disturbance"]),
        LEARNED: made_samples(known, generator, seed),
        RANDOM: random_samples(known, seed),
    }
    rows = []
    for name, sample in samples.items():
        path = Path(f"{stem}-{name.replace(' ', '-')}.pt")

        def make(sample=sample, path=path) -> nn.Module:
            fresh = small_network(_CHANNELS, settings["widths"], seed)
            return learn(fresh, sample, settings["training"], seed, path.with_suffix(".checkpoint"))

        fresh = small_network(_CHANNELS, settings["widths"], seed)
        network, seconds = kept_network(path, {**settings, "seed": seed}, fresh, make)
        rows.append({"variant": name, "seed": seed, "slices": len(tested), "seconds": seconds} | _dice(network, tested))
        logger.info("%s: %.3f", name, rows[-1]["dice"])
    _write_picture(tested, generator, stem.with_suffix(".png"))
    return rows


def made_samples(pool: Pool, generator: nn.Module, seed: int) -> Sample:
    """Label maps of a pool, moved, and what the generator makes of them."""

    def sample(number: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng((seed, number))
        _, labels = moved(*pool.draw(rng, 1), rng)
        chance = torch.Generator().manual_seed(int(rng.integers(2**31)))
        with torch.no_grad():
            return 2 * make_images(generator, labels, _CHANNELS, chance)[0], labels[0]

    return sample


def random_samples(pool: Pool, seed: int) -> Sample:
    """Label maps of a pool, moved, in random contrast, on the scale of the real images."""

    def sample(number: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng((seed, number))
        _, labels = moved(*pool.draw(rng, 1), rng)
        image = randomized_image(labels[0].numpy(), int(rng.integers(2**31)))
        return torch.from_numpy(4 * image - 2)[None], labels[0]

    return sample


def _generator(pool: Pool, settings: Mapping, seed: int, stem: Path) -> nn.Module:
    chosen, path = settings["generator"], Path(f"{stem}-generator.pt")
    real = real_samples(pool, seed, 0.0)

    def sample(number: int) -> tuple[Tensor, Tensor]:
        image, labels = real(number)
        return image / 2, labels

    def make() -> nn.Module:
        task = Task(nn.Identity(), pool, checkpoint=path.with_suffix(".checkpoint"), seed=seed)
        network = train_generator(sample, _CHANNELS, chosen, task)
        task.checkpoint.unlink(missing_ok=True)
        return network

    fresh = build_network(generator_definition(_CHANNELS, chosen["widths"]))
    network, seconds = kept_network(path, {**settings, "seed": seed}, fresh, make)
    logger.info("generator: %.0f s", seconds)
    return network


def _prepared(item: DrawnSlice, settings: Mapping) -> tuple[Tensor, Tensor]:
    """Image (1, rows, columns), -2 to 2, and classes (rows, columns) of a drawn slice, in coarser pixels."""
    low, high = settings["window"]
    sizes = [round(size * item.pixel_mm / settings["pixel_mm"]) for size in item.hu.shape]
    hu = torch.from_numpy(item.hu.astype(np.float32))[None, None]
    hu = functional.interpolate(hu, sizes, mode="bilinear", antialias=True, align_corners=False)[0]
    return (hu.clamp(low, high) - low) / (high - low) * 4 - 2, _classes(item.zones, sizes)


def _classes(zones: np.ndarray, sizes: Sequence[int]) -> Tensor:
    planes = torch.from_numpy(zones.astype(np.float32))[None, None]
    return functional.interpolate(planes, sizes, mode="nearest-exact")[0, 0].long()


def _pool(pairs: Sequence[tuple[Tensor, Tensor]], size: int) -> Pool:
    images, labels = zip(*pairs, strict=True)
    return Pool(images, (size, size), labels, padding=-2.0)


def _dice(network: nn.Module, tested: Sequence[tuple[Tensor, Tensor]]) -> dict[str, float]:
    """Mean overlap over the slices, of all tissues and of each."""
    found = []
    for image, labels in tested:
        answer = _whole(network, image)
        one_by_one = [mean_dice((answer == tissue).long(), (labels == tissue).long()[None], 2)
                      for tissue in range(1, _CHANNELS)]  # fmt: skip
        found.append([mean_dice(answer, labels[None], _CHANNELS), *one_by_one])
    return dict(zip(("dice", *TISSUES[1:]), map(float, np.nanmean(found, 0)), strict=True))


def _whole(network: nn.Module, image: Tensor) -> Tensor:
    """Classes of a whole slice, which is padded to what the network can halve."""
    missing = [-size % 16 for size in image.shape[1:]]
    padded = functional.pad(image[None], (0, missing[1], 0, missing[0]), value=-2.0)
    return probabilities(network, padded).argmax(1)[:, : image.shape[1], : image.shape[2]]


def _comparison(rows: Sequence[Row]) -> str:
    """Mean ± standard deviation over the seeds."""
    table = []
    for name in dict.fromkeys(row["variant"] for row in rows):
        same = [row for row in rows if row["variant"] == name]
        spread = {key: _spread([row[key] for row in same]) for key in ("dice", *TISSUES[1:])}
        table.append({"variant": name, **spread})
    return markdown_table(table, [Column(c.key, c.title) for c in COLUMNS if c.key not in ("seed", "slices")])


def _spread(values: Sequence[float]) -> str:
    more = f" ± {np.std(values, ddof=1):.3f}" if len(values) > 1 else ""
    return f"{np.mean(values):.3f}{more}"


def _write_picture(tested: Sequence[tuple[Tensor, Tensor]], generator: nn.Module, path: Path) -> None:
    """Real image, label map, and two images that the generator made of it, a row for each of some slices."""
    rows = []
    for image, labels in tested[:_PICTURED]:
        with torch.no_grad():
            made = [make_images(generator, labels[None], _CHANNELS, torch.Generator().manual_seed(n)) for n in range(2)]
        shown = [image[0] / 2, labels / (_CHANNELS - 1) * 2 - 1, *(each[0, 0] for each in made)]
        rows.append(np.hstack([_gray(plane) for plane in shown]))
    width = max(row.shape[1] for row in rows)
    picture = np.vstack([np.pad(row, ((0, 0), (0, width - row.shape[1]))) for row in rows])
    with atomic_path(path) as temporary:
        Image.fromarray(picture).resize((2 * picture.shape[1], 2 * picture.shape[0])).save(temporary, "PNG")


def _gray(plane: Tensor) -> np.ndarray:
    return ((plane.clamp(-1, 1) + 1) * 127.5).round().numpy().astype(np.uint8)
