"""Stand-in for `slicer.i18n`: translations come from the application, `tr` takes its context from the calling file."""

import inspect
from pathlib import Path


def translate(context, text):
    """The text in the language of the application."""
    from slicer import app

    return app.translate(context, text)


def tr(text):
    """The text in the language of the application, in the context of the calling file."""
    path = Path(inspect.currentframe().f_back.f_code.co_filename)
    package = f"{path.parent.name}." if (path.parent / "__init__.py").is_file() else ""
    return translate(package + path.stem, text)
