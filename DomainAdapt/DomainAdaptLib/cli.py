"""The command line ``domain-adapt``: make the shipped models again, and their figures."""

import argparse
import logging
import sys
from pathlib import Path

from SegmentL3Lib.errors import InputError, SegmentL3Error
from SegmentL3Lib.resources import resource_path as segment_l3_resource

from .resources import resource_path


def main(argv: list[str] | None = None) -> int:
    """Run a command; returns the exit code (0 done, 2 wrong usage, else that of the error)."""
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as end:
        return int(end.code or 0)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        arguments.command(arguments)
    except SegmentL3Error as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def recipe_names() -> list[str]:
    """Models that can be made, by name."""
    return sorted(path.stem for path in resource_path("Recipes").glob("*.json"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="domain-adapt", description="Make the models of SegmentL3 again.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    train = commands.add_parser("train", help="train a model by its recipe, measure it and write its package")
    train.set_defaults(command=_train)
    figures = commands.add_parser("figures", help="measure a trained model on the patients held out of its training")
    figures.set_defaults(command=_figures)
    for command in (train, figures):
        command.add_argument("model", choices=recipe_names(), help="model to make")
        command.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with the reference scans")
        command.add_argument(
            "--work", type=Path, default=Path("training"), metavar="DIR", help="material, checkpoints and weights"
        )
    train.add_argument(
        "--out", type=Path, default=segment_l3_resource("Models"), metavar="DIR", help="folder of the packages"
    )
    train.add_argument("--device", default="cpu", help='where to train, such as "cpu" or "cuda"')
    train.add_argument("--workers", type=int, default=0, help="processes that make samples beside the training")
    train.add_argument("--threads", type=int, default=0, help="threads of the training; all cores if 0")
    return parser


def _check_data(folder: Path) -> None:
    if not any(folder.glob("*/ct.nii.gz")):
        raise InputError(f"There are no reference scans in {folder}: it needs one folder a case, with ct.nii.gz in it.")


def _train(arguments: argparse.Namespace) -> None:
    _check_data(arguments.data)
    # Torch is imported no earlier than a command needs it.
    import torch

    from .training.make_model import prepare, train_model
    from .training.shipping import make_figures, ship

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    prepare(arguments.model, arguments.data, arguments.work)
    train_model(
        arguments.model, arguments.work, data=arguments.data, device=arguments.device, workers=arguments.workers
    )
    ship(arguments.model, arguments.work, make_figures(arguments.model, arguments.data, arguments.work), arguments.out)


def _figures(arguments: argparse.Namespace) -> None:
    _check_data(arguments.data)
    from .training.figures import markdown_table
    from .training.shipping import make_figures

    print(markdown_table(make_figures(arguments.model, arguments.data, arguments.work)))


if __name__ == "__main__":
    sys.exit(main())
