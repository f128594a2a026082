"""What a list of models says of each, without its network."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PackageInfo:
    """A model package as a user recognizes it; plain values, so that it can be kept as JSON.

    Attributes:
        identifier: name of its folder.
        title: what a list shows.
        kind: "MONAI bundle" or "nnU-Net v2 result folder"; empty where it could not be read.
        description: one sentence or more; may be empty.
        modality: "CT", "MR", ... as far as the package says.
        inputs: names of the input images, in their order.
        structures: names of what it segments, in the order of their values.
        license: name or first line of the license; empty where the package has none.
        version: of the package; empty where it has none.
        size_bytes: of all files of the package.
        sha256: of all weights; empty where they could not be read.
        parameters: numbers in the network, all folds and stages together.
        notes: what the user should know.
        error: why it cannot be used; None where it can.
    """

    identifier: str
    title: str
    kind: str = ""
    description: str = ""
    modality: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    structures: tuple[str, ...] = ()
    license: str = ""
    version: str = ""
    size_bytes: int = 0
    sha256: str = ""
    parameters: int = 0
    notes: tuple[str, ...] = ()
    error: str | None = None
