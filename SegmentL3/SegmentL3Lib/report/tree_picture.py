"""A picture that says why a pixel is taken for a tissue: the slice, decisions in words, and the way down the tree."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from ..files import atomic_path
from ..labels import load_labels
from ..pixel_features import FEATURES
from ..regions import Region
from ..tissue_tree import Step, TissueTree
from .canvas import INK, LINE, QUIET, draw_text, font_of, panel, windowed

SIZE = (1500, 980)
SLICE_HEIGHT = 440
TREE_TOP = 560
ROW = 62
PALE = "#c9ced6"
WAY = "#c0392b"
NOT_FOLLOWED = "The tree does not follow this answer here: do not rely on it."
OTHER_COLOR = (120, 150, 200)
# Regions before the CT number decides, in the words and colors of the tissues that they become.
LABELS = {
    Region.SUBCUTANEOUS: "subcutaneous_fat",
    Region.VISCERAL: "visceral_fat",
    Region.MUSCLE: "skeletal_muscle",
    Region.INTERMUSCULAR: "intermuscular_fat",
    Region.BONE: "bone",
    Region.BOWEL: "bowel",
}


@dataclass(frozen=True, eq=False)
class Explained:
    """A pixel and what is said of it.

    Attributes:
        hu: CT numbers of the slice, (y, x).
        pixel_mm: pixel size.
        place: column and row of the pixel.
        figures: of the pixel, (features,).
        answer: what was said of the pixel and by whom, such as "The network: bone 98 %".
        is_followed: whether the tree says the same.
    """

    hu: np.ndarray
    pixel_mm: float
    place: tuple[int, int]
    figures: np.ndarray
    answer: str
    is_followed: bool


def write_explanation(explained: Explained, tree: TissueTree, path: Path) -> None:
    """Write the picture of :func:`draw_explanation` as PNG.

    Raises:
        InputError: the file cannot be written.
    """
    with atomic_path(path) as temporary:
        draw_explanation(explained, tree).save(temporary, "PNG")


def draw_explanation(explained: Explained, tree: TissueTree) -> Image.Image:
    """The slice with the pixel, its figures, the decisions in words, and the tree with the way to its leaf."""
    image = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(image)
    steps = tree.path(explained.figures)
    _draw_slice(image, draw, explained)
    _draw_words(draw, explained, tree, steps)
    _draw_tree(draw, tree, steps)
    return image


def region_name(region: int) -> str:
    """Name of a region for people."""
    names = {label.id: label.name.lower() for label in load_labels()}
    return names[LABELS[Region(region)]] if Region(region) in LABELS else Region(region).name.lower()


def sentence(step: Step, tree: TissueTree) -> str:
    """What speaks most for a decision, such as "density within 3 mm is high (47 HU)"."""
    feature = FEATURES[step.feature]
    is_high = step.value > tree.mean[step.feature]
    return f"{feature.name} is {'high' if is_high else 'low'} ({step.value:.0f} {feature.unit})"


def outcome(step: Step) -> str:
    """What is most likely after a decision, such as "skeletal muscle 71 %"."""
    return f"{region_name(step.region)} {100 * step.region_probability:.0f} %"


def tree_answer(figures: np.ndarray, tree: TissueTree) -> str:
    """What the tree says of a pixel, such as "The tree: bone 98 %, skeletal muscle 1 %"."""
    return f"The tree: {shares_text(tree.leaves[tree.leaf(figures)])}"


def shares_text(distribution: np.ndarray) -> str:
    """The two most probable regions of a distribution, (regions,)."""
    best = np.argsort(-distribution)[:2]
    return ", ".join(f"{region_name(int(region))} {100 * distribution[region]:.0f} %" for region in best)


def _draw_slice(image, draw, explained: Explained) -> None:
    gray = windowed(explained.hu, 400.0, 40.0)
    shown = panel(gray, (explained.pixel_mm, explained.pixel_mm), SLICE_HEIGHT, widest=600)
    image.paste(shown, (24, 70))
    scale = shown.info["px_per_mm"] * explained.pixel_mm
    x = 24 + (explained.place[0] + 0.5) * scale
    y = 70 + shown.info["top"] + (explained.place[1] + 0.5) * scale
    for inner, outer in ((8, 30), (-30, -8)):
        draw.line([(x + inner, y), (x + outer, y)], fill=LINE, width=2)
        draw.line([(x, y + inner), (x, y + outer)], fill=LINE, width=2)


def _draw_words(draw, explained: Explained, tree: TissueTree, steps: tuple[Step, ...]) -> None:
    left, top = 660, 22
    draw_text(draw, (24, 22), f"Why is pixel {explained.place[0]}, {explained.place[1]} this tissue?", 28, INK)
    for text in (explained.answer, tree_answer(explained.figures, tree)):
        draw_text(draw, (left, top), text, 20, INK)
        top += 30
    if not explained.is_followed:
        draw_text(draw, (left, top), NOT_FOLLOWED, 18, WAY)
    top += 36
    for number, step in enumerate(steps, start=1):
        way = "right" if step.right else "left"
        text = f"{number}. {sentence(step, tree)}: {way}, {100 * step.probability:.0f} %; now {outcome(step)}"
        draw_text(draw, (left, top), text, 19, INK)
        top += 30
    top += 16
    draw_text(draw, (left, top), "What the tree sees of the pixel", 19, INK)
    for number, (feature, value) in enumerate(zip(FEATURES, explained.figures, strict=True)):
        place = left + 420 * (number % 2), top + 30 + 25 * (number // 2)
        draw_text(draw, place, f"{feature.name}: {value:.0f} {feature.unit}", 16, QUIET)


def _draw_tree(draw, tree: TissueTree, steps: tuple[Step, ...]) -> None:
    way = {step.node for step in steps}
    last = steps[-1]
    way.add(2 * last.node + (2 if last.right else 1))
    places = {node: _place(node) for node in range(2 ** (tree.depth + 1) - 1)}
    for on_way in (False, True):  # the way lies on top
        for node in range(1, len(places)):
            parent = (node - 1) // 2
            if (node in way and parent in way) == on_way:
                color, width = (WAY, 4) if on_way else (PALE, 1)
                draw.line([places[parent], places[node]], fill=color, width=width)
    for node, place in places.items():
        _draw_node(draw, tree, node, place, node in way)
    _draw_legend(draw, {int(region) for region in tree.leaves.argmax(1)})


def _draw_node(draw, tree: TissueTree, node: int, place: tuple[float, float], is_on_way: bool) -> None:
    x, y = place
    inner = len(tree.weights)
    if node >= inner:
        box = [x - 9, y - 9, x + 9, y + 9]
        region = int(tree.leaves[node - inner].argmax())
        draw.rectangle(box, fill=_color(region), outline=WAY if is_on_way else QUIET, width=4 if is_on_way else 1)
        return
    radius = 8 if is_on_way else 4
    draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=WAY if is_on_way else PALE)


def _draw_legend(draw, regions: set[int]) -> None:
    left, top = 24, SIZE[1] - 34
    for region in sorted(regions):
        draw.rectangle([left, top, left + 18, top + 18], fill=_color(region), outline=QUIET)
        draw_text(draw, (left + 26, top - 2), region_name(region), 18, INK)
        left += 50 + font_of(18).getlength(region_name(region))


def _place(node: int) -> tuple[float, float]:
    level = int(np.log2(node + 1))
    number = node + 1 - 2**level
    return 24 + (SIZE[0] - 48) * (number + 0.5) / 2**level, TREE_TOP + ROW * level


def _color(region: int) -> tuple[int, int, int]:
    colors: Mapping[str, tuple] = {label.id: tuple(label.color) for label in load_labels()}
    return colors[LABELS[Region(region)]] if Region(region) in LABELS else OTHER_COLOR
