"""A guard against PySide6 6.12.0 on Python 3.11, which gives back references to None and bools that it never took.

That version is compiled for Python 3.12, where these objects are immortal. On Python 3.11 each call of a setter or
signal takes one reference away, and after some thousand calls Python aborts ("deallocating None"). PySide6 6.11.3 does
not do so.
"""

import ctypes
import sys

REFERENCES = 1 << 40  # more than any test run can take away


def keep_singletons_alive():
    """Give None, True and False more references than can be lost; does nothing where they are immortal anyway."""
    if sys.version_info >= (3, 12):
        return
    for singleton in (None, True, False):
        count = ctypes.c_ssize_t.from_address(id(singleton))  # CPython begins each object with its reference count
        if count.value < REFERENCES:
            count.value += REFERENCES
