"""Texts in tables that people open with a spreadsheet."""

# A spreadsheet takes a text that begins so for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@")


def as_text(text: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA_STARTS) else text
