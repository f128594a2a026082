"""The model that is adapted: found, checked, and with other weights."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from torch import nn

from SegmentL3Lib.errors import UsageError
from SegmentL3Lib.labels import Label
from SegmentL3Lib.models import SegmentationModel, load_model
from SegmentL3Lib.models.plan import MONAI_BUNDLE, SOFTMAX
from SegmentL3Lib.models.store import ModelStore
from SegmentL3Lib.resources import resource_path
from SegmentL3Lib.structure_names import label_structures

from .package import write_files
from .package_files import WEIGHTS, PackageFiles, read_package_files, with_reading


@dataclass(frozen=True, eq=False)
class AdaptableModel:
    """A model with one network, one input image and structures that do not overlap.

    Attributes:
        folder: of its package.
        model: ready to be run.
        files: texts of its package.
    """

    folder: Path
    model: SegmentationModel
    files: PackageFiles

    @property
    def network(self) -> nn.Module:
        """The network, in evaluation mode, on the CPU."""
        return self.model.stages[0].networks[0]

    @property
    def channels(self) -> int:
        """Output channels of the network, the background included."""
        return 1 + len(self.model.structures)

    @property
    def labels(self) -> Sequence[Label]:
        """Value, readable name, color and code of each structure."""
        return label_structures([(structure.value, structure.name) for structure in self.model.structures])

    def with_network(self, network: nn.Module) -> SegmentationModel:
        """The model with another network of the same kind."""
        return replace(self.model, stages=(replace(self.model.stages[0], networks=(network,)),))


def find_model(name: str, models_dir: str | None = None) -> AdaptableModel:
    """A model by its identifier in the models folder, the name of a shipped one, or the path of a package's folder.

    Raises:
        UsageError: there is none, or it is of a kind that cannot be adapted.
        ModelError: the package is damaged or not understood.
    """
    shipped = resource_path("Models", name)
    if name == Path(name).name and shipped.is_dir():
        return _load_shipped(shipped)
    folder = ModelStore(models_dir).find(name)
    model = load_model(folder)
    _refuse_obstacles(model)
    return AdaptableModel(folder, model, read_package_files(folder))


def _load_shipped(folder: Path) -> AdaptableModel:
    files = with_reading(read_package_files(folder))
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch, folder.name)
        write_files(copy, {**files.contents(), WEIGHTS: (folder / WEIGHTS).read_bytes()})
        model = load_model(copy)
    _refuse_obstacles(model)
    return AdaptableModel(folder, model, files)


def _refuse_obstacles(model: SegmentationModel) -> None:
    obstacle = _obstacle(model)
    if obstacle:
        raise UsageError(f"The model {model.title} cannot be adapted: {obstacle}.")



def _obstacle(model: SegmentationModel) -> str | None:
    if model.kind != MONAI_BUNDLE:
        return "only MONAI bundles can be, and it is an " + model.kind
    if len(model.stages) > 1 or len(model.stages[0].networks) > 1:
        return "it consists of several networks"
    if len(model.inputs) > 1:
        return f"it needs {len(model.inputs)} images of each patient, and only models with one are supported"
    if model.activation != SOFTMAX:
        return "its structures may overlap, and only models whose structures exclude each other are supported"
    return None
