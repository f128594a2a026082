"""Generated cases one after the other, made by processes beside the one that measures them."""

import logging
from collections.abc import Callable, Iterator
from typing import TypeVar

from ..processes import single_threaded_pool

T = TypeVar("T")
_REPORT_EVERY = 10
logger = logging.getLogger(__name__)


def generate(make: Callable[[int], T], count: int, workers: int = 0) -> Iterator[T]:
    """Cases 0 ... ``count`` - 1 in their order.

    Args:
        make: makes the case of a number; a function of a module, so that other processes find it.
        workers: processes that make cases; this one makes them itself if 0.
    """
    if not workers:
        yield from _reported(map(make, range(count)), count)
        return
    with single_threaded_pool(workers) as pool:
        yield from _reported(pool.imap(make, range(count)), count)


def _reported(cases: Iterator[T], count: int) -> Iterator[T]:
    for number, case in enumerate(cases, start=1):
        yield case
        if number % _REPORT_EVERY == 0:
            logger.info("%d of %d generated patients measured", number, count)
