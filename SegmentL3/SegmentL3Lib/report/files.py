"""All files of a run, together or not at all."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from ..doubt_files import remove_other_doubt, write_doubt
from ..files import check_writable_folder, unwritable
from ..labels import Label
from ..results import Result
from ..volume import Volume
from ..writing import write_segmentation
from .csv_file import write_csv
from .html_file import write_report_html
from .json_file import write_json
from .overview import write_overview_png

FILE_NAMES = {
    "segmentation": "segmentation.seg.nrrd",
    "measurements_json": "measurements.json",
    "measurements_csv": "measurements.csv",
    "overview": "overview.png",
    "report": "report.html",
}


def write_all(result: Result, volume: Volume, labels: tuple[Label, ...], folder: str | Path) -> dict[str, Path]:
    """Write every file of a run into a folder, which is made if it is missing.

    The files are made in a temporary folder inside it and moved when all are complete, so a failure leaves the folder
    as it was.

    Args:
        result: the result.
        volume: the scan, as it was read.
        labels: the label table.
        folder: where to write.

    Returns:
        Paths by the keys of ``FILE_NAMES``, and of maps of uncertainty, if there are any, by ``doubt_`` and their name.

    Raises:
        InputError: the folder cannot be written, or the disk is full.
    """
    folder = check_writable_folder(folder)
    try:
        with TemporaryDirectory(prefix=".segment-l3-", dir=folder) as temporary:
            made = {key: Path(temporary, name) for key, name in FILE_NAMES.items()}
            # The picture is drawn and compressed while ITK compresses the volumes.
            with ThreadPoolExecutor(1) as worker:
                drawn = worker.submit(write_overview_png, result, volume, labels, made["overview"])
                write_segmentation(result.segmentation, labels, made["segmentation"])
                doubt = write_doubt(result.doubt, Path(temporary))
                write_json(result, made["measurements_json"])
                write_csv(result, made["measurements_csv"])
                drawn.result()
            write_report_html(result, labels, made["overview"].read_bytes(), made["report"])
            made |= {f"doubt_{name}": path for name, path in doubt.items()}
            replace_all(list(made.values()), folder, Path(temporary))
            remove_other_doubt(result.doubt, folder)
            return {key: folder / path.name for key, path in made.items()}
    except OSError as error:
        raise unwritable(folder, error) from error


def replace_all(made: list[Path], folder: Path, temporary: Path) -> None:
    """Move the files into the folder; if one cannot be moved (Windows locks open files), all earlier ones come back."""
    earlier = temporary / "earlier"
    earlier.mkdir()
    moved = []
    try:
        for path in made:
            target = folder / path.name
            if target.is_file():
                os.replace(target, earlier / path.name)
            moved.append(target)
            os.replace(path, target)
    except OSError:
        for target in moved:
            if (earlier / target.name).exists():
                os.replace(earlier / target.name, target)
            elif target.is_file():
                target.unlink()
        raise
