"""The declarative part of a package: references to literals are resolved, code is refused by name.

Two forms of MONAI's expressions only put literals together and are understood without running anything:
``$LITERAL if @switch else LITERAL`` and ``$@text + 'text'``.
"""

import ast
import re
from collections.abc import Mapping

from ..errors import ModelError
from ..networks.literals import is_literal
from .folder import PackageFolder
from .values import shown

INFERENCE = "configs/inference.json"
SECTIONS = ("network_def", "preprocessing", "inferer", "postprocessing")
DESCRIPTION_KEY = "_desc_"  # the one underscore key that MONAI does not act upon

_LONGEST_EXPRESSION, _LONGEST_TEXT, _DEEPEST, _MOST_STEPS = 200, 1000, 20, 100_000
_CHOICE = re.compile(r"\$\s*(?P<yes>[^@$%]+?) if (?P<switch>@[\w#:]+) else (?P<no>[^@$%]+)")
_PART = r"(?:@[\w#:]+|'[^'\\]*')"
_JOINED = re.compile(rf"\${_PART}(?: ?\+ ?{_PART})*")


def read_config(folder: PackageFolder) -> dict:
    """Content of ``inference.json``, with the four sections in place but nothing resolved.

    Raises:
        ModelError: missing, damaged, or a section is missing.
    """
    if not folder.has(INFERENCE):
        others = [name for name in ("configs/inference.yaml", "configs/inference.yml") if folder.has(name)]
        if others:
            raise ModelError(f"The model package {folder.name} has {others[0]}, but only JSON is read.")
    content = folder.json(INFERENCE)
    for name in SECTIONS:
        if name not in content:
            raise ModelError(f'The file inference.json of the model package has no entry "{name}".')
    return content


def read_sections(folder: PackageFolder) -> dict:
    """Network, preprocessing, inferer and postprocessing of ``inference.json``, free of references and code.

    Every other key of the file is left unread.

    Raises:
        ModelError: a section is missing or needs code.
    """
    content = read_config(folder)
    resolver = Resolver(content)
    return {name: resolver.resolve(content[name], name) for name in SECTIONS}


def needs_code(place: str, value) -> ModelError:
    """The refusal of everything that is not declarative, naming the place and what stands there."""
    return ModelError(f'This package needs code that is not run: "{shown(value)}" in {place}.')


class Resolver:
    """Replaces references to literals of one file by what they lead to."""

    def __init__(self, content: Mapping):
        """Take the content of the whole file, which references lead to."""
        self._content = content
        self._steps = 0

    def resolve(self, value, place: str):
        """A value without references and code; objects with a ``_target_`` keep it.

        Args:
            value: as the file has it.
            place: of the value, for error texts.

        Raises:
            ModelError: it needs code, or a reference leads to something that is not a literal.
        """
        return self._resolve(value, place, _DEEPEST)

    def _resolve(self, value, place: str, depth: int):
        self._steps += 1
        if depth == 0 or self._steps > _MOST_STEPS:
            raise needs_code(place, value)
        if isinstance(value, dict):
            return {
                key: self._entry(key, item, f"{place}.{key}", depth)
                for key, item in value.items()
                if key != DESCRIPTION_KEY
            }
        if isinstance(value, list):
            return [self._resolve(item, f"{place}[{number}]", depth - 1) for number, item in enumerate(value)]
        if isinstance(value, str) and value.startswith("@"):
            value = self._referenced(value, place, depth)
        elif isinstance(value, str) and value.startswith("$"):
            value = self._put_together(value, place, depth)
        if not is_literal(value):
            raise needs_code(place, value)
        return value

    def _entry(self, key: str, value, place: str, depth: int):
        if key == "_target_":
            if not isinstance(value, str) or not is_literal(value):
                raise needs_code(place, value)
            return value
        if key.startswith("_"):
            raise needs_code(place, value)
        return self._resolve(value, place, depth - 1)

    def _referenced(self, reference: str, place: str, depth: int):
        target = self._content
        for key in re.split("::|#", reference[1:]):
            if not isinstance(target, dict) or key not in target:
                raise needs_code(place, reference)
            target = target[key]
        try:
            resolved = self._resolve(target, place, depth - 1)
        except ModelError as error:
            raise needs_code(place, reference) from error
        if resolved is None or not is_literal(resolved):
            raise needs_code(place, reference)
        return resolved

    def _put_together(self, expression: str, place: str, depth: int):
        if len(expression) <= _LONGEST_EXPRESSION:
            if choice := _CHOICE.fullmatch(expression):
                switch = self._referenced(choice["switch"], place, depth)
                if isinstance(switch, bool):
                    return _literal(choice["yes" if switch else "no"], expression, place)
            if _JOINED.fullmatch(expression):
                parts = [self._part(part, place, depth) for part in re.findall(_PART, expression)]
                if all(isinstance(part, str) for part in parts) and sum(map(len, parts)) <= _LONGEST_TEXT:
                    return "".join(parts)
        raise needs_code(place, expression)

    def _part(self, part: str, place: str, depth: int):
        return self._referenced(part, place, depth) if part.startswith("@") else part[1:-1]


def _literal(text: str, expression: str, place: str):
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise needs_code(place, expression) from error
    return list(value) if isinstance(value, tuple) else value
