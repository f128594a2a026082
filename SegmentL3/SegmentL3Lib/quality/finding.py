"""What a check says."""

from dataclasses import dataclass

NOTE = "note"
CHECK = "check"
UNUSABLE = "unusable"

# From harmless to worst.
SEVERITIES = (NOTE, CHECK, UNUSABLE)


@dataclass(frozen=True)
class Finding:
    """One sentence for the user; a "note" leaves the verdict as it is, the others name the verdict."""

    severity: str
    sentence: str
