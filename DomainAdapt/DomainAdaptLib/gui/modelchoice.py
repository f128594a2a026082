"""The models that can be adapted: those that come with the extension, and those that the user has imported."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slicer.i18n import tr as _
from slicer.i18n import translate

from SegmentL3Lib.gui.modelrow import ModelRow
from SegmentL3Lib.resources import resource_path

_FIRST = "l3_tissue_2d"


@dataclass(frozen=True)
class ModelChoice:
    """One entry of the list.

    Attributes:
        id: as a job names it.
        title: name for people.
        description: what it does.
        isShipped: whether it comes with the extension.
        problem: why it cannot be adapted, None where it can.
    """

    id: str
    title: str
    description: str
    isShipped: bool = False
    problem: str | None = None


def modelChoices(rows: Iterable[ModelRow]) -> list[ModelChoice]:
    """All that can be picked; ``rows``: the imported models, of which damaged ones are left out."""
    return [*_shippedModels(), *(_choiceOf(row) for row in rows if row.error is None)]


def findModel(choices: Sequence[ModelChoice], identifier: str) -> ModelChoice:
    """The choice of an ID; the first where the ID is empty; for a model that is not there one that says so."""
    found = next((choice for choice in choices if choice.id == identifier), None)
    if found is not None:
        return found
    if not identifier:
        return choices[0]
    problem = _('The model "{name}" is not in the models folder. Import it in Segment L3, or choose another one.')
    return ModelChoice(identifier, identifier, "", problem=problem.format(name=identifier))


def _shippedModels():
    """Those that read one image, the main one first; the finder of vertebral levels reads projections of a scan."""
    found = []
    paths = resource_path("Models").glob("*/configs/metadata.json")
    for path in sorted(paths, key=lambda path: (path.parents[1].name != _FIRST, path)):
        metadata = json.loads(path.read_text(encoding="utf-8"))
        image = metadata["network_data_format"]["inputs"]["image"]
        if image["num_channels"] == 1:
            title = translate("Models", metadata["task"])
            description = _("{modality}. Comes with Segment L3, version {version}.")
            text = description.format(modality=image["modality"], version=metadata["version"])
            found.append(ModelChoice(path.parents[1].name, title, text, isShipped=True))
    return found


def _choiceOf(row):
    problem = None
    if len(row.inputs) > 1:
        text = _("This model reads {count} images of each patient. Only models that read one can be adapted.")
        problem = text.format(count=len(row.inputs))
    details = " ".join(filter(None, [row.description, row.kind and f"{row.kind}.", ", ".join(row.modality)]))
    return ModelChoice(row.identifier, row.title, details, problem=problem)
