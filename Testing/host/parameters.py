"""Stand-in for `slicer.parameterNodeWrapper`: typed parameters in a vtkMRMLScriptedModuleNode, bound to widgets.

Supported types: MRML node classes, `Optional` of them, bool, int, float, str, pathlib.Path, Enum, lists of simple
types; with `Annotated[...]` also Default, WithinRange, Minimum, Maximum, Choice, Exclude, NotNone, Decimals and
SingleStep. Apart from lists, names and texts in the node and the values that are accepted are those of Slicer, so that
a saved scene means the same.

Limits: no parameter packs, dictionaries, tuples or own validators and serializers; lists come back as copies.
"""

import contextlib
import dataclasses
import enum
import json
import pathlib
import types
import typing

import slicer
import vtk

from . import guiconnectors
from .validators import Default, Validator

SlicerParameterNamePropertyName = "SlicerParameterName"


def _without_annotations(hint):
    return (hint.__origin__, hint.__metadata__) if hasattr(hint, "__metadata__") else (hint, ())


def _without_optional(hint):
    """(type, whether None is allowed)."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        members = [member for member in typing.get_args(hint) if member is not type(None)]
        if len(members) != 1 or len(typing.get_args(hint)) != 2:
            raise TypeError(f"the stand-in host has no parameters of type {hint}")
        return members[0], True
    return hint, False


def _is(type_, base):
    return isinstance(type_, type) and issubclass(type_, base)


class _Kind:
    """How values of one type are checked, written to and read from a parameter node."""

    def __init__(self, type_, accepted, to_text, from_text, default):
        self.type, self.accepted, self.default = type_, accepted, default
        self._to_text, self._from_text = to_text, from_text

    def check(self, value):
        if value is None:
            raise ValueError("Value must not be None")
        if not isinstance(value, self.accepted):
            raise TypeError(f"Value must be of type '{self.accepted}', is type '{type(value)}' value '{value}'")

    def exists(self, node, name):
        return node.HasParameter(name)

    def write(self, node, name, value):
        node.SetParameter(name, self._to_text(value))

    def read(self, node, name):
        return self._from_text(node.GetParameter(name))


class _NodeKind(_Kind):
    """A node is a reference; the empty text of the same name says that the parameter exists."""

    def __init__(self, type_):
        super().__init__(type_, type_, None, None, None)

    def check(self, value):
        if value is not None:
            super().check(value)

    def write(self, node, name, value):
        node.SetParameter(name, "")
        node.SetNodeReferenceID(name, value.GetID() if value is not None else None)

    def read(self, node, name):
        return node.GetNodeReference(name)


class _OptionalNodeKind(_NodeKind):
    """Slicer keeps the alternatives of a union under numbered names: 0 the node, 1 None."""

    def exists(self, node, name):
        return node.HasParameter(f"{name}.0") or node.HasParameter(f"{name}.1")

    def write(self, node, name, value):
        present, absent = (f"{name}.0", f"{name}.1") if value is not None else (f"{name}.1", f"{name}.0")
        node.UnsetParameter(absent)
        node.SetParameter(present, "")
        node.SetNodeReferenceID(f"{name}.0", value.GetID() if value is not None else None)

    def read(self, node, name):
        return node.GetNodeReference(f"{name}.0")


def _kind_of(hint):
    type_, is_optional = _without_optional(hint)
    if _is(type_, slicer.vtkMRMLNode):
        return _OptionalNodeKind(type_) if is_optional else _NodeKind(type_)
    if is_optional:
        raise TypeError(f"the stand-in host has no parameters of type {hint}")
    if type_ is bool:
        return _Kind(bool, bool, lambda value: "True" if value else "False", lambda text: text == "True", False)
    if type_ is int:
        return _Kind(int, int, str, int, 0)
    if type_ is float:
        return _Kind(float, (int, float), str, float, 0.0)
    if type_ is str:
        return _Kind(str, str, str, str, "")
    if _is(type_, pathlib.PurePath):
        return _Kind(type_, type_, str, type_, type_())
    if _is(type_, enum.Enum):
        return _Kind(type_, type_, lambda value: value.name, lambda text: type_[text], next(iter(type_)))
    if typing.get_origin(type_) is list and typing.get_args(type_)[0] in (bool, int, float, str):
        return _Kind(list, list, json.dumps, json.loads, [])
    raise TypeError(f"the stand-in host has no parameters of type {hint}")


@dataclasses.dataclass(frozen=True)
class _Parameter:
    """One annotated field; a descriptor of the wrapper class."""

    name: str
    hint: object
    kind: _Kind
    validators: tuple
    annotations: tuple
    default: object

    def __get__(self, wrapper, owner=None):
        return self if wrapper is None else self.kind.read(wrapper.parameterNode, self.name)

    def __set__(self, wrapper, value):
        self.kind.check(value)
        for validator in self.validators:
            validator.validate(value)
        with slicer.util.NodeModify(wrapper.parameterNode):
            self.kind.write(wrapper.parameterNode, self.name, value)


def _parameter_of(cls, name, hint):
    type_, annotations = _without_annotations(hint)
    kind = _kind_of(type_)
    given = [each.value for each in annotations if isinstance(each, Default)]
    default = getattr(cls, name) if hasattr(cls, name) else given[0] if given else kind.default
    validators = tuple(each for each in annotations if isinstance(each, Validator))
    others = tuple(each for each in annotations if not isinstance(each, Default))
    return _Parameter(name, hint, kind, validators, others, default)


class _Wrapper:
    """Methods of every wrapper object."""

    def __init__(self, parameterNode, prefix=None):
        if prefix:
            raise NotImplementedError("the stand-in host has no parameter prefixes")
        self.parameterNode = parameterNode
        self._guis = {}
        self._isUpdatingGui = False
        for name, parameter in self.allParameters.items():
            if not parameter.kind.exists(parameterNode, name):
                parameter.__set__(self, parameter.default)

    def _checked(self, name):
        if name not in self.allParameters:
            raise ValueError(f"Cannot find a param with the given name: {name}; found {list(self.allParameters)}")
        return self.allParameters[name]

    def default(self, name):
        return Default(self._checked(name).default)

    def dataType(self, name):
        return self._checked(name).hint

    def getValue(self, name):
        return self._checked(name).__get__(self)

    def setValue(self, name, value):
        self._checked(name).__set__(self, value)

    def connectGui(self, gui):
        widgets = gui.findChildren(guiconnectors.QWidget) if hasattr(gui, "findChildren") else vars(gui).values()
        named = {widget.property(SlicerParameterNamePropertyName): widget for widget in widgets}
        return self.connectParametersToGui({name: widget for name, widget in named.items() if name})

    def connectParametersToGui(self, mapping):
        connectors = {name: guiconnectors.connector(widget, self._checked(name)) for name, widget in mapping.items()}
        tag = len(self._guis)
        self._guis[tag] = connectors
        for name, connector in connectors.items():
            connector.write(self.getValue(name))
            connector.connect(lambda _name=name, _connector=connector: self._fromGui(_name, _connector))
        self.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._toGui())
        return tag

    def disconnectGui(self, tag):
        for connector in self._guis.get(tag, {}).values():
            connector.disconnect()
        self._guis[tag] = {}

    def _fromGui(self, name, connector):
        if not self._isUpdatingGui:
            self.setValue(name, connector.read())

    def _toGui(self):
        if self._isUpdatingGui:
            return
        with self._updatingGui():
            for connectors in self._guis.values():
                for name, connector in connectors.items():
                    connector.write(self.getValue(name))

    @contextlib.contextmanager
    def _updatingGui(self):
        self._isUpdatingGui = True
        try:
            yield
        finally:
            self._isUpdatingGui = False

    def StartModify(self):
        return self.parameterNode.StartModify()

    def EndModify(self, wasModified):
        return self.parameterNode.EndModify(wasModified)

    def AddObserver(self, event, callback, priority=0.0):
        return self.parameterNode.AddObserver(event, callback, priority)

    def RemoveObserver(self, tag):
        self.parameterNode.RemoveObserver(tag)

    def Modified(self):
        self.parameterNode.Modified()


def parameterNodeWrapper(cls=None):
    """Class decorator: annotated fields become typed properties that live in a parameter node."""
    if cls is None:
        return parameterNodeWrapper
    hints = typing.get_type_hints(cls, include_extras=True)
    parameters = {name: _parameter_of(cls, name, hint) for name, hint in hints.items()}
    reserved = [name for name in dir(_Wrapper) if not name.startswith("_") and hasattr(cls, name)]
    if reserved:
        raise ValueError(f"Cannot use reserved names {reserved} in a parameterNodeWrapper")
    members = {**parameters, "allParameters": parameters, "__module__": cls.__module__, "__doc__": cls.__doc__}
    return type(cls.__name__, (_Wrapper, cls), members)


def isParameterNodeWrapper(value):
    """Whether a class or object was made by `parameterNodeWrapper`."""
    return issubclass(value if isinstance(value, type) else type(value), _Wrapper)


def findChildWidgetForParameter(widget, parameter):
    """The child widget that is bound to a parameter, or None."""
    children = widget.findChildren(guiconnectors.QWidget)
    found = (child for child in children if child.property(SlicerParameterNamePropertyName) == parameter)
    return next(found, None)
