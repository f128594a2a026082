"""Random affine maps of brains."""

import numpy as np


def turned_and_sheared(rng: np.random.Generator, angle_deg: float, shear: float) -> np.ndarray:
    """A turn around each axis in turn and a shear, matrix (3, 3).

    Args:
        angle_deg: standard deviation of each angle, degrees.
        shear: standard deviation of its entries.
    """
    matrix = np.eye(3)
    for first, second in ((0, 1), (0, 2), (1, 2)):
        angle = np.radians(angle_deg) * rng.standard_normal()
        turn = np.eye(3)
        turn[[first, second], [first, second]] = np.cos(angle)
        turn[first, second], turn[second, first] = -np.sin(angle), np.sin(angle)
        matrix = matrix @ turn
    return matrix @ (np.eye(3) + shear * np.triu(rng.standard_normal((3, 3)), 1))
