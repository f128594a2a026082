"""The jobs of the worker and the command line, from files to files."""

from dataclasses import asdict
from pathlib import Path

from SegmentL3Lib.files import check_writable_folder
from SegmentL3Lib.models.store import ModelStore
from SegmentL3Lib.progress import Progress, silent
from SegmentL3Lib.volume import Volume
from SegmentL3Lib.writing import write_volume

from .adaptation.images import make_pool, read_plain_labels, read_scans
from .adaptation.model import find_model
from .adaptation.pictures import gray_slice, side_by_side
from .adaptation.report import BAD, DOUBTFUL, GOOD, Table, number, write_json, write_page
from .adaptation.run import Run, adapted_package
from .adaptation.shift import Shift, compare
from .adaptation.task import Metric, unseen
from .jobs import RANDOMIZED, AdaptJob, GeneratorJob, KeepJob, ShiftJob, SynthesizeJob
from .synthesis.learned import load_generator
from .synthesis.randomized import randomized_image
from .training.style import image_in_style, learn_style

_DEGREE_COLORS = {"like": GOOD, "somewhat different": DOUBTFUL, "very different": BAD}
_STATISTICS = {
    "images": "Images",
    "mean": "Mean value, without air",
    "deviation": "Standard deviation, without air",
    "contrast": "Range of gray values (1st to 99th percentile)",
    "noise": "Noise from voxel to voxel (standard deviation)",
    "noise_percent_of_contrast": "Noise, % of the range",
    "sharpness": "Sharpness (1: every voxel by itself; less: smoother)",
    "pixel_mm": "Pixel size, mm",
    "slice_mm": "Slice distance, mm",
}


def do_shift(job: ShiftJob, progress: Progress = silent) -> dict:
    """Compare the images of two scanners; writes ``shift.html`` and ``shift.json``.

    Returns:
        ``report``, ``json``: paths; ``sentence``.

    Raises:
        SegmentL3Error: in plain words, with the exit code.
    """
    folder = check_writable_folder(job.out)
    progress(0.0, "Loading the model")
    adaptable = find_model(job.model, job.models_dir)
    progress(0.1, "Reading the images")
    target, source = read_scans(job.target, adaptable), read_scans(job.source, adaptable)
    progress(0.5, "Comparing")
    shift = compare(
        adaptable.network, target, source, make_pool(target, adaptable), make_pool(source, adaptable)
    )
    report, values = folder / "shift.html", folder / "shift.json"
    write_json(values, {"model": adaptable.model.describe(), **asdict(shift)})
    pair = [("known", gray_slice(source[len(source) // 2])), ("new", gray_slice(target[len(target) // 2]))]
    write_page(
        report,
        f"Known and new images: {adaptable.model.title}",
        shift.sentence,
        _DEGREE_COLORS[shift.degree],
        {"A pair": side_by_side(pair)},
        [_shift_table(shift)],
        ["The distance of features compares what layers of the model see, each channel in standard deviations."],
    )
    progress(1.0, "Done")
    return {"report": str(report), "json": str(values), "sentence": shift.sentence}


def do_adapt(job: AdaptJob, progress: Progress = silent, metric: Metric = unseen) -> dict:
    """Adapt a model, judge it, and write all that is known of it; the original model is not touched.

    Returns:
        ``kept``, ``sentence``; ``model``: folder of the package that is to be used from now on; ``report``, ``json``;
        ``before``, ``after``: a label map for each target image; ``figures``.

    Raises:
        SegmentL3Error: in plain words, with the exit code.
    """
    return Run(job, progress, metric).do()


def do_keep(job: KeepJob) -> dict:
    """Put an adapted model into the models folder.

    Returns:
        ``model_id``.

    Raises:
        UsageError: the folder holds no adapted model that was judged good enough.
        ModelError: it is in the models folder already, or damaged.
        InputError: the models folder cannot be written.
    """
    return {"model_id": ModelStore(job.models_dir).add(adapted_package(Path(job.out))).identifier}


def do_synthesize(job: SynthesizeJob) -> dict:
    """Make an image for a label map.

    Returns:
        ``image``: path.

    Raises:
        InputError: label map or generator cannot be read, or the image cannot be written.
        ModelError: the generator is damaged.
        UsageError: the name of the image has another suffix than those that can be written.
    """
    if job.generator == RANDOMIZED:
        labels = read_plain_labels(job.labels)
        image = randomized_image(labels.array, job.seed, tuple(reversed(labels.geometry.spacing)))
    else:
        labels, image = image_in_style(load_generator(Path(job.generator)), Path(job.labels), job.seed)
    write_volume(Volume(image, labels.geometry), job.out)
    return {"image": job.out}


def do_generator(job: GeneratorJob, progress: Progress = silent, metric: Metric = unseen) -> dict:
    """Train a generator on the images of one site and their label maps.

    Returns:
        ``generator``: folder.

    Raises:
        SegmentL3Error: in plain words, with the exit code.
    """
    learn_style(job, progress, metric)
    return {"generator": job.out}


def _shift_table(shift: Shift) -> Table:
    rows = [
        (title, number(getattr(shift.source, key)), number(getattr(shift.target, key)))
        for key, title in _STATISTICS.items()
    ]
    rows.append(("Distance of features", number(shift.distance_within_source), number(shift.feature_distance)))
    return Table("Figures", ("", "Known", "New"), rows)
