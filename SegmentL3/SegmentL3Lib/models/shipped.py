"""The models that come with the extension."""

from ..resources import resource_path
from .bundle import Bundle, load_bundle

TISSUE_MODEL = "l3_tissue_2d"
LEVEL_MODEL = "l3_level_2d"
LESION_MODEL = "brain_lesions_3d"
FETAL_BRAIN_MODEL = "fetal_brain_3d"
FETAL_ORGANS_MODEL = "fetal_organs_3d"


def shipped_model(name: str) -> Bundle:
    """Model of ``Resources/Models`` by the name of its folder; the hash of its weights is checked.

    Raises:
        ModelError: not there or damaged.
    """
    return load_bundle(resource_path("Models", name), require_hash=True)
