"""A small volume, and the example module opened in the stand-in host."""

from pathlib import Path

import numpy as np
import pytest

EXAMPLE = Path(__file__).parent / "ExampleModule" / "ExampleModule.py"
BRIGHT_RAS = (-20.0, 10.0, 5.0)  # center of the bright cube


def add_volume():
    """A grey block of 0 with a cube of 100, spacing 2 x 2 x 5 mm, rotated about the body axis."""
    import slicer

    angle = np.deg2rad(10)
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    matrix[:3, :3] = matrix[:3, :3] @ np.diag([2, 2, 5])
    voxels = np.zeros((12, 40, 40), np.int16)
    voxels[4:7, 14:19, 10:17] = 100
    matrix[:3, 3] = np.array(BRIGHT_RAS) - matrix[:3, :3] @ [13, 16, 5]
    node = slicer.util.addVolumeFromArray(voxels, ijkToRAS=matrix, name="ct")
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().AutoWindowLevelOff()
    node.GetDisplayNode().SetWindowLevel(200, 50)
    return node


@pytest.fixture
def volume(host):
    return add_volume()


@pytest.fixture
def example_path():
    return EXAMPLE


@pytest.fixture
def example(host, volume):
    return host.load_module(EXAMPLE)
