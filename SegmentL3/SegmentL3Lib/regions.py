"""The anatomical regions that the tissue model tells apart, before CT numbers decide what is what."""

from enum import IntEnum


class Region(IntEnum):
    """Output channels of the tissue model."""

    BACKGROUND = 0
    SUBCUTANEOUS = 1
    VISCERAL = 2
    MUSCLE = 3
    INTERMUSCULAR = 4
    BONE = 5
    BOWEL = 6
    OTHER = 7  # organs, vessels, skin, spinal canal, discs
