"""Jobs with models of the user: segmenting with one, and looking after the models folder."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .errors import UsageError
from .job import output_folder, read_entries
from .progress import Progress, silent
from .writing import IMAGE_SUFFIXES

SEGMENTATION_SUFFIXES = (".seg.nrrd", *IMAGE_SUFFIXES)
FILE_NAMES = {"segmentation": "segmentation.seg.nrrd", "volumes": "volumes.csv", "prediction": "prediction.json"}


@dataclass(frozen=True)
class PredictJob:
    """A segmentation with a model of the user.

    Attributes:
        inputs: the images, in the order in which the model names its inputs.
        model: identifier in the models folder, or path of a package's folder.
        output: folder for the results, made where it is missing; or the segmentation's file, beside which the others
            are written.
        models_dir: the models folder; None: the default one.
        series: series instance UID, where the one input is a folder with several series.
        device: "auto", "cpu", "cuda" or "mps".
        precision: "auto", "fp32" or "bf16".
        region: part of the first image that is segmented: ``{"slices": [first, last]}`` in the file's own order,
            ``{"bounds_lps_mm": [x0, x1, y0, y1, z0, z1]}``, ``{"body": true}`` for all but the air and the table around
            the patient, ``{"vertebrae": ["T11", "L5"]}`` for the slices from one to the other, or None for all of it.
        structures: names of those to be segmented; None: all.
        mirror: whether mirrored images are segmented too and the results averaged; None: as the model says.
        folds: numbers of the folds of an nnU-Net model that are used; None: all that are there.
        checkpoint: name of the weights file of each fold of an nnU-Net model; None: the final one.
        compiled: whether PyTorch may compile the networks where that is found to be faster.
    """

    inputs: Sequence[str]
    model: str
    output: str
    models_dir: str | None = None
    series: str | None = None
    device: str = "auto"
    precision: str = "auto"
    region: Mapping | None = None
    structures: Sequence[str] | None = None
    mirror: bool | None = None
    folds: Sequence[int] | None = None
    checkpoint: str | None = None
    compiled: bool = False

    @classmethod
    def from_mapping(cls, values: Mapping) -> "PredictJob":
        """Job of a JSON object whose keys are the attributes.

        Raises:
            UsageError: a key is unknown or missing, or a value has the wrong type.
        """
        types = {"inputs": list, "region": dict, "structures": list, "mirror": bool, "folds": list, "compiled": bool}
        entries = read_entries(cls, values, types)
        for key in ("inputs", "structures"):
            if not all(isinstance(text, str) for text in entries.get(key, ())):
                raise UsageError(f'The entry "{key}" of the job is not a list of texts.')
        if not all(type(number) is int for number in entries.get("folds", ())):
            raise UsageError('The entry "folds" of the job is not a list of numbers.')
        return cls(**entries)


@dataclass(frozen=True)
class PredictOutcome:
    """What ``prediction.json`` holds, and the files, by what they hold."""

    document: Mapping
    files: Mapping[str, Path]


def do_predict(job: PredictJob, progress: Progress = silent) -> PredictOutcome:
    """Segment, measure volumes and write.

    The output folder is tried before the long work begins.

    Raises:
        SegmentL3Error: in plain words, with the exit code.
    """
    files = result_paths(job.output)
    with output_folder(files["segmentation"].parent):
        # Torch is imported here, so that usage errors and --help do not wait for it.
        from .models.store import ModelStore
        from .predict import predict_files

        document = predict_files(
            job.inputs,
            ModelStore(job.models_dir).find(job.model),
            files,
            series=job.series,
            device=job.device,
            precision=job.precision,
            region=job.region,
            structures=job.structures,
            mirror=job.mirror,
            folds=job.folds,
            checkpoint=job.checkpoint,
            compiled=job.compiled,
            progress=progress,
        )
    return PredictOutcome(document, files)


def result_paths(output: str) -> dict[str, Path]:
    """Paths of the results, by the keys of ``FILE_NAMES``.

    Args:
        output: a folder, or the file for the segmentation.
    """
    path = Path(output)
    suffix = next((suffix for suffix in SEGMENTATION_SUFFIXES if path.name.lower().endswith(suffix)), None)
    if suffix is None or path.is_dir():
        return {key: path / name for key, name in FILE_NAMES.items()}
    stem = path.name[: -len(suffix)]
    beside = {key: path.with_name(f"{stem}.{FILE_NAMES[key]}") for key in ("volumes", "prediction")}
    return {"segmentation": path, **beside}


@dataclass(frozen=True)
class ModelsJob:
    """Something to be done with the models folder.

    Attributes:
        action: "list", "import" or "remove".
        path: folder or zip file to import.
        identifier: of the model to remove.
        models_dir: the models folder; None: the default one.
    """

    action: str
    path: str | None = None
    identifier: str | None = None
    models_dir: str | None = None

    @classmethod
    def from_mapping(cls, values: Mapping) -> "ModelsJob":
        """Job of a JSON object whose keys are the attributes.

        Raises:
            UsageError: a key is unknown or missing, or a value has the wrong type.
        """
        job = cls(**read_entries(cls, values, {}))
        needed = {"list": None, "import": "path", "remove": "identifier"}
        if job.action not in needed:
            raise UsageError(f'The action "{job.action}" of the job is not known; known are {", ".join(needed)}.')
        if needed[job.action] and not getattr(job, needed[job.action]):
            raise UsageError(f'The job has no entry "{needed[job.action]}".')
        return job


def do_models(job: ModelsJob) -> dict:
    """List, import or remove models.

    Returns:
        ``models``: all that are there then, each as the attributes of ``models.PackageInfo``; after an import also
        ``identifier``: that of the new one.

    Raises:
        SegmentL3Error: in plain words, with the exit code.
    """
    from .models.store import ModelStore

    store = ModelStore(job.models_dir)
    outcome = {}
    if job.action == "import":
        outcome["identifier"] = store.add(job.path).identifier
    elif job.action == "remove":
        store.remove(job.identifier)
    return {**outcome, "models": [asdict(info) for info in store.list()]}
