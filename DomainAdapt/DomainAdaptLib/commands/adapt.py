"""``domain-adapt adapt`` and ``finetune``: another scanner, without labels or with a few."""

import argparse
import logging

from ..adaptation.catalog import load_methods
from ..jobs import AdaptJob, KeepJob
from .options import IMAGES_HELP, add_model, add_settings, logged, read_set

logger = logging.getLogger(__name__)


def add_to(commands) -> None:
    """Add both commands."""
    methods = [method for method in load_methods() if not method.needs_labels]
    adapt = commands.add_parser("adapt", help="adapt a model to a new scanner, without labels")
    adapt.set_defaults(command=_adapt)
    adapt.add_argument("target", nargs="+", metavar="IMAGE", help=f"images of the new scanner: {IMAGES_HELP}")
    add_model(adapt)
    listed = "; ".join(f"{method.name}: {method.title}" for method in methods)
    adapt.add_argument("--method", required=True, choices=[method.name for method in methods], help=listed)
    adapt.add_argument("--source", nargs="+", default=[], metavar="IMAGE", help="images like those it was trained on")
    adapt.add_argument("--source-labels", nargs="+", default=[], metavar="FILE", help="their label maps")
    adapt.add_argument("--validation", nargs="+", default=[], metavar="IMAGE", help="labeled images, only measured")
    adapt.add_argument("--validation-labels", nargs="+", default=[], metavar="FILE", help="their label maps")
    _add_common(adapt)

    finetune = commands.add_parser("finetune", help="go on learning from a few labeled images of a new scanner")
    finetune.set_defaults(command=_finetune)
    finetune.add_argument("images", nargs="+", metavar="IMAGE", help=f"labeled images: {IMAGES_HELP}")
    finetune.add_argument("--labels", nargs="+", required=True, metavar="FILE", help="their label maps, same order")
    finetune.add_argument(
        "--structures", nargs="+", default=[], metavar="NAME", help="other structures than the model's: value 1, 2, ..."
    )
    add_model(finetune)
    _add_common(finetune)


def _add_common(parser: argparse.ArgumentParser) -> None:
    add_settings(parser)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto", help="where it learns")
    parser.add_argument("--keep", action="store_true", help="put a good adapted model into the models folder")


def _adapt(arguments: argparse.Namespace) -> list[str]:
    return _run(
        arguments,
        method=arguments.method,
        target=arguments.target,
        source=arguments.source,
        source_labels=arguments.source_labels,
        validation=arguments.validation,
        validation_labels=arguments.validation_labels,
    )


def _finetune(arguments: argparse.Namespace) -> list[str]:
    return _run(
        arguments,
        method="fine_tuning",
        target=arguments.images,
        validation=arguments.images,
        validation_labels=arguments.labels,
        structures=arguments.structures,
    )


def _run(arguments: argparse.Namespace, **chosen) -> list[str]:
    job = AdaptJob(
        model=arguments.model,
        out=arguments.out,
        models_dir=arguments.models_dir,
        settings=read_set(arguments.set),
        device=arguments.device,
        seed=arguments.seed,
        resume=arguments.resume,
        **chosen,
    )
    from ..work import do_adapt, do_keep

    result = do_adapt(job, logged(logger))
    lines = [result["sentence"], f"Report: {result['report']}"]
    if arguments.keep and result["kept"]:
        lines.append(f"In the models folder as {do_keep(KeepJob(arguments.out, arguments.models_dir))['model_id']}.")
    return lines
