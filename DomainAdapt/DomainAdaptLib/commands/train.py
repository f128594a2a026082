"""``domain-adapt train``: make a model by its recipe."""

import argparse
from pathlib import Path

from SegmentL3Lib.errors import UsageError
from SegmentL3Lib.resources import resource_path as segment_l3_resource

from ..training.recipe import read_recipe, recipe_names
from .options import add_threads, add_work, check_reference_scans, set_threads


def add_to(commands) -> None:
    """Add the command."""
    train = commands.add_parser("train", help="train a model by its recipe, measure it and write its package")
    train.set_defaults(command=_train)
    train.add_argument("model", choices=recipe_names(), help="model to make")
    train.add_argument(
        "--data", type=Path, metavar="DIR", help="folder with the reference scans; fetal_organs_3d needs none"
    )
    add_work(train, "material, checkpoints and weights")
    train.add_argument(
        "--out", type=Path, default=segment_l3_resource("Models"), metavar="DIR", help="folder of the packages"
    )
    train.add_argument("--device", default="cpu", help='where to train, such as "cpu" or "cuda"')
    train.add_argument("--workers", type=int, default=0, help="processes that make samples beside the training")
    add_threads(train)


def _train(arguments: argparse.Namespace) -> None:
    material = read_recipe(arguments.model)["data"]
    if arguments.data is None and material != "none":
        raise UsageError("This model is learned from reference scans: give --data DIR.")
    if material == "ct":
        check_reference_scans(arguments.data)
    set_threads(arguments.threads)
    from ..evaluation.card import card_sections
    from ..training import ranks
    from ..training.make_model import prepare, train_model
    from ..training.shipping import ship

    with ranks.joined(arguments.device):
        if ranks.is_first():
            prepare(arguments.model, arguments.data, arguments.work)
        ranks.wait()
        train_model(
            arguments.model, arguments.work, data=arguments.data, device=arguments.device, workers=arguments.workers
        )
        if not ranks.is_first():
            return
    sections = card_sections(arguments.model, arguments.data, arguments.work, arguments.workers)
    ship(arguments.model, arguments.work, sections, arguments.out)
