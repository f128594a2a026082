"""Files of a package: only regular ones, only inside its folder."""

import json
import stat
from pathlib import Path

from ..errors import ModelError

LARGEST_CONFIG_BYTES = 4_000_000
_LONGEST_HEADING = 2000


class PackageFolder:
    """The folder of a package, which gives out nothing that lies outside it."""

    def __init__(self, root: str | Path):
        """Take an existing folder.

        Raises:
            ModelError: there is no such folder.
        """
        self.root = Path(root)
        if not _is_folder(self.root):
            raise ModelError(f"There is no model package {self.root.name}.")

    @property
    def name(self) -> str:
        """Name of the folder itself."""
        return self.root.resolve().name

    def has(self, relative: str | Path) -> bool:
        """Whether there is something of that name."""
        try:
            return (self.root / relative).exists()
        except (OSError, ValueError):
            return False

    def file(self, relative: str | Path) -> Path:
        """Path of a regular file of the package.

        Raises:
            ModelError: missing, unreadable, not a regular file, or a link that leads out of the folder.
        """
        path = self.root / relative
        try:
            resolved = path.resolve(strict=True)
            regular = stat.S_ISREG(resolved.stat().st_mode)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise ModelError(f"The model package {self.name} has no {Path(relative).as_posix()}.") from error
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(f"The file {path.name} of the model package {self.name} cannot be read.") from error
        if not resolved.is_relative_to(self.root.resolve()):
            raise ModelError(f"The file {path.name} of the model package {self.name} is a link that leads out of it.")
        if not regular:
            raise ModelError(f"{path.name} of the model package {self.name} is not a file.")
        return resolved

    def subfolders(self) -> list[Path]:
        """Folders in it by name, without hidden ones, those of the system and links.

        Raises:
            ModelError: it cannot be listed.
        """
        try:
            paths = [path for path in self.root.iterdir() if not path.name.startswith((".", "__"))]
            return sorted(path for path in paths if path.is_dir() and not path.is_symlink())
        except OSError as error:
            raise ModelError(f"The folder {self.name} cannot be read: {error.strerror}.") from error

    def json(self, relative: str | Path) -> dict:
        """Object of a JSON file.

        Raises:
            ModelError: missing, too large, not JSON, or not an object.
        """
        path = self.file(relative)
        try:
            if path.stat().st_size > LARGEST_CONFIG_BYTES:
                raise ModelError(f"The model package is damaged: {path.name} is too large.")
            content = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
        except OSError as error:
            raise ModelError(f"The file {path.name} of the model package cannot be read: {error.strerror}.") from error
        except (ValueError, RecursionError) as error:
            raise ModelError(f"The model package is damaged: {path.name} is not valid JSON.") from error
        if not isinstance(content, dict):
            raise ModelError(f"The model package is damaged: {path.name} does not hold named entries.")
        return content

    def first_line(self, *candidates: str) -> str:
        """First line with text of the first of these files that is there; empty where there is none."""
        for relative in candidates:
            if self.has(relative):
                with self.file(relative).open(encoding="utf-8", errors="replace") as file:
                    lines = (line.strip(" #\t\r\n") for line in file.read(_LONGEST_HEADING).splitlines())
                    return next((line for line in lines if line), "")
        return ""

    def size_bytes(self) -> int:
        """Size of all regular files."""
        return sum(path.lstat().st_size for path in self.root.rglob("*") if stat.S_ISREG(path.lstat().st_mode))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _refuse_constant(name: str):
    raise ValueError(f"{name} is not JSON")
