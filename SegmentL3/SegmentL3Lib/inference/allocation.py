"""Keep memory that is used again and again, instead of giving it back to the system each time."""

import contextlib
import ctypes
import sys
from collections.abc import Iterator

# Parameters of mallopt, from malloc.h of the GNU C library, and what they are unless changed.
_TRIM_THRESHOLD, _MAPPED_MOST = -1, -4
_USUAL_TRIM_THRESHOLD, _USUAL_MAPPED_MOST = 128 * 1024, 65536
_NEVER_TRIM = 2**31 - 1
_holders = 0  # blocks that keep memory now, one within the other


@contextlib.contextmanager
def kept_memory() -> Iterator[None]:
    """Let arrays that are released within be used again at once; the outermost block gives the memory back at its end.

    PyTorch takes the memory of each result from the C library, which passes large requests on to the system: every
    page has to be cleared and mapped again, which can take as long as the arithmetic of a layer. Only the GNU C library
    can be told so; elsewhere nothing happens.
    """
    global _holders
    library = _gnu_library()
    if library is None:
        yield
        return
    library.mallopt(_MAPPED_MOST, 0)
    library.mallopt(_TRIM_THRESHOLD, _NEVER_TRIM)
    _holders += 1
    try:
        yield
    finally:
        _holders -= 1
        if not _holders:
            library.mallopt(_MAPPED_MOST, _USUAL_MAPPED_MOST)
            library.mallopt(_TRIM_THRESHOLD, _USUAL_TRIM_THRESHOLD)
            library.malloc_trim(0)


def _gnu_library() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
