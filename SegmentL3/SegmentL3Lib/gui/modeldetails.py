"""What the panel says of an imported model."""

import html

from slicer.i18n import tr as _

from .modelrow import ModelRow, readableName, sizeText

HASH_CHARACTERS_PER_LINE = 32
FAILURE_COLOR = "#d32f2f"


def detailsText(row: ModelRow) -> str:
    """Title and all that is known of a model, as rich text; of a damaged one why it cannot be used."""
    entries = [
        (_("Kind"), html.escape(row.kind)),
        (_("Version"), html.escape(row.version)),
        (_("Modality"), html.escape(", ".join(row.modality))),
        (_("Inputs"), html.escape(", ".join(row.inputs))),
        (_("Structures"), html.escape(", ".join(map(readableName, row.structures)))),
        (_("License"), html.escape(row.license) or _("not stated")),
        (_("Size"), sizeText(row.size_bytes)),
        (_("SHA-256"), _hashText(row.sha256)),
        (_("Notes"), html.escape(" ".join(row.notes))),
    ]
    if row.error:
        entries = [(_("Folder"), html.escape(row.identifier)), (_("Size"), sizeText(row.size_bytes))]
    lines = "".join(_line(name, text) for name, text in entries if text)
    reason = f'<p style="color:{FAILURE_COLOR}">{html.escape(row.error)}</p>' if row.error else ""
    description = f"<p>{html.escape(row.description)}</p>" if row.description else ""
    return f"<b>{html.escape(row.title)}</b>{reason}{description}<table>{lines}</table>"


def _line(name, text):
    return f'<tr><td style="padding-right:8px">{name}:</td><td>{text}</td></tr>'


def _hashText(sha256):
    parts = [sha256[at : at + HASH_CHARACTERS_PER_LINE] for at in range(0, len(sha256), HASH_CHARACTERS_PER_LINE)]
    return f"<code>{'<br>'.join(parts)}</code>" if parts else ""
