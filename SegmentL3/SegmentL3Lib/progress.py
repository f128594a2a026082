"""How a long step tells what it is doing."""

import re
import time
from collections.abc import Callable

# Called with the fraction done (0 to 1) and what is being done.
Progress = Callable[[float, str], None]


def silent(_fraction: float, _text: str) -> None:
    """Progress that nobody watches."""


def part(progress: Progress, start: float, end: float) -> Progress:
    """Progress of a step that takes the part from ``start`` to ``end`` of the whole."""
    return lambda fraction, text: progress(start + (end - start) * fraction, text)


def seldom(progress: Progress, interval_s: float, now: Callable[[], float] = time.monotonic) -> Progress:
    """Progress that is passed on when something else is being done, at the end, and in between now and then.

    Args:
        progress: is called.
        interval_s: time between two calls for the same thing; what is being done is the same where only numbers differ.
        now: clock, seconds.
    """
    last_s, last_words = -float("inf"), None

    def passed_on(fraction: float, text: str) -> None:
        nonlocal last_s, last_words
        words = re.sub(r"\d+", "", text)
        if words != last_words or fraction >= 1 or now() - last_s >= interval_s:
            last_s, last_words = now(), words
            progress(fraction, text)

    return passed_on
