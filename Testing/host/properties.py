"""PythonQt's attribute rules on PySide6 classes: properties are attributes, unknown attributes are refused.

In Slicer `button.enabled = False` and `label.text` work, `label.text()` does not, and `button.tooltip = "…"` (a
misspelt `toolTip`) raises AttributeError instead of quietly making a new Python attribute. Instances of Python
subclasses may carry attributes of their own, as in PythonQt.

Limits: `sizeHint` and `minimumSizeHint` stay methods; the rule that only slots, properties and Q_INVOKABLE methods of
C++ classes are visible is not imitated for Qt's own classes; properties of Qt 6 that Qt 5 lacks are visible.
"""

import contextlib
import inspect

from PySide6.QtCore import Property, QObject

VIRTUAL_GETTERS = ("sizeHint", "minimumSizeHint")  # PySide would take an attribute of this name for an override
_is_loading = False


def setter_name(property_name):
    """`text` -> `setText`."""
    return "set" + property_name[0].upper() + property_name[1:]


class _QtProperty:
    """A Qt property as a Python attribute; on the class itself the static method of the same name, if there is one."""

    def __init__(self, name, shadowed):
        self._name = name
        self._shadowed = shadowed  # QTimer.singleShot is a property of an instance and a static method of the class

    def __get__(self, instance, owner=None):
        if instance is None:
            return self._shadowed if self._shadowed is not None else self
        return QObject.property(instance, self._name)

    def __set__(self, instance, value):
        setter = getattr(instance, setter_name(self._name), None)
        if setter:
            setter(value)
        else:
            QObject.setProperty(instance, self._name, value)


def _guarded_set_attribute(self, name, value):
    cls = type(self)
    if _is_loading and not name.startswith("_") and not hasattr(cls, name):
        return
    if _is_wrapped(cls, name) and not hasattr(cls, name) and name not in self.dynamicPropertyNames():
        raise AttributeError(f"'{name}' does not exist on {cls.__name__} (compare toolTip, enabled, checked)")
    descriptor = inspect.getattr_static(cls, name, None)
    if isinstance(descriptor, Property):
        if not descriptor.fset:
            raise AttributeError(f"the property '{name}' of {cls.__name__} is read-only")
        descriptor.fset(self, value)
    elif hasattr(type(descriptor), "__set__"):
        descriptor.__set__(self, value)
    else:
        self.__dict__[name] = value


@contextlib.contextmanager
def loading_ui():
    """PySide's QUiLoader makes each child an attribute of the top widget; PythonQt does not, so these are dropped."""
    global _is_loading
    _is_loading = True
    try:
        yield
    finally:
        _is_loading = False


def _is_wrapped(cls, name):
    """Whether the class stands for C++ code, which has no room for new attributes (ours keep theirs under `_`)."""
    if cls.__module__.startswith("PySide6."):
        return True
    return cls.__module__.startswith("host.") and not name.startswith("_")


def expose_properties(qt_class):
    """Turn the Qt properties that this class declares into Python attributes."""
    meta = qt_class.staticMetaObject
    for index in range(meta.propertyOffset(), meta.propertyCount()):
        name = meta.property(index).name()
        declared = qt_class.__dict__.get(name)
        if name not in VIRTUAL_GETTERS and not isinstance(declared, (_QtProperty, Property)):
            setattr(qt_class, name, _QtProperty(name, declared))
    qt_class.__setattr__ = _guarded_set_attribute


def has_property(qt_class, name):
    """Whether a Qt or stand-in class has a Qt property of that name."""
    return isinstance(inspect.getattr_static(qt_class, name, None), (_QtProperty, Property))


def stored_property(type_, name, default, signal=None):
    """A Qt property that keeps its value and, when it changes, tells the widget and the signal of that name."""
    attribute = "_stored_" + name

    def read(self):
        return getattr(self, attribute, default)

    def write(self, value):
        if read(self) == value:
            return
        setattr(self, attribute, value)
        if hasattr(self, "_onPropertyChanged"):
            self._onPropertyChanged()
        if signal:
            getattr(self, signal).emit(value)

    return Property(type_, read, write)


def with_setters(cls):
    """Class decorator: add setX() for each writable Qt property x, as the C++ classes have it."""
    for name, value in list(vars(cls).items()):
        if isinstance(value, Property) and value.fset and not hasattr(cls, setter_name(name)):
            setattr(cls, setter_name(name), lambda self, new, _name=name: setattr(self, _name, new))
    return cls
