"""PythonQt's `object.connect("signal(types)", function)` with the C++ signature checked.

A misspelt signature gives a console warning in Slicer and a ValueError here. As in PythonQt a function receives as many
arguments as it takes. Stand-in widgets declare their C++ signatures in `CPP_SIGNALS` and their slots in `CPP_SLOTS`.
"""

import inspect

from PySide6.QtCore import QMetaMethod, QObject

_get_attribute = QObject.__getattribute__
_connections = {}


# PySide passes the arguments of a signal to a function that names them, not to one with *arguments.
_FORWARDERS = {
    0: lambda function, _: lambda: function(),
    1: lambda function, kept: lambda a: function(*(a,)[:kept]),
    2: lambda function, kept: lambda a, b: function(*(a, b)[:kept]),
    3: lambda function, kept: lambda a, b, c: function(*(a, b, c)[:kept]),
}


def forwarder(function, signature):
    """A function of as many arguments as the signal has, which passes on as many as `function` takes."""
    arguments = normalized(signature).split("(")[1].rstrip(")")
    sent = len(arguments.split(",")) if arguments else 0
    return _FORWARDERS[sent](function, min(sent, _argument_count(function)))


def _argument_count(function):
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return len(_FORWARDERS)
    if any(parameter.kind == parameter.VAR_POSITIONAL for parameter in parameters):
        return len(_FORWARDERS)
    return sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)


def normalized(signature):
    """`clicked( const QString & )` -> `clicked(QString)`."""
    return signature.replace("const ", "").replace("&", "").replace(" ", "")


def signatures_of(sender, kind):
    """Normalized C++ signatures of all signals (or slots) of an object, with those that its stand-in class declares."""
    declared = "CPP_SIGNALS" if kind == QMetaMethod.Signal else "CPP_SLOTS"
    found = {entry for cls in type(sender).__mro__ for entry in vars(cls).get(declared, ())}
    meta = sender.metaObject()
    for index in range(meta.methodCount()):
        method = meta.method(index)
        signature = normalized(bytes(method.methodSignature().data()).decode())
        if method.methodType() == kind and "PyObject" not in signature:
            found.add(signature)
    return found


def find_signal(sender, signature):
    """The bound signal.

    Raises:
        ValueError: the object has no signal of this name and these argument types.
    """
    wanted = normalized(signature)
    name = wanted.split("(")[0]
    known = signatures_of(sender, QMetaMethod.Signal)
    if wanted not in known:
        same_name = sorted(entry for entry in known if entry.split("(")[0] == name)
        hint = f"it has {same_name}" if same_name else "none has this name"
        raise ValueError(f"{type(sender).__name__} has no signal {signature}; {hint}")
    overloads = getattr(type(sender), "SIGNAL_OVERLOADS", {})
    return getattr(sender, overloads.get(wanted, name))


def find_slot(receiver, signature):
    """The bound slot of a C++ object, for the connections of a .ui file.

    Raises:
        ValueError: the object has no slot of this signature.
    """
    wanted = normalized(signature)
    if wanted not in signatures_of(receiver, QMetaMethod.Slot):
        raise ValueError(f"{type(receiver).__name__} has no slot {signature}")
    return getattr(receiver, wanted.split("(")[0])


def _receiver(target, slot):
    """connect(signal, callable) and connect(signal, object, "slot()") are both legal."""
    return getattr(target, slot[0].split("(")[0]) if slot else target


def connect(sender, signature, target, *slot):
    """`sender.connect(signature, function)`; returns True.

    Raises:
        ValueError: unknown signal.
        TypeError: the target cannot be called.
    """
    function = _receiver(target, slot)
    if not callable(function):
        raise TypeError(f"cannot connect {signature} of {type(sender).__name__} to {function!r}")
    signal = find_signal(sender, signature)
    called = forwarder(function, signature)
    signal.connect(called)
    _connections.setdefault((id(sender), normalized(signature), function), []).append(called)
    return True


def disconnect(sender, signature, target=None, *slot):
    """`sender.disconnect(signature, function)`; returns whether there was such a connection."""
    function = _receiver(target, slot)
    called = _connections.pop((id(sender), normalized(signature), function), [])
    for each in called:
        find_signal(sender, signature).disconnect(each)
    return bool(called)


def forget_connections():
    """Drop the references to receivers; the connections stay."""
    _connections.clear()


def _get_attribute_with_connect(self, name):
    # PySide hard-wires these two per instance, so class attributes would not be found. Patching this on other classes
    # than QObject crashes.
    if name == "connect":
        return lambda *arguments: connect(self, *arguments)
    if name == "disconnect":
        return lambda *arguments: disconnect(self, *arguments)
    return _get_attribute(self, name)


def install():
    """Give every QObject `connect` and `disconnect` by signature."""
    QObject.__getattribute__ = _get_attribute_with_connect
    QObject.connect = connect
    QObject.disconnect = disconnect
