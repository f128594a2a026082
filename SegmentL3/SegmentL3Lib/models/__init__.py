"""Model packages (MONAI bundles in declarative form): read without running their code, and written."""

from .bundle import Bundle, load_bundle
from .shipped import shipped_model
from .writing import write_bundle

__all__ = ["Bundle", "load_bundle", "shipped_model", "write_bundle"]
