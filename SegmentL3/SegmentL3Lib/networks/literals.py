"""What counts as a literal in a declarative model package."""


def is_literal(value) -> bool:
    """Whether a value is plain JSON without expressions and references: null, boolean, number, text, list, object.

    MONAI gives a meaning to texts that begin with ``$`` (Python code), ``@`` (reference) and ``%`` (macro) and to keys
    that begin with an underscore; none of these is a literal.
    """
    if isinstance(value, str):
        return not value.startswith(("$", "@", "%"))
    if isinstance(value, list):
        return all(is_literal(item) for item in value)
    if isinstance(value, dict):
        return all(not key.startswith("_") and is_literal(item) for key, item in value.items())
    return value is None or isinstance(value, bool | int | float)
