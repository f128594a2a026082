"""The methods of adaptation as a list for people: what each does, what it needs, its settings. Needs no torch."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from SegmentL3Lib.errors import UsageError

from ..resources import resource_path


@dataclass(frozen=True)
class Setting:
    """A number that the user may change.

    Attributes:
        name: key in a job.
        title: what a form shows.
        description: one sentence; may be empty.
        default: value without a choice; an int where only whole numbers make sense.
        lowest, highest: limits, both included.
    """

    name: str
    title: str
    description: str
    default: int | float
    lowest: int | float
    highest: int | float

    def checked(self, value) -> int | float:
        """The value, as the type of the default.

        Raises:
            UsageError: no number, no whole number where one is needed, or outside the limits.
        """
        whole = isinstance(self.default, int)
        if isinstance(value, bool) or not isinstance(value, int | float) or (whole and value != int(value)):
            raise UsageError(f'The setting "{self.name}" needs a {"whole " if whole else ""}number.')
        if not self.lowest <= value <= self.highest:
            raise UsageError(f'The setting "{self.name}" must lie between {self.lowest:g} and {self.highest:g}.')
        return int(value) if whole else float(value)


@dataclass(frozen=True)
class Method:
    """A way of adapting a model.

    Attributes:
        name: key in a job.
        title: what a list shows.
        description: one or two sentences.
        reference: where it comes from.
        needs_source: whether images of the scanner that the model was trained on are needed.
        needs_source_labels: whether these need label maps.
        needs_labels: whether labeled cases of the new scanner are needed.
        minutes: expected for ten scans on two processor cores.
        settings: by name.
    """

    name: str
    title: str
    description: str
    reference: str
    needs_source: bool
    needs_source_labels: bool
    needs_labels: bool
    minutes: float
    settings: Mapping[str, Setting]

    def settings_with(self, chosen: Mapping) -> dict[str, int | float]:
        """All settings, those that were not chosen at their defaults.

        Raises:
            UsageError: a setting is unknown, or its value is not allowed.
        """
        unknown = sorted(set(chosen) - set(self.settings))
        if unknown:
            raise UsageError(
                f'The method {self.name} has no setting "{unknown[0]}". It has: {", ".join(self.settings)}.'
            )
        return {name: setting.checked(chosen.get(name, setting.default)) for name, setting in self.settings.items()}


def load_methods() -> tuple[Method, ...]:
    """The methods, in the order in which a list shows them; from ``Resources/Adaptation/methods.json``."""
    content = json.loads(resource_path("Adaptation", "methods.json").read_text(encoding="utf-8"))
    return tuple(_method(name, entries) for name, entries in content.items())


def find_method(name: str) -> Method:
    """A method by its name.

    Raises:
        UsageError: there is none of that name.
    """
    methods = {method.name: method for method in load_methods()}
    if name not in methods:
        raise UsageError(f'There is no method "{name}". There are: {", ".join(methods)}.')
    return methods[name]


def _method(name: str, entries: Mapping) -> Method:
    settings = {key: Setting(name=key, **values) for key, values in entries["settings"].items()}
    return Method(name=name, **{**entries, "settings": MappingProxyType(settings)})
