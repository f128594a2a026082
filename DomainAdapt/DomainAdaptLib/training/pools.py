"""Folders of synthetic cases, one file each."""

from pathlib import Path

from SegmentL3Lib.errors import InputError


def pool_files(pool: Path) -> list[Path]:
    """Files of the cases of a pool.

    Raises:
        InputError: there are none.
    """
    paths = sorted(pool.glob("*.npy"))
    if not paths:
        raise InputError(f"There are no cases in {pool}; prepare the material first.")
    return paths
