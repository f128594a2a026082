"""How a long step tells what it is doing."""

from collections.abc import Callable

# Called with the fraction done (0 to 1) and what is being done.
Progress = Callable[[float, str], None]


def silent(_fraction: float, _text: str) -> None:
    """Progress that nobody watches."""


def part(progress: Progress, start: float, end: float) -> Progress:
    """Progress of a step that takes the part from ``start`` to ``end`` of the whole."""
    return lambda fraction, text: progress(start + (end - start) * fraction, text)
