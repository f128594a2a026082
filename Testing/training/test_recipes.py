"""Recipes and the training loop."""

from pathlib import Path

import numpy as np
import pytest
import torch

from DomainAdaptLib.cli import main
from DomainAdaptLib.resources import resource_path
from DomainAdaptLib.synthesis.render import PIXEL_MM
from DomainAdaptLib.training.loop import train
from DomainAdaptLib.training.losses import segmentation_loss
from DomainAdaptLib.training.make_model import average
from DomainAdaptLib.training.packaging import CHANNELS
from DomainAdaptLib.training.recipe import read_recipe, recipe_names, weights_path
from DomainAdaptLib.training.tissue import normalize
from SegmentL3Lib.models.bundle import load_bundle
from SegmentL3Lib.models.shipped import (
    FETAL_BRAIN_MODEL,
    FETAL_ORGANS_MODEL,
    LESION_MODEL,
    LEVEL_MODEL,
    TISSUE_MODEL,
)
from SegmentL3Lib.networks import build_network
from SegmentL3Lib.resources import resource_path as segment_l3_resource

HELD_OUT = Path(__file__).resolve().parents[1] / "held-out"


def test_every_shipped_model_has_a_recipe_and_a_card():
    fetal = {FETAL_BRAIN_MODEL, FETAL_ORGANS_MODEL}
    assert {TISSUE_MODEL, LEVEL_MODEL, LESION_MODEL} | fetal == set(recipe_names())
    others = {LESION_MODEL: "{refinement}", FETAL_BRAIN_MODEL: "{figures}", FETAL_ORGANS_MODEL: "{refinement}"}
    for name in recipe_names():
        card = resource_path("Recipes", f"{name}.md").read_text(encoding="utf-8")
        assert "{figures}" in card and others.get(name, "{phantoms}") in card


@pytest.mark.parametrize("name", recipe_names())
def test_phases_build_on_earlier_ones_and_figures_come_from_unseen_patients(name):
    recipe = read_recipe(name)
    phases = {phase["run"]: phase for phase in recipe["phases"]}
    assert list(phases)[-1] == "final" and len(phases) == len(recipe["phases"])
    for number, phase in enumerate(recipe["phases"]):
        earlier = list(phases)[:number]
        assert phase.get("start_from") in [None, *earlier]
        assert set(phase.get("average_of", ())) <= set(earlier)
    for run, cases in recipe.get("measured", {}).items():
        for learned in phases[run].get("average_of", [run]):
            assert set(cases) & shown_in(phases[learned], recipe) <= set(phases[learned]["without"])


def shown_in(phase, recipe):
    """Measured patients that a phase can show: the level finder's, before scans are counted, show references alone."""
    measured = {case for cases in recipe["measured"].values() for case in cases}
    only_references = recipe["model"] == LEVEL_MODEL and not phase.get("counts_scans")
    return measured & {"totalseg-example"} if only_references else measured


def test_no_weights_that_led_to_measured_ones_have_seen_the_patients():
    recipe = read_recipe(TISSUE_MODEL)
    phases = {phase["run"]: phase for phase in recipe["phases"]}
    for run, cases in recipe["measured"].items():
        waiting = [run]
        while waiting:
            phase = phases[waiting.pop()]
            waiting += phase.get("average_of", [])
            waiting += [phase["start_from"]] if "start_from" in phase else []
            if phase.get("real_share"):
                assert set(cases) <= set(phase["without"])


def test_shipped_weights_are_small():
    for name in recipe_names():
        assert (segment_l3_resource("Models", name) / "models" / "model.pt").stat().st_size < 5e6


@pytest.mark.parametrize("name", recipe_names())
def test_the_network_of_a_recipe_has_the_channels_of_its_task(name):
    definition = read_recipe(name)["network_def"]
    with torch.inference_mode():
        image = torch.zeros(1, definition["in_channels"], *(64,) * definition["spatial_dims"])
        output = build_network(definition).eval()(image)
    assert output.shape[1] == len(CHANNELS[name])


def test_samples_are_rendered_on_the_pixels_of_the_recipe():
    spacing = read_recipe("l3_tissue_2d")["preprocessing"][0]["pixdim"]
    assert spacing == [PIXEL_MM, PIXEL_MM]


def test_training_and_inference_scale_ct_numbers_alike():
    from SegmentL3Lib.models.preprocessing import read_preprocessing

    steps = read_recipe("l3_tissue_2d")["preprocessing"]
    preprocessing = read_preprocessing({"_target_": "Compose", "transforms": steps}, 2)
    hu = np.linspace(-1200, 1500, 50, dtype=np.float32)
    trained = normalize(torch.from_numpy(hu), *preprocessing.source_range).numpy()
    assert np.allclose(trained, preprocessing.scale(hu), atol=1e-5)


TINY_UNET = {
    "_target_": "UNet", "spatial_dims": 2, "in_channels": 1, "out_channels": 2, "channels": [4, 8], "strides": [2],
}  # fmt: skip


def tiny_unet(folder, seed):
    torch.manual_seed(seed)
    network = build_network(TINY_UNET).eval()
    torch.save(network.state_dict(), folder / f"{seed}.pt")
    return network, folder / f"{seed}.pt"


def test_averaged_weights_are_the_mean_of_several(tmp_path):
    networks, paths = zip(*(tiny_unet(tmp_path, seed) for seed in range(3)), strict=True)
    mean = average(paths, TINY_UNET).state_dict()
    for name, value in mean.items():
        assert torch.allclose(value, sum(network.state_dict()[name] for network in networks) / 3, atol=1e-6)


def test_shipped_tissue_weights_are_the_mean_of_those_that_were_measured():
    recipe = read_recipe(TISSUE_MODEL)
    paths = [weights_path(TISSUE_MODEL, run, HELD_OUT) for run in recipe["measured"]]
    mean = average(paths, recipe["network_def"]).half().state_dict()
    shipped = load_bundle(segment_l3_resource("Models", TISSUE_MODEL)).network.state_dict()
    for name, value in mean.items():
        assert torch.equal(value.float(), shipped[name].float()), name


def _sample(number):
    image = torch.from_numpy(np.random.default_rng(number).standard_normal((1, 32, 32)).astype(np.float32))
    return image, (image[0] > 0.5).long()


def _network():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Conv2d(1, 8, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(8, 2, 1))


def _loss(network):
    images, classes = zip(*(_sample(10_000 + number) for number in range(8)), strict=True)
    with torch.inference_mode():
        return segmentation_loss(network(torch.stack(images)), torch.stack(classes)).item()


def test_the_loop_learns(tmp_path):
    network = _network()
    before = _loss(network)
    train(network, _sample, steps=150, batch=4, learning_rate=0.01, seed=0, checkpoint=tmp_path / "checkpoint")
    assert _loss(network) < 0.5 * before


def test_the_loop_resumes_from_its_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setattr("DomainAdaptLib.training.loop._CHECKPOINT_EVERY", 10)
    whole, halves = _network(), _network()
    arguments = {"batch": 2, "learning_rate": 0.01, "seed": 0, "steps": 20}
    train(whole, _sample, checkpoint=tmp_path / "whole", **arguments)

    class StoppedError(Exception):
        pass

    def until_ten(number):
        if number >= 20:
            raise StoppedError
        return _sample(number)

    with pytest.raises(StoppedError):
        train(halves, until_ten, checkpoint=tmp_path / "halves", **arguments)
    halves = _network()
    train(halves, _sample, checkpoint=tmp_path / "halves", **arguments)
    for first, second in zip(whole.parameters(), halves.parameters(), strict=True):
        assert torch.allclose(first, second, atol=1e-6)


def test_a_folder_without_scans_is_refused_in_words(tmp_path, capsys):
    assert main(["train", "l3_tissue_2d", "--data", str(tmp_path)]) == 3
    assert "no reference scans" in capsys.readouterr().err
