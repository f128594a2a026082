"""Running Qt's event loop from a test until something has happened."""

import time

from .qtmodules import application


def pump_until(condition, timeout=10.0, message=""):
    """Process events until `condition()` is true; returns its value.

    Args:
        condition: function without arguments.
        timeout: seconds.
        message: what was waited for, for the error.

    Raises:
        TimeoutError: the condition did not become true in time.
    """
    end = time.monotonic() + timeout
    while True:
        application.processEvents()
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"waited {timeout} s in vain for {message or condition}")
        time.sleep(0.005)


def pump_for(seconds):
    """Process events for a while, for checks that nothing happens."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        application.processEvents()
        time.sleep(0.005)
