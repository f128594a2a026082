"""The most memory that this process has while something runs."""

import threading
from types import TracebackType

import psutil

_INTERVAL_S = 0.05


class PeakMemory:
    """Context that watches the memory of the process; ``gb`` is the most it had within."""

    def __init__(self):
        self.gb = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "PeakMemory":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        process = psutil.Process()
        while True:
            self.gb = max(self.gb, process.memory_info().rss / 1e9)
            if self._over.wait(_INTERVAL_S):
                return
