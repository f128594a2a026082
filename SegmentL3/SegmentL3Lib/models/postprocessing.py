"""What is done to the output of a network: probabilities first, then the most probable class."""

from collections.abc import Mapping

from ..errors import ModelError
from .config import needs_code
from .preprocessing import target_name, transforms

ALLOWED = {
    "Activationsd": {"_target_": None, "keys": None, "softmax": True},
    "AsDiscreted": {"_target_": None, "keys": None, "argmax": True},
}


def check_postprocessing(definition: Mapping) -> None:
    """Accept softmax and argmax, which ``segment`` applies itself, with the return to the native grid in between.

    Raises:
        ModelError: any other transform or argument.
    """
    for number, transform in enumerate(transforms(definition, "postprocessing")):
        place = f"postprocessing.transforms[{number}]"
        allowed = ALLOWED.get(target_name(transform))
        if allowed is None:
            raise needs_code(f"{place}._target_", transform.get("_target_"))
        for key, value in transform.items():
            if key not in allowed or allowed[key] not in (None, value):
                raise ModelError(f'{place} has the argument "{key}" = {value}, which is not known.')
