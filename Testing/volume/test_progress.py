"""Progress is told as parts of a whole, and not more often than anybody can read."""

import pytest

from SegmentL3Lib.progress import part, seldom


@pytest.fixture
def seen():
    return []


@pytest.fixture
def clock():
    class Clock:
        time_s = 0.0

        def __call__(self):
            return self.time_s

    return Clock()


def test_a_part_takes_its_share_of_the_whole(seen):
    step = part(lambda fraction, text: seen.append((fraction, text)), 0.2, 0.6)
    step(0.0, "first")
    step(0.5, "then")
    step(1.0, "last")
    assert seen == [(0.2, "first"), (pytest.approx(0.4), "then"), (pytest.approx(0.6), "last")]


def test_the_same_thing_is_told_now_and_then(seen, clock):
    progress = seldom(lambda fraction, text: seen.append(text), 1.0, clock)
    for number in range(35):
        clock.time_s = 0.1 * number
        progress(number / 100, f"window {number} of 100, about {100 - number} s left")
    assert [int(text.split()[1]) for text in seen] == [0, 10, 20, 30]


def test_something_else_and_the_end_are_told_at_once(seen, clock):
    progress = seldom(lambda fraction, text: seen.append((fraction, text)), 1.0, clock)
    for fraction, text in ((0.1, "window 1"), (0.2, "window 2"), (0.9, "writing"), (0.95, "writing"), (1.0, "writing")):
        progress(fraction, text)
    assert seen == [(0.1, "window 1"), (0.9, "writing"), (1.0, "writing")]
