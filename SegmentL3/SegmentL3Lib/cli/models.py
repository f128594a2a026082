"""``segment-l3 models``: the models that a user has imported."""

import argparse
from collections.abc import Iterator, Sequence

from ..errors import ModelError
from .options import add_command, add_models_folder
from .output import print_lines

_COLUMNS = (("Model", 24), ("Kind", 26), ("Modality", 10), ("License", 20), ("Size", 10), ("Hash", 12))
_LABELS_SHOWN = 6


def add_to(commands) -> None:
    """Add the command and those below it."""
    parser = add_command(commands, "models", None, "List, import, remove or check models of yours.")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    listing = add_command(actions, "list", _list, "List the models, damaged ones with the reason.")
    importing = add_command(actions, "import", _import, "Import a MONAI bundle or an nnU-Net v2 result folder.")
    importing.add_argument("path", metavar="PATH", help="folder or zip file")
    removing = add_command(actions, "remove", _remove, "Delete an imported model.")
    removing.add_argument("identifier", metavar="ID", help="first column of the list")
    checking = add_command(actions, "check", _check, "Read models completely and try them on a small image.")
    checking.add_argument("identifier", metavar="ID", nargs="?", help="first column of the list (default: all)")
    for action in (listing, importing, removing, checking):
        add_models_folder(action)


def _list(arguments: argparse.Namespace) -> None:
    store = _store(arguments)
    print_lines(_table_lines(store.list(), store.folder))


def _import(arguments: argparse.Namespace) -> None:
    print_lines(_description_lines(_store(arguments).add(arguments.path)))


def _remove(arguments: argparse.Namespace) -> None:
    _store(arguments).remove(arguments.identifier)
    print_lines([f"Removed {arguments.identifier}."])


def _check(arguments: argparse.Namespace) -> None:
    from ..predict import try_model

    store = _store(arguments)
    names = [arguments.identifier] if arguments.identifier else [info.identifier for info in store.list()]
    damaged = []
    for name in names:
        try:
            store.check(name)
            print_lines([f"{name}: in order; {try_model(store.path(name))}"])
        except ModelError as error:
            damaged.append(name)
            print_lines([f"{name}: {error}"])
    if damaged:
        raise ModelError(f"{len(damaged)} of {len(names)} models cannot be used: {', '.join(damaged)}.")


def _store(arguments: argparse.Namespace):
    # Torch is imported no earlier than a command needs it.
    from ..models.store import ModelStore

    return ModelStore(arguments.models_dir)


def _table_lines(models: Sequence, folder) -> Iterator[str]:
    yield f"Models in {folder}:"
    if not models:
        yield "none; import one with: segment-l3 models import PATH"
        return
    widths = [max(_COLUMNS[0][1], *(len(info.identifier) for info in models)), *(width for _, width in _COLUMNS[1:])]
    yield _row([title for title, _ in _COLUMNS], widths)
    for info in models:
        if info.error is not None:
            yield info.identifier
            yield f"    cannot be used: {info.error}"
            continue
        modality, license_name = ", ".join(info.modality) or "-", info.license or "not stated"
        yield _row([info.identifier, info.kind, modality, license_name, _size(info.size_bytes), info.sha256], widths)
        yield f"    {info.title}: {_labels(info.structures)}"


def _description_lines(info) -> Iterator[str]:
    yield f"Imported as {info.identifier}."
    entries = {
        "Title": info.title,
        "Kind": info.kind,
        "Description": info.description,
        "Version": info.version,
        "License": info.license or "not stated",
        "Modality": ", ".join(info.modality),
        "Inputs": ", ".join(info.inputs),
        "Labels": ", ".join(info.structures),
        "Parameters": f"{info.parameters:,}",
        "Size": _size(info.size_bytes),
        "Hash": f"sha256 {info.sha256}",
    }
    yield from (f"  {name:<12}{text}" for name, text in entries.items() if text)
    yield from (f"- {note}" for note in info.notes)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(f"{cell[:width]:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


def _labels(names: Sequence[str]) -> str:
    rest = len(names) - _LABELS_SHOWN
    return ", ".join(names[:_LABELS_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f} MB"
