"""Learned generators: training, files, images of label maps."""

import json

import numpy as np
import pytest
import SimpleITK as sitk
import torch

from DomainAdaptLib import cli
from DomainAdaptLib.synthesis.learned import (
    LearnedGenerator,
    generator_definition,
    load_generator,
    make_images,
    save_generator,
)
from SegmentL3Lib.errors import InputError, ModelError
from SegmentL3Lib.labels import Label
from SegmentL3Lib.networks import build_network
from SegmentL3Lib.volume import Geometry, LabelMap, Volume
from SegmentL3Lib.writing import write_segmentation, write_volume

WIDTHS = [4, 4, 4, 4, 4, 4]
STEPS = ["steps=2", "batch=2", "patch=16", "pixel_mm=1"]


@pytest.fixture
def generator():
    torch.manual_seed(0)
    network = build_network(generator_definition(3, WIDTHS)).eval()
    return LearnedGenerator(("fat", "liver"), 2.0, (-200.0, 300.0), WIDTHS, network, {"seed": 0})


def squares(shape=(3, 24, 20)):
    labels = np.zeros(shape, np.uint8)
    labels[:, 4:20, 3:17] = 1
    labels[:, 8:14, 6:12] = 2
    return labels


@pytest.fixture
def site(tmp_path):
    """Two scans of a site with their label maps; fat is dark, the liver bright."""
    paths = {"images": [], "labels": []}
    for number in range(2):
        rng = np.random.default_rng(number)
        labels = np.roll(squares(), number, 2)
        image = np.array([-1000.0, -100.0, 80.0])[labels] + rng.normal(0, 10, labels.shape)
        for name, array in (("images", image.astype(np.float32)), ("labels", labels)):
            path = tmp_path / f"{name}-{number}.nrrd"
            write_volume(Volume(array, Geometry(spacing=(1.0, 1.0, 5.0))), path)
            paths[name].append(str(path))
    return paths


def learn(site, out, *more):
    return cli.main(["generator", *site["images"], "--labels", *site["labels"], "--structures", "fat", "liver",
                     "--window", "-200", "300", "--out", str(out), "--set", *STEPS, *more])  # fmt: skip


def test_an_image_has_the_shape_of_the_labels_and_gray_values_of_the_window(generator):
    labels = squares((2, 37, 51))
    image = generator.image(labels, 1, (5.0, 0.9, 0.9))
    assert image.shape == labels.shape and image.dtype == np.float32
    assert image.min() >= -200 and image.max() <= 300


def test_the_seed_decides_the_image(generator):
    first, second, third = (generator.image(squares(), seed, (5.0, 1.0, 1.0)) for seed in (1, 1, 2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, third)


def test_a_value_without_a_structure_is_refused_in_words(generator):
    with pytest.raises(InputError, match="value 14, but this generator knows: 1 Fat, 2 Liver"):
        generator.image(squares() * 7, 0, (1.0, 1.0, 1.0))


def test_a_saved_generator_makes_the_same_image_but_for_half_precision(generator, tmp_path):
    save_generator(generator, tmp_path / "saved")
    again = load_generator(tmp_path / "saved")
    assert (again.structures, again.pixel_mm, again.window) == (["fat", "liver"], 2.0, (-200.0, 300.0))
    spacing = (5.0, 1.0, 1.0)
    difference = again.image(squares(), 3, spacing) - generator.image(squares(), 3, spacing)
    assert np.abs(difference).max() < 2  # of 500


def test_no_code_of_a_generator_is_run(generator, tmp_path):
    class Evil:
        def __reduce__(self):
            return print, ("run",)

    save_generator(generator, tmp_path)
    torch.save({"weight": Evil()}, tmp_path / "generator.pt")
    description = json.loads((tmp_path / "generator.json").read_text(encoding="utf-8"))
    with pytest.raises(ModelError, match="not those of the published package"):
        load_generator(tmp_path)
    import hashlib

    description["weights_sha256"] = hashlib.sha256((tmp_path / "generator.pt").read_bytes()).hexdigest()
    (tmp_path / "generator.json").write_text(json.dumps(description), encoding="utf-8")
    with pytest.raises(ModelError, match="more than numbers"):
        load_generator(tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 2}, "another version"),
        ({"window": [3, 1]}, "makes no sense"),
        ({"pixel_mm": "wide"}, "not understood"),
        ({"widths": [8, 8, 8, 8, 8, 8]}, "another network"),
        ({"structures": []}, "makes no sense"),
    ],
)
def test_a_damaged_description_is_said(generator, tmp_path, change, words):
    save_generator(generator, tmp_path)
    path = tmp_path / "generator.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8")
    with pytest.raises(ModelError, match=words):
        load_generator(tmp_path)


def test_a_folder_without_a_generator_is_said(tmp_path):
    with pytest.raises(InputError, match="no generator"):
        load_generator(tmp_path)


def test_the_network_learns_to_tell_the_structures_apart():
    from DomainAdaptLib.adaptation.pool import Pool
    from DomainAdaptLib.adaptation.task import Task
    from DomainAdaptLib.training.generator import train_generator

    labels = torch.from_numpy(squares((1, 32, 32))[0].astype(np.int64))
    image = torch.tensor([-1.0, -0.2, 0.6])[labels][None]
    curves = []
    task = Task(torch.nn.Identity(), Pool([image], (32, 32)), metric=lambda name, *point: curves.append((name, *point)))
    settings = {"widths": WIDTHS, "steps": 40, "batch": 2, "learning_rate": 0.01, "likeness": 20}
    network = train_generator(lambda _number: (image, labels), 3, settings, task)
    with torch.no_grad():
        made = make_images(network, labels[None], 3, torch.Generator().manual_seed(0))[0]
    means = [float(made[0][labels == value].mean()) for value in range(3)]
    assert means[0] < means[1] < means[2]
    differences = [value for name, _, value in curves if name == "image_difference"]
    assert differences[-1] < differences[0] / 2


def test_the_command_line_learns_a_style_and_makes_an_image_in_it(site, tmp_path, capsys):
    out = tmp_path / "style"
    assert learn(site, out) == 0
    assert sorted(path.name for path in out.iterdir()) == ["generator.json", "generator.pt"]
    provenance = json.loads((out / "generator.json").read_text(encoding="utf-8"))["provenance"]
    assert len(provenance["images_sha256"]) == 2 and provenance["settings"]["steps"] == 2
    made = tmp_path / "made.nii.gz"
    assert cli.main(["synthesize", site["labels"][0], "--generator", str(out), "--out", str(made)]) == 0
    image = sitk.ReadImage(str(made))
    assert image.GetSize() == (20, 24, 3) and image.GetSpacing() == (1.0, 1.0, 5.0)


def test_drawn_segments_are_told_by_their_names_and_turned_to_axial(generator, tmp_path):
    save_generator(generator, tmp_path)
    labels = np.where(squares() == 2, 1, 0).astype(np.uint8)
    segment = [Label(1, "s1", "Liver", (1, 2, 3))]
    upright = tmp_path / "upright.seg.nrrd"
    write_segmentation(LabelMap(labels, Geometry(spacing=(1.0, 1.0, 5.0))), segment, upright)
    turned = tmp_path / "turned.seg.nrrd"
    flipped = Geometry(spacing=(1.0, 1.0, 5.0), direction=(1.0, 0, 0, 0, -1.0, 0, 0, 0, 1.0))
    write_segmentation(LabelMap(labels[:, ::-1], flipped), segment, turned)
    images = []
    for path in (upright, turned):
        out = str(path).replace(".seg", "-image")
        assert cli.main(["synthesize", str(path), "--generator", str(tmp_path), "--out", out]) == 0
        images.append(sitk.GetArrayFromImage(sitk.ReadImage(out)))
    assert np.array_equal(images[0], images[1][:, ::-1])
    expected = load_generator(tmp_path).image(2 * labels, 0, (5.0, 1.0, 1.0))
    assert np.allclose(images[0], expected)


def test_segments_that_a_generator_does_not_know_are_said(generator, tmp_path, capsys):
    save_generator(generator, tmp_path)
    path = tmp_path / "drawn.seg.nrrd"
    write_segmentation(LabelMap(squares(), Geometry()), [Label(1, "s1", "Segment_1", (1, 2, 3))], path)
    code = cli.main(["synthesize", str(path), "--generator", str(tmp_path), "--out", str(tmp_path / "made.nrrd")])
    assert code == 3
    assert "names of its structures: Fat, Liver" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        (["--set", "speed=3"], 2, "no setting speed"),
        (["--set", "patch=20"], 2, "multiple of 16"),
        (["--window", "5", "5"], 2, "lower to a higher"),
        (["--structures", "fat"], 2, "only 1 structures"),
    ],
)
def test_wrong_arguments_are_refused_in_words(site, tmp_path, capsys, more, code, words):
    assert learn(site, tmp_path / "style", *more) == code
    assert words in capsys.readouterr().err


def test_an_unknown_generator_is_refused(site, tmp_path, capsys):
    arguments = ["synthesize", site["labels"][0], "--generator", "clever", "--out", str(tmp_path / "made.nrrd")]
    assert cli.main(arguments) == 2
    assert 'The generator "clever" is not known' in capsys.readouterr().err


def test_an_interrupted_training_goes_on_where_it_was(site, tmp_path, monkeypatch):
    from DomainAdaptLib.adaptation import steps
    from DomainAdaptLib.training import generator as training

    monkeypatch.setattr(steps, "CHECKPOINT_EVERY_S", 0)
    whole, out = tmp_path / "whole", tmp_path / "style"
    assert learn(site, whole) == 0
    step = training._Learner.step

    def killed(self, number):
        if number == 1:
            raise KeyboardInterrupt
        return step(self, number)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training._Learner, "step", killed)
        learn(site, out)
    assert (out / "checkpoint.pt").exists()
    assert learn(site, out, "--resume", "--seed", "1") == 2
    assert learn(site, out, "--resume") == 0
    assert (out / "generator.pt").read_bytes() == (whole / "generator.pt").read_bytes()
