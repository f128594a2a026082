"""The panel's parts: Qt and MRML, no torch."""
