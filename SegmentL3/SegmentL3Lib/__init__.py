"""SegmentL3: find the third lumbar vertebra in a CT, segment tissue there, measure it and judge the result."""

__version__ = "0.1.0"
