"""The folder of imported models: one folder each, with the package's own files."""

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import ModelError, SegmentL3Error, UsageError
from ..files import check_writable_folder, unwritable
from ..models_folder import default_models_folder
from .package_info import PackageInfo
from .records import Records
from .unpacking import copy_folder, unpack

_RECORDS, _IMPORTING, _REMOVED = ".records", ".importing-", ".removed-"
_LEFTOVER_SECONDS = 24 * 3600
_LONGEST_IDENTIFIER = 60
# Files or folders by which the folder of a package is told from one around it.
_SIGNS = ("configs", "plans.json", "dataset.json")


class ModelStore:
    """Models that a user has imported. What somebody copied into the folder by hand is a model too."""

    def __init__(self, folder: str | Path | None = None):
        """``folder``: where the models lie; None takes ``default_models_folder()``. The first import makes it."""
        self.folder = default_models_folder() if folder is None else Path(folder)
        self._records = Records(self.folder / _RECORDS)

    def list(self) -> tuple[PackageInfo, ...]:
        """All models by name; one that cannot be used says why in ``error``.

        Raises:
            ModelError: the folder cannot be read.
        """
        return tuple(self._info(identifier) for identifier in self._identifiers())

    def path(self, identifier: str) -> Path:
        """Folder of a model.

        Raises:
            UsageError: there is none of that name.
        """
        known = self._identifiers()
        if identifier not in known:
            there = ", ".join(known) or "none"
            raise UsageError(f'There is no model "{identifier}" in the models folder. These are there: {there}.')
        return self.folder / identifier

    def find(self, name: str) -> Path:
        """Folder of a package: that of a model in the store, or else one anywhere.

        Args:
            name: identifier of a model, or path of a package's folder.

        Raises:
            UsageError: there is neither.
        """
        if name not in self._identifiers() and Path(name).is_dir():
            return Path(name)
        if Path(name).is_file():
            raise UsageError(f"{name} is a file. Import it first, or name the unpacked folder.")
        return self.path(name)

    def add(self, path: str | Path) -> PackageInfo:
        """Import a model from a folder or a zip file.

        It is read completely, its weights included, before it appears in the store; after an error nothing of it is
        left.

        Raises:
            ModelError: it is missing, not understood, damaged, dangerous to unpack, or in the store already.
            InputError: the store cannot be written, or its disk is full.
        """
        source = Path(path)
        if not source.exists():
            raise ModelError(f"There is no file or folder {source}.")
        if source.is_dir() and not _looks_like_package(_package_root(source)):
            # Said before everything in it is copied: a user may choose any folder.
            raise ModelError(f"{source.name} is no model package: it has neither configs nor plans.json.")
        check_writable_folder(self.folder)
        self._clear_leftovers()
        try:
            with TemporaryDirectory(dir=self.folder, prefix=_IMPORTING) as scratch:
                package = _package_root(_brought_in(source, Path(scratch, "package")))
                info = _inspect(package)
                self._refuse_twin(info)
                return self._settle(package, info, source)
        except OSError as error:
            raise unwritable(self.folder, error) from error

    def remove(self, identifier: str) -> None:
        """Delete a model.

        Raises:
            UsageError: there is none of that name.
            InputError: it cannot be deleted.
        """
        path = self.path(identifier)
        try:
            if path.is_symlink():  # a model that lies elsewhere and is shared
                path.unlink()
            else:
                hidden = path.with_name(f"{_REMOVED}{os.getpid()}-{identifier}")
                path.rename(hidden)  # gone from the list at once, however long deleting takes
                shutil.rmtree(hidden)
            self._records.forget(identifier)
        except OSError as error:
            raise unwritable(path, error) from error

    def check(self, identifier: str) -> PackageInfo:
        """Read a model completely, its weights included, whatever is known of it.

        Raises:
            UsageError: there is none of that name.
            ModelError: it cannot be used, or its weights have changed since it was imported.
        """
        info = replace(_inspect(self.path(identifier)), identifier=identifier)
        known = self._records.last(identifier)
        if known is not None and known[0].sha256 != info.sha256:
            raise ModelError(f"The weights of {identifier} are not those that were imported. Import it again.")
        return info

    def _identifiers(self) -> tuple[str, ...]:
        try:
            names = [path.name for path in self.folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise ModelError(f"The models folder {self.folder} cannot be read: {error.strerror}.") from error
        return tuple(sorted(names, key=str.casefold))

    def _info(self, identifier: str) -> PackageInfo:
        path = self.folder / identifier
        try:
            known = self._records.find(path)
            return known or self._keep(path, _inspect(path))
        except SegmentL3Error as error:
            reason = str(error)
        except Exception as error:  # whatever a package does to its reader, the others are to be listed
            reason = f"It cannot be read ({type(error).__name__})."
        return PackageInfo(identifier, title=identifier, size_bytes=_size_bytes(path), error=reason)

    def _keep(self, path: Path, info: PackageInfo) -> PackageInfo:
        info = replace(info, identifier=path.name)
        self._records.keep(path, info)
        return info

    def _refuse_twin(self, info: PackageInfo) -> None:
        for other in self.list():
            if other.error is None and other.sha256 == info.sha256:
                raise ModelError(
                    f'This model is in the models folder already, as "{other.identifier}". To replace it, remove that '
                    "one first."
                )

    def _settle(self, package: Path, info: PackageInfo, source: Path) -> PackageInfo:
        names = _names("-".join([info.title or source.stem, *_configurations(package)]))
        target = next(path for name in names if not (path := self.folder / name).exists())
        package.rename(target)
        return self._keep(target, info)

    def _clear_leftovers(self) -> None:
        """Remove what imports and removals left that were ended from outside; none that is under way is so old."""
        for path in (path for prefix in (_IMPORTING, _REMOVED) for path in self.folder.glob(f"{prefix}*")):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > _LEFTOVER_SECONDS:
                    shutil.rmtree(path)


def _inspect(package: Path) -> PackageInfo:
    from . import reader  # imports PyTorch, which takes seconds and is not needed for packages that are known

    return reader.inspect_package(package)


def _brought_in(source: Path, folder: Path) -> Path:
    """Copy or unpack into a folder that is made; what comes in keeps its name there."""
    name = source.resolve().name if source.is_dir() else source.stem
    inner = folder / name
    inner.mkdir(parents=True)
    if source.is_dir():
        copy_folder(source, inner)
    else:
        unpack(source, inner)
    return folder


def _package_root(folder: Path) -> Path:
    """The folder of the package itself, below folders that hold nothing else.

    One ends above a result folder of nnU-Net, because its name tells the configuration.
    """
    while not _looks_like_package(folder):
        inner = [path for path in folder.iterdir() if path.is_dir()]
        if len(inner) != 1:
            break
        folder = inner[0]
    return folder


def _looks_like_package(folder: Path) -> bool:
    return any((folder / sign).exists() for sign in _SIGNS) or bool(_configurations(folder))


def _configurations(folder: Path) -> list[str]:
    """Configurations of the result folders of nnU-Net in a folder, which are named "Trainer__Plans__configuration"."""
    return sorted(path.name.split("__", 2)[2] for path in folder.iterdir() if path.name.count("__") >= 2)


def _names(title: str) -> Iterator[str]:
    """Names for the folder of a model, from its title: the first that is not taken is its identifier."""
    name = re.sub(r"[^A-Za-z0-9_.]+", "-", title)[:_LONGEST_IDENTIFIER].strip("-.") or "model"
    yield name
    yield from (f"{name}-{number}" for number in count(2))


def _size_bytes(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
