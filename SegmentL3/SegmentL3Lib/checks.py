"""Whether a scan can be used at all; how well it can be used is the matter of ``quality``."""

from .errors import InputError
from .volume import Volume

_HIGHEST_MINIMUM_HU = -200  # fat reaches down to -190, air to -1000
_FIELD_OF_VIEW_MM = (20.0, 2000.0)
_MODALITY_NAMES = {"MR": "an MR", "PT": "a PET", "NM": "a nuclear medicine", "US": "an ultrasound", "XA": "an X-ray"}


def require_ct(volume: Volume) -> None:
    """Refuse a volume that is not a CT in Hounsfield units with a believable size.

    Raises:
        InputError: it says that it is another modality, its values cannot be Hounsfield units, or its slices are
            smaller or larger than any body.
    """
    if volume.modality not in (None, "CT"):
        kind = _MODALITY_NAMES.get(volume.modality, f"a {volume.modality}")
        raise InputError(f"This is {kind} scan, but body composition needs a CT. Choose the CT series.")
    lowest = volume.array.min()
    if lowest > _HIGHEST_MINIMUM_HU:
        raise InputError(
            f"The values are not Hounsfield units: the lowest is {lowest:g}, where a CT has air near -1000. "
            "Is it an MR, or a CT without its rescale? Export the original CT."
        )
    sizes = [count * step for count, step in zip(reversed(volume.array.shape), volume.geometry.spacing, strict=True)]
    if not all(_FIELD_OF_VIEW_MM[0] <= size <= _FIELD_OF_VIEW_MM[1] for size in sizes[:2]):
        raise InputError(
            f"A slice of the scan would be {sizes[0]:.3g} by {sizes[1]:.3g} mm, so its pixel size must be wrong. "
            "Export the scan again."
        )
