"""The few worst of many cases, kept without holding them all in memory."""

import heapq
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class Worst(Generic[T]):
    """Keeps the ``limit`` cases of the highest badness that were offered."""

    limit: int
    _heap: list = field(default_factory=list)
    _offered: int = 0

    def offer(self, badness: float, case: T) -> None:
        """Keep the case if it is among the worst so far."""
        self._offered += 1
        entry = (badness, -self._offered, case)
        if len(self._heap) < self.limit:
            heapq.heappush(self._heap, entry)
        elif self.limit and entry > self._heap[0]:
            heapq.heapreplace(self._heap, entry)

    def cases(self) -> list[T]:
        """The cases kept, the worst first."""
        return [case for _, _, case in sorted(self._heap, key=lambda entry: entry[:2], reverse=True)]
