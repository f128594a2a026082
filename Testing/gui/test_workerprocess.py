"""The worker process: lines, exit code, end."""

import os
import sys
import time

import psutil
import pytest

from SegmentL3Lib.gui import launcher
from SegmentL3Lib.gui.workerprocess import WorkerProcess, parseLine


def start(program, tmp_path, environment=None):
    return WorkerProcess([sys.executable, "-u", "-c", program], str(tmp_path), environment)


def finish(worker, seconds=30):
    events, end = [], time.monotonic() + seconds
    while not worker.isFinished():
        assert time.monotonic() < end
        events += worker.takeEvents()
        time.sleep(0.01)
    return events + worker.takeEvents()


def test_lines_arrive_in_order_and_the_exit_code_after_them(tmp_path):
    worker = start("for i in range(500): print(i)\nraise SystemExit(7)", tmp_path)
    assert [event.text for event in finish(worker)] == [str(number) for number in range(500)]
    assert worker.exitCode == 7


def test_standard_error_is_heard_too(tmp_path):
    worker = start("import sys; print('trouble', file=sys.stderr)", tmp_path)
    assert [event.text for event in finish(worker)] == ["trouble"]


def test_bytes_that_are_no_utf8_do_no_harm(tmp_path):
    worker = start(r"import os; os.write(1, b'L\xe9ka\xff\n\xc3\xa9\n')", tmp_path)
    assert finish(worker)[1].text == "é"


def test_asking_never_waits(tmp_path):
    worker = start("import time; time.sleep(60)", tmp_path)
    begin = time.monotonic()
    assert not worker.isFinished()
    assert worker.takeEvents() == []
    assert worker.exitCode is None
    assert time.monotonic() - begin < 0.5
    worker.end()


def test_a_grandchild_that_keeps_the_output_open_does_not_hold_up_the_end(tmp_path):
    program = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(30)'])"
    worker = start(program, tmp_path)
    finish(worker, 20)
    worker.end()


@pytest.mark.parametrize("with_psutil", [True, False])
def test_end_takes_the_whole_tree(tmp_path, monkeypatch, with_psutil):
    program = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(child.pid)\ntime.sleep(600)"
    )
    worker = start(program, tmp_path)
    events = []
    while not events:
        events = worker.takeEvents()
        time.sleep(0.01)
    with monkeypatch.context() as context:
        if not with_psutil:
            context.setitem(sys.modules, "psutil", None)
        worker.end()
    assert_ended(worker.pid, int(events[0].text))


def assert_ended(*pids, seconds=10):
    """A killed process may be seen for a moment longer."""
    end = time.monotonic() + seconds
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < end, "processes go on"
        time.sleep(0.01)


def is_alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.skipif(os.name == "nt", reason="processes cannot be asked to end on Windows")
def test_process_may_clean_up_before_its_end(tmp_path):
    program = (
        "import signal, sys, time, pathlib\n"
        "def clean(*_):\n    pathlib.Path('cleaned').touch()\n    sys.exit(1)\n"
        "signal.signal(signal.SIGTERM, clean)\nprint('ready')\ntime.sleep(600)"
    )
    worker = start(program, tmp_path)
    while not worker.takeEvents():
        time.sleep(0.01)
    worker.end(10)
    assert (tmp_path / "cleaned").exists()
    assert worker.exitCode == 1


def test_process_that_does_not_clean_up_in_time_is_killed(tmp_path):
    program = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready')\ntime.sleep(600)"
    worker = start(program, tmp_path)
    while not worker.takeEvents():
        time.sleep(0.01)
    worker.end(0.2)
    assert_ended(worker.pid)


def test_end_may_be_called_after_the_end(tmp_path):
    worker = start("pass", tmp_path)
    finish(worker)
    worker.end()
    worker.end()


@pytest.mark.parametrize(
    ("line", "kind", "text"),
    [
        ('{"event": "progress", "fraction": 0.5, "text": "Finding L3"}', "progress", "Finding L3"),
        ("Traceback (most recent call last):", "log", "Traceback (most recent call last):"),
        ("{not json", "log", "{not json"),
        ("[1, 2]", "log", "[1, 2]"),
        ("17", "log", "17"),
        ('{"no": "event"}', "log", '{"no": "event"}'),
        ('{"event": "log"}', "log", ""),
    ],
)
def test_whatever_is_no_event_is_a_line_of_the_log(line, kind, text):
    event = parseLine(line)
    assert (event.kind, event.text) == (kind, text)


def test_environment_lets_the_worker_import_both_libraries():
    environment = launcher.workerEnvironment({"PYTHONPATH": "/before"}, "auto")
    paths = environment["PYTHONPATH"].split(os.pathsep)
    assert [os.path.basename(path) for path in paths] == ["SegmentL3", "DomainAdapt", "before"]
    assert environment["PYTHONUNBUFFERED"] == "1"
    assert environment["PYTHONIOENCODING"] == "utf-8"
    assert "CUDA_VISIBLE_DEVICES" not in environment


def test_cpu_hides_the_graphics_cards():
    assert launcher.workerEnvironment({}, "cpu")["CUDA_VISIBLE_DEVICES"] == "-1"


def test_missing_interpreter_is_said_in_words(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(launcher.PythonNotFoundError, match="PythonSlicer was not found"):
        launcher.pythonSlicer()
