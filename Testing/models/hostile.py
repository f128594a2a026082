"""Values and bytes that nobody should put into a model package, for property-based tests."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

from hypothesis import strategies as st

# What an attack would want to do; reading weights and configurations needs none of it.
FORBIDDEN_EVENTS = frozenset({
    "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile", "subprocess.Popen", "pty.spawn",
    "socket.connect", "socket.bind", "urllib.Request", "ctypes.dlopen", "os.remove", "os.rename", "shutil.rmtree",
})  # fmt: skip
_seen: list[str] = []
_watching = False


def _hook(event: str, _arguments: tuple) -> None:
    if _watching and event in FORBIDDEN_EVENTS:
        _seen.append(event)


sys.addaudithook(_hook)


@contextmanager
def nothing_executed() -> Iterator[None]:
    """Fail if the block starts a program, opens a connection, loads a library or deletes a file."""
    global _watching
    _seen.clear()
    _watching = True
    try:
        yield
    finally:
        _watching = False
    assert _seen == []


TEXTS = [
    "", "$", "@", "%", "\0", "$__import__('os').system('true')", "@run", "@image_key", "../../etc/passwd",
    "a" * 10_000, "os.system", "monai.bundle.run", "torch.load", "3d_fullres", "\ud800", "__class__", "UNet",
]  # fmt: skip
NUMBERS = [0, 1, -1, 2, 3, 7, 255, 2**31, 2**63, 10**30, 0.5, -0.0, 1e-320, 1e308]
VALUES = st.one_of(
    st.sampled_from([None, True, False, [], {}, [[]], [{}], {"_target_": "os.system"}, {"": None}]),
    st.sampled_from(TEXTS),
    st.sampled_from(NUMBERS),
    st.recursive(
        st.sampled_from([*TEXTS[:8], *NUMBERS[:8], None]),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(TEXTS[:6]), inner, max_size=3),
        max_leaves=6,
    ),
)


def places(content, path: tuple = ()) -> Iterator[tuple]:
    """Paths of all entries of JSON content."""
    entries = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in entries:
        yield (*path, key)
        yield from places(value, (*path, key))


@st.composite
def changed_json(draw, content: dict) -> bytes:
    """The JSON text of some content after one to three changes: replaced, removed, doubled or renamed entries."""
    content = json.loads(json.dumps(content))
    for _ in range(draw(st.integers(1, 3))):
        here = draw(st.sampled_from(list(places(content)) or [()]))
        if here:
            _change(draw, content, here)
    text = json.dumps(content)
    if draw(st.integers(0, 19)) == 0:
        cut = draw(st.integers(0, len(text)))
        text = text[:cut] + draw(st.sampled_from(["", "NaN", "[" * 5000, "\\", '"'])) + text[cut + 1 :]
    return text.encode("utf-8", "surrogatepass")


def _change(draw, content, path: tuple) -> None:
    for key in path[:-1]:
        content = content[key]
    kind, last = draw(st.sampled_from(["replace", "replace", "replace", "remove", "double", "rename"])), path[-1]
    if kind == "replace":
        content[last] = deepcopy(draw(VALUES))  # a later change must not reach the value that others draw too
    elif kind == "remove":
        del content[last]
    elif kind == "double" and isinstance(content, list):
        content.append(content[last])
    elif kind == "rename" and isinstance(content, dict):
        content[draw(st.sampled_from(TEXTS))] = content.pop(last)


@st.composite
def changed_bytes(draw, content: bytes) -> bytes:
    """A file after up to four changes: bytes replaced, removed or put in, or the end cut off."""
    content = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, max(0, len(content) - 1)))
        length = draw(st.integers(0, 8))
        content[start : start + length] = draw(st.binary(max_size=8))
    if draw(st.integers(0, 9)) == 0:
        del content[draw(st.integers(0, len(content))) :]
    return bytes(content)
