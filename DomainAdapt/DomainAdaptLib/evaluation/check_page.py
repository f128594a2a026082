"""The page that says how well each check does, written by ``domain-adapt evaluate checks``."""

from pathlib import Path

from SegmentL3Lib.files import check_writable_folder
from SegmentL3Lib.models import load_bundle
from SegmentL3Lib.models.shipped import TISSUE_MODEL

from . import check_real, check_table
from .check_scans import FIRST_SEED
from .tables import markdown_table, write_csv, write_markdown

PAGE = "checks.md"
_TEXT = """# How well the checks do

Each check of `SegmentL3Lib.quality` was run on {count} generated patients at L3 (seeds {first} to {last}, which no
recipe uses), segmented by the tissue model (version {version}), first without any defect and then with one defect at a
time. "Noticed" counts the scans with the defect for which its code was given, "spoke without it" the same code on the
scans without any. A defect of the file or of the level is a changed entry beside the image; such a row shows that the
check reads the entry. Limits are in `Resources/Measurements/quality.json`; those of ASCITES and EDEMA were set after a
look at some of these patients, the others before. One command makes all tables again:

    domain-adapt evaluate checks --data DIR --out DIR --phantoms {count}

{table}

Verdict on the {count} patients without a defect: {verdicts}.
"""
_REAL = """
## Real scans

What the checks say of the public scans at L3, or at the middle slice where L3 is not in the scan. These files hold no
facts of the scanner, so kernel and voltage are not judged, and the position by table and spine only.

{table}
"""


def evaluate_checks(models: Path, out: Path, count: int, data: Path | None = None) -> str:
    """Write ``checks.md``, ``checks.csv`` and ``checks-findings.csv``, and of real scans ``checks-real.csv``.

    Args:
        models: folder with the package of the tissue model.
        out: folder for the files; made where it is missing.
        count: generated patients.
        data: folder with the reference scans; none are judged without it.

    Returns:
        The page, Markdown.

    Raises:
        InputError: a file cannot be read or written.
        ModelError: the package is not there, or damaged.
    """
    folder = check_writable_folder(out)
    model = load_bundle(models / TISSUE_MODEL)
    findings = list(check_table.finding_rows(count, check_table.segmenter(model)))
    rates = check_table.rate_rows(findings)
    write_csv(findings, check_table.FINDING_COLUMNS, folder / "checks-findings.csv")
    write_csv(rates, check_table.COLUMNS, folder / "checks.csv")
    page = _TEXT.format(
        count=count,
        version=model.metadata["version"],
        first=FIRST_SEED,
        last=FIRST_SEED + count - 1,
        table=markdown_table(rates, check_table.COLUMNS),
        verdicts=_verdicts(findings),
    )
    if data is not None:
        rows = list(check_real.real_rows(data))
        write_csv(rows, check_real.COLUMNS, folder / "checks-real.csv")
        page += _REAL.format(table=markdown_table(rows, check_real.COLUMNS))
    write_markdown(page, folder / PAGE)
    return page


def _verdicts(findings: list[dict]) -> str:
    sound = [row["verdict"] for row in findings if row["defect"] == check_table.SOUND]
    return ", ".join(f"{sound.count(verdict)} {verdict}" for verdict in ("good", "check", "unusable"))
