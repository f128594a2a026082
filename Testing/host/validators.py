"""Annotations of parameters: validators, default value and display hints, with the errors that Slicer's raise."""

import abc
import dataclasses


class Validator(abc.ABC):
    """Base of the annotations that refuse values."""

    @abc.abstractmethod
    def validate(self, value):
        """Raise ValueError when the value is not allowed."""


@dataclasses.dataclass(frozen=True)
class WithinRange(Validator):
    """minimum <= value <= maximum."""

    minimum: float
    maximum: float

    def validate(self, value):
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"Value must be within range [{self.minimum}, {self.maximum}], is {value}")


@dataclasses.dataclass(frozen=True)
class Minimum(Validator):
    """minimum <= value."""

    minimum: float

    def validate(self, value):
        if value < self.minimum:
            raise ValueError(f"Value must be greater than {self.minimum}, is {value}")


@dataclasses.dataclass(frozen=True)
class Maximum(Validator):
    """value <= maximum."""

    maximum: float

    def validate(self, value):
        if value > self.maximum:
            raise ValueError(f"Value must be less than {self.maximum}, is {value}")


@dataclasses.dataclass(frozen=True)
class Choice(Validator):
    """The value is one of a list."""

    choices: list

    def validate(self, value):
        if value not in self.choices:
            raise ValueError(f"Value is {value}, but must be in one of the following: {self.choices}")


@dataclasses.dataclass(frozen=True)
class Exclude(Validator):
    """The value is not one of a list."""

    excludedValues: list

    def validate(self, value):
        if value in self.excludedValues:
            raise ValueError(f"Value is {value}, but must not be one of the following: {self.excludedValues}")


class NotNone(Validator):
    """The value is not None."""

    def validate(self, value):
        if value is None:
            raise ValueError("Value must not be None")


@dataclasses.dataclass(frozen=True)
class Default:
    """Value of a parameter that has not been set."""

    value: object


@dataclasses.dataclass(frozen=True)
class Decimals:
    """Decimals of a spin box or slider."""

    value: int


@dataclasses.dataclass(frozen=True)
class SingleStep:
    """Step of a spin box or slider."""

    value: float
