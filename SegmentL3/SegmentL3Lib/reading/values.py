"""Stored values to CT numbers, in as little memory as they need."""

import numpy as np

from ..errors import InputError

_INT16 = np.iinfo(np.int16)


def rescaled(stored: np.ndarray, slope: float = 1.0, intercept: float = 0.0) -> np.ndarray:
    """``stored * slope + intercept``: int16 where every result is a whole number that fits, else float32.

    The result may be the given array itself.
    """
    if stored.dtype == np.int16 and slope == 1 and intercept == 0:
        return stored
    if np.issubdtype(stored.dtype, np.integer) and float(slope).is_integer() and float(intercept).is_integer():
        low, high = sorted(int(limit) * slope + intercept for limit in (stored.min(), stored.max()))
        if all(_INT16.min <= value <= _INT16.max for value in (low, high, slope, intercept)):
            # Arithmetic modulo 2**16 is exact for results that fit, even where a step in between does not.
            values = stored.astype(np.int16)
            values *= np.int16(slope)
            values += np.int16(intercept)
            return values
    values = stored.astype(np.float32)
    values *= np.float32(slope)
    values += np.float32(intercept)
    return values


def without_gaps(values: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Replace values that are not numbers by the lowest value; return the sentences to warn of it.

    Raises:
        InputError: no value is a number.
    """
    if not np.issubdtype(values.dtype, np.floating):
        return values, []
    missing = ~np.isfinite(values)
    count = int(missing.sum())
    if not count:
        return values, []
    if count == values.size:
        raise InputError("The scan holds no values: every voxel is empty. Export it again.")
    lowest = values[~missing].min()
    values[missing] = lowest
    return values, [f"{count} voxels have no value; they were read as {lowest:g}."]
