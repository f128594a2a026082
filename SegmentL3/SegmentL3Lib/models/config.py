"""The declarative part of a package: references to literals are resolved, code is refused by name."""

import json
from collections.abc import Mapping
from pathlib import Path

from ..errors import ModelError
from ..networks.literals import is_literal

SECTIONS = ("network_def", "preprocessing", "inferer", "postprocessing")
LARGEST_CONFIG_BYTES = 4_000_000
DESCRIPTION_KEY = "_desc_"  # the one underscore key that MONAI does not act upon


def read_json(path: Path) -> dict:
    """Object of a JSON file of a package.

    Raises:
        ModelError: missing, too large, not JSON, or not an object.
    """
    try:
        if path.stat().st_size > LARGEST_CONFIG_BYTES:
            raise ModelError(f"The model package is damaged: {path.name} is too large.")
        content = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except FileNotFoundError as error:
        raise ModelError(f"The model package {path.parent.parent.name} has no configs/{path.name}.") from error
    except OSError as error:
        raise ModelError(f"The file {path.name} of the model package cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"The model package is damaged: {path.name} is not valid JSON.") from error
    if not isinstance(content, dict):
        raise ModelError(f"The model package is damaged: {path.name} does not hold named entries.")
    return content


def read_sections(path: Path) -> dict:
    """Network, preprocessing, inferer and postprocessing of ``inference.json``, free of references and code.

    Every other key of the file is left unread. ``"@name"`` is replaced where ``name`` is a top-level literal.

    Raises:
        ModelError: a section is missing or needs code.
    """
    content = read_json(path)
    sections = {}
    for name in SECTIONS:
        if name not in content:
            raise ModelError(f'The file {path.name} of the model package has no entry "{name}".')
        sections[name] = _resolve(content[name], content, name)
    return sections


def _refuse_constant(name: str):
    raise ValueError(f"{name} is not JSON")


def _resolve(value, content: Mapping, place: str):
    if isinstance(value, dict):
        return {
            key: _resolve_entry(key, item, content, f"{place}.{key}")
            for key, item in value.items()
            if key != DESCRIPTION_KEY
        }
    if isinstance(value, list):
        return [_resolve(item, content, f"{place}[{number}]") for number, item in enumerate(value)]
    if isinstance(value, str) and value.startswith("@"):
        value = _resolve_reference(value, content, place)
    if not is_literal(value):
        raise needs_code(place, value)
    return value


def _resolve_entry(key: str, value, content: Mapping, place: str):
    if key == "_target_":
        if not isinstance(value, str) or not is_literal(value):
            raise needs_code(place, value)
        return value
    if key.startswith("_"):
        raise needs_code(place, value)
    return _resolve(value, content, place)


def _resolve_reference(reference: str, content: Mapping, place: str):
    target = content.get(reference[1:])
    if target is None or not is_literal(target):
        raise needs_code(place, reference)
    return target


def needs_code(place: str, value) -> ModelError:
    """The refusal of everything that is not declarative, naming the place and what stands there."""
    return ModelError(f'This package needs code that is not run: "{value}" in {place}.')
