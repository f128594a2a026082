"""The command line ``domain-adapt``: make the shipped models again, measure them, adapt models to other scanners."""

import argparse
import logging
import sys
from pathlib import Path

from SegmentL3Lib.errors import InputError, SegmentL3Error, UsageError
from SegmentL3Lib.files import check_writable_folder
from SegmentL3Lib.resources import resource_path as segment_l3_resource
from SegmentL3Lib.tasks import find_task

from .commands import adapt, shift, synthesize
from .resources import resource_path


def main(argv: list[str] | None = None) -> int:
    """Run a command; returns the exit code (0 done, 2 wrong usage, else that of the error)."""
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as end:
        return int(end.code or 0)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        for line in arguments.command(arguments) or ():
            print(line)
    except SegmentL3Error as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def recipe_names() -> list[str]:
    """Models that can be made, by name."""
    return sorted(path.stem for path in resource_path("Recipes").glob("*.json"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="domain-adapt", description="Make, measure and adapt models of SegmentL3.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    train = commands.add_parser("train", help="train a model by its recipe, measure it and write its package")
    train.set_defaults(command=_train)
    train.add_argument("model", choices=recipe_names(), help="model to make")
    train.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with the reference scans")
    train.add_argument(
        "--work", type=Path, default=Path("training"), metavar="DIR", help="material, checkpoints and weights"
    )
    train.add_argument(
        "--out", type=Path, default=segment_l3_resource("Models"), metavar="DIR", help="folder of the packages"
    )
    train.add_argument("--device", default="cpu", help='where to train, such as "cpu" or "cuda"')
    train.add_argument("--workers", type=int, default=0, help="processes that make samples beside the training")
    train.add_argument("--threads", type=int, default=0, help="threads of the training; all cores if 0")
    _add_evaluate(commands)
    _add_experiment(commands)
    _add_trust(commands)
    _add_explain(commands)
    ranges = commands.add_parser("ranges", help="write the ranges of the training slices, for the quality checks")
    ranges.set_defaults(command=_ranges)
    ranges.add_argument(
        "--work", type=Path, default=Path("training"), metavar="DIR", help="label maps and drawn slices of the recipes"
    )
    ranges.add_argument("--out", type=Path, default=segment_l3_resource("Measurements", "training_ranges.json"))
    _add_postprocessing(commands)
    for module in (shift, adapt, synthesize):
        module.add_to(commands)
    return parser


def _add_postprocessing(commands) -> None:
    text = "compare results of a task with and without postprocessing, and say what to adopt"
    command = commands.add_parser("postprocessing", help=text, description=text)
    command.set_defaults(command=_postprocessing)
    command.add_argument(
        "--cases", type=Path, required=True, metavar="CSV", help="table of label maps: case, found, truth"
    )
    command.add_argument("--task", required=True, metavar="ID", help="task whose labels they have")
    command.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the tables")


def _add_evaluate(commands) -> None:
    evaluate = commands.add_parser("evaluate", help="write the accuracy tables, and pictures of the worst cases")
    evaluate.set_defaults(command=_evaluate)
    evaluate.add_argument(
        "kind",
        choices=("tissue", "level", "phantoms", "all", "trust", "checks", "lesions"),
        help="drawn slices and counted levels of patients that the weights have not seen, or generated patients; "
        "trust: the estimates of quality, on hundreds of good and spoiled results; "
        "checks: the quality checks on generated patients with and without defects; "
        "lesions: brain lesions of real patients; the last three are not part of all",
    )
    evaluate.add_argument("--data", type=Path, metavar="DIR", help="folder with the reference scans")
    evaluate.add_argument(
        "--work", type=Path, default=Path("training"), metavar="DIR", help="weights that training has left"
    )
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
    evaluate.add_argument("--threads", type=int, default=0, help="threads of the measuring; all cores if 0")


def _add_experiment(commands) -> None:
    experiment = commands.add_parser("experiment", help="repeat a published finding on our data, and write its tables")
    experiment.set_defaults(command=_experiment)
    experiment.add_argument(
        "name",
        choices=("ioda", "adaptation", "tree"),
        help="ioda: pre-training of the output side (Lerouge 2015); adaptation: to another scanner, without labels; "
        "tree: a soft decision tree that explains the tissue model (Frosst 2017)",
    )
    experiment.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="reference scans, or hearts (acdc, mscmr)"
    )
    experiment.add_argument(
        "--work", type=Path, default=Path("training"), metavar="DIR", help="label maps and drawn slices of the recipes"
    )
    experiment.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for the results; finished seeds are kept"
    )
    experiment.add_argument("--seeds", type=int, default=5, metavar="N", help="repetitions (default: 5)")


def _add_trust(commands) -> None:
    trust = commands.add_parser("trust", help="make again what the quality of a result is estimated from")
    trust.set_defaults(command=_trust)
    trust.add_argument(
        "part",
        choices=("references", "estimator"),
        help="references: known slices and the label auto-encoder; estimator: fitted to the bench, which is run first",
    )
    trust.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with the reference scans")
    trust.add_argument(
        "--work", type=Path, default=Path("training"), metavar="DIR", help="label maps and weights of the recipes"
    )
    trust.add_argument(
        "--out", type=Path, default=segment_l3_resource("Trust"), metavar="DIR", help="folder of the files"
    )
    trust.add_argument("--threads", type=int, default=0, help="threads of the networks; all cores if 0")


def _add_explain(commands) -> None:
    explain = commands.add_parser("explain", help="say and draw why the tissue model takes a pixel for a tissue")
    explain.set_defaults(command=_explain)
    explain.add_argument("scan", type=Path, help="CT: file or DICOM folder")
    explain.add_argument("--slice", type=int, required=True, metavar="K", help="slice, from 0 in the file's own order")
    explain.add_argument(
        "--pixel", type=_pixel, required=True, metavar="X,Y", help="column from the patient's right, row from the front"
    )
    explain.add_argument("--out", type=Path, required=True, metavar="PNG", help="picture of the tree with the way")


def _pixel(text: str) -> tuple[int, int]:
    column, row = (int(part) for part in text.split(","))
    return column, row


def _check_data(folder: Path) -> None:
    if not any(folder.glob("*/ct.nii.gz")):
        raise InputError(f"There are no reference scans in {folder}: it needs one folder a case, with ct.nii.gz in it.")


def _train(arguments: argparse.Namespace) -> None:
    if arguments.model != "brain_lesions_3d":
        _check_data(arguments.data)
    # Torch is imported no earlier than a command needs it.
    import torch

    from .evaluation.card import card_sections
    from .training.make_model import prepare, train_model
    from .training.shipping import ship

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    prepare(arguments.model, arguments.data, arguments.work)
    train_model(
        arguments.model, arguments.work, data=arguments.data, device=arguments.device, workers=arguments.workers
    )
    sections = card_sections(arguments.model, arguments.data, arguments.work, arguments.workers)
    ship(arguments.model, arguments.work, sections, arguments.out)


def _evaluate(arguments: argparse.Namespace) -> None:
    if arguments.kind == "checks":
        _evaluate_checks(arguments)
        return
    if arguments.kind == "lesions":
        _evaluate_lesions(arguments)
        return
    if arguments.kind != "phantoms":
        if arguments.data is None:
            raise UsageError("Real patients cannot be measured without their scans: give --data DIR.")
        _check_data(arguments.data)
    if arguments.phantoms < 1 or arguments.pictures < 0:
        raise UsageError("The number of generated patients has to be 1 or more, that of pictures 0 or more.")
    import torch

    from .evaluation.evaluate import evaluate

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    if arguments.kind == "trust":
        from .trust.table import evaluate_trust

        print(evaluate_trust(arguments.data, arguments.work, arguments.out))
        return
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
    for name, text in pages.items():
        print(f"{name}\n\n{text}\n")


def _evaluate_checks(arguments: argparse.Namespace) -> None:
    if arguments.data is not None:
        _check_data(arguments.data)
    if arguments.phantoms < 1:
        raise UsageError("The number of generated patients has to be 1 or more.")
    import torch

    from .evaluation.check_page import evaluate_checks

    torch.set_num_threads(arguments.threads or 1)
    print(evaluate_checks(arguments.models, arguments.out, arguments.phantoms, arguments.data))


def _ranges(arguments: argparse.Namespace) -> None:
    missing = [name for name in ("lumbar.npz", "drawn.npz") if not (arguments.work / name).exists()]
    if missing:
        raise InputError(f"{' and '.join(missing)} are not in {arguments.work}. Run: domain-adapt train l3_tissue_2d")
    from .training.ranges import write_ranges

    print(write_ranges(arguments.work, arguments.out)["source"])


def _evaluate_lesions(arguments: argparse.Namespace) -> None:
    if arguments.data is None:
        raise UsageError("Real patients cannot be measured without their scans: give --data DIR.")
    import torch

    from SegmentL3Lib.models import load_model

    from .evaluation.lesion_scans import read_lesion_scans
    from .evaluation.lesions import evaluate_lesions

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    scans = read_lesion_scans(arguments.data, arguments.cases)
    print(evaluate_lesions(scans, load_model(arguments.models / "brain_lesions_3d"), arguments.out))


def _postprocessing(arguments: argparse.Namespace) -> None:
    from .evaluation.postprocessing import evaluate_postprocessing

    print(evaluate_postprocessing(arguments.cases, find_task(arguments.task), check_writable_folder(arguments.out)))


def _explain(arguments: argparse.Namespace) -> None:
    from .explain import explain_pixel

    print(explain_pixel(arguments.scan, arguments.slice, arguments.pixel, arguments.out))


def _experiment(arguments: argparse.Namespace) -> None:
    if arguments.name != "adaptation":
        _check_data(arguments.data)
    if arguments.seeds < 1:
        raise UsageError("The number of seeds has to be 1 or more.")
    import torch

    from .experiments import adaptation, ioda, tree

    # Layers this small gain nothing from more threads.
    torch.set_num_threads(1)
    experiment = {"ioda": ioda, "adaptation": adaptation, "tree": tree}[arguments.name]
    print(experiment.run_experiment(arguments.data, arguments.work, arguments.out, arguments.seeds))


def _trust(arguments: argparse.Namespace) -> None:
    _check_data(arguments.data)
    import torch

    from .trust.estimator_file import make_estimator
    from .trust.reference_set import make_known_slices

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    make = make_known_slices if arguments.part == "references" else make_estimator
    make(arguments.data, arguments.work, arguments.out)


if __name__ == "__main__":
    sys.exit(main())
