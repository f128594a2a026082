"""What an earlier look at a package found, so that a list need not read every weight again."""

import hashlib
import json
import os
from dataclasses import asdict, fields
from pathlib import Path

from ..errors import SegmentL3Error
from ..files import atomic_path, check_writable_folder
from .package_info import PackageInfo

_LISTS = ("modality", "inputs", "structures", "notes")


class Records:
    """One JSON file a package. It counts as long as name, size and time of every file are those it was made for."""

    def __init__(self, folder: Path):
        """``folder``: where the records lie; made when the first is kept."""
        self._folder = folder

    def find(self, package: Path) -> PackageInfo | None:
        """What is known of a package; None where nothing is, or its files have changed since."""
        known = self.last(package.name)
        return known[0] if known is not None and known[1] == fingerprint(package) else None

    def last(self, identifier: str) -> tuple[PackageInfo, str] | None:
        """What was kept last for a name, and for files of which fingerprint."""
        try:
            content = json.loads(self._path(identifier).read_text(encoding="utf-8"))
            return _info(content["info"]), content["files"]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, package: Path, info: PackageInfo) -> None:
        """Keep what was found; a folder that only its keeper may write stays without records."""
        content = {"files": fingerprint(package), "info": asdict(info)}
        try:
            check_writable_folder(self._folder)
            with atomic_path(self._path(package.name)) as temporary:
                temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        except SegmentL3Error:
            return

    def forget(self, identifier: str) -> None:
        """Remove the record of a name.

        Raises:
            OSError: it cannot be removed.
        """
        self._path(identifier).unlink(missing_ok=True)

    def _path(self, identifier: str) -> Path:
        return self._folder / f"{identifier}.json"


def fingerprint(package: Path) -> str:
    """Hash of name, size and time of every file of a folder; their content is not read."""
    lines = []
    for parent, _, names in os.walk(package):
        for path in (Path(parent, name) for name in names):
            status = path.lstat()
            lines.append(f"{path.relative_to(package).as_posix()}\0{status.st_size}\0{status.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(lines)).encode("utf-8", "surrogateescape")).hexdigest()


def _info(values: dict) -> PackageInfo:
    known = {field.name for field in fields(PackageInfo)}
    if set(values) != known:
        raise ValueError("a record of another version")
    return PackageInfo(**{key: tuple(value) if key in _LISTS else value for key, value in values.items()})
