"""How a process of ours shares the processor, and how it ends."""

import atexit
import gc
import os
import sys

UNREAD_EXIT_CODE = 141  # what shells report for a program whose output nobody reads any more


def let_waiting_threads_sleep() -> None:
    """Have threads of OpenMP (PyTorch) give the processor away while they wait; call it before torch is imported.

    They spin otherwise, and where another program needs a core too, those that spin keep the others from working:
    measured on two cores that were shared with one, a slice took 13 times the processor time. What the user has set in
    the environment stays.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def end_without_search() -> None:
    """Have this process give its memory back all at once when it ends, without looking for what nobody needs first.

    With PyTorch that search takes half a second, in which the user waits.
    """
    atexit.register(gc.freeze)


def close_output() -> None:
    """After whoever read the output has ended, as ``head`` does: what is left unsaid must not fail again at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
