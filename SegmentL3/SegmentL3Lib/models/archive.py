"""What kind of file weights come in, told from its list of contents before anything of it is read."""

import zipfile
from typing import BinaryIO

from ..errors import ModelError

_ZIP_START = b"PK"
# Files that only archives of programs have, with the name of the format.
_PROGRAM_FILES = {
    "constants.pkl": "TorchScript",
    "archive_format": "ExportedProgram",
    "serialized_exported_program.json": "ExportedProgram",
}
PROGRAM_SUFFIXES = {".ts": "TorchScript", ".pt2": "ExportedProgram", ".onnx": "ONNX"}


def check_archive(file: BinaryIO, name: str, size: int) -> None:
    """Accept a zip of uncompressed records without code, as ``torch.save`` writes it since PyTorch 1.6.

    Args:
        file: open for reading; its position is changed.
        name: of the file, for error texts.
        size: of the file in bytes.

    Raises:
        ModelError: a program, another format, compressed (a small file could fill the memory), or damaged.
    """
    file.seek(0)
    start = file.read(len(_ZIP_START))
    if start and not _ZIP_START.startswith(start):
        raise ModelError(
            f"The weights {name} are not loaded: they are not in the zip format of PyTorch 1.6 and newer, or damaged."
        )
    try:
        with zipfile.ZipFile(file) as archive:
            records = archive.infolist()
    except Exception as error:  # a damaged archive can fail anywhere in the reader
        raise damaged(name) from error
    for record in records:
        _refuse_program(record.filename, name)
    stored = all(record.compress_type == zipfile.ZIP_STORED for record in records)
    if not stored or sum(record.file_size for record in records) > size:
        raise ModelError(f"The weights {name} are not loaded: their records are compressed or overlap.")


def program_refusal(name: str, kind: str) -> ModelError:
    """The refusal of a file that is a program."""
    return ModelError(
        f"The file {name} is not loaded: it is a program ({kind}), and code of model packages is never run. "
        "Ask its maker for the weights as a state dict (model.pt) with configs/inference.json."
    )


def damaged(name: str) -> ModelError:
    """The refusal of a file that cannot be read to its end."""
    return ModelError(f"The weights {name} are damaged; they cannot be read.")


def _refuse_program(record: str, name: str) -> None:
    parts = record.split("/")
    kind = _PROGRAM_FILES.get(parts[-1]) or ("TorchScript" if "code" in parts[:-1] else None)
    if kind is not None:
        raise program_refusal(name, kind)
