"""Structures, regions and input channels of an nnU-Net dataset.json."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import ModelError
from .plan import SIGMOID, SOFTMAX, Structure
from .values import entries, entry, shown, table, title, whole

_BACKGROUND, _IGNORE = "background", "ignore"
_MOST_LABELS = 1000


@dataclass(frozen=True)
class Labels:
    """What the output of the network means.

    Attributes:
        structures: in the order of the network's channels, without the background.
        activation: "softmax" or, for regions, "sigmoid".
        channels: of the network's output.
        foreground: training labels without the background, ascending.
    """

    structures: tuple[Structure, ...]
    activation: str
    channels: int
    foreground: tuple[int, ...]


def read_labels(dataset: Mapping) -> Labels:
    """Labels of a dataset.json, which are regions if one of them is made of several values.

    The label "ignore" marks what was not annotated; the network does not know it.

    Raises:
        ModelError: no background, gaps between the values, or regions without their order.
    """
    labels = table(entry(dataset, "labels", "dataset.json"), "labels in dataset.json")
    if len(labels) > _MOST_LABELS:
        raise ModelError(f"labels in dataset.json has more than {_MOST_LABELS} entries.")
    if labels.get(_BACKGROUND) != 0 or isinstance(labels[_BACKGROUND], bool):
        raise ModelError("labels in dataset.json does not give the background the value 0.")
    values = {name: _values(value, name) for name, value in labels.items() if name != _IGNORE}
    known = sorted({value for group in values.values() for value in group})
    if known != list(range(len(known))):
        raise ModelError("labels in dataset.json have gaps between their values: they do not match the channels.")
    _check_ignored(labels, len(known))
    foreground = {name: group for name, group in values.items() if set(group) != {0}}
    if not foreground:
        raise ModelError("labels in dataset.json names nothing but the background.")
    if any(len(group) > 1 for group in values.values()):
        return _regions(dataset, foreground, tuple(known[1:]))
    structures = tuple(Structure(group[0], _name(name)) for name, group in foreground.items())
    if len({structure.value for structure in structures}) < len(structures):
        raise ModelError("labels in dataset.json gives two names the same value.")
    in_order = tuple(sorted(structures, key=lambda structure: structure.value))
    return Labels(in_order, SOFTMAX, len(known), tuple(known[1:]))


def read_channel_names(dataset: Mapping) -> tuple[str, ...]:
    """Names of the input images by number ("modality" in older files).

    Raises:
        ModelError: missing, or not numbered from 0.
    """
    key = "channel_names" if "channel_names" in dataset else "modality"
    names = table(entry(dataset, key, "dataset.json"), f"{key} in dataset.json")
    if not names or set(names) != {str(number) for number in range(len(names))}:
        raise ModelError(f"{key} in dataset.json are not numbered from 0: {shown(list(names))}")
    return tuple(_name(names[str(number)]) for number in range(len(names)))


def _regions(dataset: Mapping, foreground: Mapping[str, tuple[int, ...]], known: tuple[int, ...]) -> Labels:
    place = "regions_class_order in dataset.json"
    painted = entries(entry(dataset, "regions_class_order", "dataset.json"), place, len(foreground))
    painted = [whole(value, place, 1, _MOST_LABELS) for value in painted]
    if len(set(painted)) < len(painted):
        raise ModelError(f"{place} names a value twice.")
    structures = tuple(
        Structure(value, _name(name), group) for value, (name, group) in zip(painted, foreground.items(), strict=True)
    )
    return Labels(structures, SIGMOID, len(structures), known)


def _values(value, name: str) -> tuple[int, ...]:
    place = f'label "{shown(name)}" in dataset.json'
    group = value if isinstance(value, list) else [value]
    if not 0 < len(group) <= _MOST_LABELS:
        raise ModelError(f"The {place} has no values, or too many.")
    return tuple(whole(item, place, 0, _MOST_LABELS) for item in group)


def _check_ignored(labels: Mapping, next_value: int) -> None:
    if _IGNORE in labels and whole(labels[_IGNORE], 'label "ignore" in dataset.json', 0, _MOST_LABELS) != next_value:
        raise ModelError('The label "ignore" in dataset.json does not have the highest value.')


def _name(value) -> str:
    name = title(value)
    if not name:
        raise ModelError("dataset.json has a name that is empty or not a text.")
    return name
