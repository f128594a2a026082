"""``domain-adapt evaluate``: the accuracy tables."""

import argparse
from pathlib import Path

from SegmentL3Lib.errors import UsageError
from SegmentL3Lib.resources import resource_path as segment_l3_resource

from .options import add_threads, add_work, check_reference_scans, set_threads

_OF_L3 = ("tissue", "level", "phantoms", "all")


def add_to(commands) -> None:
    """Add the command."""
    evaluate = commands.add_parser("evaluate", help="write the accuracy tables, and pictures of the worst cases")
    evaluate.set_defaults(command=_evaluate)
    evaluate.add_argument(
        "kind",
        choices=(*_OF_L3, *_OTHERS),
        help="drawn slices and counted levels of patients that the weights have not seen, or generated patients; "
        "trust: the estimates of quality, on hundreds of good and spoiled results; "
        "checks: the quality checks on generated patients with and without defects; "
        "lesions: brain lesions of real patients; fetal: fetal brains of atlases left out; "
        "fetal_organs: fetus, placenta and uterus in generated scans; "
        "cuts: counted levels in scans that were made to end near L3; the last six are not part of all",
    )
    evaluate.add_argument("--data", type=Path, metavar="DIR", help="folder with the reference scans")
    add_work(evaluate, "weights that training has left")
    evaluate.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for tables and pictures")
    evaluate.add_argument("--cases", nargs="+", metavar="CASE", help="real patients to measure; all without it")
    evaluate.add_argument(
        "--models",
        type=Path,
        default=segment_l3_resource("Models"),
        metavar="DIR",
        help="packages to measure on generated patients; those that are shipped without it",
    )
    evaluate.add_argument("--phantoms", type=int, default=200, metavar="N", help="generated patients (default: 200)")
    evaluate.add_argument("--pictures", type=int, default=6, metavar="N", help="worst cases to draw (default: 6)")
    evaluate.add_argument(
        "--workers", type=int, default=0, help="processes that generate patients beside the measuring"
    )
    add_threads(evaluate)


def _evaluate(arguments: argparse.Namespace) -> list[str]:
    if arguments.phantoms < 1 or arguments.pictures < 0:
        raise UsageError("The number of generated patients has to be 1 or more, that of pictures 0 or more.")
    if arguments.data is None and arguments.kind not in ("phantoms", "checks", "fetal_organs"):
        raise UsageError("Real patients cannot be measured without their scans: give --data DIR.")
    if arguments.data is not None and arguments.kind not in ("lesions", "fetal", "fetal_organs"):
        check_reference_scans(arguments.data)
    set_threads(arguments.threads)
    return _OTHERS.get(arguments.kind, _evaluate_l3)(arguments)


def _evaluate_l3(arguments: argparse.Namespace) -> list[str]:
    from ..evaluation.evaluate import evaluate

    pages = evaluate(
        arguments.kind,
        data=arguments.data,
        work=arguments.work,
        models=arguments.models,
        out=arguments.out,
        cases=arguments.cases,
        phantoms=arguments.phantoms,
        pictures=arguments.pictures,
        workers=arguments.workers,
    )
    return [f"{name}\n\n{text}\n" for name, text in pages.items()]


def _evaluate_trust(arguments: argparse.Namespace) -> list[str]:
    from ..trust.table import evaluate_trust

    return [evaluate_trust(arguments.data, arguments.work, arguments.out)]


def _evaluate_checks(arguments: argparse.Namespace) -> list[str]:
    from ..evaluation.check_page import evaluate_checks

    return [evaluate_checks(arguments.models, arguments.out, arguments.phantoms, arguments.data)]


def _evaluate_cuts(arguments: argparse.Namespace) -> list[str]:
    from SegmentL3Lib.files import check_writable_folder

    from ..evaluation.cut_scans import cut_scans
    from ..evaluation.evaluate import evaluate_cut_level
    from ..evaluation.level_table import measured_scans

    answers = measured_scans(arguments.data, arguments.work, arguments.cases, cut_scans)
    return [evaluate_cut_level(answers, check_writable_folder(arguments.out), arguments.pictures)]


def _evaluate_lesions(arguments: argparse.Namespace) -> list[str]:
    from SegmentL3Lib.models import load_model

    from ..evaluation.lesion_scans import read_lesion_scans
    from ..evaluation.lesions import evaluate_lesions

    scans = read_lesion_scans(arguments.data, arguments.cases)
    return [evaluate_lesions(scans, load_model(arguments.models / "brain_lesions_3d"), arguments.out)]


def _evaluate_fetal(arguments: argparse.Namespace) -> list[str]:
    from SegmentL3Lib.models import load_model

    from ..evaluation.fetal import evaluate_fetal
    from ..evaluation.fetal_scans import left_out_scans
    from ..training.recipe import read_recipe

    scans = left_out_scans(arguments.data, read_recipe("fetal_brain_3d")["left_out"])
    return [evaluate_fetal(scans, load_model(arguments.models / "fetal_brain_3d"), arguments.out)]


def _evaluate_fetal_organs(arguments: argparse.Namespace) -> list[str]:
    from SegmentL3Lib.models import load_model

    from ..evaluation.fetal_organs import TASK, evaluate_organs, organ_scans
    from ..training.recipe import read_recipe

    return [evaluate_organs(organ_scans(read_recipe(TASK)), load_model(arguments.models / TASK), arguments.out)]


_OTHERS = {
    "trust": _evaluate_trust,
    "checks": _evaluate_checks,
    "lesions": _evaluate_lesions,
    "fetal": _evaluate_fetal,
    "fetal_organs": _evaluate_fetal_organs,
    "cuts": _evaluate_cuts,
}
