"""Bridge to MRML: the only place of the library that touches slicer and vtk, and the only one that knows RAS."""
