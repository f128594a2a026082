"""What the worker can be asked for: comparing scanners, adapting, keeping an adapted model, making images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from SegmentL3Lib.errors import UsageError
from SegmentL3Lib.job import read_entries

from .adaptation.catalog import find_method

_LISTS = ("target", "source", "source_labels", "validation", "validation_labels", "structures")
RANDOMIZED = "randomized"  # the generator that needs no training
_TYPES = {**dict.fromkeys(_LISTS, list), "settings": dict, "resume": bool, "seed": int}


class _FromMapping:
    """A job that can be read from a JSON object."""

    @classmethod
    def from_mapping(cls, values: Mapping) -> Self:
        """Job of a JSON object whose keys are the attributes.

        Raises:
            UsageError: a key is unknown or missing, or a value has the wrong type or is not allowed.
        """
        entries = read_entries(cls, values, _TYPES)
        for key in _LISTS:
            if not all(isinstance(text, str) for text in entries.get(key, ())):
                raise UsageError(f'The entry "{key}" of the job is not a list of texts.')
        return cls(**entries)


@dataclass(frozen=True)
class ShiftJob(_FromMapping):
    """How far new images are from what a model knows.

    Attributes:
        model: identifier in the models folder, name of a shipped model, or path of a package's folder.
        target: images of the new scanner, files or DICOM folders.
        source: images of the scanner that the model was trained on.
        out: folder for the report.
        models_dir: the models folder; None: the default one.
    """

    model: str
    target: Sequence[str]
    source: Sequence[str]
    out: str
    models_dir: str | None = None


@dataclass(frozen=True)
class AdaptJob(_FromMapping):
    """An adaptation.

    Attributes:
        model: as in ``ShiftJob``.
        method: name in the catalog.
        target: images of the new scanner.
        out: folder for checkpoints, the adapted model, label maps before and after, and the report.
        settings: of the method; those that are missing are at their defaults, and all of them where it is None.
        source: images of the scanner that the model was trained on.
        source_labels: their label maps, in the same order; empty: not known.
        validation: labeled images of the new scanner. Fine-tuning learns from most of them; others are only measured.
        validation_labels: their label maps, in the same order.
        structures: fine-tuning only: names of what the label maps hold, value 1 first, where these are other structures
            than the model's; empty: the same.
        models_dir: the models folder; None: the default one.
        device: "auto", "cpu", "cuda" or "mps".
        resume: whether to take up what an earlier run has left in ``out``.
        seed: of all that is drawn at random.
    """

    model: str
    method: str
    target: Sequence[str]
    out: str
    settings: Mapping | None = None
    source: Sequence[str] = ()
    source_labels: Sequence[str] = ()
    validation: Sequence[str] = ()
    validation_labels: Sequence[str] = ()
    structures: Sequence[str] = ()
    models_dir: str | None = None
    device: str = "auto"
    resume: bool = False
    seed: int = 0

    def __post_init__(self):
        """Check what can be checked without reading an image.

        Raises:
            UsageError: method or settings are unknown, or what the method needs is missing.
        """
        method = find_method(self.method)
        method.settings_with(self.settings or {})
        if method.needs_source and not self.source:
            raise UsageError(f"{method.title} also needs images of the scanner that the model was trained on.")
        if method.needs_source_labels and not self.source_labels:
            raise UsageError(f"{method.title} also needs label maps of these images.")
        if method.needs_labels and not self.validation_labels:
            raise UsageError(f"{method.title} needs labeled images of the new scanner.")
        if self.structures and not method.needs_labels:
            raise UsageError("Only fine-tuning can teach a model other structures.")
        for images, labels, name in (
            (self.source, self.source_labels, "source"),
            (self.validation, self.validation_labels, "validation"),
        ):
            if labels and len(labels) != len(images):
                raise UsageError(f"There are {len(images)} {name} images, but {len(labels)} label maps of them.")
        if self.validation and not self.validation_labels:
            raise UsageError("The validation images have no label maps.")


@dataclass(frozen=True)
class KeepJob(_FromMapping):
    """Putting an adapted model into the models folder.

    Attributes:
        out: folder of the adaptation.
        models_dir: the models folder; None: the default one.
    """

    out: str
    models_dir: str | None = None


@dataclass(frozen=True)
class SynthesizeJob(_FromMapping):
    """Making an image for a label map.

    Attributes:
        labels: label map to read.
        out: image to write.
        generator: "randomized" (Billot et al. 2023), or the folder of a learned one, see ``GeneratorJob``.
        seed: of all that is drawn at random.
    """

    labels: str
    out: str
    generator: str = RANDOMIZED
    seed: int = 0

    def __post_init__(self):
        """Check the choice.

        Raises:
            UsageError: there is no such generator.
        """
        if self.generator != RANDOMIZED and not Path(self.generator).is_dir():
            raise UsageError(
                f'The generator "{self.generator}" is not known; choose {RANDOMIZED}, or the folder of a learned one.'
            )


@dataclass(frozen=True)
class GeneratorJob:
    """Training a generator on the images of one site and their label maps.

    Attributes:
        images: files or DICOM folders.
        labels: their label maps, in the same order; slices without any label are not learned from.
        structures: names of what the label maps hold, value 1 first.
        out: folder of the generator, with its checkpoint while it is trained.
        window: gray values between which images are made; None: those of the images without their extremes.
        settings: entries of ``Resources/Synthesis/generator.json`` that are to be others.
        device: where it learns, as torch names it.
        resume: whether to take up what an earlier run has left in ``out``.
        seed: of all that is drawn at random.
    """

    images: Sequence[str]
    labels: Sequence[str]
    structures: Sequence[str]
    out: str
    window: tuple[float, float] | None = None
    settings: Mapping = field(default_factory=dict)
    device: str = "cpu"
    resume: bool = False
    seed: int = 0

    def __post_init__(self):
        """Check the window.

        Raises:
            UsageError: it is none.
        """
        if self.window is not None and not self.window[0] < self.window[1]:
            raise UsageError("The window has to go from a lower to a higher gray value.")
